// The timeline: a bar for every run, nested by parent, on one axis; ticks are its stream events.
const MOST_BARS = 300;
const GRAIN = 600; // as wide as the drawing is in the template; ticks closer than one in so many of the axis are one
const COARSE = 12; // of those that are counted together where each by itself would be a barcode

class Timeline {
  // `pointed` is called with the run under the pointer, or "", `chosen` with one that was chosen.
  constructor(box, axis, pointed, chosen) {
    this.box = box;
    this.axis = axis;
    this.pointed = pointed;
    this.chosen = chosen;
    this.reset();
    box.addEventListener("mouseover", ({ target }) => pointed(target.closest(".ev-bar")?.dataset.run || ""));
    box.addEventListener("mouseleave", () => pointed(""));
    box.addEventListener("click", ({ target }) => {
      const bar = target.closest(".ev-bar");
      if (bar) this.choose(this.runs.find((run) => run.id === bar.dataset.run));
    });
    box.addEventListener("keydown", (event) => this.key(event));
    box.addEventListener("blur", () => pointed(""));
  }

  reset() {
    this.runs = []; // by number
    this.order = [];
    this.changed = new Set();
    this.grown = false;
    this.end = 0;
    this.at = 0;
    this.active = null;
    this.box.replaceChildren();
    this.axis.replaceChildren();
  }

  add(nodes) {
    for (const { i, ticks, customs, ...fields } of nodes) {
      if (!this.runs[i]) {
        this.runs[i] = { ticks: [], customs: [], marks: new Map() };
        this.grown = true;
      }
      const run = Object.assign(this.runs[i], fields);
      if ("under" in fields) this.grown = true;
      for (const tick of ticks || []) run.ticks.push(tick / 1e4);
      run.customs.push(...(customs || []));
      this.changed.add(run);
    }
  }

  // Children follow their parent, in the order in which they came.
  sort() {
    const under = new Map();
    for (const run of this.runs) under.set(run.under, [...(under.get(run.under) || []), run]);
    this.order = [];
    const walk = (run, depth) => {
      run.depth = depth;
      this.order.push(run);
      for (const child of under.get(run.id) || []) walk(child, depth + 1);
    };
    for (const root of under.get("") || []) walk(root, 0);
    this.grown = false;
    this.order.slice(0, MOST_BARS).forEach((run, index) => {
      run.bar ||= this.bar(run);
      run.bar.style.setProperty("--depth", Math.min(run.depth, 8));
      if (this.box.children[index] !== run.bar) this.box.insertBefore(run.bar, this.box.children[index] || null);
    });
  }

  bar(run) {
    const bar = find("template").content.querySelector(".ev-bar").cloneNode(true);
    const part = (look) => bar.querySelector(look);
    bar.dataset.run = run.id;
    bar.dataset.type = run.type;
    bar.id = "ev-bar-" + run.id;
    part(".ev-bar-name").textContent = run.name;
    Object.assign(run, { state_: part(".ev-bar-state"), span: part(".ev-span"), path: part("path"), first_: part(".ev-first") });
    this.changed.add(run);
    return bar;
  }

  // `at`: seconds of the run that are shown; `seconds`: how long it is, null while nobody knows.
  draw(at, seconds) {
    this.at = at;
    if (this.grown) this.sort();
    const last = Math.max(at, seconds || 0);
    const end = axisEnd(last);
    if (end !== this.end) {
      this.end = end;
      this.marks();
      for (const run of this.order) {
        run.marks.clear();
        run.drawn = 0;
        this.changed.add(run);
      }
    }
    for (const run of this.order) if (run.bar && (run.state === "open" || this.changed.has(run))) this.put(run);
    this.changed.clear();
  }

  put(run) {
    const part = (time) => (100 * Math.min(time, this.end)) / this.end;
    const from = run.start ?? 0;
    const to = run.end ?? Math.max(this.at, from);
    run.span.style.left = part(from) + "%";
    run.span.style.width = Math.max(0, part(to) - part(from)) + "%";
    run.bar.dataset.state = run.state;
    // A run that ended well needs no word; every other has one, so that it isn't told by colour alone.
    const state = run.state === "ended" ? "" : words["events_state_" + run.state];
    const time = run.state === "unknown" ? "" : duration(Math.max(0, to - from));
    run.state_.textContent = [time, state].filter(Boolean).join(", ");
    this.tick(run);
    run.first_.hidden = run.first == null;
    run.dots ||= [];
    run.customs.slice(0, MOST_BARS).forEach(([, at, name], index) => {
      const dot = (run.dots[index] ||= run.first_.parentElement.appendChild(make("div", "ev-custom", "")));
      dot.title = name;
      dot.style.left = part(at) + "%";
    });
    if (run.first != null) run.first_.style.left = part(run.first) + "%";
    const first = run.first == null ? "" : words.events_first + " " + duration(run.first);
    const chunks = run.count ? run.count + " " + words.events_chunks : "";
    const said = [run.name, run.type, run.state_.textContent, first, chunks].filter(Boolean).join(", ");
    if (run.bar.getAttribute("aria-label") !== said) run.bar.setAttribute("aria-label", said);
    const more = [run.input && words.events_input + ": " + run.input, run.output && words.events_output + ": " + run.output];
    run.bar.title = [said, ...more.filter(Boolean)].join("\n");
  }

  // As many as can be told apart are ticks; of more it is shown how many came in each stretch.
  tick(run) {
    for (let index = run.drawn || 0; index < run.ticks.length; index += 1) {
      const x = Math.round((GRAIN * run.ticks[index]) / this.end);
      run.marks.set(x, (run.marks.get(x) ?? 0) + 1);
    }
    run.drawn = run.ticks.length;
    const many = run.marks.size > GRAIN / COARSE;
    const d = many ? this.curve(run.marks) : [...run.marks.keys()].map((x) => `M${x} 0V10`).join("");
    if (d === run.d) return;
    run.path.setAttribute("d", (run.d = d));
    run.path.classList.toggle("many", many);
  }

  curve(marks) {
    const heights = Array(GRAIN / COARSE + 1).fill(0);
    for (const [x, count] of marks) heights[Math.floor(x / COARSE)] += count;
    const most = Math.max(...heights);
    const steps = heights.map((count, index) => `V${10 - Math.round((100 * count) / most) / 10}H${(index + 1) * COARSE}`);
    return `M0 10${steps.join("")}V10Z`;
  }

  marks() {
    const parts = [0, 0.25, 0.5, 0.75, 1].map((part) => {
      const mark = make("span", "", duration(part * this.end));
      mark.style.left = 100 * part + "%";
      return mark;
    });
    this.axis.replaceChildren(...parts);
  }

  light(run) {
    for (const bar of this.box.children) bar.classList.toggle("lit", Boolean(run) && bar.dataset.run === run);
  }

  choose(run, follow = true) {
    this.active = run;
    for (const bar of this.box.children) {
      bar.classList.toggle("active", bar === run.bar);
      bar.setAttribute("aria-selected", String(bar === run.bar));
    }
    this.box.setAttribute("aria-activedescendant", run.bar.id);
    run.bar.scrollIntoView({ block: "nearest" });
    this.pointed(run.id);
    if (follow) this.chosen(run);
  }

  key(event) {
    const drawn = this.order.slice(0, MOST_BARS);
    const next = walked(event, drawn, this.active);
    if (event.key === "Enter" && this.active) this.choose(this.active);
    else if (next) this.choose(next, false);
    else return;
    event.preventDefault();
  }
}

// A race: sent only what is new in each lane, kept here, drawn at most once a frame of the screen. What a model wrote
// becomes text nodes, never markup. `props`, `trigger` and `watch` are Gradio's.
const still = matchMedia("(prefers-reduced-motion: reduce)");
const COLUMNS = [duration, duration, duration, (rate) => Math.round(rate), duration, duration];
const MOST = 3; // the column whose highest is the best, not its lowest

let race = "";
let last = 0;
let lanes = [];

const ordinal = ({ number }) => String(number + 1);

class RaceLane {
  constructor(number, [full, name], isLast, coded) {
    this.number = number;
    this.name = name; // by what it differs from the others
    this.now = null; // its last message
    const ordinal = String(number + 1);
    [this.row, this.pane] = find("template").content.cloneNode(true).children;
    const canvas = this.row.querySelector("canvas");
    this.counts = this.row.querySelectorAll("li > b");
    this.lanes = new Lanes(canvas, { names: ["wire", "chunk"], size: 0.5, axis: isLast });
    canvas.style.height = this.lanes.height + "px";
    put(this.row.querySelector("b"), ordinal);
    put(this.row.querySelector("span"), full);
    put(this.pane.querySelector("b"), ordinal);
    put(this.pane.querySelector(".race-name"), name);
    this.pane.ariaLabel = ordinal + " " + full;
    if (!coded) this.pane.querySelector("[data-do=code]").remove();
    [this.stop, ...this.buttons] = this.pane.querySelectorAll("button");
    for (const button of [this.stop, ...this.buttons]) {
      button.value = number;
      button.ariaLabel = button.textContent + " " + ordinal;
    }
    [this.word, this.text, this.said] = ["strong", ".race-text", "p"].map((which) => this.pane.querySelector(which));
    this.following = new Following(this.text);
    this.result = make("tr", "", "");
    this.new = [];
  }

  get going() {
    return this.now && !this.now.ended;
  }

  take(message) {
    this.now = message;
    this.came = performance.now();
    this.lanes.add(message.marks.filter(([lane]) => lane !== "frame"));
    this.lanes.phases.splice(message.since, Infinity, ...message.phases);
    this.new.push(...message.parts);
  }

  break() {
    const none = { at: 0, counts: {}, said: "", word: words.run_broke };
    if (!this.now?.ended)
      this.take({ ...none, ...this.now, word: none.word, state: "failed", ended: true, marks: [], parts: [], since: Infinity, phases: [] });
  }

  at() {
    if (!this.now) return 0;
    return this.now.at + (this.going && !still.matches ? (performance.now() - this.came) / 1000 : 0);
  }

  draw(whole) {
    this.lanes.draw(this.at(), whole);
    if (!this.now) return;
    this.pane.dataset.state = this.now.state;
    this.counts.forEach((count, index) => put(count, String(this.now.counts[index ? "chunk" : "wire"] ?? 0)));
    put(this.word, this.now.word);
    for (const [kind, text] of this.new) {
      const end = this.text.lastChild;
      if (end?.className === kind) end.firstChild.appendData(text);
      else this.text.append(make("span", kind, text));
    }
    if (this.new.length) this.following.follow();
    this.new = [];
    put(this.said, this.now.said);
    this.said.className = this.now.ended ? "fault" : "muted";
    if (this.now.ended) this.stop.disabled = true;
    for (const button of this.buttons) button.disabled = !this.now.ended;
  }

  tell(best) {
    const cells = this.now?.times?.map((time, column) => {
      const cell = make("td", "", time === null ? "\u2013" : COLUMNS[column](time));
      if (time !== null && time === best[column]) cell.className = "best";
      return cell;
    });
    const lane = make("th", "", ordinal(this) + " " + this.name);
    lane.scope = "row";
    this.result.replaceChildren(lane, make("td", "", this.now?.ended ? this.now.word : ""), ...(cells ?? COLUMNS.map(() => make("td", "", ""))));
  }
}
const going = () => lanes.some((lane) => !lane.now?.ended);

// Of those that came whole.
const bests = () => {
  const rows = lanes.map(({ now }) => now).filter((now) => now?.times && !/failed|stopped|cut_off/.test(now.state));
  return COLUMNS.map((_, column) => {
    const times = rows.map(({ times: all }) => all[column]).filter((time) => time !== null);
    return times.length < 2 ? NaN : (column === MOST ? Math.max : Math.min)(...times);
  });
};

let ended = -1;
const draw = () => {
  const whole = Math.max(0, ...lanes.map((lane) => lane.at()));
  put(find(".race-clock"), duration(whole));
  for (const lane of lanes) lane.draw(whole);
  const done = lanes.filter(({ now }) => now?.ended);
  if (done.length !== ended) {
    ended = done.length;
    const best = bests();
    for (const lane of lanes) lane.tell(best);
    const told = done.map((lane) => ordinal(lane) + " " + lane.name + ": " + lane.now.word);
    find(".spoken").textContent = told.join(", ");
  }
  for (const button of element.querySelectorAll(".race-head [data-do]")) button.disabled = going() || !lanes.length;
};
const soon = soonest(draw);

const sizes = new ResizeObserver((seen) => {
  for (const { target, contentRect } of seen) lanes.find(({ lanes: of }) => of.canvas === target).lanes.width = contentRect.width;
  soon();
});

const offer = new LinkOffer();
let coded = null; // the button of the lane whose code is shown

// Below, in a component of Gradio's: the server writes it when it is asked for.
const showCode = (button) => {
  const before = coded;
  coded = button === before ? null : button;
  if (before) before.ariaExpanded = "false";
  if (coded) coded.ariaExpanded = "true";
  if (coded) trigger("expand", { lane: Number(coded.value) });
  else if (before) trigger("collapse", {});
};

const showLink = (button) => {
  if (!offer.asked(button)) return;
  const pane = button.closest(".race-pane");
  if (pane) pane.append(find(".run-link"));
  else find(".race-head").after(find(".run-link"));
  trigger("copy", pane ? { lane: Number(button.value) } : {}); // of the whole race
};

const begin = ({ run, names, note, code }) => {
  [race, last, ended] = [run, 0, -1];
  sizes.disconnect();
  offer.close();
  find(".race-texts").after(find(".run-link"));
  showCode(null);
  lanes = names.map((name, number) => new RaceLane(number, name, number === names.length - 1, code));
  find(".race-axis").replaceChildren(...lanes.map(({ row }) => row));
  find(".race-texts").replaceChildren(...lanes.map(({ pane }) => pane));
  find("tbody").replaceChildren(...lanes.map(({ result }) => result));
  find(".race").dataset.race = run;
  put(find(".race-said"), note);
  for (const lane of lanes) sizes.observe(lane.lanes.canvas);
};

const take = (message) => {
  if (message.told) offer.make(message);
  else if (message.play) trigger("play", {});
  else if (!message.lanes) put(find(".race-said"), message.note);
  else {
    if (message.names && message.run !== race) begin(message);
    if (message.run !== race || message.n <= last) return; // Gradio sends the last one twice
    last = message.n;
    for (const [number, body] of Object.entries(message.lanes)) lanes[number].take(body);
  }
  soon();
};

onClick({
  again: () => trigger("play", {}),
  save: () => trigger("download", {}),
  events: ({ value }) => trigger("select", { lane: Number(value) }),
  stop: (button) => {
    button.disabled = true;
    trigger("stop", { lane: Number(button.value) });
  },
  code: showCode,
  link: showLink,
  copyLink: (button) => offer.copy(button),
});
// Its server has gone, and no more of it comes.
addEventListener("lost", () => {
  for (const lane of lanes) lane.break();
  soon();
});
new MutationObserver(soon).observe(document.body, { attributes: true, attributeFilter: ["class"] });
setInterval(() => lanes.some((lane) => lane.going) && !still.matches && soon(), 100);
receive(take);

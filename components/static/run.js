// *This run*: sent only what is new, kept here, drawn at most once a frame of the screen. What the run was is said
// by the server; all that came with it becomes text nodes, never markup. `props`, `trigger` and `watch` are Gradio's.
const canvas = find("canvas");
const lanes = new Lanes(canvas);
const still = matchMedia("(prefers-reduced-motion: reduce)");
const SILENT = 250; // milliseconds after which the clock goes on without a message
const SUMMARY = 3; // figures that a screen reader hears of a run; all of them stand below

let words = {};
let messages = []; // of the run that is shown, to play it again
let now = null; // the last of them
let came = 0; // when it came
let lost = "";
let player = null;
let recorded = null;
let story = null; // the recorded run's text, where the conversation will be

const going = () => now && !now.ended && !lost;

const item = (text, look) => {
  const made = make("li", "", text);
  if (look) made.dataset.look = look;
  return made;
};

// A text that is the same again would be laid out again.
const put = (element, text) => {
  if (element.textContent !== text) element.textContent = text;
};

const drawPhases = (at) => {
  const sums = new Map();
  for (const [name, from, seconds] of lanes.phases)
    sums.set(name, (sums.get(name) ?? 0) + (seconds || Math.max(at - from, 0)));
  const list = find(".run-phases");
  [...sums].forEach(([name, seconds], index) => {
    const shown = list.children[index] ?? list.appendChild(item("", name));
    if (shown.dataset.look !== name) shown.dataset.look = name;
    put(shown, words[name] + " " + duration(seconds));
  });
  while (list.children.length > sums.size) list.lastChild.remove();
};

const quoted = (text) => "\u201c" + text.replace(/\n/g, "\u21b5") + "\u201d";

const pointed = () => {
  if (!lanes.picked) return words.keys;
  const [lane, index] = lanes.picked;
  const { wire, chunk, frame } = lanes.path(lane, index);
  const from = wire ?? chunk;
  return [
    wire && words.wire + " " + wire.n + ", " + wire.one + " B",
    chunk && "LangChain " + chunk.n + " " + quoted(chunk.other),
    frame && words.frame + " " + frame.n + (from ? ", " + duration(Math.max(0, frame.at - from.at)) : ""),
  ].filter(Boolean).join(" \u2192 ");
};

const drawPointed = () => {
  const said = pointed();
  const shown = find(".run-pointer");
  if (shown.title === said) return;
  put(shown, said);
  shown.title = said;
  const [lane, index] = lanes.picked ?? ["chunk", 0];
  canvas.setAttribute("aria-valuemax", Math.max(lanes.marks[lane].length - 1, 0));
  canvas.setAttribute("aria-valuenow", index);
  canvas.setAttribute("aria-valuetext", said);
};

const draw = () => {
  if (!now) return;
  const at = going() && !player && !still.matches ? now.at + (performance.now() - came) / 1000 : now.at;
  const [run, state] = [find(".run"), lost ? "failed" : now.state];
  if (run.dataset.state !== state) run.dataset.state = state;
  put(find(".run-of"), (recorded ? words.recorded + " \u00b7 " : "") + now.of);
  put(find(".run-verdict strong"), lost || now.word);
  put(find(".run-clock"), duration(now.seconds ?? at));
  lanes.draw(at);
  if (lanes.width) drawBody(at);
};

const drawBody = (at) => {
  for (const lane of LANES) put(find(`[data-lane="${lane}"]`), String(now.counts[lane] ?? 0));
  drawPhases(at);
  drawPointed();
  put(find(".run-lost"), now.lost ?? "\u2013");
  put(find(".run-held"), now.held ?? "\u2013");
  const figures = find(".run-figures");
  if (figures.childElementCount || now.figures)
    figures.replaceChildren(...(now.figures ?? []).map((figure) => item(figure)));
  const summary = [now.word, ...(now.figures ?? []).slice(0, SUMMARY)].join(", ");
  const named = [words.group, ...(now.ended ? [summary] : [])].join(": ");
  if (canvas.ariaLabel !== named) canvas.ariaLabel = named;
  for (const name of ["again", "events", "save"])
    find(`[data-do="${name}"]`).disabled = Boolean(going() || (recorded && name !== "again"));
};
const soon = soonest(draw);

const apply = (message) => {
  now = message;
  came = performance.now();
  lanes.add(message.marks);
  lanes.phases.splice(message.since, Infinity, ...message.phases);
  if (recorded) tell(message);
  soon();
};

const clear = () => {
  player = null;
  lanes.reset();
  story?.querySelectorAll("span").forEach((part) => (part.textContent = ""));
};

// As it came then; at once where nothing may move.
const play = (all) => {
  clear();
  const began = performance.now();
  let next = 0;
  const step = () => {
    if (player !== step) return;
    const at = still.matches ? Infinity : (performance.now() - began) / 1000;
    while (next < all.length && all[next].at <= at) apply(all[next++]);
    if (next < all.length) requestAnimationFrame(step);
    else player = null;
  };
  player = step;
  step();
};

const plain = (markdown) => markdown.replaceAll("**", "");

// The recorded run's text stands where the first reply will. All of it has its place from the start, so that
// nothing moves but what is shown of it.
const tell = ({ marks }) => {
  const place = document.querySelector("#chat .placeholder");
  if (!place) return;
  if (!story) {
    story = make("div", "recorded", "");
    const here = make("button", "", words.here);
    here.type = "button";
    here.addEventListener("click", () => ask(recorded.prompt));
    story.append(make("p", "recorded-label", words.recorded), make("p", "recorded-asked", recorded.prompt));
    for (const kind of ["reasoning", "text"]) {
      const rest = recorded.messages.flatMap(({ marks: all }) => all.filter((mark) => mark[3] === kind));
      const part = story.appendChild(make("p", "recorded-" + kind, ""));
      part.append(make("span", "", ""), make("i", "", plain(rest.map((mark) => mark[4]).join(""))));
    }
    story.append(here);
  }
  if (!story.isConnected) place.prepend(story);
  for (const [lane, , , kind, text] of marks) {
    const part = lane === "chunk" && story.querySelector(".recorded-" + kind);
    if (!part) continue;
    part.firstChild.textContent += plain(text);
    part.lastChild.textContent = part.lastChild.textContent.slice(plain(text).length);
  }
};

const ask = (prompt) => {
  const field = document.querySelector("#message textarea");
  field.value = prompt;
  field.dispatchEvent(new Event("input", { bubbles: true }));
  requestAnimationFrame(() => document.querySelector("#message .submit-button")?.click());
};

const take = () => {
  const message = sent();
  if (!message) return;
  if (message.labels) {
    words = message.labels;
    label(words);
    canvas.ariaLabel = words.group;
    find(".run").hidden = false;
    if (now) return soon();
    recorded = message.recorded;
    return play(recorded.messages);
  }
  if (message.broke) {
    if (going() && !recorded) lost = message.broke;
    return soon();
  }
  const last = messages.at(-1);
  if (message.run !== last?.run) {
    [messages, recorded, lost] = [[], null, ""];
    clear();
  } else if (message.n <= last.n) return; // Gradio sends the last one twice
  messages.push(message);
  if (!player) apply(message);
};

const does = {
  again: () => play(recorded?.messages ?? messages),
  events: () => trigger("select", {}),
  save: () => trigger("download", {}),
  fold: (button) => {
    const open = find(".run").classList.toggle("open");
    button.setAttribute("aria-expanded", String(open));
    soon();
  },
};

element.addEventListener("click", (event) => {
  const button = event.target.closest("[data-do]");
  if (button) does[button.dataset.do](button);
});
canvas.addEventListener("pointermove", ({ offsetX, offsetY }) => {
  lanes.point(offsetX, offsetY);
  soon();
});
canvas.addEventListener("keydown", (event) => {
  const steps = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  steps.Home = [-Infinity, 0];
  steps.End = [Infinity, 0];
  if (!steps[event.key] || !now) return;
  event.preventDefault();
  lanes.step(...steps[event.key]);
  soon();
});
new ResizeObserver(([{ contentRect }]) => {
  lanes.width = contentRect.width;
  soon();
}).observe(canvas);
new MutationObserver(soon).observe(document.body, { attributes: true, attributeFilter: ["class"] });
const tick = () => going() && !player && !still.matches && performance.now() - came > SILENT && soon();
setInterval(tick, 100);
watch("value", take);
take();

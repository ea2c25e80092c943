// *This run*: sent only what is new, kept here, drawn at most once a frame of the screen. What the run was is said
// by the server; all that came with it becomes text nodes, never markup. `props`, `trigger` and `watch` are Gradio's.
const canvas = find("canvas");
const lanes = new Lanes(canvas);
const still = matchMedia("(prefers-reduced-motion: reduce)");
const SILENT = 250; // milliseconds after which the clock goes on without a message
const TICK = 100; // milliseconds between two looks at the clock, and how late one is when the page is busy
const LATE = 50;
const SUMMARY = 3; // figures that a screen reader hears of a run; all of them stand below

let before = null; // what the server sends before any run: the one that is shown then, and what a link may hold
let messages = []; // of the run that is shown, to play it again
let shown = 0; // how many of them
let now = null; // the last of those
let came = 0; // when it came
let live = false; // more will come
let lost = "";
let way = new Way();
const runs = new Map(); // by name, of the last few: their messages, and the way of their frames
const MOST = 10; // of them; the server keeps as many
const text = new ReplyText();
let player = null;
let moment = null; // of the run, where it isn't shown as it goes
let recorded = null;
let story = null;
let fragment = ""; // of the link that was opened
const offer = new LinkOffer(find('[data-do="link"]'));
const scrubber = find(".run-at");

const going = () => live && !lost;

const item = (text, look) => {
  const made = make("li", "", text);
  if (look) made.dataset.look = look;
  return made;
};

const drawPhases = (at) => {
  const sums = new Map();
  for (const [name, from, seconds] of lanes.phases)
    sums.set(name, (sums.get(name) ?? 0) + (seconds || Math.max(at - from, 0)));
  const list = find(".run-phases");
  [...sums].forEach(([name, seconds], index) => {
    const shown = list.children[index] ?? list.appendChild(item("", name));
    if (shown.dataset.look !== name) shown.dataset.look = name;
    put(shown, words["run_" + name] + " " + duration(seconds));
  });
  while (list.children.length > sums.size) list.lastChild.remove();
};

const quoted = (text) => "\u201c" + text.replace(/\n/g, "\u21b5") + "\u201d";

const pointed = () => {
  if (!lanes.picked) return words.run_keys;
  const [lane, index] = lanes.picked;
  const { wire, chunk, frame } = lanes.path(lane, index);
  const from = wire ?? chunk;
  return [
    wire && words.run_wire + " " + wire.n + ", " + wire.one + " B",
    chunk && "LangChain " + chunk.n + " " + quoted(chunk.other),
    frame && words.run_frame + " " + frame.n + (from ? ", " + duration(Math.max(0, frame.at - from.at)) : ""),
  ].filter(Boolean).join(" \u2192 ");
};

// The reply in the conversation that is this run's, if it is shown there.
const reply = () => {
  if (!now || recorded) return null;
  return [...document.querySelectorAll(`#chat .run-${now.run}`)].at(-1)?.closest(".bot.message") ?? null;
};

const light = () => {
  const brought = lanes.picked && lanes.brought(...lanes.picked);
  if (brought) text.read(reply(), lanes.marks.chunk);
  text.light(brought ?? [0, -1]);
};

const drawPointed = () => {
  const said = pointed();
  light();
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
  way.paint(performance.now() / 1000);
  for (const mark of lanes.marks.frame) mark.at = way.painted(mark.n) ?? mark.sent;
  const passed = going() && !still.matches ? (performance.now() - came) / 1000 : 0;
  const at = moment ?? Math.max(now.at + passed, way.latest);
  const [run, state] = [find(".run"), lost ? "failed" : now.state];
  if (run.dataset.state !== state) run.dataset.state = state;
  put(find(".run-of"), (recorded ? origin() + " \u00b7 " : "") + now.of);
  put(find(".run-verdict strong"), lost || now.word);
  put(find(".run-clock"), duration(now.seconds ?? at));
  const whole = Math.max(messages.at(-1).at, way.latest);
  lanes.draw(at, moment === null ? at : whole);
  if (story && !story.box.isConnected && conversations.pending()) soon(); // its place is on its way
  story?.show(messages.slice(0, shown).flatMap(Story.told).reduce((sum, [, text]) => sum + text.length, 0));
  if (!lanes.width) return tellWay();
  drawBody(at);
  scrubber.disabled = going();
  scrubber.max = lanes.end;
  scrubber.value = at;
  scrubber.setAttribute("aria-valuetext", duration(at) + " / " + duration(whole));
  tellWay();
};

// The server makes its report of it.
const tellWay = () => {
  const told = now.ended && !recorded && way.tell(now.run);
  if (told) trigger("end", told);
};

const drawBody = (at) => {
  for (const lane of LANES) put(find(`[data-lane="${lane}"]`), String(now.counts[lane] ?? 0));
  drawPhases(at);
  drawPointed();
  put(find(".run-lost"), now.lost ?? "\u2013");
  put(find(".run-held"), now.held ?? "\u2013");
  find(".run-cure").hidden = !now.back;
  find(".run").classList.toggle("held", Boolean(now.back));
  const figures = find(".run-figures");
  if (figures.childElementCount || now.figures)
    figures.replaceChildren(...(now.figures ?? []).map((figure) => item(figure)));
  const summary = [now.word, ...(now.figures ?? []).slice(0, SUMMARY)].join(", ");
  const named = [words.run_group, ...(now.ended ? [summary] : [])].join(": ");
  if (canvas.ariaLabel !== named) canvas.ariaLabel = named;
  const closed = recorded ? ["events", "json", "code", ...(fragment ? [] : ["save", "link"])] : [];
  for (const name of ["again", "events", "json", "code", "save", "link"])
    find(`[data-do="${name}"]`).disabled = going() || closed.includes(name);
};
const soon = soonest(draw);

const origin = () => (fragment ? words.link_from : words.run_recorded);

const apply = (message) => {
  now = message;
  came = performance.now();
  shown += 1;
  way.take(message.seen);
  lanes.add(message.marks);
  lanes.phases.splice(message.since, Infinity, ...message.phases);
  soon();
};

const clear = () => {
  shown = 0;
  lanes.reset();
};

// As it stood then; its first message is always there.
const show = (at) => {
  if (at < now?.at) clear();
  while (shown < messages.length && (!shown || messages[shown].at <= at)) apply(messages[shown]);
  moment = Math.min(at, messages.at(-1).at);
  soon();
};

// As it came then; at once where nothing may move.
const play = () => {
  clear();
  const began = performance.now();
  const step = () => {
    if (player !== step) return;
    show(still.matches ? Infinity : (performance.now() - began) / 1000);
    if (shown < messages.length) requestAnimationFrame(step);
    else player = null;
  };
  player = step;
  step();
};

const forget = () => {
  [messages, recorded, story, fragment, lost, moment, player] = [[], null, null, "", "", null, null];
  way = new Way();
  note("");
  showCode(false);
  clear();
};

// Below, in a component of Gradio's: the server writes it when it is asked for.
const showCode = (open) => {
  const button = find('[data-do="code"]');
  if (open === (button.ariaExpanded === "true")) return;
  button.ariaExpanded = String(open);
  trigger(open ? "expand" : "collapse", {});
};

const playRecorded = (given, from) => {
  forget();
  document.querySelector("#chat .recorded")?.remove();
  [recorded, messages, fragment, live] = [given, given.messages, from, false];
  story = new Story(given, origin(), from ? [] : before.examples, openExample);
  play();
};

const note = (text) => {
  put(find(".run-note"), text);
  find(".run-note").hidden = !text;
  offer.close();
};

const refuse = (why) => {
  if (!now) playRecorded(before.recorded, "");
  note(why);
};

const forgetLink = () => links.opened() && history.replaceState(null, "", location.pathname + location.search);

// What stands in the address already can't be opened once more.
const refuseForNow = () => {
  forgetLink();
  note(words.link_busy);
};

// The run in the page's address, if there is one: whoever opens the page with it, or puts it there, wants to see it.
let opening = "";
const open = () => {
  opening = links.opened();
  if (!opening) return false;
  if (conversations.replying()) refuseForNow();
  else if (opening.length > before.longest) refuse(before.too_large);
  else trigger("submit", { fragment: opening });
  return true;
};

// One of the recorded runs.
const openExample = (name) => {
  forgetLink();
  opening = "";
  trigger("submit", { example: name });
};

const take = (message) => {
  if (message.examples) {
    before = message;
    return now || open() || playRecorded(before.recorded, "");
  }
  if ("note" in message) return refuse(message.note);
  if (message.recorded) {
    if (conversations.replying()) return refuseForNow();
    if (document.querySelector("#chat .user.message")) conversations.fresh();
    return playRecorded(message.recorded, opening);
  }
  if (message.told) return offer.make(message);
  const run = runs.get(message.run) ?? begin(message.run);
  const last = run.messages.at(-1);
  if (message.n <= last?.n) return; // Gradio sends the last one twice
  if (!message.marks) {
    Object.assign(last, message); // what this page told, as the server read it
    conversations.correct(message.run, words["verdict_" + message.state], message.word); // in the line under it
    return soon();
  }
  if (message.frame) run.way.came(message.frame, message.at, performance.now() / 1000);
  run.messages.push(message);
  if (run.way !== way) return; // another one is looked at
  live = !message.ended;
  apply(message);
};

const begin = (name) => {
  forget();
  const run = { messages, way };
  runs.set(name, run);
  if (runs.size > MOST) runs.delete(runs.keys().next().value);
  forgetLink(); // it is another one now
  return run;
};

// The run of a reply, by the line under it.
const choose = (name) => {
  const run = runs.get(name);
  if (run && run.way !== way) {
    forget();
    ({ messages, way } = run);
    live = !messages.at(-1).ended;
    for (const message of messages) apply(message);
    trigger("focus", { run: name });
  }
  note(run ? "" : words.run_gone);
  if (find('[data-do="fold"]').offsetParent) unfold(true); // on a phone
};

const unfold = (open) => {
  find(".run").classList.toggle("open", open);
  find('[data-do="fold"]').setAttribute("aria-expanded", String(open));
  soon();
};

onClick({
  again: play,
  events: () => trigger("select", {}),
  json: () => trigger("apply", {}),
  code: (button) => showCode(button.ariaExpanded !== "true"),
  save: async () => {
    if (!fragment) return trigger("download", {});
    saveAs("run.jsonl", await links.file(fragment));
  },
  link: () => {
    if (offer.opened) return offer.close();
    if (fragment) return offer.open(recorded.told, fragment);
    return trigger("copy", {});
  },
  copyLink: (button) => offer.copy(button),
  fold: () => unfold(!find(".run").classList.contains("open")),
});
// Its server has gone: what came is shown.
addEventListener("lost", () => {
  if (going() && !recorded) lost = words.run_broke;
  soon();
});
scrubber.addEventListener("input", () => {
  player = null;
  show(Number(scrubber.value));
});
addEventListener("hashchange", () => before && open());
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
// What is pointed at or chosen in the reply, is among the records.
const mark = (node, offset) => {
  const of = node?.nodeType === Node.TEXT_NODE && reply();
  if (!of || !of.contains(node)) return;
  text.read(of, lanes.marks.chunk);
  const chunk = text.chunkAt(node, offset);
  if (chunk < 0) return;
  lanes.pick("chunk", chunk);
  soon();
};
document.addEventListener("selectionchange", () => {
  const { anchorNode, anchorOffset } = document.getSelection();
  mark(anchorNode, anchorOffset);
});
document.addEventListener("pointermove", ({ target, clientX, clientY }) => {
  if (!target.closest?.("#chat .bot.message") || going()) return;
  const { offsetNode, offset } = document.caretPositionFromPoint?.(clientX, clientY) ?? {};
  mark(offsetNode, offset);
});
const chosen = ({ target }) => {
  const line = target.closest?.("#chat .title")?.querySelector("[class^=run-]");
  if (line) choose(line.className.slice("run-".length));
};
document.addEventListener("click", chosen, true); // Gradio keeps it for itself
document.addEventListener("keydown", (event) => event.key === "Enter" && chosen(event), true);
new ResizeObserver(([{ contentRect }]) => {
  lanes.width = contentRect.width;
  soon();
}).observe(canvas);
new MutationObserver(soon).observe(document.body, { attributes: true, attributeFilter: ["class"] });
let looked = performance.now();
const tick = () => {
  const late = performance.now() - looked - TICK;
  looked += TICK + late;
  if (!going()) return;
  if (late > LATE) way.busy += late / 1000;
  if (!still.matches && looked - came > SILENT) soon();
};
setInterval(tick, TICK);
document.addEventListener("visibilitychange", () => (way.unseen ||= document.hidden));
receive(take);

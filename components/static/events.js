// The Events tab's log, timeline and replay. They are sent only what is new, keep it here, and are drawn at most
// once a frame of the screen. All that came with a run becomes text nodes, never markup. `props`, `trigger`
// and `watch` are Gradio's.
let run = 0;
let last = 0;
let state = { said: [], title: "", total: 0, dropped: 0, at: 0, seconds: null, going: false, replayed: false, lost: false };
let note = "";
let heads = [];
let dragging = false;
let whole = null;
let asked = 0;
let answered = 0;

const point = (id) => {
  list.light(id);
  time.light(id);
};
const list = new EventList(find(".ev-list"), (row) => trigger("select", { n: row.n, asked: (asked += 1) }), point);
const time = new Timeline(find(".ev-bars"), find(".ev-axis"), point, (one) => list.find(one.id));
const filters = new Filters(find(".ev-filters"), (passes) => {
  list.filter(passes);
  count();
});
let text = new GrowingText(find(".ev-text"));
const end = new Following(find(".ev-text"));
let reply = "";
const scrubber = find(".ev-at");
const offer = new LinkOffer(find('[data-do="link"]'));

const count = () => {
  const all = list.rows.length;
  find(".ev-count").textContent = list.shown.length === all ? String(all) : list.shown.length + " / " + all;
  const gone = find(".ev-gone");
  gone.hidden = !state.dropped;
  gone.textContent = state.dropped ? words.events_dropped.replace("{count}", state.dropped) : "";
};

const drawPlay = () => {
  const live = state.going && !state.replayed;
  const play = find('[data-do="play"]');
  play.textContent = state.going && state.replayed ? words.events_pause : words.events_play;
  const controls = [play, find('[data-do="save"]'), find('[data-do="link"]'), scrubber, find(".ev-speed")];
  for (const control of controls) control.disabled = live;
  const seconds = state.seconds ?? state.at;
  scrubber.max = seconds || 1;
  scrubber.step = (seconds || 1) / 200;
  if (!dragging) scrubber.value = state.at;
  const clock = duration(Math.min(state.at, seconds)) + " / " + duration(seconds);
  find(".ev-clock").textContent = clock;
  scrubber.setAttribute("aria-valuetext", clock);
};

const draw = () => {
  const some = state.total > 0 || list.rows.length > 0;
  find(".ev-empty").hidden = run > 0;
  find(".ev-body").hidden = !some;
  find(".ev-asks").hidden = !state.asks;
  find(".ev-title").textContent = state.title;
  const lines = [...(note ? [["fault", note]] : []), ...state.said, ...(state.lost ? [["fault", words.events_lost]] : [])];
  // A screen reader hears how it ended, not every event.
  say(".ev-said", lines, [note, ...(state.going && !state.asks ? [] : state.said.map(([, sentence]) => sentence))]);
  if (!some) return;
  const box = find(".ev-text");
  if (reply) text.draw(reply);
  else box.replaceChildren(make("p", "muted", state.going ? "" : words.events_no_text));
  end.follow();
  time.draw(state.at, state.seconds);
  find(".ev-bars-count").textContent =
    time.order.length > MOST_BARS ? MOST_BARS + " / " + time.order.length : String(time.order.length);
  list.draw();
  count();
  drawPlay();
};
const soon = soonest(draw);

const forget = () => {
  heads = [];
  reply = "";
  find(".ev-text").replaceChildren();
  end.begin();
  text = new GrowingText(find(".ev-text"));
  list.reset();
  time.reset();
};

const begin = (message) => {
  [run, last, note] = [message.run, 0, ""];
  forget();
  state.lost = false;
  if (state.title !== message.title) {
    // Other steps: nothing of them has been chosen.
    filters.reset();
    list.filter(filters.passes());
  }
  if (state.file !== message.file) close();
  offer.close();
  trigger("collapse", {}); // the form: what is shown stands where it stood
};

const take = (message) => {
  if (typeof message.note === "string") {
    note = message.note;
    return soon();
  }
  if (message.told) return offer.make(message);
  if (message.run < run) return; // of a view that another has taken the place of
  if (message.run !== run) begin(message);
  else if (message.n <= last) return; // Gradio sends the last one twice
  else if (message.fresh) forget();
  const lost = state.lost || message.n !== last + 1;
  last = message.n;
  for (const [event, name, type, tags, id, parent, attempt] of message.heads) {
    const shared = [event, name, type, ...tags, id].join(" ").toLowerCase();
    heads.push({ event, name, type, tags, run: id, parent, attempt, text: shared });
    filters.see(heads.at(-1));
  }
  list.add(
    message.rows.map(([n, at, head, preview]) => ({ n, at, head: heads[head], preview })),
    message.dropped,
  );
  time.add(message.nodes);
  reply += message.text;
  state = { ...message, rows: null, nodes: null, heads: null, lost };
  soon();
};

const close = () => {
  whole = null;
  find(".ev-whole").hidden = true;
};

const open = () => {
  const given = props.opened;
  if (!given || given.asked === answered) return; // the same again, because something else has changed
  answered = given.asked;
  whole = given;
  const row = list.rows.find((one) => one.n === given.n);
  find(".ev-whole h3").textContent = given.n + (row ? " · " + row.head.event : "");
  find(".ev-whole-said").textContent = given.said;
  whole.text = given.cut ? given.json : pretty(given.json);
  find(".ev-whole pre").textContent = whole.text;
  find(".ev-whole").hidden = false;
  find(".ev-whole").scrollIntoView({ block: "nearest" });
};

const seek = () => {
  dragging = false;
  trigger("release", { at: Number(scrubber.value) });
};

const does = {
  run: () => document.querySelector("#run-events")?.click(),
  yes: () => trigger("submit", { yes: true }),
  no: () => trigger("submit", { yes: false }),
  play: () => {
    if (state.going) return trigger("pause", {});
    const seconds = state.seconds ?? state.at;
    const at = state.at >= seconds * 0.999 ? 0 : state.at;
    return trigger("play", { at, speed: find(".ev-speed").value });
  },
  save: () => trigger("download", {}),
  link: () => (offer.opened ? offer.close() : trigger("copy", {})),
  copyLink: (button) => offer.copy(button),
  clear: () => {
    filters.clear();
    list.filter(filters.passes());
    count();
  },
  close,
  copy: (button) => copy(button, whole.text),
};

onClick(does);
scrubber.addEventListener("input", () => {
  dragging = true;
  find(".ev-clock").textContent = duration(Number(scrubber.value)) + " / " + duration(Number(scrubber.max));
});
scrubber.addEventListener("change", seek);
receive(take);
watch("opened", open);
drawPlay();

// A file that is too large is refused before any of it is sent.
const tooLarge = (event) => {
  const given = event.target.closest?.("#events-file") && (event.dataTransfer || event.target).files?.[0];
  if (!given || given.size <= props.most * 1e6) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  if (event.type === "change") event.target.value = "";
  const megabytes = Math.round(given.size / 1e6);
  note = words.run_file_too_large.replace("{megabytes}", megabytes).replace("{limit}", props.most);
  soon();
};
for (const kind of ["drop", "change"]) document.addEventListener(kind, tooLarge, true);

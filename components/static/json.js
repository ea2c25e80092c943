// The JSON tab's panes. They are sent only what is new, keep it here, and are drawn at most once a frame of the
// screen. What a model wrote becomes text nodes, never markup. `props` and `watch` are Gradio's.

const boxes = { text: find('[data-pane="text"] .json-grows'), object: find('[data-pane="object"] .json-grows') };
const ends = [boxes.text, boxes.object, find(".json-table")].map((box) => new Following(box));

let run = "";
const left = new Set(); // runs that another has taken the place of, and may still go on
let last = 0;
let lost = false;
let text = "";
let object = "";
let same = 0; // characters of the object that are as they were drawn
let said = [];
let total = 0;
let shown = 0; // which of the reply's values the object and the fields are of
const fields = new Map();
let changed = new Set();

// Control characters by arrows or their numbers: escaped, a form feed would look like the beginning of `\frac`.
const ARROWS = { "\n": "\u21b5", "\t": "\u21e5" };
const code = (char) => "\u2039U+" + char.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0") + "\u203a";
const visible = (value) => value.replace(/[\0-\x1f]/g, (char) => ARROWS[char] ?? code(char));

const preview = ([, , kind, , value, size]) => {
  if (kind === "object") return "{" + size + "}";
  if (kind === "array") return "[" + size + "]";
  if (kind === "string") return JSON.stringify(visible(value)) + (size > [...value].length ? " … " + size : "");
  return value;
};

const ms = (time) => (time === null ? "" : time + " ms");

const row = (field) => {
  const [id, pointer, , state, , , seen, completed] = field;
  const made = make("tr", state, "");
  made.dataset.id = id;
  const path = make("td", "path", pointer || words.json_root);
  path.title = pointer;
  made.append(
    path,
    make("td", "value", preview(field)),
    make("td", "state", words["json_" + state]),
    make("td", "time", ms(seen)),
    make("td", "time", ms(completed)),
  );
  return made;
};

const drawFields = () => {
  const body = find("tbody");
  for (const id of [...changed].sort((one, other) => one - other)) {
    const made = row(fields.get(id));
    if (body.children[id]) body.children[id].replaceWith(made);
    else body.append(made);
  }
  changed = new Set();
  find(".json-count").textContent = total > fields.size ? fields.size + " / " + total : total || "";
};

let drawn = "";
let growing = { text: new GrowingText(boxes.text), object: new GrowingJson(boxes.object) };
const draw = () => {
  const lines = lost ? [...said, ["fault", words.json_lost]] : said;
  // A screen reader hears how it ended, not every chunk.
  say(".json-said", lines, lines.map(([look, sentence]) => /verdict|fault/.test(look) && sentence));
  if (text) growing.text.draw(text);
  if (object && drawn !== object) growing.object.draw(object, same);
  [same, drawn] = [object.length, object];
  for (const box of [boxes.text, boxes.object]) if (!box.childElementCount) box.append(make("p", "muted", words.json_empty));
  drawFields();
  if (last) for (const end of ends) end.follow();
};
const soon = soonest(draw);

const emptyFields = () => {
  fields.clear();
  changed = new Set();
  find("tbody").replaceChildren();
};

const begin = (name) => {
  left.add(run);
  [run, last, lost, text, object, same, drawn, total] = [name, 0, false, "", "", 0, "", 0];
  for (const box of Object.values(boxes)) box.replaceChildren();
  for (const end of ends) end.begin();
  growing = { text: new GrowingText(boxes.text), object: new GrowingJson(boxes.object) };
  emptyFields();
};

const take = (message) => {
  if (message.note) {
    begin("");
    said = [["fault", message.note]];
    return soon();
  }
  if (left.has(message.run)) return;
  if (message.run !== run) begin(message.run);
  if (message.n <= last) return; // Gradio sends the last one twice
  lost = lost || message.n !== last + 1;
  last = message.n;
  text += message.text;
  same = Math.min(same, object.length - message.drop);
  object = object.slice(0, object.length - message.drop) + message.add;
  if (message.document !== shown) emptyFields();
  shown = message.document;
  for (const field of message.rows) {
    fields.set(field[0], field);
    changed.add(field[0]);
  }
  total = message.total;
  said = message.said;
  soon();
};

const plain = (button) => button.closest("[data-pane]").dataset.pane === "text";
onClick({
  copy: (button) => copy(button, plain(button) ? text : pretty(object)),
  download: (button) => {
    if (plain(button)) saveAs("reply.txt", new Blob([text], { type: "text/plain" }));
    else saveAs("reply.json", new Blob([pretty(object)], { type: "application/json" }));
  },
});
receive(take);
soon();

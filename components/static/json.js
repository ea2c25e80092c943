"use strict";
// The JSON tab's panes. They are sent only what is new, keep it here, and are drawn at most once a frame of the
// screen. What a model wrote becomes text nodes, never markup. `element`, `props` and `watch` are Gradio's.

// Characters of one block: only the last one is laid out anew as text grows.
const BLOCK = 2000;
const ENDS = /[\uD800-\uDBFF]$/;

const find = (selector) => element.querySelector(selector);
const pane = (name) => find('[data-pane="' + name + '"]');
const make = (tag, look, text) => {
  const made = document.createElement(tag);
  if (look) made.className = look;
  made.textContent = text;
  return made;
};

let words = {};
let run = "";
let last = 0;
let lost = false;
let text = "";
let object = "";
let said = [];
let total = 0;
const fields = new Map();
let changed = new Set();

// Compact JSON with line ends and indentation; its scalars stay as they are, digit by digit.
const pretty = (compact) => {
  const out = [];
  let depth = 0;
  const line = () => "\n" + "  ".repeat(depth);
  for (const [part] of compact.matchAll(/"(?:[^"\\]|\\.)*"|\{\}|\[\]|[{}[\],:]|[^"{}[\],:]+/gs)) {
    if (part === "{" || part === "[") {
      depth += 1;
      out.push(part, line());
    } else if (part === "}" || part === "]") {
      depth -= 1;
      out.push(line(), part);
    } else if (part === ",") out.push(part, line());
    else out.push(part === ":" ? ": " : part);
  }
  return out.join("");
};

// A block ends at a line's end where there is one, and never inside a surrogate pair.
const block = (whole, at) => {
  let piece = whole.slice(at, at + BLOCK);
  if (at + BLOCK >= whole.length) return piece;
  const end = piece.lastIndexOf("\n");
  if (end >= 0) piece = piece.slice(0, end + 1);
  else if (ENDS.test(piece)) piece = piece.slice(0, -1);
  return piece;
};

// Redraws a pane from the first block that differs; a reader at its end stays there, any other where they are.
const grow = (box, whole) => {
  const follows = box.scrollHeight - box.scrollTop - box.clientHeight < 8;
  if (!whole && words.empty) {
    box.replaceChildren(make("p", "muted", words.empty));
    return;
  }
  box.querySelector("p")?.remove();
  let at = 0;
  let index = 0;
  while (at < whole.length) {
    const piece = block(whole, at);
    const shown = box.children[index];
    if (!shown) box.append(make("div", "", piece));
    else if (shown.textContent !== piece) shown.textContent = piece;
    at += piece.length;
    index += 1;
  }
  while (box.children.length > index) box.lastChild.remove();
  if (follows) box.scrollTop = box.scrollHeight;
};

const preview = ([, , kind, , value, size]) => {
  if (kind === "object") return "{" + size + "}";
  if (kind === "array") return "[" + size + "]";
  if (kind === "string") return JSON.stringify(value) + (size > [...value].length ? " … " + size : "");
  return value;
};

const ms = (time) => (time === null ? "" : time + " ms");

const row = (field) => {
  const [id, pointer, , state, , , seen, completed, repeated] = field;
  const made = make("tr", state, "");
  made.dataset.id = id;
  const path = make("td", "path", pointer || words.root);
  path.title = pointer;
  made.append(
    path,
    make("td", "value", preview(field)),
    make("td", "state", words[state] + (repeated ? ", " + words.repeated : "")),
    make("td", "time", ms(seen)),
    make("td", "time", ms(completed)),
  );
  return made;
};

const drawFields = () => {
  const body = find("tbody");
  const box = find(".json-table");
  const follows = box.scrollHeight - box.scrollTop - box.clientHeight < 8;
  for (const id of [...changed].sort((one, other) => one - other)) {
    const made = row(fields.get(id));
    if (body.children[id]) body.children[id].replaceWith(made);
    else body.append(made);
  }
  changed = new Set();
  find(".json-count").textContent = total > fields.size ? fields.size + " / " + total : total || "";
  if (follows && last) box.scrollTop = box.scrollHeight;
};

let waiting = false;
let drawn = {};
const draw = () => {
  waiting = false;
  const lines = lost ? [...said, ["fault", words.lost]] : said;
  find(".json-said").replaceChildren(...lines.map(([look, sentence]) => make("p", look, sentence)));
  // A screen reader hears how it ended, not every chunk.
  const spoken = lines.filter(([look]) => /verdict|fault/.test(look)).map(([, sentence]) => sentence).join(" ");
  if (find(".spoken").textContent !== spoken) find(".spoken").textContent = spoken;
  if (drawn.text !== text) grow(find('[data-pane="text"] .json-grows'), text);
  if (drawn.object !== object) grow(find('[data-pane="object"] .json-grows'), pretty(object));
  drawn = { text, object };
  drawFields();
};
const soon = () => {
  if (!waiting) requestAnimationFrame(draw);
  waiting = true;
};

const label = (given) => {
  words = given;
  for (const named of element.querySelectorAll("[data-word]")) named.textContent = words[named.dataset.word];
  for (const button of element.querySelectorAll("[data-do]")) button.textContent = words[button.dataset.do];
};

const begin = (name) => {
  [run, last, lost, text, object, total] = [name, 0, false, "", "", 0];
  fields.clear();
  changed = new Set();
  find("tbody").replaceChildren();
};

const take = () => {
  const message = Object.values(props.value || {})[0];
  if (!message) return;
  if (message.labels) {
    label(message.labels);
    return soon();
  }
  if (message.run !== run) begin(message.run);
  if (message.n <= last) return; // Gradio sends the last one twice
  lost = lost || message.n !== last + 1;
  last = message.n;
  text += message.text;
  object = object.slice(0, object.length - message.drop) + message.add;
  for (const field of message.rows) {
    fields.set(field[0], field);
    changed.add(field[0]);
  }
  total = message.total;
  said = message.said;
  soon();
};

const copy = async (button, whole) => {
  await navigator.clipboard.writeText(whole);
  button.textContent = words.copied;
  setTimeout(() => (button.textContent = words.copy), 1500);
};

const download = (name, kind, whole) => {
  const link = make("a", "", "");
  link.href = URL.createObjectURL(new Blob([whole], { type: kind }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
};

element.addEventListener("click", (event) => {
  const button = event.target.closest("[data-do]");
  if (!button) return;
  const plain = button.closest("[data-pane]").dataset.pane === "text";
  const whole = plain ? text : pretty(object);
  if (button.dataset.do === "copy") copy(button, whole);
  else if (plain) download("reply.txt", "text/plain", whole);
  else download("reply.json", "application/json", whole);
});

watch("value", take);
take();

// A lesson's output. It is sent only what is new and keeps it here. What a model wrote becomes text nodes, never
// markup. `element`, `props` and `watch` are Gradio's.

const find = (selector) => element.querySelector(selector);
const make = (tag, look, text) => {
  const made = document.createElement(tag);
  made.className = look;
  made.textContent = text;
  return made;
};
const box = find(".lesson-lines");
const AT_END = 8; // pixels

let words = {};
let lesson = "";
let run = "";
let last = 0;
let lost = false;

const say = (said, ended) => {
  const lines = lost ? [...said, ["fault", words.lost]] : said;
  find(".lesson-said").replaceChildren(...lines.map(([look, sentence]) => make("p", look, sentence)));
  // A screen reader hears how it ended, not every line.
  const spoken = ended ? lines.map(([, sentence]) => sentence).join(" ") : "";
  if (find(".spoken").textContent !== spoken) find(".spoken").textContent = spoken;
};

const clear = (text) => {
  [last, lost] = [0, false];
  box.replaceChildren(...(text ? [make("p", "muted", text)] : []));
  say([], false);
};

const add = (lines) => {
  // A reader at the end stays there, any other where they are.
  const follow = box.scrollHeight - box.scrollTop - box.clientHeight < AT_END;
  for (const [time, text] of lines) {
    const row = make("p", "line", "");
    row.append(make("span", "time", time), make("span", "text", text));
    box.append(row);
  }
  if (follow) box.scrollTop = box.scrollHeight;
};

const take = () => {
  const message = Object.values(props.value || {})[0];
  if (!message) return;
  if (message.labels) {
    words = message.labels;
    lesson = message.lesson;
    box.setAttribute("aria-label", words.output);
    run = "";
    return clear(words.empty);
  }
  if (message.lesson !== lesson) return; // a late one, of the lesson that was chosen before
  if (message.run !== run) {
    run = message.run;
    clear("");
  }
  if (message.n <= last) return; // Gradio sends the last one twice
  lost = lost || message.n !== last + 1;
  last = message.n;
  add(message.lines);
  say(message.said, message.ended);
};

watch("value", take);
take();

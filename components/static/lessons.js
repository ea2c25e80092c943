// A lesson's output. It is sent only what is new and keeps it here. What a model wrote becomes text nodes, never
// markup. `props` and `watch` are Gradio's.

const box = find(".lesson-lines");
const end = new Following(box);

let lesson = "";
let run = "";
let last = 0;
let lost = false;

const tell = (said, ended) => {
  const lines = lost ? [...said, ["fault", words.json_lost]] : said;
  // A screen reader hears how it ended, not every line.
  say(".lesson-said", lines, ended ? lines.map(([, sentence]) => sentence) : []);
};

const clear = (text) => {
  [last, lost] = [0, false];
  end.begin();
  box.replaceChildren(...(text ? [make("p", "muted", text)] : []));
  tell([], false);
};

const add = (lines) => {
  for (const [time, text] of lines) {
    const row = make("p", "line", "");
    row.append(make("span", "time", time), make("span", "text", text));
    box.append(row);
  }
  end.follow();
};

const take = (message) => {
  if (!message.run) {
    [lesson, run] = [message.lesson ?? lesson, ""];
    return clear(words.lesson_empty);
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
  tell(message.said, message.ended);
};

receive(take);

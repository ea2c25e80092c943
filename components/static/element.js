"use strict";
// What every component of ours needs. `element` and `props` are Gradio's.
const find = (selector) => element.querySelector(selector);
const make = (tag, look, text) => {
  const made = document.createElement(tag);
  if (look) made.className = look;
  made.textContent = text;
  return made;
};

// A text that is the same again would be laid out again.
const put = (element, text) => {
  if (element.textContent !== text) element.textContent = text;
};

// The message that was sent last; null before the first.
const sent = () => {
  const given = Object.values(props.value || {})[0] ?? null;
  return typeof given === "string" ? JSON.parse(given) : given;
};

// A function that has `draw` called once before the screen's next frame, however often it is called itself.
const soonest = (draw) => {
  let waiting = false;
  return () => {
    if (!waiting)
      requestAnimationFrame(() => {
        waiting = false;
        draw();
      });
    waiting = true;
  };
};

// Words for all that name one in the template.
const label = (words) => {
  for (const named of element.querySelectorAll("[data-word]")) named.textContent = words[named.dataset.word];
};

// Sentences, each with its look; `spoken` is what of them a screen reader hears.
const say = (box, lines, spoken) => {
  find(box).replaceChildren(...lines.map(([look, sentence]) => make("p", look, sentence)));
  const heard = spoken.filter(Boolean).join(" ");
  if (find(".spoken").textContent !== heard) find(".spoken").textContent = heard;
};

// The button says what became of it.
const copy = async (button, text, words, label = words.copy) => {
  const copied = await navigator.clipboard.writeText(text).then(() => true, () => false);
  button.textContent = copied ? words.copied : words.not_copied;
  setTimeout(() => (button.textContent = label), 1500);
};

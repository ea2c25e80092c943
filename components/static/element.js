"use strict";
// What every component of ours needs. `element`, `props` and `watch` are Gradio's.
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

// The page's words in the reader's language, which is chosen as the server chooses it.
const words = (() => {
  const languages = window.gradio_config.i18n_translations;
  const main = (tag) => tag.split("-")[0].toLowerCase();
  const spoken = navigator.languages.map((tag) => Object.keys(languages).find((language) => main(language) === main(tag)));
  return languages[spoken.find(Boolean) ?? "en"];
})();
for (const part of [element, ...Array.from(element.querySelectorAll("template"), ({ content }) => content)]) {
  for (const named of part.querySelectorAll("[data-word]")) named.textContent = words[named.dataset.word];
  for (const named of part.querySelectorAll("[data-label]")) named.ariaLabel = words[named.dataset.label];
}

// Each message that the server has sent goes to `take`, and the one that was there before.
const receive = (take) => {
  const look = () => {
    const [message] = Object.values(props.value || {});
    if (message) take(JSON.parse(message));
  };
  watch("value", look);
  look();
};

// A button says by `data-do` what it does.
const onClick = (does) =>
  element.addEventListener("click", ({ target }) => {
    const button = target.closest("[data-do]");
    if (button) does[button.dataset.do](button);
  });

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

// Sentences, each with its look; `spoken` is what of them a screen reader hears.
const say = (box, lines, spoken) => {
  find(box).replaceChildren(...lines.map(([look, sentence]) => make("p", look, sentence)));
  put(find(".spoken"), spoken.filter(Boolean).join(" "));
};

// As a file of the reader's.
const saveAs = (name, blob) => {
  const link = make("a", "", "");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
};

// The item of a list that an arrow key leads to; undefined for any other key.
const walked = ({ key }, items, active, page = 0) => {
  const steps = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -Infinity, End: Infinity };
  if (!steps[key]) return undefined;
  return items[Math.min(Math.max(items.indexOf(active) + steps[key], 0), items.length - 1)];
};

// The button says what became of it.
const copy = async (button, text, label = words.copy) => {
  const copied = await navigator.clipboard.writeText(text).then(() => true, () => false);
  button.textContent = copied ? words.copied : words.not_copied;
  setTimeout(() => (button.textContent = label), 1500);
};

"use strict";
// What every component of ours needs. `element` is Gradio's.
const find = (selector) => element.querySelector(selector);
const make = (tag, look, text) => {
  const made = document.createElement(tag);
  if (look) made.className = look;
  made.textContent = text;
  return made;
};

// The button says what became of it.
const copy = async (button, text, words) => {
  const copied = await navigator.clipboard.writeText(text).then(() => true, () => false);
  button.textContent = copied ? words.copied : words.not_copied;
  setTimeout(() => (button.textContent = words.copy), 1500);
};

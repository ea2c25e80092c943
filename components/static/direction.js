"use strict";
// Gradio's page writes the direction of every message anew with each frame, though it never changes, and Chromium
// then finds out the style of each element in it: of a long reply with code that is half of what a frame costs.
(() => {
  const dir = Object.getOwnPropertyDescriptor(HTMLElement.prototype, "dir");
  Object.defineProperty(HTMLElement.prototype, "dir", {
    ...dir,
    set(value) {
      if (this.getAttribute("dir") !== String(value)) dir.set.call(this, value);
    },
  });
})();

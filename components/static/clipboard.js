"use strict";
// Browsers keep the clipboard from pages that came over plain http from another machine, and from those that may not
// use it. Every button that copies, ours and Gradio's, does it in the old way then: as the reader's own copying.
(() => {
  const allowed = navigator.clipboard?.writeText.bind(navigator.clipboard);

  const byHand = (text) => {
    const focused = document.activeElement;
    const chosen = document.createElement("textarea");
    chosen.className = "spoken";
    chosen.value = text;
    const take = (event) => {
      event.stopImmediatePropagation();
      event.preventDefault();
      event.clipboardData.setData("text/plain", text); // a textarea would have changed its line ends
    };
    document.body.append(chosen);
    chosen.select();
    addEventListener("copy", take, true);
    const copied = document.execCommand("copy");
    removeEventListener("copy", take, true);
    chosen.remove();
    focused?.focus({ preventScroll: true });
    if (!copied) throw new DOMException("The browser does not copy", "NotAllowedError");
  };

  const writeText = async (text) => {
    try {
      await allowed(text);
    } catch {
      byHand(text);
    }
  };
  if (allowed) navigator.clipboard.writeText = writeText;
  else Object.defineProperty(navigator, "clipboard", { value: { writeText } });
})();

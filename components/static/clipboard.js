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

  // Turn by turn what was said, without the figures and faults under it.
  const turnsOf = (messages) => {
    const turns = [];
    for (const { role, metadata } of messages) {
      if (turns.at(-1)?.role !== role) turns.push({ role, said: [] });
      if (!metadata?.title && metadata?.log) turns.at(-1).said.push(metadata.log);
    }
    return turns.map(({ role, said }) => ({ role, said: said.join("\n\n") }));
  };

  // Gradio copies what was drawn, and a reply's figures with it: that is replaced. It doesn't tell which it was.
  let clicked = null;
  const row = (target) => target.closest?.("#chat :is(.message-buttons-left, .message-buttons-right)");
  addEventListener("click", ({ target }) => (clicked = row(target)?.previousElementSibling), true);
  window.copyMessage = (messages) => {
    if (!clicked) return;
    const { said } = turnsOf(messages)[[...document.querySelectorAll("#chat .message-row")].indexOf(clicked)];
    writeText(said || clicked.querySelector(".fault").innerText);
  };
  window.copyConversation = async (messages) => {
    const turns = turnsOf(messages).filter(({ said }) => said);
    const { classList } = document.getElementById("copy-conversation");
    await writeText(turns.map(({ role, said }) => `${role}: ${said}`).join("\n\n"));
    classList.add("copied");
    setTimeout(() => classList.remove("copied"), 1500);
  };
})();

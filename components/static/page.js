"use strict";
// What the reader's hands do: Esc stops the run in the tab that is shown, a conversation that grows stays where they
// read it. A screen reader hears when a reply is whole, not every token.
(() => {
  // A key by which an input method writes is nobody else's, be it Enter, Esc or an arrow. In Safari the one that
  // ends a conversion comes after its end: only its code tells.
  let converting = false;
  document.addEventListener(
    "keydown",
    (event) => {
      converting = event.isComposing || event.keyCode === 229;
      if (converting) event.stopImmediatePropagation();
    },
    true,
  );
  document.addEventListener("keypress", (event) => converting && event.stopImmediatePropagation(), true);

  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const button of document.querySelectorAll('button[id^="stop"]:enabled')) if (button.offsetParent) button.click();
  });

  const RIGHT_TO_LEFT = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]/;
  document.addEventListener("input", ({ target }) => {
    if (target.closest("#message")) target.dir = RIGHT_TO_LEFT.test(target.value) ? "auto" : "";
  });

  // Gradio names each radio button of a list otherwise, so a browser doesn't know that the arrows go through them.
  document.addEventListener("keydown", (event) => {
    const list = event.target.matches?.("input[type=radio]") && event.target.closest("fieldset, .block");
    const step = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
    if (!list || !step) return;
    const buttons = [...list.querySelectorAll("input")];
    const next = buttons[buttons.indexOf(event.target) + step];
    event.preventDefault();
    next?.focus();
    next?.click();
  });

  const spoken = document.createElement("div");
  spoken.className = "spoken";
  spoken.setAttribute("role", "status");

  // Milliseconds after which the line has its last words: Stop is greyed out a moment before they are drawn.
  const SETTLED = 300;
  const tell = () => {
    const lines = document.querySelectorAll("#chat .thought-group .title");
    spoken.textContent = lines.length ? lines[lines.length - 1].textContent.trim() : "";
  };

  // The conversation is followed as it is laid out. Whoever says something wants to see it.
  let following = null;
  let said = 0;
  const sizes = new ResizeObserver(() => following.follow());
  const read = (log) => {
    if (following?.box !== log) {
      following = new Following(log);
      log.tabIndex = 0; // so that it can be scrolled by keyboard
      sizes.observe(log);
    }
    for (const part of log.children) sizes.observe(part); // again is as good as once
    const users = log.getElementsByClassName("user-row").length;
    if (users > said) following.begin();
    said = users;
  };

  // What is edited is what was typed, not what was drawn of it.
  const edit = (field) => {
    const typed = document.createElement("textarea");
    typed.innerHTML = field.value.replace(/<[^>]*>/g, ""); // a tag is none of what was typed
    field.dataset.typed = "";
    field.value = typed.value;
    field.dispatchEvent(new Event("input"));
  };

  // The editor's colours that are too pale to read, and what they become in the light and in the dark: it keeps
  // those that it was first drawn with. Its classes are made as it is drawn.
  const READABLE = {
    "rgb(208, 135, 112)": ["#a14a2a", "#d08770"],
    "rgb(94, 129, 172)": ["#3f6191", "#81a1c1"],
    "rgb(163, 190, 140)": ["#4d6b33", "#a3be8c"],
  };
  const readable = document.createElement("style");
  const editors = document.getElementsByClassName("cm-editor");
  let drawn = 0;
  const recolour = () => {
    drawn = editors.length;
    const sheets = [...document.styleSheets].filter(({ ownerNode }) => ownerNode?.textContent.includes(".\u037c"));
    const rules = sheets.flatMap(({ cssRules }) => [...cssRules]);
    const pale = rules.filter(({ style }) => READABLE[style?.color] && style.length === 1);
    const told = pale.flatMap(({ selectorText: which, style }) => {
      const [light, dark] = READABLE[style.color];
      return [`body:not(.dark) ${which} { color: ${light} }`, `body.dark ${which} { color: ${dark} }`];
    });
    readable.textContent = told.join("\n");
  };

  let running = false;
  const watch = () => {
    if (editors.length !== drawn) recolour();
    // What Gradio names wrongly: a button in a button, and a list without items.
    for (const arrow of document.querySelectorAll("#chat .title button:not([inert])")) arrow.inert = true;
    document.querySelector("#chat .examples[role]")?.removeAttribute("role");
    // What is scrolled can be scrolled by keyboard.
    const scrolled = document.querySelectorAll('.lesson-source .cm-scroller[tabindex="-1"], #lesson-text:not([tabindex])');
    for (const text of scrolled) text.tabIndex = 0;
    for (const field of document.querySelectorAll("#chat .edit-textarea:not([data-typed])")) edit(field);
    const log = document.querySelector("#chat [role=log]");
    if (log && log.getAttribute("aria-live") !== "off") log.setAttribute("aria-live", "off");
    if (log) read(log);
    const stop = document.getElementById("stop");
    if (!stop) return;
    const now = !stop.disabled;
    if (running && !now) setTimeout(tell, SETTLED);
    if (running !== now) {
      // A reply is written into the conversation that is shown: until it ends no other one can be opened, and
      // no other message sent. The next one can be written.
      for (const element of document.querySelectorAll("#past, #message .submit-button")) element.inert = now;
    }
    running = now;
  };

  const begin = () => {
    document.body.append(spoken);
    document.head.append(readable);
    new MutationObserver(watch).observe(document.body, {
      subtree: true,
      childList: true,
      attributes: true,
      attributeFilter: ["disabled", "aria-live"],
    });
    watch();
  };
  // A list that becomes shorter while it is open would end the page: Gradio's Dropdown then draws a model that is gone.
  // So it is put in place when whoever reads the old one has left the box.
  window.offer = async (provider, listed) => {
    const box = document.querySelector(`#model-${provider} input`);
    while (box && document.activeElement === box)
      await new Promise((left) => box.addEventListener("blur", left, { once: true }));
    return { choices: JSON.parse(listed).map((model) => [model, model]), __type__: "update" };
  };

  // Under the race it may be out of sight; Gradio draws it when it is first shown.
  window.seeLanesCode = () => {
    const source = document.querySelector("#code-lane .cm-content");
    if (source?.offsetHeight) document.querySelector("#code-lane").scrollIntoView({ block: "nearest" });
    else requestAnimationFrame(window.seeLanesCode);
  };

  // Gradio adds this script when the page has long been there.
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", begin);
  else begin();
})();

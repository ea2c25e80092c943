"use strict";
// Notes when the text of a reply changes, and what kept the page busy meanwhile. In milliseconds.
(() => {
  const bench = { entered: 0, clicked: 0, changes: [], tasks: [], reply: 0 };
  window.bench = bench;

  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter") bench.entered = event.timeStamp;
  }, true);
  document.addEventListener("click", (event) => {
    bench.clicked = event.timeStamp;
  }, true);
  new PerformanceObserver((list) => {
    for (const task of list.getEntries()) bench.tasks.push({ at: task.startTime, took: task.duration });
  }).observe({ type: "longtask", buffered: true });

  // A reply's text is in an element of its own; beside it stand the line, the buttons and the faults.
  const GRADIO = "[data-testid=bot] > .message-content";
  const STREAMLIT = "[data-testid=stChatMessageContent][aria-label*=assistant]";
  const replies = () => document.querySelectorAll(`${GRADIO}, ${STREAMLIT}`);

  let text = "";
  let wanted = () => {};
  new MutationObserver(() => {
    const now = replies()[bench.reply]?.textContent.trim() ?? "";
    if (now === text) return;
    text = now;
    bench.changes.push({ at: performance.now(), length: text.length });
    wanted();
  }).observe(document, { subtree: true, childList: true, characterData: true });

  // The next reply is watched, not those that stand there.
  bench.begin = () => {
    bench.reply = replies().length;
    bench.changes.length = bench.tasks.length = 0;
    text = "";
  };

  // Resolves with the reply's text once it ends with `end` and has `mark` so many times; with null if it is late.
  bench.has = (end, mark, times, late) => new Promise((resolve) => {
    wanted = () => text && text.endsWith(end) && text.split(mark).length > times && resolve(text);
    setTimeout(() => resolve(null), late);
    wanted();
  });
})();

"use strict";
// Notes when the text of the first reply changes, and what kept the page busy meanwhile. In milliseconds.
(() => {
  const bench = { entered: 0, clicked: 0, changes: [], tasks: [] };
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

  let text = "";
  let wanted = () => {};
  // The text is in the first reply's own element; beside it stand the line, the buttons and the faults.
  new MutationObserver(() => {
    const now = document.querySelector("[data-testid=bot] .message-content")?.textContent.trim() ?? "";
    if (now === text) return;
    text = now;
    bench.changes.push({ at: performance.now(), length: text.length });
    wanted();
  }).observe(document, { subtree: true, childList: true, characterData: true });

  // Resolves when the reply has so many characters.
  bench.has = (length) => new Promise((resolve) => {
    wanted = () => text.length >= length && resolve(text);
    wanted();
  });
})();

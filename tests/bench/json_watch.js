"use strict";
// Notes when the JSON tab's panes last changed and when its first field was seen. In milliseconds.
(() => {
  const json = { grown: 0, first: 0 };
  window.json = json;
  const panes = "[data-pane=text] .json-grows, [data-pane=object] .json-grows";
  let judged = () => {};
  new MutationObserver((changes) => {
    const now = performance.now();
    const changed = ({ target }) => (target.closest ? target : target.parentElement)?.closest(panes);
    if (changes.some(changed)) json.grown = now;
    if (!json.first && document.querySelector("tr.growing, tr.complete")) json.first = now;
    judged();
  }).observe(document, { subtree: true, childList: true, characterData: true, attributes: true });

  // What stands there of the run before is taken away.
  json.begin = () => {
    document.querySelectorAll(".json-said p, [data-pane=fields] tbody tr").forEach((shown) => shown.remove());
    json.grown = json.first = 0;
  };

  // Resolves when there is a verdict. Asking from outside would keep the page busy.
  json.judged = () => new Promise((resolve) => {
    judged = () => document.querySelector(".json-said .verdict") && resolve();
    judged();
  });
})();

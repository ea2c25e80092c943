"use strict";
// Esc stops the run in the tab that is shown; a screen reader hears when a reply is whole, not every token.
(() => {
  const visible = (element) => element && element.offsetParent !== null;

  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.isComposing) return;
    for (const id of ["stop", "stop-test"]) {
      const button = document.getElementById(id);
      if (visible(button) && !button.disabled) button.click();
    }
  });

  const spoken = document.createElement("div");
  spoken.className = "spoken";
  spoken.setAttribute("role", "status");

  let running = false;
  const watch = () => {
    const log = document.querySelector("#chat [role=log]");
    if (log && log.getAttribute("aria-live") !== "off") log.setAttribute("aria-live", "off");
    const stop = document.getElementById("stop");
    if (!stop) return;
    const now = !stop.disabled;
    if (running && !now) {
      const lines = document.querySelectorAll("#chat .thought-group .title");
      spoken.textContent = lines.length ? lines[lines.length - 1].textContent.trim() : "";
    }
    running = now;
  };

  document.addEventListener("DOMContentLoaded", () => {
    document.body.append(spoken);
    new MutationObserver(watch).observe(document.body, {
      subtree: true,
      childList: true,
      attributes: true,
      attributeFilter: ["disabled", "aria-live"],
    });
  });
})();

"use strict";
// Gradio's page copies every property of a component each time that one of them changes, with structuredClone.
// Most are texts and numbers, which are their own copies, and functions, which have none: the browser takes a
// hundred times as long to find that out.
(() => {
  const THEIR_OWN_COPIES = new Set(["string", "number", "bigint", "boolean", "undefined"]);
  const clone = window.structuredClone;
  let refusal;
  try {
    clone(() => {});
  } catch (error) {
    refusal = error;
  }
  window.structuredClone = (value, options) => {
    if (typeof value === "function") throw refusal;
    return value === null || THEIR_OWN_COPIES.has(typeof value) ? value : clone(value, options);
  };
})();

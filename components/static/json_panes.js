"use strict";
// What grows in the JSON tab's panes, in blocks of about BLOCK characters: blocks that are settled are neither
// read nor laid out again, so a frame costs by what is new and not by what is there.
const BLOCK = 2000;
const ENDS = /[\uD800-\uDBFF]$/;

// Blocks from number `index` on become `pieces`.
const replace = (box, index, pieces) => {
  box.querySelector(":scope > p")?.remove();
  pieces.forEach((piece, number) => {
    const shown = box.children[index + number];
    if (!shown) {
      const made = document.createElement("div");
      made.textContent = piece;
      box.append(made);
    } else if (shown.textContent !== piece) shown.textContent = piece;
  });
  while (box.children.length > index + pieces.length) box.lastChild.remove();
};

// Text that only grows at its end.
class GrowingText {
  constructor(box) {
    this.box = box;
    this.at = 0; // where the last block begins
    this.index = 0;
  }

  draw(whole) {
    const pieces = [];
    let at = this.at;
    do {
      const piece = this.piece(whole, at);
      pieces.push(piece);
      at += piece.length;
    } while (at < whole.length);
    replace(this.box, this.index, pieces);
    this.index += pieces.length - 1;
    this.at = whole.length - pieces.at(-1).length;
  }

  // A block ends at a line's end where there is one, and never inside a surrogate pair.
  piece(whole, at) {
    const piece = whole.slice(at, at + BLOCK);
    if (at + BLOCK >= whole.length) return piece;
    const end = piece.lastIndexOf("\n");
    if (end >= 0) return piece.slice(0, end + 1);
    return ENDS.test(piece) ? piece.slice(0, -1) : piece;
  }
}

// One part of compact JSON: {} or [], a mark, a scalar, or a string; of a long one what is left is IN_STRING.
const PART = /"(?:[^"\\]|\\.){0,2000}("?)|\{\}|\[\]|[{}[\],:]|[^"{}[\],:]+/suy;
const IN_STRING = /(?:[^"\\]|\\.){0,2000}("?)/suy;

// Where reading of compact JSON stands; `fresh`: a line has begun and its indentation hasn't been written.
const START = { at: 0, depth: 0, string: false, fresh: false };

// The next part with line ends and indentation; `state` goes on past it. Scalars stay as they are, digit by digit.
const step = (state, whole) => {
  const pattern = state.string ? IN_STRING : PART;
  pattern.lastIndex = state.at;
  const [part, closing] = pattern.exec(whole);
  state.at += part.length;
  const closes = part === "}" || part === "]";
  if (closes) state.depth -= 1;
  const indent = "  ".repeat(state.depth);
  const before = closes ? "\n" + indent : state.fresh ? indent : "";
  state.fresh = !state.string && (part === "{" || part === "[" || part === ",");
  if (state.fresh && part !== ",") state.depth += 1;
  state.string = closing === "";
  return before + (part === ":" && closing === undefined ? ": " : part) + (state.fresh ? "\n" : "");
};

const pretty = (whole) => {
  const state = { ...START };
  const parts = [];
  while (state.at < whole.length) parts.push(step(state, whole));
  return parts.join("");
};

// Compact JSON, of which what changes is its end, with line ends and indentation. Each block knows how it begins.
class GrowingJson {
  constructor(box) {
    this.box = box;
    this.blocks = [START];
  }

  // The first `same` characters are those of the time before.
  draw(whole, same) {
    while (this.blocks.length > 1 && this.blocks.at(-1).at >= same) this.blocks.pop();
    const index = this.blocks.length - 1;
    const state = { ...this.blocks[index] };
    const pieces = [];
    let piece = "";
    while (state.at < whole.length) {
      piece += step(state, whole);
      if (piece.length >= BLOCK && (state.fresh || state.string)) {
        pieces.push(piece);
        piece = "";
        this.blocks.push({ ...state });
      }
    }
    replace(this.box, index, [...pieces, piece]);
  }
}

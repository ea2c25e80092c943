// Where in a reply, as it is drawn, the text of each chunk stands: markup is in what a model said, not in what is
// drawn of it. Lit without touching the page, where the browser can.
const NEAR = 40; // characters that are drawn and were not said, such as a list's mark, are looked over so far
const SURE = 3; // so many said after each other are no accident

// The texts of a reply's answer, or of what is folded over it: of thoughts and calls of tools.
class Drawn {
  constructor(nodes, chunks) {
    this.places = nodes.flatMap((node) => [...node.data.matchAll(/\S/g)].map(({ index }) => [node, index]));
    this.starts = new Map(); // by the chunk's index, in their order
    const drawn = this.places.map(([node, at]) => node.data[at]).join("");
    const said = chunks.map(([, { other }]) => other.replace(/\s+/g, ""));
    const all = said.join("");
    let [at, next] = [0, 0];
    said.forEach((text, number) => {
      this.starts.set(chunks[number][0], next);
      for (const end = at + text.length; at < end; at += 1) {
        if (drawn[next] === all[at]) {
          next += 1;
          continue;
        }
        const sure = all.slice(at, at + SURE);
        const found = sure.length === SURE ? drawn.slice(next, next + NEAR).indexOf(sure) : -1;
        if (found > 0) next += found + 1;
      }
    });
  }

  // From the first character of one chunk to the last of another; null where nothing of them is drawn.
  range(from, to) {
    const own = [...this.starts].filter(([index]) => index >= from);
    const after = own.find(([index]) => index > to);
    if (!own.length || own[0][0] > to) return null;
    const [start, end] = [this.places[own[0][1]], this.places[(after?.[1] ?? this.places.length) - 1]];
    if (!start || !end || (after && after[1] <= own[0][1])) return null;
    const range = new Range();
    range.setStart(...start);
    range.setEnd(end[0], end[1] + 1);
    return range;
  }

  // The chunk that brought this character; -1 for none.
  chunkAt(node, offset) {
    const at = this.places.findIndex(([one, place]) => one === node && place >= offset);
    return at < 0 ? -1 : ([...this.starts].findLast(([, start]) => start <= at)?.[0] ?? -1);
  }
}

class ReplyText {
  constructor() {
    this.parts = [];
  }

  // Kept until either has grown.
  read(reply, chunks) {
    const length = reply?.textContent.length;
    if (this.reply === reply && this.length === length && this.chunks === chunks && this.count === chunks.length) return;
    Object.assign(this, { reply, length, chunks, count: chunks.length, parts: [] });
    if (!reply) return;
    const nodes = [];
    const walker = document.createTreeWalker(reply, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) nodes.push(walker.currentNode);
    const within = (node, what) => node.parentElement.closest(what);
    const said = nodes.filter((node) => !within(node, ".title, .fault, .copy_code_button"));
    for (const folded of [false, true])
      this.parts.push(
        new Drawn(
          said.filter((node) => Boolean(within(node, ".thought-group")) === folded),
          [...chunks.entries()].filter(([, { look }]) => (look === "reasoning" || look === "tool_call") === folded),
        ),
      );
  }

  light([from, to]) {
    if (!CSS.highlights) return;
    const ranges = this.parts.map((part) => part.range(from, to)).filter(Boolean);
    if (ranges.length) CSS.highlights.set("record", new Highlight(...ranges));
    else CSS.highlights.delete("record");
  }

  chunkAt(node, offset) {
    return Math.max(-1, ...this.parts.map((part) => part.chunkAt(node, offset)));
  }
}

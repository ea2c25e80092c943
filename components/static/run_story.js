// The text of a recorded run, where the first reply will be. A short one has its place from the start, so that
// nothing moves but what is shown of it; a long one grows at its end, as a reply does.
class Story {
  static SHORT = 800; // characters

  // What a message brings: text, and how it failed.
  static told({ parts, said, ended }) {
    return ended && said ? [...parts, ["fault", said]] : parts;
  }

  // `open`: opens one of `examples`.
  constructor(recorded, look, examples, open) {
    this.box = make("div", "recorded", "");
    const here = make("button", "", words.run_here);
    here.type = "button";
    here.disabled = !recorded.prompt;
    here.addEventListener("click", () => ask(recorded.prompt));
    this.box.append(make("p", "recorded-label", look), make("p", "recorded-asked", recorded.prompt));
    this.parts = [];
    for (const [kind, text] of recorded.messages.flatMap(Story.told)) {
      if (this.parts.at(-1)?.kind !== kind) {
        const part = this.box.appendChild(make("p", "recorded-" + kind, ""));
        part.append(make("span", "", ""), make("i", "", ""));
        this.parts.push({ kind, text: "", part });
      }
      this.parts.at(-1).text += text;
    }
    this.box.append(here);
    if (examples.length) this.box.append(...others(examples, open));
    this.short = this.parts.reduce((sum, { text }) => sum + text.length, 0) < Story.SHORT;
    this.box.classList.toggle("long", !this.short);
  }

  // So many characters of it, if there is a place for it.
  show(length) {
    const place = document.querySelector("#chat .placeholder");
    if (!place) return;
    for (const { text, part } of this.parts) {
      put(part.firstChild, text.slice(0, Math.max(length, 0)));
      if (this.short) put(part.lastChild, text.slice(Math.max(length, 0)));
      else part.hidden = length <= 0;
      length -= text.length;
    }
    if (!this.box.isConnected) place.prepend(this.box);
  }
}

const others = (examples, open) => [
  make("span", "recorded-others", words.run_others),
  ...examples.map((name) => {
    const other = make("button", "", words["run_example_" + name]);
    other.type = "button";
    other.addEventListener("click", () => open(name));
    return other;
  }),
];

const ask = (prompt) => {
  const field = document.querySelector("#message textarea");
  field.value = prompt;
  field.dispatchEvent(new Event("input", { bubbles: true }));
  requestAnimationFrame(() => document.querySelector("#message .submit-button")?.click());
};

// The log's rows: all that are kept, of which only those in sight stand in the document.
const MARGIN = 6; // rows above and below what is in sight
const blank = find("template").content.querySelector(".ev-row");
const short = (id) => id.slice(-6);
const milliseconds = (microseconds) => (microseconds / 1000).toFixed(1);

class EventList {
  // `opened` is called with a row, `pointed` with the run a row belongs to, or "".
  constructor(box, opened, pointed) {
    this.box = box;
    this.pad = box.firstElementChild;
    this.opened = opened;
    this.pool = [];
    this.passes = () => true;
    this.lit = "";
    this.end = new Following(box);
    this.reset();
    box.addEventListener("scroll", () => this.soon(), { passive: true });
    new ResizeObserver(() => this.soon()).observe(box);
    box.addEventListener("click", ({ target }) => {
      const shown = target.closest(".ev-row");
      if (shown?.row) this.choose(shown.row, true);
    });
    box.addEventListener("mouseover", ({ target }) => pointed(target.closest(".ev-row")?.row?.head.run || ""));
    box.addEventListener("mouseleave", () => pointed(""));
    box.addEventListener("keydown", (event) => this.key(event));
  }

  reset() {
    this.rows = [];
    this.shown = [];
    this.active = null;
    this.box.scrollTop = 0;
    this.end.begin();
    this.soon();
  }

  get height() {
    return parseFloat(getComputedStyle(this.box).getPropertyValue("--ev-row")) || 24;
  }

  add(rows, dropped) {
    for (const row of rows) {
      this.rows.push(row);
      if (this.passes(row)) this.shown.push(row);
    }
    let gone = 0;
    while (gone < this.rows.length && this.rows[gone].n <= dropped) gone += 1;
    if (!gone) return;
    this.rows.splice(0, gone);
    gone = 0;
    while (gone < this.shown.length && this.shown[gone].n <= dropped) gone += 1;
    this.shown.splice(0, gone);
    this.up = (this.up || 0) + gone;
  }

  filter(passes) {
    this.passes = passes;
    this.shown = this.rows.filter(passes);
    this.draw();
  }

  choose(row, open) {
    this.active = row;
    this.see(row);
    this.draw();
    if (open) this.opened(row);
  }

  see(row) {
    const top = this.shown.indexOf(row) * this.height;
    if (top < 0) return;
    if (top < this.box.scrollTop) this.box.scrollTop = top;
    else if (top + this.height > this.box.scrollTop + this.box.clientHeight)
      this.box.scrollTop = top + this.height - this.box.clientHeight;
  }

  // The first row in sight of a run.
  find(run) {
    const row = this.shown.find((one) => one.head.run === run);
    if (row) this.choose(row, false);
  }

  key(event) {
    const page = Math.max(1, Math.floor(this.box.clientHeight / this.height) - 1);
    const next = walked(event, this.shown, this.active, page);
    if (event.key === "Enter" && this.active) this.opened(this.active);
    else if (next) this.choose(next, false);
    else return;
    event.preventDefault();
  }

  light(run) {
    this.lit = run;
    for (const one of this.pool) one.classList.toggle("lit", Boolean(run) && one.row?.head.run === run);
  }

  soon() {
    if (this.waiting) return;
    this.waiting = true;
    requestAnimationFrame(() => this.draw());
  }

  // Whoever was at the end is there again when rows have come, whatever it is drawn for.
  draw() {
    this.waiting = false;
    this.end.look();
    const height = this.height;
    this.pad.style.height = this.shown.length * height + "px";
    this.box.setAttribute("aria-rowcount", this.shown.length);
    if (this.up && !this.end.follows) this.box.scrollTop -= this.up * height;
    this.up = 0;
    this.end.follow();
    const room = Math.ceil(this.box.clientHeight / height) + 2 * MARGIN;
    const first = Math.max(0, Math.floor(this.box.scrollTop / height) - MARGIN);
    while (this.pool.length < room) this.pool.push(this.pad.appendChild(blank.cloneNode(true)));
    // A row stays in its element while it is in sight.
    for (let index = first; index < first + this.pool.length; index += 1)
      this.put(this.pool[index % this.pool.length], this.shown[index], index, height);
    if (this.active) this.box.setAttribute("aria-activedescendant", "ev-row-" + this.active.n);
    else this.box.removeAttribute("aria-activedescendant");
  }

  put(shown, row, index, height) {
    shown.hidden = !row;
    if (!row) {
      shown.row = null;
      return;
    }
    shown.style.transform = `translateY(${index * height}px)`;
    shown.setAttribute("aria-rowindex", index + 1);
    shown.classList.toggle("active", row === this.active);
    if (shown.row === row) return;
    const { event, name, tags, run, parent, type } = row.head;
    const said = [row.n, milliseconds(row.at), event, name, short(run), short(parent), tags.join(" "), row.preview];
    said.forEach((text, index) => (shown.children[index].textContent = text));
    shown.id = "ev-row-" + row.n;
    shown.dataset.type = type;
    shown.classList.toggle("lit", Boolean(this.lit) && run === this.lit);
    shown.row = row;
  }
}

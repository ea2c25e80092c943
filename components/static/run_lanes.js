// Phases and lanes of a run on one axis, in one canvas: at most as many marks as it has pixels.
const LANES = ["wire", "chunk", "frame"];
const [BAR, LANE, STEP, AXIS] = [18, 24, 32, 16]; // pixels: heights, and from one lane to the next

// Where in a sorted list the first stands that passes; its length for none.
const first = (list, passes) => {
  let [low, high] = [0, list.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (passes(list[middle])) high = middle;
    else low = middle + 1;
  }
  return low;
};

class Lanes {
  // `names`: of its lanes; `size`: of their heights, beside those above; `axis`: whether its times stand below.
  constructor(canvas, { names = LANES, size = 1, axis = true } = {}) {
    Object.assign(this, { canvas, names, axis });
    [this.bar, this.high, this.pitch] = [BAR * size, LANE * size, STEP * size];
    this.height = this.bar + (this.pitch - this.high) + names.length * this.pitch + (axis ? AXIS : 0);
    this.colours = { dark: null };
    this.width = 0; // of the canvas as it is laid out: asked for here, it would have the page laid out once more
    this.reset();
  }

  reset() {
    this.marks = { wire: [], chunk: [], frame: [] };
    this.phases = [];
    this.picked = null; // [lane, index]
  }

  add(marks) {
    for (const [lane, n, micros, one, other] of marks) {
      const at = micros / 1e6;
      const look = lane === "wire" ? (other ? "wire" : "idle") : lane === "chunk" ? one : "frame";
      this.marks[lane].push({ n, at, sent: at, one, other, look });
    }
  }

  // A colour by the name of its custom property, read once for the light and once for the dark.
  colour(name) {
    const dark = document.body.classList.contains("dark");
    if (this.colours.dark !== dark) this.colours = { dark, font: getComputedStyle(this.canvas).fontFamily };
    return (this.colours[name] ??= getComputedStyle(this.canvas).getPropertyValue("--run-" + name).trim() || "gray");
  }

  top(lane) {
    return this.bar + (this.pitch - this.high) + this.names.indexOf(lane) * this.pitch;
  }

  // As it stood `at` that moment, on an axis for `whole` seconds.
  draw(at, whole) {
    const { canvas, width } = this;
    if (!width) return; // it isn't shown
    const scale = window.devicePixelRatio || 1;
    if (canvas.width !== Math.round(width * scale)) canvas.width = Math.round(width * scale);
    if (canvas.height !== Math.round(this.height * scale)) canvas.height = Math.round(this.height * scale);
    const pen = canvas.getContext("2d", { willReadFrequently: true }); // drawn by the processor: small, and often
    pen.setTransform(scale, 0, 0, scale, 0, 0);
    pen.clearRect(0, 0, width, this.height);
    this.end = axisEnd(whole);
    this.perSecond = width / this.end;
    for (const [name, from, seconds] of this.phases) {
      const x = from * this.perSecond;
      pen.fillStyle = this.colour(name);
      pen.fillRect(x, 0, Math.max(1, ((seconds || Math.max(at - from, 0)) * width) / this.end), this.bar);
    }
    for (const lane of this.names) this.lane(pen, lane, width);
    if (this.axis) this.times(pen, width);
    if (this.names === LANES && at < whole) pen.fillRect(at * this.perSecond, 0, 1, this.height - AXIS);
    if (this.picked) this.light(pen);
  }

  times(pen, width) {
    pen.fillStyle = this.colour("axis");
    pen.font = "10px " + this.colours.font;
    (width < 280 ? [0, 0.5, 1] : [0, 0.25, 0.5, 0.75, 1]).forEach((part) => {
      pen.textAlign = part === 0 ? "left" : part === 1 ? "right" : "center";
      pen.fillText(duration(part * this.end), part * width, this.height - 3);
    });
  }

  lane(pen, lane, width) {
    const marks = this.marks[lane];
    const top = this.top(lane);
    pen.fillStyle = this.colour("line");
    pen.fillRect(0, top + this.high, width, 1);
    const thick = marks.length * 4 < width ? 2 : 1;
    let before = -1;
    for (const { at, look } of marks) {
      const x = Math.floor(at * this.perSecond);
      if (x === before) continue;
      before = x;
      pen.fillStyle = this.colour(look);
      pen.fillRect(Math.min(x, width - thick), top, thick, this.high);
    }
  }

  light(pen) {
    pen.strokeStyle = pen.fillStyle = this.colour("picked");
    pen.lineWidth = 1.5;
    pen.beginPath();
    for (const [lane, mark] of Object.entries(this.path(...this.picked))) {
      if (!mark) continue;
      const [x, top] = [mark.at * this.perSecond, this.top(lane)];
      pen.fillRect(x - 1.5, top - 3, 3, LANE + 6);
      pen.lineTo(x, top - 3);
      pen.lineTo(x, top + LANE + 3);
    }
    pen.stroke();
  }

  // What brought a record, and what it became: a read of the wire, a chunk, the frame that showed it.
  path(lane, index) {
    const { wire: reads, chunk: chunks, frame: frames } = this.marks;
    const mark = this.marks[lane][index];
    let [wire, chunk, frame] = [null, null, null];
    if (lane === "wire") {
      wire = mark;
      chunk = mark.other ? chunks[first(chunks, ({ at }) => at >= mark.at)] : null;
    } else if (lane === "chunk") chunk = mark;
    else chunk = mark.other ? chunks[first(chunks, ({ n }) => n > mark.other) - 1] : null;
    if (chunk) {
      wire ??= reads.slice(0, first(reads, ({ at }) => at > chunk.at)).findLast(({ other }) => other) ?? null;
      frame = frames[first(frames, ({ other }) => other >= chunk.n)] ?? null;
    }
    return { wire, chunk, frame: lane === "frame" ? mark : frame };
  }

  // The chunks, from the first to the last, that came with a record; null where it brought none.
  brought(lane, index) {
    const { wire: reads, chunk: chunks, frame: frames } = this.marks;
    if (lane === "chunk") return [index, index];
    const mark = this.marks[lane][index];
    let [from, to] = [0, 0];
    if (lane === "wire") {
      if (!mark.other) return null;
      const next = reads.slice(index + 1).find(({ other }) => other);
      from = first(chunks, ({ at }) => at >= mark.sent);
      to = next ? first(chunks, ({ at }) => at >= next.sent) : chunks.length;
    } else {
      from = index ? first(chunks, ({ n }) => n > frames[index - 1].other) : 0;
      to = first(chunks, ({ n }) => n > mark.other);
    }
    return to > from ? [from, to - 1] : null;
  }

  pick(lane, index) {
    const last = this.marks[lane].length - 1;
    this.picked = last < 0 ? null : [lane, Math.min(Math.max(index, 0), last)];
  }

  // The record nearest to that place.
  point(x, y) {
    const lane = LANES[Math.min(Math.max(Math.floor((y - BAR - 8) / STEP), 0), 2)];
    this.near(lane, x / this.perSecond);
  }

  near(lane, seconds) {
    const marks = this.marks[lane];
    const after = first(marks, ({ at }) => at >= seconds);
    const nearer = marks[after - 1] && (!marks[after] || seconds - marks[after - 1].at < marks[after].at - seconds);
    this.pick(lane, nearer ? after - 1 : after);
  }

  // By an arrow key: along its lane, or to the nearest of another one.
  step(along, across) {
    const [lane, index] = this.picked ?? ["chunk", along > 0 ? -1 : this.marks.chunk.length];
    const other = LANES[LANES.indexOf(lane) + across];
    if (!across) this.pick(lane, index + along);
    else if (other && this.marks[lane][index]) this.near(other, this.marks[lane][index].at);
  }
}

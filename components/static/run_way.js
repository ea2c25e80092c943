// When this page had each frame of a run and had painted it: on the run's clock, as if the frame that was quickest on
// its way had needed no time. The clocks of two machines can't be compared, their gaps can.
class Way {
  constructor() {
    this.frames = new Map(); // number -> [came, painted]
    this.unpainted = [];
    this.ahead = Infinity; // seconds that this page's clock is ahead of the run's
    this.busy = 0; // seconds that this page could not look
    this.unseen = document.hidden; // who isn't looked at paints nothing
    this.told = false;
  }

  // Seconds of the run: when the last was painted.
  get latest() {
    return this.last === undefined ? 0 : this.painted(this.last);
  }

  came(number, sent, at) {
    this.ahead = Math.min(this.ahead, at - sent);
    this.frames.set(number, [at, at]);
    this.unpainted.push(number);
    this.last = number;
  }

  paint(at) {
    for (const number of this.unpainted.splice(0)) this.frames.get(number)[1] = at;
  }

  // As it was told before.
  take(seen) {
    for (const [number, ...times] of seen) this.frames.set((this.last = number), times);
    if (seen.length) [this.ahead, this.told] = [0, true];
  }

  painted(number) {
    const times = this.frames.get(number);
    return times && Math.max(times[1] - this.ahead, 0);
  }

  // For the server, once; null where there is nothing to tell.
  tell(run) {
    if (this.told || this.unseen || !this.frames.size) return null;
    this.told = true;
    const frames = [...this.frames].map(([number, times]) => [
      number,
      ...times.map((at) => Math.round(Math.max(at - this.ahead, 0) * 1e6) / 1e6),
    ]);
    return { run, frames, busy: this.busy };
  }
}

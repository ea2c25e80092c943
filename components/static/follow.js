"use strict";
// A box whose text grows at its end: it stays there as long as its reader does. Whoever goes up, by whatever means
// and however little, stays where they are until they come back to the end.
class Following {
  static NEAR = 20; // pixels, less than a line
  static LATE = 300; // milliseconds that what is on the screen may be behind, as scrolling is

  constructor(box) {
    this.box = box;
    this.begin();
    box.addEventListener("scroll", () => this.look(), { passive: true });
    box.addEventListener("scrollend", () => (this.goal = null));
    // Told at once by wheel and keys: the browser takes its time to get there, and by then the end has moved on.
    box.addEventListener("wheel", ({ deltaY }) => deltaY < 0 && this.leave(), { passive: true });
    box.addEventListener("keydown", ({ key, target }) => {
      if (target.matches("input, textarea")) return;
      if (["Home", "PageUp", "ArrowUp"].includes(key)) this.leave();
      if (key === "End") this.follows = true;
    });
  }

  begin() {
    this.follows = true;
    [this.top, this.ends, this.goal] = [0, [], null];
  }

  leave() {
    this.follows = false;
    this.goal = null;
  }

  look() {
    const { scrollTop, scrollHeight, clientHeight } = this.box;
    if (!clientHeight) return; // it isn't shown
    const most = scrollHeight - clientHeight;
    // Where there is less text than before, the browser itself goes up as far as it must.
    if (scrollTop < this.top && this.top <= most) this.leave();
    const now = performance.now();
    this.ends.push({ at: now, most });
    while (this.ends[1]?.at < now - Following.LATE) this.ends.shift();
    if (scrollTop > this.top) {
      this.goal ??= this.ends[0].most; // where they saw the end when they set out: meanwhile it moves on
      if (scrollTop > Math.min(this.goal, most) - Following.NEAR) this.follows = true;
    }
    if (most <= 0) this.follows = true;
    this.top = scrollTop;
  }

  // Call it when there is more text.
  follow() {
    this.look();
    if (!this.follows) return;
    this.box.scrollTop = this.box.scrollHeight;
    this.top = this.box.scrollTop;
  }
}

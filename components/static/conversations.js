"use strict";
// The conversation that is shown, and those that this browser keeps: one entry of its storage each, so that two tabs
// don't write over each other. The page's events call these functions; none of them needs the server.
const conversations = (() => {
  const PREFIX = "streaming-lab:conversation:";
  const SHOWN = "streaming-lab:shown"; // of the tab: what a reload shows again
  const ROOM = 2_000_000; // characters of all together; a browser has room for 2.5 million at least
  const another = () => Date.now().toString(36) + Math.random().toString(36).slice(2);

  let id = another();
  let stored = null; // its entry, as it was last read or written here
  let latest = "[]"; // what was last said
  let listed = []; // the ids of those in the list
  let due = false; // a message waits for its reply

  const element = (name) => document.getElementById(name);
  const update = (properties) => ({ __type__: "update", ...properties });
  const words = ({ content }) => [content].flat().map((part) => part.text ?? part).join("");
  const message = (role, text, metadata = null) => ({ role, metadata, content: [{ type: "text", text }], options: null });
  const is = (said, kind) => said?.metadata?.id === kind;
  const asked = (said) => said.findLastIndex(({ role }) => role === "user");
  const busy = () => due || !element("stop").disabled;

  // Of a reply that was under way when its server, or the page, went: that it broke off stands in its place.
  const whole = (said) => {
    const last = said.at(-1);
    if (!last || (last.role !== "user" && !is(last, "waiting"))) return said;
    const [broke, what] = ["broke", "broke-do"].map((name) => element(name).textContent.trim());
    const fault = `<div class="fault"><strong>${broke}</strong> ${what}</div>`;
    return [...said.filter((one) => one !== last || one.role === "user"), message("assistant", fault, { id: "fault" })];
  };

  const title = ({ said }) => [...(said.map(words).find((text) => text.trim()) ?? "")].slice(0, 40).join("");

  // All that are kept, the latest first.
  const kept = () =>
    Object.keys(localStorage)
      .filter((key) => key.startsWith(PREFIX))
      .map((key) => ({ key, raw: localStorage.getItem(key) }))
      .flatMap(({ key, raw }) => {
        try {
          return [{ key, size: raw.length, ...JSON.parse(raw) }];
        } catch {
          return []; // nothing of ours
        }
      })
      .sort((one, other) => other.at - one.at);

  const say = (name, said) => element(name).classList.toggle("shown", said);

  // Where nothing can be kept the page says so, and goes on.
  const keeping = (work) => {
    try {
      const gone = work();
      say("not-kept", false);
      if (gone) say("let-go", true);
    } catch {
      say("not-kept", true);
    }
  };

  const write = () => {
    const there = localStorage.getItem(PREFIX + id);
    if (there !== null && there !== stored) id = another(); // it went on in another tab
    const now = `{"at":${Date.now()},"said":${latest}}`;
    if (now.length > ROOM) throw new RangeError("too long");
    localStorage.setItem(PREFIX + id, now);
    sessionStorage.setItem(SHOWN, id);
    stored = now;
    let room = ROOM;
    const old = kept().filter(({ size }) => (room -= size) < 0);
    for (const { key } of old) localStorage.removeItem(key);
    return old.length > 0;
  };

  const keep = (said) => {
    latest = JSON.stringify(said);
    keeping(said.length ? write : () => localStorage.removeItem(PREFIX + id));
  };

  const past = () => {
    let all = [];
    try {
      all = kept();
    } catch {
      // it is said where something is to be kept
    }
    listed = all.map(({ key }) => key.slice(PREFIX.length));
    return update({ samples: all.map((one) => [title(one)]) });
  };

  // What becomes of the conversation, the message box, Stop, Try again and the list.
  const show = (said, { text, running = false } = {}) => {
    const failed = !running && said.slice(asked(said) + 1).some((one) => is(one, "fault"));
    return [said, text, update({ interactive: running }), update({ visible: failed }), past()];
  };

  const ask = (said, text) => {
    keep(said);
    due = true;
    return show(said, { text, running: true });
  };

  const leave = (other) => {
    [id, stored] = [other, null];
    try {
      sessionStorage.setItem(SHOWN, id);
      stored = localStorage.getItem(PREFIX + id);
    } catch {
      // there is none
    }
    say("let-go", false);
    const said = stored ? whole(JSON.parse(stored).said) : [];
    latest = JSON.stringify(said);
    return show(said);
  };

  return {
    // Each takes what is shown, and gives what `show` does; nothing at all where nothing is to change.
    send: (said, text) => (busy() ? [] : ask([...said, message("user", text)], "")),
    retry: (said) => (busy() ? [] : ask(said.slice(0, asked(said) + 1))),
    edit: (said) => {
      const before = JSON.parse(latest).map(words);
      const edited = said.findIndex((one, number) => words(one) !== before[number]);
      return busy() ? [] : ask(said.slice(0, (edited < 0 ? asked(said) : edited) + 1));
    },
    undo: (said) => {
      if (busy()) return [];
      const left = said.slice(0, asked(said));
      keep(left);
      return show(left, { text: words(said[left.length]) });
    },
    clear: () => {
      if (busy()) return [];
      keep([]);
      return leave(another());
    },
    end: (said) => {
      const ended = whole(said);
      keep(ended);
      return show(ended);
    },
    fresh: () => (busy() ? [] : leave(another())),
    open: (number) => (busy() ? [] : leave(listed[number])),
    begin: () => {
      try {
        const [{ type }] = performance.getEntriesByType("navigation");
        // Another tab that was made from this one has all of its storage too.
        if (type === "reload" || document.wasDiscarded) return leave(sessionStorage.getItem(SHOWN) ?? id);
      } catch {
        // nothing is kept
      }
      return show([]);
    },
    keep: (said) => void keep(said),
    // The event that gives the reply is one and the same, whatever it was asked by.
    reply: () => {
      if (due) element("reply").click();
      due = false;
    },
  };
})();

// What has come of a reply is kept when the page goes, or may be let go.
for (const goes of ["pagehide", "visibilitychange"])
  addEventListener(goes, () => document.getElementById("stop")?.disabled === false && document.getElementById("keep").click(), true);

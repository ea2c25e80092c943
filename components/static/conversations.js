"use strict";
// The conversations that this browser keeps, one entry of its storage each, so that two tabs don't write over each
// other. Kept when a message is sent, when its reply has ended, and when the page goes.
const conversations = (() => {
  const LONGEST = 60; // characters of a title
  const PREFIX = "streaming-lab:conversation:";
  const SHOWN = "streaming-lab:shown"; // of the tab: what a reload shows again
  const ROOM = 2_000_000; // characters of all together; a browser has room for 2.5 million at least
  const another = () => Date.now().toString(36) + Math.random().toString(36).slice(2);
  const element = (id) => document.getElementById(id);

  let id = another();
  let stored = null; // its entry, as it was last read or written here
  let latest = []; // what is shown
  let sending = []; // the message that the server does not have yet
  let replying = false;
  let undone = null; // what Undo last put into the box
  let entered = null; // what was in the box as Enter was pressed
  let wanted = 0; // how often the server was to show one, and how many of these it has been asked for
  let asked = 0;
  let pending = false; // the server doesn't know yet what is to be shown
  let listed = []; // the ids of those in the list

  // Of the lines under replies, by their runs: what stood there, and what is known better since.
  const corrected = new Map();
  const correction = (title) => corrected.get(/class="run-(\w+)"/.exec(title)?.[1]);

  // As it was said, not as it was drawn.
  const written = ({ role, content, metadata }) => {
    if (metadata?.log != null && !metadata.id) return { role, content: [{ type: "text", text: metadata.log }] };
    const known = correction(metadata?.title);
    return { role, content, metadata: known ? { ...metadata, title: metadata.title.replace(...known) } : metadata };
  };
  const users = (said) => said.filter(({ role }) => role === "user").length;
  const title = ([first]) => {
    const characters = [...first.content.map(({ text }) => text ?? "").join("")];
    return characters.length > LONGEST ? characters.slice(0, LONGEST - 1).join("") + "\u2026" : characters.join("");
  };

  // An entry's messages. The storage is anybody's: what the server would not take is none of ours, and throws.
  const sound = ({ role, content, metadata }) =>
    ["user", "assistant"].includes(role) &&
    content.every(({ type, text }) => type === "text" && typeof text === "string") &&
    Object.entries(metadata ?? {}).every(([name, value]) => value === null || typeof value === (name === "duration" ? "number" : "string"));
  const messages = (raw) => {
    const said = JSON.parse(raw)?.said ?? [];
    if (!said.every(sound)) throw new TypeError("no conversation");
    return said;
  };

  // All that are kept, the latest first.
  const kept = () =>
    Object.keys(localStorage)
      .filter((key) => key.startsWith(PREFIX))
      .flatMap((key) => {
        try {
          const raw = localStorage.getItem(key);
          return [{ key, at: JSON.parse(raw).at, size: raw.length, row: [title(messages(raw))] }];
        } catch {
          return []; // nothing of ours
        }
      })
      .sort((one, other) => other.at - one.at);

  const list = () => {
    try {
      const all = kept();
      listed = all.map(({ key }) => key.slice(PREFIX.length));
      return { __type__: "update", samples: all.map(({ row }) => row) };
    } catch {
      return { __type__: "update" }; // it is said where something is to be kept
    }
  };

  const tell = (name, shown) => element(name)?.classList.toggle("shown", shown);

  const write = () => {
    const said = [...latest, ...sending];
    try {
      if (JSON.stringify(said) === JSON.stringify(JSON.parse(stored)?.said ?? [])) return;
      if (localStorage.getItem(PREFIX + id) !== stored) id = another(); // it went on in another tab
      sessionStorage.setItem(SHOWN, id);
      stored = said.length ? JSON.stringify({ at: Date.now(), said }) : null;
      if (!stored) return localStorage.removeItem(PREFIX + id);
      if (stored.length > ROOM) throw new RangeError("too long");
      localStorage.setItem(PREFIX + id, stored);
      let room = ROOM;
      const old = kept().filter(({ size }) => (room -= size) < 0);
      for (const { key } of old) localStorage.removeItem(key);
      tell("not-kept", false);
      if (old.length) tell("let-go", true);
    } catch {
      tell("not-kept", true); // and the page goes on
    }
  };

  // The server is asked for one at a time: whatever comes before the last answer is no news.
  const show = (button) => {
    wanted += 1;
    pending = true;
    element(button).click();
  };
  const open = (other) => {
    write();
    [id, stored, latest, sending, replying] = [other, null, [], [], false];
    tell("let-go", false);
    try {
      sessionStorage.setItem(SHOWN, id);
      stored = localStorage.getItem(PREFIX + id);
      latest = messages(stored);
    } catch {
      stored = null; // there is none
    }
    show("show");
  };

  // The next message can be written while a reply comes; it is sent when that has ended.
  document.addEventListener(
    "keypress",
    (event) => {
      if (event.key !== "Enter" || event.shiftKey || !element("message").contains(event.target)) return;
      if (replying) {
        event.preventDefault();
        event.stopImmediatePropagation();
      } else {
        replying = true;
        entered = event.target.value;
      }
    },
    true,
  );

  addEventListener("pagehide", write);
  // A server that may be another one is told what stands here, and nothing is sent to it before it knows.
  addEventListener("lost", () => show("lost"));
  return {
    // Whether a conversation is on its way here, and whether a reply is.
    pending: () => pending,
    replying: () => replying,
    shown: () => {
      asked = wanted;
      return [latest];
    },
    settled: () => {
      pending = asked !== wanted;
      dispatchEvent(new Event("told"));
    },
    fresh: () => open(another()),
    open: (number) => open(listed[number]),
    begin: () => {
      const [{ type }] = performance.getEntriesByType("navigation");
      try {
        // Another tab that was made from this one has all of its storage too.
        // A run that is linked stands where the conversation would.
        const again = (type === "reload" || document.wasDiscarded) && !location.hash.startsWith("#run=");
        if (again && localStorage.getItem(PREFIX + sessionStorage.getItem(SHOWN))) open(sessionStorage.getItem(SHOWN));
      } catch {
        // nothing is kept
      }
      return [list()];
    },
    undo: (messages) => {
      const said = messages.map(written);
      latest = said.slice(0, said.findLastIndex(({ role }) => role === "user"));
      write();
      return [list(), { __type__: "update", visible: false }];
    },
    // Gives what was sent, and leaves in the box what was typed since then.
    sent: (text) => {
      const message = entered ?? text;
      [entered, replying] = [null, true];
      const field = document.querySelector("#message textarea");
      field.value = field.value.slice(message.length);
      field.dispatchEvent(new Event("input"));
      sending = [{ role: "user", content: [{ type: "text", text: message }] }];
      write();
      return [message];
    },
    // For Retry: the last message, and what was said before it.
    again: (message, messages) => [message, messages.slice(0, messages.findLastIndex(({ role }) => role === "user"))],
    // For Undo: what was said before the last message, and that in the box, before what was typed since then.
    undone: (messages, draft) => {
      const last = messages.findLastIndex(({ role }) => role === "user");
      const text = last < 0 ? "" : written(messages[last]).content.map(({ text }) => text).join("");
      const box = [text, draft === undone ? "" : draft].filter(Boolean).join("\n");
      undone = text;
      return [messages.slice(0, Math.max(last, 0)), box];
    },
    // The Retry button, which only the last reply has: copy, retry, undo. Gradio hears that the reply has ended a moment
    // after its last frame.
    retry: () => {
      const click = () => {
        const retry = [...document.querySelectorAll("#chat .message-buttons-left button")].at(-2);
        if (retry?.disabled) setTimeout(click, 20);
        else retry?.click();
      };
      click();
    },
    // In the line under a run's reply, on the page and for a reload.
    correct: (run, word, better) => {
      if (word === better) return;
      corrected.set(run, [word, better]);
      for (const line of document.querySelectorAll(`#chat .run-${run}`)) line.textContent = line.textContent.replace(word, better);
      latest = latest.map(written);
      write();
    },
    // With every frame. Nothing is returned where the list is what it was.
    keep: (messages) => {
      const said = (messages ?? []).map(written);
      // Another conversation, or an edited message, is on its way.
      if (pending || users(said) < users(latest)) return [];
      if (users(said) > users(latest)) sending = [];
      latest = said;
      if (said.at(-1)?.role !== "user") return [];
      replying = true;
      write();
      return [list()];
    },
    ended: (messages) => {
      if (!pending) [latest, sending] = [messages.map(written), []];
      replying = false;
      write();
      return [];
    },
  };
})();

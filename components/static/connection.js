"use strict";
// Where the connection to the server breaks, Gradio's page stops for good. Here it goes on: what is asked waits until
// a server answers (the same one, or another behind the same proxy), and what was under way has ended.
(() => {
  const PAUSE = 1000; // milliseconds between two attempts
  const LEARNT = 10000; // milliseconds that a new server has to learn what was in use
  const LOOK = 100;
  const API = "/gradio_api/";
  // To every event under way: it has ended, and changes nothing.
  const ENDED =
    'data: {"msg":"process_completed","success":true,"output":{"data":[]}}\n\ndata: {"msg":"close_stream"}\n\n';
  const fetch = window.fetch.bind(window);
  const wait = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));
  const say = (lost) => document.getElementById("connection")?.classList.toggle("shown", lost);
  const inUse = () => document.querySelector("#in-use [data-provider]");
  let found = Promise.resolve(); // a server answers, and knows what is in use

  // Another version of the app knows its events by other numbers than this page does.
  const otherVersion = async () => {
    const events = ({ dependencies }) => JSON.stringify(dependencies.map(({ id, targets, inputs }) => [id, targets, inputs]));
    const response = await fetch(new URL("./config", document.baseURI));
    return response.ok && events(await response.json()) !== events(window.gradio_config);
  };

  const heartbeat = async (url) => {
    for (; ; say(true)) {
      try {
        const response = await fetch(url);
        if (response.ok) return response.body.getReader();
        url.searchParams.set("elsewhere", "1"); // that server is ending; a proxy in between knows another
      } catch {
        // there is still nobody
      }
      await wait(PAUSE);
    }
  };

  // What was chosen is not known there; what is secret of it has to be given again.
  const learn = async (used, provider) => {
    if (await otherVersion().catch(() => false)) location.reload();
    const learnt = new Promise((resolve) => addEventListener("learnt", resolve, { once: true }));
    document.getElementById("found").click();
    await learnt;
    const chosen = document.querySelector("#provider input:checked")?.value;
    if (inUse()?.textContent === used || chosen !== provider) return;
    document.getElementById("use").click();
    for (let waited = 0; waited < LEARNT && inUse()?.textContent !== used; waited += LOOK) await wait(LOOK);
  };

  // The page is open, for a server, as long as the heartbeat goes on.
  const follow = async (url) => {
    for (;;) {
      const { textContent: used, dataset } = inUse() ?? { dataset: {} };
      const beats = heartbeat(url);
      found = beats.then(() => Promise.race([learn(used, dataset.provider), wait(LEARNT)]));
      await found;
      say(false);
      const reader = await beats;
      while (!(await reader.read().catch(() => ({ done: true }))).done);
    }
  };

  // Gradio says no more than "Error" to what is refused. It stays: nothing can be done from this page.
  const explain = ({ detail }) => {
    say(true);
    document.getElementById("connection")?.replaceChildren(detail);
  };

  // Nothing is lost by asking again: who asked first has gone, or was never reached.
  const insisting = async (...asked) => {
    for (let lost = false; ; await wait(PAUSE), await found) {
      try {
        const response = await fetch(...asked);
        // A proxy without a server says so in HTML, Gradio's own refusals are JSON.
        const refused = response.headers.get("content-type")?.includes("json");
        if (refused || ![502, 503, 504].includes(response.status)) {
          if (lost) say(false);
          if (refused && [403, 421].includes(response.status)) explain(await response.clone().json());
          return response;
        }
      } catch (error) {
        if (error.name === "AbortError") throw error;
      }
      say((lost = true));
    }
  };

  // The server's messages, each as a whole. Where they break off, all that was under way has ended.
  const messages = async (...asked) => {
    const response = await insisting(...asked);
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    const start = async (controller) => {
      let [rest, closed] = ["", false];
      for (;;) {
        const { done, value } = await reader.read().catch(() => ({ done: true }));
        if (done || value.includes('"msg":"unexpected_error"')) break;
        rest += value;
        const end = rest.lastIndexOf("\n\n") + 2;
        if (end < 2) continue;
        controller.enqueue(rest.slice(0, end));
        closed ||= rest.includes('"msg":"close_stream"');
        rest = rest.slice(end);
      }
      if (!closed) {
        dispatchEvent(new Event("broken"));
        controller.enqueue(ENDED);
      }
      controller.close();
    };
    const cancel = (why) => reader.cancel(why);
    return new Response(new ReadableStream({ start, cancel }).pipeThrough(new TextEncoderStream()));
  };

  window.fetch = (...asked) => {
    const [, path] = String(asked[0].url ?? asked[0]).split(API);
    if (/^queue\/data/.test(path)) return messages(...asked);
    return /^(queue\/join|run\/)/.test(path) ? insisting(...asked) : fetch(...asked);
  };

  // A request is listed when it has ended: Gradio's own heartbeat goes on until the server, or the way to it, is gone.
  const first = new PerformanceObserver((list) => {
    const ended = list.getEntries().find(({ name }) => name.includes(`${API}heartbeat/`));
    if (!ended) return;
    first.disconnect();
    follow(new URL(ended.name));
  });
  first.observe({ type: "resource", buffered: true });
})();

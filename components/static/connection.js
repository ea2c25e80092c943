"use strict";
// Where the connection to the server breaks, Gradio's page stops for good, reloads, and forgets what it showed. Here
// it stays: it says what happened, looks for a server that answers (the same one, or another behind the same proxy),
// tells it what the page shows, and only then hears that what was under way has ended.
(() => {
  const PAUSE = 1000; // milliseconds between two attempts
  const TOLD = 10000; // milliseconds that the new server has to learn what the page shows
  const API = "/gradio_api/";
  const fetch = window.fetch.bind(window);
  const open = new Map(); // events that the server has not ended, and how many outputs each has
  let session = "";
  let recovery = null;
  let followed = null; // the heartbeat that says whether the connection lasts
  let ownEnded = false;
  let leaving = false;

  const wait = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));
  const told = async () => {
    while (conversations.pending()) await new Promise((resolve) => addEventListener("told", resolve, { once: true }));
  };

  // The page is open, for a server, as long as this goes on.
  const heartbeat = async () => {
    let elsewhere = "";
    for (;;) {
      try {
        const response = await fetch(new URL(`.${API}heartbeat/${session}${elsewhere}`, document.baseURI));
        if (response.ok) return response.body.getReader();
        elsewhere = "?elsewhere=1"; // that server is ending; a proxy in between knows another
      } catch {
        // there is still nobody
      }
      await wait(PAUSE);
    }
  };

  // A browser has six connections to a server, and one whose network has gone may stay open for minutes.
  const letGo = (reader) => reader?.cancel().catch(() => {});

  const follow = async (beats) => {
    followed = beats;
    try {
      while (!(await beats.read()).done);
    } catch {
      // broken, as good as ended
    }
    if (followed !== beats) return;
    await recovery; // which began with this one
    recovered();
  };

  // Another version of the app knows its events by other numbers than this page does.
  const otherVersion = async () => {
    const events = ({ dependencies }) => JSON.stringify(dependencies.map(({ id, targets, inputs }) => [id, targets, inputs]));
    const response = await fetch(new URL("./config", document.baseURI));
    return response.ok && events(await response.json()) !== events(window.gradio_config);
  };

  const recover = async () => {
    const line = document.getElementById("connection");
    line.classList.add("shown");
    const used = document.querySelector("#in-use")?.textContent ?? "";
    letGo(followed);
    followed = null;
    const beats = await heartbeat();
    if (await otherVersion().catch(() => false)) {
      location.reload();
      await new Promise(() => {});
    }
    follow(beats);
    dispatchEvent(new Event("lost"));
    await Promise.race([told(), wait(TOLD)]);
    // What was chosen is not known there; what is secret of it has to be given again.
    const chosen = document.querySelector("#provider input:checked")?.value;
    if (chosen && used.includes(chosen)) document.getElementById("use").click();
    line.classList.remove("shown");
  };

  // Return when a server answers and knows what the page shows.
  const recovered = () => {
    if (leaving || !session) return Promise.resolve();
    recovery ??= recover().finally(() => (recovery = null));
    return recovery;
  };

  const message = (content) => new TextEncoder().encode(`data: ${JSON.stringify(content)}\n\n`);

  // The server's messages; where they break off, what it would have sent had it ended by itself what was under way.
  // What began on the next server meanwhile goes on.
  const whole = async (...asked) => {
    let lost, reader, rest, closed;
    let unread = false; // the page has what it wanted
    const ask = async () => {
      lost = [...open.keys()]; // if this server knows none of it
      letGo(reader);
      const response = await insisting(asked);
      [reader, rest, closed] = [response.ok ? response.body.getReader() : null, "", false];
      return response;
    };
    const first = await ask();
    const decoder = new TextDecoder();
    const ending = (bytes) => {
      const lines = (rest + decoder.decode(bytes, { stream: true })).split("\n\n");
      rest = lines.pop();
      for (const line of lines) {
        if (/"msg":"unexpected_error"/.test(line)) return true;
        if (/"msg":"process_completed"/.test(line)) open.delete(JSON.parse(line.slice(6)).event_id);
        closed ||= /"msg":"close_stream"/.test(line);
      }
      return false;
    };
    const pull = async (controller) => {
      if (reader) {
        try {
          const { done, value } = await reader.read();
          if (!done && !ending(value)) return controller.enqueue(value);
          if (unread) return;
          if (closed || !open.size) return controller.close();
        } catch (error) {
          if (unread || error.name === "AbortError") return controller.error(error);
        }
        lost = [...open.keys()];
        await recovered();
      }
      for (const event_id of lost) {
        const data = Array(open.get(event_id)).fill({ __type__: "update" }); // which changes nothing
        controller.enqueue(message({ msg: "process_completed", event_id, output: { data }, success: true }));
        open.delete(event_id);
      }
      if (open.size) {
        await ask();
        return pull(controller);
      }
      controller.enqueue(message({ msg: "close_stream", event_id: null }));
      controller.close();
    };
    const cancel = (why) => {
      unread = true;
      return reader?.cancel(why);
    };
    return new Response(new ReadableStream({ pull, cancel }), first);
  };

  // Gradio says no more than "Error" to what is refused. It stays: nothing can be done from this page.
  const explain = ({ detail }) => {
    const line = document.getElementById("connection");
    line?.classList.add("shown");
    line?.replaceChildren(detail);
  };

  // Nothing is lost by asking again: who asked first has gone, or was never reached. What tells the server what the page
  // shows doesn't wait for it to be told.
  const insisting = async (asked, tells = false) => {
    for (;;) {
      try {
        const response = await fetch(...asked);
        // A proxy without a server says so in HTML, Gradio's own refusals are JSON.
        const refused = response.headers.get("content-type")?.includes("json");
        if (refused || ![502, 503, 504].includes(response.status)) {
          if (refused && [403, 421].includes(response.status)) explain(await response.clone().json());
          return response;
        }
      } catch (error) {
        if (leaving || error.name === "AbortError") throw error; // nobody wants it any more
      }
      await wait(PAUSE);
      const back = recovered();
      if (!tells) await back;
    }
  };

  // A message is sent into the conversation that is shown: one that is on its way here comes first.
  const ready = async () => {
    await recovery;
    await told();
  };

  window.fetch = async (...asked) => {
    const url = new URL(asked[0].url ?? asked[0], location);
    const path = url.pathname.slice(url.pathname.indexOf(API) + API.length);
    if (path === "app_id") return new Response("", { status: 503 }); // or it would reload
    if (path === "queue/data") {
      session = url.searchParams.get("session_hash");
      return whole(...asked);
    }
    // What Gradio can't send it takes for its connection's end, and sends nothing any more.
    if (!/^(queue\/join|run\/)/.test(path)) return fetch(...asked);
    const { fn_index } = JSON.parse(asked[1].body);
    const { js, outputs } = window.gradio_config.dependencies.find(({ id }) => id === fn_index);
    if (js === "conversations.sent") await ready();
    const response = await insisting(asked, js === "conversations.shown");
    const { event_id } = await response.clone().json().catch(() => ({}));
    if (event_id) open.set(event_id, outputs.length);
    return response;
  };

  addEventListener("pagehide", () => (leaving = true));
  addEventListener("pageshow", () => (leaving = false));
  // A request is listed when it has ended: the page's own heartbeat goes on for as long as the connection does.
  new PerformanceObserver((list) => {
    for (const { name } of list.getEntries()) {
      const [, ended] = name.match(/\/gradio_api\/heartbeat\/([^/?]+)/) ?? [];
      if (!ended || ownEnded) continue; // from then on it is ours
      ownEnded = true;
      session ||= ended;
      recovered();
    }
  }).observe({ type: "resource", buffered: true });
})();

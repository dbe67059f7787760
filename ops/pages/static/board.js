// Listens to what changes of the board, and says how many wait and whether it still hears. Nothing moves by itself.
(() => {
  "use strict";
  const state = document.getElementById("live");
  const news = document.getElementById("news");
  if (!state || !news || !window.fetch || !window.TextDecoder) return;
  const words = state.dataset;
  const SILENT_MS = 40000; // the service says that it is there every 15 s
  const seen = new Set();
  let last = null, heard = 0, reading = null, cutSince = null, waitMs = 500;

  const clock = () => new Date().toTimeString().slice(0, 5);
  const say = (text, kind) => { if (state.textContent !== text) state.textContent = text; state.className = kind; };

  function live() { cutSince = null; waitMs = 500; say(words.live, "live"); }
  function cut() {
    cutSince = cutSince || clock();
    say(words.cut.replace("{at}", cutSince), "cut");
  }
  function ended() { say(words.ended, "cut"); news.hidden = false; news.textContent = words.again; }

  function told(event) {
    if (event.id) last = event.id;
    if (event.event === "resync") { news.hidden = false; news.textContent = words.again; return; }
    const id = JSON.parse(event.data).warning_id;
    if (seen.has(id)) return;
    seen.add(id);
    news.hidden = false;
    news.textContent = words.news.replace("{count}", String(seen.size));
    document.title = "(" + seen.size + ") " + document.title.replace(/^\(\d+\) /, "");
  }

  async function listen() {
    const stop = reading = new AbortController();
    const headers = { Accept: "text/event-stream" };
    if (last) headers["Last-Event-ID"] = last;
    const answer = await fetch(words.stream, { headers, signal: stop.signal, cache: "no-store", credentials: "same-origin" });
    if (answer.status === 401 || answer.status === 403) return true;
    if (!answer.ok) throw new Error(String(answer.status));
    live();
    const reader = answer.body.getReader(), decoder = new TextDecoder();
    let text = "";
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return false;
      heard = Date.now();
      text += decoder.decode(value, { stream: true });
      const frames = text.split("\n\n");
      text = frames.pop();
      for (const frame of frames) {
        const event = {};
        for (const line of frame.split("\n")) {
          const at = line.indexOf(": ");
          if (at > 0) event[line.slice(0, at)] = line.slice(at + 2);
        }
        if (event.data) told(event);
      }
    }
  }

  async function follow() {
    for (;;) {
      heard = Date.now();
      try {
        if (await listen()) { ended(); return; }
      } catch (error) { /* told below */ }
      cut();
      await new Promise((go) => setTimeout(go, waitMs * (0.5 + Math.random())));
      waitMs = Math.min(waitMs * 2, 8000);
    }
  }
  const look = () => { if (reading && Date.now() - heard > SILENT_MS) reading.abort(); };
  setInterval(look, 5000);
  addEventListener("online", look);
  addEventListener("pageshow", look);
  document.addEventListener("visibilitychange", look);
  follow();
})();

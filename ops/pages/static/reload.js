// While lines of a report are on their way, the part that tells their fate is read again: soon while it changes, else ever
// more seldom, never for more than a tenth of the time, and not behind another tab. Each look asks for all that is open.
(() => {
  "use strict";
  const LEAST_MS = 2000, MOST_MS = 30000;
  let waitMs = LEAST_MS, timer = 0;
  const later = () => { clearTimeout(timer); timer = setTimeout(read, waitMs); };
  const read = async () => {
    const part = document.getElementById("fates");
    if (!part || !part.dataset.pending || document.hidden) return;
    if (!part.contains(document.activeElement)) {
      const began = performance.now();
      let changes = false;
      try {
        const answer = await fetch(location.href, { cache: "no-store", credentials: "same-origin" });
        if (answer.status >= 400 && answer.status < 500 && answer.status !== 429) return;
        const told = answer.ok && new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("fates");
        if (told) {
          changes = told.dataset.pending !== part.dataset.pending;
          part.replaceWith(document.adoptNode(told));
        }
      } catch (error) { /* asked again */ }
      waitMs = Math.min(MOST_MS, Math.max(9 * (performance.now() - began), changes ? LEAST_MS : 1.5 * waitMs));
    }
    later();
  };
  document.addEventListener("visibilitychange", () => { if (!document.hidden) { waitMs = LEAST_MS; later(); } });
  later();
})();

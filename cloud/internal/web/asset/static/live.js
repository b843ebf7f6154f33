// What scripts add to the live page: it is asked again every few seconds, what somebody has opened stays open and what
// they type stays typed, and when the cloud is silent the page says so: old numbers must never look like health.
"use strict";
{
  const now = document.getElementById("now");
  const lost = document.getElementById("lost");
  let heard = Date.now();
  let open = [];
  let focused = null;
  now.addEventListener("htmx:beforeRequest", (e) => {
    const at = document.activeElement;
    if (now.contains(at) && at.matches("input")) e.preventDefault(); // somebody writes a note
  });
  now.addEventListener("htmx:beforeSwap", () => {
    heard = Date.now();
    lost.hidden = true;
    open = [...now.querySelectorAll("details[open]")].map((d) => d.id);
    const at = document.activeElement;
    focused = now.contains(at) ? at.closest("details, [id]")?.id : null;
  });
  now.addEventListener("htmx:afterSwap", () => {
    for (const id of open) document.getElementById(id)?.setAttribute("open", "");
    if (focused) {
      const again = document.getElementById(focused);
      (again?.querySelector("summary") || again)?.focus({ preventScroll: true });
    }
  });
  setInterval(() => {
    const writing = now.contains(document.activeElement) && document.activeElement.matches("input");
    if (!writing && Date.now() - heard > 20000) lost.hidden = false;
  }, 1000);
}

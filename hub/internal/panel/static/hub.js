// Keeps the live page as the hub says it is. When the hub is silent for 4 s the page says so: old numbers must never look
// like health. What somebody has opened or focused stays so.
"use strict";
const now = document.getElementById("now");
if (now) {
  const lost = document.getElementById("lost");
  let heard = Date.now();
  const source = new EventSource(now.dataset.live);
  source.onmessage = (event) => {
    heard = Date.now();
    lost.hidden = true;
    const open = [...now.querySelectorAll("details[open]")].map((d) => d.id);
    const focused = now.contains(document.activeElement) ? document.activeElement : null;
    const place = focused && { id: focused.id, href: focused.getAttribute("href") };
    now.innerHTML = JSON.parse(event.data);
    for (const id of open) document.getElementById(id)?.setAttribute("open", "");
    if (place) {
      const again = place.id ? document.getElementById(place.id) : now.querySelector(`a[href="${CSS.escape(place.href || "")}"]`);
      (again || now.querySelector("summary"))?.focus({ preventScroll: true });
    }
  };
  setInterval(() => { if (Date.now() - heard > 4000) lost.hidden = false; }, 500);
}

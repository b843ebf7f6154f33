// Shows the simulated board's lines as they are, and plays its contacts.
"use strict";
const post = (path) => fetch(path, { method: "POST" });

document.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (!button) return;
  const lane = button.closest("section").dataset.lane;
  if (button.dataset.do) post(`/board/lane/${lane}/${button.dataset.do}`);
  if (button.dataset.toggle) {
    const on = button.getAttribute("aria-pressed") !== "true";
    post(`/board/lane/${lane}/${on ? "on" : "off"}/${button.dataset.toggle}`);
  }
});

async function look() {
  try {
    const lanes = await (await fetch("/board/lines")).json();
    for (const [number, lines] of Object.entries(lanes)) {
      const section = document.querySelector(`section[data-lane="${number}"]`);
      for (const [line, on] of Object.entries(lines.outputs)) {
        const row = section.querySelector(`li[data-line="${line}"]`);
        row.classList.toggle("on", on);
        row.querySelector("b").textContent = on ? "ON" : "off";
      }
      for (const [line, on] of Object.entries(lines.contacts)) {
        section.querySelector(`[data-toggle="${line}"]`)?.setAttribute("aria-pressed", on);
      }
    }
    document.getElementById("lost").hidden = true;
  } catch {
    document.getElementById("lost").hidden = false;
  }
  setTimeout(look, 200);
}
look();

// The buttons under the thumb, and the keyboard of those who have one.

import { at, dialogOpen } from "./screen.js";
import { openDialog } from "./dialogs.js";

export function wireButtons(page) {
  const { app, reader } = page;
  on("next", () => app.input({ do: "dismiss" }));
  on("another", () => app.input({ do: "again", id: crypto.randomUUID() }));
  on("undo", () => app.input({ do: "undo" }));
  on("supervise", () => openDialog("reasons"));
  on("say", () => app.input({ do: "dismiss" })); // anywhere on the answer: a thumb need not aim
  on("turn", () => reader.turn());
  on("light", () => light(reader));
  on("hint", () => page.hintName !== "rest" && reader.start());
  document.addEventListener("keydown", (e) => typed(page, e));
  document.addEventListener("visibilitychange", () => seen(page));
}

export function on(id, act) {
  at(id).addEventListener("click", act);
}

async function light(reader) {
  const wanted = at("light").getAttribute("aria-pressed") !== "true";
  try {
    await reader.light(wanted);
    at("light").setAttribute("aria-pressed", String(wanted));
  } catch {
    at("light").hidden = true; // some cameras say they have a light and have none
  }
}

// A keyboard, or a scanner that plays one, begins to type: the field opens and has the focus before the letter arrives, so
// the code goes there from its first letter on.
function typed({ app }, e) {
  const free = document.body.dataset.stage === "stage" && !dialogOpen();
  if (!free || e.ctrlKey || e.metaKey || e.altKey) return;
  if (e.key === "Escape") app.input({ do: "dismiss" });
  if (e.key.length !== 1 || e.key === " ") return;
  openDialog("typing");
  at("code").focus();
}

// The camera's light and battery are not for a page that nobody sees.
function seen({ reader, gate }) {
  if (!gate.duty) return;
  if (document.hidden) reader.stop();
  else reader.start();
}

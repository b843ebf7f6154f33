// Keeps the page on the phone: the service worker, its new versions, and the button that installs it as an app.

import { at, dialogOpen } from "./screen.js";
import { on } from "./buttons.js";

const LOOK = 30 * 60_000; // ms between looks for a new version; browsers look at each opening as well

export function keepOnPhone({ app }) {
  offerInstall();
  if (!navigator.serviceWorker) return;
  // The first worker takes over the page that installed it, which is its own version; every later one is another.
  let had = Boolean(navigator.serviceWorker.controller);
  navigator.serviceWorker.addEventListener("controllerchange", () => (had ? location.reload() : (had = true)));
  navigator.serviceWorker.register("/scan/worker.js", { scope: "/scan" }).then((reg) => {
    setInterval(() => takeOver(reg, app), 5000);
    setInterval(() => reg.update().catch(() => {}), LOOK);
  }, console.error); // private browsing: the page works, and not without a network
}

// A new version takes over between two guests, with no dialog open. Unsent scans are in the phone's store, which every
// version reads.
function takeOver(reg, app) {
  if (reg.waiting && !app.busy && !dialogOpen()) reg.waiting.postMessage("take over");
}

function offerInstall() {
  let offer = null;
  addEventListener("beforeinstallprompt", (e) => {
    e.preventDefault();
    offer = e;
    at("to-install").hidden = false;
  });
  on("to-install", async () => {
    await offer?.prompt();
    at("to-install").hidden = true;
  });
}

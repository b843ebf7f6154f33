// Keeps the page on the phone: its versions, and the button that installs it as an app.

import { at, dialogOpen } from "./screen.js";
import { on } from "./buttons.js";
import { Versions } from "./versions.js";

export function keepOnPhone({ app, now }) {
  offerInstall();
  if (!navigator.serviceWorker) return;
  new Versions({ workers: navigator.serviceWorker, atRest: () => !app.busy && !dialogOpen(), reload: () => location.reload(), now }).begin();
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

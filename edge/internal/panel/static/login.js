// A screen elsewhere shows the gate's access code once; then its page has the menu.
"use strict";
document.getElementById("open-login")?.addEventListener("click", async () => {
  const words = await (await fetch("/words" + document.body.dataset.query)).json();
  const code = window.prompt(words.remote_login);
  if (!code) return;
  const answer = await fetch("/login", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ code }) });
  if (answer.ok) location.reload();
});

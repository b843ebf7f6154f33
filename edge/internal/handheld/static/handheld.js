// Sends codes that a handheld types, or a person, to a lane and shows what the lane says. The token stays in this tab.
"use strict";
const at = (id) => document.getElementById(id);
const shapes = { admit: "✔", refuse: "✖", attend: "▲", rest: "▢" };
let resting = 0;

function show(view) {
  document.body.dataset.mood = view.mood;
  at("shape").textContent = shapes[view.mood];
  at("word").textContent = view.word;
  at("why").textContent = view.why;
  if (navigator.vibrate) navigator.vibrate({ admit: 80, refuse: [300, 100, 300], attend: [100, 60, 100] }[view.mood] || 0);
  clearTimeout(resting); // an old green must never let anybody in
  if (view.mood !== "rest") resting = setTimeout(() => show({ mood: "rest", word: "—", why: "" }), 5000);
}

function join() {
  const known = sessionStorage.getItem("token");
  at("join").hidden = Boolean(known);
  at("face").hidden = at("scan").hidden = !known;
  if (known) {
    show({ mood: "rest", word: "—", why: "" });
    at("code").focus();
  }
}

at("join").addEventListener("submit", (event) => {
  event.preventDefault();
  sessionStorage.setItem("lane", at("lane").value.trim());
  sessionStorage.setItem("token", at("token").value.trim());
  at("token").value = "";
  join();
});

at("scan").addEventListener("submit", async (event) => {
  event.preventDefault();
  const code = at("code").value;
  at("code").value = "";
  at("code").focus();
  if (code.trim() === "") return;
  try {
    const answer = await fetch(`/lane/${encodeURIComponent(sessionStorage.getItem("lane"))}/scan?lang=${navigator.language}`, {
      method: "POST", body: code, headers: { Authorization: "Bearer " + sessionStorage.getItem("token") }, signal: AbortSignal.timeout(8000) });
    if (answer.status === 401) {
      sessionStorage.clear();
      join();
    }
    show(answer.ok ? await answer.json() : { mood: "attend", word: String(answer.status), why: await answer.text() });
  } catch {
    show({ mood: "attend", word: "?", why: "Sem resposta · no answer" });
  }
});

join();

// Keeps a lane's screen as the gate says it is. When the gate is silent for 4 s the screen says so: an old green must
// never let anybody in.
"use strict";
const body = document.body;
const at = (id) => document.getElementById(id);
let heard = Date.now();
let scan = null;

function say(view) {
  heard = Date.now();
  body.dataset.mood = view.mood;
  document.documentElement.lang = view.language;
  for (const id of ["word", "why", "door", "entered", "list", "hub", "clock"]) {
    if (at(id).textContent !== view[id]) at(id).textContent = view[id];
  }
  at("hub").classList.toggle("trouble", view.trouble);
  body.dataset.lostWord = view.lost_word;
  body.dataset.lostWhy = view.lost_why;
  view.fresh = scan !== null && Boolean(view.scan) && view.scan !== scan;
  if (view.fresh) tone(view.mood);
  if (view.scan || scan === null) scan = view.scan || "";
  document.dispatchEvent(new CustomEvent("view", { detail: view }));
}

// One high tone to enter, two low ones to refuse, two middle ones to look: never colour alone.
let sound = null;
function tone(mood) {
  try {
    sound = sound || new AudioContext();
    const notes = { admit: [1320], refuse: [220, 220], attend: [660, 660] }[mood] || [];
    notes.forEach((pitch, i) => {
      const voice = sound.createOscillator();
      const loud = sound.createGain();
      const start = sound.currentTime + i * 0.22;
      voice.frequency.value = pitch;
      loud.gain.setValueAtTime(0.2, start);
      loud.gain.exponentialRampToValueAtTime(0.001, start + 0.18);
      voice.connect(loud).connect(sound.destination);
      voice.start(start);
      voice.stop(start + 0.2);
    });
  } catch { /* a screen without sound still shows */ }
}

new EventSource(body.dataset.live).onmessage = (event) => say(JSON.parse(event.data));

setInterval(() => {
  if (Date.now() - heard < 4000) return;
  body.dataset.mood = "attend";
  at("word").textContent = body.dataset.lostWord;
  at("why").textContent = body.dataset.lostWhy;
}, 500);

// Draws what the page says: the only module that touches its elements, and only by textContent: what stands on tickets
// is never markup.

export const at = (id) => document.getElementById(id);

export const dialogOpen = () => Boolean(document.querySelector("dialog[open]"));

export function write(id, text) {
  if (at(id).textContent !== text) at(id).textContent = text;
}

// stageTo shows one of the page's two faces: "choose" a door, or "stage", the camera.
export function stageTo(name) {
  document.body.dataset.stage = name;
  for (const id of ["choose", "stage"]) at(id).hidden = id !== name;
  at("hands").hidden = name !== "stage";
}

export function showRest() {
  document.body.dataset.mood = "rest";
  at("say").hidden = true;
  at("hint").hidden = false;
  showActs({}, true);
}

export function showWait(words) {
  show({ mood: "wait", word: words.text("say.asking"), why: words.text("say.asking_why"), guest: "", group: "", mark: "", acts: {} });
  showActs({}, true);
}

// show fills the screen with an answer's view.
export function show(view) {
  document.body.dataset.mood = view.mood;
  for (const id of ["word", "guest", "group", "why", "mark"]) write(id, view[id]);
  at("say").hidden = false; // over the camera, which goes on: some phones stop a picture that is not shown
  at("hint").hidden = true;
  at("say").scrollTop = 0;
  showActs(view.acts, false);
}

// Tools and acts take turns under the thumb: after an answer only what can be done about it is there.
function showActs(acts, resting) {
  for (const id of ["supervise", "another", "undo"]) at(id).hidden = !acts[id];
  at("next").hidden = resting;
  at("tools").hidden = !resting;
}

export function showHint(text, dark) {
  write("hint", text);
  at("view").classList.toggle("dark", Boolean(dark));
}

// showLink says how the network is and how many scans wait, by words, colour and shape.
export function showLink(words, { up, tried, signedOut, waiting, sending }) {
  if (!tried) return write("link", "");
  const n = words.number(waiting);
  let [text, look] = [words.text("link.up"), ""];
  if (signedOut) [text, look] = [words.text("link.signed_out", { n }), "off"];
  else if (!up) [text, look] = [waiting ? words.text("link.off", { n }) : words.text("link.off_none"), "off"];
  else if (waiting) [text, look] = [words.text(sending ? "link.sending" : "link.waiting", { n }), "busy"];
  write("link", text);
  at("link").className = `link ${look}`;
}

// button makes one with a text and an optional smaller line.
export function button(text, small, act) {
  const b = document.createElement("button");
  b.type = "button";
  b.append(text);
  if (small) b.append(element("small", small));
  b.addEventListener("click", act);
  return b;
}

export function element(name, text) {
  const e = document.createElement(name);
  e.textContent = text;
  return e;
}

// shape is the sign of a mood, as it stands on the page already.
export function shape(mood) {
  const found = document.querySelector(`.shape.${mood}`);
  const copy = found.cloneNode(true);
  copy.removeAttribute("class");
  return copy;
}

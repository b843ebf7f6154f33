// What opens over the camera: typing a code, a supervisor's reasons, the last scans, the menu, signing out.

import { at, button, element, shape, write } from "./screen.js";
import { TURN } from "./gate.js";
import { on } from "./buttons.js";

const REASONS = ["organizer", "document", "damaged", "came_out", "system", "help", "another"]; // as on a lane's screen

export function openDialog(id) {
  at(id).showModal();
}

const close = (id) => at(id).close();

export function wireDialogs(page) {
  for (const b of document.querySelectorAll("[data-close]")) b.addEventListener("click", () => b.closest("dialog").close());
  wireTyping(page);
  wireReasons(page);
  on("last", () => openPast(page));
  wireMenu(page);
  wireLeaving(page);
}

function wireTyping({ app }) {
  on("type", () => openDialog("typing"));
  const form = at("typing").querySelector("form");
  form.addEventListener("submit", () => {
    const code = at("code").value.trim();
    if (code) app.read(code, true);
  });
  at("typing").addEventListener("close", () => (at("code").value = ""));
}

function wireReasons({ app, words }) {
  const tiles = REASONS.map((reason) =>
    button(words.text(`override.${reason}`), "", () => {
      close("reasons");
      app.input({ do: "override", id: crypto.randomUUID(), reason });
    }),
  );
  at("reason-tiles").replaceChildren(...tiles);
}

async function openPast(page) {
  await drawPast(page);
  openDialog("past");
}

async function drawPast(page, said = "") {
  const { past, words, queue, store } = page;
  const waiting = new Set((await queue.all()).map((r) => r.record.id));
  const aside = new Set(((await store.get("aside")) ?? []).map((r) => r.id));
  write("past-say", said || (past.rows.length ? "" : words.text("past.none")));
  at("past-rows").replaceChildren(...past.rows.map((row) => pastRow(page, row, waiting.has(row.id), aside.has(row.id))));
}

function pastRow(page, row, waits, refused) {
  const { words, now } = page;
  const li = element("li", "");
  li.className = row.mood;
  const name = row.state ?? (waits ? "waits" : refused ? "refused" : "");
  const state = name ? words.text(`past.${name}`) : "";
  li.append(shape(row.mood), element("b", row.word), element("small", [words.clock(row.at, true), row.detail, state].filter(Boolean).join(" · ")));
  const young = row.alone ? waits : now() - row.at < TURN;
  if (row.admitted && row.state !== "undone" && young) li.append(button(words.text("past.undo"), "", () => undoPast(page, row)));
  return li;
}

async function undoPast(page, row) {
  const done = await page.app.undo(row.id);
  await drawPast(page, done ? "" : page.words.text("past.undo_failed"));
}

function wireMenu(page) {
  const { settings, store, app, doors } = page;
  on("menu", () => openMenu(page));
  on("place", () => page.gate.duty && openMenu(page));
  on("to-doors", () => (close("settings"), doors.choose()));
  on("to-way", () => (close("settings"), doors.turn()));
  on("to-quiet", async () => {
    settings.quiet = !settings.quiet;
    at("to-quiet").setAttribute("aria-pressed", String(settings.quiet));
    await store.set("settings", settings);
  });
  on("to-test", () => {
    close("settings");
    ["admit", "refuse", "attend"].forEach((mood, i) => setTimeout(() => app.notice("test", mood), 900 * i));
  });
  at("to-quiet").setAttribute("aria-pressed", String(settings.quiet));
  on("to-leave", () => (close("settings"), openLeaving(page)));
}

async function openMenu({ words, gate, duty, reader, lists, now, queue }) {
  const { door, exit, venue } = gate.duty;
  write("who", [duty.person, door.name].filter(Boolean).join(" · "));
  at("to-way").hidden = door.direction !== "both";
  write("to-way", words.text(exit ? "menu.way_in" : "menu.way_out"));
  const age = lists.age(venue, now());
  const list = age === null ? words.text("line.no_list") : words.age(age);
  write("state", words.text("menu.state", { reader: words.text(`menu.${reader.name || "no_reader"}`), version: version(), list }));
  const others = (await queue.all()).filter((r) => r.person !== duty.person);
  const names = [...new Set(others.map((r) => r.person))].join(", ");
  write("others", others.length ? words.text("menu.others", { n: words.number(others.length), names }) : "");
  openDialog("settings");
}

const version = () => new URL(import.meta.url).pathname.split("/").at(-2);

// Signing out is the server's act. Whether it can be reached is tried: scans may wait for another reason.
async function openLeaving({ words, queue, api }) {
  write("leaving-say", "");
  at("leave-now").disabled = true;
  openDialog("leaving");
  const there = await api.doors().then(() => true, (e) => e.kind !== "network");
  const kept = (await queue.all()).length;
  at("leave-now").disabled = !there;
  write("leaving-say", words.text(`leave.${!there ? "offline" : kept ? "kept" : "clean"}`, { n: words.number(kept) }));
}

// Signing out takes from the phone what somebody else should not find: the lists, the doors, the last scans. What was not
// sent stays.
function wireLeaving({ lists, duty, past }) {
  const form = at("leaving").querySelector("form");
  form.addEventListener("submit", async (e) => {
    if (form.dataset.clean) return;
    e.preventDefault();
    await Promise.allSettled([lists.drop(), duty.forget(), past.clear()]);
    form.dataset.clean = "yes";
    form.requestSubmit();
  });
}

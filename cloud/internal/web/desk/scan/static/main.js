// Puts the page together, in the order in which a shift begins: what the phone keeps, who is at which door, the camera.

import { App } from "./app.js";
import { Doors } from "./doors.js";
import { Duty } from "./duty.js";
import { Gate } from "./gate.js";
import { History } from "./history.js";
import { Lists } from "./lists.js";
import { Past } from "./past.js";
import { Queue } from "./queue.js";
import { Reader } from "./reader.js";
import { Uploader } from "./uploader.js";
import { api } from "./api.js";
import { dayOf } from "./judge.js";
import { at, showHint, showLink, stageTo, write } from "./screen.js";
import { openStore } from "./store.js";
import { readWords } from "./words.js";
import { soundOn, stayAwake, wakeSound } from "./sense.js";
import { keepOnPhone } from "./install.js";
import { wireButtons } from "./buttons.js";
import { wireDialogs } from "./dialogs.js";

const words = readWords();
const now = () => Date.now();

async function begin() {
  const store = await openStore();
  navigator.storage?.persist?.(); // unsent scans must not be swept away with other pages' leftovers
  const page = { words, now, store, api, queue: new Queue(store), history: new History(store), past: new Past(store), duty: new Duty(store), settings: (await store.get("settings")) ?? { quiet: false } };
  page.lists = new Lists(store, api);
  await Promise.all([page.history.load(now()), page.past.load(), page.lists.load(), page.duty.load()]);
  page.count = await counter(store, page.duty);
  page.uploader = new Uploader({ ...pick(page), onChange: () => drawLine(page), onDouble: (id) => page.past.mark(id, "double"), onSignedOut: () => page.doors.refresh() });
  page.gate = new Gate({ ...pick(page), history: page.history, uploader: page.uploader, language: document.documentElement.lang });
  page.reader = new Reader({ video: at("video"), onCode: (code) => page.app.read(code), onHint: (name) => hint(page, name) });
  page.app = new App({ ...pick(page), gate: page.gate, reader: page.reader, past: page.past, settings: page.settings, onCounted: (n) => counted(page, n) });
  page.doors = new Doors(page, () => work(page));
  page.gate.onTrouble = (e) => trouble(page, e);
  wireButtons(page);
  wireDialogs(page);
  keepOnPhone(page);
  stayAwake();
  page.uploader.start();
  setInterval(() => (drawLine(page), drawHint(page)), 1000);
  setInterval(() => page.uploader.up && page.doors.refresh(), 60_000); // a door may be closed, or somebody sent elsewhere
  await page.doors.begin();
}

const pick = ({ words, now, store, api, queue, lists }) => ({ words, now, store, api, queue, lists });

// work begins at the chosen door.
function work(page) {
  const { venue, door, device, person } = page.gate.duty;
  page.uploader.at({ venue, device, door, person });
  stageTo("stage");
  drawLine(page);
  page.reader.start();
}

function hint(page, name) {
  page.hintName = name;
  at("light").hidden = !page.reader.hasLight;
  at("light").setAttribute("aria-pressed", "false"); // a camera that was begun anew is dark
  drawHint(page);
}

// drawHint says what to do at rest; browsers want a touch before the first sound, and somebody must ask for it.
function drawHint({ hintName = "starting", settings }) {
  const mute = hintName === "rest" && !settings.quiet && !soundOn();
  showHint(words.text(`hint.${mute ? "sound" : hintName}`), hintName !== "rest");
}

// trouble that a scan met: the door, the device's name or the session are to be mended before the next.
async function trouble(page, { kind }) {
  if (kind === "taken") page.gate.duty.device = await page.duty.device(true);
  if (["no_door", "may_not", "signed_out"].includes(kind)) await page.doors.refresh();
  page.uploader.wake();
}

function drawLine(page) {
  const { uploader, lists, gate, count } = page;
  showLink(words, uploader);
  write("count", words.text("line.count", { n: words.number(count.today()) }));
  if (!gate.duty) return;
  const age = lists.age(gate.duty.venue, now());
  const alone = !uploader.up && gate.duty.door.policy !== "free";
  write("list", alone ? words.text("line.strict") : age === null ? words.text("line.no_list") : words.text("line.list", { age: words.age(age) }));
}

async function counted(page, n) {
  await page.count.add(n);
  drawLine(page);
}

// counter is how many this person let in today with this phone.
async function counter(store, duty) {
  let kept = await store.get("count");
  const today = () => `${dayOf(now())} ${duty.person}`;
  return {
    today: () => (kept?.day === today() ? kept.n : 0),
    add(n) {
      kept = { day: today(), n: Math.max(0, (kept?.day === today() ? kept.n : 0) + n) };
      return store.set("count", kept);
    },
  };
}

document.addEventListener("pointerdown", wakeSound);
wakeSound(); // an installed page may without a touch
begin().catch((e) => {
  console.error(e);
  stageTo("stage");
  at("hands").hidden = true;
  showHint(words.text("hint.store"), true);
});

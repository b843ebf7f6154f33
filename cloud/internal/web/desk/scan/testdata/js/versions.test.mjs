import "./setup.mjs";
import test, { mock } from "node:test";
import assert from "node:assert/strict";
import { Versions } from "../../static/versions.js";

mock.timers.enable({ apis: ["setInterval", "setTimeout"] });

class Fake extends EventTarget {
  told = [];
  postMessage(what) {
    this.told.push(what);
  }
  becomes(state) {
    this.state = state;
    this.dispatchEvent(new Event("statechange"));
  }
}

// browser is one with its service workers, as far as a page sees them. Its pages count their reloads.
function browser() {
  const registration = Object.assign(new Fake(), { installing: null, waiting: null, active: null, looked: 0, async update() { registration.looked++; } });
  const workers = Object.assign(new Fake(), { controller: null, registered: 0, async register() { workers.registered++; return registration; } });
  const b = { registration, workers, busy: false, reloads: 0, clock: 0 };
  b.page = () => new Versions({ workers, atRest: () => !b.busy, reload: () => b.reloads++, now: () => b.clock }).begin();
  b.after = async (ms) => {
    for (let passed = 0; passed < ms; passed += 100) {
      b.clock += 100;
      mock.timers.tick(100);
      for (let i = 0; i < 5; i++) await Promise.resolve();
    }
  };
  b.finds = () => {
    registration.installing = new Fake();
    registration.dispatchEvent(new Event("updatefound"));
    return registration.installing;
  };
  b.keeps = (worker) => ((registration.installing = null), (registration.waiting = worker), worker.becomes("installed"));
  b.starts = (worker) => ((registration.waiting = null), (registration.active = workers.controller = worker), worker.becomes("activated"), workers.dispatchEvent(new Event("controllerchange")));
  b.loses = (worker) => ((registration.installing = null), worker.becomes("redundant"));
  return b;
}

// installed is a browser that has a version of the page, with the page open.
async function installed() {
  const b = browser();
  b.registration.active = b.workers.controller = new Fake();
  await b.page();
  return b;
}

test("the first version takes over the page that brought it, and nothing is loaded anew", async () => {
  const b = browser();
  await b.page();
  const first = b.finds();
  b.keeps(first);
  b.starts(first);
  await b.after(60_000);
  assert.equal(b.reloads, 0);
});

test("a new version is asked to take over again and again, and only between two guests", async () => {
  const b = await installed();
  const next = b.finds();
  b.busy = true;
  b.keeps(next);
  await b.after(30_000);
  assert.deepEqual(next.told, []);
  b.busy = false;
  await b.after(1500);
  assert.deepEqual(next.told, ["take over"]);
  await b.after(10_000);
  assert.ok(next.told.length > 5, "one request that was lost is not the last");
});

test("no try keeps step with the uploader's beat", async () => {
  const b = await installed();
  b.keeps(b.finds());
  const off = new Set();
  let before = 0;
  for (let at = 100; at <= 30_000; at += 100) {
    await b.after(100);
    if (b.registration.waiting.told.length > before) off.add(at % 5000);
    before = b.registration.waiting.told.length;
  }
  assert.ok([...off].filter((ms) => ms > 500).length > 10, [...off].join());
});

test("a guest who came in the moment between is not taken off the screen", async () => {
  const b = await installed();
  const next = b.finds();
  b.keeps(next);
  b.busy = true;
  b.starts(next);
  await b.after(8000);
  assert.equal(b.reloads, 0);
  b.busy = false;
  await b.after(1500);
  assert.equal(b.reloads, 1);
});

test("a reload is not begun anew while it is under way, and not forgotten when it fails", async () => {
  const b = await installed();
  const next = b.finds();
  b.keeps(next);
  b.starts(next);
  assert.equal(b.reloads, 1);
  await b.after(15_000);
  assert.equal(b.reloads, 1);
  await b.after(10_000);
  assert.equal(b.reloads, 2);
});

test("a version that did not arrive whole is fetched again within seconds, then ever less often", async () => {
  const b = await installed();
  b.loses(b.finds());
  await b.after(5100);
  assert.equal(b.registration.looked, 1);
  b.loses(b.finds());
  await b.after(9000);
  assert.equal(b.registration.looked, 1);
  await b.after(1100);
  assert.equal(b.registration.looked, 2);
  for (let i = 0; i < 12; i++) {
    b.loses(b.finds());
    await b.after(5 * 60_000 + 100);
  }
  const looked = b.registration.looked;
  assert.ok(looked >= 14, `${looked} looks`);
  b.keeps(b.finds());
  await b.after(4 * 60_000);
  assert.equal(b.registration.looked, looked, "it is here");
});

test("a version that gives way to a newer one was not lost", async () => {
  const b = await installed();
  const next = b.finds();
  b.keeps(next);
  next.becomes("redundant");
  await b.after(60_000);
  assert.equal(b.registration.looked, 0);
});

test("the very first version did not arrive: the browser knows of none, and it is registered again", async () => {
  const b = browser();
  const first = (b.registration.installing = new Fake());
  await b.page();
  b.loses(first);
  await b.after(5100);
  assert.equal(b.workers.registered, 2);
});

test("a server that cannot be reached is asked again", async () => {
  const b = browser();
  const register = b.workers.register;
  b.workers.register = async () => {
    throw new TypeError("no network");
  };
  await b.page();
  b.workers.register = register;
  await b.after(5100);
  assert.equal(b.workers.registered, 1);
});

test("a page that was loaded past its worker follows the next one", async () => {
  const b = browser();
  b.registration.active = new Fake();
  await b.page();
  const next = b.finds();
  b.keeps(next);
  b.starts(next);
  await b.after(1500);
  assert.equal(b.reloads, 1);
});

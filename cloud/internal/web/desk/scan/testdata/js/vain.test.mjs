import "./setup.mjs";
import test from "node:test";
import assert from "node:assert/strict";
import { Trouble } from "../../static/api.js";
import { back, cut, door, phone } from "./phone.mjs";

const brief = (p) => p.server.records.map((r) => [r.id, r.decided, Boolean(r.asked)]);
const notes = async (p) => (await p.store.get("asked")) ?? [];

test("asked about in vain and refused here: the record says so, under the same id", async () => {
  const p = await phone();
  p.gate.duty.door = { ...door, policy: "strict" };
  p.server.lost = true; // the server admits, and nobody hears it
  const answer = await p.show("GOOD 1", { id: "same" });
  assert.deepEqual([answer.admit, answer.reason], [false, "arbiter_required"]);
  assert.equal(p.server.scans.length, 1);
  p.server.lost = false;
  await p.show("GOOD 2"); // decided here while the first waits: nobody was asked about it
  await back(p);
  assert.deepEqual(brief(p), [["same", "refuse", true], ["id-1", "refuse", false]]);
  assert.deepEqual(await notes(p), []);
});

test("asked about in vain and let in here: nothing is given up", async () => {
  const p = await phone();
  p.server.lost = true;
  assert.equal((await p.show("GOOD 1", { id: "same" })).admit, true);
  p.server.lost = false;
  await back(p);
  assert.deepEqual(brief(p), [["same", "admit", false]]);
  assert.deepEqual(await notes(p), []);
});

test("an answer that was heard leaves no note, and nothing to give up", async () => {
  const p = await phone();
  await p.show("GOOD 1");
  p.server.answer = () => ({ scan: "s", outcome: "refuse", reason: "already_used", passage: "none", direction: "in" });
  await p.show("GOOD 1");
  await p.uploader.wake();
  assert.deepEqual([await notes(p), p.server.records], [[], []]);
});

test("the page ends before the answer: the next one gives the scan up, once", async () => {
  const p = await phone();
  p.server.hangs = true;
  p.show("GOOD 1", { id: "gone" });
  await new Promise((later) => setTimeout(later));
  assert.equal((await notes(p)).length, 1);
  const q = await phone(p.store);
  q.clock.at += 10_000;
  await q.uploader.wake();
  assert.deepEqual(brief(q), [], "another window may still hear it");
  q.clock.at += 30_000;
  await q.uploader.wake();
  await q.uploader.wake();
  assert.deepEqual(brief(q), [["gone", "none", true]]);
  assert.deepEqual(await notes(q), []);
});

test("nobody is asked about before the note is kept: a page that ends in between would know nothing of it", async () => {
  const p = await phone();
  const kept = p.store.changeSoon.bind(p.store);
  let write;
  p.store.changeSoon = (...what) => new Promise((done) => (write = () => done(kept(...what))));
  const waiting = p.show("GOOD 1");
  for (let i = 0; i < 20; i++) await new Promise((later) => setTimeout(later));
  assert.deepEqual(p.server.scans, [], "the disk is slow");
  write();
  assert.equal((await waiting).admit, true);
  assert.equal(p.server.scans.length, 1);
});

// locks of a browser whose pages are all one: each waits for those before it.
function browserLocks() {
  const holders = [];
  const next = () => holders[0]?.(true);
  return {
    end: () => (holders.shift(), next()), // the page that has the lock
    async request(name, options, act = options) {
      if (name !== "portaria-scan-page") return act();
      if (options.ifAvailable && holders.length) return act(null);
      holders.push(act);
      if (holders.length === 1) next();
    },
  };
}

test("the page before has not quite ended: the next one gives its scan up as soon as it has", async (t) => {
  const locks = browserLocks();
  Object.defineProperty(navigator, "locks", { value: locks, configurable: true });
  t.mock.timers.enable({ apis: ["setInterval"] });
  t.after(() => delete navigator.locks);
  const p = await phone();
  p.uploader.start();
  p.server.hangs = true;
  p.show("GOOD 1", { id: "gone" });
  await new Promise((later) => setTimeout(later));
  const q = await phone(p.store);
  q.uploader.start();
  await q.uploader.wake();
  assert.deepEqual(brief(q), [], "the page before may still hear it");
  locks.end();
  await new Promise((later) => setTimeout(later));
  await q.uploader.wake();
  assert.deepEqual(brief(q), [["gone", "none", true]]);
});

test("what another window has given up lets nobody in", async () => {
  const p = await phone();
  p.server.answer = (body) => {
    p.store.drawers.kept.delete("asked"); // the other window's sweep
    return { scan: "s", outcome: "admit", reason: "ok", passage: "waiting", direction: "in", id: body.id };
  };
  assert.deepEqual(await p.show("GOOD 1"), { notice: "failed" });
  assert.deepEqual(await p.queue.ends(), [], "no passage is told");
});

test("a scan that this page still waits for is never given up under its hands", async () => {
  const p = await phone();
  p.server.hangs = true;
  const waiting = p.show("GOOD 1", { id: "slow" });
  await new Promise((later) => setTimeout(later));
  p.clock.at += 600_000; // the telephone slept
  await p.uploader.wake();
  assert.deepEqual(brief(p), []);
  p.server.release();
  assert.equal((await waiting).admit, true);
});

test("a second try that ends in a notice gives up what the first may have let in", async () => {
  const p = await phone();
  let tries = 0;
  p.gate.api.scan = async () => {
    throw tries++ === 0 ? new Trouble("starting", { wait: 1 }) : new Trouble("slow", { wait: 1 });
  };
  assert.deepEqual(await p.show("GOOD 1", { id: "twice" }), { notice: "slow" });
  await p.uploader.wake();
  assert.deepEqual(brief(p), [["twice", "none", true]]);
});

test("refused at once, nothing was asked in vain", async () => {
  const p = await phone();
  p.gate.api.scan = async () => {
    throw new Trouble("slow", { wait: 1 });
  };
  await p.show("GOOD 1");
  await p.uploader.wake();
  assert.deepEqual([await notes(p), brief(p)], [[], []]);
});

test("an arbiter that is away hears later; until then this phone decides alone, and keeps nothing else back", async () => {
  const p = await phone();
  p.gate.duty.door = { ...door, policy: "strict" };
  p.server.lost = p.server.away = true;
  await p.show("GOOD 1", { id: "same" });
  p.server.lost = false;
  await back(p);
  assert.equal((await p.queue.all()).length, 0, "the server holds the record");
  assert.equal(p.uploader.clear, false);
  await p.show("GOOD 2");
  await p.uploader.wake();
  assert.equal((await p.queue.all()).length, 0);
  p.server.away = false;
  await p.uploader.wake();
  assert.equal(p.uploader.clear, true);
  const told = p.server.records.filter((r) => r.id === "same");
  assert.ok(told.length >= 2 && told.every((r) => r.seq === told[0].seq && r.run === told[0].run && r.asked), "the same record again");
  assert.deepEqual(await p.queue.untold(), []);
});

test("passages wait for an arbiter that is away, records do not", async () => {
  const p = await phone();
  await p.show("GOOD 1");
  p.clock.at += 61_000;
  p.uploader.api.end = async () => {
    throw new Trouble("away");
  };
  await p.queue.add({ venue: "v", device: "ana-1", person: "Ana Souza", id: "alone", decided: "admit" });
  await p.uploader.wake();
  assert.deepEqual(p.server.records.map((r) => r.id), ["alone"]);
  assert.equal((await p.queue.ends()).length, 1);
});

test("a drill asked about in vain leaves no admission behind", async () => {
  const p = await phone();
  p.gate.duty.door = { ...door, mode: "drill" };
  p.server.lost = true;
  assert.equal((await p.show("GOOD 1", { id: "drill" })).drill, true);
  p.server.lost = false;
  await back(p);
  assert.deepEqual(brief(p), [["drill", "none", true]]);
});

test("a full disk is no reason to keep online guests outside", async () => {
  const p = await phone();
  p.store.full = true;
  const quiet = console.error;
  console.error = () => {};
  assert.equal((await p.show("GOOD 1")).admit, true);
  console.error = quiet;
});

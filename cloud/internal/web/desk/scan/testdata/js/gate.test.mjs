import "./setup.mjs";
import test from "node:test";
import assert from "node:assert/strict";
import { Trouble } from "../../static/api.js";
import { back, cut, door, phone } from "./phone.mjs";

test("online the server decides, and is asked once", async () => {
  const p = await phone();
  const answer = await p.show("GOOD 1\r\n");
  assert.equal(answer.admit, true);
  assert.equal(p.server.scans.length, 1);
  assert.deepEqual([p.server.scans[0].code, p.server.scans[0].auto, p.server.scans[0].device], ["GOOD 1", false, "ana-1"]);
});

test("a request that gets no answer is judged here, and sent later under the same id", async () => {
  const p = await phone();
  p.server.up = false;
  const answer = await p.show("GOOD 1", { id: "same" });
  assert.deepEqual([answer.admit, answer.reason], [true, "ok_offline"]);
  await back(p);
  assert.deepEqual(p.server.records.map((r) => [r.seq, r.id, r.decided, r.passage, r.run.length]), [[1, "same", "admit", "passed", 8]]);
  assert.equal((await p.queue.all()).length, 0);
});

test("offline a ticket enters once; what was let in online before is known too", async () => {
  const p = await phone();
  await p.show("GOOD 1");
  cut(p);
  assert.equal((await p.show("GOOD 1")).reason, "already_used");
  assert.equal((await p.show("GOOD 2")).reason, "ok_offline");
  assert.equal((await p.show("GOOD 2")).reason, "already_used");
  assert.equal((await p.show("nonsense")).reason, "unknown");
  await back(p);
  assert.deepEqual(p.server.records.map((r) => `${r.seq} ${r.decided} ${r.reason}`), ["1 refuse already_used", "2 admit ok_offline", "3 refuse already_used", "4 refuse unknown"]);
  assert.ok(p.server.records.every((r) => r.person === undefined), "the server takes no fields that it does not know");
});

test("everything survives the page, and a page that comes back sends it once", async () => {
  const p = await phone();
  cut(p);
  await p.show("GOOD 1");
  await p.show("GOOD 2");
  const q = await phone(p.store); // the same phone, started again, with its network
  await q.uploader.wake();
  assert.deepEqual(q.server.records.map((r) => r.seq), [1, 2]);
  await q.uploader.wake();
  assert.equal(q.server.records.length, 2);
});

test("an upload whose answer is lost goes again with the same numbers and ids", async () => {
  const p = await phone();
  cut(p);
  await p.show("GOOD 1");
  p.server.up = p.server.cutAfter = true;
  await p.uploader.wake();
  p.server.cutAfter = false;
  await p.uploader.wake();
  const [first, again] = p.server.records;
  assert.deepEqual(first, again);
  assert.equal((await p.queue.all()).length, 0);
});

test("a run is numbered without gaps, and a new one begins when the queue was empty", async () => {
  const p = await phone();
  cut(p);
  await Promise.all(["GOOD 1", "GOOD 2", "GOOD 3"].map((code) => p.show(code)));
  await back(p);
  cut(p);
  await p.show("GOOD 4");
  await back(p);
  assert.deepEqual(p.server.records.map((r) => r.seq), [1, 2, 3, 1]);
  assert.notEqual(p.server.records[2].run, p.server.records[3].run);
});

test("records the server misses are sent as a new run, under their ids", async () => {
  const p = await phone();
  cut(p);
  await p.show("GOOD 1", { id: "one" });
  const { run } = (await p.queue.next("v", "ana-1"));
  let calls = 0;
  p.uploader.api.upload = async (part) => (calls++ === 0 ? { held: 0, records: [{ seq: 1, result: "gap" }] } : (p.server.records.push(part), { held: 1, records: [{ seq: 1, result: "stored" }] }));
  await back(p);
  assert.equal(p.server.records[0].records[0].id, "one");
  assert.notEqual(p.server.records[0].run, run);
});

test("a full disk lets nobody in", async () => {
  const p = await phone();
  cut(p);
  p.store.full = true;
  const quiet = console.error;
  console.error = () => {};
  assert.deepEqual(await p.show("GOOD 1"), { notice: "not_kept" });
  console.error = quiet;
});

test("while records wait the server is not asked: it would let in again who was let in here", async () => {
  const p = await phone();
  cut(p);
  await p.show("GOOD 1");
  p.uploader.up = true; // the network is back, the records are not there yet
  p.uploader.waiting = 1;
  p.server.scans.length = 0;
  assert.equal((await p.show("GOOD 1")).reason, "already_used");
  assert.equal(p.server.scans.length, 0);
});

test("an arbiter that is away is judged without, and not asked again at once", async () => {
  const p = await phone();
  p.server.fail = new Trouble("away", { wait: 1000 });
  const asked = p.gate.api.scan;
  let calls = 0;
  p.gate.api.scan = (...a) => (calls++, asked(...a));
  assert.equal((await p.show("GOOD 1")).reason, "ok_offline");
  assert.equal((await p.show("GOOD 2")).reason, "ok_offline");
  assert.equal(calls, 1);
});

test("signed out or not allowed, nobody is judged here, and the list leaves the phone", async () => {
  for (const [kind, notice] of [["signed_out", "signed_out"], ["may_not", "may_not"]]) {
    const p = await phone();
    p.server.fail = new Trouble(kind);
    assert.deepEqual(await p.show("GOOD 1"), { notice });
    await p.uploader.wake();
    assert.equal(p.lists.dropped, true);
    assert.equal((await p.queue.all()).length, 0);
  }
});

test("signed out with records on the phone: they stay, and go when somebody signs in", async () => {
  const p = await phone();
  cut(p);
  await p.show("GOOD 1");
  [p.server.up, p.server.fail] = [true, new Trouble("signed_out")];
  await p.uploader.wake();
  assert.equal((await p.queue.all()).length, 1);
  assert.equal(p.uploader.clear, false);
  p.server.fail = null;
  await p.uploader.wake();
  assert.equal(p.server.records.length, 1);
});

test("somebody else's records stay for their owner, and hold nobody up; one's own of another venue go", async () => {
  const p = await phone();
  await p.queue.add({ venue: "v", device: "bia-2", person: "Bia", id: "b", decided: "admit" });
  await p.queue.add({ venue: "w", device: "ana-9", person: "Ana Souza", id: "a", decided: "admit" });
  await p.uploader.wake();
  assert.deepEqual((await p.queue.all()).map((r) => r.record.id), ["b"]);
  assert.deepEqual(p.server.records.map((r) => r.id), ["a"]);
  assert.equal(p.uploader.clear, true);
});

test("who was admitted online may turn round for a minute, then the passage is told", async () => {
  const p = await phone();
  await p.show("GOOD 1", { id: "one" });
  await p.uploader.wake();
  assert.deepEqual(p.server.ends, []);
  p.clock.at += 61_000;
  await p.uploader.wake();
  assert.deepEqual(p.server.ends, ["s passed"]);
  assert.equal(await p.gate.undo("one"), false, "what is told is told");
});

test("undone online: the server is told, and the phone forgets the use", async () => {
  const p = await phone();
  await p.show("GOOD 1", { id: "one" });
  assert.equal(await p.gate.undo("one"), true);
  await p.uploader.wake();
  assert.deepEqual(p.server.ends, ["s aborted"]);
  cut(p);
  assert.equal((await p.show("GOOD 1")).reason, "ok_offline");
});

test("undone offline: the record says so", async () => {
  const p = await phone();
  cut(p);
  await p.show("GOOD 1", { id: "one" });
  assert.equal(await p.gate.undo("one"), true);
  assert.equal((await p.show("GOOD 1")).reason, "ok_offline");
  await back(p);
  assert.deepEqual(p.server.records.map((r) => r.passage), ["aborted", "passed"]);
});

test("a supervisor's word goes to the server, and with no network onto the disk with name and reason", async () => {
  const p = await phone();
  const of = { askStaff: true, scan: "s9" };
  await p.show("GOOD 1", { override: "document", of });
  assert.deepEqual([p.server.scans[0].override, p.server.scans[0].reason], ["s9", "document"]);
  cut(p);
  const answer = await p.show("GOOD 1", { override: "document", of });
  assert.equal(answer.reason, "ok_override");
  await back(p);
  assert.deepEqual(p.server.records[0].override, { supervisor: "Ana Souza", reason: "document" });
});

test("a drill uses nothing and leaves nothing", async () => {
  const p = await phone();
  p.gate.duty.door = { ...door, mode: "drill" };
  cut(p);
  assert.equal((await p.show("GOOD 1")).drill, true);
  assert.equal((await p.queue.all()).length, 0);
});

test("what cannot be a code is said here", async () => {
  const p = await phone();
  assert.equal((await p.show("A".repeat(1025))).reason, "unreadable");
  assert.equal(p.server.scans.length, 0);
});

test("two people on one ticket are told when the records meet", async () => {
  const p = await phone();
  cut(p);
  await p.show("GOOD 1", { id: "one" });
  p.uploader.api.upload = async (part) => ({ held: 1, records: [{ seq: part.records[0].seq, result: "stored", double: true }] });
  await back(p);
  assert.deepEqual(p.doubles, ["one"]);
});

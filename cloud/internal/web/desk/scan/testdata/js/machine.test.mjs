import test from "node:test";
import assert from "node:assert/strict";
import { rest, step } from "../../static/machine.js";

const read = (id, code = "A", typed = false) => ({ do: "read", id, code, typed });
const answer = (id, a) => ({ do: "answer", id, answer: a });
const good = { admit: true, reason: "ok" };
const bad = { admit: false, reason: "already_used", askStaff: true };

// walk puts inputs with their times through the machine, and gives the last state with every effect.
function walk(...inputs) {
  let state = rest;
  const effects = [];
  for (const [now, input] of inputs) {
    let more;
    [state, more] = step(state, input, now);
    effects.push(...more);
  }
  return { state, effects, did: effects.map((e) => e.do).join(" ") };
}

test("a code is asked about, its answer is seen and heard", () => {
  const { state, effects } = walk([0, read("1")], [80, answer("1", good)]);
  assert.equal(state.at, "shown");
  assert.deepEqual(effects, [{ do: "ask", scan: { id: "1", code: "A", typed: false } }, { do: "tell", mood: "admit" }]);
});

test("green goes by itself, red stays longer", () => {
  assert.equal(walk([0, read("1")], [0, answer("1", good)], [2400, { do: "tick" }]).state.at, "shown");
  assert.equal(walk([0, read("1")], [0, answer("1", good)], [2500, { do: "tick" }]).state.at, "rest");
  assert.equal(walk([0, read("1")], [0, answer("1", bad)], [7000, { do: "tick" }]).state.at, "shown");
});

test("a second code while one is asked about waits: its guest is not taken for the first", () => {
  const { state, did } = walk([0, read("1", "A")], [50, read("2", "B")], [90, answer("2", good)]);
  assert.equal(state.at, "wait");
  assert.equal(state.scan.id, "1");
  assert.equal(did, "ask unread");
});

test("an answer that comes when nobody asks any more changes nothing", () => {
  const { state } = walk([0, read("1")], [10, answer("1", bad)], [2000, read("2", "B")], [2010, answer("1", good)]);
  assert.equal(state.at, "wait");
});

test("the next guest's code may take the place of an answer, but not at once", () => {
  assert.equal(walk([0, read("1", "A")], [10, answer("1", good)], [300, read("2", "B")]).state.scan.id, "1");
  assert.equal(walk([0, read("1", "A")], [10, answer("1", good)], [900, read("2", "B")]).state.scan.id, "2");
  assert.equal(walk([0, read("1", "A")], [10, answer("1", good)], [300, read("2", "B", true)]).state.scan.id, "2", "a hand that types means it");
});

test("a supervisor's word asks again, under a new id, about the answer that was seen", () => {
  const { effects } = walk([0, read("1")], [10, answer("1", bad)], [900, { do: "override", id: "2", reason: "document" }]);
  assert.deepEqual(effects.at(-1), { do: "ask", scan: { id: "2", code: "A", typed: false, override: "document", of: bad } });
});

test("undo is for who was let in", () => {
  const { state, did } = walk([0, read("1")], [10, answer("1", good)], [900, { do: "undo" }]);
  assert.equal(state.answer.notice, "undone");
  assert.equal(did, "ask tell undo");
  assert.equal(walk([0, read("1")], [10, answer("1", bad)], [900, { do: "undo" }]).did, "ask tell");
});

test("dismissed while the ticket is still in view, it is not asked about again: the guest would see red after green", () => {
  const { state, did } = walk([0, read("1")], [10, answer("1", good)], [500, { do: "dismiss" }]);
  assert.equal(state, rest);
  assert.equal(did, "ask tell");
});

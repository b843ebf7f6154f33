import test from "node:test";
import assert from "node:assert/strict";
import { judge } from "../../static/judge.js";

const now = new Date(2026, 10, 22, 20, 0).getTime(); // the phone's own evening
const hour = 3_600_000;
const door = { direction: "in", mode: "open", policy: "free", budget_minutes: 30, budget_entries: 200, unlisted: "ask", events: ["e"] };
const entry = { kind: 0, state: "good", uses: 0, group: 1, attention: [], from: 0, until: 0 };
const kind = { number: 0, name: "Inteira", use: "single", uses: 1, zones: [], attention: [] };
const match = (more = {}, kinds = {}) => ({ event: "e", name: "Cinderela", entry: { ...entry, ...more }, kind: { ...kind, ...kinds }, goodUntil: now + hour });
const base = { now, door, exit: false, lists: true, matches: [match()], ours: true, history: [], alone: { since: now - 60_000, entries: 0 }, override: "" };
const say = (more) => {
  const a = judge({ ...base, ...more });
  return `${a.admit ? "admit" : a.askStaff ? "ask" : "refuse"} ${a.reason}`;
};
const came = (...at) => at.map((t, i) => ({ scan: String(i), way: "in", at: t }));

for (const [name, facts, want] of [
  ["a good ticket", {}, "admit ok_offline"],
  ["shown a second time", { history: came(now - 5000) }, "ask already_used"],
  ["shown again after its guest turned round", { history: [{ scan: "1", way: "in", at: now - 5000, over: true }] }, "admit ok_offline"],
  ["a refunded ticket", { matches: [match({ state: "revoked" })] }, "refuse revoked"],
  ["a refunded ticket and a supervisor", { matches: [match({ state: "revoked" })], override: "document" }, "refuse revoked"],
  ["a blocked ticket", { matches: [match({ state: "blocked" })] }, "ask blocked"],
  ["a code that no list knows", { matches: [], ours: false }, "refuse unknown"],
  ["a code of our shape that the list lacks", { matches: [] }, "ask unknown"],
  ["the same with a supervisor's word", { matches: [], override: "document" }, "admit ok_override"],
  ["the same at a door that refuses them", { matches: [], door: { ...door, unlisted: "refuse" } }, "refuse unknown"],
  ["the same at a door that admits them: nobody here can check the signature", { matches: [], door: { ...door, unlisted: "admit" } }, "ask unknown"],
  ["two sellers use the code", { matches: [match(), match()] }, "refuse ambiguous"],
  ["another event's ticket", { matches: [{ ...match(), event: "f" }] }, "refuse wrong_event"],
  ["too early", { matches: [match({ from: now + hour })] }, "ask too_early"],
  ["a second before its end", { matches: [match({ until: now + 1000 })] }, "admit ok_offline"],
  ["at its end", { matches: [match({ until: now })] }, "ask too_late"],
  ["too early by its kind", { matches: [match({}, { valid_from: new Date(now + hour).toISOString() })] }, "ask too_early"],
  ["the list is past its time", { matches: [{ ...match(), goodUntil: now - 1 }] }, "ask list_expired"],
  ["a closed door", { door: { ...door, mode: "closed" } }, "refuse checkpoint_closed"],
  ["outside the door's hours", { door: { ...door, hours: [{ from: new Date(now + hour).toISOString(), until: new Date(now + 2 * hour).toISOString() }] } }, "ask outside_hours"],
  ["a kind that goes elsewhere", { door: { ...door, kinds: [{ event: "e", number: 3 }] } }, "ask wrong_kind"],
  ["a zone that the kind may not enter", { door: { ...door, to: "vip" }, matches: [match({}, { zones: ["floor"] })] }, "ask wrong_zone"],
  ["strict: nobody without the arbiter", { door: { ...door, policy: "strict" } }, "ask arbiter_required"],
  ["home: nobody without the arbiter", { door: { ...door, policy: "home" } }, "ask arbiter_required"],
  ["strict with a supervisor", { door: { ...door, policy: "strict" }, override: "system" }, "admit ok_override"],
  ["what is wrong with the ticket speaks before the policy", { door: { ...door, policy: "strict" }, history: came(now - 1) }, "ask already_used"],
  ["the budget's time is over", { alone: { since: now - 31 * 60_000, entries: 0 } }, "ask arbiter_required"],
  ["the budget's number is spent", { alone: { since: now, entries: 200 } }, "ask arbiter_required"],
  ["the last of the budget", { alone: { since: now, entries: 199 } }, "admit ok_offline"],
  ["no budget, no bound", { door: { ...door, budget_minutes: 0, budget_entries: 0 }, alone: { since: 0, entries: 9999 } }, "admit ok_offline"],
  ["a pass, already used today", { matches: [match({}, { use: "daily" })], history: came(now - hour) }, "ask already_used"],
  ["a pass, used yesterday", { matches: [match({}, { use: "daily" })], history: came(now - 24 * hour) }, "admit ok_offline"],
  ["four uses, three used", { matches: [match({ uses: 4 })], history: came(1, 2, 3) }, "admit ok_offline"],
  ["a group of three, complete", { matches: [match({ group: 3 })], history: came(1, 2, 3) }, "ask group_full"],
  ["re-entry while still inside", { matches: [match({}, { use: "reentry" })], history: came(now - hour) }, "ask already_inside"],
  ["re-entry after going out", { matches: [match({}, { use: "reentry" })], history: [...came(now - hour), { scan: "x", way: "out", at: now - 60_000 }] }, "admit ok_offline"],
  ["re-entry too soon", { matches: [match({}, { use: "reentry", reentry_after: 10 })], history: [...came(now - hour), { scan: "x", way: "out", at: now - 60_000 }] }, "ask too_early"],
  ["an exit, known", { exit: true, history: came(now - hour) }, "admit ok_offline"],
  ["an exit on an unknown code: the door opens", { exit: true, matches: [] }, "admit not_inside"],
  ["evacuation only counts", { door: { ...door, mode: "evacuation", policy: "strict" } }, "admit ok"],
]) {
  test(`offline: ${name}: ${want}`, () => assert.equal(say(facts), want));
}

test("offline: an answer says what to look at and which person of a group this is", () => {
  const a = judge({ ...base, matches: [match({ group: 4, attention: ["child"] }, { attention: ["check_document"] })], history: came(1, 2) });
  assert.deepEqual(a.attention, ["child", "check_document"]);
  assert.deepEqual(a.group, { n: 3, of: 4, more: true });
  assert.equal(a.kind, "Inteira");
});

import { texts } from "./setup.mjs";
import { readFileSync } from "node:fs";
import test from "node:test";
import assert from "node:assert/strict";
import { moodOf, view } from "../../static/answer.js";
import { fromServer } from "../../static/reply.js";
import { Words } from "../../static/words.js";

const now = Date.parse("2026-11-22T22:10:00Z");
const pt = new Words(texts("pt-BR"), "pt-BR");
const en = new Words(texts("en"), "en");
const see = (reply) => view(fromServer(reply, { device: "ana-1" }), en, now);
const base = { scan: "s", direction: "in", group: 1, remaining: 0 };

test("admitted: a word, the kind and the seat", () => {
  const seen = see({ ...base, outcome: "admit", reason: "ok", kind: { name: "Inteira" }, seat: "Plateia B, fila 12" });
  assert.deepEqual([seen.mood, seen.word, seen.guest, seen.why], ["admit", "Enter", "Inteira\nPlateia B, fila 12", ""]);
  assert.deepEqual(seen.acts, { supervise: false, undo: true, another: false });
});

test("something to look at is amber, and says what to do before the guest passes", () => {
  const seen = see({ ...base, outcome: "admit", reason: "ok", attention: ["vip", "check_document"] });
  assert.deepEqual([seen.mood, seen.word, seen.why], ["attend", "Document", "Check the document, then let pass."]);
});

test("used: when and where, and that it was this phone", () => {
  const used = (gate) => see({ ...base, outcome: "ask", reason: "already_used", elsewhere: { gate, at: "2026-11-22T22:09:54Z" } });
  assert.equal(used("phone-ana-1").why, "Scanned here 6 s ago. Call the supervisor if in doubt.");
  assert.match(used("phone-bia-2").why, /^Used at \d\d:\d\d on the phone bia-2\. Call/);
  assert.match(used("portao-3").why, /at portao-3\./);
  assert.equal(used("portao-3").acts.supervise, true);
});

test("a group says which person this is, and whether another may come", () => {
  const seen = see({ ...base, outcome: "admit", reason: "ok", group: 4, remaining: 1 });
  assert.equal(seen.group, "3 of 4");
  assert.equal(seen.acts.another, true);
  assert.equal(see({ ...base, outcome: "admit", reason: "ok", group: 4, remaining: 0 }).acts.another, false);
  assert.equal(see({ ...base, outcome: "admit", reason: "ok", group: 4, remaining: 0 }).group, "4 of 4");
});

test("a reason that this page does not know is a refusal in the server's words", () => {
  const seen = see({ ...base, outcome: "refuse", reason: "from_the_future", text: "Come back tomorrow." });
  assert.deepEqual([seen.mood, seen.word, seen.why], ["refuse", "Not let in", "Come back tomorrow."]);
});

test("an exit opens, whatever is looked at", () => {
  const seen = see({ ...base, direction: "out", outcome: "admit", reason: "ok", attention: ["child"] });
  assert.deepEqual([seen.mood, seen.word], ["admit", "May leave"]);
});

test("what is no answer is told, and lets nobody in", () => {
  for (const notice of ["not_kept", "signed_out", "may_not", "slow", "failed", "undone", "not_undone"]) {
    for (const words of [en, pt]) {
      const seen = view({ notice }, words, now);
      assert.notEqual(seen.mood, "admit", notice);
      assert.ok(!seen.word.startsWith("say.") && !seen.why.startsWith("say."), notice);
    }
  }
});

test("every reason has its word in both languages, and every refusal what to do", () => {
  const judge = readFileSync(new URL("../../../../../../../edge/admit/types.go", import.meta.url), "utf8");
  const reasons = [...judge.matchAll(/^\t\w+ +(?:Reason )?= "(\w+)"$/gm)].map((found) => found[1]).filter((r) => !["synced", "coasting"].includes(r));
  assert.ok(reasons.includes("ok_override") && reasons.includes("unreadable") && reasons.length >= 30);
  for (const reason of reasons.slice(0, reasons.indexOf("unreadable") + 1)) {
    for (const words of [en, pt]) {
      const admit = reason.startsWith("ok");
      const seen = view({ admit, reason, attention: [] }, words, now);
      assert.ok(seen.word && !["Not let in", "Não entra"].includes(seen.word), reason);
      if (!admit) assert.ok(seen.why, `${reason} says what to do`);
    }
    assert.equal(moodOf({ admit: false, reason }) === "admit", false);
  }
});

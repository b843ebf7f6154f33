import test from "node:test";
import assert from "node:assert/strict";
import { find, merge, unpack } from "../../static/list.js";

const key = (n) => Uint8Array.of(0, 0, 0, 0, 0, 0, n >> 8, n);

function entries(...rows) {
  const out = new Uint8Array(rows.length * 24);
  rows.forEach(([n, { kind = 0, state = 1, uses = 0, group = 0, flags = 0, from = 0, until = 0 } = {}], i) => {
    const data = new DataView(out.buffer, i * 24);
    out.set(key(n), i * 24);
    data.setUint16(8, kind);
    [state, uses, group].forEach((v, at) => data.setUint8(10 + at, v));
    data.setUint16(14, flags);
    data.setUint32(16, from);
    data.setUint32(20, until);
  });
  return out;
}

function packed(body, { changes = 0, from = 0n, epoch = 7n, count = body.length / 24 } = {}) {
  const out = new Uint8Array(28 + body.length);
  out.set(new TextEncoder().encode("PSL1"));
  const data = new DataView(out.buffer);
  data.setUint8(4, changes);
  data.setBigUint64(8, from);
  data.setBigUint64(16, epoch);
  data.setUint32(24, count);
  out.set(body, 28);
  return out.buffer;
}

test("an entry is read as the server wrote it", () => {
  const list = unpack(packed(entries([1], [2, { kind: 3, state: 2, uses: 4, group: 5, flags: 0b10010, from: 100, until: 200 }], [9]), { epoch: 1795384991250n }));
  assert.equal(list.epoch, 1795384991250);
  assert.deepEqual(find(list.entries, key(2)), { kind: 3, state: "revoked", uses: 4, group: 5, attention: ["child", "upgrade_owed"], from: 6_000_000, until: 12_000_000 });
  assert.equal(find(list.entries, key(3)), null);
  assert.equal(find(new Uint8Array(), key(3)), null);
  assert.equal(find(list.entries, key(9)).state, "good");
});

test("a thousand entries are found, and none between them", () => {
  const list = entries(...Array.from({ length: 1000 }, (_, i) => [2 * i + 1]));
  for (let i = 0; i < 1000; i++) {
    assert.ok(find(list, key(2 * i + 1)));
    assert.equal(find(list, key(2 * i)), null);
  }
});

test("changes win over what was there, and come in between", () => {
  const merged = merge(entries([1], [3], [5]), entries([0, { kind: 9 }], [3, { state: 2 }], [7]));
  assert.deepEqual([0, 1, 3, 5, 7].map((n) => find(merged, key(n))?.state), ["good", "good", "revoked", "good", "good"]);
  assert.equal(merged.length, 5 * 24);
});

test("a state that this page does not know lets nobody in", () => {
  assert.equal(find(entries([1, { state: 77 }]), key(1)).state, "blocked");
});

for (const [name, buffer] of [
  ["nothing", new ArrayBuffer(0)],
  ["a page", new TextEncoder().encode("<!doctype html><title>Sign in</title>").buffer],
  ["half a list", packed(entries([1], [2])).slice(0, 60)],
  ["a list that promises more", packed(entries([1]), { count: 2 })],
]) {
  test(`not taken for a list: ${name}`, () => assert.throws(() => unpack(buffer), /list/));
}

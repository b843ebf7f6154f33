// One event's list as a phone keeps it: sorted entries of 24 bytes, found by the first 8 bytes of a keyed hash. The
// format is docs/scan-api.md's. Pure.

const HEAD = 28;
const ENTRY = 24;
const STATES = { 1: "good", 2: "revoked", 3: "replaced", 4: "blocked" };
const LOOKS = ["check_document", "child", "wheelchair", "vip", "upgrade_owed"];

// unpack reads what the server sent: {changes, from, epoch, entries}. It throws on anything else: half a list would turn
// guests away.
export function unpack(buffer) {
  const data = new DataView(buffer);
  if (buffer.byteLength < HEAD || data.getUint32(0) !== 0x50534c31) throw new Error("not a list");
  const count = data.getUint32(24);
  if (buffer.byteLength !== HEAD + count * ENTRY) throw new Error(`a list of ${count} entries has ${buffer.byteLength} bytes`);
  return { changes: data.getUint8(4) === 1, from: Number(data.getBigUint64(8)), epoch: Number(data.getBigUint64(16)), entries: new Uint8Array(buffer, HEAD) };
}

// merge lays changes over entries: both are sorted, the change wins.
export function merge(entries, changes) {
  const out = new Uint8Array(entries.length + changes.length);
  let [a, b, n] = [0, 0, 0];
  while (a < entries.length || b < changes.length) {
    const order = a === entries.length ? 1 : b === changes.length ? -1 : compare(entries, a, changes, b);
    const [from, at] = order < 0 ? [entries, a] : [changes, b];
    out.set(from.subarray(at, at + ENTRY), n);
    n += ENTRY;
    if (order <= 0) a += ENTRY;
    if (order >= 0) b += ENTRY;
  }
  return out.slice(0, n);
}

function compare(x, xAt, y, yAt) {
  for (let i = 0; i < 8; i++) {
    if (x[xAt + i] !== y[yAt + i]) return x[xAt + i] - y[yAt + i];
  }
  return 0;
}

// find gives the entry of a key, null where there is none.
export function find(entries, key) {
  let [low, high] = [0, entries.length / ENTRY];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compare(entries, middle * ENTRY, key, 0) < 0) low = middle + 1;
    else high = middle;
  }
  const at = low * ENTRY;
  return at < entries.length && compare(entries, at, key, 0) === 0 ? read(entries, at) : null;
}

function read(entries, at) {
  const data = new DataView(entries.buffer, entries.byteOffset + at, ENTRY);
  const flags = data.getUint16(14);
  return {
    kind: data.getUint16(8), state: STATES[data.getUint8(10)] ?? "blocked", uses: data.getUint8(11), group: Math.max(1, data.getUint8(12)),
    attention: LOOKS.filter((_, bit) => flags & (1 << bit)), from: data.getUint32(16) * 60_000, until: data.getUint32(20) * 60_000,
  };
}

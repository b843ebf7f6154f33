// A phone in a controller's hand, with its server, for the tests.
import { MemoryStore } from "./setup.mjs";
import { Gate } from "../../static/gate.js";
import { History } from "../../static/history.js";
import { Queue } from "../../static/queue.js";
import { Trouble } from "../../static/api.js";
import { Uploader } from "../../static/uploader.js";

export const door = { id: "c", direction: "both", mode: "open", policy: "free", budget_minutes: 0, budget_entries: 0, unlisted: "ask", events: ["e"] };
const known = { event: "e", name: "Cinderela", entry: { kind: 0, state: "good", uses: 0, group: 1, attention: [], from: 0, until: 0 }, kind: { use: "single", uses: 1 }, message: Uint8Array.of(2, 7) };

// phone is one in a controller's hand: its server answers as the test says, and remembers what it was sent.
export async function phone(store = new MemoryStore()) {
  const server = { up: true, scans: [], records: [], ends: [], answer: () => ({ scan: "s", outcome: "admit", reason: "ok", passage: "waiting", direction: "in" }), fail: null };
  const reach = () => {
    if (!server.up) throw new Trouble("network");
    if (server.fail) throw server.fail;
  };
  const api = {
    scan: async (body) => {
      reach();
      server.scans.push(body);
      if (server.hangs) await new Promise((release) => (server.release = release));
      if (server.lost) throw new Trouble("network");
      return server.answer(body);
    },
    override: async (scan, body) => (reach(), server.scans.push({ override: scan, ...body }), { scan: "o", outcome: "admit", reason: "ok_override", passage: "waiting", direction: "in" }),
    end: async (scan, passage) => (reach(), void server.ends.push(`${scan} ${passage}`)),
    upload: async (part) => {
      reach();
      server.records.push(...part.records.map((r) => ({ ...r, run: part.run, device: part.device })));
      if (server.cutAfter) throw new Trouble("network"); // the server has it, the phone does not know
      return { held: part.records.at(-1).seq, records: part.records.map((r) => ({ seq: r.seq, result: "stored", ...(r.asked && server.away && { open: true }) })) };
    },
  };
  const lists = { refresh: async () => reach(), find: async (_, code) => (code.startsWith("GOOD") ? [{ ...known, message: new TextEncoder().encode(code) }] : []), has: () => true, drop: async () => (lists.dropped = true), age: () => 0 };
  const clock = { at: Date.parse("2026-11-22T22:00:00Z") };
  const now = () => clock.at;
  const queue = new Queue(store);
  const history = new History(store);
  await history.load(now());
  const doubles = [];
  const uploader = new Uploader({ store, api, queue, lists, now, onChange() {}, onDouble: (id) => doubles.push(id), onSignedOut() {} });
  Object.assign(uploader, { venue: "v", device: "ana-1", door, person: "Ana Souza" });
  const gate = new Gate({ store, api, lists, queue, history, uploader, now, language: "en" });
  gate.duty = { venue: "v", door, exit: false, device: "ana-1", person: "Ana Souza" };
  await uploader.wake();
  let n = 0;
  const show = (code, more = {}) => gate.pass({ id: more.id ?? `id-${++n}`, code, ...more });
  return { server, store, gate, queue, uploader, clock, lists, show, doubles };
}

export const cut = (p) => ((p.server.up = false), p.uploader.lost());
export const back = async (p) => ((p.server.up = true), await p.uploader.wake());

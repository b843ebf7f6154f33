// What the scripts find in a browser and node lacks or has elsewhere; imported before them.
import { webcrypto } from "node:crypto";
import { readFileSync } from "node:fs";

globalThis.crypto ??= webcrypto;
if (!globalThis.navigator) Object.defineProperty(globalThis, "navigator", { value: {}, configurable: true, writable: true });
globalThis.addEventListener ??= () => {};

// Store is the phone's store in memory, with IndexedDB's manners as far as the scripts use them: requests answer later, in
// order, within one change that is all or none.
export class MemoryStore {
  drawers = { queue: new Map(), history: new Map(), kept: new Map() };
  next = 1;
  full = false;

  async change(names, act) {
    if (this.full) throw new Error("the phone's store: quota");
    return this.#run(act, (name) => this.#drawer(name), names);
  }

  changeSoon(names, act) {
    return this.change(names, act);
  }

  read(name, act) {
    return this.#run((d) => act(d[name]), (n) => this.#drawer(n), [name]);
  }

  async #run(act, open, names) {
    this.pending = [];
    const answer = act(Object.fromEntries(names.map((n) => [n, open(n)])));
    while (this.pending.length) this.pending.shift()();
    return structuredCloneIf(answer?.result);
  }

  #drawer(name) {
    const map = this.drawers[name];
    const later = (find) => {
      const request = {};
      this.pending.push(() => {
        request.result = find();
        request.onsuccess?.();
      });
      return request;
    };
    const keyOf = (v, k) => k ?? v.n;
    return {
      get: (k) => later(() => structuredCloneIf(map.get(k))),
      getAll: () => later(() => [...map.values()].map(structuredCloneIf)),
      put: (v, k) => map.set(keyOf(v, k), structuredCloneIf(v)),
      add: (v) => map.set(this.next, structuredCloneIf({ ...v, n: this.next++ })),
      delete: (k) => map.delete(k),
      openCursor: () => this.#cursor(map, later),
    };
  }

  #cursor(map, later) {
    const keys = [...map.keys()];
    const request = {};
    const go = () => {
      const key = keys.shift();
      request.result = key === undefined ? null : { value: structuredCloneIf(map.get(key)), delete: () => map.delete(key), update: (v) => map.set(key, v), continue: () => this.pending.push(go) };
      request.onsuccess?.();
    };
    this.pending.push(go);
    return request;
  }

  get(name) {
    return this.read("kept", (kept) => kept.get(name));
  }

  set(name, value) {
    return this.change(["kept"], ({ kept }) => kept.put(value, name));
  }

  drop(name) {
    return this.change(["kept"], ({ kept }) => kept.delete(name));
  }
}

// Keys of WebCrypto are not copied in every node; they cannot be changed either.
function structuredCloneIf(value) {
  return value && typeof value === "object" && !(value instanceof webcrypto.constructor) && value.algorithm === undefined ? structuredClone(value) : value;
}

export function texts(language) {
  const toml = readFileSync(new URL(`../../../../../locale/scan.${language}.toml`, import.meta.url), "utf8");
  let table = "";
  const out = {};
  for (const line of toml.split("\n")) {
    table = line.match(/^\[(.+)\]$/)?.[1] ?? table;
    const [, key, value] = line.match(/^(\w+) = (".*")$/) ?? [];
    if (key) out[`${table}.${key}`] = JSON.parse(value);
  }
  return out;
}

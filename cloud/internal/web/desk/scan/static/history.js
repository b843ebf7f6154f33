// What this phone knows of each code it has let in or out, so that it says "used" with no network. Codes are kept as keyed
// hashes, under a key that was made here and cannot be taken out: a found phone tells nobody which codes were used.

import { ticketID } from "./codes.js";

const LIFE = 14 * 24 * 3_600_000; // ms that a line is kept
const utf8 = new TextEncoder();

export class History {
  #store;
  #key;

  constructor(store) {
    this.#store = store;
  }

  async load(now) {
    this.#key = await this.#store.get("phone-key");
    if (!this.#key) {
      this.#key = await crypto.subtle.generateKey({ name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
      await this.#store.set("phone-key", this.#key);
    }
    await this.#prune(now);
  }

  // names are under what a code is kept: as it was read, and as a list knows it, since another seller's code has several
  // spellings.
  async names(code, matches) {
    const id = ticketID(code);
    const messages = [id ? Uint8Array.of(1, ...id) : Uint8Array.of(3, ...utf8.encode(code.toUpperCase())), ...matches.map((m) => m.message)];
    const names = await Promise.all(messages.map((m) => this.#name(m)));
    return [...new Set(names)];
  }

  async #name(message) {
    const hash = new Uint8Array(await crypto.subtle.sign("HMAC", this.#key, message));
    return Array.from(hash.subarray(0, 16), (b) => b.toString(16).padStart(2, "0")).join("");
  }

  // of gives the lines of a code, in the order they happened, each once.
  async of(names) {
    const found = await this.#store.read("history", (h) => gather(h, names));
    const once = new Map(found.flat().map((line) => [line.scan, line]));
    return [...once.values()].sort((a, b) => a.at - b.at);
  }

  // note is what adds a line in the transaction of whoever admits.
  note(names, line) {
    return ({ history }) => {
      for (const name of names) {
        const kept = history.get(name);
        kept.onsuccess = () => history.put([...(kept.result ?? []).filter((l) => l.scan !== line.scan), line], name);
      }
    };
  }

  // undo marks a scan as one that did not happen.
  undo(scan) {
    return this.#each((lines) => (lines.some((l) => l.scan === scan) ? lines.map((l) => (l.scan === scan ? { ...l, over: true } : l)) : lines));
  }

  #prune(now) {
    return this.#each((lines) => {
      const young = lines.filter((l) => now - l.at < LIFE);
      return young.length === lines.length ? lines : young;
    });
  }

  #each(change) {
    return this.#store.change(["history"], ({ history }) => {
      const all = history.openCursor();
      all.onsuccess = () => {
        const at = all.result;
        if (!at) return;
        const lines = change(at.value);
        if (lines.length === 0) at.delete();
        else if (lines !== at.value) at.update(lines);
        at.continue();
      };
    });
  }
}

// gather answers with what several keys hold.
function gather(drawer, names) {
  const out = { result: [] };
  for (const name of names) {
    const kept = drawer.get(name);
    kept.onsuccess = () => out.result.push(kept.result ?? []);
  }
  return out;
}

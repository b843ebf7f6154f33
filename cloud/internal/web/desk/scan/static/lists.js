// The lists that a phone keeps for the time without a network: fetched while there is one, found by keyed hashes. Their
// keys cannot be taken out of the browser again, and nothing in a list names anybody.

import { find, merge, unpack } from "./list.js";
import { readings } from "./codes.js";

const subtle = globalThis.crypto?.subtle;
const HMAC = { name: "HMAC", hash: "SHA-256" };

export class Lists {
  #store;
  #api;
  #all = null; // {venue, at, events: [{event, name, epoch, goodUntil, secret, key, kinds, issuers, entries}]}

  constructor(store, api) {
    this.#store = store;
    this.#api = api;
  }

  async load() {
    this.#all = (await this.#store.get("lists")) ?? null;
  }

  // age is how old what is kept for a venue is, ms; null = nothing is.
  age(venue, now) {
    return this.#all?.venue === venue ? now - this.#all.at : null;
  }

  // refresh fetches what has changed for a venue's door. It may throw the API's troubles; what was kept then stays.
  async refresh(venue, door, now) {
    const { events } = await this.#api.lists(venue);
    const wanted = events.filter((e) => !door.events?.length || door.events.includes(e.event));
    const before = this.#all?.venue === venue ? this.#all.events : [];
    const after = [];
    for (const e of wanted) after.push(await this.#renew(venue, before.find((b) => b.event === e.event), e));
    this.#all = { venue, at: now, events: after };
    await this.#store.set("lists", this.#all);
  }

  async #renew(venue, kept, { event, name, epoch, good_until: goodUntil, secret, kinds, issuers }) {
    const mark = await fingerprint(secret);
    const told = { event, name, goodUntil: Date.parse(goodUntil) || 0, kinds, issuers, mark };
    const same = kept?.mark === mark;
    if (same && kept.epoch === epoch) return { ...kept, ...told };
    const key = same ? kept.key : await subtle.importKey("raw", unbase64(secret), HMAC, false, ["sign"]);
    let got = unpack(await this.#api.list(venue, event, same ? kept.epoch : 0));
    if (got.changes && got.from !== kept?.epoch) got = unpack(await this.#api.list(venue, event, 0));
    return { ...told, epoch: got.epoch, key, entries: got.changes ? merge(kept.entries, got.entries) : got.entries.slice() };
  }

  // find gives every list's entry of a code: [{event, name, entry, kind, goodUntil}].
  async find(venue, code) {
    const matches = [];
    for (const list of this.#all?.venue === venue ? this.#all.events : []) {
      for (const message of readings(code, list.issuers ?? [])) {
        const hash = new Uint8Array(await subtle.sign("HMAC", list.key, message));
        const entry = find(list.entries, hash.subarray(0, 8));
        if (entry) matches.push({ event: list.event, name: list.name, entry, kind: list.kinds.find((k) => k.number === entry.kind), goodUntil: list.goodUntil, message });
      }
    }
    return matches;
  }

  has(venue) {
    return this.#all?.venue === venue && this.#all.events.length > 0;
  }

  // drop takes the lists off the phone: at signing out, and when the server says that this person may not scan.
  async drop() {
    this.#all = null;
    await this.#store.drop("lists");
  }
}

async function fingerprint(secret) {
  const sum = new Uint8Array(await subtle.digest("SHA-256", new TextEncoder().encode(`portaria ${secret}`)));
  return sum.subarray(0, 8).join("-");
}

function unbase64(text) {
  return Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
}

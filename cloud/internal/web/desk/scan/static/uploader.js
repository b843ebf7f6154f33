// Brings what the phone did alone to the server, in order, and says whether the server may be asked: only when it has
// everything. It knows the network by trying, not by what the browser believes.

import { Trouble } from "./api.js";

const BEAT = 5000; // ms between tries, and between looks at what is due
const LONGEST = 30_000; // ms that a page waits for an answer, all tries together, and more
const PAGE = "portaria-scan-page"; // a lock
const FRESH = 30_000; // ms between refreshes of the lists while all is well

export class Uploader {
  #beating = null;
  #again = false;
  #lock = Promise.resolve();
  #begun = null;

  // parts: {store, api, queue, lists, now, onChange, onDouble, onSignedOut}
  constructor(parts) {
    Object.assign(this, parts);
    Object.assign(this, { up: false, tried: false, sending: false, signedOut: false, waiting: 0, venue: null, device: null, door: null, person: null, refreshed: 0 });
  }

  // clear: the server holds everything that this device did at this venue.
  get clear() {
    return this.up && !this.signedOut && this.waiting === 0;
  }

  start() {
    this.#begun = this.#inherit();
    setInterval(() => this.wake(), BEAT);
    addEventListener("online", () => this.wake());
    addEventListener("offline", () => this.lost());
    this.wake();
  }

  // inherit gives up what the page before was asking about when it ended; not while another window may still hear the answer.
  // That window may be the page before, of which the browser has not yet noticed that it is gone: then this one is next.
  #inherit() {
    return new Promise((begun) => {
      const ours = async () => {
        await this.queue.sweep(Infinity).catch(console.error);
        begun();
        this.wake();
        await new Promise(() => {}); // until the page ends
      };
      const others = () => (begun(), void navigator.locks.request(PAGE, ours));
      if (!navigator.locks) return begun();
      navigator.locks.request(PAGE, { ifAvailable: true }, (lock) => (lock ? ours() : others()));
    });
  }

  at({ venue, device, door, person }) {
    Object.assign(this, { venue, device, door, person, refreshed: 0, tried: false });
    this.wake();
  }

  lost() {
    this.up = false;
    this.onChange();
  }

  // wake does what there is to do, one round at a time; a round that was asked for meanwhile follows. It returns when
  // all is done that could be.
  wake() {
    this.#again = true;
    this.#beating ??= this.#rounds().finally(() => (this.#beating = null));
    return this.#beating;
  }

  async #rounds() {
    while (this.#again) {
      this.#again = false;
      await this.#round();
    }
  }

  async #round() {
    if (!this.door) return; // nobody is at a door yet: what may be sent, and whether the server is there, is not known
    try {
      await this.#begun;
      await this.queue.sweep(this.now() - LONGEST);
      await this.#count();
      if (navigator.onLine === false) throw new Trouble("network");
      await this.#ends();
      await this.#records();
      await this.#untold();
      await this.#refresh();
      this.up = true;
      this.signedOut = false;
    } catch (e) {
      if (!(e instanceof Trouble)) console.error(e);
      this.#failed(e.kind);
    }
    this.tried = true;
    await this.#count().catch(console.error);
    this.onChange();
  }

  // refused is what a scan met: nobody is signed in, or may not scan here. Only the server can say that it is over.
  refused(kind) {
    this.refreshed = 0;
    this.#failed(kind);
  }

  #failed(kind) {
    if (kind === "network") this.up = false;
    if (kind === "signed_out" && !this.signedOut) this.onSignedOut();
    if (kind === "signed_out") this.signedOut = true;
    if (kind === "signed_out" || kind === "may_not") this.lists.drop().catch(console.error);
  }

  async #count() {
    const all = [...(await this.queue.all()), ...(await this.queue.untold())];
    this.waiting = all.filter((r) => r.device === this.device && r.venue === this.venue).length;
  }

  // The ends of admissions. An arbiter that is away hears of them later; what this phone did alone is not kept waiting for it.
  async #ends() {
    try {
      for (const end of await this.queue.ends()) {
        if (end.due <= this.now()) await this.#exclusively(() => this.#end(end));
      }
    } catch (e) {
      if (!["away", "starting"].includes(e.kind)) throw e;
    }
  }

  async #end(end) {
    try {
      await this.api.end(end.scan, end.passage);
    } catch (e) {
      if (!["over", "no_door", "fault", "may_not"].includes(e.kind)) throw e;
    }
    await this.queue.dropEnd(end.scan);
  }

  // Records of this door first, then those that the same person made elsewhere. What somebody else did waits for them: it
  // must not be written under another's name.
  async #records() {
    for (let next = await this.queue.next(this.venue, this.device); next; next = await this.queue.next(this.venue, this.device)) {
      await this.#upload(next);
    }
    const tried = new Set([`${this.venue} ${this.device}`]);
    for (const { venue, device, person } of await this.queue.all()) {
      if (person !== this.person || tried.has(`${venue} ${device}`)) continue;
      tried.add(`${venue} ${device}`);
      await this.#elsewhere(venue, device);
    }
  }

  async #elsewhere(venue, device) {
    try {
      for (let next = await this.queue.next(venue, device); next; next = await this.queue.next(venue, device)) await this.#upload(next);
    } catch (e) {
      if (!["taken", "no_door", "may_not", "fault"].includes(e.kind)) throw e;
    }
  }

  async #upload(part) {
    this.sending = true;
    this.onChange();
    try {
      await this.#exclusively(async () => {
        const answer = await this.api.upload(part);
        if (answer.records.some((r) => r.result === "gap")) await this.queue.renumber(part);
        else await this.queue.settle(part, answer);
        for (const r of answer.records.filter((x) => x.double)) this.onDouble(part.records.find((x) => x.seq === r.seq).id);
      });
    } finally {
      this.sending = false;
    }
    await this.#count();
  }

  // What the server holds, and its arbiter could not be told: the same records again, until it has heard.
  async #untold() {
    for (const { person, record, ...of } of await this.queue.untold()) {
      if (person !== this.person) continue;
      const answer = await this.#exclusively(() => this.#uploadAgain({ ...of, records: [record] }));
      if (answer?.open) return;
      if (answer?.result === "gap") await this.queue.add({ venue: of.venue, device: of.device, person, ...record });
      await this.queue.told({ ...of, record });
    }
  }

  async #uploadAgain(part) {
    try {
      return (await this.api.upload(part)).records[0];
    } catch (e) {
      if (!["taken", "no_door", "fault"].includes(e.kind)) throw e;
    }
  }

  // One page at a time sends, and nothing is mended while it is on its way. Other windows of the same phone wait too.
  #exclusively(act) {
    const turn = this.#lock.then(() => (navigator.locks ? navigator.locks.request("portaria-scan-queue", act) : act()));
    this.#lock = turn.catch(() => {});
    return turn;
  }

  mend(id, change) {
    return this.#exclusively(() => this.queue.mend(id, change));
  }

  // Fetching the lists is also how the network is known to be there.
  async #refresh() {
    if (this.up && !this.signedOut && this.now() - this.refreshed < FRESH) return;
    await this.lists.refresh(this.venue, this.door, this.now());
    this.refreshed = this.now();
    await this.store.set("alone", { since: this.refreshed, entries: 0 });
  }

  // alone is since when, and how often, this phone has decided by itself. It is kept: closing the page renews no budget.
  async alone() {
    return (await this.store.get("alone")) ?? { since: 0, entries: 0 };
  }
}

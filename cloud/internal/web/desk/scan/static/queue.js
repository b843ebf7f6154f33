// Scans that the server has not taken yet, in the order they happened. What is added is on the disk before anybody is let
// in; what is removed the server holds. Runs and numbers are the API's: a run begins when a device's queue is empty, and
// its records are numbered without gaps, so that the server sees a gap and a doubled upload.

const ENDS = "ends"; // passages to be told, by scan
const BATCH = 100;

export class Queue {
  #store;

  constructor(store) {
    this.#store = store;
  }

  // add keeps a record of a device, {venue, device, person, ...record}, with what else must be on the disk with it.
  async add({ venue, device, person, ...record }, also = () => {}) {
    await this.#store.change(["queue", "history", "kept"], (drawers) => {
      const all = drawers.queue.getAll();
      all.onsuccess = () => {
        const same = all.result.filter((r) => r.venue === venue && r.device === device);
        const last = same.at(-1) ?? { run: newRun(), record: { seq: 0 } };
        drawers.queue.add({ venue, device, person, run: last.run, record: { seq: last.record.seq + 1, ...record } });
      };
      also(drawers);
    });
  }

  all() {
    return this.#store.read("queue", (queue) => queue.getAll());
  }

  // next is the oldest run of a device at a venue, as it is uploaded, null when there is none: {venue, device, run, records}.
  async next(venue, device) {
    const all = (await this.all()).filter((r) => r.venue === venue && r.device === device);
    if (all.length === 0) return null;
    const { run } = all[0];
    return { venue, device, run, records: all.filter((r) => r.run === run).slice(0, BATCH).map((r) => r.record) };
  }

  // settle forgets what the server holds of a run. What it refuses for good is set aside where people see it, not lost.
  async settle({ venue, device, run, records }, answer) {
    const refused = answer.records.filter((r) => r.result === "refused");
    await this.#store.change(["queue", "kept"], ({ queue, kept }) => {
      const all = queue.openCursor();
      all.onsuccess = () => {
        const at = all.result;
        if (!at) return;
        const { record, ...of } = at.value;
        if (of.venue === venue && of.device === device && of.run === run && record.seq <= answer.held) at.delete();
        at.continue();
      };
      setAside(kept, refused, records);
    });
  }

  // renumber begins a new run with what is left of one: the server misses records before it that this phone has no more.
  // Their ids stay, so nothing is stored twice.
  renumber({ venue, device }) {
    const run = newRun();
    return this.#store.change(["queue"], ({ queue }) => {
      const all = queue.getAll();
      all.onsuccess = () => {
        const same = all.result.filter((r) => r.venue === venue && r.device === device);
        same.forEach((r, i) => queue.put({ ...r, run, record: { ...r.record, seq: i + 1 } }));
      };
    });
  }

  // mend changes a record that was not sent yet: the guest did turn round. It says whether it was there.
  mend(id, change) {
    return this.#store.change(["queue"], ({ queue }) => {
      const all = queue.getAll();
      const found = { result: false };
      all.onsuccess = () => {
        const kept = all.result.find((r) => r.record.id === id);
        if (!kept) return;
        Object.assign(kept.record, change);
        queue.put(kept);
        found.result = true;
      };
      return found;
    });
  }

  // The passages of admissions that the server gave: told later, so that a guest who turns round costs nobody a ticket.
  async ends() {
    return (await this.#store.get(ENDS)) ?? [];
  }

  keepEnd(end) {
    return this.#changeEnds((ends) => [...ends.filter((e) => e.scan !== end.scan), end]);
  }

  dropEnd(scan) {
    return this.#changeEnds((ends) => ends.filter((e) => e.scan !== scan));
  }

  #changeEnds(change) {
    return this.#store.change(["kept"], ({ kept }) => {
      const ends = kept.get(ENDS);
      ends.onsuccess = () => kept.put(change(ends.result ?? []), ENDS);
    });
  }
}

function setAside(kept, refused, records) {
  if (refused.length === 0) return;
  const aside = kept.get("aside");
  aside.onsuccess = () => {
    const more = refused.map((r) => ({ ...records.find((x) => x.seq === r.seq), why: r.why }));
    kept.put([...(aside.result ?? []), ...more].slice(-200), "aside");
  };
}

function newRun() {
  return Array.from(crypto.getRandomValues(new Uint8Array(4)), (b) => b.toString(16).padStart(2, "0")).join("");
}

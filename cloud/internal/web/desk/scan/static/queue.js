// Scans that the server has not taken yet, in the order they happened. What is added is on the disk before anybody is let
// in; what is removed the server holds. Runs and numbers are the API's: a run begins when a device's queue is empty, and
// its records are numbered without gaps, so that the server sees a gap and a doubled upload.

const ENDS = "ends"; // passages to be told, by scan
const ASKED = "asked"; // scans that the server is being asked about
const OPEN = "open"; // records that the server holds, and whose scan it could not take back yet
const BATCH = 100;

export class Queue {
  #store;
  #asking = new Set(); // ids that this page waits for

  constructor(store) {
    this.#store = store;
  }

  // add keeps a record of a device, {venue, device, person, ...record}, with what else must be on the disk with it.
  async add(entry, also = () => {}) {
    await this.#store.change(["queue", "history", "kept"], (drawers) => {
      put(drawers.queue, [entry]);
      alter(drawers.kept, ASKED, (asked) => asked.filter((a) => a.id !== entry.id));
      also(drawers);
    });
  }

  // ask keeps that the server will be asked about a scan, {venue, device, person, ...record}, and says whether it could. Should
  // the page end before the answer, the server may let in somebody who was shown nothing: then sweep gives the scan up.
  async ask(entry) {
    this.#asking.add(entry.id);
    try {
      await this.#store.changeSoon(["kept"], ({ kept }) => alter(kept, ASKED, (asked) => [...asked, entry]));
      return true;
    } catch (e) {
      console.error(e);
      return false;
    }
  }

  // answered: an answer is here, with a passage to be told or none. It says whether the scan was still this page's:
  // another window may have given it up, and then it lets nobody in.
  answered(id, end) {
    return this.#store.change(["kept"], ({ kept }) => {
      const mine = { result: false };
      alter(kept, ASKED, (asked) => {
        const rest = asked.filter((a) => a.id !== id);
        mine.result = rest.length < asked.length;
        if (mine.result && end) alter(kept, ENDS, (ends) => withEnd(ends, end));
        return rest;
      });
      return mine;
    });
  }

  // release: this page waits for a scan no more.
  release(id) {
    this.#asking.delete(id);
  }

  // sweep gives up what pages asked about before a time, in ms, and never had an answer to.
  sweep(before) {
    return this.#store.change(["queue", "kept"], ({ queue, kept }) => {
      alter(kept, ASKED, (asked) => {
        const lost = asked.filter((a) => Date.parse(a.at) < before && !this.#asking.has(a.id));
        if (lost.length) put(queue, lost.map((a) => ({ ...a, decided: "none", asked: true })));
        return asked.filter((a) => !lost.includes(a));
      });
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

  // settle forgets what the server holds of a run. What it refuses for good is set aside where people see it, not lost; what
  // its arbiter has not heard of yet stays until it has.
  async settle({ venue, device, run, records }, answer) {
    const refused = answer.records.filter((r) => r.result === "refused");
    const open = new Set(answer.records.filter((r) => r.open).map((r) => r.seq));
    await this.#store.change(["queue", "kept"], ({ queue, kept }) => {
      const untold = [];
      const all = queue.openCursor();
      all.onsuccess = () => {
        const at = all.result;
        if (!at) return untold.length && alter(kept, OPEN, (of) => [...of, ...untold]);
        const { record, person, ...of } = at.value;
        if (of.venue === venue && of.device === device && of.run === run && record.seq <= answer.held) {
          if (open.has(record.seq)) untold.push({ venue, device, person, run, record });
          at.delete();
        }
        at.continue();
      };
      setAside(kept, refused, records);
    });
  }

  // untold are the records that settle kept, {venue, device, person, run, record}.
  async untold() {
    return (await this.#store.get(OPEN)) ?? [];
  }

  told({ run, record }) {
    return this.#store.change(["kept"], ({ kept }) => alter(kept, OPEN, (of) => of.filter((o) => o.run !== run || o.record.seq !== record.seq)));
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
    return this.#store.change(["kept"], ({ kept }) => alter(kept, ENDS, (ends) => withEnd(ends, end)));
  }

  dropEnd(scan) {
    return this.#store.change(["kept"], ({ kept }) => alter(kept, ENDS, (ends) => ends.filter((e) => e.scan !== scan)));
  }
}

function withEnd(ends, end) {
  return [...ends.filter((e) => e.scan !== end.scan), end];
}

// alter changes one of the kept lists. A list that stays as it is is not written.
function alter(kept, name, change) {
  const asking = kept.get(name);
  asking.onsuccess = () => {
    const list = asking.result ?? [];
    const next = change(list);
    if (next.length !== list.length || next.some((x, i) => x !== list[i])) kept.put(next, name);
  };
}

// put numbers records within their device's run, and adds them.
function put(queue, entries) {
  const all = queue.getAll();
  all.onsuccess = () => {
    const kept = all.result;
    for (const { venue, device, person, ...record } of entries) {
      const last = kept.filter((r) => r.venue === venue && r.device === device).at(-1) ?? { run: newRun(), record: { seq: 0 } };
      const next = { venue, device, person, run: last.run, record: { seq: last.record.seq + 1, ...record } };
      queue.add(next);
      kept.push(next);
    }
  };
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

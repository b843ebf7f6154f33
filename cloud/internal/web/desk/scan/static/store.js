// What the phone keeps: IndexedDB, three drawers. It survives reloads, new versions of the page and a flat battery.
//
//   queue    scans that the server has not taken yet, in the order they happened
//   history  what this phone knows of each right, for judging offline
//   kept     settings and the list, by name
//
// A new version only adds drawers. It must never throw one away: unsent scans are in them.

const VERSION = 1;

export function openStore(name = "portaria-scan") {
  return new Promise((resolve, reject) => {
    const asking = indexedDB.open(name, VERSION);
    asking.onupgradeneeded = () => {
      const drawers = { queue: { keyPath: "n", autoIncrement: true }, history: undefined, kept: undefined };
      for (const [drawer, options] of Object.entries(drawers)) {
        if (!asking.result.objectStoreNames.contains(drawer)) asking.result.createObjectStore(drawer, options);
      }
    };
    asking.onsuccess = () => resolve(new Store(asking.result));
    asking.onerror = () => reject(new Error(`open the phone's store: ${asking.error?.message}`));
  });
}

export class Store {
  #db;

  constructor(db) {
    this.#db = db;
    db.onversionchange = () => db.close(); // a newer page is opening it: do not stand in its way
  }

  // change does several things at once, all or none, and returns when they are on the disk. act gets the drawers by
  // name and may return a request whose result is the answer.
  change(drawers, act) {
    return this.#run(drawers, "readwrite", act);
  }

  // changeSoon is change that returns once the browser has it: that outlives the page, but not a battery that is empty in
  // the same second. It is quicker by the time a disk takes.
  changeSoon(drawers, act) {
    return this.#run(drawers, "readwrite", act, "relaxed");
  }

  read(drawer, act) {
    return this.#run([drawer], "readonly", (d) => act(d[drawer]));
  }

  #run(drawers, mode, act, durability = "strict") {
    return new Promise((resolve, reject) => {
      const tx = this.#db.transaction(drawers, mode, { durability });
      let answer;
      tx.oncomplete = () => resolve(answer?.result);
      tx.onabort = tx.onerror = () => reject(new Error(`the phone's store: ${tx.error?.message ?? "interrupted"}`));
      answer = act(Object.fromEntries(drawers.map((d) => [d, tx.objectStore(d)])));
    });
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

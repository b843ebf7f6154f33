// The last scans of this phone, for a controller who looks back: what was said, and what became of it. No code is kept.

const KEPT = 20;

export class Past {
  #store;
  #rows = [];

  constructor(store) {
    this.#store = store;
  }

  async load() {
    this.#rows = (await this.#store.get("past")) ?? [];
  }

  get rows() {
    return this.#rows;
  }

  // add takes {id, at, mood, word, detail, admitted, alone}.
  async add(row) {
    this.#rows = [row, ...this.#rows].slice(0, KEPT);
    await this.#keep();
  }

  async mark(id, state) {
    this.#rows = this.#rows.map((r) => (r.id === id ? { ...r, state } : r));
    await this.#keep();
  }

  async clear() {
    this.#rows = [];
    await this.#keep();
  }

  #keep() {
    return this.#store.set("past", this.#rows);
  }
}

// Who is at which door: chosen once, remembered on the phone, and compared with what the server says at every start.

import { api, Trouble } from "./api.js";

export class Duty {
  #store;
  venues = [];
  person = "";
  canOverride = false;
  known = false; // the doors came from the server, now or before

  constructor(store) {
    this.#store = store;
  }

  async load() {
    this.#take((await this.#store.get("doors")) ?? null);
  }

  #take(doors) {
    if (!doors) return;
    [this.venues, this.person, this.canOverride, this.known] = [doors.venues, doors.person, doors.can_override, true];
  }

  // refresh asks the server which doors there are. It throws the API's troubles; what was known stays but where this
  // person may not scan any more.
  async refresh() {
    try {
      const doors = await api.doors();
      this.#take(doors);
      await this.#store.set("doors", doors);
    } catch (e) {
      if (e instanceof Trouble && e.kind === "may_not") await this.forget();
      throw e;
    }
  }

  async forget() {
    [this.venues, this.known] = [[], false];
    await this.#store.drop("doors");
  }

  // find gives a venue and a door by id, null when this person has it no more.
  find(id) {
    for (const venue of this.venues) {
      const door = venue.checkpoints.find((c) => c.id === id);
      if (door) return { venue, door };
    }
    return null;
  }

  // chosen is the door and the way of last time.
  async chosen() {
    const last = await this.#store.get("door");
    const found = last && this.find(last.door);
    return found ? { ...found, exit: exitOf(found.door, last.exit) } : null;
  }

  choose(door, exit) {
    return this.#store.set("door", { door, exit });
  }

  // device is this phone's name for the person: the server lets nobody else write under it.
  async device(another = false) {
    const names = (await this.#store.get("devices")) ?? {};
    if (!names[this.person] || another) {
      names[this.person] = deviceName(this.person);
      await this.#store.set("devices", names);
    }
    return names[this.person];
  }
}

export function exitOf(door, wish) {
  return door.direction === "out" || (door.direction === "both" && Boolean(wish));
}

// deviceName is short, tells people whose phone it is, and is nobody else's.
export function deviceName(person) {
  const first = person.normalize("NFD").toLowerCase().match(/[a-z]+/)?.[0].slice(0, 12) ?? "phone";
  const letters = "abcdefghijkmnpqrstuvwxyz23456789";
  const end = Array.from(crypto.getRandomValues(new Uint8Array(8)), (b) => letters[b % letters.length]).join("");
  return `${first}-${end}`;
}

// The face of the page on which a door is chosen: once, and then remembered.

import { at, button, element, stageTo, write } from "./screen.js";
import { exitOf } from "./duty.js";

export class Doors {
  #page;
  #work;
  #choosing = false; // somebody wants another door

  // work is called when there is a door to work at; page.gate.duty says which.
  constructor(page, work) {
    this.#page = page;
    this.#work = work;
  }

  // begin goes on at the door of last time, with or without a network, and asks the server meanwhile.
  async begin() {
    const chosen = await this.#page.duty.chosen();
    if (chosen) await this.take(chosen);
    else this.show("loading");
    await this.refresh();
  }

  // refresh asks for the doors anew, and follows: the mode of this one may have changed, or it is not this person's any more.
  async refresh() {
    const { duty, gate } = this.#page;
    let trouble = "";
    try {
      await duty.refresh();
    } catch (e) {
      trouble = e.kind ?? "fault";
    }
    const chosen = await duty.chosen();
    if (this.#choosing || trouble === "signed_out") return this.show(trouble);
    if (!gate.duty || !chosen) return chosen && !gate.duty ? this.take(chosen) : this.show(trouble);
    if (gate.duty.person !== duty.person) return this.take(chosen); // somebody else has signed in
    gate.duty.door = chosen.door;
    gate.duty.canOverride = duty.canOverride;
    this.#named();
  }

  async take({ venue, door, exit }) {
    const { duty, gate } = this.#page;
    this.#choosing = false;
    gate.duty = { venue: venue.id, door, exit: exitOf(door, exit), device: await duty.device(), person: duty.person, canOverride: duty.canOverride };
    await duty.choose(door.id, gate.duty.exit);
    this.#named();
    this.#work();
  }

  // named says in the bar which door this is, which way, and what is unusual about it.
  #named() {
    const { words, gate } = this.#page;
    const { door, exit } = gate.duty;
    write("door", door.name);
    write("way", [words.text(exit ? "way.out" : "way.in"), words.find(`way.${door.mode}`)].filter(Boolean).join(" · "));
  }

  // choose lets another door be chosen.
  choose() {
    this.#choosing = true;
    this.show();
    return this.refresh();
  }

  // turn changes the way of a door that is for both.
  turn() {
    const { gate, duty } = this.#page;
    const found = duty.find(gate.duty.door.id);
    return this.take({ ...found, exit: !gate.duty.exit });
  }

  show(trouble = "") {
    const { duty, words, queue } = this.#page;
    this.#page.gate.duty = null;
    this.#page.reader.stop();
    stageTo("choose");
    const say = { loading: "loading", network: duty.known ? "" : "offline", signed_out: "signed_out" }[trouble] ?? (trouble ? "failed" : duty.venues.length ? "" : "none");
    write("choose-say", say ? words.text(`choose.${say}`) : "");
    at("doors").replaceChildren(...(trouble === "signed_out" ? [this.#signIn()] : this.#list()));
    if (trouble && trouble !== "loading" && trouble !== "signed_out") at("doors").append(button(words.text("choose.again"), "", () => this.refresh()));
    queue.all().then((kept) => {
      if (trouble === "signed_out" && kept.length) at("doors").append(element("p", words.text("choose.sign_in_kept", { n: words.number(kept.length) })));
    });
  }

  #signIn() {
    const a = element("a", this.#page.words.text("choose.sign_in"));
    a.href = "/login?to=/scan";
    a.className = "go";
    return a;
  }

  #list() {
    return this.#page.duty.venues.flatMap((venue) => [element("h3", venue.name), ...venue.checkpoints.map((door) => this.#one(venue, door))]);
  }

  #one(venue, door) {
    const { words } = this.#page;
    const events = venue.events.filter((e) => door.events?.includes(e.id)).map((e) => e.name);
    const way = door.direction === "both" ? [words.text("way.in"), words.text("way.out")].join(" / ") : words.text(`way.${door.direction}`);
    const b = button(door.name, [way, ...events].join(" · "), () => this.take({ venue, door, exit: false }));
    b.dataset.door = door.id;
    return b;
  }
}

// Brings new versions of the page onto the phone, and lets each take over between two guests.

const WORKER = "/scan/worker.js";
const LOOK = 30 * 60_000; // ms between looks for a new version; browsers look at each opening as well
const SOONEST = 5000; // ms after which a version that did not arrive whole is fetched again, each time after twice as long
const LATEST = 5 * 60_000;
const RELOAD = 20_000; // ms after which a reload that did not come is asked for again

// Browsers start a new version only while the old one has no request in hand, so a try must not keep step with the
// uploader's beat: the two would meet every time.
const TRY = 1300; // ms

export class Versions {
  #registration = null;
  #had = false; // a version of the page was here before the one that takes over next
  #stale = false; // this page's version is no longer the phone's
  #asked = -Infinity;
  #wait = SOONEST;
  #next;

  // parts: {workers: the browser's, atRest(), reload(), now()}
  constructor(parts) {
    Object.assign(this, parts);
  }

  begin() {
    // The first worker takes over the page that installed it, which is its own version; every later one is another.
    this.#had = Boolean(this.workers.controller);
    this.workers.addEventListener("controllerchange", () => this.#changed());
    setInterval(() => this.#turn(), TRY);
    return this.look();
  }

  // look asks for the newest version. To register again is needed where the very first did not arrive: the browser then
  // knows of none.
  async look() {
    this.#in(LOOK);
    const opening = !this.#registration;
    try {
      this.#watch(await this.workers.register(WORKER, { scope: "/scan" }));
      if (!opening) await this.#registration.update();
    } catch (e) {
      if (e.name === "SecurityError") return console.error(e); // private browsing: the page works, and not without a network
      this.#again();
    }
  }

  #in(wait) {
    clearTimeout(this.#next);
    this.#next = setTimeout(() => this.look(), wait);
  }

  // again: one file that did not come must not leave a phone without the page in a cellar.
  #again() {
    this.#in(this.#wait);
    this.#wait = Math.min(2 * this.#wait, LATEST);
  }

  #watch(registration) {
    if (registration === this.#registration) return;
    this.#registration = registration;
    if (registration.active) this.#had = true; // a page loaded past its worker, as browsers do when asked to
    registration.addEventListener("updatefound", () => this.#follow(registration.installing));
    if (registration.installing) this.#follow(registration.installing);
    else if (!registration.waiting && !registration.active) this.#again();
  }

  #follow(worker) {
    let whole = false;
    worker?.addEventListener("statechange", () => {
      whole ||= worker.state === "installed";
      if (whole) this.#wait = SOONEST;
      else if (worker.state === "redundant") this.#again();
    });
  }

  #changed() {
    this.#stale = this.#had;
    this.#had = true;
    this.#turn();
  }

  // turn goes on with what is under way once nothing is in the page's hands. Unsent scans are in the phone's store, which
  // every version reads.
  #turn() {
    if (!this.atRest()) return;
    if (!this.#stale) return this.#registration?.waiting?.postMessage("take over");
    if (this.now() - this.#asked < RELOAD) return; // a second reload would begin the first anew
    this.#asked = this.now();
    this.reload();
  }
}

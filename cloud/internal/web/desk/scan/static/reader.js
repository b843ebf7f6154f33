// Camera and decoder together: gives each new code once, and says in plain words why it cannot.

import { Camera } from "./camera.js";
import { makeDecoder } from "./decoder.js";
import { nameOf } from "./codes.js";
import { Sight, nearest } from "./sight.js";

const HINTS = { NotAllowedError: "denied", SecurityError: "denied", NotFoundError: "missing", OverconstrainedError: "missing", NotReadableError: "taken", AbortError: "taken" };

export class Reader {
  #camera;
  #sight = new Sight();
  #decoder = null;
  #looping = false;

  // parts: {video, onCode(text), onHint(name)}
  constructor(parts) {
    Object.assign(this, parts);
    this.#camera = new Camera(parts.video, () => parts.onHint("broken"));
  }

  get name() {
    return this.#decoder?.name ?? "";
  }

  get hasLight() {
    return this.#camera.hasLight;
  }

  // start may be called again at any time: after a refusal was taken back, or when another app has given the camera up.
  async start() {
    if (!navigator.mediaDevices?.getUserMedia) return this.onHint(isSecureContext ? "missing" : "insecure");
    this.onHint("starting");
    try {
      await this.#camera.start();
    } catch (e) {
      return this.onHint(HINTS[e.name] ?? "broken");
    }
    this.onHint("rest");
    this.#loop();
  }

  async turn() {
    if (this.#camera.on) await this.#camera.switch().catch((e) => this.onHint(HINTS[e.name] ?? "broken"));
    else await this.start();
  }

  light(on) {
    return this.#camera.light(on);
  }

  // unread lets the code that was given last be given again.
  unread() {
    this.#sight.unread();
  }

  // stop gives the camera up: another face of the page is seen, or none.
  stop() {
    this.#camera.stop();
  }

  async #loop() {
    if (this.#looping) return;
    this.#looping = true;
    try {
      this.#decoder ??= await makeDecoder();
      await this.#camera.frames((video) => this.#look(video), () => this.onHint("reader"), () => false);
    } catch {
      this.onHint("reader");
    }
    this.#looping = false;
  }

  async #look(video) {
    const { found, width, height } = await this.#decoder.find(video);
    const code = nearest(found, width, height);
    if (this.#sight.look(nameOf(code), performance.now())) this.onCode(code);
  }
}

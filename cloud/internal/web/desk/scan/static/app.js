// The page at work: codes go through the machine, its effects are carried out, and the screen follows.

import { rest, step } from "./machine.js";
import { moodOf, view } from "./answer.js";
import { at, dialogOpen, show, showRest, showWait } from "./screen.js";
import { tell } from "./sense.js";

export class App {
  #state = rest;

  // parts: {words, gate, reader, past, settings, now, onCounted}
  constructor(parts) {
    Object.assign(this, parts);
    setInterval(() => at("say").hidden || dialogOpen() || this.input({ do: "tick" }), 250); // a supervisor may take their time
  }

  get state() {
    return this.#state;
  }

  // busy: a guest is being asked about, or an answer is seen: no time for a new version or another door.
  get busy() {
    return this.#state.at !== "rest";
  }

  // read takes a code. Behind an open dialog the camera reads nothing: a green that nobody sees lets nobody in.
  read(code, typed = false) {
    if (!typed && dialogOpen()) return this.reader.unread();
    this.input({ do: "read", id: crypto.randomUUID(), code, typed });
  }

  input(input) {
    const [state, effects] = step(this.#state, input, this.now());
    const changed = state !== this.#state;
    this.#state = state;
    if (changed) this.#draw();
    for (const effect of effects) this.#carryOut(effect);
  }

  #carryOut(effect) {
    if (effect.do === "ask") this.#ask(effect.scan);
    if (effect.do === "tell") tell(effect.mood, this.settings.quiet);
    if (effect.do === "unread") this.reader.unread();
    if (effect.do === "undo") this.undo(effect.scan.id);
  }

  #draw() {
    if (this.#state.at === "rest") showRest();
    if (this.#state.at === "wait") showWait(this.words);
    if (this.#state.at === "shown") show(this.#view(this.#state.answer));
  }

  // A supervisor's button is for those who are one.
  #view(answer) {
    const seen = view(answer, this.words, this.now());
    return { ...seen, acts: { ...seen.acts, supervise: seen.acts.supervise && this.gate.duty?.canOverride } };
  }

  async #ask(scan) {
    const answer = await this.gate.pass(scan);
    this.input({ do: "answer", id: scan.id, answer });
    if (!answer.notice) await this.#remember(scan, answer).catch(console.error);
  }

  async #remember(scan, answer) {
    const at = this.now();
    const { word, guest, why } = view(answer, this.words, at);
    await this.past.add({ id: scan.id, at, mood: moodOf(answer), word, detail: guest.replace("\n", " · ") || why, admitted: answer.admit && !answer.drill, alone: Boolean(answer.offline) });
    if (answer.admit && !answer.drill) await this.onCounted(1);
  }

  // undo frees the ticket of a guest who did not go in, and says whether it could.
  async undo(id) {
    const done = await this.gate.undo(id);
    if (done) {
      await this.past.mark(id, "undone");
      await this.onCounted(-1);
    } else if (this.#state.at === "shown" && this.#state.answer.notice === "undone") {
      this.#state = { ...this.#state, answer: { admit: false, notice: "not_undone" } };
      this.#draw();
    }
    return done;
  }

  // show puts a notice on the screen, such as the test's.
  notice(name, mood) {
    if (this.#state.at === "wait") return;
    this.#state = { at: "shown", scan: { id: "", code: "", typed: true }, answer: { notice: name }, since: this.now() };
    this.#draw();
    tell(mood, this.settings.quiet);
  }
}

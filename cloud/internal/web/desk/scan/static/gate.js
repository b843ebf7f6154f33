// Who says whether a guest may come in: the arbiter behind the scan API, or this phone while nobody answers. Nothing is shown
// as admitted before the server or this phone's disk has it.

import { Trouble } from "./api.js";
import { fromServer } from "./reply.js";
import { judge } from "./judge.js";
import { clean, ticketID } from "./codes.js";

const PATIENCE = 3000; // ms a guest waits for the network
export const TURN = 60_000; // ms in which somebody who was admitted may still turn round
const LONGEST = 1024; // bytes of a code
const AWAY = 5000; // ms before an arbiter that is away is asked again

// What keeps a phone from an answer though the network is there; the guest waits, and the controller is told.
const NOTICES = { signed_out: "signed_out", may_not: "may_not", slow: "slow", no_door: "may_not", taken: "failed", fault: "failed", over: "failed" };

export class Gate {
  // parts: {store, api, lists, queue, history, uploader, now, language}; duty: who is at which door, {venue, door, exit, device, person}
  constructor(parts) {
    Object.assign(this, parts);
    this.duty = null;
    this.awayUntil = 0;
    this.undone = null; // an undoing on its way to the server
    this.onTrouble = () => {};
  }

  // pass gives the answer to one scan, {id, code, override, of}: of is the answer that a supervisor overrules.
  async pass(scan) {
    try {
      return await this.#pass(scan, this.now());
    } finally {
      this.queue.release(scan.id);
    }
  }

  async #pass(shown, at) {
    const scan = { ...shown, code: clean(shown.code) };
    if (!scan.code || new TextEncoder().encode(scan.code).length > LONGEST) return { admit: false, reason: "unreadable" };
    if (!this.uploader.tried) await within(PATIENCE, this.uploader.wake()); // a page just opened knows of no network yet
    if (this.#mayAsk(at)) {
      try {
        return await this.#ask(scan, at);
      } catch (e) {
        if (!(e instanceof Trouble)) throw e;
        const notice = this.#stopped(e);
        if (notice) return this.#unanswered(scan, at, e, notice);
        scan.asked = true;
      }
    }
    try {
      return await this.#alone(scan, at);
    } catch (e) {
      console.error(e);
      return { notice: "not_kept" }; // what is not on the disk lets nobody in
    }
  }

  // While records of this door wait, the server is not asked: it would let in again who was let in here.
  #mayAsk(at) {
    return this.uploader.clear && navigator.onLine !== false && at >= this.awayUntil;
  }

  #stopped(e) {
    this.onTrouble(e);
    if (e.kind === "away" || e.kind === "starting") this.awayUntil = this.now() + Math.max(AWAY, e.wait);
    if (e.kind === "network") this.uploader.lost();
    if (e.kind === "signed_out" || e.kind === "may_not") this.uploader.refused(e.kind);
    return NOTICES[e.kind];
  }

  // The note that a scan is asked about is kept before the question leaves: an answer may be quicker than a busy disk, and a page
  // that ends in between would know nothing of it. It is taken back before an admission is shown.
  async #ask(scan, at) {
    await this.undone; // who turned round and comes back at once would be refused as used
    const noted = await this.queue.ask(this.#entry(scan, at));
    const reply = await this.#send(scan, at);
    const answer = { ...fromServer(reply, this.duty), id: scan.id };
    if (answer.admit && !answer.drill) await this.#take(scan, reply, answer, at, noted);
    else this.queue.answered(scan.id).catch(console.error);
    return answer;
  }

  // take makes an admission this phone's before anybody sees it. One that another window has given up, or whose note stays on a
  // failing disk and would be given up later, lets nobody in.
  async #take(scan, reply, answer, at, noted) {
    const end = reply.passage === "waiting" ? { scan: reply.scan, id: scan.id, passage: "passed", due: at + TURN } : null;
    let mine = !noted;
    if (noted) mine = await this.queue.answered(scan.id, end).catch(() => false);
    if (!mine) throw new Trouble("fault", { code: "given_up" });
    await this.#keep(scan, answer, at, noted ? null : end);
  }

  // unanswered: the guest waits. What was asked twice, the first time in vain, may have let somebody in.
  async #unanswered(scan, at, trouble, notice) {
    const over = trouble.vain ? this.queue.add({ ...this.#entry(scan, at), decided: "none", asked: true }) : this.queue.answered(scan.id);
    await over.catch(console.error);
    return { notice };
  }

  #entry(scan, at) {
    const { venue, device, door, exit, person } = this.duty;
    return { venue, device, person, id: scan.id, checkpoint: door.id, code: scan.code, at: new Date(at).toISOString(), exit };
  }

  #send(scan, at) {
    const { venue, door, exit, device } = this.duty;
    if (scan.override && scan.of?.scan) return this.api.override(scan.of.scan, { id: scan.id, reason: scan.override });
    const body = { id: scan.id, venue, checkpoint: door.id, device, code: scan.code, at: new Date(at).toISOString(), exit, auto: false, language: this.language };
    return this.#patiently(body);
  }

  // An arbiter that is starting says when it will be there: waiting for it is better than guessing, for a moment.
  async #patiently(body) {
    try {
      return await this.api.scan(body, PATIENCE);
    } catch (e) {
      if (e.kind !== "starting" || e.wait > PATIENCE) throw e;
      await new Promise((done) => setTimeout(done, e.wait));
    }
    try {
      return await this.api.scan(body, PATIENCE);
    } catch (e) {
      throw e instanceof Trouble ? Object.assign(e, { vain: true }) : e;
    }
  }

  // The server has it; the phone remembers it for the time without a network, and tells the passage in a minute. A disk
  // that fails here costs neither guest nor organizer anything: an admission nobody tells about counts as used.
  async #keep(scan, answer, at, end) {
    try {
      const names = await this.history.names(scan.code, await this.lists.find(this.duty.venue, scan.code));
      const note = this.history.note(names, { scan: scan.id, way: answer.out ? "out" : "in", at });
      await this.store.change(["history"], note);
      if (end) await this.queue.keepEnd(end);
    } catch (e) {
      console.error(e);
    }
  }

  async #alone(scan, at) {
    const { venue, door, exit } = this.duty;
    const matches = await this.lists.find(venue, scan.code);
    const names = await this.history.names(scan.code, matches);
    const history = await this.history.of(names);
    const alone = await this.uploader.alone();
    const facts = { now: at, door, exit, matches, history, alone, override: scan.override ?? "", lists: this.lists.has(venue), ours: ticketID(scan.code) !== null };
    const answer = { ...this.#overruled(judge(facts), scan), id: scan.id };
    if (door.mode === "drill") return this.#practised(scan, at, { ...answer, drill: true });
    await this.#record(scan, answer, names, at, alone);
    this.uploader.wake();
    return answer;
  }

  // A supervisor overrules the answer that was seen, also when the phone's own would now be another one.
  #overruled(answer, { override, of }) {
    const may = override && !answer.admit && of?.askStaff;
    return may ? { ...answer, admit: true, reason: "ok_override", askStaff: false } : answer;
  }

  // A drill leaves nothing; but whoever was asked may not have practised.
  async #practised(scan, at, answer) {
    if (scan.asked) await this.queue.add({ ...this.#entry(scan, at), decided: "none", asked: true });
    return answer;
  }

  async #record(scan, answer, names, at, alone) {
    const record = { ...this.#entry(scan, at), decided: answer.admit ? "admit" : "refuse", reason: answer.reason };
    if (answer.admit) record.passage = "passed";
    else if (scan.asked) record.asked = true; // the server may have let in whom this phone refuses
    if (answer.reason === "ok_override") record.override = { supervisor: record.person, reason: scan.override };
    await this.queue.add(record, (drawers) => {
      if (!answer.admit) return;
      this.history.note(names, { scan: scan.id, way: answer.out ? "out" : "in", at })(drawers);
      if (!answer.out) drawers.kept.put({ ...alone, entries: alone.entries + 1 }, "alone");
    });
  }

  // undo says that who was admitted did not go in. true = the ticket is free again, or will be when the network is there.
  undo(id) {
    const done = this.#undo(id);
    this.undone = within(PATIENCE, done.then(() => this.uploader.wake()));
    return done;
  }

  async #undo(id) {
    const end = (await this.queue.ends()).find((e) => e.id === id);
    if (end) await this.queue.keepEnd({ ...end, passage: "aborted", due: 0 });
    else if (!(await this.uploader.mend(id, { passage: "aborted" }))) return false;
    await this.history.undo(id);
    return true;
  }
}

// within waits for work, but not for ever.
function within(limit, work) {
  return new Promise((done) => {
    const timer = setTimeout(done, limit);
    work.catch(console.error).finally(() => (clearTimeout(timer), done()));
  });
}

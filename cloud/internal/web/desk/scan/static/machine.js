// What the page does, as a machine: step(state, input, now) gives the next state and what is to be carried out. Pure: no
// clock, no network, no screen, so every walk through it is a test.
//
//   state   {at: "rest"}
//           {at: "wait", scan, since}            asked, no answer yet
//           {at: "shown", scan, answer, since}   the answer fills the screen
//   input   {do: "read", id, code, typed}        the camera or a hand gave a code
//           {do: "answer", id, answer}           what became of scan id
//           {do: "again", id} {do: "override", id, reason} {do: "undo"}   buttons of the shown answer
//           {do: "dismiss"} {do: "tick"}
//   effect  {do: "ask", scan} {do: "tell", mood} {do: "undo", scan} {do: "unread"} (the code was not taken)

import { moodOf } from "./answer.js";

export const rest = Object.freeze({ at: "rest" });

const SHOWN = { admit: 2500, refuse: 8000, attend: 15_000 }; // ms until the camera is seen again by itself
const LEAST = 700; // ms that an answer is seen before another code may take its place

export function step(state, input, now) {
  switch (input.do) {
    case "read":
      return read(state, input, now);
    case "answer":
      return answered(state, input, now);
    case "again":
      return again(state, { id: input.id }, now);
    case "override":
      return again(state, { id: input.id, override: input.reason }, now);
    case "undo":
      return undo(state);
    case "dismiss":
      return state.at === "shown" ? [rest, []] : [state, []];
    case "tick":
      return over(state, now) ? [rest, []] : [state, []];
    default:
      throw new Error(`no such input: ${input.do}`);
  }
}

function over(state, now) {
  return state.at === "shown" && !state.stays && now - state.since >= SHOWN[moodOf(state.answer)];
}

// One guest at a time: while one is asked about, the camera's next code waits in its owner's hand.
function read(state, { id, code, typed = false }, now) {
  if (state.at === "wait" || (state.at === "shown" && !typed && now - state.since < LEAST)) return [state, [{ do: "unread" }]];
  return ask({ id, code, typed }, now);
}

function ask(scan, now) {
  return [{ at: "wait", scan, since: now }, [{ do: "ask", scan }]];
}

// An answer to a scan that is no longer asked about is not shown: it would be taken for the next guest's.
function answered(state, { id, answer }, now) {
  if (state.at !== "wait" || state.scan.id !== id) return [state, []];
  return [{ at: "shown", scan: state.scan, answer, since: now }, [{ do: "tell", mood: moodOf(answer) }]];
}

// The same code once more, under an id of its own: the next person of a group, or with a supervisor's word.
function again(state, more, now) {
  if (state.at !== "shown") return [state, []];
  const { code, typed } = state.scan;
  return ask({ code, typed, of: state.answer, ...more }, now);
}

function undo(state) {
  if (state.at !== "shown" || !state.answer.admit) return [state, []];
  const answer = { admit: false, notice: "undone" };
  return [{ ...state, answer }, [{ do: "undo", scan: state.scan }]];
}

// What this phone may say of a scan while nobody answers, in the order of checks that gates have (edge/admit/DESIGN.md), as
// far as a phone's list goes. It knows what this phone let in, and nothing of other doors: that is what "offline" means.
// Pure: everything comes in as facts.

// judge gives an answer as answer.js shows it. Facts:
//   now       ms
//   door      of the doors' list: direction, mode, policy, budget_minutes, budget_entries, unlisted, events
//   exit      this scan leaves
//   lists     whether there is any list for this door
//   matches   [{event, name, entry, kind, goodUntil}] of every list that knows the code
//   ours      the text has the shape of one of our tickets
//   history   what this phone knows of the code: [{scan, way: "in"|"out", at, over}], over = it did not happen
//   alone     {since (ms), entries}: since when and how often it has decided by itself
//   override  a supervisor's reason, "" = none
export function judge(facts) {
  const { door, exit, matches } = facts;
  const [match] = matches;
  const known = match ? { kind: match.kind?.name, event: match.name, group: groupOf(facts, match) } : {};
  const answer = { ...known, offline: true, out: exit, attention: attentionOf(match), askStaff: false };
  if (exit) return { ...answer, admit: true, reason: inside(facts) > 0 ? "ok_offline" : "not_inside" };
  const no = firstRefusal(facts);
  if (!no) return { ...answer, admit: true, reason: door.mode === "evacuation" ? "ok" : "ok_offline" };
  if (facts.override && no.staff) return { ...answer, admit: true, reason: "ok_override" };
  return { ...answer, admit: false, reason: no.reason, askStaff: Boolean(no.staff), at: no.at, say: no.say, mine: no.at > 0 };
}

function attentionOf(match) {
  return match ? [...new Set([...match.entry.attention, ...(match.kind?.attention ?? [])])] : [];
}

const CHECKS = [closed, unknown, state, wrongEvent, stale, time, place, used, permission];

function firstRefusal(facts) {
  for (const check of CHECKS) {
    const no = check(facts, facts.matches[0]);
    if (no) return no;
  }
  return null;
}

function closed({ door, now }) {
  if (door.mode === "closed") return { reason: "checkpoint_closed" };
  const hours = door.hours ?? [];
  const open = hours.some((h) => now >= Date.parse(h.from) && now < Date.parse(h.until));
  return hours.length && !open ? { reason: "outside_hours", staff: true } : null;
}

// A code of ours that the list lacks may have been sold a minute ago. Its signature cannot be checked here, so even a door
// that admits such tickets asks a supervisor; a door that refuses them refuses.
function unknown({ matches, lists, ours, door }) {
  if (matches.length > 1) return { reason: "ambiguous" };
  if (matches.length === 1) return null;
  if (!lists) return { reason: "unknown", say: "offline_no_list", staff: ours };
  return ours && door.unlisted !== "refuse" ? { reason: "unknown", say: "offline_unlisted", staff: true } : { reason: "unknown" };
}

function state(_, { entry }) {
  if (entry.state === "good") return null;
  return { reason: entry.state, staff: entry.state === "blocked" };
}

function wrongEvent({ door }, { event }) {
  return door.events?.length && !door.events.includes(event) ? { reason: "wrong_event" } : null;
}

function stale({ now }, { goodUntil }) {
  return goodUntil && now > goodUntil ? { reason: "list_expired", staff: true } : null;
}

function time({ now }, { entry, kind }) {
  const from = entry.from || Date.parse(kind?.valid_from ?? "") || 0;
  const until = entry.until || Date.parse(kind?.valid_until ?? "") || 0;
  if (from && now < from) return { reason: "too_early", at: from, staff: true };
  return until && now >= until ? { reason: "too_late", staff: true } : null;
}

function place({ door }, { event, entry, kind }) {
  const zones = kind?.zones ?? [];
  if (door.to && zones.length && !zones.includes(door.to)) return { reason: "wrong_zone", staff: true };
  const kinds = door.kinds ?? [];
  const taken = kinds.some((k) => k.event === event && k.number === entry.kind);
  return kinds.length && !taken ? { reason: "wrong_kind", staff: true } : null;
}

function used(facts, match) {
  const { entry, kind } = match;
  const came = standing(facts);
  const last = came.at(-1)?.at ?? 0;
  const count = kind?.use === "reentry" ? inside(facts) : came.length;
  if (count < allowed(entry, kind)) return interval(facts, kind);
  if (kind?.use === "reentry") return { reason: entry.group > 1 ? "group_full" : "already_inside", at: last, staff: true };
  return { reason: entry.group > 1 ? "group_full" : "already_used", at: last, staff: true };
}

function interval({ now, history }, kind) {
  const left = history.filter((h) => h.way === "out" && !h.over).at(-1)?.at;
  const from = left + (kind?.reentry_after ?? 0) * 60_000;
  return kind?.use === "reentry" && left && now < from ? { reason: "too_early", at: from, staff: true } : null;
}

function allowed(entry, kind) {
  return Math.max(1, entry.uses || kind?.uses || 1) * entry.group;
}

// standing are the entries that count: all of them, or those of the venue's day, which ends at five in the morning.
function standing({ history, now, matches }) {
  const daily = matches[0]?.kind?.use === "daily";
  return history.filter((h) => h.way === "in" && !h.over && (!daily || dayOf(h.at) === dayOf(now)));
}

export function dayOf(at) {
  return new Date(at - 5 * 3_600_000).toDateString();
}

function inside({ history }) {
  const count = (way) => history.filter((h) => h.way === way && !h.over).length;
  return Math.max(0, count("in") - count("out"));
}

function groupOf(facts, { entry, kind }) {
  if (entry.group < 2) return undefined;
  const came = kind?.use === "reentry" ? inside(facts) : standing(facts).length;
  return { n: (came % entry.group) + 1, of: entry.group, more: came + 1 < allowed(entry, kind) };
}

// permission comes last: it matters only when all else is well.
function permission({ door, now, alone }) {
  if (door.mode === "evacuation") return null;
  if (door.policy !== "free") return { reason: "arbiter_required", staff: true };
  const late = door.budget_minutes > 0 && now - alone.since >= door.budget_minutes * 60_000;
  const spent = door.budget_entries > 0 && alone.entries >= door.budget_entries;
  return late || spent ? { reason: "arbiter_required", staff: true } : null;
}

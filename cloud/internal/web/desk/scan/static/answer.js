// What an answer says to a controller: mood (colour, shape, tone), one word, and what to do. Pure.
//
// An answer is what the server or, offline, this phone said of one scan:
//   {admit, reason, attention: ["child"], askStaff, at (ms), gate, kind, seat, event, group: {n, of, more}, out, offline, drill}
//   mine   this phone used it;  say   the text scan.say.<say> instead of the reason's;  text   the server's own sentence
// or {notice: "not_kept"} when there is none: the texts scan.say.<notice> and scan.say.<notice>_why tell.

const LOOKS = ["upgrade_owed", "child", "check_document", "wheelchair", "vip"]; // what matters most first
const NOT_THE_GUEST = ["debounced", "unreadable"]; // nothing is wrong with the ticket: amber
const NOTICE_MOODS = { undone: "attend", not_kept: "refuse", may_not: "refuse", failed: "refuse", test: "admit" };

export function moodOf(answer) {
  if (answer.notice) return NOTICE_MOODS[answer.notice] ?? "attend";
  if (!answer.admit) return NOT_THE_GUEST.includes(answer.reason) ? "attend" : "refuse";
  return lookOf(answer) ? "attend" : "admit";
}

function lookOf(answer) {
  return answer.out ? undefined : LOOKS.find((look) => answer.attention?.includes(look));
}

// view is the screen of an answer. words finds texts; it has when(at) for times of day and age(ms) for how long ago.
export function view(answer, words, now) {
  const mood = moodOf(answer);
  if (answer.notice) {
    return { mood, word: words.text(`say.${answer.notice}`), why: words.text(`say.${answer.notice}_why`), guest: "", group: "", mark: "", acts: {} };
  }
  const look = answer.admit ? lookOf(answer) : undefined;
  return {
    mood,
    word: answer.admit && answer.out ? words.text("say.leave") : look ? words.text(`look.${look}`) : wordOf(answer, words),
    guest: [answer.kind, answer.seat].filter(Boolean).join("\n"),
    group: groupOf(answer, words),
    why: whyOf(answer, look, words, now),
    mark: answer.drill ? words.text("say.drill") : answer.offline && answer.admit ? words.text("say.offline") : "",
    acts: actsOf(answer),
  };
}

// wordOf a reason; the server may know one that this page does not, and then says it in a sentence.
function wordOf({ admit, reason }, words) {
  return words.find(`word.${reason}`) || words.text(admit ? "word.ok" : "say.refused");
}

function groupOf({ admit, group }, words) {
  return admit && group?.of > 1 ? words.text("say.group", { n: group.n, all: group.of }) : "";
}

function whyOf(answer, look, words, now) {
  return [where(answer, words, now), own(answer, look, words)].filter(Boolean).join(" ");
}

function own({ admit, reason, say, text }, look, words) {
  if (look) return words.text(`look.${look}_why`);
  if (say) return words.text(`say.${say}`);
  return words.find(`why.${reason}`) || (admit || words.find(`word.${reason}`) ? "" : (text ?? ""));
}

// where and when the ticket was used: the one thing that settles an argument at a door.
function where(answer, words, now) {
  if (answer.reason === "wrong_event") return answer.event ? `${answer.event}.` : "";
  if (answer.reason === "too_early") return answer.at ? words.text("say.from", { time: words.when(answer.at, now) }) : "";
  if (!["already_used", "already_inside", "group_full", "pending_elsewhere"].includes(answer.reason)) return "";
  if (answer.mine && answer.at) return words.text("say.used_here", { age: words.age(now - answer.at) });
  const parts = [answer.at && words.when(answer.at, now), answer.gate && gateOf(answer.gate, words)].filter(Boolean);
  return parts.length ? words.text("say.used", { where: parts.join(" ") }) : "";
}

// gateOf names a gate as people know it; the arbiter's names of phones begin alike.
function gateOf(gate, words) {
  const phone = gate.match(/^phone-(.+)$/)?.[1];
  return phone ? words.text("say.used_phone", { phone }) : words.text("say.used_gate", { gate });
}

// actsOf: what the buttons may do. Undo is there while the guest may still have turned round.
function actsOf({ admit, askStaff, group, out }) {
  return { supervise: !admit && Boolean(askStaff), undo: Boolean(admit), another: Boolean(admit && !out && group?.more) };
}

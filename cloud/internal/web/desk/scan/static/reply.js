// Turns what the scan API says into an answer as answer.js shows it. Pure.

export function fromServer(reply, { device }) {
  const { outcome, reason, elsewhere, group = 1, remaining = 0 } = reply;
  const admit = outcome === "admit";
  return {
    scan: reply.scan, admit, reason, askStaff: outcome === "ask", out: reply.direction === "out", drill: Boolean(reply.drill),
    attention: reply.attention ?? [], text: reply.text, kind: reply.kind?.name, seat: reply.seat, event: reply.event?.name,
    at: elsewhere?.at ? Date.parse(elsewhere.at) : 0, gate: elsewhere?.gate, mine: Boolean(device) && elsewhere?.gate === `phone-${device}`,
    group: admit && group > 1 ? { n: group - (remaining % group), of: group, more: remaining > 0 } : undefined,
  };
}

// Asks the scan API (docs/scan-api.md). Every call ends: with what the server said, or with a Trouble that says what kind
// of trouble it is, after a limit.

const BASE = "/api/v1/scans";

// Trouble is why there is no answer. kind: "network" (nobody, or not in time), "away" (the venue's arbiter), "starting",
// "signed_out", "may_not", "slow", "taken" (the device's name), "no_door", "over" (too late for it), "fault" (of this page).
export class Trouble extends Error {
  constructor(kind, { wait = 0, code = "" } = {}) {
    super(`${kind} ${code}`.trim());
    Object.assign(this, { kind, wait, code });
  }
}

const BY_CODE = { hub_away: "away", arbiter_starting: "starting", device_taken: "taken", no_door: "no_door", passage_over: "over", not_overridable: "over" };
const BY_STATUS = { 401: "signed_out", 403: "may_not", 404: "no_door", 408: "network", 409: "fault", 429: "slow", 502: "network", 503: "away", 504: "network" };

async function call(path, { body, limit, ...options } = {}) {
  if (body) Object.assign(options, { method: "POST", body: JSON.stringify(body), headers: { "Content-Type": "application/json" } });
  let answer;
  try {
    answer = await fetch(BASE + path, { credentials: "same-origin", cache: "no-store", redirect: "error", signal: AbortSignal.timeout(limit ?? 10_000), ...options });
    if (answer.ok) return options.raw ? await answer.arrayBuffer() : await answer.json();
  } catch {
    throw new Trouble("network");
  }
  throw await trouble(answer);
}

async function trouble(answer) {
  const { code = "" } = await answer.json().catch(() => ({}));
  const wait = 1000 * (Number(answer.headers.get("Retry-After")) || 1);
  return new Trouble(BY_CODE[code] ?? BY_STATUS[answer.status] ?? (answer.status >= 500 ? "network" : "fault"), { wait, code });
}

const enc = encodeURIComponent;

export const api = {
  doors: () => call("/doors"),
  scan: (body, limit) => call("", { body, limit }),
  override: (scan, body) => call(`/${enc(scan)}/override`, { body }),
  end: (scan, passage) => call(`/${enc(scan)}/${passage === "aborted" ? "abort" : "passed"}`, { method: "POST" }),
  upload: (body) => call("/offline", { body, limit: 30_000 }),
  lists: (venue) => call(`/venues/${enc(venue)}/lists`),
  list: (venue, event, from) => call(`/venues/${enc(venue)}/lists/${enc(event)}${from ? `?from=${from}` : ""}`, { raw: true, limit: 60_000 }),
};

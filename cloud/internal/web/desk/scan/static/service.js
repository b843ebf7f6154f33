// Keeps the page on the phone, so that it opens with no network. VERSION and FILES stand above, written by the server:
// another version is another script, which the browser fetches and starts beside the old one.

const SHELL = "/scan";
const SCRIPTS = "/scan/files/"; // of any version
const OURS = "portaria-scan-";
const NAME = OURS + VERSION;

self.addEventListener("install", (event) => {
  pastUs(event);
  event.waitUntil(install());
});

// What the page asks of the server does not pass through here, where the browser can be told so: a guest need not wait until
// this script has started, and requests on their way do not keep a new version from taking over.
function pastUs(event) {
  try {
    event.addRoutes?.([{ condition: { urlPattern: { pathname: "/api/*" } }, source: "network" }])?.catch(console.error);
  } catch (e) {
    console.error(e);
  }
}

// Everything of one version, or nothing: a page must never run with half of its files.
async function install() {
  try {
    const kept = await caches.open(NAME);
    await kept.addAll(FILES);
    await keepShell(kept, await fetch(SHELL, { cache: "no-store", redirect: "manual" }));
  } catch (e) {
    await caches.delete(NAME);
    throw e;
  }
}

// The shell is kept only when it is the page: while nobody is signed in the answer is a way to sign in, and the version
// before goes on.
async function keepShell(kept, answer) {
  if (!answer.ok || answer.redirected) throw new Error("not signed in: this version waits");
  await kept.put(SHELL, answer.clone());
  return answer;
}

self.addEventListener("activate", (event) => event.waitUntil(activate()));

// The version just before stays: its page may be open in another window, with a guest in its hands.
async function activate() {
  const before = (await caches.keys()).filter((name) => name.startsWith(OURS) && name !== NAME);
  await Promise.all(before.slice(0, -1).map((name) => caches.delete(name)));
  await self.clients.claim();
}

// The page says when nothing is in its hands: then the new version may take over.
self.addEventListener("message", (event) => {
  if (event.data === "take over") self.skipWaiting();
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== self.location.origin) return;
  if (request.mode === "navigate" && url.pathname === SHELL) event.respondWith(shell(request, url));
  else if (FILES.includes(url.pathname) || url.pathname.startsWith(SCRIPTS)) event.respondWith(kept(url.pathname, request));
});

// From the phone first: a network that is there but answers nobody must not keep a controller waiting. Another language
// is asked for by address, and kept from then on.
async function shell(request, url) {
  if (!url.search) return kept(SHELL, request);
  try {
    return await keepShell(await caches.open(NAME), await fetch(request));
  } catch {
    return kept(SHELL, request);
  }
}

async function kept(path, request) {
  return (await (await caches.open(NAME)).match(path)) ?? (await caches.match(path)) ?? fetch(request);
}

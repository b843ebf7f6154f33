import test from "node:test";
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import vm from "node:vm";

const script = readFileSync(new URL("../../static/service.js", import.meta.url), "utf8");
const origin = "https://ingressos.example";

// worker is a version's service worker on a phone: what it keeps is in caches, what the server has in server.
function worker(version, caches = new Map(), server = {}) {
  const on = {};
  const get = (path) => {
    if (!server[path]) throw new TypeError("no network");
    return { ok: true, redirected: false, body: server[path], clone: () => ({ body: server[path] }) };
  };
  const cache = (kept) => ({
    addAll: async (paths) => paths.map(get).forEach((answer, i) => kept.set(paths[i], answer)),
    put: async (path, answer) => kept.set(path, answer),
    match: async (path) => kept.get(path),
  });
  const context = {
    VERSION: version, FILES: [`/scan/files/${version}/main.js`, "/assets/app.css"], URL, console,
    self: { addEventListener: (name, act) => (on[name] = act), location: { origin }, clients: { claim: async () => {} }, skipWaiting() {} },
    fetch: async (request) => get(request.url ? new URL(request.url).pathname : request),
    caches: {
      open: async (name) => cache(caches.get(name) ?? caches.set(name, new Map()).get(name)),
      keys: async () => [...caches.keys()],
      delete: async (name) => caches.delete(name),
      match: async (path) => [...caches.values()].find((kept) => kept.has(path))?.get(path),
    },
  };
  vm.runInNewContext(script, context);
  const routes = [];
  const wait = async (name) => {
    let done;
    on[name]({ waitUntil: (work) => (done = work), addRoutes: async (more) => void routes.push(...more) });
    await done;
  };
  const asks = async (path, more) => {
    let answer;
    on.fetch({ request: { method: "GET", mode: "cors", url: origin + path, ...more }, respondWith: (work) => (answer = work) });
    return (await answer)?.body;
  };
  return { caches, routes, install: () => wait("install"), activate: () => wait("activate"), asks };
}

const serverOf = (version) => ({ "/scan": `page ${version}`, [`/scan/files/${version}/main.js`]: `main ${version}`, "/assets/app.css": "css" });

async function installed(version, caches) {
  const w = worker(version, caches, serverOf(version));
  await w.install();
  await w.activate();
  return w;
}

test("with no network the page opens, whole", async () => {
  const { caches } = await installed("aaa");
  const w = worker("aaa", caches);
  assert.equal(await w.asks("/scan", { mode: "navigate" }), "page aaa");
  assert.equal(await w.asks("/scan/files/aaa/main.js"), "main aaa");
});

test("questions about guests pass the worker by", async () => {
  const w = await installed("aaa");
  assert.equal(JSON.stringify(w.routes), JSON.stringify([{ condition: { urlPattern: { pathname: "/api/*" } }, source: "network" }]));
  assert.equal(await w.asks("/api/v1/scans", { method: "POST" }), undefined);
  assert.equal(await w.asks("/api/v1/scans/doors"), undefined);
});

test("a version that arrives in part leaves nothing, and the one before goes on", async () => {
  const { caches } = await installed("aaa");
  const half = serverOf("bbb");
  delete half["/scan"];
  await assert.rejects(worker("bbb", caches, half).install());
  assert.deepEqual([...caches.keys()], ["portaria-scan-aaa"]);
});

test("a page of the version before finds its scripts while it still has a guest in its hands", async () => {
  const { caches } = await installed("aaa");
  const next = await installed("bbb", caches);
  assert.equal(await next.asks("/scan", { mode: "navigate" }), "page bbb");
  assert.equal(await next.asks("/scan/files/aaa/main.js"), "main aaa");
  await installed("ccc", caches);
  assert.deepEqual([...caches.keys()], ["portaria-scan-bbb", "portaria-scan-ccc"], "older ones go");
});

package cloud_test

import (
	"fmt"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// witness is in the page from its first moment, and writes down every answer that is shown: green is there for two seconds
// and a half, and on a busy computer a walk looks seldom. While it holds the page, answers stay until they are dismissed.
const witness = `(() => {
	const seen = globalThis.witness = {said: [], read: 0, held: false};
	const every = globalThis.setInterval;
	globalThis.setInterval = (act, ...more) => every(String(act).includes('"tick"') ? () => seen.held || act() : act, ...more);
	let last = "";
	new MutationObserver(() => {
		const say = document.getElementById("say");
		const now = !say || say.hidden ? "" : document.body.dataset.mood + " " + say.innerText;
		if (now && now !== last) seen.said.push({mood: document.body.dataset.mood, text: say.innerText});
		last = now;
	}).observe(document, {subtree: true, childList: true, characterData: true, attributes: true});
})()`

// says waits for an answer of a mood that was not read yet, and gives its word with what stands below it.
func (w *walker) says(mood string) string {
	w.Helper()
	return asked(w, chromedp.Evaluate[string](`new Promise((done, fail) => {
		const until = Date.now() + 30_000;
		const look = () => {
			const at = witness.said.findIndex((s, i) => i >= witness.read && s.mood === "`+mood+`");
			if (at >= 0) [witness.read] = [at + 1, done(witness.said[at].text)];
			else if (Date.now() > until) fail(new Error("not `+mood+` but " + JSON.stringify(witness.said.slice(witness.read))));
			else setTimeout(look, 10);
		};
		look();
	})`, chromedp.EvalAwaitPromise))
}

// forgets what was said until now: it answers nothing that comes.
func (w *walker) forgets() {
	w.Helper()
	asked(w, chromedp.Evaluate[int](`witness.read = witness.said.length`))
}

// holds lets answers stay until they are dismissed, or no more.
func (w *walker) holds(on bool) {
	w.Helper()
	asked(w, chromedp.Evaluate[bool](fmt.Sprintf("witness.held = %v", on)))
}

// rests waits until the camera is seen.
func (w *walker) rests() {
	w.Helper()
	require.Eventually(w, func() bool {
		return asked(w, chromedp.Evaluate[bool](`document.body.dataset.mood === "rest" || (document.getElementById("next").click(), false)`))
	}, 20*time.Second, 20*time.Millisecond, "an answer stays")
	w.wait("#tools")
}

// explain says what the phone held when a walk failed.
func (w *walker) explain() {
	if !w.Failed() {
		return
	}
	held, err := chromedp.Run(w.ctx, chromedp.Evaluate[string](`(async () => {
		const answer = (request) => new Promise(done => request.onsuccess = () => done(request.result));
		const drawers = (await answer(indexedDB.open("portaria-scan"))).transaction(["queue", "kept"]);
		const kept = (name) => answer(drawers.objectStore("kept").get(name));
		const queue = answer(drawers.objectStore("queue").getAll());
		const versions = await navigator.serviceWorker.getRegistration("/scan");
		return JSON.stringify({page: location.href, link: document.getElementById("link")?.textContent, mood: document.body.dataset.mood, said: witness.said,
			queue: await queue, asked: await kept("asked"), ends: await kept("ends"), open: await kept("open"), aside: await kept("aside"),
			versions: ["installing", "waiting", "active"].map(v => v + " " + versions?.[v]?.state).join(), locks: (await navigator.locks.query()).held.map(l => l.name)});
	})()`, chromedp.EvalAwaitPromise))
	w.Log("the phone holds", held, err)
}

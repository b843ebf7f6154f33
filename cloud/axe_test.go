package cloud_test

import (
	"context"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/BurntSushi/toml"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/cloud/internal/account/role"
	"portaria/cloud/internal/locale"
)

// listedPages are the addresses of the table that a browser opens, by who may open them.
func listedPages(t *testing.T) map[string]string {
	t.Helper()
	raw, err := os.ReadFile(routesFile)
	require.NoError(t, err)
	pages := map[string]string{}
	for line := range strings.Lines(string(raw)) {
		route, who, _ := strings.Cut(strings.TrimSpace(line), " | ")
		method, path, _ := strings.Cut(route, " ")
		if method == http.MethodGet && !strings.HasPrefix(path, "/api/") {
			pages[path] = who
		}
	}
	return pages
}

// noPages are addresses that give no page of their own: files, pieces of a page, the answer to a form of another site; and
// what a town has none of: links by mail, and requests about personal data, which have walks of their own.
var noPages = regexp.MustCompile(`\.(csv|jsonl|js|webmanifest|ico)$|/(now|applied|progress|file)$|^/desk/refused$|^/order/|/:request$|:file$|:link$|:secret$`)

// Every page of the table is opened in Brazilian Portuguese, as whoever may open it; axe-core finds nothing serious at a phone's width
// and a desk's, no text stayed English, nothing scrolls sideways, and every link of it leads somewhere.
func TestEveryPageIsOpenToEverybodysEyes(t *testing.T) {
	t.Parallel()
	town := settle(t)
	w := town.browser(filepath.Join(t.TempDir(), "outbox"))
	english, pages := foreignTexts(t), listedPages(t)
	links, seen := map[string]string{}, 0
	for _, path := range slices.Sorted(maps.Keys(pages)) {
		if noPages.MatchString(path) {
			continue
		}
		at := town.fill(path)
		if path == "/desk/live/:event/tables/:table" {
			at = "/desk/live/" + town.ids["event"] + "/tables/minutes"
		}
		a := town.ask(t.Context(), http.MethodGet, at, town.opensAs(w, pages[path]), "", "")
		if to, _, _ := strings.Cut(a.to, "?"); pages[to] != "" && to != "/login" {
			continue // leads to another page of the table
		}
		require.True(t, a.status == http.StatusOK && strings.Contains(a.text, "<html"), "%s is no page (%d): name it in noPages, or give the town what it shows", path, a.status)
		w.goTo(at + "?lang=pt-BR")
		w.look(strings.Trim(strings.NewReplacer("/", "-", ":", "").Replace(path), "-"))
		if path != "/desk/settings/audit" { // which shows words as they were written down
			w.speaks(path, english)
		}
		for _, href := range asked(w, chromedp.Evaluate[[]string](`[...document.querySelectorAll("a[href^='/']")].map(a => a.getAttribute("href"))`)) {
			if !strings.HasPrefix(pages[path], "open") && !strings.HasPrefix(path, "/platform") && links[href] == "" {
				links[href] = path
			}
		}
		seen++
	}
	session := town.session(town.people[role.Owner], false)
	for href, path := range links {
		a := town.ask(t.Context(), http.MethodGet, href, session, "", "")
		assert.Less(t, a.status, http.StatusBadRequest, "%s, to which %s links", href, path)
	}
	require.Greater(t, seen, 40)
	t.Logf("axe: %d pages at 390 and 1280 px, 0 serious; %d links lead somewhere", seen, len(links))
}

// opensAs signs the browser in as somebody who may: nobody for open pages, half for the second step,
// who runs the platform for its pages, else the owner.
func (w *town) opensAs(b *walker, who string) (token string) {
	w.Helper()
	switch {
	case strings.HasPrefix(who, "open"):
	case strings.HasPrefix(who, "platform"):
		token = w.session(w.operator, false)
	default:
		token = w.session(w.people[role.Owner], who == "half")
	}
	b.do(chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		if token == "" {
			_, err := chromedp.Call(ctx, network.DeleteCookies, network.DeleteCookiesParams{Name: "desk", URL: w.PublicURL()})
			return err
		}
		_, err := chromedp.Call(ctx, network.SetCookie, network.SetCookieParams{Name: "desk", Value: token, URL: w.PublicURL(), HTTPOnly: new(true)})
		return err
	}))
	return token
}

// foreignTexts are the English texts that read otherwise in Brazilian Portuguese.
func foreignTexts(t *testing.T) map[string]string {
	t.Helper()
	foreign, theirs := map[string]string{}, map[string]string{}
	for _, file := range locale.Files() {
		var tree map[string]any
		_, err := toml.DecodeFile(filepath.Join("internal/locale", file), &tree)
		require.NoError(t, err)
		if strings.HasSuffix(file, "pt-BR.toml") {
			gather(theirs, file, tree)
		} else {
			gather(foreign, file, tree)
		}
	}
	maps.DeleteFunc(foreign, func(text, _ string) bool { return theirs[text] != "" || len(text) < 4 })
	require.Greater(t, len(foreign), 500)
	return foreign
}

// gather takes the texts of a tree, with the file that says them.
func gather(texts map[string]string, file string, tree map[string]any) {
	for _, value := range tree {
		switch x := value.(type) {
		case map[string]any:
			gather(texts, file, x)
		case string:
			texts[x] = file
		}
	}
}

var bareID = regexp.MustCompile(`^[a-z_]+(\.[a-z_]+)+$`)

// speaks looks for lines that are an English text, or the name of one.
func (w *walker) speaks(page string, foreign map[string]string) {
	w.Helper()
	text := asked(w, chromedp.Evaluate[string](`document.title + "\n" + document.body.innerText + "\n" +
		[...document.querySelectorAll("[aria-label],[placeholder],[title]")].flatMap(e => ["aria-label", "placeholder", "title"].map(a => e.getAttribute(a) || "")).join("\n")`))
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		assert.Empty(w, foreign[line], "%s says in English: %q", page, line)
		assert.NotRegexp(w, bareID, line, page)
	}
}

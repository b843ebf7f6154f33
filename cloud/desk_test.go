package cloud_test

import (
	"html"
	"io"
	"mime/quotedprintable"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/cloud/internal/postgres"
)

// visitor is a browser without a screen: it keeps cookies and sends forms.
type visitor struct {
	*running
	client *http.Client
	outbox string
}

func (r *running) visitor(outbox string) *visitor {
	r.Helper()
	jar, err := cookiejar.New(nil)
	require.NoError(r, err)
	return &visitor{running: r, client: &http.Client{Jar: jar}, outbox: outbox}
}

// see is a page's status, address after redirects, and text.
func (v *visitor) see(method, path string, form url.Values) (int, string, string) {
	v.Helper()
	if !strings.HasPrefix(path, "http") {
		path = v.PublicURL() + path
	}
	request, err := http.NewRequestWithContext(v.Context(), method, path, strings.NewReader(form.Encode()))
	require.NoError(v, err)
	if method == http.MethodPost {
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	request.Header.Set("Accept-Language", "en")
	response, err := v.client.Do(request)
	require.NoError(v, err)
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	require.NoError(v, err)
	return response.StatusCode, response.Request.URL.Path, string(text)
}

var linkOf = regexp.MustCompile(`https?://\S+`)

// letter waits for a mail to somebody whose subject says something, and gives the link in it.
func (v *visitor) letter(to, subject string) (link string) {
	v.Helper()
	require.Eventually(v, func() bool {
		files, _ := filepath.Glob(filepath.Join(v.outbox, "*.eml"))
		for _, file := range files {
			raw, err := os.ReadFile(file)
			if err != nil || !strings.Contains(string(raw), "<"+to+">") || !strings.Contains(string(raw), subject) {
				continue
			}
			_, body, _ := strings.Cut(string(raw), "text/plain")
			text, _ := io.ReadAll(quotedprintable.NewReader(strings.NewReader(body)))
			if found := linkOf.FindString(string(text)); found != "" {
				link = found
				return true
			}
		}
		return false
	}, 15*time.Second, 100*time.Millisecond, "no mail to %s about %q", to, subject)
	return link
}

const goodPassword = "três pratos de trigo"

// registered is a visitor who has registered an organizer and is at its desk.
func (r *running) registered(outbox, email string) *visitor {
	r.Helper()
	v := r.visitor(outbox)
	status, _, text := v.see("POST", "/register", url.Values{"organizer": {"Festival " + email}, "name": {"Ana"}, "email": {email}, "password": {goodPassword}})
	require.Equal(r, 200, status, text)
	link := v.letter(email, "Confirm")
	status, _, text = v.see("GET", link, nil)
	require.Equal(r, 200, status, text)
	status, at, text := v.see("POST", link, url.Values{})
	require.Equal(r, 200, status, text)
	require.Equal(r, "/desk", at)
	require.Contains(r, text, "Festival "+email)
	return v
}

func TestAnOrganizerRegistersAloneTonight(t *testing.T) {
	t.Parallel()
	cfg := configured(t)
	r := start(t, cfg)
	outbox := filepath.Join(cfg.StateDir, "outbox")
	ana := r.registered(outbox, "ana@example.com")

	status, at, _ := r.visitor(outbox).see("GET", "/desk", nil)
	assert.Equal(t, 200, status)
	assert.Equal(t, "/login", at, "nobody is sent to sign in")

	elsewhere := r.visitor(outbox)
	status, _, text := elsewhere.see("POST", "/login", url.Values{"email": {"ana@example.com"}, "password": {"wrong password"}})
	assert.Equal(t, 422, status)
	assert.Contains(t, text, "The mail address or the password is wrong.")
	assert.Contains(t, text, `value="ana@example.com"`, "what was typed is kept")
	assert.NotContains(t, text, "wrong password\"", "but no password")
	status, at, _ = elsewhere.see("POST", "/login", url.Values{"email": {"Ana@Example.com "}, "password": {goodPassword}, "to": {"https://evil.example"}})
	assert.Equal(t, 200, status)
	assert.Equal(t, "/desk", at, "and never to another site")

	_, at, _ = ana.see("POST", "/logout", nil)
	assert.Equal(t, "/login", at)
	_, at, _ = ana.see("GET", "/desk", nil)
	assert.Equal(t, "/login", at)
}

var hiddenField = regexp.MustCompile(`<input type="hidden" name="([^"]+)" value="([^"]*)">`)

// hidden are the hidden fields of a page.
func hidden(text string) url.Values {
	v := url.Values{}
	for _, found := range hiddenField.FindAllStringSubmatch(text, -1) {
		v.Add(found[1], html.UnescapeString(found[2]))
	}
	return v
}

// Some minutes after signing in, a key is made only by who proves again who they are; what was typed goes through that
// question unharmed.
func TestKeysAskAgainWhoItIs(t *testing.T) {
	t.Parallel()
	cfg := configured(t)
	r := start(t, cfg)
	ana := r.registered(filepath.Join(cfg.StateDir, "outbox"), "ana@example.com")
	pool, err := postgres.Open(t.Context(), cfg.Database)
	require.NoError(t, err)
	defer pool.Close()
	_, err = pool.Exec(t.Context(), "UPDATE sessions SET proved_at = now() - interval '11 minutes'")
	require.NoError(t, err)

	wish := url.Values{"name": {"our <web> site"}, "scope": {"catalog:read", "sales:write"}}
	status, _, text := ana.see("POST", "/desk/settings/keys", wish)
	require.Equal(t, 403, status)
	require.Contains(t, text, "Show that it is you")
	again := hidden(text)
	require.Equal(t, wish, again)
	again.Set("_proof", "not the password")
	status, _, text = ana.see("POST", "/desk/settings/keys", again)
	require.Equal(t, 403, status)
	require.Contains(t, text, "The password is wrong")
	require.NotContains(t, text, "ptk_")
	again.Set("_proof", goodPassword)
	status, _, text = ana.see("POST", "/desk/settings/keys", again)
	require.Equal(t, 200, status)
	key := regexp.MustCompile(`ptk_[a-z2-7]+`).FindString(text)
	require.NotEmpty(t, key)
	r.api(key, "GET", "/events", nil)
	_, _, text = ana.see("GET", "/desk/settings/keys", nil)
	require.Contains(t, text, "our &lt;web&gt; site")
	require.NotContains(t, text, key, "it is told once")
	status, _, text = ana.see("GET", "/desk/settings/codes", nil)
	require.Equal(t, 200, status, "for some minutes nobody asks: %s", text)
}

func TestARoleThatWasTakenAwayIsGivenBackByUndo(t *testing.T) {
	t.Parallel()
	cfg := configured(t)
	r := start(t, cfg)
	outbox := filepath.Join(cfg.StateDir, "outbox")
	ana := r.registered(outbox, "ana@example.com")
	for _, x := range []string{"manager", "finance"} {
		_, _, text := ana.see("GET", "/desk/settings/people", nil)
		me := regexp.MustCompile(`name="person" value="([^"]+)"`).FindStringSubmatch(text)
		status, _, text := ana.see("POST", "/desk/settings/people/give", url.Values{"person": {me[1]}, "role": {x}, "where": {""}})
		require.Equal(t, 200, status, text)
		require.Contains(t, text, "The role is given.")
	}
	_, _, text := ana.see("GET", "/desk/settings/people", nil)
	grant := regexp.MustCompile(`<b>finance</b>[\s\S]*?name="grant" value="([^"]+)"`).FindStringSubmatch(text)
	require.Len(t, grant, 2)
	_, _, text = ana.see("POST", "/desk/settings/people/take", url.Values{"grant": {grant[1]}})
	require.Contains(t, text, "The role is taken away.")
	require.NotContains(t, text, "<b>finance</b>")
	_, _, text = ana.see("POST", "/desk/settings/people/give", hidden(text[strings.Index(text, `class="flash"`):strings.Index(text, "</main>")]))
	require.Contains(t, text, "<b>finance</b>", "undone")
	_, _, text = ana.see("GET", "/desk/settings/people", nil)
	require.NotContains(t, text, `class="flash"`, "a message is shown once")

	owner := regexp.MustCompile(`<b>owner</b>[\s\S]*?name="grant" value="([^"]+)"`).FindStringSubmatch(text)
	status, _, text := ana.see("POST", "/desk/settings/people/take", url.Values{"grant": {owner[1]}})
	require.Equal(t, 409, status)
	require.Contains(t, text, "Somebody must stay the owner")
}

func TestFormsOfOtherSitesAreRefused(t *testing.T) {
	t.Parallel()
	cfg := configured(t)
	r := start(t, cfg)
	ana := r.registered(filepath.Join(cfg.StateDir, "outbox"), "ana@example.com")
	for _, path := range []string{"/desk/settings/sessions/end", "/login", "/logout", "/register"} {
		request, err := http.NewRequest(http.MethodPost, r.PublicURL()+path, strings.NewReader("email=a"))
		require.NoError(t, err)
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		request.Header.Set("Sec-Fetch-Site", "cross-site")
		request.Header.Set("Origin", "https://evil.example")
		answer, err := ana.client.Do(request)
		require.NoError(t, err)
		answer.Body.Close()
		require.Equal(t, http.StatusForbidden, answer.StatusCode, path)
		require.Contains(t, answer.Header.Get("Content-Security-Policy"), "script-src 'self';")
		require.Equal(t, "no-store", answer.Header.Get("Cache-Control"))
	}
	_, at, _ := ana.see("GET", "/desk", nil)
	require.Equal(t, "/desk", at, "nobody was signed out")
}

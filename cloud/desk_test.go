package cloud_test

import (
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

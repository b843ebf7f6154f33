package enrol_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/hub/internal/enrol"
	"portaria/identity"
	"portaria/identity/join"
)

const (
	venue     = "01932f00-0000-7000-8000-0000000000a1"
	organizer = "01932f00-0000-7000-8000-0000000000b1"
	patience  = 10 * time.Second
)

// house is a hub's door with its roll behind it.
type house struct {
	*enrol.Roll
	self    *enrol.Self
	dir     string
	address string
	server  *http.Server

	mu      sync.Mutex
	ahead   time.Duration // of the roll's clock
	serving bool
	gone    []string
}

func (h *house) now() time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	return time.Now().Add(h.ahead)
}

func (h *house) wait(d time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.ahead += d
}

func open(t *testing.T) *house {
	t.Helper()
	h := &house{dir: t.TempDir()}
	require.NoError(t, enrol.Alone(h.dir, join.Settings{Name: "hub-1", Venue: venue, Organizer: organizer, PlatformKey: make([]byte, 32)}, time.Now()))
	h.reopen(t)
	return h
}

func (h *house) reopen(t *testing.T) {
	t.Helper()
	log := slog.New(slog.DiscardHandler)
	var err error
	h.self, err = enrol.OpenSelf(h.dir, log)
	require.NoError(t, err)
	h.Roll, err = enrol.Open(enrol.Config{Dir: h.dir, Self: h.self, Now: h.now, Log: log,
		Gone:    func(name string, _ identity.Role) { h.gone = append(h.gone, name) },
		Joined:  func(string, identity.Role) {},
		Serving: func(time.Time) bool { return h.serving }})
	require.NoError(t, err)
	mux := http.NewServeMux()
	join.Register(mux, h.Roll, log)
	mux.Handle("GET /blobs/", h.Only(identity.Gate, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "blob") })))
	h.server, h.address = serve(t, mux, h.ForHTTP())
	at, err := net.ResolveTCPAddr("tcp", h.address)
	require.NoError(t, err)
	h.self.Serve(at, at)
}

func serve(t *testing.T, handler http.Handler, cfg *tls.Config) (*http.Server, string) {
	t.Helper()
	socket, err := tls.Listen("tcp", "127.0.0.1:0", cfg)
	require.NoError(t, err)
	server := &http.Server{Handler: handler, ReadHeaderTimeout: patience, ErrorLog: slog.NewLogLogger(slog.DiscardHandler, 0)}
	go func() { _ = server.Serve(socket) }()
	t.Cleanup(func() { _ = server.Close() })
	return server, socket.Addr().String()
}

func (h *house) invite(t *testing.T, name string, replace bool) enrol.Invitation {
	t.Helper()
	i, err := h.Invite(name, []join.Lane{{Number: 1, Checkpoint: "door-a"}}, replace)
	require.NoError(t, err)
	return i
}

func parse(t *testing.T, code string) identity.Invitation {
	t.Helper()
	i, err := identity.ParseCode(code, identity.Gate)
	require.NoError(t, err)
	return i
}

// newcomer is a gate that joins with a code.
type newcomer struct {
	guest join.Guest
	words chan [4]string
	done  chan result
}

type result struct {
	member *join.Member
	err    error
}

func come(t *testing.T, code, address string) *newcomer {
	t.Helper()
	key, err := identity.NewKey()
	require.NoError(t, err)
	n := &newcomer{words: make(chan [4]string, 9), done: make(chan result, 1)}
	n.guest = join.Guest{Invitation: parse(t, code), Key: key, Every: time.Millisecond, Words: func(w [4]string) { n.words <- w }}
	n.start(t, address)
	return n
}

func (n *newcomer) said(t *testing.T) [4]string {
	t.Helper()
	select {
	case w := <-n.words:
		return w
	case got := <-n.done:
		require.FailNow(t, "it did not get so far", "%v", got.err)
	}
	return [4]string{}
}

func (n *newcomer) start(t *testing.T, address string) {
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	go func() {
		defer cancel()
		m, err := n.guest.Join(ctx, address)
		n.done <- result{m, err}
	}()
}

func (h *house) join(t *testing.T, name string, replace bool) *join.Member {
	t.Helper()
	n := come(t, h.invite(t, name, replace).Code, h.address)
	require.NoError(t, h.Approve(name, n.said(t)))
	got := <-n.done
	require.NoError(t, got.err)
	return got.member
}

// fetch asks for a blob as a member, and gives the status; 0 when the connection was refused.
func (h *house) fetch(t *testing.T, m *join.Member) int {
	t.Helper()
	client := clientOf(m)
	defer client.CloseIdleConnections()
	response, err := client.Get("https://" + h.address + "/blobs/x")
	if err != nil {
		return 0
	}
	defer response.Body.Close()
	return response.StatusCode
}

func clientOf(m *join.Member) *http.Client {
	d := identity.Dialer{Certificate: m.Certificate, Verify: identity.Is(identity.Door, venue, m.Believed)}
	return &http.Client{Transport: &http.Transport{TLSClientConfig: d.Config()}, Timeout: patience}
}

func TestAGateJoinsByItsCodeAndAPersonSaysYes(t *testing.T) {
	h := open(t)
	for name, code := range map[string]func(enrol.Invitation) string{
		"gate-1": func(i enrol.Invitation) string { return i.Code },
		"gate-2": func(i enrol.Invitation) string { return strings.ToLower(i.Typed) },
	} {
		n := come(t, code(h.invite(t, name, false)), h.address)
		words := n.said(t)
		require.Len(t, h.Waiting(), 1)
		assert.Equal(t, words, h.Waiting()[0].Words, "both screens show the same")
		assert.Empty(t, h.Invitations(), "the code is used up")
		require.ErrorIs(t, h.Approve(name, [4]string{"other", "words", "than", "these"}), enrol.ErrWords)
		require.NoError(t, h.Approve(name, words))
		got := <-n.done
		require.NoError(t, got.err)
		m := got.member
		assert.Equal(t, name, m.Settings.Name)
		assert.Equal(t, []join.Lane{{Number: 1, Checkpoint: "door-a"}}, m.Settings.Lanes)
		assert.Equal(t, "hub-1", m.Settings.Host)
		assert.Equal(t, http.StatusOK, h.fetch(t, m))
		require.NoError(t, m.Save(filepath.Join(h.dir, name)))
		back, err := join.Load(filepath.Join(h.dir, name), time.Now())
		require.NoError(t, err)
		assert.Equal(t, http.StatusOK, h.fetch(t, back), "also after it was started again")
	}
	assert.Equal(t, []string{"gate-1", "gate-2"}, h.Gates())
	require.NoError(t, h.server.Close())
	h.reopen(t)
	assert.Equal(t, []string{"gate-1", "gate-2"}, h.Gates(), "the roll is kept")
}

func TestWhoIsRefusedGetsNothing(t *testing.T) {
	h := open(t)
	n := come(t, h.invite(t, "gate-1", false).Code, h.address)
	n.said(t)
	require.NoError(t, h.Refuse("gate-1"))
	require.ErrorIs(t, (<-n.done).err, join.ErrRefused)
	assert.Empty(t, h.Members())
	assert.Empty(t, h.Waiting())
	require.ErrorIs(t, h.Approve("gate-1", [4]string{}), enrol.ErrNobody)
}

func TestACodeIsForFifteenMinutesOnceAndFiveTries(t *testing.T) {
	h := open(t)
	wrong := func(code string) string { // the same invitation, another secret
		i := parse(t, code)
		other := identity.NewToken()
		copy(other[:4], i.Token[:4])
		i.Token = other
		text, err := i.Encode()
		require.NoError(t, err)
		return text
	}
	late := h.invite(t, "gate-1", false).Code
	h.wait(enrol.Life)
	require.ErrorIs(t, (<-come(t, late, h.address).done).err, join.ErrRefused, "after 15 minutes")

	once := h.invite(t, "gate-1", false).Code
	first := come(t, once, h.address)
	words := first.said(t)
	require.ErrorIs(t, (<-come(t, once, h.address).done).err, join.ErrRefused, "a second machine with the same code")
	again := first.guest
	again.Words = func(w [4]string) { first.words <- w }
	second := &newcomer{guest: again, words: first.words, done: make(chan result, 1)}
	second.start(t, h.address)
	words2 := first.said(t)
	assert.NotEqual(t, words, words2, "the words are of a connection")
	require.NoError(t, h.Approve("gate-1", words2), "the same machine may ask again: its answer was lost")
	require.NoError(t, (<-second.done).err)

	h.wait(time.Minute)
	guessed := h.invite(t, "gate-2", false).Code
	for range enrol.Tries {
		require.ErrorIs(t, (<-come(t, wrong(guessed), h.address).done).err, join.ErrRefused)
	}
	require.ErrorIs(t, (<-come(t, guessed, h.address).done).err, join.ErrRefused, "the right one comes too late")

	h.wait(time.Minute)
	for range 10 {
		<-come(t, wrong(guessed), h.address).done
	}
	require.ErrorIs(t, (<-come(t, wrong(guessed), h.address).done).err, join.ErrBusy, "who guesses on is slowed down")
}

func TestAnInviterThatIsNotTheOneIsFoundOut(t *testing.T) {
	h, rogue := open(t), open(t)
	code := h.invite(t, "gate-1", false)
	require.ErrorIs(t, (<-come(t, code.Code, rogue.address).done).err, join.ErrWrongHost, "another key than the code's")
	require.ErrorIs(t, (<-come(t, code.Typed, rogue.address).done).err, join.ErrRefused, "it does not know the code")
	assert.Len(t, h.Invitations(), 1)
}

// TestSomebodyInBetweenGetsNowhere: a typed code has no fingerprint, so the guest speaks TLS to whoever answers. What it
// says there is of no use anywhere else.
func TestSomebodyInBetweenGetsNowhere(t *testing.T) {
	h, rogue := open(t), open(t)
	_, between := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		client := &http.Client{Transport: &http.Transport{TLSClientConfig: identity.Dialer{Verify: func(identity.Chain) error { return nil }}.Config()}}
		answer, err := client.Post("https://"+h.address+r.URL.Path, "application/json", bytes.NewReader(body))
		if err != nil {
			return
		}
		defer answer.Body.Close()
		w.WriteHeader(answer.StatusCode)
		_, _ = io.Copy(w, answer.Body)
	}), rogue.ForHTTP())
	code := h.invite(t, "gate-1", false)
	require.ErrorIs(t, (<-come(t, code.Typed, between).done).err, join.ErrRefused)
	assert.Empty(t, h.Waiting())
}

func TestWhoIsRemovedIsOutAtOnce(t *testing.T) {
	h := open(t)
	m := h.join(t, "gate-1", false)
	client := clientOf(m)
	ask := func() int {
		response, err := client.Get("https://" + h.address + "/blobs/x")
		require.NoError(t, err)
		defer response.Body.Close()
		_, _ = io.Copy(io.Discard, response.Body)
		return response.StatusCode
	}
	require.Equal(t, http.StatusOK, ask())
	require.NoError(t, h.Remove("gate-1", false))
	assert.Equal(t, http.StatusForbidden, ask(), "on a connection that was open")
	assert.Zero(t, h.fetch(t, m), "on a new one")
	assert.Equal(t, []string{"gate-1"}, h.gone)
	require.ErrorIs(t, h.Remove("gate-1", false), enrol.ErrUnknown)
	_, err := m.Renew(t.Context(), clientOf(m), "https://"+h.address)
	require.Error(t, err)

	require.NoError(t, h.server.Close())
	h.reopen(t)
	assert.Zero(t, h.fetch(t, m), "and after a restart")
	assert.Equal(t, http.StatusOK, h.fetch(t, h.join(t, "gate-1", false)), "its name can be given to another machine")
	assert.Zero(t, h.fetch(t, m))
}

func TestAGateIsReplaced(t *testing.T) {
	h := open(t)
	old := h.join(t, "gate-3", false)
	_, err := h.Invite("gate-3", nil, false)
	require.ErrorIs(t, err, enrol.ErrName)
	_, err = h.Invite("gate-4", nil, true)
	require.ErrorIs(t, err, enrol.ErrUnknown)
	i, err := h.Invite("gate-3", nil, true)
	require.NoError(t, err)
	n := come(t, i.Code, h.address)
	words := n.said(t)
	assert.Equal(t, http.StatusOK, h.fetch(t, old), "the old one works until the new one is approved")
	require.NoError(t, h.Approve("gate-3", words))
	got := <-n.done
	require.NoError(t, got.err)
	assert.Equal(t, old.Settings.Lanes, got.member.Settings.Lanes, "the same lanes")
	assert.NotEqual(t, identity.PrintOf(old.Chain.Leaf()), identity.PrintOf(got.member.Chain.Leaf()), "new keys")
	assert.Equal(t, http.StatusOK, h.fetch(t, got.member))
	assert.Zero(t, h.fetch(t, old))
	assert.Equal(t, []string{"gate-3"}, h.gone)
}

func TestRenewal(t *testing.T) {
	h := open(t)
	h.wait(-40 * 24 * time.Hour)
	_, err := h.Invite("gate-1", nil, false)
	require.NoError(t, err)
	n := come(t, h.invite(t, "gate-1", false).Code, h.address)
	require.ErrorContains(t, h.Approve("gate-1", n.said(t)), "clock", "a hub whose clock is wrong gives no certificates")
	h.wait(40 * 24 * time.Hour)

	m := h.join(t, "gate-2", false)
	begin, end := m.Chain.Leaf().NotBefore, m.Chain.Leaf().NotAfter
	assert.False(t, m.Due(begin.Add(9*24*time.Hour)))
	assert.True(t, m.Due(begin.Add(11*24*time.Hour)), "when a third of its life is over")
	h.wait(12 * 24 * time.Hour)
	fresh, err := m.Renew(t.Context(), clientOf(m), "https://"+h.address)
	require.NoError(t, err)
	assert.Equal(t, 12, int(fresh.Chain.Leaf().NotAfter.Sub(end).Hours()/24))
	assert.Equal(t, http.StatusOK, h.fetch(t, m), "the old one stays good while it lasts")
	assert.Equal(t, http.StatusOK, h.fetch(t, fresh))

	require.NoError(t, m.Save(filepath.Join(h.dir, "m")))
	stolen, err := join.Load(filepath.Join(h.dir, "m"), time.Now())
	require.NoError(t, err)
	other, err := identity.NewKey()
	require.NoError(t, err)
	stolen.Chain = fresh.Chain
	stolen.Key = other
	_, err = stolen.Renew(t.Context(), clientOf(m), "https://"+h.address)
	require.ErrorIs(t, err, join.ErrRefused, "a certificate is renewed for its own key only")
}

func TestAnExpiredGateRenewsDuringItsEventAndDoesNothingElse(t *testing.T) {
	h := open(t)
	m := h.join(t, "gate-1", false)
	expired, err := h.self.Member().CA.Issue(identity.Subject{Role: identity.Gate, Venue: venue, Name: "gate-1"}, m.Key.Public(), time.Now())
	require.NoError(t, err)
	m.Chain = expire(t, h, expired, m)
	assert.Equal(t, http.StatusForbidden, h.fetch(t, m), "it may connect, but is served nothing")
	_, err = m.Renew(t.Context(), clientOf(m), "https://"+h.address)
	require.ErrorIs(t, err, join.ErrRefused, "when nothing is on")
	h.serving = true
	fresh, err := m.Renew(t.Context(), clientOf(m), "https://"+h.address)
	require.NoError(t, err)
	assert.Equal(t, http.StatusOK, h.fetch(t, fresh))
	require.NoError(t, h.Remove("gate-1", false))
	_, err = m.Renew(t.Context(), clientOf(m), "https://"+h.address)
	require.Error(t, err, "not one that was removed")
}

func TestObserversReadAndTheirPapersEnd(t *testing.T) {
	h := open(t)
	first, err := h.AddObserver("watch")
	require.NoError(t, err)
	pair, err := tls.X509KeyPair(first.Certificate, first.Key)
	require.NoError(t, err)
	who, err := identity.SubjectOf(pair.Leaf)
	require.NoError(t, err)
	assert.Equal(t, identity.Subject{Role: identity.Observer, Venue: venue, Name: "watch"}, who)
	require.NoError(t, h.Judge(who, identity.PrintOf(pair.Leaf)))
	role, ok := h.Role("watch")
	assert.True(t, ok)
	assert.Equal(t, identity.Observer, role)
	_, err = h.AddObserver("watch")
	require.NoError(t, err)
	require.Error(t, h.Judge(who, identity.PrintOf(pair.Leaf)), "new papers end the old ones")
	_, err = h.Invite("watch", nil, true)
	require.ErrorIs(t, err, enrol.ErrName, "an observer does not become a gate")
	for _, name := range []string{"hub-1", "", "Wat ch"} {
		_, err = h.AddObserver(name)
		assert.Error(t, err, name)
	}
}

func TestStrangeMessagesAreRefused(t *testing.T) {
	h := open(t)
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: identity.Dialer{Verify: func(identity.Chain) error { return nil }}.Config()}}
	for _, body := range []string{"", "{", "[]", `{"v":2}`, `{"v":1,"request":"AAAA"}`, `{"v":1,"request":"` + strings.Repeat("A", 1<<20) + `"}`} {
		response, err := client.Post("https://"+h.address+"/enrol", "application/json", strings.NewReader(body))
		require.NoError(t, err)
		assert.Equal(t, http.StatusBadRequest, response.StatusCode, "%.40s", body)
		require.NoError(t, response.Body.Close())
	}
	response, err := client.Get("https://" + h.address + "/enrol/nobody")
	require.NoError(t, err)
	assert.Equal(t, http.StatusForbidden, response.StatusCode)
	require.NoError(t, response.Body.Close())
	assert.Empty(t, h.Waiting())
}

func TestTheRollShowsNoSecret(t *testing.T) {
	h := open(t)
	i := h.invite(t, "gate-1", false)
	h.join(t, "gate-2", false)
	raw, err := os.ReadFile(filepath.Join(h.dir, "roll.json"))
	require.NoError(t, err)
	assert.NotContains(t, string(raw), strings.ReplaceAll(i.Typed, "-", "")[4:])
	var lines []enrol.Member
	require.NoError(t, json.Unmarshal(raw, &lines))
	assert.Equal(t, h.Members()[0].Key, lines[0].Key)
}

package hub_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/edge/wire"
	"portaria/hub"
	"portaria/hub/internal/hubtest"
	"portaria/identity"
	"portaria/identity/join"
	"portaria/mqtt/session"
)

// secured is a hub whose machines join, without a cloud.
type secured struct {
	*hub.Hub
	t    *testing.T
	cfg  *hub.Config
	desk *hub.Counter
}

func newSecured(t *testing.T) *secured {
	t.Helper()
	cfg := hub.Defaults()
	cfg.ID, cfg.Venue, cfg.Organizer = "hub-1", hubtest.ID("venue").String(), hubtest.ID("organizer").String()
	cfg.PlatformKey = fmt.Sprintf("%x", []byte(hubtest.Public("platform")))
	cfg.StateDir, cfg.MQTTListen, cfg.GatesListen, cfg.HTTPListen = t.TempDir(), "127.0.0.1:0", "127.0.0.1:0", "127.0.0.1:0"
	h, err := hub.Start(t.Context(), cfg, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, h.Close()) })
	return &secured{h, t, cfg, hub.AtCounter(cfg.StateDir)}
}

// join brings a gate in as people do.
func (s *secured) join(name string, replace bool) *join.Member {
	s.t.Helper()
	code, err := s.desk.Invite(s.t.Context(), hub.Order{Name: name, Replace: replace})
	require.NoError(s.t, err)
	invitation, err := identity.ParseCode(code.Code, identity.Gate)
	require.NoError(s.t, err)
	key, err := identity.NewKey()
	require.NoError(s.t, err)
	words := make(chan [4]string, 1)
	guest := join.Guest{Invitation: invitation, Key: key, Every: time.Millisecond, Words: func(w [4]string) { words <- w }}
	done := make(chan error, 1)
	var m *join.Member
	go func() {
		var err error
		m, err = guest.Join(context.Background(), s.GatesAddr().String())
		done <- err
	}()
	select {
	case w := <-words:
		require.NoError(s.t, s.desk.Approve(s.t.Context(), name, w))
	case err := <-done:
		require.NoError(s.t, err)
	}
	require.NoError(s.t, <-done)
	return m
}

func dialer(m *join.Member) identity.Dialer {
	return identity.Dialer{Certificate: m.Certificate, Verify: identity.Is(identity.Door, m.Settings.Venue, m.Believed)}
}

func (s *secured) connect(m *join.Member, name string) *session.Session {
	s.t.Helper()
	topics := wire.GateTopics{Venue: hubtest.ID("venue"), Gate: name}
	line, err := session.Open(session.Config{URL: "mqtts://" + s.MQTTAddr().String(), ClientID: name, Dial: session.TLS(dialer(m).Config()),
		Subscribe: map[string]byte{topics.Ruling(): 0}, MaxInterval: 100 * time.Millisecond})
	require.NoError(s.t, err)
	s.t.Cleanup(func() { _ = line.Close() })
	return line
}

func (s *secured) fetch(m *join.Member, path string) (int, error) {
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: dialer(m).Config(), DisableKeepAlives: true}}
	response, err := client.Get("https://" + s.GatesAddr().String() + path)
	if err != nil {
		return 0, err
	}
	return response.StatusCode, response.Body.Close()
}

func TestARemovedGateIsCutOffWithinFiveSeconds(t *testing.T) {
	t.Parallel()
	s := newSecured(t)
	m := s.join("gate-1", false)
	line, rogue := s.connect(m, "gate-1"), s.connect(m, "gate-2")
	require.Eventually(t, line.Up, hubtest.Patience, time.Millisecond)
	assert.Never(t, rogue.Up, 300*time.Millisecond, 10*time.Millisecond, "its certificate is of gate-1")
	status, err := s.fetch(m, "/secrets/"+s.cfg.Venue)
	require.NoError(t, err)
	assert.NotEqual(t, http.StatusForbidden, status)

	began := time.Now()
	require.NoError(t, s.desk.Remove(t.Context(), "gate-1", false))
	require.Eventually(t, func() bool { return !line.Up() }, 5*time.Second, time.Millisecond)
	t.Logf("cut off after %s", time.Since(began))
	assert.Never(t, line.Up, 300*time.Millisecond, 10*time.Millisecond, "and it stays out")
	_, err = s.fetch(m, "/secrets/"+s.cfg.Venue)
	require.Error(t, err)
	require.Eventually(t, func() bool { return len(s.Status().Gates) == 0 }, hubtest.Patience, time.Millisecond)
	require.ErrorContains(t, s.desk.Remove(t.Context(), "gate-1", false), "nobody of that name")
}

func TestAReplacedGateHasNewKeysAndTheOldOneIsOut(t *testing.T) {
	t.Parallel()
	s := newSecured(t)
	old := s.join("gate-3", false)
	line := s.connect(old, "gate-3")
	require.Eventually(t, line.Up, hubtest.Patience, time.Millisecond)
	fresh := s.join("gate-3", true)
	require.Eventually(t, func() bool { return !line.Up() }, 5*time.Second, time.Millisecond)
	next := s.connect(fresh, "gate-3")
	require.Eventually(t, next.Up, hubtest.Patience, time.Millisecond)
	assert.Never(t, line.Up, 300*time.Millisecond, 10*time.Millisecond)
	require.Eventually(t, func() bool {
		gates := s.Status().Gates
		return len(gates) == 1 && !gates[0].Excluded
	}, hubtest.Patience, time.Millisecond, "the name takes part again")
}

func TestThePagesOfGatesGiveNothingToStrangers(t *testing.T) {
	t.Parallel()
	s := newSecured(t)
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true,
		TLSClientConfig: identity.Dialer{Verify: func(identity.Chain) error { return nil }}.Config()}}
	for _, path := range []string{"/secrets/" + s.cfg.Venue, "/blobs/" + strings.Repeat("0", 64)} {
		response, err := client.Get("https://" + s.GatesAddr().String() + path)
		require.NoError(t, err)
		assert.Equal(t, http.StatusForbidden, response.StatusCode, path)
		require.NoError(t, response.Body.Close())
		response, err = http.Get("http://" + s.HTTPAddr().String() + path)
		require.NoError(t, err)
		assert.Equal(t, http.StatusNotFound, response.StatusCode, "not in the clear either: %s", path)
		require.NoError(t, response.Body.Close())
	}
}

// TestATLSScanIsClean scans both listeners with sslscan (Debian).
func TestATLSScanIsClean(t *testing.T) {
	t.Parallel()
	s := newSecured(t)
	for name, address := range map[string]string{"MQTT": s.MQTTAddr().String(), "HTTPS": s.GatesAddr().String()} {
		out, err := exec.CommandContext(t.Context(), "sslscan", "--no-colour", "--show-client-cas", address).CombinedOutput()
		require.NoError(t, err, string(out))
		text := string(out)
		for _, old := range []string{"SSLv2", "SSLv3", "TLSv1.0", "TLSv1.1", "TLSv1.2"} {
			assert.Regexp(t, regexp.MustCompile(regexp.QuoteMeta(old)+`\s+disabled`), text, name)
		}
		assert.Regexp(t, `TLSv1\.3\s+enabled`, text, name)
		for _, weak := range []string{"RC4", "3DES", "CBC", "NULL", "EXP", "anon", "vulnerable to heartbleed"} {
			assert.NotContains(t, strings.ReplaceAll(text, "not vulnerable to heartbleed", ""), weak, name)
		}
	}
}

func TestASocketOfALongFolderNameWorksToo(t *testing.T) {
	t.Parallel()
	s := newSecured(t)
	cfg := *s.cfg
	cfg.StateDir = filepath.Join(t.TempDir(), strings.Repeat("long", 30))
	cfg.MQTTListen, cfg.GatesListen, cfg.HTTPListen = "127.0.0.1:0", "127.0.0.1:0", "127.0.0.1:0"
	h, err := hub.Start(t.Context(), &cfg, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	defer func() { require.NoError(t, h.Close()) }()
	all, err := hub.AtCounter(cfg.StateDir).Enrolled(t.Context())
	require.NoError(t, err)
	assert.Empty(t, all.Members)
}

package notify_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-smtp"
	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/cloud/internal/account/person"
	"portaria/cloud/internal/locale"
	"portaria/cloud/internal/notify"
)

// postOffice is a real SMTP server that keeps what it gets, and refuses whom it is told to.
type postOffice struct {
	mu     sync.Mutex
	got    []string
	refuse map[string]error
}

func (p *postOffice) NewSession(*smtp.Conn) (smtp.Session, error) { return &visit{office: p}, nil }

type visit struct{ office *postOffice }

func (*visit) Mail(string, *smtp.MailOptions) error { return nil }
func (v *visit) Rcpt(to string, _ *smtp.RcptOptions) error {
	v.office.mu.Lock()
	defer v.office.mu.Unlock()
	return v.office.refuse[to]
}

func (v *visit) Data(r io.Reader) error {
	raw, err := io.ReadAll(r)
	v.office.mu.Lock()
	defer v.office.mu.Unlock()
	v.office.got = append(v.office.got, string(raw))
	return err
}
func (*visit) Reset()        {}
func (*visit) Logout() error { return nil }

func open(t *testing.T) (*postOffice, notify.Sender) {
	p := &postOffice{refuse: map[string]error{}}
	server := smtp.NewServer(p)
	server.Domain = "localhost"
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(func() { _ = server.Close() })
	sender, err := notify.NewSMTP(notify.Server{Address: listener.Addr().String(), From: "Portaria <noreply@portaria.example>", Plain: true})
	require.NoError(t, err)
	return p, sender
}

// bag is a queue in memory.
type bag struct {
	waiting []notify.Waiting
	off     map[uuid.UUID]time.Time
}

func (b *bag) DueMails(_ context.Context, now, later time.Time, _ int) (due []notify.Waiting, _ error) {
	for i := range b.waiting {
		w := &b.waiting[i]
		if !b.off[w.ID].After(now) {
			w.Tried++
			b.off[w.ID] = later
			due = append(due, *w)
		}
	}
	return due, nil
}

func (b *bag) Sent(_ context.Context, id uuid.UUID) error {
	for i, w := range b.waiting {
		if w.ID == id {
			b.waiting = append(b.waiting[:i:i], b.waiting[i+1:]...)
			break
		}
	}
	return nil
}

func (b *bag) PutOff(_ context.Context, id uuid.UUID, until time.Time, _ string) error {
	b.off[id] = until
	return nil
}

func TestEveryLetterIsWrittenInEveryLanguage(t *testing.T) {
	for _, tag := range locale.Supported {
		for _, kind := range []string{person.LetterConfirm, person.LetterKnown, person.LetterReset, person.LetterUnknown, person.LetterInvite, person.LetterNewLogin} {
			m, err := notify.Write(person.Letter{Kind: kind, To: "a@b.example", Name: "Ana", Language: tag, Link: "https://x.example/y", About: "Festival & Cia <b>"})
			require.NoError(t, err, kind)
			assert.Contains(t, m.Text, "https://x.example/y", kind)
			assert.NotContains(t, m.HTML, "<b>", "what people type is text")
			assert.NotContains(t, m.Text+m.Subject, "{{")
		}
		for _, what := range []string{"password", "totp_on", "totp_off", "passkey_on", "passkey_off"} {
			m, err := notify.Write(person.Letter{Kind: person.LetterChanged, To: "a@b.example", Language: tag, About: what})
			require.NoError(t, err)
			assert.NotContains(t, m.Text, "changed_what")
		}
	}
	_, err := notify.Write(person.Letter{Kind: "poem", Language: "en"})
	require.ErrorContains(t, err, "poem")
}

func TestALetterReachesAMailServer(t *testing.T) {
	office, sender := open(t)
	m, err := notify.Write(person.Letter{Kind: person.LetterInvite, To: "joão@example.com", Language: "pt-BR", Link: "https://x.example/y", About: "Festival\r\nBcc: all@example.com"})
	require.NoError(t, err)
	m.To, m.ID = "ana@example.com", "one"
	require.NoError(t, sender.Send(t.Context(), m))
	require.Len(t, office.got, 1)
	head, _, _ := strings.Cut(office.got[0], "\r\n\r\n")
	assert.Contains(t, head, "To: <ana@example.com>")
	assert.Contains(t, head, "Message-ID: <one@portaria.example>")
	assert.NotContains(t, "\r\n"+head, "\r\nBcc:", "a name starts no header")
	assert.Contains(t, office.got[0], "text/html")
}

func TestWhatIsNotTakenIsTriedAgainAndWhatIsRefusedIsNot(t *testing.T) {
	office, sender := open(t)
	office.refuse["later@example.com"] = &smtp.SMTPError{Code: 451, Message: "later"}
	office.refuse["never@example.com"] = &smtp.SMTPError{Code: 550, Message: "no such person"}
	now := time.Now()
	queue := &bag{off: map[uuid.UUID]time.Time{}}
	for _, to := range []string{"later@example.com", "never@example.com", "ana@example.com", "not an address"} {
		queue.waiting = append(queue.waiting, notify.Waiting{ID: uuid.New(), Made: now, Letter: person.Letter{Kind: person.LetterReset, To: to, Language: "en", Link: "https://x.example"}})
	}
	o := notify.Office{Queue: queue, Sender: sender, Now: func() time.Time { return now }, Log: slog.New(slog.DiscardHandler)}
	require.NoError(t, o.Deliver(t.Context()))
	require.Len(t, office.got, 1)
	require.Len(t, queue.waiting, 1)
	assert.Equal(t, "later@example.com", queue.waiting[0].To)

	office.mu.Lock()
	delete(office.refuse, "later@example.com")
	office.mu.Unlock()
	require.NoError(t, o.Deliver(t.Context()))
	require.Len(t, office.got, 1, "not before its time")
	now = now.Add(11 * time.Second)
	require.NoError(t, o.Deliver(t.Context()))
	require.Len(t, office.got, 2)
	assert.Empty(t, queue.waiting)
}

type dead struct{}

func (dead) Send(context.Context, notify.Mail) error { return errors.New("the line is dead") }

func TestALetterIsGivenUpWhenItsLinkIsOld(t *testing.T) {
	now := time.Now()
	queue := &bag{off: map[uuid.UUID]time.Time{}, waiting: []notify.Waiting{{ID: uuid.New(), Made: now, Letter: person.Letter{Kind: person.LetterReset, To: "a@b.example", Language: "en"}}}}
	o := notify.Office{Queue: queue, Sender: dead{}, Now: func() time.Time { return now }, Log: slog.New(slog.DiscardHandler)}
	tries := 0
	for len(queue.waiting) > 0 {
		require.NoError(t, o.Deliver(t.Context()))
		now = now.Add(time.Hour)
		tries++
		require.Less(t, tries, 100)
	}
	assert.Greater(t, tries, 70)
}

func TestAFolderTakesMailsForDemonstrations(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "outbox")
	sender, err := notify.NewFolder(dir, "Portaria <noreply@localhost>")
	require.NoError(t, err)
	require.NoError(t, sender.Send(t.Context(), notify.Mail{To: "a@b.example", Subject: "x", Text: "hello", HTML: "<p>hello", ID: "1"}))
	files, err := filepath.Glob(filepath.Join(dir, "*.eml"))
	require.NoError(t, err)
	require.Len(t, files, 1)
	raw, err := os.ReadFile(files[0])
	require.NoError(t, err)
	assert.Contains(t, string(raw), "a@b.example")
}

func TestTheFolderForgetsWhoIsErased(t *testing.T) {
	dir := t.TempDir()
	folder, err := notify.NewFolder(dir, "Portaria <noreply@portaria.example>")
	require.NoError(t, err)
	for i, to := range []string{"ana@example.com", "Ana@Example.com", "mariana@example.com"} {
		require.NoError(t, folder.Send(t.Context(), notify.Mail{To: to, Subject: "ana@example.com", Text: "ana@example.com", HTML: "x", ID: string(rune('a' + i))}))
	}
	require.NoError(t, os.WriteFile(filepath.Join(dir, "x.eml"), []byte("no mail"), 0o600))
	n, err := folder.(interface{ Forget(string) (int64, error) }).Forget("ana@example.com")
	require.NoError(t, err)
	assert.EqualValues(t, 2, n)
	left, err := filepath.Glob(filepath.Join(dir, "*.eml"))
	require.NoError(t, err)
	assert.Len(t, left, 2)
}

package scanner_test

import (
	"context"
	"errors"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"portaria/edge/internal/keyboard"
	"portaria/edge/internal/keyboard/keyboardtest"
	"portaria/edge/internal/scanner"
	firmwareconfig "portaria/firmware-config"
)

func wedge(layout string) firmwareconfig.Scanner {
	return firmwareconfig.Scanner{Kind: firmwareconfig.AsKeyboard, Keyboard: firmwareconfig.Keyboard{Layout: layout},
		Framing: firmwareconfig.Framing{Suffixes: []string{"cr", "tab"}, IdleMillis: 100, AIM: true}}
}

func strokes(t testing.TB, layout, text string) []keyboard.Event {
	t.Helper()
	events, err := keyboardtest.Type(layout, text)
	require.NoError(t, err)
	return events
}

func typist(t testing.TB, layout string) *scanner.Typist {
	t.Helper()
	typist, err := scanner.NewTypist(wedge(layout), func(uint16) bool { return false })
	require.NoError(t, err)
	return typist
}

func TestASignedCodeIsReadInEveryLayout(t *testing.T) {
	code := strings.Repeat("0123456789ABCDEFGHJKMNPQRSTVWXYZ", 4)
	for _, layout := range keyboard.Layouts() {
		assert.Equal(t, []scanner.Reading{{Text: code}}, typist(t, layout).Feed(strokes(t, layout, "]Q1"+code+"\r")), layout)
	}
}

var (
	dropped = keyboard.Event{Type: keyboard.Sync, Code: keyboard.Dropped}
	report  = keyboard.Event{Type: keyboard.Sync, Code: keyboard.Together}
)

func TestTypedCodesAreFramed(t *testing.T) {
	long := strings.Repeat("A", 10<<10)
	join := func(parts ...any) (events []keyboard.Event) {
		for _, part := range parts {
			switch part := part.(type) {
			case string:
				events = append(events, strokes(t, "us", part)...)
			case keyboard.Event:
				events = append(events, part)
			}
		}
		return events
	}
	rows := []struct {
		name   string
		events []keyboard.Event
		want   []scanner.Reading
	}{
		{"Enter ends a code", join("AB\rCD\r"), []scanner.Reading{{Text: "AB"}, {Text: "CD"}}},
		{"Tab ends a code", join("AB\t"), []scanner.Reading{{Text: "AB"}}},
		{"Enter alone says nothing", join("\r\r"), nil},
		{"silence leaves half a code", join("AB"), []scanner.Reading{{Text: "AB", Unreadable: true}}},
		{"a dead key that waits is part of it", []keyboard.Event{{Type: 1, Code: 30, Value: 1}}, []scanner.Reading{{Text: "a", Unreadable: true}}},
		{"lost events spoil the code and no other", join("AB", dropped, "X", report, "CD\rEF\r"),
			[]scanner.Reading{{Text: "ABCD", Unreadable: true}, {Text: "EF"}}},
		{"events between the loss and the report are not believed", join(dropped, keyboard.Event{Type: 1, Code: 28, Value: 1}, report, "AB\r"),
			[]scanner.Reading{{Text: "AB", Unreadable: true}}},
		{"a whole code that was lost is told too", join(dropped, report), []scanner.Reading{{Unreadable: true}}},
		{"10 kB is refused once", join(long + "\rOK\r"), []scanner.Reading{{Text: long[:64], Unreadable: true}, {Text: "OK"}}},
		{"a key with no character makes it unreadable", join("AB", keyboard.Event{Type: 1, Code: 59, Value: 1}, "CD\r"),
			[]scanner.Reading{{Text: "AB\ufffdCD", Unreadable: true}}},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			typist := typist(t, "us")
			assert.Equal(t, row.want, append(typist.Feed(row.events), typist.Idle()...))
		})
	}
}

func FuzzTypist(f *testing.F) {
	var seed []byte
	for _, e := range append(strokes(f, "us", "]Q1ab\r"), dropped, report) {
		seed = append(seed, e.Record(16)...)
	}
	f.Add(seed)
	f.Fuzz(func(t *testing.T, raw []byte) {
		typist := typist(t, "abnt2")
		for _, r := range append(typist.Feed(keyboard.Events(raw, 16)), typist.Idle()...) {
			if r.Text == "" && !r.Unreadable || len(r.Text) > scanner.MaxCode || strings.ContainsAny(r.Text, "\r\n\t\x00") {
				t.Fatalf("reading %q", r.Text)
			}
		}
		assert.Empty(t, typist.Idle(), "nothing is left behind")
	})
}

// socket is a keyboard that comes and goes: a pair of sockets stands in for the kernel's input device, which this
// machine may not have, and carries the records it would give.
type socket struct {
	mu   sync.Mutex
	near *os.File // nil = unplugged
	far  *os.File
}

func (s *socket) plug(t *testing.T) {
	t.Helper()
	ends, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
	require.NoError(t, err)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.near, s.far = os.NewFile(uintptr(ends[0]), "near"), os.NewFile(uintptr(ends[1]), "far")
}

func (s *socket) unplug() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.far != nil {
		_ = s.far.Close()
	}
	s.near, s.far = nil, nil
}

func (s *socket) open(string) (*os.File, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.near == nil {
		return nil, errors.New("no such device")
	}
	near := s.near
	s.near = nil // the reader owns it now
	return near, nil
}

func (s *socket) send(t *testing.T, events []keyboard.Event) {
	t.Helper()
	var raw []byte
	for _, e := range events {
		raw = append(raw, e.Record(keyboard.RecordSize)...)
	}
	_, err := s.far.Write(raw)
	require.NoError(t, err)
}

func TestAKeyboardIsReadUnpluggedAndReadAgain(t *testing.T) {
	device := &socket{}
	readings, states := make(chan scanner.Reading, 100), make(chan string, 100)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		scanner.Keyboard{Device: "by-id", Profile: wedge("fr")}.Through(device.open).Run(ctx,
			func(r scanner.Reading) { readings <- r }, func(now string, _ error) { states <- now })
	}()
	require.Equal(t, scanner.Gone, next(t, states))
	device.plug(t)
	require.Equal(t, scanner.Ready, next(t, states))
	device.send(t, strokes(t, "fr", "7K3M9QXF2TBCW8\r"))
	assert.Equal(t, scanner.Reading{Text: "7K3M9QXF2TBCW8"}, next(t, readings))
	device.send(t, strokes(t, "fr", "7K3M"))
	assert.Equal(t, scanner.Reading{Text: "7K3M", Unreadable: true}, next(t, readings), "the rest never came")
	device.send(t, strokes(t, "fr", "HALF"))
	device.unplug()
	require.Equal(t, scanner.Gone, next(t, states))
	device.plug(t)
	require.Equal(t, scanner.Ready, next(t, states))
	device.send(t, strokes(t, "fr", "WHOLE\r"))
	for r := next(t, readings); r.Text != "WHOLE"; r = next(t, readings) {
		assert.True(t, r.Unreadable, "the half may have been told before the cable was out")
	}
	cancel()
	select {
	case <-ended:
	case <-time.After(5 * time.Second):
		require.Fail(t, "a reader that waits for a key does not stop")
	}
	device.unplug()
}

func TestWhatIsNoKeyboardSaysSo(t *testing.T) {
	for device, says := range map[string]string{"/dev/null": "is no keyboard", "/dev/input/by-id/none": "open the scanner"} {
		ctx, cancel := context.WithCancel(t.Context())
		why := make(chan error, 100)
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			scanner.Named(device, wedge("us"), nil).Run(ctx, func(scanner.Reading) {}, func(_ string, err error) { why <- err })
		}()
		assert.ErrorContains(t, next(t, why), says)
		cancel()
		<-ended
	}
}

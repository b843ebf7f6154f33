package scanner_test

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/edge/internal/keyboard"
	"portaria/edge/internal/scanner"
	"portaria/edge/internal/scanner/scannertest"
	firmwareconfig "portaria/firmware-config"
)

func profile(t testing.TB, name string) firmwareconfig.Scanner {
	t.Helper()
	p, err := firmwareconfig.ScannerNamed(name)
	require.NoError(t, err)
	return p
}

func TestEveryProfileReadsItsSamples(t *testing.T) {
	all, err := firmwareconfig.Scanners()
	require.NoError(t, err)
	for _, p := range all {
		for _, sample := range p.Samples {
			t.Run(p.Name+"/"+sample.Says, func(t *testing.T) {
				readings := played(t, p, sample)
				require.Len(t, readings, 1)
				assert.Equal(t, sample.Unreadable, readings[0].Unreadable)
				if !sample.Unreadable {
					assert.Equal(t, sample.Code, readings[0].Text)
				}
			})
		}
	}
}

// played is what a sample reads as.
func played(t *testing.T, p firmwareconfig.Scanner, sample firmwareconfig.Sample) []scanner.Reading {
	t.Helper()
	if p.Kind == firmwareconfig.OnSerial {
		raw, err := sample.Raw()
		require.NoError(t, err)
		framer := scanner.NewFramer(p.Framing)
		return append(framer.Feed(raw), framer.Idle()...)
	}
	if p.Kind == firmwareconfig.ByCamera {
		return shown(t, p, picture(t, sample.Code))
	}
	keys, err := sample.Strokes()
	require.NoError(t, err)
	typist, err := scanner.NewTypist(p, func(uint16) bool { return false })
	require.NoError(t, err)
	var events []keyboard.Event
	for _, key := range keys {
		events = append(events, keyboard.Event{Type: keyboard.Pressed, Code: key.Code, Value: key.Value}, keyboard.Event{})
	}
	return append(typist.Feed(events), typist.Idle()...)
}

func TestFraming(t *testing.T) {
	rows := []struct {
		name  string
		bytes string
		want  []scanner.Reading
	}{
		{"two codes in one burst", "AAA\r\nBBB\r\n", []scanner.Reading{{Text: "AAA"}, {Text: "BBB"}}},
		{"empty lines say nothing", "\r\n\r\n\t", nil},
		{"outer spaces go, inner stay", "  A B  \r", []scanner.Reading{{Text: "A B"}}},
		{"letters beyond ASCII are text", "ENTRÁDA-Ж\r", []scanner.Reading{{Text: "ENTRÁDA-Ж"}}},
		{"a bracket that is no identifier stays", "]1x\r", []scanner.Reading{{Text: "]1x"}}},
		{"an identifier alone is nothing", "]Q1\r", nil},
		{"control characters are binary", "A\x1bB\r", []scanner.Reading{{Text: "A�B", Unreadable: true}}},
		{"an ECI mark goes, and its doubled backslashes", "]Q2\\000026A\\\\B\r", []scanner.Reading{{Text: `A\B`}}},
		{"two ECI marks go", "\\000003\\000026AB\r", []scanner.Reading{{Text: "AB"}}},
		{"a backslash with other characters stays", "\\00002XAB\r", []scanner.Reading{{Text: `\00002XAB`}}},
		{"10 kB is cut and refused once", strings.Repeat("A", 10<<10) + "\rOK\r",
			[]scanner.Reading{{Text: strings.Repeat("A", 64), Unreadable: true}, {Text: "OK"}}},
		{"exactly the cap is a code", strings.Repeat("A", scanner.MaxCode) + "\r",
			[]scanner.Reading{{Text: strings.Repeat("A", scanner.MaxCode)}}},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			framer := scanner.NewFramer(profile(t, "generic-serial").Framing)
			var got []scanner.Reading
			for _, b := range []byte(row.bytes) { // byte by byte: chunks must not matter
				got = append(got, framer.Feed([]byte{b})...)
			}
			assert.Equal(t, row.want, got)
			assert.Equal(t, row.want, scanner.NewFramer(profile(t, "generic-serial").Framing).Feed([]byte(row.bytes)))
		})
	}
}

type station struct {
	line     *scannertest.Line
	readings chan scanner.Reading
	states   chan string
}

func running(t *testing.T, profileName string) station {
	s := station{scannertest.New(t), make(chan scanner.Reading, 100), make(chan string, 100)}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	device := scanner.Serial{Device: s.line.Device, Profile: profile(t, profileName)}
	go func() {
		defer close(done)
		device.Run(ctx, func(r scanner.Reading) { s.readings <- r }, func(now string, _ error) { s.states <- now })
	}()
	t.Cleanup(func() { cancel(); <-done })
	require.Equal(t, scanner.Ready, next(t, s.states))
	return s
}

func next[T any](t *testing.T, from chan T) T {
	t.Helper()
	select {
	case v := <-from:
		return v
	case <-time.After(5 * time.Second):
		require.Fail(t, "nothing came")
		panic("not reached")
	}
}

func TestCodesComeOverARealLine(t *testing.T) {
	s := running(t, "generic-serial")
	s.line.Send("]Q17K3M9QXF2TBCW8\r\n")
	assert.Equal(t, scanner.Reading{Text: "7K3M9QXF2TBCW8"}, next(t, s.readings))
	s.line.Send("NOSUFFIX")
	assert.Equal(t, scanner.Reading{Text: "NOSUFFIX"}, next(t, s.readings), "silence ends it")
	s.line.Send("\x00\xfe\x01\r")
	assert.True(t, next(t, s.readings).Unreadable)
	s.line.Send(strings.Repeat("X", 3000))
	s.line.Send(strings.Repeat("X", 3000))
	assert.True(t, next(t, s.readings).Unreadable)
	s.line.Send("AFTER\r")
	assert.Equal(t, scanner.Reading{Text: "AFTER"}, next(t, s.readings))
}

func TestAnUnpluggedScannerComesBackByItsName(t *testing.T) {
	s := running(t, "generic-serial")
	s.line.Send("HALF")
	s.line.Unplug()
	require.Equal(t, scanner.Gone, next(t, s.states))
	s.line.Plug()
	require.Equal(t, scanner.Ready, next(t, s.states))
	s.line.Send("WHOLE\r")
	for {
		if r := next(t, s.readings); r.Text != "HALF" { // the half may have been ended by silence first
			assert.Equal(t, scanner.Reading{Text: "WHOLE"}, r)
			return
		}
	}
}

func TestHalfACodeIsUnreadableWhereASuffixIsPromised(t *testing.T) {
	s := running(t, "strict-serial")
	s.line.Send("7K3M9Q")
	assert.Equal(t, scanner.Reading{Text: "7K3M9Q", Unreadable: true}, next(t, s.readings))
}

func TestTwoReadersOfOneScannerDoNotShareIt(t *testing.T) {
	s := running(t, "generic-serial")
	second := make(chan error, 10)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		scanner.Serial{Device: s.line.Device, Profile: profile(t, "generic-serial")}.
			Run(ctx, func(scanner.Reading) {}, func(_ string, why error) { second <- why })
	}()
	assert.ErrorContains(t, next(t, second), "another program reads it")
	cancel()
	<-done
}

func TestAReaderTurnsWhetherOrNotItsDeviceIsThere(t *testing.T) {
	profile, err := firmwareconfig.ScannerNamed("generic-serial")
	require.NoError(t, err)
	for name, device := range map[string]string{"there": scannertest.New(t).Device, "gone": "/dev/none"} {
		var turns atomic.Int32
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			scanner.Serial{Device: device, Profile: profile, Beat: func() { turns.Add(1) }}.Run(ctx,
				func(scanner.Reading) {}, func(string, error) {})
		}()
		assert.Eventually(t, func() bool { return turns.Load() > 3 }, 5*time.Second, time.Millisecond, name)
		stop()
		<-ended
	}
}

package scanner_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/blackjack/webcam"
	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"portaria/edge/internal/scanner"
	"portaria/edge/internal/scanner/sight"
	"portaria/edge/internal/scanner/sight/drawn"
	firmwareconfig "portaria/firmware-config"
)

func picture(t testing.TB, code string) sight.Picture {
	t.Helper()
	p, err := drawn.Code(qrcode.NewQRCodeWriter(), gozxing.BarcodeFormat_QR_CODE, code, 640, 480, 300)
	require.NoError(t, err)
	return p
}

// sights is a camera that gives what it was told: a picture, an error, or nothing for a second (nil).
type sights struct {
	mu     sync.Mutex
	coming []any
	closed int
}

func (s *sights) Look() (sight.Picture, error) {
	time.Sleep(100 * time.Millisecond) // of the bubble's time
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.coming) == 0 {
		return sight.Picture{}, scanner.ErrNoPicture
	}
	now := s.coming[0]
	s.coming = s.coming[1:]
	switch now := now.(type) {
	case sight.Picture:
		return now, nil
	case error:
		return sight.Picture{}, now
	}
	return sight.Picture{}, scanner.ErrNoPicture
}

func (s *sights) Close() error { s.closed++; return nil }

// shown is what a camera reads when it sees pictures one after the other.
func shown(t *testing.T, p firmwareconfig.Scanner, pictures ...any) (readings []scanner.Reading) {
	readings, _ = watched(t, p, 10*time.Second, pictures...)
	return readings
}

func watched(t *testing.T, p firmwareconfig.Scanner, long time.Duration, pictures ...any) (readings []scanner.Reading, said []string) {
	synctest.Test(t, func(t *testing.T) {
		ctx, stop := context.WithTimeout(t.Context(), long)
		defer stop()
		eye := &sights{coming: pictures}
		scanner.Camera{Device: "/dev/v4l/by-id/x", Profile: p}.Through(func() (scanner.Eye, error) { return eye, nil }, time.Now).Run(ctx,
			func(r scanner.Reading) { readings = append(readings, r) },
			func(now string, why error) {
				if why != nil {
					now += ": " + why.Error()
				}
				said = append(said, now)
			})
		assert.Positive(t, eye.closed)
	})
	return readings, said
}

func camera(t *testing.T) firmwareconfig.Scanner { return profile(t, "camera") }

func nothing(n int) []any { return make([]any, n) }

func TestACodeInFrontOfACameraIsOneScan(t *testing.T) {
	a, b := picture(t, "FIRST"), picture(t, "SECOND")
	dark := sight.Picture{Grey: make([]byte, 640*480), Width: 640, Height: 480}
	rows := []struct {
		name     string
		pictures []any
		want     []string
	}{
		{"held for a second", []any{a, a, a, a, a, a, a, a, a, a}, []string{"FIRST"}},
		{"hidden for a moment by a finger", []any{a, dark, dark, a}, []string{"FIRST"}},
		{"taken away and shown again", append(append([]any{a}, nothing(16)...), a), []string{"FIRST", "FIRST"}},
		{"another one", []any{a, b, a}, []string{"FIRST", "SECOND", "FIRST"}},
		{"nothing at all", []any{dark, dark}, nil},
		{"a code that is too long to be one", []any{picture(t, strings.Repeat("1", 2000))}, []string{strings.Repeat("1", 2000)}},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			var texts []string
			for _, r := range shown(t, camera(t), row.pictures...) {
				assert.False(t, r.Unreadable)
				texts = append(texts, r.Text)
			}
			assert.Equal(t, row.want, texts)
		})
	}
}

func TestWhatACameraReadsIsCleanedAsFromALine(t *testing.T) {
	got := shown(t, camera(t), picture(t, "AB\x00CD\nEF"))
	assert.Equal(t, []scanner.Reading{{Text: "AB\ufffdCD\ufffdEF", Unreadable: true}}, got)
}

func TestACameraThatShowsNothingIsGoneAndComesBack(t *testing.T) {
	a := picture(t, "CODE")
	_, said := watched(t, camera(t), 20*time.Second, append(append([]any{a}, nothing(60)...), a)...)
	require.GreaterOrEqual(t, len(said), 3)
	assert.Equal(t, scanner.Ready, said[0])
	assert.Contains(t, said[1], "gives no picture")
	assert.Equal(t, scanner.Ready, said[2])
	_, said = watched(t, camera(t), 5*time.Second, a, unix.ENODEV, a)
	assert.Equal(t, []string{scanner.Ready, scanner.Gone + ": hung up: no such device", scanner.Ready}, said[:3])
}

func TestACameraThatCannotBeOpenedSaysWhy(t *testing.T) {
	for name, device := range map[string]string{"is not there": "/dev/none"} {
		ctx, stop := context.WithCancel(t.Context())
		scanner.Camera{Device: device, Profile: camera(t)}.Run(ctx, func(scanner.Reading) {}, func(now string, why error) {
			assert.Equal(t, scanner.Gone, now)
			assert.ErrorContains(t, why, name)
			stop()
		})
	}
	ctx, stop := context.WithCancel(t.Context())
	scanner.Camera{Device: "/dev/null", Profile: camera(t)}.Run(ctx, func(scanner.Reading) {}, func(_ string, why error) {
		assert.ErrorContains(t, why, "start the camera /dev/null")
		stop()
	})
}

func TestBrightnessIsTakenOutOfYUYV(t *testing.T) {
	p, err := scanner.Brightness(true, []byte{1, 128, 2, 128, 3, 128, 4, 128}, 2, 2)
	require.NoError(t, err)
	assert.Equal(t, sight.Picture{Grey: []byte{1, 2, 3, 4}, Width: 2, Height: 2}, p)
	p, err = scanner.Brightness(false, []byte{1, 2, 3, 4, 99}, 2, 2)
	require.NoError(t, err)
	assert.Equal(t, []byte{1, 2, 3, 4}, p.Grey)
	_, err = scanner.Brightness(true, make([]byte, 7), 2, 2)
	assert.True(t, errors.Is(err, scanner.ErrNoPicture), "a picture cut short is none")
}

func TestTheLargestSizeThatIsWantedIsTaken(t *testing.T) {
	want := firmwareconfig.Camera{Width: 1280, Height: 720}
	exact := func(w, h uint32) webcam.FrameSize {
		return webcam.FrameSize{MinWidth: w, MaxWidth: w, MinHeight: h, MaxHeight: h}
	}
	rows := []struct {
		name  string
		sizes []webcam.FrameSize
		w, h  int
	}{
		{"a list", []webcam.FrameSize{exact(320, 240), exact(1280, 720), exact(1920, 1080), exact(640, 480)}, 1280, 720},
		{"only smaller ones", []webcam.FrameSize{exact(320, 240), exact(640, 480)}, 640, 480},
		{"only larger ones", []webcam.FrameSize{exact(1920, 1080)}, 0, 0},
		{"none", nil, 0, 0},
		{"any in steps", []webcam.FrameSize{{MinWidth: 16, MaxWidth: 4096, StepWidth: 48, MinHeight: 16, MaxHeight: 2160, StepHeight: 16}}, 1264, 720},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			w, h := scanner.Fit(row.sizes, want)
			assert.Equal(t, []int{row.w, row.h}, []int{w, h})
		})
	}
}

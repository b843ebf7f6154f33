package sight_test

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/datamatrix"
	"github.com/makiuchi-d/gozxing/oned"
	"github.com/makiuchi-d/gozxing/qrcode"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/edge/internal/scanner/sight"
	"portaria/edge/internal/scanner/sight/drawn"
)

var signed = "PT1" + strings.Repeat("0123456789ABCDEFGHJKMNPQRSTVWXYZ", 4)[:119]

func qr(t testing.TB, text string, size int) sight.Picture {
	t.Helper()
	p, err := drawn.Code(qrcode.NewQRCodeWriter(), gozxing.BarcodeFormat_QR_CODE, text, 1280, 720, size)
	require.NoError(t, err)
	return p
}

// changed is a picture of which every pixel is asked for anew.
func changed(p sight.Picture, pixel func(x, y int) float64) sight.Picture {
	out := sight.Picture{Grey: make([]byte, len(p.Grey)), Width: p.Width, Height: p.Height}
	for i := range out.Grey {
		out.Grey[i] = byte(min(max(pixel(i%p.Width, i/p.Width), 0), 255))
	}
	return out
}

func at(p sight.Picture, x, y float64) float64 {
	ix, iy := int(math.Round(x)), int(math.Round(y))
	if ix < 0 || iy < 0 || ix >= p.Width || iy >= p.Height {
		return 120
	}
	return float64(p.Grey[iy*p.Width+ix])
}

func turned(p sight.Picture, degrees float64) sight.Picture {
	sin, cos := math.Sincos(degrees * math.Pi / 180)
	mx, my := float64(p.Width)/2, float64(p.Height)/2
	return changed(p, func(x, y int) float64 {
		dx, dy := float64(x)-mx, float64(y)-my
		return at(p, mx+dx*cos-dy*sin, my+dx*sin+dy*cos)
	})
}

func TestACodeIsReadAsACameraSeesIt(t *testing.T) {
	noise := rand.New(rand.NewPCG(1, 2))
	clean := qr(t, signed, 500)
	rows := []struct {
		name string
		seen sight.Picture
	}{
		{"clean", clean},
		{"small", qr(t, signed, 180)},
		{"a hand's turn", turned(clean, 17)},
		{"upside down", turned(clean, 180)},
		{"grainy", changed(clean, func(x, y int) float64 { return at(clean, float64(x), float64(y)) + noise.NormFloat64()*25 })},
		{"half in shadow", changed(clean, func(x, y int) float64 {
			if x+y > 1000 {
				return at(clean, float64(x), float64(y)) * 0.35
			}
			return at(clean, float64(x), float64(y))
		})},
		{"faint", changed(clean, func(x, y int) float64 { return 110 + at(clean, float64(x), float64(y))/6 })},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			text, found := sight.NewReader().Read(row.seen)
			assert.True(t, found)
			assert.Equal(t, signed, text)
		})
	}
}

func TestOtherKindsOfCodeAreReadWithinAFewPictures(t *testing.T) {
	rows := []struct {
		name   string
		writer gozxing.Writer
		format gozxing.BarcodeFormat
		text   string
	}{
		{"Data Matrix", datamatrix.NewDataMatrixWriter(), gozxing.BarcodeFormat_DATA_MATRIX, "7K3M9QXF2TBCW8"},
		{"Code 128", oned.NewCode128Writer(), gozxing.BarcodeFormat_CODE_128, "7K3M9QXF2TBCW8"},
		{"EAN-13", oned.NewEAN13Writer(), gozxing.BarcodeFormat_EAN_13, "4006381333931"},
		{"Code 39", oned.NewCode39Writer(), gozxing.BarcodeFormat_CODE_39, "7K3M9Q"},
		{"ITF", oned.NewITFWriter(), gozxing.BarcodeFormat_ITF, "04006381333931"},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			p, err := drawn.Code(row.writer, row.format, row.text, 640, 480, 400)
			require.NoError(t, err)
			reader, text := sight.NewReader(), ""
			for range 6 {
				var found bool
				if text, found = reader.Read(p); found {
					break
				}
			}
			assert.Equal(t, row.text, text)
		})
	}
}

func TestAPictureThatIsNoneShowsNothing(t *testing.T) {
	reader := sight.NewReader()
	for _, p := range []sight.Picture{{}, {Grey: make([]byte, 5), Width: 2, Height: 3}, {Grey: []byte{}, Width: 0, Height: 0},
		{Grey: make([]byte, 1), Width: 1, Height: 1}, {Grey: make([]byte, 6), Width: -2, Height: -3}, {Width: 1 << 40, Height: 1 << 40},
		{Grey: make([]byte, 5000), Width: 5000, Height: 1}} {
		for range 6 {
			_, found := reader.Read(p)
			assert.False(t, found)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add(uint16(8), []byte("01234567012345670123456701234567"))
	small, err := drawn.Code(qrcode.NewQRCodeWriter(), gozxing.BarcodeFormat_QR_CODE, "A", 64, 64, 40)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(uint16(64), small.Grey)
	reader := sight.NewReader()
	f.Fuzz(func(t *testing.T, width uint16, grey []byte) {
		w := int(width%512) + 1
		reader.Read(sight.Picture{Grey: grey[:len(grey)/w*w], Width: w, Height: len(grey) / w}) // ends, and does not panic
	})
}

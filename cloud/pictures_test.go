package cloud_test

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"sort"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// pictured are the pages of the organizer's walk that the documents show.
var pictured = []string{"today-first", "venue", "dates-plan", "prices", "doors", "controllers", "shifts", "import-tried", "live"}

// picture keeps what a person sees first of the open page, on a phone and at a desk, where $PORTARIA_PICTURES says.
func (w *walker) picture(name string) {
	w.Helper()
	dir := os.Getenv("PORTARIA_PICTURES")
	if dir == "" || !slices.Contains(pictured, name) {
		return
	}
	require.NoError(w, os.MkdirAll(dir, 0o755))
	asked(w, chromedp.Evaluate[bool]("scrollTo(0, 0); true"))
	w.do(phoneSize)
	w.small(filepath.Join(dir, name+"-390.png"), asked(w, chromedp.FullScreenshot(100)), image.Pt(780, 1688))
	w.do(desktopSize)
	w.small(filepath.Join(dir, name+"-1280.png"), asked(w, chromedp.FullScreenshot(100)), image.Pt(1280, 900))
}

// small writes the upper part of a picture with its 256 most frequent colours: pages have few.
func (w *walker) small(file string, raw []byte, size image.Point) {
	w.Helper()
	whole, err := png.Decode(bytes.NewReader(raw))
	require.NoError(w, err)
	part := image.Rectangle{Max: size}.Intersect(whole.Bounds())
	seen := map[color.RGBA]int{}
	at := func(x, y int) color.RGBA {
		return color.RGBAModel.Convert(whole.At(x, y)).(color.RGBA)
	}
	for y := range part.Dy() {
		for x := range part.Dx() {
			seen[at(x, y)]++
		}
	}
	out := image.NewPaletted(part, frequent(seen))
	near := map[color.RGBA]uint8{}
	for y := range part.Dy() {
		for x := range part.Dx() {
			c := at(x, y)
			if _, ok := near[c]; !ok {
				near[c] = uint8(out.Palette.Index(c)) //nolint:gosec // at most 256
			}
			out.SetColorIndex(x, y, near[c])
		}
	}
	var b bytes.Buffer
	require.NoError(w, (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&b, out))
	require.Less(w, b.Len(), 300_000, file)
	require.NoError(w, os.WriteFile(file, b.Bytes(), 0o644))
}

func frequent(seen map[color.RGBA]int) (all color.Palette) {
	for c := range seen {
		all = append(all, c)
	}
	sort.Slice(all, func(i, j int) bool { return seen[all[i].(color.RGBA)] > seen[all[j].(color.RGBA)] })
	return all[:min(len(all), 256)]
}

// Command icons draws the phone page's icons into cloud/internal/web/asset/static: the arch of icon.svg, as PNG in the
// sizes that phones ask for. Run `go run ./deploy/web/icons` after changing it; the pictures are committed.
package main

import (
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math"
	"os"
	"path/filepath"
)

const target = "cloud/internal/web/asset/static"

var (
	ground = color.NRGBA{0x1f, 0x4f, 0xd8, 0xff}
	ink    = color.NRGBA{0xff, 0xff, 0xff, 0xff}
)

// icon is one picture: its arch is scaled about the middle, and a corner of no radius fills the whole square, for
// phones that cut their own shape.
type icon struct {
	name          string
	size          int
	scale, corner float64 // of the 32 units of icon.svg
}

func main() {
	for _, i := range []icon{{"scan-192.png", 192, 1, 7}, {"scan-512.png", 512, 1, 7}, {"scan-mask.png", 512, 0.72, 0}, {"scan-apple.png", 180, 0.86, 0}} {
		if err := i.write(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
}

func (i icon) write() error {
	file, err := os.Create(filepath.Join(target, i.name))
	if err != nil {
		return fmt.Errorf("draw %s: %w", i.name, err)
	}
	if err := (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(file, i.draw()); err != nil {
		return fmt.Errorf("draw %s: %w", i.name, err)
	}
	return file.Close()
}

// draw blends by the distance to each shape, so edges are smooth without drawing anything larger.
func (i icon) draw() image.Image {
	out := image.NewNRGBA(image.Rect(0, 0, i.size, i.size))
	unit := float64(i.size) / 32
	for py := range i.size {
		for px := range i.size {
			x, y := (float64(px)+0.5)/unit, (float64(py)+0.5)/unit
			back := cover(rounded(x-16, y-16, 16, i.corner), unit)
			ax, ay := (x-16)/i.scale+16, (y-16)/i.scale+16
			front := cover(math.Min(arch(ax, ay, 8, 13.5), arch(ax, ay, 3, 17))-1.3, unit*i.scale)
			out.SetNRGBA(px, py, mix(back, front))
		}
	}
	return out
}

// cover is how much of a pixel a shape covers whose edge is that many units away (negative = inside).
func cover(distance, unit float64) float64 { return math.Min(1, math.Max(0, 0.5-distance*unit)) }

func rounded(x, y, half, corner float64) float64 {
	dx, dy := math.Abs(x)-half+corner, math.Abs(y)-half+corner
	return math.Hypot(math.Max(dx, 0), math.Max(dy, 0)) + math.Min(math.Max(dx, dy), 0) - corner
}

// arch is the distance to a half circle of that radius about (16, top), with legs down to 25.
func arch(x, y, radius, top float64) float64 {
	if y < top {
		return math.Abs(math.Hypot(x-16, y-top) - radius)
	}
	return math.Hypot(math.Abs(x-16)-radius, math.Max(0, y-25))
}

func mix(back, front float64) color.NRGBA {
	blend := func(a, b uint8) uint8 { return uint8(math.Round(float64(a)*(1-front) + float64(b)*front)) }
	return color.NRGBA{blend(ground.R, ink.R), blend(ground.G, ink.G), blend(ground.B, ink.B), uint8(math.Round(255 * back))}
}

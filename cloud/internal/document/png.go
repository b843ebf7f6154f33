package document

import (
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"io"
	"math"

	"golang.org/x/image/font"
	"golang.org/x/image/math/fixed"
)

// pixelsPerMM makes a picture of 254 dots an inch in which every module is whole pixels.
const pixelsPerMM = 10

// PNG writes one ticket as a picture of 1050 by 1480 pixels.
func PNG(w io.Writer, t Ticket) error {
	s, err := layout(t)
	if err != nil {
		return fmt.Errorf("lay out a ticket as PNG: %w", err)
	}
	img := image.NewGray(image.Rect(0, 0, px(pageWidth), px(pageHeight))) // a ticket has no colours
	draw.Draw(img, img.Bounds(), image.White, image.Point{}, draw.Src)
	for _, b := range s.boxes {
		fill(img, b.x, b.y, b.w, b.h, b.shade)
	}
	for _, c := range s.codes {
		for _, r := range c.symbol.runs() {
			fill(img, c.x+float64(r.x)*c.w, c.y+float64(r.y)*c.h, float64(r.length)*c.w, c.h, black)
		}
	}
	for _, x := range s.texts {
		x.paint(img)
	}
	enc := png.Encoder{CompressionLevel: png.DefaultCompression}
	if err = enc.Encode(w, img); err != nil {
		return fmt.Errorf("write a ticket as PNG: %w", err)
	}
	return nil
}

func px(mm float64) int { return int(math.Round(mm * pixelsPerMM)) }

func (s shade) rgba() color.Color { return color.RGBA{s.r, s.g, s.b, 255} }

func fill(img draw.Image, x, y, w, h float64, s shade) {
	draw.Draw(img, image.Rect(px(x), px(y), px(x+w), px(y+h)), image.NewUniform(s.rgba()), image.Point{}, draw.Src)
}

func (t text) paint(img draw.Image) {
	f := face(t.size, t.bold)
	defer f.Close()
	dot := fixed.Point26_6{X: fixed.Int26_6(t.start() * pixelsPerMM * 64), Y: fixed.Int26_6(t.y * pixelsPerMM * 64)}
	d := font.Drawer{Dst: img, Src: image.NewUniform(t.shade.rgba()), Face: f, Dot: dot}
	d.DrawString(t.content)
}

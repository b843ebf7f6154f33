package paper

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"image"
	"image/color"
	imagedraw "image/draw"
	"io"
	"strconv"
	"strings"

	"golang.org/x/image/vector"
)

// svgWidth is how wide an SVG is drawn, in pixels.
const svgWidth = 1600

// A canvas draws the part of SVG that bar codes are made of: rectangles, and paths of straight lines. A general
// library would draw more, but those tried were kept busy for ever by a few hostile numbers.
type canvas struct {
	sheet *image.RGBA
	scale float64 // pixels a unit
	left  float64 // of the view box, in units
	top   float64
}

// DrawSVG draws a picture made of rectangles and straight lines, 1,600 pixels wide on white.
func DrawSVG(data []byte) (image.Image, error) {
	decoder := xml.NewDecoder(bytes.NewReader(data))
	var c *canvas
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) && c != nil {
			return c.sheet, nil
		}
		if err != nil {
			return nil, fmt.Errorf("not an SVG: %w", err)
		}
		element, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		if c == nil {
			if c, err = newCanvas(element); err != nil {
				return nil, err
			}
			continue
		}
		if err := c.element(element); err != nil {
			return nil, err
		}
	}
}

func newCanvas(root xml.StartElement) (*canvas, error) {
	if root.Name.Local != "svg" {
		return nil, fmt.Errorf("not an SVG: it begins with <%s>", root.Name.Local)
	}
	box := numbers(attribute(root, "viewBox"))
	if len(box) != 4 {
		return nil, errors.New("an SVG without a viewBox cannot be drawn")
	}
	width, height := box[2], box[3]
	pixels := svgWidth * height / width
	if !(width > 0 && height > 0 && pixels >= 1 && pixels*svgWidth <= maxPixels) {
		return nil, fmt.Errorf("an SVG of %g by %g units cannot be drawn", width, height)
	}
	sheet := image.NewRGBA(image.Rect(0, 0, svgWidth, int(pixels)))
	imagedraw.Draw(sheet, sheet.Bounds(), image.White, image.Point{}, imagedraw.Src)
	return &canvas{sheet: sheet, scale: svgWidth / width, left: box[0], top: box[1]}, nil
}

func (c *canvas) element(e xml.StartElement) error {
	if attribute(e, "transform") != "" {
		return errors.New("an SVG with transformations cannot be drawn here: save it as PNG or PDF")
	}
	switch e.Name.Local {
	case "rect":
		x, y := length(e, "x"), length(e, "y")
		w, h := length(e, "width"), length(e, "height")
		c.fill([][]point{{{x, y}, {x + w, y}, {x + w, y + h}, {x, y + h}}}, e)
	case "path":
		outlines, err := outlinesOf(attribute(e, "d"))
		if err != nil {
			return err
		}
		c.fill(outlines, e)
	}
	return nil
}

func (c *canvas) fill(outlines [][]point, e xml.StartElement) {
	shade, visible := shadeOf(attribute(e, "fill"))
	if !visible {
		return
	}
	pixels, box := c.pixels(outlines)
	raster := vector.NewRasterizer(box.Dx(), box.Dy()) // of the box alone: a rasteriser walks all that it has
	for _, outline := range pixels {
		for i, p := range outline {
			x, y := float32(p.x-float64(box.Min.X)), float32(p.y-float64(box.Min.Y))
			if i == 0 {
				raster.MoveTo(x, y)
			} else {
				raster.LineTo(x, y)
			}
		}
		raster.ClosePath()
	}
	raster.Draw(c.sheet, box, image.NewUniform(shade), image.Point{})
}

// pixels are outlines on the sheet, and the box around them; what lies outside the sheet is drawn at its edge.
func (c *canvas) pixels(outlines [][]point) (moved [][]point, box image.Rectangle) {
	most := c.sheet.Bounds().Max
	for _, outline := range outlines {
		to := make([]point, len(outline))
		for i, p := range outline {
			to[i] = point{c.pixel(p.x, c.left, most.X), c.pixel(p.y, c.top, most.Y)}
			at := image.Pt(int(to[i].x), int(to[i].y))
			box = box.Union(image.Rectangle{Min: at, Max: at.Add(image.Pt(1, 1))})
		}
		moved = append(moved, to)
	}
	return moved, box.Intersect(c.sheet.Bounds())
}

func (c *canvas) pixel(unit, origin float64, most int) float64 {
	return min(max((unit-origin)*c.scale, 0), float64(most))
}

func attribute(e xml.StartElement, name string) string {
	for _, a := range e.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

func length(e xml.StartElement, name string) float64 {
	if all := numbers(attribute(e, name)); len(all) == 1 {
		return all[0]
	}
	return 0
}

func numbers(text string) (all []float64) {
	for _, word := range strings.FieldsFunc(text, func(r rune) bool { return r == ' ' || r == ',' }) {
		n, err := strconv.ParseFloat(word, 64)
		if err != nil || n != n || n > 1e9 || n < -1e9 {
			return nil
		}
		all = append(all, n)
	}
	return all
}

// shadeOf is a fill as a grey; an unknown colour counts as black, the ink of bar codes.
func shadeOf(fill string) (color.Gray, bool) {
	if fill == "none" {
		return color.Gray{}, false
	}
	if fill == "white" || fill == "#fff" {
		return color.Gray{Y: 0xff}, true
	}
	rgb, err := strconv.ParseUint(strings.TrimPrefix(fill, "#"), 16, 32)
	if err != nil || len(fill) != len("#rrggbb") {
		return color.Gray{}, true
	}
	full := color.RGBA{R: uint8(rgb >> 16), G: uint8(rgb >> 8), B: uint8(rgb), A: 0xff}
	return color.GrayModel.Convert(full).(color.Gray), true
}

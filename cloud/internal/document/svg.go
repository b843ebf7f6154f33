package document

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
)

// SVG writes one ticket as a picture that scales to any screen or printer. Text stays text.
func SVG(w io.Writer, t Ticket) error {
	s, err := layout(t)
	if err != nil {
		return fmt.Errorf("lay out a ticket as SVG: %w", err)
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" width="%gmm" height="%gmm" viewBox="0 0 %g %g" role="img" xml:lang="%s">`,
		pageWidth, pageHeight, pageWidth*10, pageHeight*10, s.language)
	fmt.Fprintf(&b, "\n<title>%s</title>\n<rect width=\"%g\" height=\"%g\" fill=\"#ffffff\"/>\n", escape(s.title), pageWidth*10, pageHeight*10)
	for _, x := range s.boxes {
		fmt.Fprintf(&b, "<rect x=\"%.0f\" y=\"%.0f\" width=\"%.0f\" height=\"%.0f\" fill=\"%s\"/>\n", x.x*10, x.y*10, x.w*10, x.h*10, x.shade.hex())
	}
	for _, c := range s.codes {
		fmt.Fprintf(&b, "<path fill=\"#000000\" shape-rendering=\"crispEdges\" d=\"%s\"/>\n", c.symbol.path(c.x*10, c.y*10, c.w*10, c.h*10))
	}
	for _, x := range s.texts {
		x.svg(&b)
	}
	b.WriteString("</svg>\n")
	if _, err = w.Write(b.Bytes()); err != nil {
		return fmt.Errorf("write a ticket as SVG: %w", err)
	}
	return nil
}

// svg gives each line the length that it was laid out with, for viewers with another font.
func (t text) svg(b *bytes.Buffer) {
	if t.content == "" {
		return
	}
	weight := "400"
	if t.bold {
		weight = "700"
	}
	fmt.Fprintf(b, "<text x=\"%.1f\" y=\"%.1f\" font-family=\"DejaVu Sans, Verdana, sans-serif\" font-size=\"%.1f\" font-weight=\"%s\" fill=\"%s\" textLength=\"%.1f\" lengthAdjust=\"spacingAndGlyphs\">%s</text>\n",
		t.start()*10, t.y*10, t.size*10, weight, t.shade.hex(), widthOf(t.content, t.size, t.bold)*10, escape(t.content))
}

// Path is the symbol as the d attribute of one SVG path, a unit a module.
func (s Symbol) Path() string { return s.path(0, 0, 1, 1) }

func (s Symbol) path(x, y, w, h float64) string {
	var b bytes.Buffer
	for _, r := range s.runs() {
		length := float64(r.length) * w
		fmt.Fprintf(&b, "M%s %sh%sv%sh-%sz", num(x+float64(r.x)*w), num(y+float64(r.y)*h), num(length), num(h), num(length))
	}
	return b.String()
}

func num(f float64) string { return fmt.Sprintf("%.5g", f) }

func (s shade) hex() string { return fmt.Sprintf("#%02x%02x%02x", s.r, s.g, s.b) }

func escape(s string) string {
	var b bytes.Buffer
	_ = xml.EscapeText(&b, []byte(s)) // a buffer takes every write
	return b.String()
}

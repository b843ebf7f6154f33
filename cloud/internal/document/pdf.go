package document

import (
	"fmt"
	"io"
	"slices"
	"time"

	"codeberg.org/go-pdf/fpdf"
)

const pointsPerMM = 72 / 25.4

// PDF writes the tickets, one A6 page each, with their texts selectable and their codes as vectors. made is the
// document's date: the order's, not the clock's, so that asking twice gives the same file.
func PDF(w io.Writer, made time.Time, tickets ...Ticket) error {
	if len(tickets) == 0 || len(tickets) > MaxTickets {
		return fmt.Errorf("print %d tickets: a document holds 1 to %d", len(tickets), MaxTickets)
	}
	doc := newPDF(made)
	for i, t := range tickets {
		s, err := layout(t)
		if err != nil {
			return fmt.Errorf("lay out ticket %d of %d: %w", i+1, len(tickets), err)
		}
		if i == 0 {
			doc.SetTitle(s.title, true)
			doc.SetLang(s.language)
		}
		s.print(doc)
	}
	if err := doc.Output(w); err != nil {
		return fmt.Errorf("write %d tickets as PDF: %w", len(tickets), err)
	}
	return nil
}

func newPDF(made time.Time) *fpdf.Fpdf {
	return newPDFOf(made, fpdf.SizeType{Wd: pageWidth, Ht: pageHeight})
}

// newPDFOf is a document with pages of a size in millimetres.
func newPDFOf(made time.Time, size fpdf.SizeType) *fpdf.Fpdf {
	doc := fpdf.NewCustom(&fpdf.InitType{OrientationStr: "P", UnitStr: "mm", Size: size})
	doc.SetMargins(0, 0, 0)
	doc.SetAutoPageBreak(false, 0)
	doc.SetCatalogSort(true)
	doc.SetCreationDate(made.UTC())
	doc.SetModificationDate(made.UTC())
	doc.SetCreator("Portaria", true)
	doc.SetProducer("Portaria", true)
	doc.SetDisplayMode("fullpage", "single")
	doc.AddUTF8FontFromBytes("dejavu", "", slices.Clone(regularTTF)) // the library writes into its fonts
	doc.AddUTF8FontFromBytes("dejavu", "B", slices.Clone(boldTTF))
	return doc
}

func (s sheet) print(doc *fpdf.Fpdf) {
	doc.AddPage()
	s.draw(doc)
}

// draw puts a sheet onto the page that is open.
func (s sheet) draw(doc *fpdf.Fpdf) {
	for _, b := range s.boxes {
		doc.SetFillColor(int(b.shade.r), int(b.shade.g), int(b.shade.b))
		doc.Rect(b.x, b.y, b.w, b.h, "F")
	}
	for _, c := range s.codes {
		c.print(doc)
	}
	for _, t := range s.texts {
		t.print(doc)
	}
}

// print fills all modules as one path: separate rectangles would show seams in some viewers.
func (c code) print(doc *fpdf.Fpdf) {
	doc.SetFillColor(0, 0, 0)
	for _, r := range c.symbol.runs() {
		x, y := c.x+float64(r.x)*c.w, c.y+float64(r.y)*c.h
		end, bottom := x+float64(r.length)*c.w, y+c.h
		doc.MoveTo(x, y)
		doc.LineTo(end, y)
		doc.LineTo(end, bottom)
		doc.LineTo(x, bottom)
		doc.ClosePath()
	}
	doc.DrawPath("F")
}

func (t text) print(doc *fpdf.Fpdf) {
	style := ""
	if t.bold {
		style = "B"
	}
	doc.SetFont("dejavu", style, t.size*pointsPerMM)
	doc.SetTextColor(int(t.shade.r), int(t.shade.g), int(t.shade.b))
	doc.Text(t.start(), t.y, t.content)
}

// start is the left end of a line.
func (t text) start() float64 {
	switch t.align {
	case centre:
		return t.x - widthOf(t.content, t.size, t.bold)/2
	case right:
		return t.x - widthOf(t.content, t.size, t.bold)
	}
	return t.x
}

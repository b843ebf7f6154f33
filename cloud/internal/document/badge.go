package document

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"codeberg.org/go-pdf/fpdf"

	"portaria/edge/ticket"
)

// MaxBadges is the most badges that one PDF may hold.
const MaxBadges = 1000

// Badge is what a person at the doors wears: a card of the size of a bank card. Name and Code are needed. Texts are given
// in the language in which they are printed.
type Badge struct {
	Organizer string
	Venue     string
	Name      string
	Role      string    // such as "Porteiro"
	Number    string    // typed before a PIN; empty = not shown
	Code      string    // what the QR says
	ID        ticket.ID // its short code is what people type
}

// Paper is what badges are printed on.
type Paper string

// Papers.
const (
	Cards Paper = "cr80" // a page for each card, for card printers
	Sheet Paper = "a4"   // ten cards a page, with marks to cut by
)

// A card, and the sheet of ten: in millimetres (ISO/IEC 7810 ID-1).
const (
	cardWidth   = 85.6
	cardHeight  = 54.0
	cardMargin  = 5.0
	sheetWidth  = 210.0
	sheetHeight = 297.0
	perRow      = 2
	perColumn   = 5
	badgeQR     = 38.0 // the side with its quiet zone
	cutMark     = 4.0
)

// Badges writes badges, in the order in which they are given. made is the document's date.
func Badges(w io.Writer, made time.Time, on Paper, badges ...Badge) error {
	if len(badges) == 0 || len(badges) > MaxBadges {
		return fmt.Errorf("print %d badges: a document holds 1 to %d", len(badges), MaxBadges)
	}
	size := fpdf.SizeType{Wd: cardWidth, Ht: cardHeight}
	if on == Sheet {
		size = fpdf.SizeType{Wd: sheetWidth, Ht: sheetHeight}
	}
	doc := newPDFOf(made, size)
	doc.SetTitle(clean(badges[0].Venue), true)
	for i, b := range badges {
		if on != Sheet || i%(perRow*perColumn) == 0 {
			doc.AddPage()
		}
		s, err := b.layout(corner(on, i))
		if err != nil {
			return fmt.Errorf("lay out badge %d of %d: %w", i+1, len(badges), err)
		}
		s.draw(doc)
	}
	if err := doc.Output(w); err != nil {
		return fmt.Errorf("write %d badges as PDF: %w", len(badges), err)
	}
	return nil
}

// corner is where the card of that place in the order begins.
func corner(on Paper, i int) (x, y float64, marks bool) {
	if on != Sheet {
		return 0, 0, false
	}
	i %= perRow * perColumn
	left, top := (sheetWidth-perRow*cardWidth)/2, (sheetHeight-perColumn*cardHeight)/2
	return left + float64(i%perRow)*cardWidth, top + float64(i/perRow)*cardHeight, true
}

func (b Badge) check() error {
	var faults []error
	if strings.TrimSpace(b.Name) == "" || strings.TrimSpace(b.Code) == "" {
		faults = append(faults, errors.New("a badge needs a name and a code"))
	}
	if len(b.Code) > maxCode {
		faults = append(faults, fmt.Errorf("a code of %d characters is too long to print: %d at most", len(b.Code), maxCode))
	}
	return errors.Join(faults...)
}

func (b Badge) layout(x, y float64, marks bool) (sheet, error) {
	var s sheet
	if err := b.check(); err != nil {
		return s, err
	}
	qr, err := QR(b.Code)
	if err != nil {
		return s, err
	}
	room := cardWidth - badgeQR - 2*cardMargin
	s.texts = append(s.texts,
		fit(text{x: x + cardMargin, y: y + 9, size: 2.6, shade: grey, content: clean(b.Organizer)}, cardWidth-2*cardMargin),
		fit(text{x: x + cardMargin, y: y + 13, size: 2.6, shade: grey, content: clean(b.Venue)}, room))
	at := y + 21.0
	for _, line := range wrap(clean(b.Name), 5, true, room, 3) {
		s.texts = append(s.texts, text{x: x + cardMargin, y: at, size: 5, bold: true, shade: ink, content: line})
		at += 5.6
	}
	s.texts = append(s.texts, fit(text{x: x + cardMargin, y: y + 43, size: 3.4, bold: true, shade: ink, content: clean(b.Role)}, room))
	if b.Number != "" {
		s.texts = append(s.texts, fit(text{x: x + cardMargin, y: y + 49, size: 3.4, shade: ink, content: clean(b.Number)}, room))
	}
	module := badgeQR / float64(qr.Width)
	left := x + cardWidth - cardMargin - badgeQR + 2
	s.codes = append(s.codes, code{x: left, y: y + 9, w: module, h: module, symbol: qr})
	if b.ID != 0 {
		s.texts = append(s.texts, text{x: left + badgeQR/2, y: y + 50, size: 3, bold: true, align: centre, shade: ink, content: b.ID.ShortShown()})
	}
	if marks {
		s.cutMarks(x, y)
	}
	return s, nil
}

// cutMarks are hair lines at the corners of a card.
func (s *sheet) cutMarks(x, y float64) {
	for _, cx := range []float64{x, x + cardWidth} {
		for _, cy := range []float64{y, y + cardHeight} {
			s.boxes = append(s.boxes, box{cx - cutMark/2, cy, cutMark, 0.1, hair}, box{cx, cy - cutMark/2, 0.1, cutMark, hair})
		}
	}
}

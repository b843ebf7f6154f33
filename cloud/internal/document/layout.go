package document

import (
	"errors"
	"strconv"

	"portaria/cloud/internal/locale"
)

// The page, in millimetres. Everything that is a rectangle lies on tenths, so that the PNG (10 pixels a
// millimetre) has crisp modules.
const (
	pageWidth  = 105.0
	pageHeight = 148.0
	margin     = 8.0
	inner      = pageWidth - 2*margin

	qrModule  = 1.3 // 45 modules: 58.5 mm
	qrSide    = 58.5
	barModule = 0.4
	barHeight = 12.0
)

// shade is one of the few tones of a ticket; codes are always black on white.
type shade struct{ r, g, b uint8 }

var (
	black = shade{0, 0, 0}
	ink   = shade{0x16, 0x19, 0x1d}
	grey  = shade{0x4a, 0x52, 0x5c}
	hair  = shade{0xc9, 0xcf, 0xd6}
)

type align int

const (
	left align = iota
	centre
	right
)

// text is one line set at a baseline; x is its left end, middle or right end.
type text struct {
	x, y, size float64 // mm
	bold       bool
	align      align
	shade      shade
	content    string
}

type box struct {
	x, y, w, h float64
	shade      shade
}

// code is a symbol drawn at x, y with modules of w by h millimetres.
type code struct {
	x, y, w, h float64
	symbol     Symbol
}

// sheet is one laid-out ticket, ready for any way of drawing it.
type sheet struct {
	title, language string
	texts           []text
	boxes           []box
	codes           []code
}

func layout(t Ticket) (sheet, error) {
	if err := t.check(); err != nil {
		return sheet{}, err
	}
	l := locale.Match(t.Language)
	s := sheet{language: l.Tag(), title: clean(t.Event) + " · " + t.ID.ShortShown()}
	s.head(t, l)
	if err := s.symbols(t); err != nil {
		return sheet{}, err
	}
	s.foot(t, l)
	return s, nil
}

// head is what a person reads first: what, when, where.
func (s *sheet) head(t Ticket, l locale.Locale) {
	when, where, _ := t.lines()
	s.texts = append(s.texts, fit(text{x: margin, y: 10.5, size: 2.8, shade: grey, content: clean(t.Organizer)}, inner-16))
	if t.Count > 1 {
		n := l.Text("ticket.count", "I", strconv.Itoa(t.Index), "N", strconv.Itoa(t.Count))
		s.texts = append(s.texts, text{x: pageWidth - margin, y: 10.5, size: 2.8, align: right, shade: grey, content: n})
	}
	title, size := wrap(clean(t.Event), 6.6, true, inner, 1), 6.6
	if len(wrap(clean(t.Event), size, true, inner, 2)) > 1 {
		size = 5.4
		title = wrap(clean(t.Event), size, true, inner, 2)
	}
	y := 13.0
	for _, line := range title {
		y += size * 1.15
		s.texts = append(s.texts, text{x: margin, y: y, size: size, bold: true, shade: ink, content: line})
	}
	s.texts = append(s.texts,
		fit(text{x: margin, y: y + 7, size: 3.7, bold: true, shade: ink, content: when}, inner),
		fit(text{x: margin, y: y + 12, size: 3.2, shade: grey, content: where}, inner))
}

// symbols are both codes, and the short one for people.
func (s *sheet) symbols(t Ticket) error {
	qr, errQR := QR(t.Code)
	bars, errBars := Code128(t.ID.Short())
	if err := errors.Join(errQR, errBars); err != nil {
		return err
	}
	module := qrModule
	if qr.Width < 45 { // a short code has fewer modules: the same room, larger modules
		module = float64(int(qrSide*10/float64(qr.Width))) / 10
	} else if qr.Width > 45 {
		module = qrSide / float64(qr.Width)
	}
	s.codes = append(s.codes,
		code{x: middle(module * float64(qr.Width)), y: 38, w: module, h: module, symbol: qr},
		code{x: middle(barModule * float64(bars.Width)), y: 98, w: barModule, h: barHeight, symbol: bars})
	s.texts = append(s.texts, text{x: pageWidth / 2, y: 114.9, size: 4, bold: true, align: centre, shade: ink, content: t.ID.ShortShown()})
	return nil
}

// middle is where something of this width starts so that it stands in the middle, on a tenth of a millimetre.
func middle(width float64) float64 { return float64(int((pageWidth-width)*5)) / 10 }

// foot is what staff and the buyer look up: offer, price, holder, order, rules.
func (s *sheet) foot(t Ticket, l locale.Locale) {
	_, _, rules := t.lines()
	second := margin + inner*0.62
	s.boxes = append(s.boxes, box{margin, 118.4, inner, 0.2, hair})
	s.field(l.Text("ticket.offer"), t.Offer, margin, 123.4, inner*0.6)
	s.field(l.Text("ticket.price"), l.Money(t.Minor, t.Currency), second, 123.4, inner*0.38)
	s.field(l.Text("ticket.holder"), t.Holder, margin, 132, inner*0.6)
	s.field(l.Text("ticket.order"), t.Order, second, 132, inner*0.38)
	for i, line := range wrap(rules, 2.3, false, inner, 2) {
		s.texts = append(s.texts, text{x: margin, y: 141.4 + float64(i)*3, size: 2.3, shade: grey, content: line})
	}
}

func (s *sheet) field(label, value string, x, y, width float64) {
	if clean(value) == "" {
		return
	}
	s.texts = append(s.texts,
		text{x: x, y: y, size: 2.3, shade: grey, content: label},
		fit(text{x: x, y: y + 4, size: 3.4, bold: true, shade: ink, content: clean(value)}, width))
}

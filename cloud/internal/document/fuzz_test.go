package document_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"portaria/cloud/internal/document"
	"portaria/edge/ticket"
)

// FuzzTicket draws tickets of any text: refused or drawn, never a panic, and an SVG without foreign elements.
func FuzzTicket(f *testing.F) {
	f.Add("pt-BR", "Homens de Perto", "Theatro São Pedro", "Conceição", "BRL", "7K3M9QXF2TBCW8", int64(12000), uint64(1))
	f.Add("ja", "🎫\x00\xff", "W", "</text><script>", "", "A", int64(-1<<63), uint64(1<<63))
	f.Add("", strings.Repeat("m ", 300), "\u200f\u0301\U000e0001", "\u2028", "JPY", strings.Repeat("A", 200), int64(0), uint64(7))
	f.Fuzz(func(t *testing.T, language, event, venue, holder, currency, code string, minor int64, id uint64) {
		tk := document.Ticket{Language: language, Event: event, Venue: venue, Holder: holder, Offer: holder, Organizer: venue, Address: event,
			Minor: minor, Currency: currency, Code: code, ID: ticket.ID(id), Starts: time.Unix(minor%4e9, 0), Order: code}
		var pdf, svg bytes.Buffer
		if err := document.PDF(&pdf, made, tk); err == nil && !bytes.HasPrefix(pdf.Bytes(), []byte("%PDF-")) {
			t.Error("no PDF and no error")
		}
		if err := document.SVG(&svg, tk); err == nil && strings.Contains(svg.String(), "<script") {
			t.Error("a script in an SVG")
		}
	})
}

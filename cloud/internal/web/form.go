package web

import (
	"fmt"
	"net/http"
	"net/mail"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/google/uuid"

	"portaria/cloud/internal/catalog"
	"portaria/cloud/internal/locale"
	"portaria/cloud/internal/sale"
)

// Limits of what a buyer types.
const (
	maxNameRunes  = 120
	maxEmailBytes = 254 // RFC 5321
)

// form is the checkout as it was typed, good or bad.
type form struct {
	Name, Email string
	Quantities  map[uuid.UUID]int // by offer
	Faults      []fieldFault
	language    string
}

// fieldFault says what to mend; Field is empty when no single field is to blame.
type fieldFault struct{ Field, Text string }

// Fault is what is wrong with a field, "" when nothing.
func (f form) Fault(field string) string {
	for _, x := range f.Faults {
		if x.Field == field && field != "" {
			return x.Text
		}
	}
	return ""
}

func quantityField(offer uuid.UUID) string { return "q-" + offer.String() }

// readForm reads the checkout against what is on offer. Fields that the page does not have are passed over.
func readForm(r *http.Request, l locale.Locale, x catalog.Listing) (form, error) {
	if err := r.ParseForm(); err != nil {
		return form{}, fmt.Errorf("%w: %w", errBadForm, err)
	}
	f := form{Name: strings.TrimSpace(r.PostForm.Get("name")), Email: strings.TrimSpace(r.PostForm.Get("email")),
		Quantities: map[uuid.UUID]int{}, language: l.Tag()}
	f.readQuantities(r, l, x)
	if !goodName(f.Name) {
		f.blame("name", l.Text("form.name_needed"))
	}
	if !goodEmail(f.Email) {
		f.blame("email", l.Text("form.email_needed"))
	}
	return f, nil
}

func (f *form) blame(field, text string) {
	f.Faults = append(f.Faults, fieldFault{Field: field, Text: text})
}

func (f *form) readQuantities(r *http.Request, l locale.Locale, x catalog.Listing) {
	total := 0
	for _, o := range x.Offers {
		field := quantityField(o.ID)
		typed := strings.TrimSpace(r.PostForm.Get(field))
		if typed == "" {
			continue
		}
		n, err := strconv.Atoi(typed)
		most := min(o.MaxPerOrder, o.Left(x.Event))
		if err != nil || n < 0 || n > most {
			f.blame(field, l.Text("form.quantity_between", "Most", most))
			continue
		}
		f.Quantities[o.ID] = n
		total += n
	}
	if total == 0 && len(f.Faults) == 0 && len(x.Offers) > 0 {
		f.blame(quantityField(x.Offers[0].ID), l.Text("form.quantity_needed"))
	}
}

func (f form) draft(x catalog.Listing) sale.Draft {
	d := sale.Draft{Buyer: sale.Buyer{Name: f.Name, Email: f.Email}, Language: f.language, Channel: sale.Web, Who: "buyer"}
	for _, o := range x.Offers {
		if n := f.Quantities[o.ID]; n > 0 {
			d.Wants = append(d.Wants, sale.Want{Offer: o.ID, Quantity: n})
		}
	}
	return d
}

// goodName is two letters at least, and nothing that can't be printed on a ticket.
func goodName(s string) bool {
	letters := 0
	for _, r := range s {
		if unicode.IsControl(r) || r == utf8.RuneError {
			return false
		}
		if unicode.IsLetter(r) {
			letters++
		}
	}
	return letters >= 2 && utf8.RuneCountInString(s) <= maxNameRunes
}

// goodEmail asks for one plain address with a domain; whether it exists only a mail can tell.
func goodEmail(s string) bool {
	a, err := mail.ParseAddress(s)
	if err != nil || a.Address != s || len(s) > maxEmailBytes {
		return false
	}
	_, domain, _ := strings.Cut(s, "@")
	return strings.Contains(strings.Trim(domain, "."), ".")
}

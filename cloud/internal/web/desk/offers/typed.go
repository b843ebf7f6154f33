package offers

import (
	"portaria/cloud/internal/account/role"
	"portaria/cloud/internal/catalog"
	"portaria/cloud/internal/catalog/bulk"
	frame "portaria/cloud/internal/web/desk"
	"portaria/cloud/internal/web/desk/repertoire"

	"github.com/google/uuid"
)

// typed is a table of prices as it came back.
type typed struct {
	v     *frame.Visit
	g     grid
	p     *tablePage
	steps []bulk.Step
	bad   map[string]bool // fields to be mended
}

// read makes a step of every date of which a price was changed.
func (t *typed) read() error {
	columns := t.v.PostFormArray("col")
	if further := t.v.PostForm("further"); further != "" {
		columns = append(columns[:len(columns):len(columns)], further)
	}
	for _, e := range t.g.events {
		step := bulk.Step{Event: e.ID}
		for i, name := range columns {
			if change := t.cell(e, i, name); change != nil {
				step.Offers = append(step.Offers, *change)
			}
		}
		if len(step.Offers) == 0 {
			continue
		}
		if err := t.v.Must(role.PricesEdit, repertoire.At(e)); err != nil {
			return err
		}
		t.steps = append(t.steps, step)
	}
	return nil
}

// cell is what becomes of one offer; nil = nothing.
func (t *typed) cell(e catalog.Event, i int, name string) *bulk.OfferStep {
	form := t.v.Request.PostForm
	text, base := form.Get(field(e, i)), form.Get(based(e, i))
	if !form.Has(field(e, i)) || text == base {
		return nil
	}
	old, have := t.g.offers[e.ID][plain(name)]
	if now := t.g.price(t.v, e, name); now != base {
		if now == text {
			return nil
		}
		t.blame(e, i, "offers.meanwhile", name, now)
		return nil
	}
	if text == "" {
		return &bulk.OfferStep{Offer: old.ID, Version: old.Version, Change: func(o *catalog.Offer) { o.Closed = true }}
	}
	minor, ok := repertoire.ReadAmount(text, e.Currency)
	if !ok {
		t.blame(e, i, "offers.unread", name, text)
		return nil
	}
	if have {
		return &bulk.OfferStep{Offer: old.ID, Version: old.Version, Change: func(o *catalog.Offer) { o.Price, o.Closed = minor, false }}
	}
	like := t.like(e, name)
	return &bulk.OfferStep{Offer: uuid.Nil, Change: func(o *catalog.Offer) { *o, o.Price = like, minor }}
}

func (t *typed) blame(e catalog.Event, i int, id, name, text string) {
	t.bad[field(e, i)] = true
	t.p.Form.Fault("", id, "Offer", name, "When", t.g.c.When(t.v, e), "Text", text)
}

// like is a new offer, after the first of its name in the table.
func (t *typed) like(e catalog.Event, name string) catalog.Offer {
	for _, other := range t.g.events {
		o, have := t.g.offers[other.ID][plain(name)]
		if !have {
			continue
		}
		made := catalog.Offer{Name: o.Name, MaxPerOrder: o.MaxPerOrder, Document: o.Document, Admission: o.Admission}
		made.Admission.ValidFrom, made.Admission.ValidUntil = nil, nil // they are of the other date
		if other.Venue != e.Venue {
			made.Admission.Zones = nil
		}
		return made
	}
	return catalog.Offer{Name: name, MaxPerOrder: 10}
}

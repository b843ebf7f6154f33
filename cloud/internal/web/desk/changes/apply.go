package changes

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strconv"

	"github.com/google/uuid"

	"portaria/cloud/internal/account/role"
	"portaria/cloud/internal/catalog"
	"portaria/cloud/internal/catalog/bulk"
	"portaria/cloud/internal/fault"
	"portaria/cloud/internal/web/desk"
	"portaria/cloud/internal/web/desk/repertoire"
)

// preview is one date as it is and as it would be.
type preview struct {
	Seen    string // its id and version
	When    string
	Name    string
	Venue   string
	Changes []changed
	Fault   string
}

type changed struct{ Label, Old, New string }

func (p *page) preview(v *desk.Visit, c repertoire.Choices, rows []bulk.Row) {
	differ, refused := 0, 0
	for _, r := range rows {
		x := preview{
			Seen: r.Before.ID.String() + "." + strconv.Itoa(r.Before.Version), When: c.When(v, r.Before), Name: r.Before.Name, Venue: c.Venues[r.Before.Venue].Name,
			Changes: differences(v, c, r),
		}
		var no *fault.Fault
		if errors.As(r.Fault, &no) {
			x.Fault, x.Changes = desk.Sentence(v.L, no), nil
			refused++
		} else if !r.Same() {
			differ++
		}
		p.Preview = append(p.Preview, x)
	}
	p.Can = refused == 0 && differ > 0
	p.Told = v.L.Plural("changes.differ", differ)
	if refused > 0 {
		p.Told += " " + v.L.Plural("changes.refused", refused)
	}
}

// differences are what would change of a date, as people read it.
func differences(v *desk.Visit, c repertoire.Choices, r bulk.Row) (out []changed) {
	a, b := r.Before, r.After
	put := func(label, old, now string) {
		if old != now {
			out = append(out, changed{v.Text(label), old, now})
		}
	}
	put("events.name", a.Name, b.Name)
	put("events.start", c.When(v, a), c.When(v, b))
	zone := c.Zone(a)
	put("events.doors", v.L.Clock(a.Doors.In(zone)), v.L.Clock(b.Doors.In(zone)))
	put("events.end", v.L.ShortDate(a.End.In(zone))+" "+v.L.Clock(a.End.In(zone)), v.L.ShortDate(b.End.In(zone))+" "+v.L.Clock(b.End.In(zone)))
	put("events.capacity", v.L.Number(int64(a.Capacity)), v.L.Number(int64(b.Capacity)))
	put("events.state", repertoire.Pill(v, a).Text, repertoire.Pill(v, b).Text)
	put("changes.window", repertoire.Window(v, zone, a.SaleFrom, a.SaleUntil), repertoire.Window(v, zone, b.SaleFrom, b.SaleUntil))
	put("events.series", c.Series[a.Series].Name, c.Series[b.Series].Name)
	put("events.age_rating", a.AgeRating, b.AgeRating)
	put("events.documents", a.Documents, b.Documents)
	put("events.languages", fmt.Sprint(a.Languages), fmt.Sprint(b.Languages))
	put("events.text", cut(a.Description), cut(b.Description))
	for _, o := range r.Offers {
		out = append(out, offerDifferences(v, c, a, o)...)
	}
	return out
}

func cut(text string) string {
	if r := []rune(text); len(r) > 60 {
		return string(r[:60]) + "…"
	}
	return text
}

func offerDifferences(v *desk.Visit, c repertoire.Choices, e catalog.Event, o bulk.OfferRow) (out []changed) {
	a, b := o.Before, o.After
	if a.ID == uuid.Nil {
		return []changed{{b.Name, v.Text("changes.no_offer"), v.L.Money(b.Price, e.Currency)}}
	}
	put := func(old, now string) {
		if old != now {
			out = append(out, changed{b.Name, old, now})
		}
	}
	put(v.L.Money(a.Price, e.Currency), v.L.Money(b.Price, e.Currency))
	sold := map[bool]string{false: v.Text("changes.open"), true: v.Text("events.offer_closed")}
	put(sold[a.Closed], sold[b.Closed])
	put(repertoire.Window(v, c.Zone(e), a.SoldFrom, a.SoldUntil), repertoire.Window(v, c.Zone(e), b.SoldFrom, b.SoldUntil))
	return out
}

// apply carries out what was shown. Where a date is not as it was shown, nothing is done and it is said.
func (s *section) apply(v *desk.Visit, f *desk.Form, steps []bulk.Step) (answered bool, err error) {
	shown := seen(v)
	for i := range steps {
		steps[i].Version = max(1, shown[steps[i].Event])
		if shown[steps[i].Event] == 0 {
			f.Fault("", "changes.not_shown")
			return false, nil
		}
	}
	done, err := s.Bulk.Apply(v.Ctx(), v.Organizer(), v.Person.Name, steps, func(ctx context.Context, d bulk.Done) error {
		for _, r := range d.Changed {
			if err := v.Note(ctx, "event.changed", r.Before.ID.String(), "many: "+r.After.Name); err != nil {
				return err
			}
		}
		return v.Note(ctx, "dates.changed", d.ID.String(), strconv.Itoa(len(d.Changed)))
	})
	var refused *bulk.Refused
	if errors.As(err, &refused) {
		f.Fault("", "changes.meanwhile")
		return false, nil
	}
	if err != nil {
		return false, f.Blame(err)
	}
	to := "/desk/changes?" + query(v.Request.PostForm).Encode()
	return true, v.Go(to, Told(v, done))
}

// Told is the message after a change of many dates, with the way back.
func Told(v *desk.Visit, done bulk.Done) desk.Flash {
	return desk.Flash{Text: v.L.Plural("changes.done", len(done.Changed)),
		Undo: &desk.Undo{Action: "/desk/changes/" + done.ID.String() + "/undo", Values: url.Values{}}}
}

// undo puts back what a change did.
func (s *section) undo(v *desk.Visit) error {
	id, err := v.ID("change")
	if err != nil {
		return err
	}
	may := func(e catalog.Event) bool {
		at := repertoire.At(e)
		return v.May(role.EventsEdit, at) && v.May(role.PricesEdit, at) && v.May(role.SaleSwitch, at)
	}
	u, err := s.Bulk.Undo(v.Ctx(), v.Organizer(), id, may, func(ctx context.Context, u bulk.Undone) error {
		return v.Note(ctx, "dates.put_back", id.String(), strconv.Itoa(u.Back))
	})
	if err != nil {
		return err
	}
	text := v.L.Plural("changes.back", u.Back)
	if u.Left > 0 {
		text += " " + v.L.Plural("changes.left", u.Left)
	}
	return v.Go("/desk/events", desk.Flash{Text: text})
}

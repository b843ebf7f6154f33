package settings

import (
	"context"
	"time"

	"github.com/google/uuid"

	"portaria/cloud/internal/account/role"
	"portaria/cloud/internal/gatehouse"
	"portaria/cloud/internal/web/desk"
	"portaria/edge/ticket"
)

// Secrets are those under which gates keep lists and badges.
type Secrets interface {
	SecretScopes(ctx context.Context, organizer ticket.EventID, now time.Time) ([]gatehouse.SecretScope, error)
	AskChange(ctx context.Context, organizer, scope ticket.EventID) error
}

func (s *settings) secretRoutes() []desk.Route {
	return []desk.Route{
		desk.Get("/desk/settings/secrets", role.GatesEdit, s.showSecrets),
		desk.Post("/desk/settings/secrets", role.GatesEdit, s.changeSecret).Proved(),
	}
}

type secretsPage struct {
	base
	Venues, Events []shownSecret
}

type shownSecret struct {
	ID, Name, When, Last string
	Busy                 bool
}

// place is where a role must hold to change a scope's secret.
func place(x gatehouse.SecretScope) role.Place {
	at := role.Place{Venue: uuid.UUID(x.Venue)}
	if !x.OfVenue {
		at.Event = uuid.UUID(x.Scope)
	}
	return at
}

func (s *settings) showSecrets(v *desk.Visit) error {
	scopes, err := s.Secrets.SecretScopes(v.Ctx(), ticket.EventID(v.Organizer()), time.Now())
	if err != nil {
		return err
	}
	p := &secretsPage{base: base{Tabs: tabs(v)}}
	reach := v.Reach(role.GatesEdit)
	for _, x := range scopes {
		if !reach.Holds(place(x)) {
			continue
		}
		shown := shownSecret{ID: x.Scope.String(), Name: x.Name, Busy: !x.Asked.IsZero() && x.Done.IsZero(), Last: last(v, x)}
		if x.OfVenue {
			p.Venues = append(p.Venues, shown)
			continue
		}
		shown.When = v.L.ShortDate(x.Starts)
		p.Events = append(p.Events, shown)
	}
	return v.Show("secrets", v.Text("secrets.title"), p)
}

// last says when and why the secret was changed last.
func last(v *desk.Visit, x gatehouse.SecretScope) string {
	switch {
	case x.Asked.IsZero():
		return v.Text("secrets.never")
	case x.Done.IsZero():
		return v.Text("secrets.busy")
	case x.Gate != "":
		return v.Text("secrets.stolen", "Date", v.L.ShortDate(x.Done), "Gate", x.Gate)
	}
	return v.Text("secrets.changed_on", "Date", v.L.ShortDate(x.Done))
}

func (s *settings) changeSecret(v *desk.Visit) error {
	id, err := uuid.Parse(v.PostForm("scope"))
	if err != nil {
		return desk.ErrNotFound
	}
	organizer := ticket.EventID(v.Organizer())
	scopes, err := s.Secrets.SecretScopes(v.Ctx(), organizer, time.Now())
	if err != nil {
		return err
	}
	for _, x := range scopes {
		if uuid.UUID(x.Scope) != id {
			continue
		}
		if err := v.Must(role.GatesEdit, place(x)); err != nil {
			return err
		}
		if err := s.Secrets.AskChange(v.Ctx(), organizer, x.Scope); err != nil {
			return err
		}
		if err := v.Note(v.Ctx(), "secret.changed", id.String(), x.Name); err != nil {
			return err
		}
		return v.Go("/desk/settings/secrets", desk.Flash{Text: v.Text("secrets.asked")})
	}
	return desk.ErrNotFound
}

package api

import (
	"context"
	"net/http"
	"time"

	"github.com/google/uuid"

	"portaria/cloud/internal/account"
	"portaria/cloud/internal/catalog"
)

// Venue is a place where events happen.
type Venue struct {
	ID        uuid.UUID `json:"id"`
	Name      string    `json:"name"`
	Address   string    `json:"address"`
	TimeZone  string    `json:"time_zone" example:"America/Sao_Paulo" doc:"IANA"`
	Languages []string  `json:"languages" doc:"Of its events, where they say nothing: BCP 47"`
	Version   int       `json:"version" doc:"Rises with every edit"`
	CreatedAt time.Time `json:"created_at"`
}

func showVenue(v catalog.Venue) Venue {
	return Venue{ID: v.ID, Name: v.Name, Address: v.Address, TimeZone: v.TimeZone, Languages: texts(v.Languages), Version: v.Version, CreatedAt: v.CreatedAt.UTC()}
}

// VenueDraft makes a venue.
type VenueDraft struct {
	Name      string   `json:"name" minLength:"1" maxLength:"200"`
	Address   string   `json:"address,omitempty" maxLength:"500"`
	TimeZone  string   `json:"time_zone" example:"America/Sao_Paulo" doc:"IANA"`
	Languages []string `json:"languages,omitempty" maxItems:"12" doc:"Of its events, where they say nothing: BCP 47"`
}

// texts is a list that is never null.
func texts(all []string) []string {
	if all == nil {
		return []string{}
	}
	return all
}

// VenueEdit changes what it names.
type VenueEdit struct {
	Name      *string   `json:"name,omitempty" minLength:"1" maxLength:"200"`
	Address   *string   `json:"address,omitempty" maxLength:"500"`
	TimeZone  *string   `json:"time_zone,omitempty" doc:"IANA"`
	Languages *[]string `json:"languages,omitempty" maxItems:"12"`
}

func (e VenueEdit) change(v *catalog.Venue) {
	put(&v.Name, e.Name)
	put(&v.Address, e.Address)
	put(&v.TimeZone, e.TimeZone)
	put(&v.Languages, e.Languages)
}

// put changes what was named.
func put[T any](field *T, value *T) {
	if value != nil {
		*field = *value
	}
}

// VenuePath names a venue.
type VenuePath struct {
	Venue uuid.UUID `path:"venue" format:"uuid"`
}

func (s *server) venues() {
	const tag = "Catalogue"
	create(s, op{path: "/venues", id: "create-venue", tag: tag, scope: account.CatalogWrite, summary: "Make a venue"},
		func(ctx context.Context, who account.Key, in *Post[VenueDraft]) (Venue, error) {
			v, err := s.Catalog.CreateVenue(ctx, catalog.Venue{
				Organizer: who.Organizer, Name: in.Body.Name, Address: in.Body.Address, TimeZone: in.Body.TimeZone, Languages: in.Body.Languages,
			})
			return showVenue(v), err
		})
	serve(s, op{method: http.MethodGet, path: "/venues", id: "list-venues", tag: tag, scope: account.CatalogRead,
		summary: "List venues"}, s.listVenues)
	serve(s, op{method: http.MethodGet, path: "/venues/{venue}", id: "get-venue", tag: tag, scope: account.CatalogRead,
		summary: "Read a venue"},
		func(ctx context.Context, who account.Key, in *VenuePath) (Venue, error) {
			v, err := s.Catalog.Venue(ctx, who.Organizer, in.Venue)
			return showVenue(v), err
		})
	serve(s, op{method: http.MethodPatch, path: "/venues/{venue}", id: "edit-venue", tag: tag,
		scope: account.CatalogWrite, summary: "Change a venue"},
		func(ctx context.Context, who account.Key, in *struct {
			VenuePath
			Body VenueEdit
		}) (Venue, error) {
			v, err := s.Catalog.EditVenue(ctx, who.Organizer, in.Venue, in.Body.change)
			return showVenue(v), err
		})
}

func (s *server) listVenues(ctx context.Context, who account.Key, in *Paging) (page[Venue], error) {
	after, err := in.start()
	if err != nil {
		return page[Venue]{}, err
	}
	all, err := s.Catalog.Venues(ctx, who.Organizer, after, in.Limit)
	return paged(all, in.Limit, showVenue, func(v catalog.Venue) string { return v.ID.String() }), err
}

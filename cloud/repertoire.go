package cloud

import (
	"portaria/cloud/internal/catalog/bulk"
	"portaria/cloud/internal/web/desk"
	"portaria/cloud/internal/web/desk/changes"
	"portaria/cloud/internal/web/desk/events"
	"portaria/cloud/internal/web/desk/offers"
	"portaria/cloud/internal/web/desk/series"
	"portaria/cloud/internal/web/desk/venues"
)

// bulk is where many dates are changed at once.
func (c *Cloud) bulk() *bulk.Office { return &bulk.Office{Catalog: c.catalog, Atomic: c.atomic} }

// repertoire are the desk's pages about venues, dates and what is sold for them.
func (c *Cloud) repertoire() []desk.Section {
	doors := c.gateSide().Desk
	return []desk.Section{
		events.Section(events.Config{Catalog: c.catalog}),
		series.Section(series.Config{Catalog: c.catalog}),
		changes.Section(changes.Config{Catalog: c.catalog, Bulk: c.bulk()}),
		offers.Section(offers.Config{Catalog: c.catalog, Bulk: c.bulk(), Zones: doors}),
		venues.Section(venues.Config{Catalog: c.catalog, Desk: doors, Atomic: c.atomic}),
	}
}

package cloud

import (
	"context"
	"crypto/rand"
	"errors"
	"strings"
	"time"

	"github.com/google/uuid"

	"portaria/cloud/internal/account/person"
	"portaria/cloud/internal/account/staff"
	"portaria/cloud/internal/api"
	"portaria/cloud/internal/arbiter"
	"portaria/cloud/internal/postgres"
	"portaria/cloud/internal/postgres/arbiters"
	"portaria/cloud/internal/scan"
	"portaria/edge/ticket"
	"portaria/edge/whitelist"
)

// keepScans is how long a scan may be sent again and still be known.
const keepScans = 30 * 24 * time.Hour

// openScans makes the cloud the arbiter of venues without a hub, and serves telephones.
func (c *Cloud) openScans(ctx context.Context) error {
	shelf := arbiters.Shelf{Pool: c.pool}
	books := &scan.Books{Shelf: shelf, Secrets: c.keys}
	holder := strings.ToLower(rand.Text()[:12])
	c.arbiters = arbiter.New(ctx, arbiter.Config{Leases: arbiters.Leases{Pool: c.pool}, Holder: holder, Log: c.log,
		Venue: func(ctx context.Context, organizer, venue ticket.EventID) (*whitelist.Venue, *time.Location, error) {
			book, err := books.Venue(postgres.System(ctx), uuid.UUID(organizer), uuid.UUID(venue))
			if err != nil {
				return nil, nil, err
			}
			return &book.Signed.Venue, book.Zone, nil
		}})
	c.scans = &scan.Service{Books: books, Arbiters: c.arbiters, Store: arbiters.Scans{Pool: c.pool}, Intake: arbiters.Intake{Pool: c.pool},
		Phones: shelf, Venues: shelf, System: postgres.System, Hubs: hubLine{c}, Now: c.now, Log: c.log}
	c.peers = c.openPeers(holder)
	c.scans.Peers = c.peers
	return nil
}

// visitor is who has a session of the desk, with the desk that is open in it.
func (c *Cloud) visitor(ctx context.Context, cookie string) (v api.Visitor, signedIn bool, err error) {
	session, err := c.people.Resume(ctx, cookie)
	if errors.Is(err, person.ErrNoSession) || err == nil && session.Half {
		return v, false, nil
	}
	if err != nil {
		return v, false, err
	}
	who, err := c.people.People.Person(ctx, session.Person)
	if err != nil {
		return v, false, err
	}
	desks, err := c.staff.Roster.DesksOf(ctx, session.Person)
	if err != nil || len(desks) == 0 {
		return v, false, err
	}
	v = api.Visitor{Person: session.Person, Name: who.Name, Organizer: open(desks, session.Organizer)}
	v.Grants, err = c.staff.Roster.GrantsOf(ctx, v.Organizer, v.Person)
	return v, true, err
}

// open is the desk that is open, or the first where the person works.
func open(desks []staff.Desk, organizer uuid.UUID) uuid.UUID {
	for _, d := range desks {
		if d.Organizer == organizer {
			return organizer
		}
	}
	return desks[0].Organizer
}

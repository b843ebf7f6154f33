package catalogue

import (
	"context"
	"fmt"
	"slices"

	"github.com/google/uuid"

	"portaria/cloud/internal/catalog"
	"portaria/cloud/internal/postgres"
	"portaria/cloud/internal/postgres/catalogdb"
	"portaria/edge/whitelist"
)

// CreateOffer writes a new offer under the event's next kind. catalog.ErrNoEvent, catalog.ErrKindsSpent.
func (s Store) CreateOffer(ctx context.Context, o catalog.Offer) error {
	kind, err := s.on(ctx).TakeKind(ctx, o.Organizer, o.Event)
	if postgres.NoRow(err) {
		if _, err := s.Event(ctx, o.Organizer, o.Event); err != nil {
			return err
		}
		return catalog.ErrKindsSpent
	}
	if err != nil {
		return fmt.Errorf("number the offer: %w", err)
	}
	a := o.Admission
	err = s.on(ctx).CreateOffer(ctx, catalogdb.CreateOfferParams{
		ID: o.ID, OrganizerID: o.Organizer, EventID: o.Event, Kind: kind, Name: o.Name,
		MaxPerOrder: int32(o.MaxPerOrder), Closed: o.Closed, Admits: string(a.Use), Uses: int32(a.Uses),
		ReentryAfter: int32(a.ReentryAfter), GroupSize: int32(a.Group), Flags: int32(a.Flags), Zones: a.Zones,
		ValidFrom: a.ValidFrom, ValidUntil: a.ValidUntil, SoldFrom: o.SoldFrom, SoldUntil: o.SoldUntil,
		Document: o.Document,
	})
	if err != nil {
		return fmt.Errorf("create offer: %w", err)
	}
	if err := s.on(ctx).CreateOfferStock(ctx, o.ID, o.Event, narrow(o.Capacity)); err != nil {
		return fmt.Errorf("create the offer's stock: %w", err)
	}
	return s.setPrice(ctx, o)
}

// EditOffer writes an offer anew that is still at its version; its event, kind and group stay. catalog.ErrChanged,
// catalog.ErrSoldAbove.
func (s Store) EditOffer(ctx context.Context, o catalog.Offer) error {
	a := o.Admission
	n, err := s.on(ctx).EditOffer(ctx, catalogdb.EditOfferParams{
		ID: o.ID, OrganizerID: o.Organizer, Name: o.Name, MaxPerOrder: int32(o.MaxPerOrder), Closed: o.Closed,
		Admits: string(a.Use), Uses: int32(a.Uses), ReentryAfter: int32(a.ReentryAfter), Flags: int32(a.Flags),
		Zones: a.Zones, ValidFrom: a.ValidFrom, ValidUntil: a.ValidUntil, SoldFrom: o.SoldFrom, SoldUntil: o.SoldUntil,
		Document: o.Document, Version: int32(o.Version),
	})
	if err := oneRow("edit offer", n, err, catalog.ErrChanged); err != nil {
		return err
	}
	err = s.on(ctx).SetOfferCapacity(ctx, narrow(o.Capacity), o.ID)
	if postgres.Broke(err) == "offer_never_oversold" {
		return catalog.ErrSoldAbove
	}
	if err != nil {
		return fmt.Errorf("set offer capacity: %w", err)
	}
	return s.setPrice(ctx, o)
}

func (s Store) setPrice(ctx context.Context, o catalog.Offer) error {
	if err := s.on(ctx).SetPrice(ctx, o.ID, o.Price); err != nil {
		return fmt.Errorf("set price: %w", err)
	}
	return nil
}

// Offer reads one. catalog.ErrNoOffer.
func (s Store) Offer(ctx context.Context, organizer, id uuid.UUID) (catalog.Offer, error) {
	row, err := s.on(ctx).Offer(ctx, organizer, id)
	if err != nil {
		return catalog.Offer{}, oneRow("read offer", 0, err, catalog.ErrNoOffer)
	}
	return offer(catalogdb.OffersRow(row)), nil
}

// Offers lists an event's offers, closed ones too, in order of kind.
func (s Store) Offers(ctx context.Context, organizer, event uuid.UUID) ([]catalog.Offer, error) {
	rows, err := s.on(ctx).Offers(ctx, organizer, event)
	if err != nil {
		return nil, fmt.Errorf("list offers: %w", err)
	}
	offers := make([]catalog.Offer, len(rows))
	for i, row := range rows {
		offers[i] = offer(row)
	}
	return offers, nil
}

// LockOffers keeps offers as they are until the transaction ends.
func (s Store) LockOffers(ctx context.Context, organizer uuid.UUID, which []uuid.UUID) error {
	if _, err := s.on(ctx).LockOffers(ctx, organizer, ids(which)); err != nil {
		return fmt.Errorf("lock offers: %w", err)
	}
	return nil
}

func offer(row catalogdb.OffersRow) catalog.Offer {
	o := row.Offer
	return catalog.Offer{
		ID: o.ID, Organizer: o.OrganizerID, Event: o.EventID, Kind: uint16(o.Kind), Name: o.Name, Price: row.Price,
		MaxPerOrder: int(o.MaxPerOrder), Capacity: widen(row.Capacity), Held: int(row.Held), Sold: int(row.Sold),
		Closed: o.Closed, SoldFrom: o.SoldFrom, SoldUntil: o.SoldUntil, Document: o.Document, Version: int(o.Version),
		CreatedAt: o.CreatedAt,
		Admission: catalog.Admission{
			Use: whitelist.Use(o.Admits), Uses: int(o.Uses), ReentryAfter: int(o.ReentryAfter),
			Group: int(o.GroupSize), Flags: whitelist.Flags(o.Flags), Zones: slices.Clone(o.Zones),
			ValidFrom: o.ValidFrom, ValidUntil: o.ValidUntil,
		},
	}
}

func narrow(n *int) *int32 {
	if n == nil {
		return nil
	}
	small := int32(*n)
	return &small
}

func widen(n *int32) *int {
	if n == nil {
		return nil
	}
	big := int(*n)
	return &big
}

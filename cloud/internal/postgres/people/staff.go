package people

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"portaria/cloud/internal/account/role"
	"portaria/cloud/internal/account/staff"
	"portaria/cloud/internal/postgres"
	"portaria/cloud/internal/postgres/peopledb"
)

var (
	_ staff.Roster      = Store{}
	_ staff.Invitations = Store{}
)

func grant(name string, venue, event *uuid.UUID) role.Grant {
	return role.Grant{Role: role.Role(name), Venue: orZero(venue), Event: orZero(event)}
}

// GrantsOf is what a person holds with an organizer.
func (s Store) GrantsOf(ctx context.Context, organizer, who uuid.UUID) (role.Grants, error) {
	rows, err := s.on(ctx).GrantsOf(ctx, organizer, who)
	if err != nil {
		return nil, fmt.Errorf("read the roles of person %s: %w", who, err)
	}
	out := make(role.Grants, len(rows))
	for i, row := range rows {
		out[i] = grant(row.Role, row.VenueID, row.EventID)
	}
	return out, nil
}

// DesksOf lists the organizers that a person works for, by name.
func (s Store) DesksOf(ctx context.Context, who uuid.UUID) ([]staff.Desk, error) {
	rows, err := s.on(ctx).DesksOf(ctx, who)
	if err != nil {
		return nil, fmt.Errorf("list the desks of person %s: %w", who, err)
	}
	out := make([]staff.Desk, len(rows))
	for i, row := range rows {
		out[i] = staff.Desk{Organizer: row.ID, Name: row.Name, FactorFrom: orZeroTime(row.SecondFactorFrom), Suspended: row.Suspended}
	}
	return out, nil
}

// Members lists an organizer's people, one for each role that they hold. In a transaction it makes others that
// change roles wait, so that two owners cannot remove each other.
func (s Store) Members(ctx context.Context, organizer uuid.UUID) ([]staff.Member, error) {
	on := s.on(ctx)
	if err := on.LockOrganizer(ctx, organizer); err != nil {
		return nil, fmt.Errorf("lock organizer %s: %w", organizer, err)
	}
	rows, err := on.Members(ctx, organizer)
	if err != nil {
		return nil, fmt.Errorf("list the people of organizer %s: %w", organizer, err)
	}
	out := make([]staff.Member, len(rows))
	for i, row := range rows {
		out[i] = staff.Member{
			Grant: grant(row.Role, row.VenueID, row.EventID), ID: row.ID, Person: row.PersonID, Name: row.Name,
			Email: row.Email, Strong: row.Strong, Since: row.CreatedAt,
		}
	}
	return out, nil
}

// Give writes a role. staff.ErrHeld.
func (s Store) Give(ctx context.Context, organizer uuid.UUID, m staff.Member, by uuid.UUID) error {
	n, err := s.on(ctx).GiveRole(ctx, peopledb.GiveRoleParams{
		ID: m.ID, OrganizerID: organizer, PersonID: m.Person, Role: string(m.Role), VenueID: orNil(m.Venue),
		EventID: orNil(m.Event), GivenBy: by, CreatedAt: m.Since,
	})
	if err != nil {
		return fmt.Errorf("give a role: %w", err)
	}
	if n == 0 {
		return staff.ErrHeld
	}
	return nil
}

// TakeRole drops a role.
func (s Store) TakeRole(ctx context.Context, organizer, id uuid.UUID) error {
	if err := s.on(ctx).TakeRole(ctx, organizer, id); err != nil {
		return fmt.Errorf("take role %s: %w", id, err)
	}
	return nil
}

// Invite writes an invitation by the hash of its link.
func (s Store) Invite(ctx context.Context, i staff.Invitation, hash [32]byte) error {
	err := s.on(ctx).Invite(ctx, peopledb.InviteParams{
		ID: i.ID, OrganizerID: i.Organizer, Hash: hash[:], Email: i.Email, Language: i.Language, Role: string(i.Role),
		VenueID: orNil(i.Venue), EventID: orNil(i.Event), InvitedBy: i.From, CreatedAt: i.MadeAt, Until: i.Until,
	})
	if err != nil {
		return fmt.Errorf("invite a person: %w", err)
	}
	return nil
}

func invitation(row peopledb.InvitationRow) staff.Invitation {
	return staff.Invitation{
		Grant: grant(row.Role, row.VenueID, row.EventID), ID: row.ID, Organizer: row.OrganizerID, From: row.InvitedBy,
		Email: row.Email, Language: row.Language, MadeAt: row.CreatedAt, Until: row.Until,
	}
}

// Invited lists the invitations that wait.
func (s Store) Invited(ctx context.Context, organizer uuid.UUID, now time.Time) ([]staff.Invitation, error) {
	rows, err := s.on(ctx).Invited(ctx, organizer, now)
	if err != nil {
		return nil, fmt.Errorf("list the invitations of organizer %s: %w", organizer, err)
	}
	out := make([]staff.Invitation, len(rows))
	for i, row := range rows {
		out[i] = invitation(peopledb.InvitationRow(row))
	}
	return out, nil
}

// Invitation finds one by its link. staff.ErrNoInvitation.
func (s Store) Invitation(ctx context.Context, hash [32]byte, now time.Time) (staff.Invitation, error) {
	row, err := s.on(ctx).Invitation(ctx, hash[:], now)
	if postgres.NoRow(err) {
		return staff.Invitation{}, staff.ErrNoInvitation
	}
	if err != nil {
		return staff.Invitation{}, fmt.Errorf("look up an invitation: %w", err)
	}
	return invitation(row), nil
}

// Settle ends an invitation; false when it was ended before.
func (s Store) Settle(ctx context.Context, organizer, id uuid.UUID, accepted bool, now time.Time) (bool, error) {
	n, err := s.on(ctx).Settle(ctx, &now, accepted, organizer, id)
	if err != nil {
		return false, fmt.Errorf("settle invitation %s: %w", id, err)
	}
	return n > 0, nil
}

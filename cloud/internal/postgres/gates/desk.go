package gates

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"portaria/cloud/internal/gatehouse/desk"
	"portaria/cloud/internal/postgres"
	"portaria/cloud/internal/postgres/gatedb"
	"portaria/edge/ticket"
	"portaria/edge/whitelist"
)

var (
	_ desk.VenueStore      = (*Store)(nil)
	_ desk.ZoneStore       = (*Store)(nil)
	_ desk.StaffStore      = (*Store)(nil)
	_ desk.CheckpointStore = (*Store)(nil)
	_ desk.RetiredStore    = (*Store)(nil)
	_ desk.RosterStore     = (*Store)(nil)
)

// unique names the constraints that mean "choose another name".
var unique = []string{
	"zones_venue_id_name_key", "door_templates_venue_id_name_key", "checkpoints_venue_id_name_key", "hubs_pkey", "gates_pkey", "issuers_pkey", "controllers_venue_id_number_key",
}

func taken(err error) error {
	if slices.Contains(unique, postgres.Broke(err)) {
		return desk.ErrTaken
	}
	return err
}

// changed is desk.ErrNone when no row was.
func changed(rows int64, err error) error {
	if err == nil && rows == 0 {
		return desk.ErrNone
	}
	return taken(err)
}

// OwnVenue is desk.ErrNone unless the venue is the organizer's.
func (s *Store) OwnVenue(ctx context.Context, scope desk.Scope) error {
	_, err := s.on(ctx).OwnVenue(ctx, scope.Organizer, scope.Venue)
	if postgres.NoRow(err) {
		return desk.ErrNone
	}
	return err
}

// OwnEvents is those of the ids that are events of this venue.
func (s *Store) OwnEvents(ctx context.Context, scope desk.Scope, ids []uuid.UUID) ([]uuid.UUID, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	return s.on(ctx).OwnEvents(ctx, scope.Organizer, scope.Venue, ids)
}

// AddZone keeps a zone. desk.ErrTaken.
func (s *Store) AddZone(ctx context.Context, z desk.Zone) error {
	return taken(s.on(ctx).AddZone(ctx, gatedb.AddZoneParams{
		ID: z.ID, OrganizerID: z.Organizer, VenueID: z.Venue, Name: z.Name, ParentID: z.Parent,
		Capacity: int32(z.Capacity), //nolint:gosec // the desk bounds it
	}))
}

// Zones lists a venue's zones.
func (s *Store) Zones(ctx context.Context, scope desk.Scope) ([]desk.Zone, error) {
	rows, err := s.on(ctx).OwnZones(ctx, scope.Organizer, scope.Venue)
	out := make([]desk.Zone, len(rows))
	for i, z := range rows {
		out[i] = desk.Zone{Scope: scope, ID: z.ID, Name: z.Name, Parent: z.ParentID, Capacity: int(z.Capacity), Version: int(z.Version)}
	}
	return out, err
}

// AddCheckpoint keeps a checkpoint with its hours. desk.ErrTaken.
func (s *Store) AddCheckpoint(ctx context.Context, c desk.Checkpoint) error {
	p, err := checkpointRow(c)
	if err != nil {
		return err
	}
	if err := s.on(ctx).AddCheckpoint(ctx, p); err != nil {
		return taken(err)
	}
	return s.putHours(ctx, c)
}

// ChangeCheckpoint writes every field but the scope. desk.ErrNone, desk.ErrTaken.
func (s *Store) ChangeCheckpoint(ctx context.Context, c desk.Checkpoint) error {
	p, err := checkpointRow(c)
	if err != nil {
		return err
	}
	q := s.on(ctx)
	if err := changed(q.ChangeCheckpoint(ctx, gatedb.ChangeCheckpointParams{
		ID: p.ID, OrganizerID: p.OrganizerID, Name: p.Name, Direction: p.Direction, FromZone: p.FromZone,
		ToZone: p.ToZone, Events: p.Events, Kinds: p.Kinds, Mode: p.Mode, Policy: p.Policy,
		BudgetMinutes: p.BudgetMinutes, BudgetEntries: p.BudgetEntries, Unlisted: p.Unlisted, NeedsStaff: p.NeedsStaff,
		AskMillis: p.AskMillis, PassSeconds: p.PassSeconds, NoContact: p.NoContact, StaleAsk: p.StaleAsk,
		Language: p.Language, HomeGates: p.HomeGates, Rule: p.Rule, KindNames: p.KindNames, TemplateID: p.TemplateID, Applied: p.Applied,
	})); err != nil {
		return err
	}
	if err := q.ForgetHours(ctx, c.ID); err != nil {
		return err
	}
	return s.putHours(ctx, c)
}

func (s *Store) putHours(ctx context.Context, c desk.Checkpoint) error {
	if len(c.Hours) == 0 {
		return nil
	}
	opens, closes := make([]time.Time, len(c.Hours)), make([]time.Time, len(c.Hours))
	for i, w := range c.Hours {
		opens[i], closes[i] = w.From, w.Until
	}
	return s.on(ctx).AddHours(ctx, c.ID, opens, closes)
}

func checkpointRow(c desk.Checkpoint) (gatedb.AddCheckpointParams, error) {
	if c.Kinds == nil {
		c.Kinds = []whitelist.KindRef{}
	}
	if c.Events == nil {
		c.Events = []uuid.UUID{}
	}
	if c.HomeGates == nil {
		c.HomeGates = []string{}
	}
	if c.Names == nil {
		c.Names = []string{}
	}
	kinds, err := json.Marshal(c.Kinds)
	if err != nil {
		return gatedb.AddCheckpointParams{}, err
	}
	rule, err := orNull(c.Rule)
	return gatedb.AddCheckpointParams{
		ID: c.ID, OrganizerID: c.Organizer, VenueID: c.Venue, Name: c.Name, Direction: string(c.Direction),
		FromZone: c.From, ToZone: c.To, Events: c.Events, Kinds: kinds, Mode: string(c.Mode), Policy: string(c.Policy),
		BudgetMinutes: int32(c.Budget.Minutes), BudgetEntries: int32(c.Budget.Entries), //nolint:gosec // the desk bounds them
		Unlisted: string(c.Unlisted), NeedsStaff: c.NeedsStaff, AskMillis: int32(c.AskMillis), //nolint:gosec // bounded
		PassSeconds: int32(c.PassSeconds), NoContact: c.NoContact, StaleAsk: c.StaleAsk, Language: c.Language, //nolint:gosec // bounded
		HomeGates: c.HomeGates, Rule: rule, KindNames: c.Names, TemplateID: c.Template, Applied: c.Applied,
	}, err
}

// orNull is a value as JSON, nil for none.
func orNull[T any](v *T) ([]byte, error) {
	if v == nil {
		return nil, nil
	}
	return json.Marshal(v)
}

// Checkpoint reads one; lock keeps it as it is until the transaction ends. desk.ErrNone.
func (s *Store) Checkpoint(ctx context.Context, organizer, id uuid.UUID, lock bool) (desk.Checkpoint, error) {
	read := s.on(ctx).OwnCheckpoint
	if lock {
		read = s.on(ctx).LockCheckpoint
	}
	row, err := read(ctx, organizer, id)
	if postgres.NoRow(err) {
		return desk.Checkpoint{}, desk.ErrNone
	}
	if err != nil {
		return desk.Checkpoint{}, err
	}
	out, err := s.withHours(ctx, []gatedb.Checkpoint{row})
	if err != nil {
		return desk.Checkpoint{}, err
	}
	return out[0], nil
}

// Checkpoints lists a venue's checkpoints.
func (s *Store) Checkpoints(ctx context.Context, scope desk.Scope) ([]desk.Checkpoint, error) {
	rows, err := s.on(ctx).OwnCheckpoints(ctx, scope.Organizer, scope.Venue)
	if err != nil {
		return nil, err
	}
	return s.withHours(ctx, rows)
}

func (s *Store) withHours(ctx context.Context, rows []gatedb.Checkpoint) ([]desk.Checkpoint, error) {
	ids := make([]uuid.UUID, len(rows))
	for i, r := range rows {
		ids[i] = r.ID
	}
	hours, err := s.on(ctx).Hours(ctx, ids)
	if err != nil {
		return nil, err
	}
	windows := map[uuid.UUID][]desk.Window{}
	for _, h := range hours {
		windows[h.CheckpointID] = append(windows[h.CheckpointID], desk.Window{From: h.OpensAt, Until: h.ClosesAt})
	}
	out := make([]desk.Checkpoint, len(rows))
	for i, r := range rows {
		if out[i], err = deskCheckpoint(r); err != nil {
			return nil, err
		}
		out[i].Hours = windows[r.ID]
	}
	return out, nil
}

func deskCheckpoint(r gatedb.Checkpoint) (desk.Checkpoint, error) {
	c := desk.Checkpoint{
		Scope: desk.Scope{Organizer: r.OrganizerID, Venue: r.VenueID}, ID: r.ID, Name: r.Name,
		Direction: whitelist.Direction(r.Direction), From: r.FromZone, To: r.ToZone, Events: r.Events,
		Mode: whitelist.Mode(r.Mode), Policy: whitelist.PolicyName(r.Policy),
		Budget:   whitelist.Budget{Minutes: int(r.BudgetMinutes), Entries: int(r.BudgetEntries)},
		Unlisted: whitelist.Unlisted(r.Unlisted), NeedsStaff: r.NeedsStaff, AskMillis: int(r.AskMillis),
		PassSeconds: int(r.PassSeconds), NoContact: r.NoContact, StaleAsk: r.StaleAsk, Language: r.Language, HomeGates: r.HomeGates,
		Names: r.KindNames, Version: int(r.Version), Template: r.TemplateID, Applied: r.Applied,
	}
	if r.Rule != nil {
		if err := json.Unmarshal(r.Rule, &c.Rule); err != nil {
			return c, fmt.Errorf("read the hours of checkpoint %s: %w", r.ID, err)
		}
	}
	if err := json.Unmarshal(r.Kinds, &c.Kinds); err != nil {
		return c, fmt.Errorf("read the kinds of checkpoint %s: %w", r.ID, err)
	}
	return c, nil
}

// AddController keeps a controller.
func (s *Store) AddController(ctx context.Context, c desk.Controller) error {
	if c.Checkpoints == nil {
		c.Checkpoints = []uuid.UUID{}
	}
	return s.on(ctx).AddController(ctx, gatedb.AddControllerParams{
		ID: c.ID, OrganizerID: c.Organizer, VenueID: c.Venue, Name: c.Name, Badge: c.Badge.String(),
		Supervisor: c.Supervisor, Checkpoints: c.Checkpoints,
	})
}

// Controllers lists a venue's controllers in service.
func (s *Store) Controllers(ctx context.Context, scope desk.Scope) ([]desk.Controller, error) {
	rows, err := s.on(ctx).OwnControllers(ctx, scope.Organizer, scope.Venue)
	if err != nil {
		return nil, err
	}
	out := make([]desk.Controller, len(rows))
	for i, r := range rows {
		if out[i], err = controllerOf(r); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func controllerOf(r gatedb.Controller) (desk.Controller, error) {
	badge, err := ticket.ParseID(r.Badge)
	if err != nil {
		return desk.Controller{}, fmt.Errorf("read the badge of controller %s: %w", r.ID, err)
	}
	c := desk.Controller{
		Scope: desk.Scope{Organizer: r.OrganizerID, Venue: r.VenueID}, ID: r.ID, Name: r.Name, Badge: badge, Supervisor: r.Supervisor,
		Checkpoints: r.Checkpoints, HasPIN: r.PinHash != nil, PrintedAt: r.PrintedAt, Version: int(r.Version),
	}
	if r.Number != nil {
		c.Number = int(*r.Number)
	}
	return c, nil
}

// Controller reads a controller in service and locks the row. desk.ErrNone.
func (s *Store) Controller(ctx context.Context, organizer, id uuid.UUID) (desk.Controller, error) {
	row, err := s.on(ctx).OwnController(ctx, organizer, id)
	if postgres.NoRow(err) {
		return desk.Controller{}, desk.ErrNone
	}
	if err != nil {
		return desk.Controller{}, err
	}
	return controllerOf(row)
}

// SetBadge gives a controller another badge. desk.ErrNone.
func (s *Store) SetBadge(ctx context.Context, c desk.Controller) error {
	return changed(s.on(ctx).SetBadge(ctx, c.Badge.String(), c.Organizer, c.ID))
}

// FreeNumber is the next number of a venue's controllers.
func (s *Store) FreeNumber(ctx context.Context, scope desk.Scope) (int, error) {
	n, err := s.on(ctx).FreeNumber(ctx, scope.Venue)
	return int(n), err
}

// SetPIN keeps what gates may know of a controller's PIN. desk.ErrTaken, desk.ErrNone.
func (s *Store) SetPIN(ctx context.Context, c desk.Controller, pin whitelist.PIN) error {
	number, rounds := int32(pin.Number), int32(pin.Rounds)
	return changed(s.on(ctx).SetPIN(ctx, gatedb.SetPINParams{
		Number: &number, Salt: pin.Salt, Hash: pin.Hash, Rounds: &rounds, OrganizerID: c.Organizer, ID: c.ID,
	}))
}

// RetireController takes a controller out of service. desk.ErrNone.
func (s *Store) RetireController(ctx context.Context, organizer, id uuid.UUID) error {
	return changed(s.on(ctx).RetireController(ctx, organizer, id))
}

package arbiters

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"

	"portaria/cloud/internal/postgres"
	"portaria/cloud/internal/postgres/arbiterdb"
	"portaria/cloud/internal/scan"
	"portaria/edge/admit"
)

// Scans keeps devices, and what was answered to them.
type Scans struct{ Pool *pgxpool.Pool }

var _ scan.Store = Scans{}

func (s Scans) db() *arbiterdb.Queries { return arbiterdb.New(s.Pool) }

// OwnDevice makes a device an owner's, if it is nobody's. scan.ErrDeviceTaken.
func (s Scans) OwnDevice(ctx context.Context, organizer, venue uuid.UUID, gate, owner string, most scan.Most) error {
	has, err := s.db().DeviceOwner(ctx, organizer, venue, gate)
	if postgres.NoRow(err) {
		if _, err = s.db().AddDevice(ctx, arbiterdb.AddDeviceParams{VenueID: venue, ID: gate, OrganizerID: organizer, Owner: owner,
			Most: int32(most.Venue), MostOwn: int32(most.Owner)}); err != nil { //nolint:gosec // small constants
			return fmt.Errorf("add device %s: %w", gate, err)
		}
		has, err = s.db().DeviceOwner(ctx, organizer, venue, gate)
	}
	switch {
	case postgres.NoRow(err):
		return scan.ErrDeviceTaken.Say("There is a gate of that name, or there are as many devices here as there may be: use one that was here before, or ask whoever runs the venue.")
	case err != nil:
		return fmt.Errorf("look up device %s: %w", gate, err)
	case has != owner:
		return scan.ErrDeviceTaken
	}
	return nil
}

// Keep keeps an answer; false where the scan has one already.
func (s Scans) Keep(ctx context.Context, k scan.Kept) (bool, error) {
	ask, err := json.Marshal(k.Ask)
	if err != nil {
		return false, err
	}
	answer, err := json.Marshal(k.Answer)
	if err != nil {
		return false, err
	}
	rows, err := s.db().KeepScan(ctx, arbiterdb.KeepScanParams{OrganizerID: k.Organizer, Scan: k.Scan[:], VenueID: k.Venue, Device: k.Gate,
		Request: k.Request[:], Ask: ask, Answer: answer})
	return rows == 1, err
}

// Kept reads an answer. scan.ErrNoScan.
func (s Scans) Kept(ctx context.Context, organizer uuid.UUID, id admit.ScanID) (k scan.Kept, err error) {
	row, err := s.db().KeptScan(ctx, organizer, id[:])
	if postgres.NoRow(err) {
		return k, scan.ErrNoScan
	}
	if err != nil {
		return k, fmt.Errorf("read the answer to scan %s: %w", id, err)
	}
	k = scan.Kept{Organizer: organizer, Venue: row.VenueID, Scan: id, Gate: row.Device, At: row.At}
	copy(k.Request[:], row.Request)
	if err := json.Unmarshal(row.Ask, &k.Ask); err != nil {
		return k, fmt.Errorf("read scan %s: %w", id, err)
	}
	if err := json.Unmarshal(row.Answer, &k.Answer); err != nil {
		return k, fmt.Errorf("read the answer to scan %s: %w", id, err)
	}
	return k, nil
}

// Amend changes how an admission ended, for who asks for the answer again.
func (s Scans) Amend(ctx context.Context, k scan.Kept) error {
	answer, err := json.Marshal(k.Answer)
	if err != nil {
		return err
	}
	return s.db().AmendScan(ctx, answer, k.Organizer, k.Scan[:])
}

// GiveUp keeps that a device has answered a scan by itself.
func (s Scans) GiveUp(ctx context.Context, k scan.Kept) error {
	ask, err := json.Marshal(k.Ask)
	if err != nil {
		return err
	}
	answer, err := json.Marshal(k.Answer)
	if err != nil {
		return err
	}
	return s.db().GiveUpScan(ctx, arbiterdb.GiveUpScanParams{OrganizerID: k.Organizer, Scan: k.Scan[:], VenueID: k.Venue, Device: k.Gate,
		Request: k.Request[:], Ask: ask, Answer: answer})
}

// Forget drops answers that nobody will ask for again.
func (s Scans) Forget(ctx context.Context, before time.Time) (int64, error) {
	return s.db().ForgetScans(ctx, before)
}

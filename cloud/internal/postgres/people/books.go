package people

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/google/uuid"

	"portaria/cloud/internal/account/audit"
	"portaria/cloud/internal/account/person"
	"portaria/cloud/internal/notify"
	"portaria/cloud/internal/postgres"
	"portaria/cloud/internal/postgres/peopledb"
)

var (
	_ audit.Store  = Store{}
	_ person.Post  = Store{}
	_ notify.Queue = Store{}
)

// Append adds the next entry to a chain; others wait until the transaction ends, so that the chain has no branches.
func (s Store) Append(ctx context.Context, organizer uuid.UUID, from audit.Origin, link func(seq uint64, prev audit.Hash) audit.Entry) error {
	return postgres.Atomic{Pool: s.Pool}.InTx(ctx, func(ctx context.Context) error {
		on := s.on(ctx)
		if err := on.MeetAuditHead(ctx, organizer, make([]byte, 32)); err != nil {
			return fmt.Errorf("open the audit log: %w", err)
		}
		head, err := on.AuditHead(ctx, organizer)
		if err != nil {
			return fmt.Errorf("lock the audit log: %w", err)
		}
		e := link(uint64(head.Seq), audit.Hash(head.Hash))
		err = on.AddAudit(ctx, peopledb.AddAuditParams{
			OrganizerID: e.Organizer, Seq: int64(e.Seq), At: e.At, Who: e.Who, What: e.What, Subject: e.Subject,
			Detail: e.Detail, Address: e.Address, Prev: e.Prev[:], Hash: e.Hash[:],
		})
		if err == nil && from.Address != "" {
			err = on.AddAuditAddress(ctx, peopledb.AddAuditAddressParams{OrganizerID: e.Organizer, Seq: int64(e.Seq), At: e.At, Salt: from.Salt[:], Address: from.Address})
		}
		if err == nil {
			err = on.MoveAuditHead(ctx, int64(e.Seq), e.Hash[:], organizer)
		}
		if err != nil {
			return fmt.Errorf("append to the audit log: %w", err)
		}
		return nil
	})
}

func entry(row peopledb.Audit) audit.Entry {
	return audit.Entry{
		Act: audit.Act{Organizer: row.OrganizerID, Who: row.Who, What: row.What, Subject: row.Subject, Detail: row.Detail, Address: row.Address},
		Seq: uint64(row.Seq), At: row.At.UTC(), Prev: audit.Hash(row.Prev), Hash: audit.Hash(row.Hash),
	}
}

// Entries are a chain's, before a seq (0 = the newest), newest first.
func (s Store) Entries(ctx context.Context, organizer uuid.UUID, before uint64, limit int) ([]audit.Entry, error) {
	rows, err := s.on(ctx).AuditEntries(ctx, organizer, int64(before), int32(limit))
	if err != nil {
		return nil, fmt.Errorf("read the audit log: %w", err)
	}
	out := make([]audit.Entry, len(rows))
	for i, row := range rows {
		out[i] = entry(row)
	}
	return out, nil
}

// EachEntry gives every entry of every chain in order, and then checks that no chain's noted end is missing.
func (s Store) EachEntry(ctx context.Context, see func(audit.Entry) error) error {
	const page = 1000
	var organizer uuid.UUID
	seq := int64(0)
	ends := map[uuid.UUID]audit.Hash{}
	for {
		rows, err := s.on(ctx).AuditFrom(ctx, organizer, seq, page)
		if err != nil {
			return fmt.Errorf("read the audit log: %w", err)
		}
		for _, row := range rows {
			if err := see(entry(row)); err != nil {
				return err
			}
			organizer, seq = row.OrganizerID, row.Seq
			ends[row.OrganizerID] = audit.Hash(row.Hash)
		}
		if len(rows) < page {
			return s.checkHeads(ctx, ends)
		}
	}
}

func (s Store) checkHeads(ctx context.Context, ends map[uuid.UUID]audit.Hash) error {
	heads, err := s.on(ctx).AuditHeads(ctx)
	if err != nil {
		return fmt.Errorf("read the ends of the audit log: %w", err)
	}
	for _, head := range heads {
		if head.Seq > 0 && ends[head.OrganizerID] != audit.Hash(head.Hash) {
			return fmt.Errorf("chain %s: its newest entries are missing", head.OrganizerID)
		}
	}
	return nil
}

// Post queues a letter in the transaction of ctx.
func (s Store) Post(ctx context.Context, l person.Letter) error {
	raw, err := json.Marshal(l)
	if err == nil {
		err = s.on(ctx).AddMail(ctx, uuid.Must(uuid.NewV7()), raw, time.Now())
	}
	if err != nil {
		return fmt.Errorf("queue a mail: %w", err)
	}
	return nil
}

// DueMails takes letters to send, and puts each off to a later time in case this program dies.
func (s Store) DueMails(ctx context.Context, now, later time.Time, limit int) ([]notify.Waiting, error) {
	rows, err := s.on(ctx).DueMails(ctx, later, now, int32(limit))
	if err != nil {
		return nil, fmt.Errorf("take mails to send: %w", err)
	}
	out := make([]notify.Waiting, len(rows))
	for i, row := range rows {
		out[i] = notify.Waiting{ID: row.ID, Tried: int(row.Tried), Made: row.CreatedAt}
		if err := json.Unmarshal(row.Letter, &out[i].Letter); err != nil {
			return nil, fmt.Errorf("read mail %s: %w", row.ID, err)
		}
	}
	return out, nil
}

// Sent forgets a letter that a server has taken, or that nobody will take.
func (s Store) Sent(ctx context.Context, id uuid.UUID) error {
	if err := s.on(ctx).SentMail(ctx, id); err != nil {
		return fmt.Errorf("note a mail as sent: %w", err)
	}
	return nil
}

// PutOff notes why a letter was not taken, and when to try again.
func (s Store) PutOff(ctx context.Context, id uuid.UUID, until time.Time, why string) error {
	if err := s.on(ctx).PutOffMail(ctx, until, why, id); err != nil {
		return fmt.Errorf("put a mail off: %w", err)
	}
	return nil
}

// AuditPage is a page of an organizer's chain, newest first, with people's names.
func (s Store) AuditPage(ctx context.Context, organizer uuid.UUID, what, search string, offset, limit int) ([]audit.Entry, error) {
	rows, err := s.on(ctx).AuditPage(ctx, peopledb.AuditPageParams{
		OrganizerID: organizer, What: postgres.Like(what), Search: postgres.Like(search), Skip: int32(offset), Count: int32(limit),
	})
	if err != nil {
		return nil, fmt.Errorf("read the audit log: %w", err)
	}
	out := make([]audit.Entry, len(rows))
	for i, row := range rows {
		out[i] = audit.Entry{
			Act: audit.Act{Organizer: organizer, Who: row.Who, What: row.What, Subject: row.Subject, Detail: row.Detail, Address: row.Address},
			Seq: uint64(row.Seq), At: row.At.UTC(), Hash: audit.Hash(row.Hash),
		}
	}
	return out, nil
}

// SetSecondFactor says from when on everybody who works for an organizer needs a second factor; zero = nobody has to.
func (s Store) SetSecondFactor(ctx context.Context, id uuid.UUID, from time.Time) error {
	var since *time.Time
	if !from.IsZero() {
		since = &from
	}
	if _, err := s.on(ctx).SetSecondFactor(ctx, since, id); err != nil {
		return fmt.Errorf("ask everybody for a second factor: %w", err)
	}
	return nil
}

// RenameOrganizer changes what an organizer is called, and its language.
func (s Store) RenameOrganizer(ctx context.Context, id uuid.UUID, name, language string) error {
	if _, err := s.on(ctx).RenameOrganizer(ctx, name, language, id); err != nil {
		return fmt.Errorf("rename organizer %s: %w", id, err)
	}
	return nil
}

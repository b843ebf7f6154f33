// Package gatehouse decides what gates are told: it signs each event's list and each venue's manifest, and sends them
// to the venue's hub within a second of a sale, a refund or an edit.
//
// Whoever sells or edits only writes rows; the gatehouse finds them by a mark left in the same transaction, signs, and
// keeps the signed result before anyone sees it. So a crash at any point loses nothing: what is kept is sent again at
// the next start. It does not sell, and it does not know how messages travel.
package gatehouse

import (
	"context"
	"time"

	"portaria/cloud/internal/fault"
	"portaria/edge/ticket"
	"portaria/edge/whitelist"
)

// Times of signed things. A gate that hears nothing has at least renewWhen left before its list's age becomes a
// matter for the checkpoint's policy.
const (
	goodFor   = 14 * 24 * time.Hour
	renewWhen = 10 * 24 * time.Hour
)

// Which events' lists a venue keeps: those that ended less than KeepAfter ago and start within KeepBefore.
const (
	KeepAfter  = 24 * time.Hour
	KeepBefore = 14 * 24 * time.Hour
)

// Refusals of this package.
var (
	ErrNoEvent = fault.New(fault.NotFound, "not_found", "There is no such event.")
	ErrNoVenue = fault.New(fault.NotFound, "not_found", "There is no such venue.")
)

// Atomic makes several stores' work one transaction.
type Atomic interface {
	InTx(ctx context.Context, fn func(ctx context.Context) error) error
}

// Row is a line of an event's list before it is signed.
type Row struct {
	Namespace  string // "" = ours
	Code       string // ours: ticket id in hex
	Ref        whitelist.Ref
	Kind       uint16
	State      whitelist.State
	Uses       uint8
	Group      uint8
	Flags      whitelist.Flags
	Seat       uint32
	ValidFrom  uint32 // unix minutes
	ValidUntil uint32 // unix minutes
}

// entry hides the row's code behind the event's list secret.
func (r Row) entry(list [32]byte) (whitelist.Entry, error) {
	e := whitelist.Entry{
		Ref: r.Ref, Kind: r.Kind, State: r.State, Uses: r.Uses, Group: r.Group, Flags: r.Flags, Seat: r.Seat,
		ValidFrom: r.ValidFrom, ValidUntil: r.ValidUntil,
	}
	if r.Namespace != "" {
		e.Key = whitelist.ForeignKey(list, r.Namespace, r.Code)
		return e, nil
	}
	id, err := ticket.ParseID(r.Code)
	if err != nil {
		return e, err
	}
	e.Key = whitelist.TicketKey(list, id)
	return e, nil
}

func entries(rows []Row, list [32]byte) ([]whitelist.Entry, error) {
	out := make([]whitelist.Entry, len(rows))
	for i, row := range rows {
		e, err := row.entry(list)
		if err != nil {
			return nil, err
		}
		out[i] = e
	}
	return out, nil
}

// cut shortens a name to n bytes without cutting a letter in two.
func cut(name string, n int) string {
	if len(name) <= n {
		return name
	}
	for n > 0 && name[n]&0xC0 == 0x80 {
		n--
	}
	return name[:n]
}

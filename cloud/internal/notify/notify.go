// Package notify writes mails in the reader's language and sends them: through a mail server, or into a folder where
// demonstrations and tests read them.
//
// Letters wait in a queue that is part of the transaction that causes them; Run takes them from there. A letter is
// sent at least once: a server that takes it just before this program dies gets it again.
package notify

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/google/uuid"

	"portaria/cloud/internal/account/person"
)

// Waiting is a letter in the queue.
type Waiting struct {
	person.Letter
	ID    uuid.UUID
	Tried int // times, this one included
	Made  time.Time
}

// Queue keeps letters until they are sent.
type Queue interface {
	// DueMails takes letters to send, and puts each off to a later time in case this program dies.
	DueMails(ctx context.Context, now, later time.Time, limit int) ([]Waiting, error)
	Sent(ctx context.Context, id uuid.UUID) error
	PutOff(ctx context.Context, id uuid.UUID, until time.Time, why string) error
}

// Mail is a letter as it is sent.
type Mail struct {
	To, Subject string
	Text, HTML  string
	ID          string // of the Message-ID: the same each time a letter is tried
}

// Sender hands a mail over. An error that wraps ErrRefused is for good.
type Sender interface {
	Send(ctx context.Context, m Mail) error
}

// ErrRefused says that trying again is of no use.
var ErrRefused = errors.New("the mail server refuses this mail for good")

const (
	pause    = time.Second / 2 // between looks at the queue
	batch    = 20
	takeover = 5 * time.Minute    // after which another program may try a letter that one took
	giveUp   = 3 * 24 * time.Hour // links in mails are old by then
)

// Office sends what waits.
type Office struct {
	Queue  Queue
	Sender Sender
	Now    func() time.Time
	Log    *slog.Logger
}

// Run sends letters until ctx ends.
func (o *Office) Run(ctx context.Context) {
	tick := time.NewTicker(pause)
	defer tick.Stop()
	for {
		if err := o.Deliver(ctx); err != nil && ctx.Err() == nil {
			o.Log.Error("send mails", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// Deliver tries every letter that is due.
func (o *Office) Deliver(ctx context.Context) error {
	for {
		now := o.Now()
		due, err := o.Queue.DueMails(ctx, now, now.Add(takeover), batch)
		if err != nil || len(due) == 0 {
			return err
		}
		for _, w := range due {
			if err := o.deliver(ctx, w); err != nil {
				return err
			}
		}
	}
}

// deliver tries one letter. Only the queue's failures are returned: the server's wait with the letter. The log names
// no address.
func (o *Office) deliver(ctx context.Context, w Waiting) error {
	mail, err := Write(w.Letter)
	if err == nil {
		mail.ID = w.ID.String()
		err = o.Sender.Send(ctx, mail)
	}
	if err == nil {
		return o.Queue.Sent(ctx, w.ID)
	}
	o.Log.Warn("a mail was not taken", "mail", w.ID, "kind", w.Kind, "tried", w.Tried, "error", err)
	if errors.Is(err, ErrRefused) || o.Now().Sub(w.Made) > giveUp {
		return o.Queue.Sent(ctx, w.ID)
	}
	return o.Queue.PutOff(ctx, w.ID, o.Now().Add(delay(w.Tried)), err.Error())
}

// delay grows from ten seconds to an hour.
func delay(tried int) time.Duration {
	return min(time.Hour, 10*time.Second<<min(max(tried-1, 0), 9))
}

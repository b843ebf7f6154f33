package privacies

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/google/uuid"

	"portaria/cloud/internal/postgres"
	"portaria/cloud/internal/postgres/privacydb"
	"portaria/cloud/internal/privacy"
)

// EmailOf finds the mail address behind an order's or a ticket's id, or a ticket's number. privacy.ErrNobody.
func (s Store) EmailOf(ctx context.Context, organizer uuid.UUID, given string) (email string, err error) {
	if id, bad := uuid.Parse(given); bad == nil {
		if email, err = s.on(ctx).EmailOfOrder(ctx, organizer, id); !postgres.NoRow(err) {
			return email, failed("find an order's buyer", err)
		}
	}
	email, err = s.on(ctx).EmailOfTicket(ctx, organizer, given)
	if postgres.NoRow(err) {
		return "", privacy.ErrNobody
	}
	return email, failed("find a ticket's buyer", err)
}

// Find is everything of a mail address, and of orders by id.
func (s Store) Find(ctx context.Context, organizer uuid.UUID, email string, ids []uuid.UUID) (p privacy.Person, err error) {
	p.Email = email
	if ids == nil {
		ids = []uuid.UUID{}
	}
	q := s.on(ctx)
	rows, err := q.OrdersOf(ctx, organizer, email, ids)
	if err != nil {
		return p, failed("find a person's orders", err)
	}
	at, orders := map[uuid.UUID]int{}, []uuid.UUID{}
	for i, o := range rows {
		at[o.ID], orders = i, append(orders, o.ID)
		p.Orders = append(p.Orders, privacy.Order{
			ID: o.ID, State: o.State, Channel: o.Channel, Name: o.BuyerName, Email: o.BuyerEmail, Language: o.Language, Total: o.Total, Currency: o.Currency,
			At: o.CreatedAt, OverAt: o.OverAt, Moving: o.Open,
		})
	}
	if err := fill(ctx, q, organizer, p.Orders, at, orders); err != nil || email == "" {
		return p, err
	}
	return p, s.others(ctx, organizer, email, &p)
}

// fill puts what belongs to the orders into them.
func fill(ctx context.Context, q *privacydb.Queries, organizer uuid.UUID, all []privacy.Order, at map[uuid.UUID]int, ids []uuid.UUID) error {
	of := func(id uuid.UUID) *privacy.Order { return &all[at[id]] }
	lines, err := q.LinesOf(ctx, ids)
	for _, x := range lines {
		o := of(x.OrderID)
		o.Lines = append(o.Lines, privacy.Line{Event: x.Event, Starts: x.StartsAt, Offer: x.Offer, Quantity: int(x.Quantity), Price: x.UnitPrice})
	}
	if err != nil {
		return failed("read a person's order lines", err)
	}
	tickets, err := q.TicketsOf(ctx, ids)
	for _, x := range tickets {
		o := of(x.OrderID)
		o.Tickets = append(o.Tickets, privacy.Ticket{ID: x.ID, Number: x.Number, State: x.State, Price: x.Price, Issued: x.IssuedAt})
	}
	if err != nil {
		return failed("read a person's tickets", err)
	}
	if err := fillMoney(ctx, q, of, ids); err != nil {
		return err
	}
	history, err := q.HistoryOf(ctx, ids)
	for _, x := range history {
		o := of(x.OrderID)
		o.History = append(o.History, privacy.Happening{At: x.At, Who: x.Who, What: x.What, Why: x.Why})
	}
	if err != nil {
		return failed("read the history of a person's orders", err)
	}
	entries, err := q.EntriesOf(ctx, ids, organizer)
	for _, x := range entries {
		o := of(x.OrderID)
		o.Entries = append(o.Entries, privacy.Entry{At: time.UnixMilli(x.At).UTC(), Gate: x.GateID, Checkpoint: x.Checkpoint, What: x.Type, Reason: x.Reason})
	}
	return failed("read a person's entries", err)
}

func fillMoney(ctx context.Context, q *privacydb.Queries, of func(uuid.UUID) *privacy.Order, ids []uuid.UUID) error {
	payments, err := q.PaymentsOf(ctx, ids)
	for _, x := range payments {
		o := of(x.OrderID)
		o.Payments = append(o.Payments, privacy.Payment{Provider: x.Provider, Ref: x.ProviderRef, Amount: x.Amount, Currency: x.Currency, At: x.CreatedAt})
	}
	if err != nil {
		return failed("read a person's payments", err)
	}
	refunds, err := q.RefundsOf(ctx, ids)
	for _, x := range refunds {
		o := of(x.OrderID)
		o.Refunds = append(o.Refunds, privacy.Refund{Amount: x.Amount, Currency: x.Currency, Reason: x.Reason, At: x.CreatedAt})
	}
	return failed("read a person's refunds", err)
}

// others finds what is there of a mail address besides orders.
func (s Store) others(ctx context.Context, organizer uuid.UUID, email string, p *privacy.Person) error {
	accounts, q := s.accounts(ctx)
	invited, err := q.InvitationsOf(accounts, organizer, email)
	for _, x := range invited {
		p.Invitations = append(p.Invitations, privacy.Invitation{Role: x.Role, At: x.CreatedAt, Until: x.Until, Accepted: x.Accepted})
	}
	if err != nil {
		return failed("read a person's invitations", err)
	}
	staff, err := q.StaffOf(accounts, organizer, email)
	for _, x := range staff {
		p.Staff = append(p.Staff, privacy.Work{Name: x.Name, Role: x.Role, Since: x.CreatedAt})
	}
	if err != nil {
		return failed("read a person's roles", err)
	}
	mails, err := s.on(ctx).MailsOf(ctx, email, organizer.String())
	for _, x := range mails {
		var letter struct{ Kind, Name string }
		if err := json.Unmarshal(x.Letter, &letter); err != nil {
			return failed("read a mail", err)
		}
		p.Mails = append(p.Mails, privacy.Mail{Kind: letter.Kind, Name: letter.Name, At: x.CreatedAt})
	}
	if err != nil {
		return failed("read a person's mails", err)
	}
	views, err := s.on(ctx).ViewsOf(ctx, organizer, email, url.QueryEscape(email))
	p.Views = len(views)
	if err != nil {
		return failed("read saved views", err)
	}
	answers, err := s.on(ctx).AnswersLike(ctx, organizer, email)
	p.Answers = len(answers)
	return failed("read kept answers", err)
}

// EraseOrder forgets who bought.
func (s Store) EraseOrder(ctx context.Context, organizer, order uuid.UUID, now time.Time) (bool, error) {
	n, err := s.on(ctx).EraseOrder(ctx, &now, organizer, order)
	return n > 0, failed("erase an order's buyer", err)
}

// EraseRest forgets what else there is of a mail address.
func (s Store) EraseRest(ctx context.Context, organizer uuid.UUID, email string, names []string) (counts map[string]int64, err error) {
	counts = map[string]int64{}
	accounts, q := s.accounts(ctx)
	if counts["invitations"], err = q.DropInvitationsOf(accounts, organizer, email); err != nil {
		return nil, failed("erase a person's invitations", err)
	}
	if counts["mails"], err = s.on(ctx).DropMailsOf(ctx, email, organizer.String()); err != nil {
		return nil, failed("erase a person's mails", err)
	}
	if counts["views"], err = s.on(ctx).DropViewsOf(ctx, organizer, email, url.QueryEscape(email)); err != nil {
		return nil, failed("erase saved views", err)
	}
	counts["answers"], err = s.redact(ctx, organizer, append(names, email))
	return counts, err
}

// redact takes a person out of answers that are kept for repeated requests. The answers themselves stay: without them a
// repeat would be carried out a second time.
func (s Store) redact(ctx context.Context, organizer uuid.UUID, words []string) (n int64, err error) {
	email := words[len(words)-1]
	rows, err := s.on(ctx).AnswersLike(ctx, organizer, email)
	if err != nil {
		return 0, failed("read kept answers", err)
	}
	for _, row := range rows {
		clean, err := redacted(row.Answer, words)
		if err == nil {
			err = s.on(ctx).ReplaceAnswer(ctx, clean, organizer, row.Route, row.Key)
		}
		if err != nil {
			return n, fmt.Errorf("take a person out of a kept answer: %w", err)
		}
		n++
	}
	return n, nil
}

// redacted is JSON in which texts that are one of the words are a dash.
func redacted(raw []byte, words []string) ([]byte, error) {
	var whole any
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber() // an id may be more than a float holds
	if err := d.Decode(&whole); err != nil {
		return nil, err
	}
	gone := map[string]bool{}
	for _, w := range words {
		gone[strings.ToLower(w)] = true
	}
	return json.Marshal(without(whole, gone))
}

func without(x any, gone map[string]bool) any {
	switch x := x.(type) {
	case string:
		if gone[strings.ToLower(x)] {
			return "—"
		}
	case []any:
		for i := range x {
			x[i] = without(x[i], gone)
		}
	case map[string]any:
		for k := range x {
			x[k] = without(x[k], gone)
		}
	}
	return x
}

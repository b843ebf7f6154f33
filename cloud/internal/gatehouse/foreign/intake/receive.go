package intake

import (
	"bytes"
	"context"
	"errors"
	"io"
	"slices"
	"strings"

	"github.com/google/uuid"

	"portaria/cloud/internal/fault"
	"portaria/cloud/internal/gatehouse"
	"portaria/cloud/internal/gatehouse/foreign"
	"portaria/cloud/internal/gatehouse/foreign/sheet"
	"portaria/edge/ticket"
	"portaria/edge/whitelist"
)

// partSize is what is held of a file in memory.
const partSize = 256 << 10

// facts reads an event of the organizer with one of its issuers. foreign.ErrNoEvent, foreign.ErrNoIssuer.
func (o *Office) facts(ctx context.Context, s foreign.Scope, issuer string) (gatehouse.EventFacts, whitelist.Issuer, error) {
	facts, err := o.Events.EventFacts(ctx, ticket.EventID(s.Event))
	if err == nil && facts.Organizer != ticket.EventID(s.Organizer) {
		err = foreign.ErrNoEvent
	}
	if err != nil {
		return facts, whitelist.Issuer{}, err
	}
	at := slices.IndexFunc(facts.Issuers, func(i whitelist.Issuer) bool { return i.Name == issuer })
	if at < 0 {
		return facts, whitelist.Issuer{}, foreign.ErrNoIssuer
	}
	return facts, facts.Issuers[at], nil
}

// Receive keeps a file, and proposes how its columns are mapped: as the seller's last file was, else by a guess.
func (o *Office) Receive(ctx context.Context, s foreign.Scope, u Upload) (Import, error) {
	if _, _, err := o.facts(ctx, s, u.Issuer); err != nil {
		return Import{}, err
	}
	if !slices.Contains([]Mode{Add, Replace, Withdraw}, u.Mode) {
		return Import{}, fault.On("mode", "Choose add, replace or withdraw.")
	}
	i := Import{
		ID: uuid.Must(uuid.NewV7()), Scope: s, Issuer: u.Issuer, Mode: u.Mode, State: Received, File: fileName(u.Name), By: u.By,
		MadeAt: o.Now(), Counts: map[string]int{},
	}
	err := o.Atomic.InTx(ctx, func(ctx context.Context) error { return o.keep(ctx, &i, u.Body) })
	return i, err
}

func (o *Office) keep(ctx context.Context, i *Import, body io.Reader) error {
	head, err := o.store(ctx, i, body)
	if err != nil {
		return err
	}
	if i.Mapping, err = o.propose(ctx, *i, head); err != nil {
		return err
	}
	return o.Books.Open(ctx, *i)
}

// store keeps a file part by part, and gives its head.
func (o *Office) store(ctx context.Context, i *Import, body io.Reader) (head []byte, err error) {
	buffer := make([]byte, partSize)
	for part := 0; ; part++ {
		n, err := io.ReadFull(body, buffer)
		if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
			return nil, err
		}
		if i.Bytes += int64(n); i.Bytes > sheet.MaxBytes {
			return nil, ErrTooLarge
		}
		if n > 0 {
			if err := o.Shelf.Put(ctx, i.Scope, i.ID, part, buffer[:n]); err != nil {
				return nil, err
			}
		}
		if part == 0 {
			head = bytes.Clone(buffer[:min(n, sheet.HeadSize)])
		}
		if n < len(buffer) {
			break
		}
	}
	if i.Bytes == 0 {
		return nil, ErrEmpty
	}
	return head, nil
}

func (o *Office) propose(ctx context.Context, i Import, head []byte) (Mapping, error) {
	guess := Mapping{Format: sheet.Detect(head)}
	if guess.Format.Kind == sheet.Workbook {
		// Which row names the columns is seen only when the book is open.
		rows, err := o.sample(ctx, i, guess.Format, 2)
		if err != nil {
			return guess, err
		}
		guess.Format.Header = len(rows) > 1 && sheet.Heads(rows[0], rows[1])
	}
	kept, ok, err := o.Shelf.Remembered(ctx, i.Scope, i.Issuer)
	if err != nil {
		return guess, err
	}
	if ok {
		kept.Format = guess.Format // how a file is written is seen in the file
		return kept, nil
	}
	rows, err := o.sample(ctx, i, guess.Format, sampleRows)
	if err != nil {
		return guess, err
	}
	return named(guess, rows), nil
}

// fileName keeps the last part of what a browser sends.
func fileName(name string) string {
	name = name[strings.LastIndexAny(name, `/\`)+1:]
	name = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7F {
			return -1
		}
		return r
	}, strings.ToValidUTF8(name, ""))
	if runes := []rune(name); len(runes) > maxName {
		name = string(runes[:maxName])
	}
	return name
}

// reader gives a kept file from its beginning.
func (o *Office) reader(ctx context.Context, i Import) io.Reader {
	return &kept{ctx: ctx, shelf: o.Shelf, i: i}
}

type kept struct {
	ctx   context.Context
	shelf Shelf
	i     Import
	part  int
	left  []byte
	over  bool
}

func (k *kept) Read(p []byte) (int, error) {
	if len(k.left) == 0 && !k.over {
		part, err := k.shelf.Part(k.ctx, k.i.Scope, k.i.ID, k.part)
		if err != nil {
			return 0, err
		}
		k.left, k.over = part, len(part) == 0
		k.part++
	}
	if k.over {
		return 0, io.EOF
	}
	n := copy(p, k.left)
	k.left = k.left[n:]
	return n, nil
}

package bench

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"portaria/edge/admit"
	"portaria/figure"
)

// listedGoal is how long a verdict on a listed code may take, in nanoseconds.
const listedGoal = 10_000

// Verdict measures a verdict in memory: of an unlisted signed code against the bare verification of its signature, and
// of a listed code by itself.
func Verdict(ctx context.Context, c Config) error {
	c.defaults()
	dir, remove, err := figure.WorkDir(c.Dir)
	if err != nil {
		return err
	}
	defer remove()
	h, err := buildHouse(ctx, dir, c.Tickets)
	if err != nil {
		return err
	}
	defer h.lists.Close() //nolint:errcheck // only read
	const n = 2000
	known, fresh, err := h.texts(n)
	if err != nil {
		return err
	}
	bare := bareVerify(n)
	var ratios, listed []float64
	for range blocks {
		verify, err := figure.Typical(n, bare)
		if err != nil {
			return err
		}
		signed, err := figure.Typical(n, func(i int) error { return h.judge(fresh[i], admit.SignedOnly) })
		if err != nil {
			return err
		}
		found, err := figure.Typical(n, func(i int) error { return h.judge(known[i], admit.Listed) })
		if err != nil {
			return err
		}
		ratios, listed = append(ratios, signed/verify), append(listed, found)
	}
	about := fmt.Sprintf("n=%d x %d, %d tickets", n, blocks, c.Tickets)
	return errors.Join(
		c.print(figure.Figure{Name: "verdict", Ratio: figure.Median(ratios), Goal: 1.5, About: "parse+lookup+signature+rules / ed25519.Verify, " + about}),
		c.print(figure.Figure{Name: "verdict-listed", Ratio: figure.Median(listed) / listedGoal, Goal: 1,
			About: fmt.Sprintf("%.2f µs / 10 µs, listed signed code, %s", figure.Median(listed)/1000, about)}))
}

// texts mints n codes of listed tickets, spread over the whole list, and n of unlisted ones.
func (h *house) texts(n int) (known, fresh []string, err error) {
	random := rand.New(rand.NewPCG(2, 3))
	for i := range n {
		listed, err := h.code(random.IntN(len(h.tickets)))
		if err != nil {
			return nil, nil, err
		}
		unlisted, err := h.unlisted(h.tickets[i%len(h.tickets)] + 1)
		if err != nil {
			return nil, nil, err
		}
		known, fresh = append(known, listed.Text()), append(fresh, unlisted.Text())
	}
	return known, fresh, nil
}

// bareVerify verifies n signatures of messages as long as a signed code's.
func bareVerify(n int) func(i int) error {
	public, private, _ := ed25519.GenerateKey(nil)
	messages, signatures := make([][]byte, n), make([][]byte, n)
	for i := range n {
		messages[i] = make([]byte, 17+16+12)
		messages[i][0], messages[i][1] = byte(i), byte(i>>8)
		signatures[i] = ed25519.Sign(private, messages[i])
	}
	return func(i int) error {
		if !ed25519.Verify(public, messages[i], signatures[i]) {
			return errors.New("a good signature was refused")
		}
		return nil
	}
}

// judge is a whole verdict: what the text is, and whether it may pass.
func (h *house) judge(text string, want admit.Match) error {
	code, err := h.resolver.Resolve(text, door)
	if err != nil {
		return err
	}
	checkpoint := &h.venue.Checkpoints[0]
	terms := admit.TermsOf(code.Kind, code.Entry).At(checkpoint)
	now := time.Now().UnixMilli()
	day := admit.DayAt(now, time.UTC)
	v := admit.Decide(&admit.Facts{Now: now, Clock: admit.Synced, Location: day, Checkpoint: checkpoint, Code: &code, Terms: terms,
		Standing: admit.Fold(terms, nil, day)})
	if code.Match != want || !v.Admit {
		return fmt.Errorf("a good code got %s (match %d, wanted %d)", v.Reason, code.Match, want)
	}
	return nil
}

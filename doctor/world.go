package doctor

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// patience is how long anything on the network may take to answer.
const patience = 3 * time.Second

// maxStatus bounds what a program may answer about itself, in bytes.
const maxStatus = 8 << 20

// built is a date before which no clock that is right can be.
var built = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// Clock looks at this machine's clock: who else than it keeps it right depends on the program, which says in others
// what does, such as "the hub".
func Clock(others string) Finding {
	var t unix.Timex
	state, err := unix.Adjtimex(&t)
	kept := err == nil && state != unix.TIME_ERROR && t.Status&unix.STA_UNSYNC == 0
	return judgeClock(time.Now(), kept, others)
}

func judgeClock(now time.Time, kept bool, others string) Finding {
	const what = "clock"
	seen := now.UTC().Format("2006-01-02 15:04:05 UTC")
	switch {
	case now.Before(built):
		return Broken(what, "%s is long past; connect %s, or set it: timedatectl set-time", seen, others)
	case !kept:
		return Doubt(what, "%s, but nothing keeps it right; connect %s, or switch on NTP: timedatectl set-ntp true", seen, others)
	}
	return Well(what, "%s, kept right by this system", seen)
}

// Reach dials the host and port of an address like tcp://host:port.
func Reach(ctx context.Context, what, address, do string) Finding {
	where, err := url.Parse(address)
	if err != nil || where.Port() == "" {
		return Broken(what, "%s is no address; correct the configuration", address)
	}
	started := time.Now()
	conn, err := (&net.Dialer{Timeout: patience}).DialContext(ctx, "tcp", where.Host)
	if err != nil {
		return Broken(what, "%s does not answer (%s); %s", where.Host, reason(err), do)
	}
	_ = conn.Close()
	return Well(what, "%s answers in %.0f ms", where.Host, ms(time.Since(started)))
}

// reason is the end of an error: what the network said, without repeating where.
func reason(err error) string {
	var named *net.DNSError
	switch {
	case errors.As(err, &named):
		return "the name is not known"
	case errors.Is(err, syscall.ECONNREFUSED):
		return "nothing listens there"
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, syscall.ETIMEDOUT):
		return "no answer in time"
	}
	for inner := err; inner != nil; inner = errors.Unwrap(inner) {
		err = inner
	}
	return err.Error()
}

// ErrNotRunning from Ask: no program listens there.
var ErrNotRunning = errors.New("nothing listens there")

// Ask reads the JSON that a running program tells of itself at http://address/status.
func Ask(ctx context.Context, address string, into any) error {
	ctx, end := context.WithTimeout(ctx, patience)
	defer end()
	ask, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address+"/status", nil)
	if err != nil {
		return fmt.Errorf("ask %s: %w", address, err)
	}
	answer, err := http.DefaultClient.Do(ask)
	if errors.Is(err, syscall.ECONNREFUSED) {
		return ErrNotRunning
	}
	if err != nil {
		return fmt.Errorf("ask the running program: %s", reason(err))
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("ask %s: it answers %s", address, answer.Status)
	}
	if err := json.NewDecoder(io.LimitReader(answer.Body, maxStatus)).Decode(into); err != nil {
		return fmt.Errorf("ask %s: another program listens there: %w", address, err)
	}
	return nil
}

// Listed is an event's signed list, as far as a doctor cares.
type Listed struct {
	Name   string // of the event, or its id
	Whole  bool   // all of it is here
	Count  uint32
	Issued time.Time
	Until  time.Time
}

// staleList is when a list's age is worth a look: tickets sold since are not in it.
const staleList = 24 * time.Hour

// Age looks at how old a list is and how long it is good. From is where a newer one comes from, such as "the hub".
func (l Listed) Age(now time.Time, from string) Finding {
	what := "list of " + l.Name
	seen := fmt.Sprintf("%d tickets, signed %s ago, good until %s", l.Count, age(now.Sub(l.Issued)), l.Until.UTC().Format("2006-01-02 15:04 UTC"))
	switch {
	case !l.Whole:
		return Broken(what, "not whole here, so its tickets are refused; connect %s and wait a minute", from)
	case now.After(l.Until):
		return Broken(what, "%s: it is no longer good; connect %s, so that a new one comes", seen, from)
	case l.Until.Sub(now) < 6*time.Hour:
		return Doubt(what, "%s: that is soon; connect %s, so that a new one comes", seen, from)
	case now.Sub(l.Issued) > staleList:
		return Doubt(what, "%s: tickets sold since are not in it; connect %s", seen, from)
	}
	return Well(what, "%s", seen)
}

func age(d time.Duration) string {
	switch d = max(d, 0); {
	case d < 2*time.Minute:
		return fmt.Sprintf("%d s", int(d.Seconds()))
	case d < 2*time.Hour:
		return fmt.Sprintf("%d min", int(d.Minutes()))
	case d < 48*time.Hour:
		return fmt.Sprintf("%d h", int(d.Hours()))
	}
	return fmt.Sprintf("%d days", int(d.Hours()/24))
}

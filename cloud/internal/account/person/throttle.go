package person

import (
	"context"
	"net/netip"
	"time"

	"github.com/google/uuid"
)

// Failures counts attempts by key, for every copy of the program together.
type Failures interface {
	// Strike counts one attempt on each key in one transaction, unless one of them must wait: then it counts none
	// and says until when.
	Strike(ctx context.Context, keys []Key, now time.Time) (until time.Time, wait bool, err error)
	// Pardon forgets the attempts on keys that a right answer has shown to be a person's own.
	Pardon(ctx context.Context, names []string) error
}

// Key is one thing whose attempts are counted.
type Key struct {
	Name string
	Free int // attempts before the first delay
}

const (
	firstDelay = time.Second
	longest    = 15 * time.Minute
	// Quiet is after how long without attempts a key starts anew.
	Quiet = time.Hour
)

// Delay is how long a key must wait after its nth attempt: nothing for the free ones, then one second, doubled each
// time up to a quarter of an hour.
func (k Key) Delay(n int) time.Duration {
	over := n - k.Free
	switch {
	case over <= 0:
		return 0
	case over > 10:
		return longest
	}
	return min(longest, firstDelay<<(over-1))
}

// guess is one attempt to sign in, as counted. A browser that has signed in to this account before is counted by
// itself alone: whoever guesses at somebody's account from elsewhere cannot lock that person out.
func guessKeys(email string, trusted bool, device string, address string) []Key {
	if trusted {
		return []Key{{Name: "device " + device, Free: 10}}
	}
	keys := []Key{{Name: "account " + email, Free: 30}}
	if shared(address) {
		return keys
	}
	return append(keys,
		Key{Name: "address " + network(address), Free: 60},
		Key{Name: "pair " + network(address) + " " + email, Free: 5},
	)
}

// shared says that an address tells nothing of who asks: a proxy on this machine that does not say for whom it asks
// gives everybody the same one, and counting it would let anybody lock everybody out.
func shared(address string) bool {
	ip, err := netip.ParseAddr(address)
	return err != nil || ip.Unmap().IsLoopback()
}

// network is what one client can change its address within: an IPv6 subnet.
func network(address string) string {
	ip, err := netip.ParseAddr(address)
	if err != nil {
		return "unknown"
	}
	ip = ip.Unmap().WithZone("")
	if ip.Is6() {
		prefix, _ := ip.Prefix(64) // 64 bits fit every IPv6 address
		return prefix.String()
	}
	return ip.String()
}

func codeKeys(id uuid.UUID) []Key { return []Key{{Name: "code " + id.String(), Free: 5}} }

// mailKeys keep us from filling somebody's mailbox, or many from one place.
func mailKeys(email, address string) []Key {
	return append([]Key{{Name: "mail " + email, Free: 3}}, addressKeys("mails from ", address, 20)...)
}

// addressKeys count what an address asks for without saying who it is.
func addressKeys(what, address string, free int) []Key {
	if shared(address) {
		return nil
	}
	return []Key{{Name: what + network(address), Free: free}}
}

func (s *Service) strike(ctx context.Context, keys []Key) error {
	_, wait, err := s.Failures.Strike(ctx, keys, s.Now())
	if err != nil {
		return err
	}
	if wait {
		return ErrWait
	}
	return nil
}

// pardon forgets what was counted on keys of one person alone; those that others share stay.
func (s *Service) pardon(ctx context.Context, keys []Key) error {
	var own []string
	for _, k := range keys {
		if k.Free <= 10 {
			own = append(own, k.Name)
		}
	}
	return s.Failures.Pardon(ctx, own)
}

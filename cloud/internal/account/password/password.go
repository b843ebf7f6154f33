// Package password keeps passwords as argon2id hashes, and bounds how many are computed at once: each takes 19 MiB and
// tens of milliseconds, which would otherwise be an easy way to stop a server.
package password

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"strings"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"

	"portaria/cloud/internal/fault"
)

// Refusals of this package.
var (
	ErrWeak = fault.New(fault.Invalid, "weak_password", "Choose a password of at least 10 characters that is not a common one.")
	ErrBusy = fault.New(fault.Unavailable, "too_busy", "Too many people are signing in at this moment. Try again.")
)

// Parameters of argon2id, as OWASP recommends: 19 MiB, two passes, one lane.
const (
	memory  = 19 << 10 // KiB
	passes  = 2
	lanes   = 1
	saltLen = 16
	keyLen  = 32

	minRunes, maxBytes = 10, 1024
)

// Hasher computes so many hashes at once, and lets so many more wait.
type Hasher struct {
	running chan struct{}
	waiting chan struct{}
}

// NewHasher bounds the work: more than waiting people in line are refused at once with ErrBusy.
func NewHasher(atOnce, waiting int) *Hasher {
	return &Hasher{running: make(chan struct{}, atOnce), waiting: make(chan struct{}, atOnce+waiting)}
}

func (h *Hasher) enter(ctx context.Context) error {
	select {
	case h.waiting <- struct{}{}:
	default:
		return ErrBusy
	}
	select {
	case h.running <- struct{}{}:
		return nil
	case <-ctx.Done():
		<-h.waiting
		return fmt.Errorf("wait to hash a password: %w", ctx.Err())
	}
}

func (h *Hasher) leave() { <-h.running; <-h.waiting }

// Check refuses a password that is too short, too long or on everybody's list. ErrWeak.
func Check(password string) error {
	if utf8.RuneCountInString(password) < minRunes || len(password) > maxBytes || !utf8.ValidString(password) || common(password) {
		return ErrWeak
	}
	return nil
}

// Hash makes the text that is kept: $argon2id$v=19$m=19456,t=2,p=1$salt$key. ErrWeak, ErrBusy.
func (h *Hasher) Hash(ctx context.Context, password string) (string, error) {
	if err := Check(password); err != nil {
		return "", err
	}
	if err := h.enter(ctx); err != nil {
		return "", err
	}
	defer h.leave()
	salt := make([]byte, saltLen)
	_, _ = rand.Read(salt) // ends the program rather than fail
	key := argon2.IDKey([]byte(password), salt, passes, memory, lanes, keyLen)
	b64 := base64.RawStdEncoding.EncodeToString
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, memory, passes, lanes, b64(salt), b64(key)), nil
}

// nobody is hashed against where there is no such account, so that time tells nothing.
var nobody = fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, memory, passes, lanes,
	base64.RawStdEncoding.EncodeToString(make([]byte, saltLen)), base64.RawStdEncoding.EncodeToString(make([]byte, keyLen)))

// Same says whether password is the one that was hashed. An empty kept text (nobody, or an account without a
// password) takes the same time and is never the same. ErrBusy.
func (h *Hasher) Same(ctx context.Context, password, kept string) (bool, error) {
	exists := kept != ""
	if !exists {
		kept = nobody
	}
	if len(password) > maxBytes {
		password = password[:maxBytes] // the hash of a megabyte is work we don't owe anybody
		exists = false
	}
	p, err := parse(kept)
	if err != nil {
		return false, err
	}
	if err := h.enter(ctx); err != nil {
		return false, err
	}
	defer h.leave()
	key := argon2.IDKey([]byte(password), p.salt, p.passes, p.memory, p.lanes, uint32(len(p.key)))
	return exists && subtle.ConstantTimeCompare(key, p.key) == 1, nil
}

type kept struct {
	memory, passes uint32
	lanes          uint8
	salt, key      []byte
}

// parse reads what Hash wrote. Bounds keep a damaged row from asking for gigabytes.
func parse(text string) (kept, error) {
	var k kept
	var version int
	bad := fmt.Errorf("a kept password is not an argon2id hash")
	parts := strings.Split(text, "$")
	if len(parts) != 6 || parts[1] != "argon2id" {
		return k, bad
	}
	if _, err := fmt.Sscanf(parts[2], "v=%d", &version); err != nil || version != argon2.Version {
		return k, bad
	}
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &k.memory, &k.passes, &k.lanes); err != nil {
		return k, bad
	}
	var err error
	if k.salt, err = base64.RawStdEncoding.DecodeString(parts[4]); err != nil {
		return k, bad
	}
	if k.key, err = base64.RawStdEncoding.DecodeString(parts[5]); err != nil {
		return k, bad
	}
	if k.memory > 256<<10 || k.passes == 0 || k.passes > 20 || k.lanes == 0 || len(k.salt) < 8 || len(k.key) < 16 || len(k.key) > 64 {
		return k, bad
	}
	return k, nil
}

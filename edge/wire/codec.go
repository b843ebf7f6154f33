package wire

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// The kinds of errors of Encode and Decode.
var (
	ErrTooLarge  = errors.New("message too large")
	ErrMalformed = errors.New("message malformed")
	ErrVersion   = errors.New("message of another protocol version")
)

// Pointer is a pointer to one of this package's message types; T is found by inference, so a caller writes
// Encode(claim) and Decode[wire.Claim](raw).
type Pointer[T any] interface {
	*T
	version() *int
	limit() int   // bytes of JSON
	check() error // what the JSON decoder cannot see
}

// Encode writes a message with its version number filled in. It refuses what Decode would refuse.
func Encode[T any, P Pointer[T]](m T) ([]byte, error) {
	p := P(&m)
	*p.version() = Version
	if err := p.check(); err != nil {
		return nil, fmt.Errorf("encode %s: %w: %w", name(m), ErrMalformed, err)
	}
	raw, err := marshal(m)
	if err != nil {
		return nil, fmt.Errorf("encode %s: %w", name(m), err)
	}
	if len(raw) > p.limit() {
		return nil, fmt.Errorf("encode %s: %w: %d bytes, at most %d", name(m), ErrTooLarge, len(raw), p.limit())
	}
	return raw, nil
}

// Decode reads a message: one JSON object within the type's size limit, of this version, that keeps the type's rules.
// Unknown fields are ignored.
func Decode[T any, P Pointer[T]](raw []byte) (T, error) {
	var m T
	p := P(&m)
	if len(raw) > p.limit() {
		return *new(T), fmt.Errorf("decode %s: %w: %d bytes, at most %d", name(m), ErrTooLarge, len(raw), p.limit())
	}
	if err := versionOf(raw); err != nil {
		return *new(T), fmt.Errorf("decode %s: %w", name(m), err)
	}
	if q, ok := any(p).(interface{ quickly(raw []byte) bool }); ok && q.quickly(raw) {
		// as encoding/json would have read it
	} else if err := json.Unmarshal(raw, p); err != nil {
		return *new(T), fmt.Errorf("decode %s: %w: %w", name(m), ErrMalformed, err)
	}
	if got := *p.version(); got != Version { // said twice
		return *new(T), fmt.Errorf("decode %s: %w: v is %d, this program speaks %d", name(m), ErrVersion, got, Version)
	}
	if err := p.check(); err != nil {
		return *new(T), fmt.Errorf("decode %s: %w: %w", name(m), ErrMalformed, err)
	}
	return m, nil
}

// usual is how messages begin that Encode wrote.
var usual = fmt.Appendf(nil, `{"v":%d,`, Version)

// versionOf looks at v alone and first, so that a message of a later version is named as such, however it looks. What
// begins as usual need not be read twice for that.
func versionOf(raw []byte) error {
	if bytes.HasPrefix(raw, usual) {
		return nil
	}
	var head struct {
		V *int `json:"v"`
	}
	if err := json.Unmarshal(raw, &head); err != nil {
		return fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	if head.V == nil {
		return fmt.Errorf("%w: no version number v", ErrMalformed)
	}
	if *head.V != Version {
		return fmt.Errorf("%w: v is %d, this program speaks %d", ErrVersion, *head.V, Version)
	}
	return nil
}

// marshal is json.Marshal without HTML escapes, which would swell texts that come from a scanner.
func marshal(v any) ([]byte, error) {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(out.Bytes(), []byte("\n")), nil
}

func name(m any) string { return strings.TrimPrefix(fmt.Sprintf("%T", m), "wire.") }

// Limit is the largest message of a type, in bytes.
func Limit[T any, P Pointer[T]]() int { return P(new(T)).limit() }

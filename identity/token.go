package identity

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"
)

// alphabet is Crockford's base32: no letter that is taken for a digit.
const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

// Token is what somebody shows once to join: 15 characters of chance, 5 bits each. The first four name the invitation in
// the open, the other 55 bits are its secret, which never travels: who joins and who invites prove to each other that
// they know it (Proof).
type Token [tokenLen]byte // characters of the alphabet

const (
	tokenLen = 15
	nameLen  = 4
)

// NewToken makes a token.
func NewToken() (t Token) {
	rand.Read(t[:]) // never fails: crypto/rand ends the process instead
	for i := range t {
		t[i] = alphabet[t[i]&31]
	}
	return t
}

// Name is the part that is not secret.
func (t Token) Name() string { return string(t[:nameLen]) }

// Key is what proofs are made with, and what an inviter keeps. It does not give the token away.
func (t Token) Key() [32]byte { return sha256.Sum256(append([]byte("portaria-token-1"), t[:]...)) }

// String is how people type it: four groups of four, the last character a check.
func (t Token) String() string {
	all := string(t[:]) + string(t.check())
	return all[:4] + "-" + all[4:8] + "-" + all[8:12] + "-" + all[12:]
}

func (t Token) check() byte {
	sum := sha256.Sum256(append([]byte("portaria-check-1"), t[:]...))
	return alphabet[sum[0]&31]
}

// ErrCode is the reason for refusing a text that is no code to join by.
var ErrCode = errors.New("this is no code to join by")

// ParseToken reads what somebody typed. Case, spaces and dashes do not matter, nor O for 0 and I or L for 1.
func ParseToken(text string) (t Token, err error) {
	clean := plain(text)
	if len(clean) != tokenLen+1 {
		return t, fmt.Errorf("%w: it has %d characters, not %d", ErrCode, len(clean), tokenLen+1)
	}
	for i := range clean {
		if strings.IndexByte(alphabet, clean[i]) < 0 {
			return t, fmt.Errorf("%w: it has characters that no code has", ErrCode)
		}
	}
	copy(t[:], clean)
	if clean[tokenLen] != t.check() {
		return Token{}, fmt.Errorf("%w: a character is wrong; look again", ErrCode)
	}
	return t, nil
}

// plain takes away what people add. It cuts what nobody types.
func plain(text string) string {
	if len(text) > 64 {
		text = text[:64]
	}
	var out strings.Builder
	for _, r := range strings.ToUpper(text) {
		switch r {
		case ' ', '-', '\t', '\r', '\n':
		case 'O':
			out.WriteByte('0')
		case 'I', 'L':
			out.WriteByte('1')
		default:
			out.WriteRune(r)
		}
	}
	return out.String()
}

// Sides of a proof: one side's is no answer to the other's.
const (
	Guest = "guest" // who joins
	Host  = "host"  // who invites
)

// Proof shows that a side knows the token's key, on this very connection (its TLS exporter) and for this certificate
// request. Somebody between the two has two connections and so can pass on neither side's.
func Proof(key [32]byte, side string, exporter, request []byte) []byte {
	sum := sha256.Sum256(request)
	mac := hmac.New(sha256.New, key[:])
	mac.Write([]byte("portaria-join-1 " + side + " "))
	mac.Write(exporter)
	mac.Write(sum[:])
	return mac.Sum(nil)
}

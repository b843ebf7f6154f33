package identity

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"net"
	"regexp"
	"strings"
)

// Invitation is what a new machine needs to join: as a QR code its scanner reads, or typed, with the token alone.
type Invitation struct {
	For   Role     // Gate or Hub
	Hosts []string // names or addresses of who invites, best first; none where it has to be found by itself
	Port  uint16   // of its HTTPS listener
	// CA and Platform say who is right: a CA in the chain of the listener's certificate, and the platform's Ed25519 key.
	// Zero where only the token was typed: then the proofs decide.
	CA, Platform Print
	Token        Token
}

// Bounds of an invitation.
const (
	maxHosts = 4
	maxHost  = 64
	maxCode  = 600 // characters
	sumLen   = 4
)

// prefixes tell who an invitation is for; the 1 is the version.
var prefixes = map[Role]string{Gate: "PE1", Hub: "PH1"}

var codec = base32.NewEncoding(alphabet).WithPadding(base32.NoPadding)

// hostName is what may stand for a machine: letters, digits, dots, dashes, and the colons of an IPv6 address.
var hostName = regexp.MustCompile(`^[A-Za-z0-9.:-]{1,64}$`)

// LooksLikeCode says whether a scanned text means to be an invitation for a gate.
func LooksLikeCode(text string) bool { return strings.HasPrefix(text, prefixes[Gate]) }

// Encode is the text of the QR code: upper case letters and digits only, which every scanner and keyboard layout reads
// alike.
func (i Invitation) Encode() (string, error) {
	prefix, known := prefixes[i.For]
	if !known || i.Port == 0 || len(i.Hosts) > maxHosts || i.CA == (Print{}) || i.Platform == (Print{}) {
		return "", fmt.Errorf("make a code: an invitation needs a kind, a port, two fingerprints and at most %d hosts", maxHosts)
	}
	raw := binary.BigEndian.AppendUint16(nil, i.Port)
	raw = append(raw, byte(len(i.Hosts)))
	for _, host := range i.Hosts {
		if !hostName.MatchString(host) {
			return "", fmt.Errorf("make a code: %q is no host name", host)
		}
		raw = append(append(raw, byte(len(host))), host...)
	}
	raw = append(append(append(raw, i.CA[:]...), i.Platform[:]...), i.Token[:]...)
	return prefix + codec.EncodeToString(append(raw, checkSum(prefix, raw)...)), nil
}

func checkSum(prefix string, raw []byte) []byte {
	sum := sha256.Sum256(append([]byte("portaria-code-1"+prefix), raw...))
	return sum[:sumLen]
}

// ParseCode reads an invitation: the text of a QR code, or a token that was typed, which is then all there is. An
// invitation has exactly one spelling. ErrCode.
func ParseCode(text string, who Role) (Invitation, error) {
	text = strings.TrimSpace(text)
	for role, prefix := range prefixes {
		body, is := strings.CutPrefix(text, prefix)
		if !is || len(text) <= tokenLen+4 {
			continue
		}
		if role != who {
			return Invitation{}, fmt.Errorf("%w: it is for a %s, and this is a %s", ErrCode, role, who)
		}
		return decode(who, prefix, body)
	}
	token, err := ParseToken(text)
	if err != nil {
		return Invitation{}, err
	}
	return Invitation{For: who, Token: token}, nil
}

func decode(who Role, prefix, body string) (Invitation, error) {
	if len(body) > maxCode {
		return Invitation{}, fmt.Errorf("%w: it is too long", ErrCode)
	}
	raw, err := codec.DecodeString(body)
	if err != nil || codec.EncodeToString(raw) != body || len(raw) < sumLen {
		return Invitation{}, fmt.Errorf("%w: it was not read well", ErrCode)
	}
	raw, sum := raw[:len(raw)-sumLen], raw[len(raw)-sumLen:]
	if string(sum) != string(checkSum(prefix, raw)) {
		return Invitation{}, fmt.Errorf("%w: it was not read well", ErrCode)
	}
	i, err := cut(raw)
	if err != nil {
		return Invitation{}, err
	}
	i.For = who
	return i, nil
}

// cut takes the fields apart.
func cut(raw []byte) (i Invitation, err error) {
	bad := fmt.Errorf("%w: its fields are wrong", ErrCode)
	if len(raw) < 3 {
		return Invitation{}, bad
	}
	i.Port = binary.BigEndian.Uint16(raw)
	hosts := int(raw[2])
	raw = raw[3:]
	if i.Port == 0 || hosts > maxHosts {
		return Invitation{}, bad
	}
	for range hosts {
		if len(raw) < 1 || int(raw[0]) > maxHost || len(raw) < 1+int(raw[0]) {
			return Invitation{}, bad
		}
		host := string(raw[1 : 1+raw[0]])
		if !hostName.MatchString(host) {
			return Invitation{}, bad
		}
		i.Hosts, raw = append(i.Hosts, host), raw[1+len(host):]
	}
	return i, i.cutKeys(raw)
}

func (i *Invitation) cutKeys(raw []byte) error {
	if len(raw) != len(i.CA)+len(i.Platform)+tokenLen {
		return fmt.Errorf("%w: its fields are wrong", ErrCode)
	}
	raw = raw[copy(i.CA[:], raw):]
	raw = raw[copy(i.Platform[:], raw):]
	copy(i.Token[:], raw)
	for _, c := range i.Token {
		if strings.IndexByte(alphabet, c) < 0 {
			return fmt.Errorf("%w: its token is wrong", ErrCode)
		}
	}
	if i.CA == (Print{}) || i.Platform == (Print{}) {
		return fmt.Errorf("%w: its fingerprints are empty", ErrCode)
	}
	return nil
}

// Addresses are the host:port of who invites, in their order.
func (i Invitation) Addresses() (out []string) {
	for _, host := range i.Hosts {
		out = append(out, net.JoinHostPort(host, fmt.Sprint(i.Port)))
	}
	return out
}

// PrintOfPlatform is the fingerprint of a platform key.
func PrintOfPlatform(key ed25519.PublicKey) Print { return PrintOfKey(key) }

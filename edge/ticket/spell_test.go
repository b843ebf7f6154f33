package ticket_test

import (
	"errors"
	"math/big"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"portaria/edge/ticket"
)

const crockford = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

func isEither(err error) bool {
	return errors.Is(err, ticket.ErrNotOurs) || errors.Is(err, ticket.ErrMalformed)
}

// strayBits sets the two bits that a code's last character has to spare.
func strayBits(text string) string {
	last := strings.IndexByte(crockford, text[len(text)-1])
	return text[:len(text)-1] + string(crockford[last|1])
}

// withRaw rewrites a code's 76 bytes; its base32 is independent of the package's own.
func withRaw(t *testing.T, text string, change func([]byte)) string {
	n := new(big.Int)
	for _, char := range []byte(text) {
		digit := strings.IndexByte(crockford, char)
		require.GreaterOrEqual(t, digit, 0)
		n.Or(n.Lsh(n, 5), big.NewInt(int64(digit)))
	}
	raw := n.Rsh(n, 2).FillBytes(make([]byte, ticket.BodyLen+ticket.SignatureLen))
	change(raw)
	return base32(raw)
}

func base32(raw []byte) string {
	n := new(big.Int).SetBytes(raw)
	n.Lsh(n, 2)
	text := make([]byte, ticket.TextLen)
	for i := len(text) - 1; i >= 0; i-- {
		text[i] = crockford[new(big.Int).And(n, big.NewInt(31)).Int64()]
		n.Rsh(n, 5)
	}
	return string(text)
}

// addOrder adds the order of the group to a little-endian scalar.
func addOrder(scalar []byte) {
	order, _ := new(big.Int).SetString("7237005577332262213973186563042994240857116359379907606001950938285454250989", 10)
	slices.Reverse(scalar)
	sum := order.Add(order, new(big.Int).SetBytes(scalar))
	sum.FillBytes(scalar)
	slices.Reverse(scalar)
}

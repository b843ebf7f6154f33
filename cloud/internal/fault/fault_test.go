package fault_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"portaria/cloud/internal/fault"
)

func TestAMoreExactSentenceIsTheSameRefusal(t *testing.T) {
	soldOut := fault.New(fault.Conflict, "sold_out", "Not enough places are left.")
	said := fmt.Errorf("place the order: %w", soldOut.Say("Only 3 places are left."))
	require.ErrorIs(t, said, soldOut)
	require.ErrorContains(t, said, "Only 3")
	require.Equal(t, "Not enough places are left.", soldOut.Text, "the declared one is not changed")
	require.False(t, errors.Is(said, fault.New(fault.Conflict, "not_for_sale", "")))
	require.False(t, errors.Is(errors.New("other"), soldOut))
}

func TestWhatAPersonTyped(t *testing.T) {
	for name, row := range map[string]struct {
		text   string
		needed bool
		ok     bool
	}{
		"a name":                   {"Opinião", true, true},
		"two lines":                {"one\ntwo", false, true},
		"nothing, where it may be": {"", false, true},
		"nothing, where it is not": {"", true, false},
		"only spaces":              {" \t", true, false},
		"ten letters, not bytes":   {strings.Repeat("ç", 10), true, true},
		"eleven letters":           {strings.Repeat("ç", 11), true, false},
		"a zero byte":              {"a\x00b", false, false},
		"an escape sequence":       {"\x1b[31m", false, false},
		"broken UTF-8":             {"\xff", false, false},
	} {
		t.Run(name, func(t *testing.T) {
			err := fault.Text("name", row.text, row.needed, 10)
			require.Equal(t, row.ok, err == nil, "%v", err)
		})
	}
}

package entry_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"portaria/cloud/entry"
)

func TestWhichTermAHubHas(t *testing.T) {
	two := []entry.Given{{Disk: "a", Term: 1}, {Disk: "b", Term: 2}}
	for what, c := range map[string]struct {
		given        []entry.Given
		disk         string
		told         uint64
		isNew        bool
		term, newest uint64
	}{
		"the first hub of a venue":                      {nil, "a", 0, true, 1, 1},
		"a hub that comes again":                        {two, "b", 2, false, 2, 2},
		"one that has not kept its term yet":            {two, "b", 0, true, 2, 2},
		"a new disk":                                    {two, "c", 0, true, 3, 3},
		"a new disk with the configuration of the last": {two, "c", 2, true, 3, 3},
		"a term that a supervisor gave while offline":   {two, "c", 7, true, 7, 7},
		"a hub that was given a higher one":             {two, "a", 5, false, 5, 5},
		"an old hub that wakes up":                      {two, "a", 1, false, 1, 2},
		"one that a restored database has forgotten":    {two, "c", 3, false, 3, 3},
		"an old one that it has forgotten":              {two, "c", 1, false, 1, 2},
	} {
		term, newest := entry.Term(c.given, c.disk, c.told, c.isNew)
		assert.Equal(t, [2]uint64{c.term, c.newest}, [2]uint64{term, newest}, what)
	}
}

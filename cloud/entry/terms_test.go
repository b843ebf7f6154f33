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
		restored     bool
		term, newest uint64
	}{
		"the first hub of a venue":                      {nil, "a", 0, true, false, 1, 1},
		"a hub that comes again":                        {two, "b", 2, false, false, 2, 2},
		"one that has not kept its term yet":            {two, "b", 0, true, false, 2, 2},
		"a new disk":                                    {two, "c", 0, true, false, 3, 3},
		"a new disk with the configuration of the last": {two, "c", 2, true, false, 3, 3},
		"a term that a supervisor gave while offline":   {two, "c", 7, true, false, 7, 7},
		"a hub that was given a higher one":             {two, "a", 5, false, false, 5, 5},
		"an old hub that wakes up":                      {two, "a", 1, false, false, 1, 2},
		"one that a restored database has forgotten":    {two, "c", 3, false, false, 3, 3},
		"an old one that it has forgotten":              {two, "c", 1, false, false, 1, 2},
		"the first one of a restored database":          {nil, "a", 0, true, true, 2, 2},
		"a new disk of a restored database":             {two, "c", 0, true, true, 4, 4},
		"one that a restored database knows":            {two, "b", 0, true, true, 2, 2},
	} {
		term, newest := entry.Term(c.given, c.disk, c.told, c.isNew, c.restored)
		assert.Equal(t, [2]uint64{c.term, c.newest}, [2]uint64{term, newest}, what)
	}
}

package main

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

func heard(lines string) *books {
	b := newBooks()
	for line := range strings.Lines(lines) {
		b.hear(strings.TrimSpace(line))
	}
	return b
}

func TestWhoseRelayMovedAndIsNotInTheJournalIsLost(t *testing.T) {
	const life = `=== RUN TestVMPowerLoad
		@@ journal
		@@ load
		@@ ask 0 1
		trace: pl061_set_output /machine/unattached/device[6] setting output 0 to 1
		trace: pl061_set_output /machine/unattached/device[6] setting output 0 to 0
		@@ ask 1 2
		trace: pl061_set_output /machine/unattached/device[6] setting output 5 to 1
		@@ ask 0 3
		`
	rows := []struct {
		name, next         string
		moved, lost, first int
	}{
		{"nothing was looked at yet", "", 2, 0, 4},
		{"all are there", "@@ journal 1 2", 2, 0, 4},
		{"more are there than were seen to move", "@@ journal 1 2 3", 2, 0, 4},
		{"one is missing", "@@ journal 1 3", 2, 1, 4},
		{"one that is missing is not forgotten when it comes again", "@@ journal 1\n@@ journal 1 2", 2, 1, 4},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			b := heard(life + row.next)
			assert.Equal(t, row.moved, b.moved())
			assert.Equal(t, row.lost, b.lost())
			assert.Equal(t, row.first, b.next)
		})
	}
}

func TestOnlyTheMachineItselfSaysThatARelayMoved(t *testing.T) {
	assert.Zero(t, heard("@@ ask 0 1\npl061_set_output x setting output 0 to 1").moved(), "a program inside may print that")
	assert.Zero(t, heard("@@ ask 0 1\ntrace: pl061_set_output x setting output 0 to 0").moved())
	assert.Zero(t, heard("@@ ask 0 1\ntrace: pl061_set_output x setting output 3 to 1").moved(), "no relay's line")
	assert.Zero(t, heard("trace: pl061_set_output x setting output 0 to 1").moved(), "nobody was scanned in this life")
}

func TestWhoIsLetInAgainIsCounted(t *testing.T) {
	b := heard("@@ again 7 false already_used\n@@ again 8 true ok_offline\n@@ again half")
	assert.Equal(t, 2, b.again)
	assert.Equal(t, 1, b.let)
}

func TestAMachineEndsInPeaceOnlyWhenItSaysSo(t *testing.T) {
	assert.True(t, heard("@@ exit 0").peace)
	assert.False(t, heard("@@ exit 1").peace)
	assert.ErrorContains(t, heard("@@ trouble mount /data: no").trouble, "mount /data")
}

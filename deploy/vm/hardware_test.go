package main

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

func watched(lines string) *evening {
	e := &evening{}
	for line := range strings.Lines(lines) {
		e.hear(strings.TrimSpace(line))
	}
	return e
}

func TestAnEveningIsGoodOnlyWhenItCountedAndEnded(t *testing.T) {
	const good = "@@ counts plugged=9 admitted=18\n@@ exit 0\n"
	rows := []struct{ name, said, arch, fault string }{
		{"counted and ended", good, "amd64", ""},
		{"not ended", "@@ counts plugged=9", "amd64", "the test in the machine failed"},
		{"nothing counted", "@@ exit 0", "amd64", "the test in the machine failed"},
		{"failed", "@@ counts plugged=9\n@@ exit 1", "amd64", "the test in the machine failed"},
		{"init in trouble", "@@ trouble load vivid: no\n" + good, "amd64", "load vivid"},
		{"a relay that nobody walked through", "trace: pl061_set_output x setting output 0 to 1\n" + good, "arm64", "the relay moved 1 times for 0 people"},
		{"no relay at all on a machine with lines", good, "arm64", "the relay moved 0 times"},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			fault := watched(row.said).fault(row.arch)
			if row.fault == "" {
				assert.NoError(t, fault)
				return
			}
			assert.ErrorContains(t, fault, row.fault)
		})
	}
}

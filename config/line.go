package config

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// A fault begins with the key it is about: `gate: …`, `lane[1].number: …`.
var (
	faultKey  = regexp.MustCompile(`^([a-z][a-z0-9_]*(?:\[\d+\])?(?:\.[a-z][a-z0-9_]*(?:\[\d+\])?)*): `)
	tableLine = regexp.MustCompile(`^(\[\[?)\s*([A-Za-z0-9_.-]+)\s*\]`)
	keyLine   = regexp.MustCompile(`^([A-Za-z0-9_-]+)\s*=`)
)

// located puts the line of the file before every fault whose key stands in it. A key that is missing has no line.
func located(raw []byte, faults string) string {
	at := lines(raw)
	told := strings.Split(faults, "\n")
	for i, fault := range told {
		if key := faultKey.FindStringSubmatch(fault); key != nil {
			told[i] = at.before(key[1]) + fault
		}
	}
	return strings.Join(told, "\n")
}

// places is the line, from 1, of every key and table of a file. Tables of an array are counted: lane[0], lane[1].
type places map[string]int

func lines(raw []byte) places {
	at, table, counted := places{}, "", map[string]int{}
	for i, line := range strings.Split(string(raw), "\n") {
		line = strings.TrimSpace(line)
		if head := tableLine.FindStringSubmatch(line); head != nil {
			table = head[2]
			if head[1] == "[[" {
				table = head[2] + "[" + strconv.Itoa(counted[head[2]]) + "]"
				counted[head[2]]++
				at.note(head[2], i+1)
			}
			at.note(table, i+1)
		} else if key := keyLine.FindStringSubmatch(line); key != nil {
			name := key[1]
			if table != "" {
				name = table + "." + name
			}
			at.note(name, i+1)
			at.note(uncounted.ReplaceAllString(name, ""), i+1)
		}
	}
	return at
}

var uncounted = regexp.MustCompile(`\[\d+\]`)

// note keeps the first line of a key.
func (p places) note(key string, line int) {
	if _, there := p[key]; !there {
		p[key] = line
	}
}

// before is "line 7: " for a key of the file; an index at the end counts the items of a list that is one key.
func (p places) before(key string) string {
	for _, name := range []string{key, trimIndex(key)} {
		if line, ok := p[name]; ok {
			return fmt.Sprintf("line %d: ", line)
		}
	}
	return ""
}

func trimIndex(key string) string {
	if strings.HasSuffix(key, "]") {
		return key[:strings.LastIndexByte(key, '[')]
	}
	return key
}

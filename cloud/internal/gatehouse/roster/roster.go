// Package roster reads a list of people as somebody pastes it out of a table: one a line, with a name, a rank and doors.
package roster

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/google/uuid"
)

// Limits.
const (
	MaxBytes = 256 << 10
	MaxLines = 500
	maxName  = 100
)

// Fault says why a line is not taken; empty = it is.
type Fault string

// Faults of a line.
const (
	NoName   Fault = "no_name"
	LongName Fault = "long_name"
	BadText  Fault = "bad_text"
	Rank     Fault = "rank"
	Door     Fault = "door"  // no door of that name
	Twice    Fault = "twice" // stands in the list before
	There    Fault = "there" // is there already
	TooMany  Fault = "too_many"
)

// Line is one person of the list.
type Line struct {
	Number     int // from 1
	Name       string
	Supervisor bool
	Doors      []uuid.UUID // empty = all
	Fault      Fault
	About      string // what the fault is about
}

// ranks are the words for a rank, in the languages of the desk; true = supervisor.
var ranks = map[string]bool{
	"": false, "controller": false, "porteiro": false, "porteira": false, "no": false, "não": false, "nao": false,
	"supervisor": true, "supervisora": true, "chefe": true, "yes": true, "sim": true,
}

// heads are words by which a first line is known to name the columns.
var heads = []string{"name", "nome"}

// Parse reads a list. Doors are the venue's by name, there are the names that are there already. Columns are parted by tab,
// semicolon or comma, whichever the first line has; several doors by | or /.
func Parse(text string, doors map[string]uuid.UUID, there []string) (out []Line) {
	text = strings.TrimPrefix(strings.ReplaceAll(text, "\r", "\n"), "\ufeff")
	known, seen := fold(there), map[string]bool{}
	byName := map[string]uuid.UUID{}
	for name, id := range doors {
		byName[strings.ToLower(name)] = id
	}
	part := ""
	for n, row := range strings.Split(text, "\n") {
		if strings.TrimSpace(row) == "" {
			continue
		}
		if part == "" {
			part = separator(row)
		}
		cells := cut(row, part)
		if len(out) == 0 && slices.Contains(heads, strings.ToLower(cells[0])) {
			continue
		}
		line := read(cells, byName)
		line.Number = n + 1
		low := strings.ToLower(line.Name)
		switch {
		case line.Fault != "":
		case seen[low]:
			line.Fault, line.About = Twice, line.Name
		case known[low]:
			line.Fault, line.About = There, line.Name
		}
		seen[low] = true
		if len(out) == MaxLines {
			return append(out, Line{Number: n + 1, Fault: TooMany})
		}
		out = append(out, line)
	}
	return out
}

func fold(names []string) map[string]bool {
	out := map[string]bool{}
	for _, n := range names {
		out[strings.ToLower(strings.TrimSpace(n))] = true
	}
	return out
}

func separator(row string) string {
	for _, s := range []string{"\t", ";", ","} {
		if strings.Contains(row, s) {
			return s
		}
	}
	return ";"
}

func cut(row, part string) []string {
	cells := strings.Split(row, part)
	for i := range cells {
		cells[i] = strings.TrimSpace(strings.Trim(strings.TrimSpace(cells[i]), `"`))
	}
	return cells
}

func read(cells []string, doors map[string]uuid.UUID) Line {
	line := Line{Name: cells[0]}
	switch {
	case line.Name == "":
		line.Fault = NoName
	case !utf8.ValidString(strings.Join(cells, "")) || strings.ContainsFunc(strings.Join(cells, ""), func(r rune) bool { return r < ' ' || r == 0x7f }):
		line.Fault = BadText
	case utf8.RuneCountInString(line.Name) > maxName:
		line.Fault = LongName
	}
	if len(cells) > 1 && line.Fault == "" {
		var known bool
		if line.Supervisor, known = ranks[strings.ToLower(cells[1])]; !known {
			line.Fault, line.About = Rank, cells[1]
		}
	}
	if len(cells) > 2 && line.Fault == "" {
		for _, name := range strings.FieldsFunc(cells[2], func(r rune) bool { return r == '|' || r == '/' }) {
			id, known := doors[strings.ToLower(strings.TrimSpace(name))]
			if !known {
				line.Fault, line.About = Door, strings.TrimSpace(name)
				break
			}
			line.Doors = append(line.Doors, id)
		}
	}
	return line
}

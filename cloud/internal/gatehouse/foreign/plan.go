package foreign

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"portaria/edge/ticket"
	"portaria/edge/whitelist"
)

// Plan is what an import would do, before anything is looked up.
type Plan struct {
	Lines   int
	Codes   []Coded
	Skipped []Skip
}

// Coded is a line that has a code.
type Coded struct {
	Line Line
	Code string // normalised
}

// NewPlan normalises lines, and skips what is no code or stands twice.
func NewPlan(issuer whitelist.Issuer, lines []Line) Plan {
	plan := Plan{Lines: len(lines)}
	seen := make(map[string]bool, len(lines))
	for _, line := range lines {
		code, why := read(issuer.Normalise, line)
		if why == "" && seen[code] {
			why = Duplicate
		}
		if why != "" {
			plan.Skipped = append(plan.Skipped, skip(line, why))
			continue
		}
		seen[code] = true
		plan.Codes = append(plan.Codes, Coded{line, code})
	}
	return plan
}

func read(n whitelist.Normalise, line Line) (string, Why) {
	switch {
	case line.Wrong != "":
		return "", line.Wrong
	case len(line.Text) > whitelist.MaxForeignText:
		return "", TooLong
	case !utf8.ValidString(line.Text) || strings.ContainsFunc(strings.TrimSpace(line.Text), bad):
		return "", BadText
	case strings.TrimSpace(line.Text) == "":
		return "", Empty
	}
	code := n.Apply(line.Text)
	switch {
	case code == "" && len(line.Text) > whitelist.MaxForeignCode:
		return "", TooLong
	case code == "":
		return "", Empty
	}
	return code, ""
}

func bad(r rune) bool { return unicode.IsControl(r) || r == utf8.RuneError }

func skip(line Line, why Why) Skip {
	text := strings.ToValidUTF8(strings.Map(func(r rune) rune {
		if bad(r) {
			return '\uFFFD'
		}
		return r
	}, line.Text), "\uFFFD")
	if runes := []rune(text); len(runes) > 64 {
		text = string(runes[:64])
	}
	return Skip{Line: line.Number, Text: text, Why: why}
}

// ours is the ticket number that a gate would also read in this text.
func ours(text string) (string, bool) {
	if id, err := ticket.ParseShort(text); err == nil {
		return id.String(), true
	}
	if code, err := ticket.Parse(text); err == nil {
		return code.ID().String(), true
	}
	return "", false
}

// drop moves the codes that are wanted out of the plan to its skipped lines.
func (p *Plan) drop(out func(Coded) bool, why Why) {
	kept := p.Codes[:0:0]
	for _, c := range p.Codes {
		if out(c) {
			p.Skipped = append(p.Skipped, skip(c.Line, why))
			continue
		}
		kept = append(kept, c)
	}
	p.Codes = kept
}

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
	if line.Wrong != "" {
		return "", line.Wrong
	}
	return Read(n, line.Text)
}

// Read turns a printed text into its code, as the gate will, or says why it can be none.
func Read(n whitelist.Normalise, text string) (string, Why) {
	switch {
	case len(text) > whitelist.MaxForeignText:
		return "", TooLong
	case !utf8.ValidString(text) || strings.ContainsFunc(strings.TrimSpace(text), bad):
		return "", BadText
	case strings.TrimSpace(text) == "":
		return "", Empty
	}
	code := n.Apply(text)
	switch {
	case code == "" && len(text) > whitelist.MaxForeignCode:
		return "", TooLong
	case code == "":
		return "", Empty
	}
	return code, ""
}

// bad is what no barcode prints: control characters, broken bytes, and marks that only change how text looks.
func bad(r rune) bool {
	return unicode.IsControl(r) || r == utf8.RuneError || r != '\uFEFF' && unicode.Is(unicode.Cf, r)
}

func skip(line Line, why Why) Skip {
	return Skip{Line: line.Number, Text: Shown(line.Text), Why: why}
}

// Shown is a text as a report may show it: at most 64 characters, none of them one that can't be printed.
func Shown(text string) string {
	text = strings.ToValidUTF8(strings.Map(func(r rune) rune {
		if bad(r) {
			return '\uFFFD'
		}
		return r
	}, text), "\uFFFD")
	if runes := []rune(text); len(runes) > 64 {
		text = string(runes[:64])
	}
	return text
}

// OursIn is the number of the ticket of ours that a gate would also read in a text or its code, "" for none.
func OursIn(text, code string) string {
	if id, ok := ours(text); ok {
		return id
	}
	id, _ := ours(code)
	return id
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

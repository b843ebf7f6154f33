package intake

import (
	"iter"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"portaria/cloud/internal/gatehouse"
	"portaria/cloud/internal/gatehouse/foreign"
	"portaria/cloud/internal/gatehouse/foreign/sheet"
	"portaria/edge/whitelist"
)

// reading turns rows into lines of the list: pure, but for what it counts.
type reading struct {
	mapping  Mapping
	issuer   whitelist.Issuer
	secret   [32]byte
	zone     *time.Location
	kinds    map[string]int32        // by folded name and by number
	profiles [8]*whitelist.Normalise // of other issuers that read differently, by number
	lengths  [maxDigits + 1]int      // codes of digits only, by length
	lines    int
}

// maxDigits is the longest code that may be a number.
const maxDigits = 64

func newReading(m Mapping, facts gatehouse.EventFacts, issuer whitelist.Issuer, secret [32]byte, zone *time.Location) *reading {
	r := &reading{mapping: m, issuer: issuer, secret: secret, zone: zone, kinds: map[string]int32{}}
	for _, k := range facts.Kinds {
		r.kinds[fold(k.Kind.Name)] = int32(k.Number)
	}
	for _, k := range facts.Kinds {
		name := strconv.Itoa(int(k.Number))
		if _, taken := r.kinds[name]; !taken {
			r.kinds[name] = int32(k.Number)
		}
	}
	for _, other := range facts.Issuers {
		if other.Normalise != issuer.Normalise {
			r.profiles[profile(other.Normalise)] = &other.Normalise
		}
	}
	return r
}

// profile numbers the eight profiles there are.
func profile(n whitelist.Normalise) (number int) {
	for i, on := range []bool{n.Upper, n.KeepSpaces, n.DropZeros} {
		if on {
			number |= 1 << i
		}
	}
	return number
}

func fold(name string) string { return strings.ToLower(strings.TrimSpace(name)) }

// staged are the file's rows as lines of the list.
func (r *reading) staged(rows iter.Seq2[sheet.Row, error]) iter.Seq2[Staged, error] {
	return func(yield func(Staged, error) bool) {
		for row, err := range rows {
			if err != nil {
				yield(Staged{}, refusal(err))
				return
			}
			if r.lines++; r.lines > sheet.MaxLines {
				yield(Staged{}, ErrTooMany)
				return
			}
			if !yield(r.stage(row), nil) {
				return
			}
		}
	}
}

func (r *reading) stage(row sheet.Row) Staged {
	text := cell(row, r.mapping.Code)
	code, why := r.code(row, text)
	s := Staged{Line: row.Line, Code: code, Why: why}
	if why == "" {
		s.Why = r.more(row, &s)
	}
	if s.Why != "" || text != code {
		s.Text = foreign.Shown(text)
	}
	if s.Why != "" {
		s.Code = ""
		return s
	}
	s.Ref = whitelist.ForeignRef(r.secret, r.issuer.Name, code)
	s.Ours, s.Others = foreign.OursIn(text, code), r.others(text, code)
	if s.Digits = digits(code); s.Digits <= maxDigits {
		r.lengths[s.Digits]++
	}
	return s
}

// spoilt is how spreadsheets write numbers that are too long for them.
var spoilt = regexp.MustCompile(`^\s*\d([.,]\d+)?[eE]\+\d{1,3}\s*$`)

func (r *reading) code(row sheet.Row, text string) (string, foreign.Why) {
	switch {
	case row.Long:
		return "", foreign.TooLong
	case strings.Contains(text, "+") && spoilt.MatchString(text):
		return "", Spoilt
	}
	return foreign.Read(r.issuer.Normalise, text)
}

// more reads the columns beside the code.
func (r *reading) more(row sheet.Row, s *Staged) foreign.Why {
	if word := fold(cell(row, r.mapping.Kind)); word != "" {
		kind, ok := r.kinds[word]
		if !ok {
			return UnknownKind
		}
		s.Kind = &kind
	}
	var ok bool
	if s.From, ok = r.minute(row, r.mapping.From, false); !ok {
		return BadTime
	}
	if s.Until, ok = r.minute(row, r.mapping.Until, true); !ok {
		return BadTime
	}
	if s.From != nil && s.Until != nil && *s.From >= *s.Until {
		return BadTime
	}
	if seat := strings.TrimSpace(cell(row, r.mapping.Seat)); seat != "" {
		if len(seat) > maxSeat || !utf8.ValidString(seat) || strings.ContainsFunc(seat, unicode.IsControl) {
			return BadSeat
		}
		s.Seat = &seat
	}
	return ""
}

func cell(row sheet.Row, column int) string {
	if column < 1 || column > len(row.Cells) {
		return ""
	}
	return row.Cells[column-1]
}

// others are what the profiles of other issuers read in a text, where it is not the code itself.
func (r *reading) others(text, code string) (out []string) {
	for n, p := range r.profiles {
		if p == nil {
			continue
		}
		seen := ""
		for _, t := range []string{text, code} {
			if as := p.Apply(t); as != "" && as != code && as != seen {
				out, seen = append(out, strconv.Itoa(n)+as), as
			}
		}
	}
	return out
}

// digits is the length of a code that is digits only, else 0.
func digits(code string) int {
	for i := range len(code) {
		if code[i] < '0' || code[i] > '9' {
			return 0
		}
	}
	return len(code)
}

// lostZeros is the length below which a code of digits only has lost zeros: nearly all others of the file have it.
// A code that begins with 0 is one of ten, with 00 one of a hundred; so eight of nine is what zeros leave.
func (r *reading) lostZeros() int {
	if r.mapping.Digits != 0 || r.issuer.Normalise.DropZeros {
		return max(r.mapping.Digits, 0)
	}
	all, at := 0, 0
	for length, n := range r.lengths {
		if length == 0 {
			continue
		}
		if all += n; n > r.lengths[at] || at == 0 {
			at = length
		}
	}
	longer := 0
	for _, n := range r.lengths[at+1:] {
		longer += n
	}
	if at < 8 || longer > 0 || r.lengths[at]*100 < all*85 {
		return 0
	}
	return at
}

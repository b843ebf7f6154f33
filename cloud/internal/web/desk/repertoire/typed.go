package repertoire

import (
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/currency"

	"portaria/cloud/internal/catalog/dates"
	"portaria/cloud/internal/locale"
)

const local = "2006-01-02T15:04"

// Local is a time as a field of a form holds it, in a zone; nil is empty.
func Local(t *time.Time, zone *time.Location) string {
	if t == nil || t.IsZero() {
		return ""
	}
	return t.In(zone).Format(local)
}

// ReadLocal reads what was typed into such a field. ok is false for what is none; the fate tells of a time of day where
// clocks are changed.
func ReadLocal(text string, zone *time.Location) (at time.Time, fate dates.Fate, ok bool) {
	day, rest, ok := dates.ReadDay(text)
	if !ok || !day.Real() {
		return at, dates.Once, false
	}
	clocks, ok := dates.ReadClocks(rest)
	if !ok || len(clocks) != 1 {
		return at, dates.Once, false
	}
	at, fate = dates.In(zone, day, clocks[0])
	return at.UTC(), fate, true
}

// decimals of a currency.
func decimals(iso string) int {
	unit, err := currency.ParseISO(iso)
	if err != nil {
		return 2
	}
	digits, _ := currency.Standard.Rounding(unit)
	return digits
}

// Amount is a price as a field of a form holds it: "120,00" or "120.00", as the language writes it.
func Amount(l locale.Locale, minor int64, iso string) string {
	digits := decimals(iso)
	unit := int64(1)
	for range digits {
		unit *= 10
	}
	text := strconv.FormatInt(minor/unit, 10)
	if digits == 0 {
		return text
	}
	point := "."
	if l.Tag() == "pt-BR" {
		point = ","
	}
	rest := strconv.FormatInt(minor%unit, 10)
	return text + point + strings.Repeat("0", digits-len(rest)) + rest
}

// ReadAmount reads a price in minor units: 120, 120,5, 1.200,50, 1,200.50 and R$ 120. The last point or comma parts the
// decimals where at most that many digits follow it.
func ReadAmount(text, iso string) (int64, bool) {
	text = strings.Trim(strings.TrimSpace(text), "R$€£¥ \u00a0"+iso)
	text = strings.NewReplacer(" ", "", "\u00a0", "", "'", "", "’", "").Replace(text)
	digits := decimals(iso)
	whole, part := text, ""
	if i := strings.LastIndexAny(text, ".,"); i >= 0 && len(text)-i-1 <= digits {
		whole, part = text[:i], text[i+1:]
	}
	whole, ok := ungrouped(whole)
	if !ok || len(whole) > 12 {
		return 0, false
	}
	part += strings.Repeat("0", digits-len(part))
	if strings.Trim(part, "0123456789") != "" {
		return 0, false
	}
	n, err := strconv.ParseInt(whole+part, 10, 64)
	return n, err == nil
}

// ungrouped is a whole number without what parts its thousands.
func ungrouped(text string) (string, bool) {
	groups := strings.FieldsFunc(text, func(r rune) bool { return r == '.' || r == ',' })
	if len(groups) == 0 || strings.Trim(strings.Join(groups, ""), "0123456789") != "" {
		return "", false
	}
	for i, g := range groups {
		if i > 0 && len(g) != 3 || len(groups) > 1 && i == 0 && len(g) > 3 {
			return "", false
		}
	}
	if len(strings.Join(groups, ""))+len(groups)-1 != len(text) {
		return "", false
	}
	return strings.Join(groups, ""), true
}

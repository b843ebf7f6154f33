package locale

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/currency"
)

const nbsp = "\u00a0"

// symbols of the currencies that tickets are sold in; others are shown by their ISO code.
var symbols = map[string]string{"BRL": "R$", "USD": "US$", "EUR": "€", "GBP": "£", "UAH": "₴", "RUB": "₽"}

// words are a language's dates: weekdays from Sunday, months from January.
type words struct {
	days, months, shortDays, shortMonths []string
	long, short                          string // %[1]s weekday, %[2]d day, %[3]s month, %[4]d year
	thousands, decimal                   string
}

var dictionary = map[string]words{
	"pt-BR": {
		days:        strings.Fields("domingo segunda-feira terça-feira quarta-feira quinta-feira sexta-feira sábado"),
		months:      strings.Fields("janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro"),
		shortDays:   strings.Fields("dom. seg. ter. qua. qui. sex. sáb."),
		shortMonths: strings.Fields("jan. fev. mar. abr. mai. jun. jul. ago. set. out. nov. dez."),
		long:        "%[1]s, %[2]d de %[3]s de %[4]d", short: "%[1]s %[2]d %[3]s %[4]d",
		thousands: ".", decimal: ",",
	},
	"en": {
		days:        strings.Fields("Sunday Monday Tuesday Wednesday Thursday Friday Saturday"),
		months:      strings.Fields("January February March April May June July August September October November December"),
		shortDays:   strings.Fields("Sun Mon Tue Wed Thu Fri Sat"),
		shortMonths: strings.Fields("Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec"),
		long:        "%[1]s, %[2]d %[3]s %[4]d", short: "%[1]s %[2]d %[3]s %[4]d",
		thousands: ",", decimal: ".",
	},
}

// Date is the whole date in t's own zone: "sábado, 28 de novembro de 2026".
func (l Locale) Date(t time.Time) string {
	w := dictionary[l.tag]
	return fmt.Sprintf(w.long, w.days[t.Weekday()], t.Day(), w.months[t.Month()-1], t.Year())
}

// Sentence begins a line with a capital: Portuguese days have none of their own.
func Sentence(s string) string {
	first, size := utf8.DecodeRuneInString(s)
	return string(unicode.ToUpper(first)) + s[size:]
}

// ShortDate is the date where room is scarce: "sáb. 28 nov. 2026".
func (l Locale) ShortDate(t time.Time) string {
	w := dictionary[l.tag]
	return fmt.Sprintf(w.short, w.shortDays[t.Weekday()], t.Day(), w.shortMonths[t.Month()-1], t.Year())
}

// Weekday and Month are the short words that a calendar leaf shows.
func (l Locale) Weekday(t time.Time) string { return dictionary[l.tag].shortDays[t.Weekday()] }

// Month is the short name of t's month.
func (l Locale) Month(t time.Time) string { return dictionary[l.tag].shortMonths[t.Month()-1] }

// Clock is the time of day in t's own zone, in 24 hours.
func (l Locale) Clock(t time.Time) string { return t.Format("15:04") }

// Number is n with its thousands parted.
func (l Locale) Number(n int64) string {
	digits := strconv.FormatInt(n, 10)
	sign := ""
	if n < 0 {
		sign, digits = "-", digits[1:]
	}
	var out []string
	for ; len(digits) > 3; digits = digits[:len(digits)-3] {
		out = append([]string{digits[len(digits)-3:]}, out...)
	}
	return sign + strings.Join(append([]string{digits}, out...), dictionary[l.tag].thousands)
}

// Money is an amount of minor units (cents) of an ISO 4217 currency: "R$ 120,00".
func (l Locale) Money(minor int64, iso string) string {
	sign := ""
	if minor < 0 {
		sign, minor = "-", -minor
	}
	digits, unit := 2, int64(100)
	if u, err := currency.ParseISO(iso); err == nil {
		digits, _ = currency.Standard.Rounding(u)
		unit = 1
		for range digits {
			unit *= 10
		}
	}
	amount := l.Number(minor / unit)
	if digits > 0 {
		amount += fmt.Sprintf("%s%0*d", dictionary[l.tag].decimal, digits, minor%unit)
	}
	symbol, known := symbols[iso]
	if !known {
		symbol = iso
	}
	if known && l.tag == "en" {
		return sign + symbol + amount
	}
	return sign + symbol + nbsp + amount
}

// MonthOf is t's month with its year, to stand above a calendar: "Dezembro de 2026".
func (l Locale) MonthOf(t time.Time) string {
	w := dictionary[l.tag]
	between := " "
	if l.tag == "pt-BR" {
		between = " de "
	}
	return Sentence(w.months[t.Month()-1]) + between + strconv.Itoa(t.Year())
}

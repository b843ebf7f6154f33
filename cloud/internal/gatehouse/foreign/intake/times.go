package intake

import (
	"strconv"
	"strings"
	"time"

	"github.com/xuri/excelize/v2"

	"portaria/cloud/internal/gatehouse/foreign/sheet"
)

var (
	layouts = []string{
		time.RFC3339, "2006-01-02T15:04:05", "2006-01-02T15:04", "2006-01-02 15:04:05", "2006-01-02 15:04", "2006-01-02",
	}
	dayFirst   = []string{"2/1/2006 15:04:05", "2/1/2006 15:04", "2/1/2006", "2.1.2006 15:04:05", "2.1.2006 15:04", "2.1.2006"}
	monthFirst = []string{"1/2/2006 3:04 PM", "1/2/2006 15:04:05", "1/2/2006 15:04", "1/2/2006"}
)

// Dates that a ticket may have; outside of them a column is not what it was taken for.
const (
	firstYear = 2000
	lastYear  = 2100
)

// minute reads a cell as unix minutes; nil = it is empty. The end of a day that is only a date is the next midnight.
func (r *reading) minute(row sheet.Row, column int, end bool) (*int32, bool) {
	text := strings.TrimSpace(cell(row, column))
	if text == "" {
		return nil, true
	}
	at, day, ok := r.when(text)
	if !ok || at.Year() < firstYear || at.Year() > lastYear {
		return nil, false
	}
	if day && end {
		at = at.AddDate(0, 0, 1)
	}
	n := int32(at.Unix() / 60) //nolint:gosec // within the years above
	return &n, true
}

func (r *reading) when(text string) (at time.Time, day, ok bool) {
	if number, err := strconv.ParseFloat(text, 64); err == nil && r.mapping.Format.Kind == sheet.Workbook {
		return r.serial(number)
	}
	more := dayFirst
	if r.mapping.MonthFirst {
		more = monthFirst
	}
	for _, set := range [][]string{layouts, more} {
		for _, layout := range set {
			if at, err := time.ParseInLocation(layout, text, r.zone); err == nil {
				return at, !strings.Contains(layout, "04"), true
			}
		}
	}
	return at, false, false
}

// serial is a date as workbooks store it: days since 1900, in the venue's time.
func (r *reading) serial(number float64) (at time.Time, day, ok bool) {
	read, err := excelize.ExcelDateToTime(number, false)
	if err != nil {
		return at, false, false
	}
	read = read.Round(time.Second)
	at = time.Date(read.Year(), read.Month(), read.Day(), read.Hour(), read.Minute(), 0, 0, r.zone)
	return at, number == float64(int64(number)), true
}

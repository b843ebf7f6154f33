package foreign

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"io"
	"strings"
)

// ParseJSON reads an array of texts.
func ParseJSON(raw []byte) ([]Line, error) {
	if err := checkSize(raw); err != nil {
		return nil, err
	}
	var texts []string
	if err := json.Unmarshal(raw, &texts); err != nil {
		return nil, ErrBadFile.Say("This is no JSON array of texts: " + err.Error() + ".")
	}
	if len(texts) > MaxLines {
		return nil, tooMany()
	}
	lines := make([]Line, len(texts))
	for i, text := range texts {
		lines[i] = Line{Number: i + 1, Text: text}
	}
	return lines, nil
}

// ParseCSV reads one code a line, quoted or not; comma, semicolon and tab would begin a second column, unless quoted.
func ParseCSV(raw []byte) ([]Line, error) {
	if err := checkSize(raw); err != nil {
		return nil, err
	}
	raw = bytes.TrimPrefix(raw, []byte("\xEF\xBB\xBF"))
	if bytes.Count(raw, []byte("\n")) > MaxLines {
		return nil, tooMany()
	}
	rows := bytes.Split(bytes.TrimSuffix(raw, []byte("\n")), []byte("\n"))
	lines := make([]Line, len(rows))
	for i, row := range rows {
		lines[i] = csvLine(i+1, strings.TrimSuffix(string(row), "\r"))
	}
	return lines, nil
}

func csvLine(number int, text string) Line {
	line := Line{Number: number, Text: text}
	if !strings.ContainsAny(text, "\",;\t") || strings.TrimSpace(text) == "" {
		return line
	}
	reader := csv.NewReader(strings.NewReader(text))
	reader.Comma = separator(text)
	fields, err := reader.Read()
	switch {
	case errors.Is(err, csv.ErrQuote) || errors.Is(err, csv.ErrBareQuote):
		return line // a code may have a quote in it
	case err != nil && !errors.Is(err, io.EOF):
		line.Wrong = BadText
	case len(fields) > 1:
		line.Wrong = Columns
	case len(fields) == 1:
		line.Text = fields[0]
	}
	return line
}

// separator is the first of comma, semicolon and tab that a line has outside quotes; Excel writes any of them.
func separator(text string) rune {
	quoted := false
	for _, r := range text {
		switch {
		case r == '"':
			quoted = !quoted
		case !quoted && (r == ',' || r == ';' || r == '\t'):
			return r
		}
	}
	return ','
}

func checkSize(raw []byte) error {
	if len(raw) > MaxBytes {
		return ErrBadFile.Say("Send at most 8 MiB at once.")
	}
	return nil
}

func tooMany() error { return ErrBadFile.Say("Send at most 200,000 lines at once.") }

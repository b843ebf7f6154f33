package api

import (
	"time"

	"github.com/google/uuid"

	"portaria/cloud/internal/fault"
)

// Paging is the input of every list.
type Paging struct {
	After string `query:"after" maxLength:"200" doc:"The next of the page before; missing for the first page."`
	Limit int    `query:"limit" minimum:"1" maximum:"200" default:"50"`
}

// start is the id to go on from.
func (p Paging) start() (uuid.UUID, error) {
	if p.After == "" {
		return uuid.Nil, nil
	}
	return identify("after", p.After)
}

// page is one page of a list.
type page[T any] struct {
	Items []T    `json:"items"`
	Next  string `json:"next,omitempty" doc:"Pass it as after for the next page; missing on the last."`
}

// paged shows rows as a page. A full page has a next one, which may be empty.
func paged[R, T any](rows []R, limit int, show func(R) T, cursor func(R) string) page[T] {
	p := page[T]{Items: make([]T, len(rows))}
	for i, row := range rows {
		p.Items[i] = show(row)
	}
	if len(rows) > 0 && len(rows) == limit {
		p.Next = cursor(rows[len(rows)-1])
	}
	return p
}

// identify reads an id; what is not one cannot be found.
func identify(field, text string) (uuid.UUID, error) {
	id, err := uuid.Parse(text)
	if err != nil || id.String() != text {
		return uuid.Nil, fault.On(field, "Give an id as it was given to you.")
	}
	return id, nil
}

// utc is how times leave the API; nil stays nil.
func utc(t *time.Time) *time.Time {
	if t == nil {
		return nil
	}
	u := t.UTC()
	return &u
}

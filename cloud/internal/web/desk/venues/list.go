package venues

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"portaria/cloud/internal/catalog"
	"portaria/cloud/internal/locale"
	"portaria/cloud/internal/web/desk/table"
)

// listSpec is the list of venues that somebody may see.
func listSpec(all []catalog.Venue) table.Spec[catalog.Venue] {
	return table.Spec[catalog.Venue]{
		Sort: "name", Search: true, File: "venues",
		Columns: []table.Column[catalog.Venue]{
			{ID: "name", Title: "venues.name", Sorts: true, Cell: func(_ locale.Locale, x catalog.Venue) table.Cell {
				return table.Cell{Text: x.Name, Href: base(x.ID)}
			}},
			{ID: "address", Title: "venues.address", Cell: func(_ locale.Locale, x catalog.Venue) table.Cell { return table.Text(x.Address) }},
			{ID: "time_zone", Title: "venues.time_zone", Sorts: true, Cell: func(_ locale.Locale, x catalog.Venue) table.Cell {
				return table.Text(x.TimeZone)
			}},
			{ID: "languages", Title: "venues.languages", Extra: true, Cell: func(_ locale.Locale, x catalog.Venue) table.Cell {
				return table.Text(strings.Join(x.Languages, ", "))
			}},
		},
		Load: func(_ context.Context, q table.Query, offset, limit int) ([]catalog.Venue, error) {
			found := chosen(all, q)
			return found[min(offset, len(found)):min(offset+limit, len(found))], nil
		},
	}
}

func chosen(all []catalog.Venue, q table.Query) []catalog.Venue {
	var out []catalog.Venue
	text := strings.ToLower(q.Text)
	for _, x := range all {
		if strings.Contains(strings.ToLower(x.Name+"\n"+x.Address), text) {
			out = append(out, x)
		}
	}
	slices.SortStableFunc(out, func(a, b catalog.Venue) int {
		if q.Down {
			a, b = b, a
		}
		if q.Sort == "time_zone" {
			return cmp.Compare(a.TimeZone, b.TimeZone)
		}
		return cmp.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name))
	})
	return out
}

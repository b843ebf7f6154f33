package repertoire

import (
	"time"

	"portaria/cloud/internal/account/role"
	"portaria/cloud/internal/web/desk"
)

// Tabs are the ways to look at dates.
func Tabs(v *desk.Visit, here string) (out []desk.Link) {
	for _, x := range []struct {
		href, text string
		needs      role.Permission
	}{
		{"/desk/events", "events.as_list", role.EventsSee},
		{"/desk/events/calendar", "events.as_calendar", role.EventsSee},
		{"/desk/series", "events.all_series", role.EventsSee},
	} {
		if v.Grants.Anywhere(x.needs) {
			out = append(out, desk.Link{Href: x.href, Text: v.Text(x.text), Here: x.href == here})
		}
	}
	return out
}

// Window is when something is sold, in words; empty = as long as the event.
func Window(v *desk.Visit, zone *time.Location, from, until *time.Time) string {
	at := func(t time.Time) string { return v.L.ShortDate(t.In(zone)) + " " + v.L.Clock(t.In(zone)) }
	switch {
	case from != nil && until != nil:
		return v.Text("events.sold_between", "From", at(*from), "Until", at(*until))
	case from != nil:
		return v.Text("events.sold_from", "From", at(*from))
	case until != nil:
		return v.Text("events.sold_until", "Until", at(*until))
	}
	return ""
}

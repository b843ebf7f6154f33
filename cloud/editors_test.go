package cloud_test

import (
	"html"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/cloud/internal/account/role"
)

var (
	inputTag = regexp.MustCompile(`<input [^>]*>`)
	nameOf   = regexp.MustCompile(` name="([^"]+)"`)
	valueOf  = regexp.MustCompile(` value="([^"]*)"`)
)

// fields are what the inputs of a page hold, the first of each name that was asked for.
func fields(page string, names ...string) url.Values {
	out := url.Values{}
	for _, tag := range inputTag.FindAllString(page, -1) {
		name, value := nameOf.FindStringSubmatch(tag), valueOf.FindStringSubmatch(tag)
		if name != nil && value != nil && slices.Contains(names, name[1]) && !out.Has(name[1]) {
			out.Set(name[1], html.UnescapeString(value[1]))
		}
	}
	return out
}

// Of two people who edit the same thing, the second is shown what the first saved, and keeps what they typed.
func TestTheSecondOfTwoEditorsIsTold(t *testing.T) {
	t.Parallel()
	w := settle(t)
	ana, rui := w.session(w.people[role.Owner], false), w.session(w.people[role.Manager], false)
	for _, row := range []struct{ path, field string }{
		{"/desk/venues/" + w.ids["venue"], "name"}, {"/desk/events/" + w.ids["event"], "name"},
		{"/desk/series/" + w.ids["series"], "name"}, {"/desk/offers/" + w.ids["offer"], "name"},
	} {
		page := w.ask(t.Context(), http.MethodGet, row.path, ana, "", "")
		require.Equal(t, 200, page.status, row.path)
		form := fields(page.text, "name", "version", "time_zone", "doors", "start", "end", "capacity", "price", "max_per_order", "uses")
		form.Set("kind", "tour")
		form.Set("use", "single")
		if strings.Contains(row.path, "offers") {
			form.Del("capacity")
		}
		require.NotEmpty(t, form.Get("version"), "%s has a version", row.path)
		save := func(session, name string) said {
			form.Set("name", name)
			return w.ask(t.Context(), http.MethodPost, row.path, session, "", form.Encode())
		}
		first := save(rui, "Saved by Rui")
		require.Equal(t, http.StatusSeeOther, first.status, "%s: %s", row.path, first.text)
		second := save(ana, "Typed by Ana")
		require.Equal(t, http.StatusConflict, second.status, "%s: %s", row.path, second.text)
		assert.Contains(t, second.text, "Somebody else changed this meanwhile", row.path)
		assert.Contains(t, second.text, "Saved by Rui", row.path)
		assert.Contains(t, second.text, `value="Typed by Ana"`, row.path)
		form.Set("version", fields(second.text, "version").Get("version"))
		require.Equal(t, http.StatusSeeOther, save(ana, "Typed by Ana").status, "who has seen it may replace it")
	}
}

// An editor of one venue sees and changes that venue's dates, and no others.
func TestAnEditorOfOneVenueStaysThere(t *testing.T) {
	t.Parallel()
	w := settle(t)
	other := w.made("INSERT INTO venues (id, organizer_id, name, time_zone) VALUES ($1, $2, 'Arena Secreta', 'UTC')", w.ours)
	elsewhere := w.made(`INSERT INTO events (id, organizer_id, venue_id, name, doors_at, starts_at, ends_at, currency)
		VALUES ($1, $2, $3, 'Show Secreto', now() + interval '1 day', now() + interval '1 day', now() + interval '2 days', 'BRL')`, w.ours, other)
	_, err := w.pool.Exec(t.Context(), "INSERT INTO event_stock (event_id, capacity) VALUES ($1, 10)", elsewhere)
	require.NoError(t, err)
	editor := uuid.MustParse(w.made("INSERT INTO people (id, email, name, language, created_at) VALUES ($1, 'editor@example.com', 'E', 'en', now())"))
	w.made("INSERT INTO role_grants (id, organizer_id, person_id, role, venue_id, given_by, created_at) VALUES ($1, $2, $3, 'manager', $4, $3::uuid, now())", w.ours, editor, w.ids["venue"])
	session := w.session(editor, false)
	see := func(method, path, form string) said { return w.ask(t.Context(), method, path, session, "", form) }
	for _, path := range []string{"/desk/events", "/desk/events/calendar?month=" + time.Now().Format("2006-01"), "/desk/venues", "/desk/changes", "/desk/prices"} {
		a := see(http.MethodGet, path, "")
		require.Equal(t, 200, a.status, path)
		assert.NotContains(t, a.text, "Secret", path)
	}
	assert.Contains(t, see(http.MethodGet, "/desk/events", "").text, "Nei Lisboa")
	for path, form := range map[string]string{
		"/desk/venues/" + other: "name=x", "/desk/venues/" + other + "/zones": "name=x", "/desk/events/" + elsewhere: "name=x",
		"/desk/events/" + elsewhere + "/sale": "do=cancel", "/desk/events/" + elsewhere + "/offers": "name=x",
		"/desk/changes": "event=" + elsewhere + "&name=x&do=preview", "/desk/venues": "name=x&time_zone=UTC", "/desk/series/" + w.ids["series"]: "name=x",
	} {
		assert.Contains(t, []int{http.StatusForbidden, http.StatusNotFound}, see(http.MethodPost, path, form).status, path)
	}
	dates := see(http.MethodPost, "/desk/dates", url.Values{
		"name": {"x"}, "capacity": {"5"}, "currency": {"BRL"}, "doors_before": {"0"}, "length": {"60"}, "how": {"list"}, "do": {"make"},
		"lines": {"2040-01-01 20:00; Arena Secreta"}}.Encode())
	assert.Contains(t, dates.text, "no venue of that name", "and does not learn that there is one")
}

// A date's new time is in the signed venue manifest within two seconds.
func TestAChangedDateReachesTheGatesAtOnce(t *testing.T) {
	t.Parallel()
	w := settle(t)
	signed := func() (epoch int64) {
		require.NoError(t, w.pool.QueryRow(t.Context(), `SELECT (SELECT coalesce(max(epoch), 0) FROM venue_manifests WHERE venue_id = $1)
			+ (SELECT coalesce(max(epoch), 0) FROM manifests WHERE event_id = $2)`, w.ids["venue"], w.ids["event"]).Scan(&epoch))
		return epoch
	}
	quiet := func() bool {
		var marks int
		require.NoError(t, w.pool.QueryRow(t.Context(), "SELECT (SELECT count(*) FROM list_marks) + (SELECT count(*) FROM venue_marks)").Scan(&marks))
		return marks == 0
	}
	require.Eventually(t, quiet, 10*time.Second, 20*time.Millisecond)
	before := signed()
	session := w.session(w.people[role.Owner], false)
	page := w.ask(t.Context(), http.MethodGet, "/desk/events/"+w.ids["event"], session, "", "")
	form := fields(page.text, "version", "doors", "start", "end", "capacity")
	form.Set("name", "Nei Lisboa, outra hora")
	began := time.Now()
	require.Equal(t, http.StatusSeeOther, w.ask(t.Context(), http.MethodPost, "/desk/events/"+w.ids["event"], session, "", form.Encode()).status)
	require.Eventually(t, func() bool { return quiet() && signed() > before }, 2*time.Second, 10*time.Millisecond)
	t.Logf("signed %s after the change was sent", time.Since(began).Round(time.Millisecond))
}

var textID = regexp.MustCompile(`\b(events|series|changes|offers|venues)\.[a-z_]{3,}`)

// Every page about venues and dates is drawn in both languages, with no text missing.
func TestPagesAboutDatesSpeakBothLanguages(t *testing.T) {
	t.Parallel()
	w := settle(t)
	session := w.session(w.people[role.Owner], false)
	plan := url.Values{"name": {"x"}, "capacity": {"5"}, "currency": {"BRL"}, "doors_before": {"0"}, "length": {"60"}, "how": {"list"},
		"lines": {"2040-01-01 20:00; Opinião\n2040-02-31 20:00\nx\n2040-01-01\n2040-01-01 20:00; Nowhere\n2000-01-01 20:00; Opinião\n2040-01-01 20:00; Opinião"}}.Encode()
	change := url.Values{"event": {w.ids["event"]}, "name": {"Outro"}, "capacity": {"7"}, "sale": {"stop"}, "offer": {"Inteira"}, "price": {"1"}}.Encode()
	for _, tag := range []string{"pt-BR", "en"} {
		for _, path := range []string{
			"/desk/venues", "/desk/venues/new", "/desk/venues/:venue", "/desk/events", "/desk/events?when=all", "/desk/events/new", "/desk/events/calendar",
			"/desk/events/:event", "/desk/events/:event/offers/new", "/desk/offers/:offer", "/desk/series", "/desk/series/new", "/desk/series/:series",
			"/desk/dates?series=" + w.ids["series"], "/desk/dates?copy=" + w.ids["event"], "/desk/changes", "/desk/prices",
		} {
			joint := "?"
			if strings.Contains(path, "?") {
				joint = "&"
			}
			a := w.ask(t.Context(), http.MethodGet, w.fill(path)+joint+"lang="+tag, session, "", "")
			require.Equal(t, 200, a.status, "%s in %s", path, tag)
			assert.Empty(t, textID.FindAllString(a.text, -1), "%s in %s", path, tag)
		}
		for path, form := range map[string]string{"/desk/dates": plan, "/desk/changes": change} {
			a := w.ask(t.Context(), http.MethodPost, path+"?lang="+tag, session, "", form)
			require.Equal(t, 200, a.status, "%s in %s", path, tag)
			assert.Empty(t, textID.FindAllString(a.text, -1), "%s in %s", path, tag)
		}
	}
}

package cloud_test

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"slices"
	"sort"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"portaria/cloud"
	"portaria/cloud/internal/account"
	"portaria/cloud/internal/account/role"
	"portaria/cloud/internal/locale"
	"portaria/cloud/internal/postgres"
	"portaria/cloud/internal/web"
	"portaria/cloud/internal/web/desk"
)

// routesFile says who may use each route. A route that is served and not listed, or listed otherwise, fails.
const routesFile = "testdata/routes.txt"

// operation is one of the API, as its document tells.
type operation struct{ method, path, scope string }

func (o operation) class() string {
	switch o.scope {
	case "":
		return "open"
	case "platform":
		return "platform"
	}
	return "key " + o.scope
}

var scopeText = regexp.MustCompile("scope `([a-z:]+)`")

func operations(t *testing.T) (all []operation) {
	t.Helper()
	raw, err := cloud.OpenAPI()
	require.NoError(t, err)
	var document struct {
		Paths map[string]map[string]struct {
			Description string
			Security    []map[string][]string
		}
	}
	require.NoError(t, yaml.Unmarshal(raw, &document))
	for path, methods := range document.Paths {
		for method, o := range methods {
			x := operation{strings.ToUpper(method), "/api/v1" + path, ""}
			for _, s := range o.Security {
				if _, ok := s["platform"]; ok {
					x.scope = "platform"
				} else if found := scopeText.FindStringSubmatch(o.Description); found != nil {
					x.scope = found[1]
				}
			}
			all = append(all, x)
		}
	}
	sort.Slice(all, func(i, j int) bool { return all[i].path+all[i].method < all[j].path+all[j].method })
	require.Greater(t, len(all), 40)
	return all
}

func TestEveryRouteIsInTheTable(t *testing.T) {
	t.Parallel()
	r := start(t, byName(t))
	var served []string
	for _, x := range r.Desk().Routes() {
		served = append(served, x.Method+" "+x.Path+" | "+x.Class())
	}
	for _, o := range operations(t) {
		served = append(served, o.method+" "+o.path+" | "+o.class())
	}
	for _, x := range web.Routes() {
		if !strings.HasSuffix(x, " /refused") && !strings.HasPrefix(x, "GET /static/") {
			served = append(served, x+" | open, shop")
		}
	}
	slices.Sort(served)
	if os.Getenv("UPDATE_ROUTES") != "" {
		require.NoError(t, os.WriteFile(routesFile, []byte(strings.Join(served, "\n")+"\n"), 0o644))
	}
	raw, err := os.ReadFile(routesFile)
	require.NoError(t, err)
	listed := strings.Split(strings.TrimSpace(string(raw)), "\n")
	slices.Sort(listed)
	for _, line := range served {
		assert.True(t, slices.Contains(listed, line), "served, but %s does not say so: %s", routesFile, line)
	}
	for _, line := range listed {
		assert.True(t, slices.Contains(served, line), "%s lists a route that is not served so: %s", routesFile, line)
	}
}

// town is two organizers, the first with something in every table that routes name, and people of every role.
type town struct {
	*running
	pool             *postgres.Pool
	ours, others     uuid.UUID // organizers
	ids              map[string]string
	people           map[role.Role]uuid.UUID
	stranger         uuid.UUID // owner of the others
	strangerKey, key string
	secret, draft    string    // of our order's page; an event of ours that is not announced
	operator         uuid.UUID // owner of others, who runs the platform
	keys             map[account.Scope]string
	cells            int
}

func settle(t *testing.T) *town { return settleIn(t, byName(t)) }

func settleIn(t *testing.T, cfg *cloud.Config) *town {
	t.Helper()
	r := start(t, cfg)
	pool, err := postgres.Open(t.Context(), r.database)
	require.NoError(t, err)
	t.Cleanup(pool.Close)
	w := &town{running: r, pool: pool, people: map[role.Role]uuid.UUID{}, keys: map[account.Scope]string{}}
	var event, offer string
	w.key, event, offer = r.evening()
	w.strangerKey = r.api(r.platform, "POST", "/organizers", map[string]any{"name": "Other", "language": "en"})["api_key"].(string)
	w.ours = w.one("SELECT organizer_id FROM events WHERE id = $1", event)
	w.others = w.one("SELECT id FROM organizers WHERE id <> $1", w.ours)
	order := r.api(w.key, "POST", "/orders", map[string]any{
		"buyer": map[string]any{"name": hiddenName, "email": hiddenEmail}, "lines": []any{map[string]any{"offer_id": offer, "quantity": 1}},
	})
	w.ids = map[string]string{"event": event, "offer": offer, "order": order["id"].(string)}
	w.ids["venue"] = w.one("SELECT venue_id FROM events WHERE id = $1", event).String()
	w.ids["key"] = w.one("SELECT id FROM api_keys WHERE organizer_id = $1", w.ours).String()
	for _, x := range role.All() {
		w.people[x] = w.person(w.ours, x)
	}
	w.stranger = w.person(w.others, role.Owner)
	r.api(w.key, "POST", "/events/"+event+"/issuers", map[string]any{"name": "outra", "kind": 0})
	w.ids["issuer"] = "outra"
	w.ids["import"] = w.made(`INSERT INTO imports (id, organizer_id, event_id, issuer, mode, state, file_name, bytes, mapping, made_by, made_at)
		VALUES ($1, $2, $3, 'outra', 'add', 'received', 'Festival.csv', 1, '{"format": {"kind": "text", "encoding": "utf-8", "separator": "none"}, "code": 1}', 'Ana', now())`, w.ours, event)
	w.doors()
	require.NoError(t, pool.QueryRow(t.Context(), "SELECT secret FROM orders").Scan(&w.secret))
	w.draft = w.made(`INSERT INTO events (id, organizer_id, venue_id, name, doors_at, starts_at, ends_at, currency)
		SELECT $1, organizer_id, venue_id, $3, doors_at, starts_at, ends_at, currency FROM events WHERE id = $2`, event, hiddenEvent)
	w.operator = w.person(w.others, role.Owner)
	w.made("WITH i AS (SELECT $1::uuid) INSERT INTO platform_operators (person_id, made_by, made_at) VALUES ($2, 'test', now())", w.operator)
	w.ids["organizer"], w.ids["request"] = w.ours.String(), w.made(`INSERT INTO privacy_requests (id, organizer_id, source, wish, email, made_by, made_at, due_at)
		VALUES ($1, $2, 'desk', 'export', $3, 'x', now(), now())`, w.ours, hiddenEmail)
	w.made("WITH i AS (SELECT $1::uuid) INSERT INTO privacy_files (request_id, organizer_id, content, expires_at) VALUES ($2, $3, convert_to($4, 'UTF8'), now() + interval '1 day')", w.ids["request"], w.ours, hiddenName)
	for _, scope := range account.Scopes() {
		w.keys[scope] = w.makeKey(scope)
	}
	w.ids["person"], w.ids["grant"] = w.people[role.Manager].String(), w.one("SELECT id FROM role_grants WHERE role = 'manager'").String()
	w.ids["zone"] = w.made("INSERT INTO zones (id, organizer_id, venue_id, name) VALUES ($1, $2, $3, 'Festival')", w.ours, w.ids["venue"])
	w.ids["change"] = w.made("INSERT INTO event_changes (id, organizer_id, made_by, lines) VALUES ($1, $2, 'Ana', '[]')", w.ours)
	w.ids["series"] = w.made("INSERT INTO series (id, organizer_id, name, kind) VALUES ($1, $2, 'Festival', 'tour')", w.ours)
	w.ids["view"] = w.made("INSERT INTO saved_views (id, organizer_id, person_id, page, name, query) VALUES ($1, $2, $3, '/desk', 'x', '')", w.ours, w.people[role.Owner])
	w.ids["invitation"] = w.made(`INSERT INTO invitations (id, organizer_id, hash, email, language, role, invited_by, created_at, until)
		VALUES ($1, $2, sha256('x'), 'x@example.com', 'en', 'auditor', $3, now(), now() + interval '1 day')`, w.ours, w.people[role.Owner])
	return w
}

// What is nobody's business: whoever bought, and an event that is not announced yet.
const (
	hiddenName  = "Ana Oculta"
	hiddenEmail = "ana.oculta@example.com"
	hiddenEvent = "Ainda Segredo"
)

// hidesThat says that an answer tells nobody what is nobody's business.
func (w *town) hidesThat(a said, name string) {
	w.Helper()
	for _, secret := range []string{hiddenName, hiddenEmail, hiddenEvent, w.secret} {
		assert.NotContains(w, a.text+a.to, secret, name)
	}
	assert.Less(w, a.status, 500, name)
}

func (w *town) one(sql string, args ...any) (id uuid.UUID) {
	w.Helper()
	require.NoError(w, w.pool.QueryRow(w.Context(), sql, args...).Scan(&id))
	return id
}

func (w *town) made(sql string, args ...any) string {
	w.Helper()
	id := uuid.Must(uuid.NewV7())
	_, err := w.pool.Exec(w.Context(), sql, append([]any{id}, args...)...)
	require.NoError(w, err)
	return id.String()
}

func (w *town) person(organizer uuid.UUID, r role.Role) uuid.UUID {
	w.Helper()
	id := uuid.MustParse(w.made("INSERT INTO people (id, email, name, language, created_at) VALUES ($1, gen_random_uuid()::text || '@example.com', 'P', 'en', now())"))
	w.made("INSERT INTO role_grants (id, organizer_id, person_id, role, given_by, created_at) VALUES ($1, $2, $3, $4, $3::uuid, now())", organizer, id, string(r))
	return id
}

// session signs somebody in without the work of a password; half = the second factor is missing.
func (w *town) session(who uuid.UUID, half bool) string {
	w.Helper()
	token := rndText()
	hash := sha256.Sum256([]byte(token))
	w.made(`INSERT INTO sessions (id, hash, person_id, half, strong, opened_at, seen_at, expires_at, proved_at, agent, address)
		VALUES ($1, $2, $3, $4, true, now(), now(), now() + interval '1 hour', now(), '', '')`, hash[:], who, half)
	return token
}

func rndText() string { return strings.ReplaceAll(uuid.NewString(), "-", "") }

// said is an answer in short.
type said struct {
	status int
	to     string // where it redirects
	text   string
}

func (w *town) ask(ctx context.Context, method, path, session, bearer string, body string) said {
	w.Helper()
	w.cells++
	r, err := http.NewRequestWithContext(ctx, method, w.PublicURL()+path, strings.NewReader(body))
	require.NoError(w, err)
	r.Header.Set("Accept-Language", "en")
	if session != "" {
		r.AddCookie(&http.Cookie{Name: "desk", Value: session})
	}
	if bearer != "" {
		r.Header.Set("Authorization", "Bearer "+bearer)
		r.Header.Set("Content-Type", "application/json")
	} else if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	answer, err := (&http.Transport{DisableKeepAlives: false}).RoundTrip(r)
	require.NoError(w, err)
	defer answer.Body.Close()
	text, err := io.ReadAll(io.LimitReader(answer.Body, 1<<20))
	require.NoError(w, err)
	return said{answer.StatusCode, answer.Header.Get("Location"), string(text)}
}

var placeOf = regexp.MustCompile(`[:{](\w+)}?`)

// fill puts our ids into an address. Names it has no id for get one that nobody has.
func (w *town) fill(path string) string {
	return placeOf.ReplaceAllStringFunc(path, func(at string) string {
		if id, ok := w.ids[strings.Trim(at, ":{}")]; ok {
			return id
		}
		return "0192e4f0-7c00-7000-8000-000000000000"
	})
}

// form names everything of ours that a form could name.
func (w *town) form() string {
	v := url.Values{"role": {"auditor"}, "name": {"taken over"}, "page": {"/desk"}, "organizer": {w.ours.String()}, "language": {"en"}}
	for name, id := range w.ids {
		v.Set(name, id)
	}
	return v.Encode()
}

// fingerprint is everything that the database holds of our organizer, but what the cloud writes by itself meanwhile.
func (w *town) fingerprint() string {
	w.Helper()
	rows, err := w.pool.Query(w.Context(), `SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'organizer_id'
		WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' 
		AND c.relname NOT IN ('sessions', 'lists', 'list_secrets', 'organizer_keys', 'signing_keys', 'venue_manifests') ORDER BY 1`)
	require.NoError(w, err)
	var tables []string
	for rows.Next() {
		var name string
		require.NoError(w, rows.Scan(&name))
		tables = append(tables, name)
	}
	require.NoError(w, rows.Err())
	var all strings.Builder
	for _, name := range tables {
		var sum, by string
		if name == "jobs" {
			by = " AND made_by <> 'portaria'" // the night's round comes by itself
		}
		require.NoError(w, w.pool.QueryRow(w.Context(), fmt.Sprintf("SELECT coalesce(md5(string_agg(t::text, '|' ORDER BY t::text)), '') FROM %s t WHERE organizer_id = $1%s", name, by), w.ours).Scan(&sum))
		fmt.Fprintf(&all, "%s %s\n", name, sum)
	}
	return all.String()
}

// Every route, visited by everybody: by nobody, by a person of each role, by somebody whose second factor is missing,
// and by the owner of another organizer who names our things.
func TestNobodyReachesWhatIsNotTheirs(t *testing.T) {
	t.Parallel()
	w := settle(t)
	before := w.fingerprint()
	for _, x := range w.Desk().Routes() {
		w.deskRoute(x)
	}
	for _, o := range operations(t) {
		w.apiRoute(o)
	}
	for _, x := range web.Routes() {
		w.shopRoute(x)
	}
	assert.Equal(t, before, w.fingerprint(), "the stranger, or somebody whose role does not reach, has changed something of ours")
	t.Logf("tenancy: %d routes of the desk and %d of the API, %d cells", len(w.Desk().Routes()), len(operations(t)), w.cells)
}

func (w *town) deskRoute(x desk.Route) {
	ctx, path, name := w.Context(), w.fill(x.Path), x.Method+" "+x.Path
	if x.Class() == "open" {
		for whose, session := range map[string]string{"nobody": "", "a stranger": w.session(w.stranger, false), "who runs the platform": w.session(w.operator, false)} {
			if x.Path == "/login/passkey/begin" || x.Method == http.MethodPost && session == "" {
				continue // asked once; forms of nobody below
			}
			a := w.ask(ctx, x.Method, path, session, "", w.form())
			assert.False(w, strings.HasPrefix(a.to, "/login?"), "%s is open", name)
			w.hidesThat(a, name+" by "+whose)
		}
		w.hidesThat(w.ask(ctx, x.Method, path, "", "", ""), name+" by nobody")
		return
	}
	a := w.ask(ctx, x.Method, path, "", "", "")
	assert.True(w, a.status == http.StatusSeeOther && strings.HasPrefix(a.to, "/login"), "%s by nobody: %d", name, a.status)
	if x.Access.String() == "half" {
		return
	}
	a = w.ask(ctx, x.Method, path, w.session(w.people[role.Owner], true), "", "")
	assert.True(w, a.status == http.StatusSeeOther && strings.HasPrefix(a.to, "/login"), "%s without the second factor: %d", name, a.status)
	if x.Class() == "platform operator" || x.Class() == "platform operator, proved" {
		w.platformRoute(x)
		return
	}
	if x.Needs == "" {
		w.hidesThat(w.ask(ctx, x.Method, path, w.session(w.stranger, false), "", w.form()), name+" by a stranger")
		return
	}
	for _, r := range role.All() {
		if (role.Grants{{Role: r}}).Anywhere(x.Needs) {
			continue
		}
		a := w.ask(ctx, x.Method, path, w.session(w.people[r], false), "", w.form())
		assert.Equal(w, http.StatusForbidden, a.status, "%s by the %s", name, r)
		assert.Contains(w, a.text, "Your role does not reach here", "%s by the %s", name, r)
	}
	a = w.ask(ctx, x.Method, path, w.session(w.stranger, false), "", w.form())
	if strings.Contains(x.Path, "/:") && x.Path != "/desk/views/:view/drop" {
		assert.Equal(w, http.StatusNotFound, a.status, "%s by a stranger: %s", name, a.text)
	}
	assert.NotContains(w, a.text, "Festival", "%s by a stranger", name)
	assert.Less(w, a.status, 500, "%s by a stranger", name)
}

// platformRoute is there for nobody but those who run the platform, and shows them nothing of what organizers have.
func (w *town) platformRoute(x desk.Route) {
	ctx, path, name := w.Context(), w.fill(x.Path), x.Method+" "+x.Path
	for _, who := range append(slices.Collect(maps.Values(w.people)), w.stranger) {
		assert.Equal(w, http.StatusNotFound, w.ask(ctx, x.Method, path, w.session(who, false), "", w.form()).status, name)
	}
	weak := w.session(w.operator, false)
	w.made("WITH i AS (SELECT $1::uuid) UPDATE sessions SET strong = false WHERE person_id = $2", w.operator)
	assert.Equal(w, "/desk/settings/security", w.ask(ctx, x.Method, path, weak, "", w.form()).to, "%s without a second factor", name)
	if x.Method == http.MethodGet {
		a := w.ask(ctx, x.Method, path, w.session(w.operator, false), "", "")
		assert.Equal(w, http.StatusOK, a.status, name)
		w.hidesThat(a, name+" by who runs the platform")
		assert.NotContains(w, a.text, "Nei Lisboa", name)
	}
}

// shopRoute is one of buyers' pages: as nobody, as somebody signed in elsewhere. Who does not have the secret of an order
// sees none, and what is not announced is not there.
func (w *town) shopRoute(route string) {
	method, path, _ := strings.Cut(route, " ")
	for _, session := range []string{"", w.session(w.stranger, false), w.session(w.operator, false)} {
		for _, event := range []string{w.ids["event"], w.draft} {
			at := w.fill(strings.ReplaceAll(path, ":event", event))
			a := w.ask(w.Context(), method, at, session, "", w.form())
			w.hidesThat(a, route)
			if strings.Contains(path, ":secret") || strings.Contains(path, ":event") && event == w.draft {
				assert.Equal(w, http.StatusNotFound, a.status, route)
			}
			if method == http.MethodPost {
				assert.GreaterOrEqual(w, a.status, 400, route)
			}
		}
	}
}

func (w *town) apiRoute(o operation) {
	ctx, path, name := w.Context(), w.fill(o.path), o.method+" "+o.path
	if o.scope == "" { // everybody's
		for _, bearer := range []string{"", w.strangerKey, "ptk_wrong"} {
			for _, event := range []string{w.ids["event"], w.draft} {
				a := w.ask(ctx, o.method, w.fill(strings.ReplaceAll(o.path, "{event}", event)), "", bearer, "{}")
				w.hidesThat(a, name+" by "+bearer)
				if event == w.draft && strings.Contains(o.path, "{event}") {
					assert.Equal(w, http.StatusNotFound, a.status, name)
				}
				if o.method == http.MethodPost {
					assert.GreaterOrEqual(w, a.status, 400, name)
				}
			}
		}
		return
	}
	assert.Equal(w, http.StatusUnauthorized, w.ask(ctx, o.method, path, "", "", "").status, "%s by nobody", name)
	assert.Equal(w, http.StatusUnauthorized, w.ask(ctx, o.method, path, "", "ptk_wrong", "{}").status, "%s by a wrong key", name)
	if o.scope == "platform" {
		assert.Equal(w, http.StatusUnauthorized, w.ask(ctx, o.method, path, "", w.key, "{}").status, "%s by an organizer", name)
		return
	}
	for _, scope := range account.Scopes() {
		if string(scope) == o.scope {
			continue
		}
		assert.Equal(w, http.StatusForbidden, w.ask(ctx, o.method, path, "", w.keys[scope], "{}").status, "%s with only %s", name, scope)
	}
	if o.method == http.MethodPost && !strings.Contains(o.path, "{") || o.path == "/api/v1/organizer" {
		return // makes something of the stranger's own
	}
	a := w.ask(ctx, o.method, path, "", w.strangerKey, "{}")
	if strings.Contains(o.path, "{") {
		assert.Contains(w, []int{http.StatusNotFound, http.StatusUnprocessableEntity, http.StatusPreconditionRequired}, a.status, "%s by a stranger: %s", name, a.text)
	}
	assert.NotContains(w, a.text, "Festival", "%s by a stranger", name)
}

// makeKey is a key of ours that has one scope.
func (w *town) makeKey(scope account.Scope) string {
	w.Helper()
	text := "ptk_" + rndText()
	hash := sha256.Sum256([]byte(text))
	w.made("INSERT INTO api_keys (id, organizer_id, name, hash, scopes) VALUES ($1, $2, 'k', $3, $4)", w.ours, hash[:], []string{string(scope)})
	return text
}

// What row-level security shows with no help from the code: the same query, under each scope.
func TestTheDatabaseItselfKeepsOrganizersApart(t *testing.T) {
	t.Parallel()
	w := settle(t)
	guarded, err := postgres.OpenGuarded(t.Context(), w.database)
	require.NoError(t, err)
	t.Cleanup(guarded.Close)
	count := func(ctx context.Context, table string) (n int) {
		require.NoError(t, guarded.QueryRow(ctx, "SELECT count(*) FROM "+table).Scan(&n), table)
		return n
	}
	ctx := t.Context()
	for _, table := range []string{"events", "orders", "tickets", "offer_prices", "event_stock", "holds", "order_lines", "api_keys"} {
		assert.Zero(t, count(ctx, table), "a context that says nothing sees no row of %s", table)
		assert.Zero(t, count(postgres.Tenant(ctx, uuid.New()), table))
	}
	assert.Positive(t, count(postgres.Tenant(ctx, w.ours), "events"))
	assert.Positive(t, count(postgres.Tenant(ctx, w.ours), "event_stock"), "by way of its event")
	assert.Zero(t, count(postgres.Tenant(ctx, w.others), "event_stock"))
	assert.Positive(t, count(postgres.System(ctx), "events"))

	refused := func(ctx context.Context, sql string, args ...any) {
		t.Helper()
		_, err := guarded.Exec(ctx, sql, args...)
		assert.ErrorContains(t, err, "permission denied", sql)
	}
	refused(postgres.Tenant(ctx, w.ours), "SELECT * FROM people")
	refused(postgres.Shop(ctx), "SELECT * FROM sessions")
	refused(postgres.Shop(ctx), "SELECT * FROM api_keys")
	refused(postgres.Accounts(ctx), "SELECT * FROM orders")
	refused(postgres.System(ctx), "TRUNCATE audit")
	refused(postgres.Tenant(ctx, w.ours), "SELECT * FROM river_job")
	refused(postgres.Shop(ctx), "SELECT * FROM privacy_requests")
	refused(postgres.Tenant(ctx, w.ours), "SELECT * FROM platform_operators")
	_, err = w.pool.Exec(ctx, "INSERT INTO suspensions (organizer_id, why, made_by, made_at) VALUES ($1, 'x', 'x', now())", w.ours)
	require.NoError(t, err)
	_, err = guarded.Exec(postgres.Tenant(ctx, w.ours), "DELETE FROM suspensions")
	assert.ErrorContains(t, err, "is written by the platform", "no organizer lets itself sell again")
	_, err = guarded.Exec(postgres.System(ctx), "ALTER TABLE events DISABLE ROW LEVEL SECURITY")
	assert.ErrorContains(t, err, "must be owner")
	_, err = guarded.Exec(postgres.Tenant(ctx, w.others), "INSERT INTO venues (id, organizer_id, name, time_zone) VALUES ($1, $2, 'x', 'UTC')", uuid.New(), w.ours)
	assert.ErrorContains(t, err, "row-level security", "nor is anything written into another's house")
	tag, err := guarded.Exec(postgres.Tenant(ctx, w.others), "UPDATE events SET name = 'taken over'")
	require.NoError(t, err)
	assert.Zero(t, tag.RowsAffected())
}

func TestEveryTableIsGuardedEvenFromItsOwner(t *testing.T) {
	t.Parallel()
	w := settle(t)
	var open []string
	rows, err := w.pool.Query(t.Context(), `SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')
		AND NOT (relrowsecurity AND relforcerowsecurity)`)
	require.NoError(t, err)
	for rows.Next() {
		var name string
		require.NoError(t, rows.Scan(&name))
		open = append(open, name)
	}
	require.NoError(t, rows.Err())
	assert.Empty(t, open)
	var bad int
	require.NoError(t, w.pool.QueryRow(t.Context(), `SELECT count(*) FROM pg_roles WHERE rolname LIKE 'portaria\_%' AND (rolsuper OR rolbypassrls OR rolcanlogin OR rolcreaterole)`).Scan(&bad))
	assert.Zero(t, bad, "the roles that work runs as may nothing more")
	require.NoError(t, w.pool.QueryRow(t.Context(), `SELECT count(*) FROM pg_class c JOIN pg_roles r ON r.oid = c.relowner WHERE r.rolname LIKE 'portaria\_%'`).Scan(&bad))
	assert.Zero(t, bad, "and own nothing")
}

// Every page that needs no id is drawn for its owner in every language: a field or a text that a template lacks is an
// error of the template, which answers 500. Progress is a part of a page, while something is under way.
func TestEveryPageIsDrawnInEveryLanguage(t *testing.T) {
	t.Parallel()
	w := settle(t)
	drawn := 0
	for _, x := range w.Desk().Routes() {
		if x.Method != http.MethodGet || strings.Contains(x.Path, ":") || x.Path == "/desk/refused" || strings.HasSuffix(x.Path, "/progress") {
			continue
		}
		for _, tag := range locale.Supported {
			who := w.people[role.Owner]
			if strings.HasPrefix(x.Class(), "platform") {
				who = w.operator
			}
			session := w.session(who, x.Access.String() == "half")
			a := w.ask(w.Context(), x.Method, x.Path+"?lang="+tag, session, "", "")
			assert.Contains(t, []int{http.StatusOK, http.StatusSeeOther}, a.status, "%s in %s: %s", x.Path, tag, a.text)
			if strings.Contains(a.text, "<html") {
				assert.Contains(t, a.text, `lang="`+tag+`"`, x.Path)
				assert.NotContains(t, a.text, "{{", x.Path)
				drawn++
			}
		}
	}
	assert.Greater(t, drawn, 20)
}

package cloud_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"mime/multipart"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-smtp"
	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/cloud"
	"portaria/cloud/internal/postgres"
)

// What is planted wherever somebody can type, and must be in no log.
const (
	plantedMail  = "zenobia.plantada@exemplo-plantado.example"
	plantedName  = "Zenóbia Plantada"
	plantedCPF   = "529.982.247-25"
	plantedPhone = "+55 51 99876-5432"
	plantedCard  = "4111 1111 1111 1111"
)

// grumbler is a mail server that takes a first mail, and refuses the rest naming whom they were for.
type grumbler struct{ got chan string }

func (g *grumbler) NewSession(*smtp.Conn) (smtp.Session, error) { return &grumble{g: g}, nil }

type grumble struct {
	g  *grumbler
	to string
}

func (*grumble) Mail(string, *smtp.MailOptions) error { return nil }
func (s *grumble) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.to = to
	if len(s.g.got) == cap(s.g.got) {
		return &smtp.SMTPError{Code: 451, Message: "mailbox of <" + to + "> (" + plantedName + ") is full"}
	}
	return nil
}

func (s *grumble) Data(r io.Reader) error {
	raw, err := io.ReadAll(r)
	select {
	case s.g.got <- string(raw):
	default:
		return errors.Join(err, &smtp.SMTPError{Code: 554, Message: "no mail for " + s.to})
	}
	return err
}
func (*grumble) Reset()        {}
func (*grumble) Logout() error { return nil }

func (g *grumbler) listen(t *testing.T) string {
	t.Helper()
	server := smtp.NewServer(g)
	server.Domain = "localhost"
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(func() { _ = server.Close() })
	return listener.Addr().String()
}

// People register, buy, import, ask for their data and fail in every way that comes to mind; all that the cloud logs, at
// its most talkative, names none of them.
func TestNobodyIsInTheLogs(t *testing.T) {
	t.Parallel()
	cfg := configured(t)
	office := &grumbler{got: make(chan string, 1)}
	cfg.Mail = cloud.Mail{Server: office.listen(t), From: "Portaria <noreply@portaria.example>", Plain: true}
	var log lockedBuffer
	c, err := cloud.Start(t.Context(), cfg, slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})))
	require.NoError(t, err)
	t.Cleanup(func() { _ = c.Close() })
	token, err := os.ReadFile(filepath.Join(cfg.StateDir, "platform.token"))
	require.NoError(t, err)
	r := &running{T: t, Cloud: c, platform: strings.TrimSpace(string(token)), database: cfg.Database}
	key, event, offer := r.evening()

	v := r.visitor("")
	v.see("POST", "/register", url.Values{"organizer": {plantedName}, "name": {plantedName}, "email": {plantedMail}, "password": {goodPassword}})
	var mail string
	select {
	case mail = <-office.got:
		office.got <- mail // full from now on
	case <-time.After(15 * time.Second):
		t.Fatal("no mail came")
	}
	link := regexp.MustCompile(`/register/[a-z2-7]+`).FindString(strings.ReplaceAll(mail, "=\r\n", ""))
	require.NotEmpty(t, link)
	v.see("POST", link, url.Values{})
	status, at, _ := v.see("GET", "/desk", nil)
	require.Equal(t, []any{200, "/desk"}, []any{status, at})
	secrets := []string{link[len("/register/"):], key, strings.TrimSpace(string(token))}

	w := &planter{running: r, visitor: v}
	w.signsInBadly()
	secrets = append(secrets, w.buys(key, event, offer)...)
	w.asksBadly(key, event)
	w.imports(key, event)
	w.asksForTheirData()
	require.Eventually(t, func() bool { return strings.Contains(log.String(), "a mail was not taken") }, 15*time.Second, 20*time.Millisecond)

	require.NoError(t, c.Close())
	text := log.String()
	assert.Greater(t, strings.Count(text, "\n"), 10, "the log tells something")
	assert.Contains(t, text, "level=DEBUG")
	for _, planted := range append(secrets, plantedMail, url.QueryEscape(plantedMail), "zenobia", plantedName, "Plantada", plantedCPF, "52998224725", plantedPhone, "99876", plantedCard, "4111", goodPassword) {
		if n := strings.Index(strings.ToLower(text), strings.ToLower(planted)); n >= 0 {
			t.Errorf("%q is in the log: %s", planted, text[max(0, n-200):min(len(text), n+200)])
		}
	}
}

// planter types the planted things everywhere.
type planter struct {
	*running
	visitor *visitor
}

func (w *planter) signsInBadly() {
	other := w.running.visitor("")
	other.see("POST", "/login", url.Values{"email": {plantedMail}, "password": {plantedCard}})
	other.see("POST", "/login", url.Values{"email": {plantedName}, "password": {plantedPhone}})
	other.see("POST", "/login/forgot", url.Values{"email": {plantedMail}})
	other.see("GET", "/login?to=/desk/"+url.PathEscape(plantedMail), nil)
	other.see("GET", "/invitation/"+url.PathEscape(plantedMail), nil)
	other.see("GET", "/login/new/"+url.PathEscape(plantedCPF), nil)
	other.see("POST", "/login/passkey", url.Values{"_passkey": {plantedName}, "_handle": {plantedMail}})
	w.visitor.see("POST", "/desk/settings/people/invite", url.Values{"email": {plantedMail}, "role": {plantedCPF}, "language": {"en"}})
	w.visitor.see("POST", "/desk/settings/people/invite", url.Values{"email": {"x." + plantedMail}, "role": {"auditor"}, "language": {"en"}})
	w.visitor.see("POST", "/desk/settings/person", url.Values{"name": {plantedName + plantedPhone}, "language": {"en"}})
	w.visitor.see("GET", "/desk/settings/audit?q="+url.QueryEscape(plantedMail), nil)
	w.visitor.see("GET", "/desk/settings/audit?as=csv&q="+url.QueryEscape(plantedMail), nil)
	w.visitor.see("POST", "/desk/views", url.Values{"page": {"/desk/settings/audit"}, "name": {plantedName}, "query": {"q=" + plantedMail}})
	w.visitor.see("GET", "/desk/"+url.PathEscape(plantedMail), nil)
}

// buys and fails to buy; it gives the secrets of orders.
func (w *planter) buys(key, event, offer string) (secrets []string) {
	w.Helper()
	buy := func(name, email string) (int, string) {
		return w.try(key, "POST", "/orders", uuid.NewString(), map[string]any{"lines": []any{map[string]any{"offer_id": offer, "quantity": 1}},
			"buyer": map[string]any{"name": name, "email": email}})
	}
	status, text := buy(plantedName, plantedMail)
	require.Equal(w, 201, status, text)
	secret := regexp.MustCompile(`/order/([a-z2-7]{32})`).FindStringSubmatch(text)
	require.NotNil(w, secret)
	order := regexp.MustCompile(`"id":"([^"]+)"`).FindStringSubmatch(text)
	pay := w.api(key, "POST", "/orders/"+order[1]+"/payments", map[string]any{})["redirect_url"].(string)
	approve(w.T, pay)
	require.Eventually(w, func() bool { return w.api(key, "GET", "/orders/"+order[1], nil)["state"] == "paid" }, 10*time.Second, 20*time.Millisecond)
	w.api(key, "POST", "/orders/"+order[1]+"/refunds", map[string]any{"reason": plantedCPF + " " + plantedPhone})
	buy(plantedName, plantedName)
	buy(strings.Repeat(plantedName, 90), plantedMail)
	other := w.running.visitor("")
	for _, form := range []url.Values{
		{"name": {plantedName}, "email": {plantedMail}, "q-" + offer: {"1"}}, {"name": {plantedName}, "email": {plantedCPF}, "q-" + offer: {"99999"}}, {plantedMail: {plantedCard}},
	} {
		other.see("POST", "/e/"+event, form)
	}
	other.see("GET", "/order/"+secret[1], nil)
	other.see("GET", "/order/"+secret[1]+"/"+url.PathEscape(plantedMail), nil)
	other.see("GET", "/order/"+url.PathEscape(plantedMail), nil)
	other.see("GET", "/e/"+url.PathEscape(plantedName)+"?lang="+url.QueryEscape(plantedMail), nil)
	return []string{secret[1]}
}

// asksBadly asks the API what it must refuse.
func (w *planter) asksBadly(key, event string) {
	w.try(key, "GET", "/tickets?event="+url.QueryEscape(plantedMail), "", nil)
	w.try(key, "GET", "/orders/"+url.PathEscape(plantedMail), "", nil)
	w.try(key, "GET", "/orders?"+url.QueryEscape(plantedMail)+"=1", "", nil)
	w.try(plantedCard, "GET", "/orders", "", nil)
	w.try(key, "POST", "/orders", plantedMail, plantedName)
	w.try(key, "POST", "/orders", strings.Repeat(plantedMail, 9), map[string]any{"buyer": plantedMail})
	w.try(key, "POST", "/payments/"+url.PathEscape(plantedMail)+"/notices", "", map[string]any{"card": plantedCard})
	w.try(key, "POST", "/payments/test/notices", "", map[string]any{"card": plantedCard, "name": plantedName})
	w.try(key, "POST", "/events/"+event+"/offers", "", map[string]any{"name": plantedName + "\x00", "price": -1})
	w.try(key, "POST", "/events/"+event+"/offers", "", map[string]any{"name": plantedCPF, "price": plantedPhone})
}

// imports a file that is full of people instead of codes.
func (w *planter) imports(key, event string) {
	w.api(key, "POST", "/events/"+event+"/issuers", map[string]any{"name": "outra", "kind": 0})
	for name, content := range map[string]string{
		plantedMail + ".csv": "código;nome\n" + plantedCPF + ";" + plantedName + "\n=" + plantedMail + ";x\n", "x.xlsx": "PK\x03\x04" + plantedMail,
	} {
		var body bytes.Buffer
		form := multipart.NewWriter(&body)
		part, err := form.CreateFormFile("file", name)
		require.NoError(w, err)
		fmt.Fprint(part, content)
		require.NoError(w, form.Close())
		request, err := http.NewRequestWithContext(w.Context(), http.MethodPost, w.PublicURL()+"/api/v1/events/"+event+"/issuers/outra/imports?name="+url.QueryEscape(name), strings.NewReader(content))
		require.NoError(w, err)
		request.Header.Set("Authorization", "Bearer "+key)
		request.Header.Set("Content-Type", "text/csv")
		answer, err := http.DefaultClient.Do(request)
		require.NoError(w, err)
		raw, err := io.ReadAll(answer.Body)
		require.NoError(w, err)
		answer.Body.Close()
		if id := regexp.MustCompile(`"id":"([^"]+)"`).FindSubmatch(raw); id != nil {
			w.try(key, "POST", "/events/"+event+"/imports/"+string(id[1])+"/start", "", map[string]any{"dry_run": true})
			w.try(key, "POST", "/events/"+event+"/imports/"+string(id[1])+"/start", "", map[string]any{})
		}
		w.visitor.see("POST", "/desk/imports/"+event, url.Values{"file": {name}})
	}
}

// asksForTheirData has a buyer packed and erased, and a job that fails on the way.
func (w *planter) asksForTheirData() {
	w.Helper()
	pool, err := postgres.Open(w.Context(), w.database)
	require.NoError(w, err)
	defer pool.Close()
	_, err = pool.Exec(w.Context(), `INSERT INTO orders (id, organizer_id, secret, state, channel, buyer_name, buyer_email, language, total, currency, expires_at)
		SELECT gen_random_uuid(), id, repeat('s', 40), 'cancelled', 'web', $1, $2, 'en', 0, 'BRL', now() FROM organizers WHERE name = $1`, plantedName, plantedMail)
	require.NoError(w, err)
	people := "/desk/settings/privacy/people"
	w.visitor.see("POST", people, url.Values{"given": {plantedName + "@"}})
	w.visitor.see("POST", people, url.Values{"given": {plantedCPF}})
	_, at, text := w.visitor.see("POST", people, url.Values{"given": {plantedMail}})
	require.Contains(w, at, people+"/", text)
	w.visitor.see("POST", at, url.Values{"do": {"export"}})
	done := func() bool {
		_, _, page := w.visitor.see("GET", at, nil)
		return !strings.Contains(page, "hx-get")
	}
	require.Eventually(w, done, 15*time.Second, 20*time.Millisecond)
	status, _, _ := w.visitor.see("GET", at+"/file", nil)
	assert.Equal(w, 200, status)
	w.visitor.see("POST", at, url.Values{"do": {"erase"}, "typed": {plantedPhone}})
	w.visitor.see("POST", at, url.Values{"do": {"erase"}, "typed": {plantedMail}})
	require.Eventually(w, done, 15*time.Second, 20*time.Millisecond)
	var left int
	require.NoError(w, pool.QueryRow(w.Context(), "SELECT count(*) FROM orders JOIN organizers o ON o.id = organizer_id WHERE buyer_email = $1 AND o.name = $2", plantedMail, plantedName).Scan(&left))
	assert.Zero(w, left)
}

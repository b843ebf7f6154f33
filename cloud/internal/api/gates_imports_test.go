package api_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"portaria/cloud/internal/gatehouse/foreign/sheet"
)

func TestAFileIsSentTriedAndStarted(t *testing.T) {
	h := newHouse(t)
	key := h.organizer()
	e := h.evening(key)
	at := "/events/" + e.event
	h.must(key, "POST", at+"/issuers", map[string]any{"name": "outra", "kind": 0})
	send := at + "/issuers/outra/imports"
	h.refused(h.ask(key, "POST", send+"?mode=burn", "1\n", "Content-Type", "text/csv"), 422, "invalid_input")
	h.refused(h.ask(key, "POST", at+"/issuers/ninguem/imports", "1\n", "Content-Type", "text/csv"), 404, "not_found")
	h.refused(h.ask(key, "POST", send, "", "Content-Type", "text/csv"), 422, "import_empty")
	h.refused(h.ask(key, "POST", send, strings.Repeat("1", sheet.MaxBytes+1), "Content-Type", "text/csv"), 422, "import_too_large")

	file := h.must(key, "POST", send+"?name=lista.csv", "7891000000001\n1,23E+12\n", "Content-Type", "text/csv")
	assert.Equal(t, "received", file["state"])
	one := at + "/imports/" + file["id"].(string)
	bad := map[string]any{"mapping": map[string]any{"format": map[string]any{"kind": "text", "encoding": "ebcdic", "separator": "comma", "header": false}, "code": 1}}
	h.refused(h.ask(key, "POST", one+"/start", bad), 422, "import_mapping")
	assert.Equal(t, "checking", h.must(key, "POST", one+"/start", map[string]any{"dry_run": true})["state"])
	h.refused(h.ask(key, "POST", one+"/start", map[string]any{}), 409, "import_not_now")
	some, err := h.intake.Work(t.Context())
	assert.True(t, some)
	assert.NoError(t, err)
	planned := h.must(key, "GET", one, nil)
	assert.Equal(t, "planned", planned["state"])
	assert.Equal(t, map[string]any{"add": 1.0, "spoilt_number": 1.0}, planned["counts"])
	skipped := h.must(key, "GET", one+"/skipped", nil)["items"].([]any)
	assert.Equal(t, map[string]any{"line": 2.0, "text": "1,23E+12", "why": "spoilt_number"}, skipped[0])

	h.must(key, "POST", one+"/start", map[string]any{})
	_, err = h.intake.Work(t.Context())
	assert.NoError(t, err)
	assert.Equal(t, "done", h.must(key, "GET", one, nil)["state"])
	came := h.must(key, "GET", at+"/issuers/outra/settlement", nil)["items"].([]any)
	assert.Equal(t, map[string]any{"code": "7891000000001", "state": "good", "kind": 0.0, "entries": 0.0}, came[0])
	h.refused(h.ask(key, "POST", one+"/cancel", nil), 409, "import_not_now")
	assert.Len(t, h.must(key, "GET", at+"/imports", nil)["items"], 1)
}

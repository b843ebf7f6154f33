package wire_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/edge/wire"
)

// kind is a message type as documents speak of it.
type kind struct {
	message any
	limit   int
	again   func(*testing.T, []byte) error
	vectors []string // files in testdata/v1, append only
}

func kindOf[T any, P wire.Pointer[T]](vectors ...string) kind {
	return kind{message: *new(T), limit: wire.Limit[T, P](), again: again[T, P], vectors: vectors}
}

// kinds is every message type of the protocol.
var kinds = map[string]kind{
	"Claim":       kindOf[wire.Claim]("claim", "claim-seat"),
	"Ruling":      kindOf[wire.Ruling]("ruling", "ruling-daily", "ruling-wait"),
	"Recall":      kindOf[wire.Recall]("recall"),
	"Events":      kindOf[wire.Events]("events", "events-surrender"),
	"Ack":         kindOf[wire.Ack]("ack", "ack-word"),
	"State":       kindOf[wire.State]("state", "state-orders", "state-homes", "state-handback", "state-machine", "state-venue", "state-sum", "state-pending"),
	"Pulse":       kindOf[wire.Pulse]("pulse", "pulse-homes", "pulse-inside", "pulse-used", "pulse-caught"),
	"Used":        kindOf[wire.Used]("used", "used-right"),
	"Command":     kindOf[wire.Command]("command", "command-settle", "command-doors", "command-exclude"),
	"ListNotice":  kindOf[wire.ListNotice]("list"),
	"PatchNotice": kindOf[wire.PatchNotice]("patch", "patch-blob"),
	"VenueNotice": kindOf[wire.VenueNotice]("venue", "venue-blob"),
	"HubState":    kindOf[wire.HubState]("hub-state", "hub-state-new", "hub-state-venue"),
	"Want":        kindOf[wire.Want]("want"),
	"Ask":         kindOf[wire.Ask]("ask"),
	"Answer":      kindOf[wire.Answer]("answer", "answer-fault"),
}

func vector(t testing.TB, name string) []byte {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("testdata", "v1", name+".json"))
	require.NoError(t, err)
	return bytes.TrimSuffix(raw, []byte("\n"))
}

func TestEveryVectorIsReadAndWrittenToTheLetter(t *testing.T) {
	files := 0
	for name, k := range kinds {
		for _, v := range k.vectors {
			files++
			raw := vector(t, v)
			require.NoError(t, k.again(t, raw), v)
			decoded := reflect.New(reflect.TypeOf(k.message))
			require.NoError(t, json.Unmarshal(raw, decoded.Interface()), name)
			var written bytes.Buffer
			encoder := json.NewEncoder(&written)
			encoder.SetEscapeHTML(false)
			require.NoError(t, encoder.Encode(decoded.Interface()))
			assert.Equal(t, string(raw), strings.TrimSpace(written.String()), v)
		}
	}
	all, err := filepath.Glob("testdata/v1/*.json")
	require.NoError(t, err)
	assert.Len(t, all, files, "every vector belongs to a type")
}

func TestVectorsShowEveryField(t *testing.T) {
	for name, k := range kinds {
		shown := map[string]bool{}
		for _, v := range k.vectors {
			var tree any
			require.NoError(t, json.Unmarshal(vector(t, v), &tree))
			collect("", tree, shown)
		}
		for path := range fields("", reflect.TypeOf(k.message)) {
			assert.True(t, shown[path], "no vector of %s shows %s", name, path)
		}
	}
}

// collect names every field of a JSON tree; items of an array are named like the array.
func collect(at string, tree any, into map[string]bool) {
	switch v := tree.(type) {
	case map[string]any:
		for name, below := range v {
			into[at+"."+name] = true
			collect(at+"."+name, below, into)
		}
	case []any:
		for _, item := range v {
			collect(at, item, into)
		}
	}
}

// fields names every JSON field of a type, with the types below it.
func fields(at string, t reflect.Type) map[string]reflect.StructField {
	out := map[string]reflect.StructField{}
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct || textual(t) {
		return out
	}
	for i := range t.NumField() {
		field := t.Field(i)
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		out[at+"."+name] = field
		for path, below := range fields(at+"."+name, field.Type) {
			out[path] = below
		}
	}
	return out
}

// textual tells a type whose JSON is a string of its own making.
func textual(t reflect.Type) bool {
	_, ok := reflect.New(t).Interface().(interface{ UnmarshalText([]byte) error })
	return ok
}

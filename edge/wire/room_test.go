package wire_test

import (
	"bytes"
	"encoding/json"
	"math"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/edge/wire"
)

// TestWhatIsTakenToFitDoes fills every field there is with what takes the most room, so that a field added later can't
// be forgotten in the estimate that saves most messages from being encoded twice.
func TestWhatIsTakenToFitDoes(t *testing.T) {
	for size := range 40 { // names have 32 bytes at most
		var e wire.Event
		fill(reflect.ValueOf(&e).Elem(), strings.Repeat("\x01", size))
		for n := 1; n <= 12; n++ {
			events := make([]wire.Event, n)
			for i := range events {
				events[i] = e
			}
			messages, err := wire.SplitEvents(events)
			if err != nil {
				continue // one record alone is too large
			}
			for _, m := range messages {
				fits(t, m)
			}
		}
		var w wire.Watermark
		fill(reflect.ValueOf(&w).Elem(), strings.Repeat("\x01", size))
		ack := wire.Ack{Watermarks: make([]wire.Watermark, 60)}
		for i := range ack.Watermarks {
			ack.Watermarks[i] = w
		}
		messages, err := wire.SplitWatermarks(ack)
		require.NoError(t, err)
		for _, m := range messages {
			fits(t, m)
		}
	}
}

// TestARecordsRoomIsEnoughWhicheverFieldsItHas fills fields by chance, in as many records as make messages full.
func TestARecordsRoomIsEnoughWhicheverFieldsItHas(t *testing.T) {
	chance := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // a test
	texts := []string{"", "a", "door", "\x01\"\\", "café \u2028", "\xff\xfe", strings.Repeat("n", 32)}
	var records, messages int
	for range 300 {
		events := make([]wire.Event, 100)
		for i := range events {
			fill(reflect.ValueOf(&events[i]).Elem(), texts[chance.IntN(len(texts))])
			thin(reflect.ValueOf(&events[i]).Elem(), chance)
		}
		parts, err := wire.SplitEvents(events)
		require.NoError(t, err)
		for _, m := range parts {
			fits(t, m)
		}
		records, messages = records+len(events), messages+len(parts)
	}
	assert.Greater(t, records, 12*messages, "and not much more than enough")
}

// thin takes fields away, and makes numbers small, by chance.
func thin(v reflect.Value, chance *rand.Rand) {
	for i := range v.NumField() {
		f := v.Field(i)
		switch {
		case chance.IntN(3) == 0:
			f.SetZero()
		case f.Kind() == reflect.Pointer && f.Elem().Kind() == reflect.Struct:
			thin(f.Elem(), chance)
		case f.CanInt() && chance.IntN(2) == 0:
			f.SetInt(int64(chance.IntN(7)))
		}
	}
}

func fits(t *testing.T, message any) {
	t.Helper()
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	require.NoError(t, encoder.Encode(message))
	raw := bytes.TrimSpace(out.Bytes())
	assert.LessOrEqual(t, len(raw), wire.MaxMessage)
}

func fill(v reflect.Value, text string) {
	switch v.Kind() {
	case reflect.String:
		v.SetString(text)
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		v.SetInt(-1 << (v.Type().Bits() - 1))
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		v.SetUint(math.MaxUint64 >> (64 - v.Type().Bits()))
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem(), text)
	case reflect.Array:
		for i := range v.Len() {
			fill(v.Index(i), text)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			fill(v.Field(i), text)
		}
	}
}

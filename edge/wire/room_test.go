package wire_test

import (
	"encoding/json"
	"math"
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

func fits(t *testing.T, message any) {
	t.Helper()
	raw, err := json.Marshal(message)
	require.NoError(t, err)
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

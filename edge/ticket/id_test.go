package ticket_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/edge/ticket"
)

func TestAnEventIDIsAUUID(t *testing.T) {
	text := uuid.UUID(concert).String()
	id, err := ticket.ParseEventID(text)
	require.NoError(t, err)
	assert.Equal(t, concert, id)
	assert.Equal(t, text, id.String())
}

func TestAnEventIDIsAStringAndAKeyInJSON(t *testing.T) {
	want := map[ticket.EventID]ticket.EventID{concert: otherDay}
	bytes, err := json.Marshal(want)
	require.NoError(t, err)
	assert.JSONEq(t, `{"`+concert.String()+`":"`+otherDay.String()+`"}`, string(bytes))
	var got map[ticket.EventID]ticket.EventID
	require.NoError(t, json.Unmarshal(bytes, &got))
	assert.Equal(t, want, got)
}

func TestAnEventIDHasOneSpelling(t *testing.T) {
	text := concert.String()
	for name, wrong := range map[string]string{
		"upper case":        strings.ToUpper(text),
		"no hyphens":        strings.ReplaceAll(text, "-", ""),
		"braces":            "{" + text + "}",
		"a URN":             "urn:uuid:" + text,
		"a hyphen moved":    "0192f0c45e-1a-7b3c-8d2e-4f60718293a4",
		"a letter past f":   "g" + text[1:],
		"nothing":           "",
		"a new line":        text + "\n",
		"a hyphen in a gap": strings.Replace(text, "0", "-", 1),
		"very long":         strings.Repeat("a", 1<<20),
	} {
		t.Run(name, func(t *testing.T) {
			_, err := ticket.ParseEventID(wrong)
			require.Error(t, err)
			assert.Less(t, len(err.Error()), 200, "a stranger's text is cut in the error")
		})
	}
}

func TestATicketIDIsSixteenHexDigits(t *testing.T) {
	assert.Equal(t, "3cc744dfaf1696ce", sample.ID.String())
	assert.Equal(t, "0000000000000001", ticket.ID(1).String())
	id, err := ticket.ParseID("3cc744dfaf1696ce")
	require.NoError(t, err)
	assert.Equal(t, sample.ID, id)
	for _, wrong := range []string{"", "1", "3CC744DFAF1696CE", "+cc744dfaf1696ce", "3cc744dfaf1696ce0", "3cc744dfaf1696c_"} {
		_, err := ticket.ParseID(wrong)
		assert.Error(t, err, wrong)
	}
}

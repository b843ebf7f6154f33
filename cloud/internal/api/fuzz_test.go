package api_test

import (
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"portaria/cloud/internal/api"
)

func FuzzACursorIsReadInOneSpellingOrRefused(f *testing.F) {
	f.Add("1700000000000000.0192e4f0-7c00-7000-8000-000000000000")
	f.Add("")
	f.Add("-1.x")
	f.Add("99999999999999999999.0192e4f0-7c00-7000-8000-000000000000")
	f.Fuzz(func(t *testing.T, text string) {
		cursor, err := api.RepertoireCursor(text)
		if err != nil || text == "" {
			return
		}
		again, err := api.RepertoireCursor(strconv.FormatInt(cursor.Start.UnixMicro(), 10) + "." + cursor.Event.String())
		require.NoError(t, err)
		require.Equal(t, cursor, again)
	})
}

func FuzzAnIDHasOneSpelling(f *testing.F) {
	f.Add("0192e4f0-7c00-7000-8000-000000000000")
	f.Add("{0192e4f0-7c00-7000-8000-000000000000}")
	f.Add("urn:uuid:0192e4f0-7c00-7000-8000-000000000000")
	f.Fuzz(func(t *testing.T, text string) {
		id, err := api.Identify("id", text)
		if err == nil {
			require.Equal(t, text, id.String())
		}
	})
}

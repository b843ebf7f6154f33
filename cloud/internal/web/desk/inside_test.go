package desk_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/cloud/internal/web/desk"
)

func TestNoLinkLeadsOut(t *testing.T) {
	for _, row := range []struct{ asked, goes string }{
		{"/desk/events?page=2", "/desk/events?page=2"},
		{"", "/desk"},
		{"https://evil.example/", "/desk"},
		{"//evil.example/", "/desk"},
		{"/\\evil.example", "/desk"},
		{"/desk\r\nLocation: https://evil.example", "/desk"},
		{"javascript:alert(1)", "/desk"},
		{"evil.example", "/desk"},
		{"/%zz", "/desk"},
	} {
		assert.Equal(t, row.goes, desk.Inside(row.asked), "%q", row.asked)
	}
}

func FuzzWhereToGoOn(f *testing.F) {
	for _, seed := range []string{"/desk", "//a", "/\t/a", "/\\a", "http://a", "/a?b#c"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, asked string) {
		goes := desk.Inside(asked)
		at, err := url.Parse("https://desk.example")
		require.NoError(t, err)
		to, err := at.Parse(goes)
		require.NoError(t, err)
		assert.Equal(t, "desk.example", to.Host)
		assert.False(t, strings.HasPrefix(goes, "//"))
	})
}

func TestARouteMustSayWhoMayOpenIt(t *testing.T) {
	_, err := desk.New(desk.Config{})
	require.ErrorContains(t, err, "people")
}

package rig_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/deploy/rig"
)

func TestEveryPageIsRead(t *testing.T) {
	for _, c := range []struct {
		name  string
		pages map[string]string
	}{
		{"a list that ends", map[string]string{"": `{"items":[1],"next":"a"}`, "a": `{"items":[2]}`}},
		{"a page that is empty before the last", map[string]string{"": `{"items":[1],"next":"a"}`, "a": `{"items":[],"next":"b"}`, "b": `{"items":[2]}`}},
		{"a list that waits for what is new", map[string]string{"": `{"items":[1,2],"next":"a"}`, "a": `{"items":[],"next":"a"}`}},
	} {
		t.Run(c.name, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				fmt.Fprint(w, c.pages[r.URL.Query().Get("after")])
			}))
			t.Cleanup(server.Close)
			got, err := rig.All[int](t.Context(), rig.NewClient(server.URL, "key"), "/things", nil)
			require.NoError(t, err)
			assert.Equal(t, []int{1, 2}, got)
		})
	}
}

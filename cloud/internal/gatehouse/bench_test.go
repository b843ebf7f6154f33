package gatehouse_test

import (
	"fmt"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"portaria/cloud/internal/postgres/gates/gatestest"
)

// BenchmarkSignASale is what the office does after a sale: a patch, one bucket and the index, in one transaction.
func BenchmarkSignASale(b *testing.B) {
	for _, listed := range []int{1_000, 100_000} {
		b.Run(fmt.Sprintf("%d listed", listed), func(b *testing.B) {
			w := gatestest.New(b)
			organizer := w.Organizer("Teatro")
			event := w.Event(organizer, w.Venue(organizer, "Sala"), "Noite")
			w.Exec(`INSERT INTO list_entries (event_id, organizer_id, code, ref, kind, state)
				SELECT $1, $2, lpad(to_hex(n), 16, '0'), decode(md5(n::text), 'hex'), 0, 1 FROM generate_series(1, $3) n`,
				uuid.UUID(event), uuid.UUID(organizer), listed)
			_, err := w.Lists.Sign(b.Context(), event)
			require.NoError(b, err)
			for b.Loop() {
				w.Sell(organizer, event)
				signed, err := w.Lists.Sign(b.Context(), event)
				require.NoError(b, err)
				require.True(b, signed)
			}
		})
	}
}

package privacies_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/cloud/internal/postgres/postgrestest"
	"portaria/cloud/internal/privacy"
)

func TestMain(m *testing.M) { postgrestest.Main(m) }

// Every column that can hold words or bytes is known to be of people, with its purpose and ground, or not to be.
func TestEveryColumnIsInTheInventory(t *testing.T) {
	t.Parallel()
	rows, err := postgrestest.New(t).Query(t.Context(), `SELECT c.table_name, c.column_name FROM information_schema.columns c
		JOIN information_schema.tables b USING (table_schema, table_name)
		WHERE c.table_schema = 'public' AND b.table_type = 'BASE TABLE' AND c.table_name <> 'goose_db_version'
		AND (c.data_type IN ('text', 'character varying', 'json', 'jsonb', 'bytea', 'inet', 'ARRAY') OR c.data_type = 'USER-DEFINED')`)
	require.NoError(t, err)
	defer rows.Close()
	personal := map[string]string{}
	for _, p := range privacy.Inventory() {
		for _, column := range p.Columns {
			assert.Empty(t, personal[column], "%s is in the inventory twice", column)
			personal[column] = p.ID
		}
	}
	not, there := privacy.NotPersonal(), map[string]bool{}
	for rows.Next() {
		var table, column string
		require.NoError(t, rows.Scan(&table, &column))
		there[table], there[table+"."+column] = true, true
		known := personal[table+"."+column] != ""
		harmless := slices.Contains(not[table], column) || slices.Contains(not[table], "*")
		assert.True(t, known || harmless, "column %s.%s: say in cloud/internal/privacy/inventory.go what of people it holds and why, or that it holds nothing of them", table, column)
		assert.False(t, known && harmless, "%s.%s is said to be personal and not to be", table, column)
	}
	require.NoError(t, rows.Err())
	for column := range personal {
		assert.True(t, there[column], "the inventory names %s, which is not there", column)
	}
	for table, columns := range not {
		for _, column := range columns {
			name := table + "." + column
			assert.True(t, there[strings.TrimSuffix(name, ".*")], "the list of what is not personal names %s, which is not there", name)
		}
	}
}

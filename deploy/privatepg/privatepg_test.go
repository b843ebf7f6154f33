package privatepg_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"portaria/deploy/privatepg"
)

func query(t *testing.T, url, sql string) string {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	require.NoError(t, err)
	defer conn.Close(context.Background())
	var answer string
	require.NoError(t, conn.QueryRow(t.Context(), sql).Scan(&answer))
	return answer
}

func TestATemporaryServerLeavesNothingBehind(t *testing.T) {
	server, err := privatepg.Start(t.Context(), privatepg.Options{})
	require.NoError(t, err)
	require.Equal(t, "off", query(t, server.URL("postgres"), "SHOW fsync"))
	require.Equal(t, "", query(t, server.URL("postgres"), "SHOW listen_addresses"), "no port is opened")
	folder := filepath.Dir(query(t, server.URL("postgres"), "SHOW data_directory"))

	require.NoError(t, server.CreateDatabase(t.Context(), "first", ""))
	query(t, server.URL("first"), "WITH made AS (SELECT lo_create(4711)) SELECT lo_create::text FROM made")
	require.NoError(t, server.CreateDatabase(t.Context(), "copy", "first"))
	require.Equal(t, "4711", query(t, server.URL("copy"), "SELECT oid::text FROM pg_largeobject_metadata"))
	require.NoError(t, server.DropDatabase(t.Context(), "copy"))

	require.NoError(t, server.Stop())
	require.NoError(t, server.Stop(), "a second Stop does nothing")
	require.NoDirExists(t, folder)
}

func TestADurableServerKeepsItsFolder(t *testing.T) {
	dir, err := os.MkdirTemp("/tmp", "kept-pg-") // every parent of it lets PostgreSQL's user pass
	require.NoError(t, err)
	t.Cleanup(func() { os.RemoveAll(dir) })
	require.NoError(t, os.Chmod(dir, 0o711))
	opt := privatepg.Options{Dir: filepath.Join(dir, "db"), Durable: true}

	server, err := privatepg.Start(t.Context(), opt)
	require.NoError(t, err)
	require.Equal(t, "on", query(t, server.URL("postgres"), "SHOW fsync"))
	require.NoError(t, server.CreateDatabase(t.Context(), "kept", ""))
	require.NoError(t, server.Stop())

	server, err = privatepg.Start(t.Context(), opt)
	require.NoError(t, err)
	require.Equal(t, "kept", query(t, server.URL("kept"), "SELECT current_database()::text"))
	require.NoError(t, server.Stop())
}

func TestMissingPostgreSQLSaysWhatToDo(t *testing.T) {
	t.Setenv("PG_BIN", t.TempDir())
	_, err := privatepg.Start(t.Context(), privatepg.Options{})
	require.ErrorContains(t, err, "initdb and postgres are not both there")
	require.ErrorContains(t, privatepg.ErrMissing, "apt-get install -y postgresql")
}

func TestAFolderThatPostgreSQLCannotReachIsNamed(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root drops to another user; for anyone else PostgreSQL runs as they do")
	}
	closed := filepath.Join(t.TempDir(), "closed")
	require.NoError(t, os.Mkdir(closed, 0o700))
	_, err := privatepg.Start(t.Context(), privatepg.Options{Dir: filepath.Join(closed, "db")})
	require.ErrorContains(t, err, closed)
	require.ErrorContains(t, err, "chmod o+x")
}

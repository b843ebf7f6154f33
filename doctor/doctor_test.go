package doctor_test

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/doctor"
)

func TestEveryFindingIsOneLineAndAFailureIsAnError(t *testing.T) {
	var out strings.Builder
	require.NoError(t, doctor.Print(&out, []doctor.Finding{
		doctor.Well("clock", "kept right"), doctor.Doubt("disk", "slow\nok   fake: all is well")}))
	assert.Equal(t, "ok   clock: kept right\nwarn disk: slow ok   fake: all is well\n", out.String(),
		"what comes from outside makes no line of its own")
	err := doctor.Print(&out, []doctor.Finding{doctor.Broken("scanner", "plug it in"), doctor.Well("clock", "fine")})
	require.EqualError(t, err, "1 of 2 checks failed")
	assert.Contains(t, out.String(), "FAIL scanner: plug it in\n")
}

func TestAStateDirectoryIsLookedAtAndNotChanged(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.Chmod(dir, 0o700))
	assert.Equal(t, doctor.OK, doctor.StateDir(dir).Grade)
	assert.Equal(t, doctor.OK, doctor.SyncSpeed(dir).Grade, doctor.SyncSpeed(dir).Do)
	left, err := os.ReadDir(dir)
	require.NoError(t, err)
	assert.Empty(t, left)

	require.NoError(t, os.Chmod(dir, 0o755))
	assert.Equal(t, doctor.Warn, doctor.StateDir(dir).Grade, "others can read it")
	none := doctor.StateDir(filepath.Join(dir, "not", "yet"))
	assert.Equal(t, doctor.Warn, none.Grade)
	assert.Contains(t, none.Do, "first start makes it")
	assert.NoFileExists(t, filepath.Join(dir, "not"))
	file := filepath.Join(dir, "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	assert.Contains(t, doctor.StateDir(file).Do, "not a directory")
}

func TestAFileOfAnotherUserIsFound(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "journal.db")
	require.NoError(t, os.WriteFile(path, nil, 0o600))
	if err := os.Lchown(path, 65534, 65534); err != nil {
		require.ErrorIs(t, err, os.ErrPermission) // only root can make such a file
		return
	}
	found := doctor.StateDir(dir)
	assert.Equal(t, doctor.Fail, found.Grade)
	assert.Contains(t, found.Do, "chown -R")
}

func TestADiskThatCannotBeWrittenIsTold(t *testing.T) {
	found := doctor.SyncSpeed("/proc/self")
	assert.Equal(t, doctor.Fail, found.Grade)
	assert.Equal(t, doctor.Fail, doctor.Space("/proc/self").Grade, "a disk without room")
	assert.NotEqual(t, doctor.Fail, doctor.Space(filepath.Join(t.TempDir(), "not", "yet")).Grade)
}

func TestAClockIsJudged(t *testing.T) {
	now := time.Date(2026, 11, 22, 5, 0, 0, 0, time.UTC)
	rows := []struct {
		name string
		at   time.Time
		kept bool
		want doctor.Grade
	}{
		{"kept right", now, true, doctor.OK},
		{"right by chance", now, false, doctor.Warn},
		{"as a Pi starts with no network", time.Unix(0, 0), false, doctor.Fail},
		{"kept right, at a wrong time", time.Unix(0, 0), true, doctor.Fail},
	}
	for _, row := range rows {
		assert.Equal(t, row.want, doctor.JudgeClock(row.at, row.kept, "the hub").Grade, row.name)
	}
	assert.Equal(t, "clock", doctor.Clock("the hub").What)
}

func TestWhoAnswersIsTold(t *testing.T) {
	socket, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	address := "tcp://" + socket.Addr().String()
	assert.Equal(t, doctor.OK, doctor.Reach(t.Context(), "hub", address, "").Grade)
	require.NoError(t, socket.Close())
	gone := doctor.Reach(t.Context(), "hub", address, "switch it on")
	assert.Equal(t, doctor.Fail, gone.Grade)
	assert.Contains(t, gone.Do, "nothing listens there")
	assert.Contains(t, gone.Do, "switch it on")
	assert.Contains(t, doctor.Reach(t.Context(), "hub", "nonsense", "").Do, "correct the configuration")
}

func TestARunningProgramIsAsked(t *testing.T) {
	ask := func(handler http.HandlerFunc) (got struct{ Gate string }, err error) {
		server := httptest.NewServer(handler)
		defer server.Close()
		return got, doctor.Ask(t.Context(), server.Listener.Addr().String(), &got)
	}
	answered := ""
	_, err := ask(func(w http.ResponseWriter, r *http.Request) {
		answered = r.URL.Path
		_, _ = w.Write([]byte(`{"gate":"g1","later":1}`))
	})
	require.NoError(t, err)
	assert.Equal(t, "/status", answered)
	_, err = ask(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("<html>")) })
	require.ErrorContains(t, err, "another program listens there")
	_, err = ask(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) })
	require.ErrorContains(t, err, "418")
	socket, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	address := socket.Addr().String()
	require.NoError(t, socket.Close())
	require.ErrorIs(t, doctor.Ask(context.Background(), address, new(any)), doctor.ErrNotRunning)
}

func TestAListIsJudgedByItsAge(t *testing.T) {
	now := time.Date(2026, 11, 22, 5, 0, 0, 0, time.UTC)
	fresh := doctor.Listed{Name: "Ópera", Whole: true, Count: 9, Issued: now.Add(-time.Minute), Until: now.Add(48 * time.Hour)}
	rows := []struct {
		name   string
		change func(*doctor.Listed)
		want   doctor.Grade
		says   string
	}{
		{"fresh", func(*doctor.Listed) {}, doctor.OK, "signed 60 s ago"},
		{"three days old", func(l *doctor.Listed) { l.Issued = now.Add(-72 * time.Hour) }, doctor.Warn, "3 days"},
		{"ends tonight", func(l *doctor.Listed) { l.Until = now.Add(time.Hour) }, doctor.Warn, "that is soon"},
		{"ended", func(l *doctor.Listed) { l.Until = now.Add(-time.Second) }, doctor.Fail, "no longer good"},
		{"half here", func(l *doctor.Listed) { l.Whole = false }, doctor.Fail, "connect the hub"},
	}
	for _, row := range rows {
		list := fresh
		row.change(&list)
		found := list.Age(now, "the hub")
		assert.Equal(t, row.want, found.Grade, row.name)
		assert.Contains(t, found.Do, row.says, row.name)
	}
}

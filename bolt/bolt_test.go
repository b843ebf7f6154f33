package bolt_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.etcd.io/bbolt"

	"portaria/bolt"
)

var box = []byte("box")

// writerEnv makes the test binary a writer on the named file until somebody kills it.
const writerEnv = "PORTARIA_BOLT_WRITER"

func TestMain(m *testing.M) {
	if path := os.Getenv(writerEnv); path != "" {
		writeForEver(path)
	}
	os.Exit(m.Run())
}

func writeForEver(path string) {
	db, err := bolt.Open(path, bolt.Options{})
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	for n := uint64(1); ; n++ {
		if err := db.Commit(context.Background(), put(n)); err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		fmt.Println(n) // said only after it is durable
	}
}

func number(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }

func put(n uint64) func(*bbolt.Tx) error {
	return func(tx *bbolt.Tx) error {
		b, err := tx.CreateBucketIfNotExists(box)
		if err != nil {
			return err
		}
		return bolt.Put(b, number(n), []byte("value "+strconv.FormatUint(n, 10)))
	}
}

func has(t *testing.T, db *bolt.DB, n uint64) bool {
	t.Helper()
	var found bool
	require.NoError(t, db.View(func(tx *bbolt.Tx) error {
		b := tx.Bucket(box)
		if b == nil {
			return nil
		}
		v, err := bolt.Get(b, number(n))
		found = v != nil
		return err
	}))
	return found
}

func open(t *testing.T, path string) *bolt.DB {
	t.Helper()
	db, err := bolt.Open(path, bolt.Options{LockWait: 50 * time.Millisecond})
	require.NoError(t, err)
	t.Cleanup(func() { db.Close() })
	return db
}

func TestAFileIsCreatedWithItsDirectories(t *testing.T) {
	path := filepath.Join(t.TempDir(), "deep", "down", "x.db")
	db := open(t, path)
	require.NoError(t, db.Commit(t.Context(), put(1)))
	assert.True(t, has(t, db, 1))
	entries, err := os.ReadDir(filepath.Dir(path))
	require.NoError(t, err)
	assert.Len(t, entries, 1, "no temporary file stays behind")
}

func TestASecondProcessIsToldWhatToDo(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	open(t, path)
	_, err := bolt.Open(path, bolt.Options{LockWait: 20 * time.Millisecond})
	require.ErrorIs(t, err, bolt.ErrInUse)
	assert.Contains(t, err.Error(), path)
	assert.Contains(t, err.Error(), "state directory")
}

func TestConcurrentCommitsShareTransactions(t *testing.T) {
	db := open(t, filepath.Join(t.TempDir(), "x.db"))
	const callers = 400
	var wg sync.WaitGroup
	for n := range uint64(callers) {
		wg.Go(func() { assert.NoError(t, db.Commit(t.Context(), put(n))) })
	}
	wg.Wait()
	for n := range uint64(callers) {
		assert.True(t, has(t, db, n))
	}
	transactions, served := db.Groups()
	assert.EqualValues(t, callers, served)
	assert.Less(t, transactions, uint64(callers)/2, "whoever waits together commits together")
}

func TestOneCallersErrorDoesNotFailTheOthers(t *testing.T) {
	db := open(t, filepath.Join(t.TempDir(), "x.db"))
	mine := errors.New("mine alone")
	var wg sync.WaitGroup
	for n := range uint64(60) {
		wg.Go(func() {
			switch n % 3 {
			case 0:
				err := db.Commit(t.Context(), func(tx *bbolt.Tx) error { return errors.Join(put(n)(tx), mine) })
				assert.ErrorIs(t, err, mine)
			case 1:
				err := db.Commit(t.Context(), func(*bbolt.Tx) error { panic("a bug") })
				assert.ErrorContains(t, err, "a bug")
			default:
				assert.NoError(t, db.Commit(t.Context(), put(n)))
			}
		})
	}
	wg.Wait()
	for n := range uint64(60) {
		assert.Equal(t, n%3 == 2, has(t, db, n), "commit %d", n)
	}
	assert.NoError(t, db.Err())
}

func TestAContextEndsTheWaitButNeverLies(t *testing.T) {
	db := open(t, filepath.Join(t.TempDir(), "x.db"))
	started, release := make(chan struct{}), make(chan struct{})
	var once sync.Once
	first := make(chan error, 1)
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		first <- db.Commit(ctx, func(tx *bbolt.Tx) error {
			once.Do(func() { close(started) })
			<-release
			return put(1)(tx)
		})
	}()
	<-started
	late, cancelLate := context.WithCancel(t.Context())
	second := make(chan error, 1)
	go func() { second <- db.Commit(late, put(2)) }()
	cancelLate()
	assert.ErrorIs(t, <-second, context.Canceled)
	cancel()
	close(release)
	assert.NoError(t, <-first, "work in hand is answered with the truth")
	assert.True(t, has(t, db, 1))
	assert.False(t, has(t, db, 2))
}

func TestAClosedStoreTakesNoWork(t *testing.T) {
	db := open(t, filepath.Join(t.TempDir(), "x.db"))
	require.NoError(t, db.Close())
	assert.ErrorIs(t, db.Commit(t.Context(), put(1)), bolt.ErrClosed)
}

func TestAFullStoreRefusesAndGoesOn(t *testing.T) {
	db, err := bolt.Open(filepath.Join(t.TempDir(), "x.db"), bolt.Options{MaxSize: 1 << 20})
	require.NoError(t, err)
	defer db.Close()
	big := make([]byte, 8<<20)
	err = db.Commit(t.Context(), func(tx *bbolt.Tx) error {
		b, err := tx.CreateBucketIfNotExists(box)
		return errors.Join(err, b.Put([]byte("big"), big))
	})
	require.ErrorIs(t, err, bolt.ErrFull)
	require.NoError(t, db.Err())
	assert.NoError(t, db.Commit(t.Context(), put(1)), "a small one still fits")
}

func TestADamagedFileIsSetAsideNotDeleted(t *testing.T) {
	fill := func(t *testing.T, path string) {
		db, err := bolt.Open(path, bolt.Options{})
		require.NoError(t, err)
		require.NoError(t, db.Commit(t.Context(), func(tx *bbolt.Tx) error {
			for n := range uint64(5000) {
				if err := put(n)(tx); err != nil {
					return err
				}
			}
			return nil
		}))
		require.NoError(t, db.Close())
	}
	rows := []struct {
		name string
		harm func(t *testing.T, f *os.File)
	}{
		{"both meta pages overwritten", func(t *testing.T, f *os.File) { writeAt(t, f, bytes.Repeat([]byte{7}, 8192), 0) }},
		{"the file cut short", func(t *testing.T, f *os.File) { require.NoError(t, f.Truncate(3*4096)) }},
		{"the file cut to a few bytes", func(t *testing.T, f *os.File) { require.NoError(t, f.Truncate(100)) }},
		{"every page after the meta pages zeroed", func(t *testing.T, f *os.File) { writeAt(t, f, make([]byte, 30*4096), 2*4096) }},
		{"every page filled with ones", func(t *testing.T, f *os.File) {
			writeAt(t, f, bytes.Repeat([]byte{0xff}, 30*4096), 2*4096)
		}},
		{"the keys of a branch said to be longer than the file", func(t *testing.T, f *os.File) { longKeys(t, f) }},
		{"another kind of file", func(t *testing.T, f *os.File) {
			require.NoError(t, f.Truncate(0))
			writeAt(t, f, bytes.Repeat([]byte("not a database\n"), 4000), 0)
		}},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "x.db")
			fill(t, path)
			f, err := os.OpenFile(path, os.O_RDWR, 0)
			require.NoError(t, err)
			row.harm(t, f)
			before, err := os.ReadFile(path)
			require.NoError(t, err)
			require.NoError(t, f.Close())

			db := open(t, path)
			aside, damage := db.SetAside()
			require.Contains(t, aside, path+".damaged-")
			assert.Contains(t, damage, "damaged: ")
			after, err := os.ReadFile(aside)
			require.NoError(t, err)
			assert.True(t, bytes.Equal(before, after), "what was found is kept as it was")
			assert.NoError(t, db.Commit(t.Context(), put(1)), "and the program goes on with a new file")
		})
	}
}

// longKeys flips the highest bits of the lengths of the keys of every branch page.
func longKeys(t *testing.T, f *os.File) {
	t.Helper()
	const page, head, element, branch = 4096, 16, 16, 1
	raw, err := io.ReadAll(f)
	require.NoError(t, err)
	flipped := 0
	for at := 2 * page; at+page <= len(raw); at += page {
		if binary.LittleEndian.Uint16(raw[at+8:]) != branch || binary.LittleEndian.Uint64(raw[at:]) != uint64(at/page) {
			continue
		}
		for i := range int(binary.LittleEndian.Uint16(raw[at+10:])) {
			writeAt(t, f, []byte{0x08}, int64(at+head+i*element+7)) // of a length of 4 bytes
			flipped++
		}
	}
	require.Positive(t, flipped, "there is a branch")
}

func writeAt(t *testing.T, f *os.File, b []byte, at int64) {
	t.Helper()
	_, err := f.WriteAt(b, at)
	require.NoError(t, err)
}

func TestAWholeFileIsNotSetAside(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	db := open(t, path)
	require.NoError(t, db.Commit(t.Context(), put(1)))
	require.NoError(t, db.Close())
	again := open(t, path)
	aside, damage := again.SetAside()
	assert.Empty(t, aside+damage)
	assert.True(t, has(t, again, 1))
}

func TestAPathThatCannotBeOpenedIsAnErrorNotDamage(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.Mkdir(filepath.Join(dir, "x.db"), 0o700))
	_, err := bolt.Open(filepath.Join(dir, "x.db"), bolt.Options{})
	require.ErrorContains(t, err, "x.db")
	_, err = os.Stat(filepath.Join(dir, "x.db"))
	assert.NoError(t, err, "it stays where it was")
}

func TestAFlippedBitIsAnError(t *testing.T) {
	sealed := bolt.Seal([]byte("k"), []byte("value"))
	require.Equal(t, sealed, bolt.SealOwn([]byte("k"), []byte("value")))
	got, err := bolt.Unseal([]byte("k"), sealed)
	require.NoError(t, err)
	assert.Equal(t, "value", string(got))
	for i := range len(sealed) * 8 {
		bad := bytes.Clone(sealed)
		bad[i/8] ^= 1 << (i % 8)
		_, err := bolt.Unseal([]byte("k"), bad)
		require.ErrorIs(t, err, bolt.ErrDamagedValue, "bit %d", i)
	}
	_, err = bolt.Unseal([]byte("other"), sealed)
	assert.ErrorIs(t, err, bolt.ErrDamagedValue, "a value under another key")
	_, err = bolt.Unseal([]byte("k"), []byte{1, 2})
	assert.ErrorIs(t, err, bolt.ErrDamagedValue, "too short for a checksum")
}

func TestNothingAcknowledgedIsLostWhenTheProcessIsKilled(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	for range 3 {
		last := killAfter(t, path, 40)
		db, err := bolt.Open(path, bolt.Options{})
		require.NoError(t, err)
		aside, damage := db.SetAside()
		require.Empty(t, aside+damage)
		for n := uint64(1); n <= last; n++ {
			require.True(t, has(t, db, n), "commit %d was acknowledged", n)
		}
		require.NoError(t, db.Close())
	}
}

// killAfter lets a writer run until it has acknowledged n commits, kills it, and returns the last it acknowledged.
func killAfter(t *testing.T, path string, n uint64) uint64 {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), writerEnv+"="+path)
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	said := make([]byte, 0, 4096)
	for buf := make([]byte, 512); strings.Count(string(said), "\n") < int(n); {
		k, err := out.Read(buf)
		require.NoError(t, err, "the writer ended by itself: %s", said)
		said = append(said, buf[:k]...)
	}
	require.NoError(t, cmd.Process.Kill())
	rest, _ := io.ReadAll(out)
	_ = cmd.Wait()
	lines := strings.Split(string(append(said, rest...)), "\n")
	last, err := strconv.ParseUint(lines[len(lines)-2], 10, 64)
	require.NoError(t, err)
	return last
}

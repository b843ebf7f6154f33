package disk_test

import (
	"bytes"
	"encoding/binary"
	"io"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/deploy/vm/disk"
)

const size = 64 << 10

func empty(seed uint64) *disk.Disk { return disk.New(make([]byte, size), seed) }

func put(t *testing.T, d *disk.Disk, at int64, fill byte, n int) {
	t.Helper()
	_, err := d.WriteAt(bytes.Repeat([]byte{fill}, n), at)
	require.NoError(t, err)
}

func TestWhatWasFlushedOutlivesEveryCut(t *testing.T) {
	for seed := range uint64(200) {
		d := empty(seed)
		put(t, d, 0, 'a', 4096)
		require.NoError(t, d.Flush())
		put(t, d, 8192, 'b', 4096)
		d.Cut()
		assert.Equal(t, bytes.Repeat([]byte{'a'}, 4096), d.Image()[:4096])
	}
}

func TestWhatWasNotFlushedStaysGoesOrIsTorn(t *testing.T) {
	whole, gone, torn, swapped := 0, 0, 0, 0
	for seed := range uint64(400) {
		d := empty(seed)
		put(t, d, 0, 'a', 4096)
		put(t, d, 8192, 'b', 4096)
		d.Cut()
		image := d.Image()
		first, second := bytes.Count(image[:4096], []byte{'a'}), bytes.Count(image[8192:12288], []byte{'b'})
		assert.Zero(t, first%disk.Sector, "a sector is whole or not there")
		switch first {
		case 4096:
			whole++
		case 0:
			gone++
		default:
			torn++
		}
		if first == 0 && second == 4096 {
			swapped++ // the later write came to the disk and the earlier did not
		}
	}
	for name, n := range map[string]int{"whole": whole, "gone": gone, "torn": torn, "out of order": swapped} {
		assert.Greater(t, n, 10, name)
	}
}

func TestAFlushThatTheCutOvertookWasNone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		lost := 0
		for seed := range uint64(100) {
			d := empty(seed)
			d.FlushTime = time.Second
			put(t, d, 0, 'a', 512)
			flushed := make(chan error, 1)
			go func() { flushed <- d.Flush() }()
			synctest.Wait()
			d.Off()
			require.Error(t, <-flushed)
			_, err := d.WriteAt([]byte{1}, 0)
			require.Error(t, err)
			d.Cut()
			if d.Image()[0] == 0 {
				lost++
			}
		}
		assert.Greater(t, lost, 20)
	})
}

func TestAWriteThroughIsDurableAndNothingElseIs(t *testing.T) {
	lost := 0
	for seed := range uint64(100) {
		d := empty(seed)
		put(t, d, 0, 'a', 512)
		_, err := d.WriteThrough(bytes.Repeat([]byte{'b'}, 512), 512)
		require.NoError(t, err)
		d.Cut()
		assert.EqualValues(t, 'b', d.Image()[512])
		if d.Image()[0] == 0 {
			lost++
		}
	}
	assert.Greater(t, lost, 10)
}

func TestADiskThatLiesLosesItsNewestWritesInOrder(t *testing.T) {
	lost := 0
	for seed := range uint64(50) {
		d := empty(seed)
		d.Lies = true
		for i := range 10 {
			put(t, d, int64(i)*512, 'a', 512)
			require.NoError(t, d.Flush())
		}
		d.Cut()
		image := d.Image()
		n := bytes.Count(image, []byte{'a'})
		assert.Equal(t, bytes.Repeat([]byte{'a'}, n), image[:n], "no write is there whose elder is not")
		if n < 10*512 {
			lost++
		}
	}
	assert.Greater(t, lost, 25)
}

func TestTheMachineReadsWhatItWroteUntilTheCut(t *testing.T) {
	d := empty(1)
	put(t, d, 512, 'a', 512)
	got := make([]byte, 1024)
	_, err := d.ReadAt(got, 0)
	require.NoError(t, err)
	assert.EqualValues(t, 'a', got[512])
	for _, at := range []int64{-1, size, size - 1, 1 << 62} {
		_, err := d.ReadAt(got, at)
		assert.Error(t, err)
		_, err = d.WriteAt(got, at)
		assert.Error(t, err)
	}
}

// machine speaks the protocol as QEMU does.
type machine struct {
	t    *testing.T
	conn net.Conn
}

func connect(t *testing.T, d *disk.Disk) machine {
	near, far := net.Pipe()
	served := make(chan error, 1)
	go func() { served <- d.Serve(far) }()
	t.Cleanup(func() {
		near.Close()
		assert.NoError(t, <-served)
	})
	m := machine{t, near}
	m.take(18)
	m.send(uint32(3), uint64(0x49484156454F5054), uint32(8), uint32(0)) // structured replies: not here
	assert.EqualValues(t, 1<<31+1, binary.BigEndian.Uint32(m.take(20)[12:]))
	m.send(uint64(0x49484156454F5054), uint32(7), uint32(6), make([]byte, 6)) // go, with an empty name
	info := m.take(20 + 12)
	assert.EqualValues(t, size, binary.BigEndian.Uint64(info[22:]))
	assert.EqualValues(t, 1, binary.BigEndian.Uint32(m.take(20)[12:]))
	return m
}

func (m machine) send(values ...any) {
	m.t.Helper()
	var all bytes.Buffer
	for _, v := range values {
		require.NoError(m.t, binary.Write(&all, binary.BigEndian, v))
	}
	_, err := m.conn.Write(all.Bytes())
	require.NoError(m.t, err)
}

func (m machine) take(n int) []byte {
	m.t.Helper()
	raw := make([]byte, n)
	_, err := io.ReadFull(m.conn, raw)
	require.NoError(m.t, err)
	return raw
}

func (m machine) ask(flags, command uint16, at uint64, length uint32, data []byte) (failed uint32) {
	m.t.Helper()
	m.send(uint32(0x25609513), flags, command, uint64(99), at, length, data)
	answer := m.take(16)
	assert.EqualValues(m.t, 0x67446698, binary.BigEndian.Uint32(answer))
	assert.EqualValues(m.t, 99, binary.BigEndian.Uint64(answer[8:]))
	return binary.BigEndian.Uint32(answer[4:])
}

func TestTheProtocolReadsWritesAndFlushes(t *testing.T) {
	d := empty(1)
	m := connect(t, d)
	data := bytes.Repeat([]byte{'q'}, 512)
	assert.Zero(t, m.ask(0, 1, 1024, 512, data))
	assert.Zero(t, m.ask(0, 0, 1024, 512, nil))
	assert.Equal(t, data, m.take(512))
	assert.Equal(t, 0, bytes.Count(d.Image(), []byte{'q'}), "not durable yet")
	assert.Zero(t, m.ask(0, 3, 0, 0, nil))
	assert.Equal(t, 512, bytes.Count(d.Image(), []byte{'q'}))
	assert.Equal(t, 1, d.Flushes())
}

func TestTheProtocolRefusesWhatIsNotThere(t *testing.T) {
	m := connect(t, empty(1))
	assert.NotZero(t, m.ask(0, 0, size, 512, nil), "beyond the end")
	assert.NotZero(t, m.ask(0, 1, 1<<63, 512, make([]byte, 512)), "an address that is negative")
	assert.NotZero(t, m.ask(0, 6, 0, 512, nil), "write zeroes is not offered")
	assert.Zero(t, m.ask(0, 3, 0, 0, nil), "and the line is still in step")
}

func FuzzServe(f *testing.F) {
	hello := []byte{0, 0, 0, 3, 'I', 'H', 'A', 'V', 'E', 'O', 'P', 'T', 0, 0, 0, 1, 0, 0, 0, 0}
	read := []byte{0x25, 0x60, 0x95, 0x13, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0}
	f.Add(hello)
	f.Add(append(hello, read...))
	f.Fuzz(func(t *testing.T, said []byte) {
		near, far := net.Pipe()
		go func() { _, _ = io.Copy(io.Discard, near) }()
		go func() {
			_, _ = near.Write(said)
			near.Close()
		}()
		_ = empty(1).Serve(far) // ends, and does not panic
	})
}

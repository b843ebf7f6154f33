package edge_test

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"portaria/doctor"
	"portaria/edge"
)

// asNobody runs do as a user without rights, in a thread that ends with it.
func asNobody(do func()) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		runtime.LockOSThread() // never unlocked, so nobody else gets this thread
		const nobody = 65534
		_, _, _ = unix.RawSyscall(unix.SYS_SETGROUPS, 0, 0, 0)
		_, _, _ = unix.RawSyscall(unix.SYS_SETRESGID, nobody, nobody, nobody)
		_, _, _ = unix.RawSyscall(unix.SYS_SETRESUID, nobody, nobody, nobody)
		do()
	}()
	<-done
}

func TestADoctorKnowsHowEachKindOfScannerIsOpened(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("only root may make a device node")
	}
	dir, err := os.MkdirTemp("", "portaria-doctor-") // t.TempDir has parents that nobody else may enter
	require.NoError(t, err)
	t.Cleanup(func() { os.RemoveAll(dir) })
	require.NoError(t, os.Chmod(dir, 0o755))
	rows := []struct {
		name, profile string
		mode          uint32
		grade         doctor.Grade
		says          string
	}{
		{"a keyboard is only read", "generic-keyboard", 0o444, doctor.OK, ""},
		{"a keyboard that may not be read", "generic-keyboard", 0o600, doctor.Fail, "group input"},
		{"a line that may only be read", "generic-serial", 0o444, doctor.Fail, "group dialout"},
		{"a line", "generic-serial", 0o666, doctor.OK, ""},
		{"a camera that may only be read", "camera", 0o444, doctor.Fail, "group video"},
		{"a camera", "camera", 0o666, doctor.OK, ""},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			device := filepath.Join(dir, "scanner")
			_ = os.Remove(device)
			require.NoError(t, unix.Mknod(device, unix.S_IFCHR|row.mode, int(unix.Mkdev(1, 3))))
			require.NoError(t, os.Chmod(device, os.FileMode(row.mode)))
			asNobody(func() {
				found := edge.ScannerFinding(edge.Lane{Number: 1, Scanner: device, Profile: row.profile})
				assert.Equal(t, row.grade, found.Grade, found.Do)
				assert.Contains(t, found.Do, row.says)
			})
		})
	}
}

func TestADoctorDoubtsOnlyNamesThatTheKernelCounts(t *testing.T) {
	for name, lasting := range map[string]bool{"/dev/ttyACM0": false, "/dev/ttyUSB1": false, "/dev/ttyAMA0": true, "/dev/input/event3": false,
		"/dev/video0": false, "/dev/serial/by-id/usb-A_B-if00": true, "/dev/input/by-id/usb-A-event-kbd": true, "/dev/gate-scanner": false,
		"/run/scanner": true} {
		assert.Equal(t, lasting, edge.Lasts(name), name)
	}
	missing := edge.ScannerFinding(edge.Lane{Number: 1, Scanner: "/dev/input/by-id/usb-None-event-kbd", Profile: "generic-keyboard"})
	assert.Contains(t, missing.Do, "plug it in")
	assert.NotContains(t, missing.Do, "/dev/serial", "a serial scanner does not help")
}

// Command init is the first program of a test's virtual machine: it mounts what a system has, loads the modules that are
// listed, runs one program, says how that ended, and switches the machine off.
//
// It reads from its environment (the kernel's command line): RUN, the program with its arguments, parted by commas; DISK,
// a device to mount at /data, and OPTIONS of that mount.
package main

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

func main() {
	code, err := run()
	if err != nil {
		fmt.Println("@@ trouble", err)
	}
	fmt.Println("@@ exit", code)
	unix.Sync()
	_ = unix.Reboot(unix.LINUX_REBOOT_CMD_POWER_OFF)
}

func run() (code int, err error) {
	if err := errors.Join(mountAll(), loadAll(), mountGadgets(), lookBack()); err != nil {
		return 1, err
	}
	if disk := os.Getenv("DISK"); disk != "" {
		if err := mountDisk(disk); err != nil {
			return 1, err
		}
		defer func() { err = errors.Join(err, unix.Unmount("/data", 0)) }()
	}
	words := strings.Split(os.Getenv("RUN"), ",")
	cmd := exec.Command(words[0], words[1:]...)
	cmd.Stdout, cmd.Stderr, cmd.Dir = os.Stdout, os.Stderr, "/tmp"
	cmd.Env = append(os.Environ(), "TMPDIR=/tmp", "HOME=/tmp", "PATH=/")
	err = cmd.Run()
	var ended *exec.ExitError
	if errors.As(err, &ended) {
		return ended.ExitCode(), nil
	}
	return 0, err
}

func mountAll() (err error) {
	for _, m := range [][2]string{{"proc", "/proc"}, {"sysfs", "/sys"}, {"devtmpfs", "/dev"}, {"tmpfs", "/tmp"}, {"debugfs", "/sys/kernel/debug"}} {
		err = errors.Join(err, mount(m[0], m[1]))
	}
	err = errors.Join(err, os.MkdirAll("/dev/pts", 0o755))
	return errors.Join(err, mount("devpts", "/dev/pts"))
}

func mount(kind, where string) error {
	if err := unix.Mount(kind, where, kind, 0, ""); err != nil && !errors.Is(err, unix.EBUSY) {
		return fmt.Errorf("mount %s: %w", where, err)
	}
	return nil
}

// mountGadgets shows where USB devices are made, where the kernel can do that.
func mountGadgets() error {
	const where = "/sys/kernel/config"
	if _, err := os.Stat(where); errors.Is(err, os.ErrNotExist) {
		return nil
	}
	return mount("configfs", where)
}

// mountDisk waits for the disk: its driver finds it after it is loaded.
func mountDisk(device string) error {
	var err error
	for range 500 {
		if err = unix.Mount(device, "/data", "ext4", 0, os.Getenv("OPTIONS")); !errors.Is(err, unix.ENOENT) {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	if err != nil {
		return fmt.Errorf("mount %s: %w", device, err)
	}
	return nil
}

func loadAll() error {
	list, err := os.Open("/modules")
	if err != nil {
		return err
	}
	defer list.Close()
	var faults []error
	for lines := bufio.NewScanner(list); lines.Scan(); {
		file, settings, _ := strings.Cut(lines.Text(), " ")
		faults = append(faults, load(file, settings))
	}
	return errors.Join(faults...)
}

func load(file, settings string) error {
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := unix.FinitModule(int(f.Fd()), settings, 0); err != nil && !errors.Is(err, unix.EEXIST) {
		return fmt.Errorf("load %s: %w", file, err)
	}
	return nil
}

// lookBack switches the loopback network on.
func lookBack() error {
	socket, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer func() { _ = unix.Close(socket) }()
	request, err := unix.NewIfreq("lo")
	if err != nil {
		return err
	}
	request.SetUint16(unix.IFF_UP | unix.IFF_RUNNING)
	if err := unix.IoctlIfreq(socket, unix.SIOCSIFFLAGS, request); err != nil {
		return fmt.Errorf("switch the loopback network on: %w", err)
	}
	return nil
}

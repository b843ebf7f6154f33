package packaging_test

import (
	"crypto/sha256"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/config"
	"portaria/hub"
)

const repo = "../.."

func run(t *testing.T, env []string, name string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Env = append(os.Environ(), env...)
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s %v: %s", name, args, out)
	return string(out)
}

func build(t *testing.T, from, what string) string {
	t.Helper()
	out := t.TempDir()
	nfpm, err := filepath.Abs(filepath.Join(repo, ".tools/nfpm"))
	require.NoError(t, err)
	run(t, []string{"VERSION=0.1.0", "SOURCE_DATE_EPOCH=1790000000", "NFPM=" + nfpm}, filepath.Join(from, "deploy/package/build"), out, what)
	made, err := filepath.Glob(filepath.Join(out, "*.deb"))
	require.NoError(t, err)
	require.Len(t, made, 1)
	return made[0]
}

func TestTheSameSourceGivesTheSameBytesWhereverItIsBuilt(t *testing.T) {
	sameBytes(t, "hub/amd64")
}

// sameBytes builds each package here and in another place.
func sameBytes(t *testing.T, packages ...string) {
	other := t.TempDir()
	run(t, nil, "bash", "-c", `tar c -C "$1" --exclude=.git --exclude=.tools --exclude=bin --exclude=node_modules --exclude=dist . | tar x -C "$2"`, "copy", repo, other)
	for _, one := range packages {
		a, err := os.ReadFile(build(t, repo, one))
		require.NoError(t, err)
		b, err := os.ReadFile(build(t, other, one))
		require.NoError(t, err)
		assert.Equal(t, sha256.Sum256(a), sha256.Sum256(b), one)
	}
}

func TestAGatesPackageIsInstalledRemovedAndPurged(t *testing.T) {
	deb := build(t, repo, "edge/amd64")
	info, files := run(t, nil, "dpkg-deb", "--info", deb), run(t, nil, "dpkg-deb", "--contents", deb)
	for _, line := range []string{"Package: portaria-edge", "Version: 0.1.0", "Architecture: amd64", "Depends: systemd (>= 252)", "conffiles"} {
		assert.Contains(t, info, line)
	}
	assert.Regexp(t, `(?m)^l\S+ root/root +\d+ 2026-09-21 .* \./usr/bin/portaria-edge -> \.\./lib/portaria/portaria-launch$`, files)
	for _, file := range []string{"usr/lib/portaria/edge/packaged", "usr/lib/portaria/portaria-launch", "usr/lib/systemd/system/portaria-edge.service", "usr/lib/udev/rules.d/70-portaria-edge.rules",
		"usr/lib/modules-load.d/portaria-edge.conf", "usr/share/portaria/pi/config.txt", "usr/share/doc/portaria-edge/gate-guide.md"} {
		assert.Regexp(t, `(?m)^-rw[x-]r-[x-]r-[x-] root/root +\d+ 2026-09-21 .* \./`+regexp.QuoteMeta(file)+"$", files)
	}
	if os.Getuid() != 0 {
		return // only root may install; the rest is tried where CI is root
	}
	root := t.TempDir()
	require.NoError(t, os.MkdirAll(filepath.Join(root, "var/lib/dpkg/updates"), 0o755))
	require.NoError(t, os.MkdirAll(filepath.Join(root, "var/lib/dpkg/info"), 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(root, "var/lib/dpkg/status"), nil, 0o644))
	dpkg := func(args ...string) {
		run(t, nil, "dpkg", append([]string{"--root=" + root, "--log=/dev/null", "--force-depends", "--force-script-chrootless"}, args...)...)
	}
	dpkg("-i", deb)
	users, err := os.ReadFile(filepath.Join(root, "etc/passwd"))
	require.NoError(t, err)
	assert.Contains(t, string(users), "portaria-edge:")
	settings := filepath.Join(root, "etc/portaria/edge.toml")
	require.FileExists(t, settings)
	require.NoDirExists(t, filepath.Join(root, "etc/credstore"), "no secret is made")

	assert.FileExists(t, filepath.Join(root, "usr/lib/portaria/edge/slots/0.1.0"))
	tell := exec.CommandContext(t.Context(), filepath.Join(root, "usr/bin/portaria-edge"), "profiles")
	tell.Env = append(os.Environ(), "PORTARIA_LIB="+filepath.Join(root, "usr/lib/portaria"), "PORTARIA_STATE="+filepath.Join(root, "var/lib/portaria"))
	said, err := tell.CombinedOutput()
	require.NoError(t, err, "%s", said)
	assert.Contains(t, string(said), "generic-serial", "the gate's command is the version in force")

	kept := filepath.Join(root, "var/lib/portaria/edge/journal.db")
	require.NoError(t, os.MkdirAll(filepath.Dir(kept), 0o700))
	require.NoError(t, os.WriteFile(kept, []byte("who came in"), 0o600))
	require.NoError(t, os.WriteFile(settings, []byte("mine"), 0o644))
	dpkg("-i", deb)
	mine, err := os.ReadFile(settings)
	require.NoError(t, err)
	assert.Equal(t, "mine", string(mine), "an upgrade leaves what somebody has written")
	dpkg("-r", "portaria-edge")
	assert.FileExists(t, kept)
	assert.FileExists(t, settings)
	assert.NoFileExists(t, filepath.Join(root, "usr/bin/portaria-edge"))
	assert.NoDirExists(t, filepath.Join(root, "usr/lib/portaria"))
	dpkg("-P", "portaria-edge")
	assert.NoDirExists(t, filepath.Join(root, "var/lib/portaria"))
	assert.NoFileExists(t, settings)
}

func TestTheHubsExampleIsCompleteOnceTheHubHasJoined(t *testing.T) {
	require.NoError(t, config.Load("hub.toml", &hub.Joining{}))
	cfg := hub.Defaults()
	cfg.ID, cfg.Venue, cfg.Organizer = "hub-1", "01932f00-0000-7000-8000-0000000000a1", "01932f00-0000-7000-8000-0000000000b1"
	cfg.PlatformKey = strings.Repeat("00", 32)
	require.NoError(t, config.Load("hub.toml", cfg))
}

func unit(t *testing.T, program string) string {
	t.Helper()
	raw, err := os.ReadFile("../systemd/portaria-" + program + ".service")
	require.NoError(t, err)
	return string(raw)
}

func TestUnitsAreHardened(t *testing.T) {
	for _, program := range []string{"edge", "hub", "cloud"} {
		text := "\n" + unit(t, program)
		for _, line := range []string{"User=portaria-" + program, "ProtectSystem=strict", "StateDirectory=portaria/" + program, "DevicePolicy=closed",
			"NoNewPrivileges=yes", "CapabilityBoundingSet=", "LimitCORE=0", "Restart=always"} {
			assert.Contains(t, text, "\n"+line+"\n", program)
		}
		assert.Equal(t, program != "cloud", strings.Contains(text, "\nType=notify\n") && strings.Contains(text, "\nWatchdogSec=30\n"), program)
	}
	edge := unit(t, "edge")
	assert.NotContains(t, edge, "\nProtectClock=yes", "the gate could no longer ask whether its clock is right")
	assert.NotContains(t, edge, "\nPrivateUsers=yes", "the gate would lose the groups that open its scanners")
	for _, driver := range []string{"ttyACM", "ttyUSB", "ttyAMA", "input", "video4linux", "gpiochip"} {
		assert.Contains(t, edge, "\nDeviceAllow=char-"+driver+" rw\n")
	}
}

func TestSystemdFindsNothingWrongWithTheUnits(t *testing.T) {
	tool, err := exec.LookPath("systemd-analyze")
	if err != nil {
		return // what can be read without systemd is tested above
	}
	dir := t.TempDir()
	for _, program := range []string{"edge", "hub", "cloud"} {
		text := regexp.MustCompile(`(?m)^ExecStart=/\S+`).ReplaceAllString(unit(t, program), "ExecStart=/bin/true")
		text = regexp.MustCompile(`(?m)^Documentation=file.*\n`).ReplaceAllString(text, "")
		path := filepath.Join(dir, "portaria-"+program+".service")
		require.NoError(t, os.WriteFile(path, []byte(text), 0o644))
		assert.Empty(t, run(t, nil, tool, "verify", "--man=no", path), program)
		scored := run(t, nil, tool, "security", "--offline=true", "--no-pager", "--threshold=25", path) // 2.5 of 10 at most
		t.Log(strings.TrimSpace(scored[strings.LastIndex(scored, "→"):]))
	}
}

func TestThePisKernelHasNoConsoleOnTheScannersLine(t *testing.T) {
	raw, err := os.ReadFile(filepath.Join(repo, "firmware-config/pi/cmdline.txt"))
	require.NoError(t, err)
	assert.Equal(t, 1, strings.Count(string(raw), "\n"), "the loader reads one line")
	assert.Equal(t, []string{"console=tty1"}, regexp.MustCompile(`console=\S+`).FindAllString(string(raw), -1))
	assert.Contains(t, strings.Fields(string(raw)), "ro")
	boot, err := os.ReadFile(filepath.Join(repo, "firmware-config/pi/config.txt"))
	require.NoError(t, err)
	for _, line := range []string{"enable_uart=1", "dtparam=watchdog=on", "gpio=17,27,5,6,13,19=op,dl"} {
		assert.Contains(t, string(boot), "\n"+line+"\n")
	}
}

package privatepg

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sort"
	"strconv"
)

// ErrMissing says that no PostgreSQL server is installed, and what to do.
var ErrMissing = errors.New("PostgreSQL is not installed: run `sudo apt-get install -y postgresql`, " +
	"or set PG_BIN to the folder that holds initdb and postgres")

// findBinaries returns the folder of initdb and postgres: $PG_BIN, else the newest of /usr/lib/postgresql, else PATH.
func findBinaries() (string, error) {
	if dir := os.Getenv("PG_BIN"); dir != "" {
		if !hasServer(dir) {
			return "", fmt.Errorf("PG_BIN is %s, but initdb and postgres are not both there", dir)
		}
		return dir, nil
	}
	for _, dir := range installed() {
		if hasServer(dir) {
			return dir, nil
		}
	}
	if path, err := exec.LookPath("initdb"); err == nil && hasServer(filepath.Dir(path)) {
		return filepath.Dir(path), nil
	}
	return "", ErrMissing
}

// installed lists Debian's server folders, newest version first.
func installed() []string {
	dirs, _ := filepath.Glob("/usr/lib/postgresql/*/bin") // the pattern is well formed
	version := func(dir string) int {
		n, _ := strconv.Atoi(filepath.Base(filepath.Dir(dir))) // not a number: last
		return n
	}
	sort.Slice(dirs, func(i, j int) bool { return version(dirs[i]) > version(dirs[j]) })
	return dirs
}

func hasServer(dir string) bool {
	for _, name := range []string{"initdb", "postgres"} {
		if info, err := os.Stat(filepath.Join(dir, name)); err != nil || info.Mode()&0o111 == 0 {
			return false
		}
	}
	return true
}

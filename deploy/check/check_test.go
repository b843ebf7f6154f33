package check_test

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/deploy/check"
)

const root = "../.."

func packages(t *testing.T) []check.Package {
	t.Helper()
	list, err := check.List(root)
	require.NoError(t, err)
	require.Greater(t, len(list), 10, "go list found too little to be believed")
	return list
}

func TestImportRules(t *testing.T) {
	for _, p := range packages(t) {
		for _, rule := range check.Rules() {
			if !rule.Applies(p.Path) {
				continue
			}
			for _, imported := range p.Imports {
				assert.False(t, rule.Forbids(p.Path, imported), "%s imports %s, but %s: %s", p.Path, imported, rule.Name, rule.Why)
			}
		}
	}
}

func TestEveryRuleCanFail(t *testing.T) {
	rows := []struct{ pkg, imported string }{
		{"edge/ticket", "portaria/edge/wire"},
		{"edge/whitelist", "github.com/google/uuid"},
		{"edge/gate", "math/rand/v2"},
		{"cloud/entry", "portaria/cloud/internal/postgres"},
		{"cloud/internal/sale", "portaria/cloud/internal/postgres/saledb"},
		{"edge/internal/panel", "portaria/edge/internal/bolt"},
		{"cloud/internal/web", "portaria/cloud"},
		{"edge/internal/lane", "portaria/hub"},
		{"hub/internal/relay", "portaria/cloud/entry"},
		{"floor", "portaria/hub/internal/bolt"},
		{"cloud/internal/ingest", "portaria/hub/internal/bolt"},
		{"edge", "portaria/scanner-sim/crowd"},
		{"cloud/internal/sale", "github.com/gin-gonic/gin"},
		{"cloud/internal/sale", "github.com/jackc/pgx/v5"},
		{"edge/internal/lane", "go.etcd.io/bbolt"},
		{"edge/internal/uplink", "github.com/eclipse/paho.mqtt.golang"},
		{"edge/internal/lane", "github.com/tarm/serial"},
		{"edge", "github.com/google/go-tpm/tpm2"},
		{"hub", "github.com/hashicorp/mdns"},
		{"edge/internal/lane", "github.com/stretchr/testify/require"},
	}
	caught := map[string]bool{}
	for _, row := range rows {
		for _, rule := range check.Rules() {
			if rule.Applies(row.pkg) && rule.Forbids(row.pkg, row.imported) {
				caught[rule.Name] = true
			}
		}
	}
	for _, rule := range check.Rules() {
		assert.True(t, caught[rule.Name], "no row above breaks the rule %q", rule.Name)
	}
}

func TestPackagesIntroduceThemselvesAndAreWellNamed(t *testing.T) {
	banned := regexp.MustCompile(`^(util|utils|common|helper|helpers|model|models|manager|managers|misc|shared|types)$`)
	for _, p := range packages(t) {
		if len(p.Files) > 0 && !allGenerated(t, p) {
			assert.NotEmpty(t, p.Doc, "%s has no package comment: say what it knows and what it does not", p.Path)
		}
		assert.NotRegexp(t, banned, path.Base(p.Path), "name %s after the thing it is", p.Path)
	}
}

func allGenerated(t *testing.T, p check.Package) bool {
	t.Helper()
	for _, file := range p.Files {
		raw, err := os.ReadFile(filepath.Join(root, file))
		require.NoError(t, err)
		if !generated.Match(raw) {
			return false
		}
	}
	return true
}

var generated = regexp.MustCompile(`(?m)^// Code generated .* DO NOT EDIT\.$`)

func TestFilesStayReadable(t *testing.T) {
	const most = 600
	for _, p := range packages(t) {
		for _, file := range p.Files {
			raw, err := os.ReadFile(filepath.Join(root, file))
			require.NoError(t, err)
			if lines := bytes.Count(raw, []byte("\n")); !generated.Match(raw) {
				assert.LessOrEqual(t, lines, most, "%s has %d lines: split it by what its parts are about", file, lines)
			}
		}
	}
}

// The cores must not read the clock or start goroutines, which no import shows: package time is welcome for its types.
func TestCoresReadNoClockAndStartNothing(t *testing.T) {
	pure := regexp.MustCompile(`^(edge/(ticket|whitelist|admit|gate|venue)|cloud/entry)$`)
	for _, p := range packages(t) {
		if !pure.MatchString(p.Path) {
			continue
		}
		for _, file := range p.Files {
			if strings.HasSuffix(file, "_test.go") {
				continue
			}
			parsed, err := parser.ParseFile(token.NewFileSet(), filepath.Join(root, file), nil, 0)
			require.NoError(t, err)
			ast.Inspect(parsed, func(n ast.Node) bool { return noClock(t, file, n) })
		}
	}
}

func noClock(t *testing.T, file string, n ast.Node) bool {
	t.Helper()
	if _, starts := n.(*ast.GoStmt); starts {
		t.Errorf("%s starts a goroutine", file)
	}
	if sel, ok := n.(*ast.SelectorExpr); ok {
		if x, ok := sel.X.(*ast.Ident); ok && x.Name == "time" {
			assert.NotContains(t, []string{"Now", "Since", "Until", "After", "Sleep", "NewTimer", "Tick"}, sel.Sel.Name, file)
		}
	}
	return true
}

func TestRepositoryStandsAlone(t *testing.T) {
	out, err := exec.Command("git", "-C", root, "grep", "-lE", `\.\./shared|/work/`).Output()
	if err != nil {
		return // git grep exits with 1 when nothing matches
	}
	for file := range strings.Lines(string(out)) {
		file = strings.TrimSpace(file)
		assert.Equal(t, "deploy/check/check_test.go", file, "%s points outside the repository", file)
	}
}

func TestNothingHeavyIsInGit(t *testing.T) {
	out, err := exec.Command("git", "-C", root, "ls-files", "-z").Output()
	require.NoError(t, err)
	for file := range strings.SplitSeq(strings.Trim(string(out), "\x00"), "\x00") {
		info, err := os.Stat(filepath.Join(root, file))
		if err != nil {
			continue // deleted in the working tree
		}
		limit := int64(300 << 10)
		if strings.HasSuffix(file, ".ttf") {
			limit = 800 << 10 // an embedded typeface for tickets; fonts cannot be cut in halves
		}
		if strings.HasSuffix(file, ".wasm.gz") {
			limit = 450 << 10 // the phone page's reader of codes, which cannot be cut either
		}
		if file == "docs/openapi.yaml" {
			limit = 800 << 10 // made from the code that serves it, in one piece
		}
		assert.LessOrEqual(t, info.Size(), limit, "%s has %d bytes: too heavy for git", file, info.Size())
	}
}

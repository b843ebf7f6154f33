package api_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"portaria/cloud/internal/api"
)

var update = flag.Bool("update", false, "write docs/openapi.yaml anew")

const committed = "../../../docs/openapi.yaml"

func TestTheCommittedDocumentIsWhatTheCodeServes(t *testing.T) {
	document, err := api.Document()
	require.NoError(t, err)
	if *update {
		require.NoError(t, os.WriteFile(committed, document, 0o644))
	}
	kept, err := os.ReadFile(committed)
	require.NoError(t, err)
	require.Equal(t, "", firstDifference(string(kept), string(document)),
		"run `go run ./cloud/cmd/cloud openapi > docs/openapi.yaml` and commit it")
	require.True(t, strings.Contains(string(document), "openapi: 3.1."))
}

// firstDifference is the first line in which two texts differ, or "".
func firstDifference(kept, made string) string {
	was, is := strings.Split(kept, "\n"), strings.Split(made, "\n")
	for i := range max(len(was), len(is)) {
		if i >= len(was) || i >= len(is) || was[i] != is[i] {
			return fmt.Sprintf("line %d of %d and %d: %q", i+1, len(was), len(is), is[min(i, len(is)-1)])
		}
	}
	return ""
}

func TestEveryRefusalOfTheDomainIsListed(t *testing.T) {
	known := map[string]bool{}
	for _, code := range api.Codes() {
		known[code] = true
	}
	declared := regexp.MustCompile(`fault\.New\(\s*fault\.\w+,\s*"(\w+)"`)
	found := 0
	for _, file := range sources(t, ".", "../account", "../catalog", "../stock", "../sale") {
		source, err := os.ReadFile(file)
		require.NoError(t, err)
		for _, match := range declared.FindAllStringSubmatch(string(source), -1) {
			found++
			require.True(t, known[match[1]], "%s declares the refusal %s: list it in api/problems.go", file, match[1])
		}
	}
	require.Greater(t, found, 20)
}

func sources(t *testing.T, folders ...string) (files []string) {
	t.Helper()
	for _, folder := range folders {
		some, err := filepath.Glob(filepath.Join(folder, "*.go"))
		require.NoError(t, err)
		files = append(files, some...)
	}
	return files
}

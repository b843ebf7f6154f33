package sheet_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/edge/internal/sheet"
	firmwareconfig "portaria/firmware-config"
)

var day = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// readBack draws a sheet and has a decoder that is not ours read it.
func readBack(t *testing.T, profile firmwareconfig.Scanner) string {
	t.Helper()
	var pdf bytes.Buffer
	require.NoError(t, sheet.Write(&pdf, profile, day))
	path := filepath.Join(t.TempDir(), "sheet.pdf")
	require.NoError(t, os.WriteFile(path, pdf.Bytes(), 0o600))
	drawn := strings.TrimSuffix(path, ".pdf")
	out, err := exec.Command("pdftoppm", "-r", "200", "-gray", "-png", path, drawn).CombinedOutput()
	require.NoError(t, err, string(out))
	pages, err := filepath.Glob(drawn + "*.png")
	require.NoError(t, err)
	require.NotEmpty(t, pages)
	read, err := exec.Command("zbarimg", append([]string{"--quiet", "--raw"}, pages...)...).Output()
	require.NoError(t, err)
	return string(read)
}

func TestEverySheetIsReadByAnotherDecoder(t *testing.T) {
	all, err := firmwareconfig.Scanners()
	require.NoError(t, err)
	for _, profile := range all {
		t.Run(profile.Name, func(t *testing.T) {
			read := readBack(t, profile)
			for _, trial := range sheet.Trials {
				assert.Contains(t, read, trial)
			}
			for _, step := range profile.Setup {
				assert.Contains(t, read, step.Code)
			}
		})
	}
}

func TestASheetOfManyStepsHasSeveralPages(t *testing.T) {
	profile := firmwareconfig.Scanner{Name: "x", Title: "Ünïcode"}
	for i := range 12 {
		profile.Setup = append(profile.Setup, firmwareconfig.Step{Says: "scan", Code: fmt.Sprintf("@STEP%02d", i)})
	}
	assert.Equal(t, 12, strings.Count(readBack(t, profile), "@STEP"))
}

func TestTheSameSheetIsTheSameBytes(t *testing.T) {
	profile, err := firmwareconfig.ScannerNamed("datalogic")
	require.NoError(t, err)
	var a, b bytes.Buffer
	require.NoError(t, sheet.Write(&a, profile, day))
	require.NoError(t, sheet.Write(&b, profile, day))
	assert.True(t, bytes.Equal(a.Bytes(), b.Bytes()))
}

package cloud_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/cloud"
	"portaria/cloud/internal/postgres"
)

// The log is downloaded from the desk and verified elsewhere; an entry changed in the database, behind its trigger
// even, is found in both.
func TestTheAuditLogIsVerifiedOffline(t *testing.T) {
	t.Parallel()
	cfg := configured(t)
	r := start(t, cfg)
	ana := r.registered(filepath.Join(cfg.StateDir, "outbox"), "ana@example.com")
	status, _, file := ana.see("GET", "/desk/settings/audit.jsonl", nil)
	require.Equal(t, 200, status)
	lines, err := cloud.VerifyAudit(t.Context(), cfg, strings.NewReader(file), "")
	require.NoError(t, err)
	require.Len(t, lines, 1, "an organizer's own chain alone")
	head := lines[0][strings.Index(lines[0], "head=")+5:]
	_, err = cloud.VerifyAudit(t.Context(), cfg, strings.NewReader(file), head)
	require.NoError(t, err)
	_, err = cloud.VerifyAudit(t.Context(), cfg, strings.NewReader(strings.Replace(file, "organizer.made", "organizer.sold", 1)), "")
	require.ErrorContains(t, err, "was changed")

	lines, err = cloud.VerifyAudit(t.Context(), cfg, nil, head)
	require.NoError(t, err)
	assert.Len(t, lines, 2, "the platform's chain too")
	pool, err := postgres.Open(t.Context(), cfg.Database)
	require.NoError(t, err)
	defer pool.Close()
	_, err = pool.Exec(t.Context(), "DELETE FROM audit")
	require.ErrorContains(t, err, "written once")
	_, err = pool.Exec(t.Context(), "ALTER TABLE audit DISABLE TRIGGER ALL; DELETE FROM audit WHERE what = 'organizer.made'")
	require.NoError(t, err)
	_, err = cloud.VerifyAudit(t.Context(), cfg, nil, "")
	require.ErrorContains(t, err, "newest entries are missing")
	_, err = cloud.VerifyAudit(t.Context(), cfg, nil, head)
	require.Error(t, err)
}

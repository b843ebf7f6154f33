package api_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"portaria/cloud/internal/api"
)

// What is sold, hundreds of times a second, has its own books; nothing else goes past the audit log.
func TestWhatIsNotInTheAuditLogIsInOtherBooks(t *testing.T) {
	history, journal := "the order's history", "the doors' journal"
	assert.Equal(t, map[string]string{
		"place-order": history, "pay-order": history, "cancel-order": history, "payment-notice": history,
		"scan": journal, "scan-passed": journal, "scan-abort": journal, "scan-override": journal, "upload-scans": journal,
	}, api.Unlogged())
}

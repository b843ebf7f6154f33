package cloud_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/cloud"
)

func TestMailsThatOpenAccountsGoNowhereInTheClear(t *testing.T) {
	for _, row := range []struct {
		name string
		mail cloud.Mail
		says string
	}{
		{"a server with TLS", cloud.Mail{Server: "smtp.example.org:587", From: "a@example.org"}, ""},
		{"plain on this machine", cloud.Mail{Server: "127.0.0.1:25", From: "a@example.org", Plain: true}, ""},
		{"none: a folder", cloud.Mail{}, ""},
		{"plain elsewhere", cloud.Mail{Server: "smtp.example.org:25", From: "a@example.org", Plain: true}, "mail.plain"},
		{"from nobody", cloud.Mail{Server: "smtp.example.org:587"}, "mail.from"},
		{"no port", cloud.Mail{Server: "smtp.example.org", From: "a@example.org"}, "is not like"},
		{"a user of no server", cloud.Mail{User: "x"}, "mail.server"},
	} {
		cfg := cloud.Defaults()
		cfg.Database, cfg.StateDir, cfg.Mail = "postgres:///x", "/tmp/x", row.mail
		err := cfg.Validate()
		if row.says == "" {
			require.NoError(t, err, row.name)
			continue
		}
		assert.ErrorContains(t, err, row.says, row.name)
	}
}

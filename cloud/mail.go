package cloud

import (
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"

	"portaria/cloud/internal/notify"
)

// Mail is the server that takes the cloud's mails. With none they are put into a folder, one file each.
type Mail struct {
	Server       string `toml:"server"` // host:port, such as smtp.example.org:587; empty = none
	From         string `toml:"from"`   // "Portaria <noreply@example.org>"
	User         string `toml:"user"`
	PasswordFile string `toml:"password_file"`
	Plain        bool   `toml:"plain"`  // no TLS; on this machine only
	Folder       string `toml:"folder"` // where mails go without a server; empty = state_dir/outbox
}

const outbox = "outbox" // in the state folder

func (m Mail) check() error {
	if m.Server == "" {
		if m.User != "" || m.PasswordFile != "" || m.Plain {
			return errors.New("mail.server: set the address of the server that mail.user is for")
		}
		return nil
	}
	host, _, err := net.SplitHostPort(m.Server)
	switch {
	case err != nil:
		return fmt.Errorf("mail.server: %q is not like smtp.example.org:587", m.Server)
	case m.From == "":
		return errors.New("mail.from: set the address that mails come from, such as Portaria <noreply@example.org>")
	case m.Plain && !loopback(host):
		return errors.New("mail.plain: mails carry links that open accounts; leave this out for a server on another machine")
	}
	return nil
}

// sender opens the way for mails. None is sent yet.
func (c *Cloud) sender() (notify.Sender, error) {
	m := c.cfg.Mail
	if m.Server != "" {
		server := notify.Server{Address: m.Server, From: m.From, User: m.User, Plain: m.Plain}
		if m.PasswordFile != "" {
			raw, err := os.ReadFile(m.PasswordFile)
			if err != nil {
				return nil, fmt.Errorf("mail.password_file: %w", err)
			}
			server.Password = strings.TrimSpace(string(raw))
		}
		return notify.NewSMTP(server)
	}
	folder, from := m.Folder, m.From
	if folder == "" {
		folder = filepath.Join(c.cfg.StateDir, outbox)
	}
	if from == "" {
		from = "Portaria <noreply@localhost>"
	}
	c.log.Warn("no mail.server is set: mails are put into a folder", "folder", folder)
	return notify.NewFolder(folder, from)
}

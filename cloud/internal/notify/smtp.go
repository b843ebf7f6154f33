package notify

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	netmail "net/mail"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/wneessen/go-mail"
)

// Server is a mail server that takes our mails.
type Server struct {
	Address  string // host:port
	From     string // "Portaria <noreply@example.org>"
	User     string // empty = no log-in
	Password string
	Plain    bool // no TLS: for a server on this machine only
}

const sendLimit = 30 * time.Second

// NewSMTP prepares to send through a server; nothing is sent yet.
func NewSMTP(s Server) (Sender, error) {
	host, portText, err := net.SplitHostPort(s.Address)
	if err != nil {
		return nil, fmt.Errorf("mail server %q is not like host:port", s.Address)
	}
	port, err := strconv.Atoi(portText)
	if err != nil {
		return nil, fmt.Errorf("mail server %q has no port number", s.Address)
	}
	options := []mail.Option{mail.WithPort(port), mail.WithTimeout(sendLimit)}
	switch {
	case s.Plain:
		options = append(options, mail.WithTLSPolicy(mail.NoTLS))
	case port == 465:
		options = append(options, mail.WithSSL())
	default:
		options = append(options, mail.WithTLSPolicy(mail.TLSMandatory))
	}
	if s.User != "" {
		options = append(options, mail.WithSMTPAuth(mail.SMTPAuthAutoDiscover), mail.WithUsername(s.User), mail.WithPassword(s.Password))
	}
	client, err := mail.NewClient(host, options...)
	if err != nil {
		return nil, fmt.Errorf("prepare to send mail: %w", err)
	}
	if err := mail.NewMsg().From(s.From); err != nil {
		return nil, fmt.Errorf("mails cannot be from %q: %w", s.From, err)
	}
	return smtp{client: client, from: s.From}, nil
}

type smtp struct {
	client *mail.Client
	from   string
}

// Send hands a mail to the server. What a server refuses for good (5xx) wraps ErrRefused.
func (s smtp) Send(ctx context.Context, m Mail) error {
	message, err := compose(s.from, m)
	if err != nil {
		return err
	}
	err = s.client.DialAndSendWithContext(ctx, message)
	var refused *mail.SendError
	switch {
	case err == nil:
		return nil
	case !errors.As(err, &refused):
		return fmt.Errorf("send a mail: %w", err)
	case !refused.IsTemp() && refused.ErrorCode() >= 500:
		return fmt.Errorf("%w: %s", ErrRefused, inShort(refused))
	}
	return errors.New("send a mail: " + inShort(refused))
}

// inShort is what a server said without its words: they name who the mail is for, and errors go to the log.
func inShort(err *mail.SendError) string {
	text := err.Reason.String()
	if err.ErrorCode() != 0 {
		text += fmt.Sprintf(", the server answered %d %s", err.ErrorCode(), err.EnhancedStatusCode())
	}
	return strings.TrimSpace(text)
}

// compose makes the message. An address that can be none is refused for good.
func compose(from string, m Mail) (*mail.Msg, error) {
	message := mail.NewMsg()
	if err := message.From(from); err != nil {
		return nil, fmt.Errorf("mails cannot be from %q: %w", from, err)
	}
	if err := message.To(m.To); err != nil {
		return nil, fmt.Errorf("%w: its address cannot be one", ErrRefused)
	}
	message.Subject(m.Subject)
	message.SetDate()
	message.SetMessageIDWithValue(m.ID + "@" + domain(from))
	message.SetGenHeader("Auto-Submitted", "auto-generated")
	message.SetBodyString(mail.TypeTextPlain, m.Text)
	message.AddAlternativeString(mail.TypeTextHTML, m.HTML)
	return message, nil
}

func domain(from string) string {
	_, domain, _ := strings.Cut(strings.TrimRight(from, ">"), "@")
	return domain
}

// NewFolder puts mails into a folder instead of sending them, one file each.
func NewFolder(path, from string) (Sender, error) {
	if err := os.MkdirAll(path, 0o700); err != nil {
		return nil, fmt.Errorf("make the folder for mails: %w", err)
	}
	return folder{path, from}, nil
}

type folder struct{ path, from string }

// Send writes <time>-<id>.eml, whole or not at all.
func (f folder) Send(_ context.Context, m Mail) error {
	message, err := compose(f.from, m)
	if err != nil {
		return err
	}
	name := filepath.Join(f.path, time.Now().UTC().Format("20060102T150405.000")+"-"+m.ID)
	if err := message.WriteToFile(name + ".part"); err != nil {
		return fmt.Errorf("write a mail: %w", err)
	}
	if err := os.Rename(name+".part", name+".eml"); err != nil {
		return fmt.Errorf("write a mail: %w", err)
	}
	return nil
}

// Forget deletes the mails that went to an address, and says how many. What cannot be read as a mail stays.
func (f folder) Forget(to string) (n int64, err error) {
	files, err := filepath.Glob(filepath.Join(f.path, "*.eml"))
	if err != nil {
		return 0, fmt.Errorf("look through the folder for mails: %w", err)
	}
	for _, name := range files {
		if !isTo(name, to) {
			continue
		}
		if err := os.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return n, fmt.Errorf("delete a mail: %w", err)
		}
		n++
	}
	return n, nil
}

func isTo(file, address string) bool {
	raw, err := os.Open(file)
	if err != nil {
		return false
	}
	defer raw.Close()
	message, err := netmail.ReadMessage(raw)
	if err != nil {
		return false
	}
	to, err := message.Header.AddressList("To")
	return err == nil && slices.ContainsFunc(to, func(a *netmail.Address) bool { return strings.EqualFold(a.Address, address) })
}

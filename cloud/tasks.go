package cloud

import (
	"context"
	"fmt"
	"io"

	"portaria/cloud/internal/account/audit"
	"portaria/cloud/internal/api"
	"portaria/cloud/internal/postgres"
	"portaria/cloud/internal/postgres/people"
)

// Migrate brings the database to this program's version and returns how many steps it took.
func Migrate(ctx context.Context, cfg *Config) (int, error) {
	pool, err := postgres.Open(ctx, cfg.owner())
	if err != nil {
		return 0, err
	}
	defer pool.Close()
	return postgres.Migrate(ctx, pool)
}

// OpenAPI is the API's document as YAML.
func OpenAPI() ([]byte, error) { return api.Document() }

// VerifyAudit follows every chain of the audit log: of the file, which a page of the desk has written, or of the
// database where file is nil. head, if it is not empty, is a hash that was noted before: one chain must end with it
// (of a file), or hold it (of the database). It tells what was verified, a line for each chain.
func VerifyAudit(ctx context.Context, cfg *Config, file io.Reader, head string) ([]string, error) {
	noted, err := notedHead(head)
	if err != nil {
		return nil, err
	}
	var held bool
	v := audit.NewVerifier()
	if file != nil {
		if err := v.ReadLines(file); err != nil {
			return nil, err
		}
		held = v.Ends(noted)
	} else if held, err = verifyDatabase(ctx, cfg, v, noted); err != nil {
		return nil, err
	}
	if head != "" && !held {
		return nil, fmt.Errorf("no chain has the noted hash %s: its end was cut off, or it is of another log", head)
	}
	var lines []string
	for _, c := range v.Chains() {
		lines = append(lines, fmt.Sprintf("ok %s entries=%d head=%s", c.Organizer, c.Last, c.Head))
	}
	return lines, nil
}

func notedHead(text string) (head audit.Hash, err error) {
	if text == "" {
		return head, nil
	}
	if err := head.UnmarshalText([]byte(text)); err != nil {
		return head, fmt.Errorf("--head: %w", err)
	}
	return head, nil
}

func verifyDatabase(ctx context.Context, cfg *Config, v *audit.Verifier, noted audit.Hash) (held bool, err error) {
	pool, err := postgres.OpenGuarded(ctx, cfg.Database)
	if err != nil {
		return false, err
	}
	defer pool.Close()
	err = people.Store{Pool: pool}.EachEntry(postgres.Accounts(ctx), func(e audit.Entry) error {
		held = held || e.Hash == noted
		return v.See(e)
	})
	return held, err
}

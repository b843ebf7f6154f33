package cloud

import (
	"context"

	"portaria/cloud/internal/api"
	"portaria/cloud/internal/postgres"
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

package api_test

import (
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"

	"portaria/cloud/internal/api"
)

// gateSide is the gate side over a real database.
func gateSide(*testing.T, *pgxpool.Pool) api.Gates { return api.Gates{} }

// gateIDs makes one of everything on the gate side, by the names of the paths' parameters.
func gateIDs(*house, string, evening) map[string]string { return nil }

// gateBodies are right bodies for the gate side's operations.
func gateBodies(evening) map[string]any { return nil }

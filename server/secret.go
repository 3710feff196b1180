package server

import (
	"context"
	"crypto/rand"
	"fmt"

	"github.com/jackc/pgx/v5/pgxpool"
)

// clusterSecret is what proves to a worker that a reader of its outputs belongs to the cluster. The first to ask makes it; all who
// can read the database share it.
func clusterSecret(ctx context.Context, db *pgxpool.Pool) (string, error) {
	if _, err := db.Exec(ctx, `INSERT INTO settings (name, value) VALUES ('cluster_secret', $1) ON CONFLICT (name) DO NOTHING`, rand.Text()); err != nil {
		return "", fmt.Errorf("the cluster's secret cannot be kept in the database: %w", err)
	}
	var secret string
	err := db.QueryRow(ctx, `SELECT value FROM settings WHERE name = 'cluster_secret'`).Scan(&secret)
	if err != nil {
		return "", fmt.Errorf("the cluster's secret cannot be read from the database: %w", err)
	}
	return secret, nil
}

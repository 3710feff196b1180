// Package pgtest gives a test a PostgreSQL database of its own, with or without the schema, and takes it away afterwards.
//
// It is for tests only.
package pgtest

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/dreamql/dreamql/migrations"
	"github.com/dreamql/dreamql/server/local/localtest"
)

// Empty returns the connection string of a new database with nothing in it.
func Empty(t testing.TB) string {
	t.Helper()
	return localtest.Database(t)
}

// Migrated returns the connection string of a new database with the newest schema.
func Migrated(t testing.TB) string {
	t.Helper()
	dsn := Empty(t)
	if err := migrations.Up(context.Background(), dsn); err != nil {
		t.Fatal(err)
	}
	return dsn
}

// Pool returns a pool of connections to a new database with the newest schema.
func Pool(t testing.TB) *pgxpool.Pool {
	t.Helper()
	p, err := pgxpool.New(context.Background(), Migrated(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	return p
}

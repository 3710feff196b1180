// Package pgtest gives a test a PostgreSQL database of its own, and takes it away afterwards.
//
// It is for tests only. It makes databases in the server that DREAMQL_TEST_DATABASE_URL names, which `make test` starts.
package pgtest

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/dreamql/dreamql/migrations"
)

// Variable names the server that tests may make databases in.
const Variable = "DREAMQL_TEST_DATABASE_URL"

// Empty returns the connection string of a new database with nothing in it.
func Empty(t testing.TB) string {
	t.Helper()
	server := os.Getenv(Variable)
	if server == "" {
		t.Skipf("%s is not set; `make test` sets it to a PostgreSQL that it starts", Variable)
	}
	name := "test_" + strings.ReplaceAll(uuid.NewString(), "-", "")
	execute(t, server, "CREATE DATABASE "+name)
	t.Cleanup(func() { execute(t, server, "DROP DATABASE "+name+" WITH (FORCE)") })
	dsn, err := withDatabase(server, name)
	if err != nil {
		t.Fatal(err)
	}
	return dsn
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

func withDatabase(server, name string) (string, error) {
	u, err := url.Parse(server)
	if err != nil || u.Scheme == "" {
		return "", fmt.Errorf("%s must be a postgres:// URL", Variable)
	}
	u.Path = "/" + name
	return u.String(), nil
}

func execute(t testing.TB, dsn, statement string) {
	t.Helper()
	ctx := context.Background()
	c, err := pgx.Connect(ctx, dsn)
	if err != nil {
		t.Fatalf("connect to %s: %v", Variable, err)
	}
	defer c.Close(ctx)
	if _, err := c.Exec(ctx, statement); err != nil {
		t.Fatal(err)
	}
}

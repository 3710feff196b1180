// Package localtest gives tests a real PostgreSQL database and a real Redis: those that `make test` started (DREAMQL_TEST_DATABASE_URL),
// else one that it starts for the test binary; and a Redis for each test that asks.
//
// Nothing but tests may import it.
package localtest

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/dreamql/dreamql/server/local"
)

var shared = sync.OnceValues(func() (*local.Services, error) {
	sweep()
	dir, err := os.MkdirTemp("", "dreamql-test-")
	if err != nil {
		return nil, err
	}
	if err := os.Chmod(dir, 0o711); err != nil {
		return nil, err
	}
	return local.Start(context.Background(), local.Config{
		DataDir: dir, DatabaseURL: os.Getenv("DREAMQL_TEST_DATABASE_URL"), RedisURL: "unused",
	})
})

// sweep removes the folders of test binaries that have ended: PostgreSQL dies with them, and nothing else could tidy up behind it.
func sweep() {
	old, _ := filepath.Glob(filepath.Join(os.TempDir(), "dreamql-test-*"))
	for _, dir := range old {
		f, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_RDWR, 0)
		if err != nil {
			continue
		}
		if syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) == nil {
			os.RemoveAll(dir)
		}
		f.Close()
	}
}

func services(t testing.TB) *local.Services {
	t.Helper()
	s, err := shared()
	if err != nil {
		t.Fatalf("starting PostgreSQL and Redis for the test: %v", err)
	}
	return s
}

// Database makes an empty database, dropped at the end of the test, and returns its URL.
func Database(t testing.TB) string {
	t.Helper()
	ctx := context.Background()
	admin := services(t).DatabaseURL
	name := "test_" + random()
	run := func(sql string) error {
		conn, err := pgx.Connect(ctx, admin)
		if err != nil {
			return err
		}
		defer conn.Close(ctx)
		_, err = conn.Exec(ctx, sql)
		return err
	}
	if err := run("CREATE DATABASE " + name); err != nil {
		t.Fatalf("making a database: %v", err)
	}
	t.Cleanup(func() {
		if err := run("DROP DATABASE " + name + " WITH (FORCE)"); err != nil {
			t.Errorf("dropping the database: %v", err)
		}
	})
	u, err := url.Parse(admin)
	if err != nil {
		t.Fatal(err)
	}
	u.Path = "/" + name
	return u.String()
}

// Redis starts an empty Redis that is the test's own, so that it may be flushed, and returns its URL.
func Redis(t testing.TB) string {
	t.Helper()
	dir := t.TempDir()
	s, err := local.Start(context.Background(), local.Config{DataDir: dir, DatabaseURL: "unused"})
	if err != nil {
		t.Fatalf("starting Redis for the test: %v", err)
	}
	t.Cleanup(s.Close)
	return s.RedisURL
}

func random() string {
	b := make([]byte, 6)
	_, _ = rand.Read(b)
	return hex.EncodeToString(b)
}

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/postgres"
	"github.com/dreamql/dreamql/engine/storage"
)

// Postgres describes a table of a database. The connection is an environment variable that holds the address, so that no
// password is in a program, or the address itself.
func (c localCatalog) Postgres(ctx context.Context, connection, table string) (*logical.Table, error) {
	if !c.Remote {
		return nil, errors.New("databases are read by dreamql query, check, explain and notebook run, and nowhere else")
	}
	address := connection
	if !strings.Contains(connection, "://") {
		if address = os.Getenv(connection); address == "" {
			return nil, fmt.Errorf("there is no environment variable %s; set it to postgres://user:password@host:port/database", connection)
		}
	}
	return postgres.Describe(ctx, address, table)
}

// databasePrefix is what the names of environment variables start with that open a database to the programs of a server.
const databasePrefix = "DREAMQL_POSTGRES_"

// namedDatabases finds the databases that an environment opens. Its errors repeat no address, which holds a password.
func namedDatabases(environ []string) (map[string]string, error) {
	found := map[string]string{}
	for _, v := range environ {
		variable, address, _ := strings.Cut(v, "=")
		name, ok := strings.CutPrefix(variable, databasePrefix)
		if !ok || address == "" {
			continue
		}
		if name == "" {
			return nil, fmt.Errorf("%s needs a name at its end, such as %sSHOP", variable, databasePrefix)
		}
		if !strings.HasPrefix(address, "postgres://") && !strings.HasPrefix(address, "postgresql://") {
			return nil, fmt.Errorf("%s is not the address of a database; it is written as postgres://user:password@host:port/database", variable)
		}
		name = strings.ToLower(name)
		if _, twice := found[name]; twice {
			return nil, fmt.Errorf("two variables name the database %s, whose case does not matter; leave one out", name)
		}
		found[name] = address
	}
	return found, nil
}

// copies keeps the rows that a program reads of databases, in a folder that goes with the session.
type copies struct {
	dir  string
	next int
}

func (c *copies) copy(ctx context.Context, s *logical.Scan, limit int64) (*logical.Table, error) {
	if c.dir == "" {
		dir, err := os.MkdirTemp("", "dreamql-copies-*")
		if err != nil {
			return nil, err
		}
		c.dir = dir
	}
	c.next++
	blobs, err := storage.Open(ctx, c.dir)
	if err != nil {
		return nil, err
	}
	defer blobs.Close()
	t, err := postgres.Copy(ctx, s, limit, 0, blobs, fmt.Sprint(c.next))
	if err != nil {
		return nil, fmt.Errorf("the table %s cannot be read: %w", s.Table.Name, err)
	}
	for i := range t.Segments {
		t.Segments[i].Key = filepath.Join(c.dir, filepath.FromSlash(t.Segments[i].Key))
	}
	return t, nil
}

func (c *copies) drop() {
	if c.dir != "" {
		os.RemoveAll(c.dir)
		c.dir = ""
	}
}

package dataset

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/dreamql/dreamql/engine/catalog"
	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/postgres"
	"github.com/dreamql/dreamql/engine/storage"
)

// Databases are PostgreSQL databases that programs may read, by names in lower case that the operator has given them. Their
// addresses hold passwords: nothing that is said of a database repeats one.
type Databases struct {
	addresses map[string]string

	mu        sync.Mutex
	described map[[2]string]*description
}

type description struct {
	asking sync.Mutex
	table  *logical.Table
	err    error
	at     time.Time
}

const (
	describedFor = 10 * time.Second // so that an editor does not ask at each key
	describedMax = 1000
	copyBytes    = 4 << 30
	copyTime     = 5 * time.Minute
)

// NewDatabases opens databases to programs.
func NewDatabases(addresses map[string]string) *Databases {
	return &Databases{addresses: addresses, described: map[[2]string]*description{}}
}

// Describe returns a table without rows.
func (d *Databases) Describe(ctx context.Context, name, table string) (*logical.Table, error) {
	address, err := d.address(&name)
	if err != nil {
		return nil, err
	}
	x := d.description(name, table)
	x.asking.Lock() // whoever asks meanwhile gets the same answer
	defer x.asking.Unlock()
	if time.Since(x.at) > describedFor {
		t, err := postgres.Describe(ctx, address, table)
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		x.table, x.err, x.at = t, unnamed(name, err), time.Now()
	}
	return x.table, x.err
}

func (d *Databases) address(name *string) (string, error) {
	if d == nil || len(d.addresses) == 0 {
		return "", &catalog.Refused{Message: "this server opens no database to programs",
			Help: "import the table as a dataset, or let the server's operator set DREAMQL_POSTGRES_NAME to the address of one"}
	}
	*name = strings.ToLower(*name)
	if a, ok := d.addresses[*name]; ok {
		return a, nil
	}
	return "", &catalog.Refused{Message: "this server has no connection of that name",
		Help: "write one of those it has: " + strings.Join(slices.Sorted(maps.Keys(d.addresses)), ", ")}
}

func (d *Databases) description(name, table string) *description {
	d.mu.Lock()
	defer d.mu.Unlock()
	k := [2]string{name, table}
	if d.described[k] == nil {
		if len(d.described) >= describedMax {
			clear(d.described)
		}
		d.described[k] = &description{}
	}
	return d.described[k]
}

// unnamed says of a database by its name, and not by its host, that it cannot be reached.
func unnamed(name string, err error) error {
	if errors.Is(err, postgres.ErrUnreachable) {
		return fmt.Errorf("the database %s %w", name, postgres.ErrUnreachable)
	}
	return err
}

// Copy stores what a scan needs of a table under prefix, within bounds of size and time.
func (o Outside) Copy(ctx context.Context, s *logical.Scan, limit int64, blobs *storage.Blobs, prefix string) (*logical.Table, error) {
	limited, cancel := context.WithTimeout(ctx, copyTime)
	defer cancel()
	t, err := postgres.Copy(limited, s, limit, copyBytes, blobs, prefix)
	if err == nil {
		return t, nil
	}
	if limited.Err() != nil && ctx.Err() == nil {
		err = fmt.Errorf("its rows were not there within %s; filter it, or take fewer columns", copyTime)
	}
	return nil, fmt.Errorf("the table %s cannot be read: %w", s.Table.Name, unnamed("of the table", err))
}

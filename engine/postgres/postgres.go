// Package postgres reads tables of PostgreSQL databases: what columns they have, and a copy of the rows that a plan needs, as
// segments. The copy is made before a plan runs, in the process that knows the address of the database, so that neither plans nor
// workers ever do.
//
// It must not write to a database. A new type is a line in types.go and a case in append.go.
package postgres

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/types"
)

const connectTime = 10 * time.Second

// ErrUnreachable is part of what is said of a database with which there is no connection.
var ErrUnreachable = errors.New("does not let us in, or does not answer")

// connect opens a connection that can only read. Its errors do not repeat the address, which holds a password.
func connect(ctx context.Context, address string) (*pgx.Conn, error) {
	config, err := pgx.ParseConfig(address)
	if err != nil {
		return nil, errors.New("the address of the database is not understood; it is written as postgres://user:password@host:port/database")
	}
	config.ConnectTimeout = connectTime
	config.RuntimeParams["default_transaction_read_only"] = "on"
	config.RuntimeParams["timezone"] = "UTC"
	c, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, fmt.Errorf("the database at %s:%d %w", config.Host, config.Port, ErrUnreachable)
	}
	return c, nil
}

// Describe returns a table without rows: its columns, as the catalogue of the database has them, and about how many rows it has.
func Describe(ctx context.Context, address, relation string) (*logical.Table, error) {
	c, err := connect(ctx, address)
	if err != nil {
		return nil, err
	}
	defer c.Close(context.WithoutCancel(ctx))
	var oid *uint32
	var rows float64
	var schema, name string
	err = c.QueryRow(ctx, `SELECT r.oid, greatest(coalesce(p.reltuples, 0), 0)::float8, coalesce(n.nspname::text, ''), coalesce(p.relname::text, '')
		FROM (SELECT to_regclass($1)::oid AS oid) r LEFT JOIN pg_class p ON p.oid = r.oid LEFT JOIN pg_namespace n ON n.oid = p.relnamespace`,
		relation).Scan(&oid, &rows, &schema, &name)
	if err != nil {
		return nil, refused(err)
	}
	if oid == nil {
		return nil, fmt.Errorf("the database has no table %s that this user can see; write schema.table, with capitals in \"double quotes\"", relation)
	}
	found, err := c.Query(ctx, `SELECT a.attname::text, a.attnotnull, a.atttypmod, t.typname::text, t.typtype::text, coalesce(e.typname::text, ''), coalesce(e.typtype::text, '')
		FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid LEFT JOIN pg_type e ON e.oid = t.typelem AND t.typcategory = 'A'
		WHERE a.attrelid = $1 AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum`, *oid)
	if err != nil {
		return nil, err
	}
	columns, err := pgx.CollectRows(found, func(r pgx.CollectableRow) (types.Field, error) {
		var c column
		if err := r.Scan(&c.name, &c.required, &c.mod, &c.typ, &c.kind, &c.elem, &c.elemKind); err != nil {
			return types.Field{}, err
		}
		t, err := c.dreamql()
		return types.Field{Name: c.name, Type: t}, err
	})
	if err != nil {
		return nil, err
	}
	if len(columns) == 0 {
		return nil, fmt.Errorf("%s has no columns", relation)
	}
	return &logical.Table{Name: relation, Columns: columns, Rows: int64(rows), External: &logical.External{Address: address, Relation: pgx.Identifier{schema, name}.Sanitize()}}, nil
}

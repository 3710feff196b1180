package migrations_test

import (
	"context"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"golang.org/x/sync/errgroup"

	"github.com/dreamql/dreamql/migrations"
	"github.com/dreamql/dreamql/migrations/pgtest"
)

func TestUpDownUpLeavesTheSameSchema(t *testing.T) {
	t.Parallel()
	dsn, ctx := pgtest.Empty(t), context.Background()
	empty := schema(t, dsn)
	step(t, migrations.Up(ctx, dsn))
	first := schema(t, dsn)
	step(t, migrations.Down(ctx, dsn))
	if got := schema(t, dsn); got != empty {
		t.Errorf("down left behind:\n%s", got)
	}
	step(t, migrations.Up(ctx, dsn))
	if got := schema(t, dsn); got != first {
		t.Errorf("the second up gave\n%s\nthe first\n%s", got, first)
	}
	for _, table := range []string{
		"accounts", "tokens", "scopes", "packages", "versions", "blobs", "notebooks", "notebook_versions", "cells",
		"runs", "events", "datasets", "dataset_versions", "segments", "statistics",
	} {
		if !strings.Contains(first, "column "+table+".") {
			t.Errorf("no table %s", table)
		}
	}
}

func TestServersMayMigrateAtOnce(t *testing.T) {
	t.Parallel()
	dsn := pgtest.Empty(t)
	var g errgroup.Group
	for range 3 {
		g.Go(func() error { return migrations.Up(context.Background(), dsn) })
	}
	step(t, g.Wait())
	if !strings.Contains(schema(t, dsn), "column runs.") {
		t.Error("no table runs")
	}
}

func step(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// schema describes every column, constraint and index but those of the table that counts migrations.
func schema(t *testing.T, dsn string) string {
	t.Helper()
	ctx := context.Background()
	c, err := pgx.Connect(ctx, dsn)
	step(t, err)
	defer c.Close(ctx)
	rows, err := c.Query(ctx, `
		SELECT 'column ' || table_name || '.' || ordinal_position || ' ' || column_name || ' ' || data_type || ' ' ||
		       is_nullable || ' ' || coalesce(column_default, '')
		FROM information_schema.columns WHERE table_schema = 'public' AND table_name <> 'goose_db_version'
		UNION ALL
		SELECT 'constraint ' || conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid)
		FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND conrelid::regclass::text <> 'goose_db_version'
		UNION ALL
		SELECT 'index ' || indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename <> 'goose_db_version'
		ORDER BY 1`)
	step(t, err)
	lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
	step(t, err)
	return strings.Join(lines, "\n")
}

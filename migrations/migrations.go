// Package migrations is the schema of the database as steps forward and back, and the way to take them.
//
// It knows tables and no queries. A change of the schema is a new numbered SQL file here with an Up and a Down part;
// a file that has been released is never edited.
package migrations

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"

	_ "github.com/jackc/pgx/v5/stdlib" // the "pgx" driver of database/sql, which goose speaks
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

//go:embed *.sql
var files embed.FS

// Up brings the database to the newest schema. Several processes may call it at once: one works, the others wait for it.
func Up(ctx context.Context, dsn string) error {
	return run(dsn, func(p *goose.Provider) error {
		_, err := p.Up(ctx)
		return err
	})
}

// Down takes every step back, which deletes all data.
func Down(ctx context.Context, dsn string) error {
	return run(dsn, func(p *goose.Provider) error {
		_, err := p.DownTo(ctx, 0)
		return err
	})
}

func run(dsn string, step func(*goose.Provider) error) (err error) {
	db, err := sql.Open("pgx", dsn)
	if err != nil {
		return fmt.Errorf("open the database: %w", err)
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	locker, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, 120)) // ask each second, for two minutes
	if err != nil {
		return err
	}
	p, err := goose.NewProvider(goose.DialectPostgres, db, files, goose.WithSessionLocker(locker))
	if err != nil {
		return err
	}
	if err := step(p); err != nil {
		return fmt.Errorf("migrate the database: %w", err)
	}
	return nil
}

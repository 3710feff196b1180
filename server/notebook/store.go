package notebook

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/dreamql/dreamql/engine/foreign"
	"github.com/dreamql/dreamql/server/account"
	"github.com/dreamql/dreamql/server/page"
	"github.com/dreamql/dreamql/server/problem"
)

// keptVersions of a notebook can be looked at again; saving is automatic, so there would be no end of them.
const keptVersions = 200

// Store keeps notebooks in Postgres.
type Store struct{ db *pgxpool.Pool }

// NewStore returns the store over a migrated database.
func NewStore(db *pgxpool.Pool) *Store { return &Store{db: db} }

const columns = `id, title, version, created_at, updated_at, deleted_at`

func scan(r pgx.Row) (*Notebook, error) {
	var n Notebook
	err := r.Scan(&n.ID, &n.Title, &n.Version, &n.CreatedAt, &n.UpdatedAt, &n.DeletedAt)
	return &n, err
}

func notFound(id string) error {
	return problem.New(problem.NotFound, "There is no notebook %s; it may have been deleted.", id)
}

// Create saves a new notebook at version 1.
func (s *Store) Create(ctx context.Context, who *account.Identity, c Content) (*Notebook, error) {
	c, err := c.normal()
	if err != nil {
		return nil, err
	}
	var n *Notebook
	err = pgx.BeginFunc(ctx, s.db, func(tx pgx.Tx) error {
		n, err = scan(tx.QueryRow(ctx, `INSERT INTO notebooks (id, owner_id, title) VALUES ($1, $2, $3) RETURNING `+columns,
			uuid.Must(uuid.NewV7()).String(), who.AccountID, c.Title))
		if err != nil {
			return err
		}
		n.Cells = c.Cells
		return write(ctx, tx, who, n)
	})
	return n, err
}

// Get returns the newest version of a notebook that is not deleted.
func (s *Store) Get(ctx context.Context, id string) (*Notebook, error) {
	var n *Notebook
	// One snapshot, so that a save between the two reads cannot mix two versions.
	err := pgx.BeginTxFunc(ctx, s.db, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}, func(tx pgx.Tx) (err error) {
		n, err = scan(tx.QueryRow(ctx, `SELECT `+columns+` FROM notebooks WHERE id = $1 AND deleted_at IS NULL`, id))
		if errors.Is(err, pgx.ErrNoRows) {
			return notFound(id)
		}
		if err != nil {
			return err
		}
		n.Cells, err = readCells(ctx, tx, id)
		return err
	})
	return n, err
}

// Save replaces the content if the notebook is still at version; else it returns a VersionConflict with the current one.
func (s *Store) Save(ctx context.Context, who *account.Identity, id string, version int64, c Content) (*Notebook, error) {
	c, err := c.normal()
	if err != nil {
		return nil, err
	}
	return s.edit(ctx, who, id, version, func(context.Context, pgx.Tx) (Content, error) { return c, nil })
}

// Rename changes the title if the notebook is still at version.
func (s *Store) Rename(ctx context.Context, who *account.Identity, id string, version int64, title string) (*Notebook, error) {
	return s.edit(ctx, who, id, version, func(ctx context.Context, tx pgx.Tx) (Content, error) {
		cells, err := readCells(ctx, tx, id)
		if err != nil {
			return Content{}, err
		}
		return Content{Title: title, Cells: cells}.normal()
	})
}

func (s *Store) edit(ctx context.Context, who *account.Identity, id string, version int64, next func(context.Context, pgx.Tx) (Content, error)) (*Notebook, error) {
	var n *Notebook
	err := pgx.BeginFunc(ctx, s.db, func(tx pgx.Tx) error {
		var current int64
		err := tx.QueryRow(ctx, `SELECT version FROM notebooks WHERE id = $1 AND deleted_at IS NULL FOR UPDATE`, id).Scan(&current)
		if errors.Is(err, pgx.ErrNoRows) {
			return notFound(id)
		}
		if err != nil {
			return err
		}
		if current != version {
			p := problem.New(problem.VersionConflict, "You edited version %d, and version %d has been saved since, perhaps in another tab. Read it again and merge your edit.", version, current)
			p.CurrentVersion = current
			return p
		}
		c, err := next(ctx, tx)
		if err != nil {
			return err
		}
		n, err = scan(tx.QueryRow(ctx, `UPDATE notebooks SET title = $2, version = version + 1, updated_at = now() WHERE id = $1 RETURNING `+columns, id, c.Title))
		if err != nil {
			return err
		}
		n.Cells = c.Cells
		return write(ctx, tx, who, n)
	})
	return n, err
}

// write stores the cells and the version of n, whose row is locked by tx.
func write(ctx context.Context, tx pgx.Tx, who *account.Identity, n *Notebook) error {
	b := &pgx.Batch{}
	b.Queue(`DELETE FROM cells WHERE notebook_id = $1`, n.ID)
	for i, c := range n.Cells {
		b.Queue(`INSERT INTO cells (notebook_id, id, position, kind, source, settings) VALUES ($1, $2, $3, $4, $5, $6)`,
			n.ID, c.ID, i, c.Kind, c.Source, settings{c.View, c.Language})
	}
	b.Queue(`INSERT INTO notebook_versions (notebook_id, version, title, source, saved_by) VALUES ($1, $2, $3, $4, $5)`,
		n.ID, n.Version, n.Title, string(Encode(n.Content)), who.AccountID)
	b.Queue(`DELETE FROM notebook_versions WHERE notebook_id = $1 AND version <= $2`, n.ID, n.Version-keptVersions)
	return tx.SendBatch(ctx, b).Close()
}

// settings is what a cell is beside its text.
type settings struct {
	View
	Language foreign.Language `json:"language,omitempty"`
}

func readCells(ctx context.Context, tx pgx.Tx, id string) ([]Cell, error) {
	rows, err := tx.Query(ctx, `SELECT id, kind, source, settings FROM cells WHERE notebook_id = $1 ORDER BY position`, id)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(r pgx.CollectableRow) (c Cell, err error) {
		var also settings
		err = r.Scan(&c.ID, &c.Kind, &c.Source, &also)
		c.View, c.Language = also.View, also.Language
		return c, err
	})
}

// Delete puts a notebook into the bin; a deleted one is no error.
func (s *Store) Delete(ctx context.Context, id string) error {
	tag, err := s.db.Exec(ctx, `UPDATE notebooks SET deleted_at = coalesce(deleted_at, now()) WHERE id = $1`, id)
	if err == nil && tag.RowsAffected() == 0 {
		return notFound(id)
	}
	return err
}

// Restore undoes Delete.
func (s *Store) Restore(ctx context.Context, id string) (*Notebook, error) {
	if _, err := s.db.Exec(ctx, `UPDATE notebooks SET deleted_at = NULL WHERE id = $1`, id); err != nil {
		return nil, err
	}
	return s.Get(ctx, id)
}

// List returns notebooks, the newest change first, and the cursor of the next page ("" at the end).
func (s *Store) List(ctx context.Context, deleted bool, cursor string, limit int) ([]Summary, string, error) {
	after := struct {
		At time.Time
		ID string
	}{At: time.Now().Add(time.Hour), ID: "~"}
	if err := page.Decode(cursor, &after); err != nil {
		return nil, "", err
	}
	rows, err := s.db.Query(ctx, `SELECT n.id, n.title, n.version, (SELECT count(*) FROM cells c WHERE c.notebook_id = n.id), n.created_at, n.updated_at, n.deleted_at
		FROM notebooks n WHERE (n.deleted_at IS NOT NULL) = $1 AND (n.updated_at, n.id) < ($2, $3)
		ORDER BY n.updated_at DESC, n.id DESC LIMIT $4`, deleted, after.At, after.ID, limit+1)
	if err != nil {
		return nil, "", err
	}
	list, err := pgx.CollectRows(rows, func(r pgx.CollectableRow) (n Summary, err error) {
		return n, r.Scan(&n.ID, &n.Title, &n.Version, &n.Cells, &n.CreatedAt, &n.UpdatedAt, &n.DeletedAt)
	})
	if err != nil || len(list) <= limit {
		return list, "", err
	}
	list = list[:limit]
	after.At, after.ID = list[limit-1].UpdatedAt, list[limit-1].ID
	return list, page.Encode(after), nil
}

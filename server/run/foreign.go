package run

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/dreamql/dreamql/engine/check"
	"github.com/dreamql/dreamql/engine/foreign"
	"github.com/dreamql/dreamql/engine/source"
	"github.com/dreamql/dreamql/engine/storage"
	"github.com/dreamql/dreamql/engine/syntax"
	"github.com/dreamql/dreamql/registry"
	"github.com/dreamql/dreamql/server/problem"
)

// Bounds on the compiled modules of function cells.
const (
	MaxModule   = 4 << 20
	keptModules = 100 // of a notebook
)

// Modules keeps what function cells in AssemblyScript were compiled to, by the notebook and the digest of what was compiled. A notebook's
// module is used by its own runs alone, since nobody but its author vouches for it.
type Modules struct {
	DB    *pgxpool.Pool
	Blobs *storage.Blobs
}

// ModuleInfo is a module that is kept.
type ModuleInfo struct {
	Source string // digest of what was compiled
	Digest string
	Size   int64
	Made   time.Time
}

// Put keeps a module for the source with the digest given.
func (m Modules) Put(ctx context.Context, notebook uuid.UUID, of string, code []byte) (*ModuleInfo, error) {
	switch {
	case len(code) > MaxModule:
		return nil, problem.New(problem.TooLarge, "The module has %d bytes; a function cell's may have %d. Publish it as a package, which may be larger.", len(code), MaxModule)
	case !bytes.HasPrefix(code, []byte("\x00asm\x01\x00\x00\x00")):
		return nil, problem.New(problem.InvalidRequest, "The body is not a WebAssembly module. Send what the AssemblyScript compiler wrote.")
	}
	info := &ModuleInfo{Source: of, Digest: registry.Digest(code), Size: int64(len(code)), Made: time.Now().UTC()}
	if err := registry.WriteBlob(ctx, m.Blobs, info.Digest, code); err != nil {
		return nil, err
	}
	b := &pgx.Batch{}
	b.Queue(`INSERT INTO cell_modules (notebook_id, source, module, size, created_at) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (notebook_id, source) DO UPDATE SET module = excluded.module, size = excluded.size, created_at = excluded.created_at`,
		notebook.String(), of, info.Digest, info.Size, info.Made)
	b.Queue(`DELETE FROM cell_modules WHERE notebook_id = $1 AND source NOT IN
		(SELECT source FROM cell_modules WHERE notebook_id = $1 ORDER BY created_at DESC, source LIMIT $2)`, notebook.String(), keptModules)
	return info, m.DB.SendBatch(ctx, b).Close()
}

// List lists the modules of a notebook, the newest first.
func (m Modules) List(ctx context.Context, notebook uuid.UUID) ([]ModuleInfo, error) {
	rows, err := m.DB.Query(ctx, `SELECT source, module, size, created_at FROM cell_modules WHERE notebook_id = $1 ORDER BY created_at DESC, source`, notebook.String())
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(r pgx.CollectableRow) (i ModuleInfo, err error) {
		return i, r.Scan(&i.Source, &i.Digest, &i.Size, &i.Made)
	})
}

// Digest is that of the module for a source; "" if there is none.
func (m Modules) Digest(ctx context.Context, notebook uuid.UUID, of string) (digest string, err error) {
	err = m.DB.QueryRow(ctx, `SELECT module FROM cell_modules WHERE notebook_id = $1 AND source = $2`, notebook.String(), of).Scan(&digest)
	if errors.Is(err, pgx.ErrNoRows) {
		return "", nil
	}
	return digest, err
}

// finder tells the module that a text was compiled to; "" where it was not. A nil finder is of those who only check, and need none.
type finder func(ctx context.Context, build string) (string, error)

// of a notebook, or of none.
func (m Modules) of(notebook *uuid.UUID) finder {
	return func(ctx context.Context, build string) (string, error) {
		if notebook == nil {
			return "", nil
		}
		return m.Digest(ctx, *notebook, registry.Digest([]byte(build)))
	}
}

// parsed are the sources of a program as the checker takes them.
type parsed struct {
	texts []*syntax.Program
	other map[source.FileID]*foreign.Source
	code  map[string][]byte // modules that are texts, by their digests
	diags source.Diagnostics
}

func parse(ctx context.Context, sources []Source, find finder) (*parsed, error) {
	p := &parsed{other: map[source.FileID]*foreign.Source{}, code: map[string][]byte{}}
	for i, s := range sources {
		id := source.FileID(i)
		if s.Language == "" {
			t, d := syntax.Parse(id, s.Text)
			p.texts, p.diags = append(p.texts, t), append(p.diags, d...)
			continue
		}
		p.texts = append(p.texts, check.Foreign(id))
		src := foreign.Read(id, s.Language, s.ID, s.Text)
		p.other[id] = src
		module := registry.Digest([]byte(s.Text))
		if src.Build == "" {
			p.code[module] = []byte(s.Text)
		} else if find != nil {
			var err error
			if module, err = find(ctx, src.Build); err != nil {
				return nil, fmt.Errorf("the modules of the notebook: %w", err)
			}
			src.Uncompiled = module == ""
		}
		src.Complete(module)
	}
	return p, nil
}

package postgres

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/jackc/pgx/v5"

	"github.com/dreamql/dreamql/registry"
)

// ErrCursor is for a cursor that Search did not give.
var ErrCursor = errors.New("the cursor is not one that this list gave")

// position is where a page of Search ends: the rank and name of its last package.
type position struct {
	Rank  float64
	Scope string
	Name  string
}

// Search lists packages that have all words of text, as beginnings of words, best first and then by name; all packages by
// name for an empty text. cursor is "" for the first page, and next is "" at the end.
func (s *Store) Search(ctx context.Context, text, cursor string, limit int) (page []registry.Summary, next string, err error) {
	limit = min(max(limit, 1), 200)
	var after *position
	if cursor != "" {
		b, err := base64.RawURLEncoding.DecodeString(cursor)
		if err != nil || json.Unmarshal(b, &after) != nil || after == nil {
			return nil, "", ErrCursor
		}
	} else {
		after = &position{Rank: 2} // ts_rank is below 1
	}
	rows, err := s.db.Query(ctx, `
		SELECT scope, name, latest, description, keywords, updated_at, rank,
		  (SELECT coalesce(array_agg(f.name ORDER BY f.position), '{}') FROM version_functions f
		    WHERE (f.scope, f.package, f.version) = (p.scope, p.name, p.latest)),
		  (SELECT coalesce(array_agg(DISTINCT f.kind), '{}') FROM version_functions f
		    WHERE (f.scope, f.package, f.version) = (p.scope, p.name, p.latest)),
		  (SELECT coalesce(sum(d.count), 0)::bigint FROM downloads d WHERE (d.scope, d.package) = (p.scope, p.name))
		FROM (SELECT *, CASE WHEN $1 = '' THEN 0 ELSE ts_rank(document, to_tsquery('simple', $1))::float8 END AS rank FROM packages
		      WHERE $1 = '' OR document @@ to_tsquery('simple', $1)) p
		WHERE rank < $2 OR rank = $2 AND (scope, name) > ($3, $4)
		ORDER BY rank DESC, scope, name LIMIT $5`,
		tsquery(text), after.Rank, after.Scope, after.Name, limit+1)
	if err != nil {
		return nil, "", err
	}
	var ranks []float64
	page, err = pgx.CollectRows(rows, func(r pgx.CollectableRow) (x registry.Summary, err error) {
		var rank float64
		err = r.Scan(&x.Scope, &x.Name, &x.Version, &x.Description, &x.Keywords, &x.PublishedAt, &rank, &x.Functions, &x.Kinds, &x.Downloads)
		ranks = append(ranks, rank)
		return x, err
	})
	if err != nil || len(page) <= limit {
		return page, "", err
	}
	page = page[:limit]
	last := page[limit-1]
	b, err := json.Marshal(position{ranks[limit-1], last.Scope, last.Name})
	return page, base64.RawURLEncoding.EncodeToString(b), err
}

// tsquery turns what a person types into a query that cannot be malformed: "geo dist" is geo:* & dist:*.
func tsquery(text string) string {
	words := strings.FieldsFunc(strings.ToLower(clean(clip(text, 200))), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	for i, w := range words {
		words[i] = "'" + w + "':*"
	}
	return strings.Join(words, " & ")
}

const summaryColumns = `v.scope, v.name, v.version, v.digest, v.size, v.published_at, v.yanked_at IS NOT NULL, v.yank_reason,
	(SELECT coalesce(sum(d.count), 0)::bigint FROM downloads d WHERE (d.scope, d.package, d.version) = (v.scope, v.name, v.version))`

func summaryFields(v *registry.VersionSummary) []any {
	return []any{&v.Scope, &v.Name, &v.Version, &v.Digest, &v.Size, &v.PublishedAt, &v.Yanked, &v.YankReason, &v.Downloads}
}

// Versions implements registry.Store.
func (s *Store) Versions(ctx context.Context, scope, name string) ([]registry.VersionSummary, error) {
	rows, err := s.db.Query(ctx, `SELECT `+summaryColumns+` FROM versions v WHERE v.scope = $1 AND v.name = $2`, scope, name)
	if err != nil {
		return nil, err
	}
	versions, err := pgx.CollectRows(rows, func(r pgx.CollectableRow) (v registry.VersionSummary, err error) {
		return v, r.Scan(summaryFields(&v)...)
	})
	if err != nil {
		return nil, err
	}
	if len(versions) == 0 {
		return nil, fmt.Errorf("package %s/%s: %w", scope, name, registry.ErrNotFound)
	}
	slices.SortFunc(versions, func(a, b registry.VersionSummary) int { return registry.CompareVersions(b.Version, a.Version) })
	return versions, nil
}

// Latest returns the version that a package's page shows first: the newest release that is not yanked.
func (s *Store) Latest(ctx context.Context, scope, name string) (*registry.Version, error) {
	ref := registry.Ref{Scope: scope, Name: name}
	err := s.db.QueryRow(ctx, `SELECT latest FROM packages WHERE scope = $1 AND name = $2`, scope, name).Scan(&ref.Version)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, fmt.Errorf("package %s/%s: %w", scope, name, registry.ErrNotFound)
	}
	if err != nil {
		return nil, err
	}
	return s.Version(ctx, ref)
}

// Version implements registry.Store.
func (s *Store) Version(ctx context.Context, ref registry.Ref) (*registry.Version, error) {
	var v registry.Version
	var manifest, checks []byte
	err := s.db.QueryRow(ctx, `SELECT `+summaryColumns+`, v.manifest, v.readme, v.checks, a.name,
		(SELECT count(*) FROM notebook_packages n WHERE (n.scope, n.package, n.version) = (v.scope, v.name, v.version))
		FROM versions v JOIN accounts a ON a.id = v.published_by WHERE v.scope = $1 AND v.name = $2 AND v.version = $3`,
		ref.Scope, ref.Name, ref.Version).Scan(append(summaryFields(&v.VersionSummary), &manifest, &v.Readme, &checks, &v.PublishedBy, &v.Notebooks)...)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, fmt.Errorf("version %s: %w", ref, registry.ErrNotFound)
	}
	if err != nil {
		return nil, err
	}
	if err := errors.Join(decode(manifest, &v.Manifest), decode(checks, &v.Checks)); err != nil {
		return nil, err
	}
	rows, err := s.db.Query(ctx, `SELECT signature, doc, examples, function FROM version_functions
		WHERE scope = $1 AND package = $2 AND version = $3 ORDER BY position`, ref.Scope, ref.Name, ref.Version)
	if err != nil {
		return nil, err
	}
	v.Functions, err = pgx.CollectRows(rows, func(r pgx.CollectableRow) (f registry.PublishedFunction, err error) {
		var examples, function []byte
		if err := r.Scan(&f.Signature, &f.Doc, &examples, &function); err != nil {
			return f, err
		}
		return f, errors.Join(decode(examples, &f.Examples), decode(function, &f.Function))
	})
	return &v, err
}

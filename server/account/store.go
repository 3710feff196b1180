package account

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/dreamql/dreamql/server/problem"
)

// Store keeps accounts and tokens in Postgres.
type Store struct{ db *pgxpool.Pool }

// NewStore returns the store over a migrated database.
func NewStore(db *pgxpool.Pool) *Store { return &Store{db: db} }

// Owner returns the account that owns this service, made at the first call. Many processes may call it at once.
func (s *Store) Owner(ctx context.Context) (*Identity, error) {
	_, err := s.db.Exec(ctx, `INSERT INTO accounts (id, name, display_name, role) VALUES ($1, 'owner', 'Owner', 'owner')
		ON CONFLICT (name) DO NOTHING`, newID())
	if err != nil {
		return nil, err
	}
	owner := &Identity{Name: "owner", Scopes: []Scope{Admin}}
	err = s.db.QueryRow(ctx, `SELECT id FROM accounts WHERE name = 'owner'`).Scan(&owner.AccountID)
	return owner, err
}

// Install makes secret the owner's first token, in the place of an earlier one; calling it again is harmless.
func (s *Store) Install(ctx context.Context, owner *Identity, secret string) error {
	_, err := s.db.Exec(ctx, `UPDATE tokens SET revoked_at = now() WHERE account_id = $1 AND name = 'first token' AND hash <> $2 AND revoked_at IS NULL`,
		owner.AccountID, hash(secret))
	if err != nil {
		return err
	}
	_, err = s.db.Exec(ctx, `INSERT INTO tokens (id, account_id, name, hash, permissions) VALUES ($1, $2, 'first token', $3, $4)
		ON CONFLICT (hash) DO UPDATE SET revoked_at = NULL, expires_at = NULL`,
		newID(), owner.AccountID, hash(secret), Scopes)
	return err
}

// Authenticate returns whose token secret is; an Unauthorized problem if it is nobody's, expired or revoked.
func (s *Store) Authenticate(ctx context.Context, secret string) (*Identity, error) {
	if secret == "" || len(secret) > 512 {
		return nil, problem.New(problem.Unauthorized, "Send a token as \"Authorization: Bearer …\".")
	}
	var i Identity
	var stale bool
	err := s.db.QueryRow(ctx, `SELECT a.id, a.name, t.id, t.permissions, t.last_used_at IS NULL OR t.last_used_at < now() - interval '1 minute'
		FROM tokens t JOIN accounts a ON a.id = t.account_id
		WHERE t.hash = $1 AND t.revoked_at IS NULL AND (t.expires_at IS NULL OR t.expires_at > now()) AND a.disabled_at IS NULL`,
		hash(secret)).Scan(&i.AccountID, &i.Name, &i.TokenID, &i.Scopes, &stale)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, problem.New(problem.Unauthorized, "The token is unknown, expired or revoked. Open the address that the server printed when it started, or create a new token.")
	}
	if err != nil {
		return nil, err
	}
	if stale {
		_, err = s.db.Exec(ctx, `UPDATE tokens SET last_used_at = now() WHERE id = $1`, i.TokenID)
	}
	return &i, err
}

// Create makes a token for the caller and returns its secret, which cannot be had again.
func (s *Store) Create(ctx context.Context, who *Identity, name string, scopes []Scope, expires *time.Time) (*Token, string, error) {
	name = strings.TrimSpace(name)
	if name == "" || len(name) > 100 {
		return nil, "", problem.New(problem.InvalidRequest, "Give the token a name of 1 to 100 characters.")
	}
	if len(scopes) == 0 {
		return nil, "", problem.New(problem.InvalidRequest, "Give the token at least one of the scopes read, run, write, publish, admin.")
	}
	for _, sc := range scopes {
		if !slices.Contains(Scopes, sc) {
			return nil, "", problem.New(problem.InvalidRequest, "%q is no scope: use read, run, write, publish, admin.", sc)
		}
		if !who.May(sc) {
			return nil, "", problem.New(problem.Forbidden, "A token cannot make one that may more than itself; this one may not %s.", sc)
		}
	}
	if expires != nil && expires.Before(time.Now()) {
		return nil, "", problem.New(problem.InvalidRequest, "expires_at lies in the past. Send a time to come, or leave it out.")
	}
	secret := NewSecret()
	t := &Token{ID: newID(), Name: name, Scopes: scopes, ExpiresAt: expires}
	err := s.db.QueryRow(ctx, `INSERT INTO tokens (id, account_id, name, hash, permissions, expires_at) VALUES ($1, $2, $3, $4, $5, $6)
		RETURNING created_at`, t.ID, who.AccountID, name, hash(secret), scopes, expires).Scan(&t.CreatedAt)
	return t, secret, err
}

// List returns the caller's live tokens, newest first.
func (s *Store) List(ctx context.Context, who *Identity) ([]Token, error) {
	rows, err := s.db.Query(ctx, `SELECT id, name, permissions, created_at, expires_at, last_used_at FROM tokens
		WHERE account_id = $1 AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > now()) ORDER BY created_at DESC, id DESC LIMIT 1000`, who.AccountID)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(r pgx.CollectableRow) (t Token, err error) {
		return t, r.Scan(&t.ID, &t.Name, &t.Scopes, &t.CreatedAt, &t.ExpiresAt, &t.LastUsedAt)
	})
}

// Revoke ends one of the caller's tokens at once.
func (s *Store) Revoke(ctx context.Context, who *Identity, id string) error {
	tag, err := s.db.Exec(ctx, `UPDATE tokens SET revoked_at = now() WHERE id = $1 AND account_id = $2 AND revoked_at IS NULL`, id, who.AccountID)
	if err == nil && tag.RowsAffected() == 0 {
		return problem.New(problem.NotFound, "You have no token %s. GET /api/v1/tokens lists those you have.", id)
	}
	return err
}

// Session makes a token for a browser, with the scopes of the one that opened it, good for 30 days.
func (s *Store) Session(ctx context.Context, who *Identity) (string, error) {
	expires := time.Now().Add(30 * 24 * time.Hour)
	_, secret, err := s.Create(ctx, who, "browser", who.Scopes, &expires)
	if err != nil {
		return "", err
	}
	// Sessions would pile up without end on a machine that is opened each day.
	_, err = s.db.Exec(ctx, `DELETE FROM tokens WHERE account_id = $1 AND name = 'browser' AND expires_at < now()`, who.AccountID)
	return secret, err
}

// NewSecret makes a token's secret.
func NewSecret() string {
	b := make([]byte, 32)
	rand.Read(b)
	return "dql_" + base64.RawURLEncoding.EncodeToString(b)
}

func hash(secret string) []byte {
	h := sha256.Sum256([]byte(secret))
	return h[:]
}

func newID() string { return uuid.Must(uuid.NewV7()).String() }

package api

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/labstack/echo/v4"

	"github.com/dreamql/dreamql/server/account"
	"github.com/dreamql/dreamql/server/problem"
)

const (
	keptAnswer = 1 << 20 // bytes; a repeated call with a larger answer is told that it was done
	abandoned  = 10 * time.Minute
)

// Idempotent answers a repeated unsafe call, known by its Idempotency-Key, with the answer of the first. A call that
// failed on the service's side may be made again.
func Idempotent(db *pgxpool.Pool) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			key, who := c.Request().Header.Get("Idempotency-Key"), account.From(c.Request().Context())
			if key == "" || c.Request().Method != http.MethodPost || who == nil {
				return next(c)
			}
			if len(key) > 200 || strings.ContainsFunc(key, func(r rune) bool { return r < ' ' || r > '~' }) {
				return problem.New(problem.InvalidRequest, "Idempotency-Key must have 1 to 200 printable ASCII characters.")
			}
			request, err := fingerprint(c.Request())
			if err != nil {
				return err
			}
			k := keyed{db: db, account: who.AccountID, key: key, request: request}
			first, err := k.reserve(c)
			if err != nil || !first {
				return err
			}
			return k.record(c, next)
		}
	}
}

// fingerprint tells two calls apart that share a key by mistake. A file's bytes do not count: it is read once, as it comes.
func fingerprint(r *http.Request) ([]byte, error) {
	h := sha256.New()
	fmt.Fprintf(h, "%s\n%s\n%s\n%d\n", r.Method, r.URL.RequestURI(), r.Header.Get("Content-Type"), r.ContentLength)
	if strings.HasPrefix(r.Header.Get("Content-Type"), "application/json") {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		h.Write(body)
		r.Body = io.NopCloser(bytes.NewReader(body))
	}
	return h.Sum(nil), nil
}

type keyed struct {
	db           *pgxpool.Pool
	account, key string
	request      []byte
}

// reserve makes this the first call of its key, or answers it from the first.
func (k keyed) reserve(c echo.Context) (first bool, err error) {
	ctx := c.Request().Context()
	tag, err := k.db.Exec(ctx, `INSERT INTO idempotency_keys (account_id, key, method, path, request) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (account_id, key) DO UPDATE SET method = excluded.method, path = excluded.path, request = excluded.request, status = NULL,
			headers = NULL, body = NULL, created_at = now(), expires_at = now() + interval '24 hours'
		WHERE idempotency_keys.expires_at < now() OR idempotency_keys.status IS NULL AND idempotency_keys.created_at < now() - $6::interval`,
		k.account, k.key, c.Request().Method, c.Path(), k.request, abandoned)
	if err != nil || tag.RowsAffected() == 1 {
		return err == nil, err
	}
	var request, body []byte
	var status *int
	var headers map[string]string
	err = k.db.QueryRow(ctx, `SELECT request, status, headers, body FROM idempotency_keys WHERE account_id = $1 AND key = $2`, k.account, k.key).
		Scan(&request, &status, &headers, &body)
	switch {
	case errors.Is(err, pgx.ErrNoRows) || err == nil && status == nil:
		return false, problem.New(problem.Conflict, "A call with this Idempotency-Key is under way; repeat this one when it has ended.")
	case err != nil:
		return false, err
	case !bytes.Equal(request, k.request):
		return false, problem.New(problem.Conflict, "This Idempotency-Key was used for another call; make a new key for each call that is to be done once.")
	case body == nil && *status != http.StatusNoContent:
		return false, problem.New(problem.Conflict, "This call was done already, and its answer was too large to be kept.")
	}
	for name, v := range headers {
		c.Response().Header().Set(name, v)
	}
	c.Response().Header().Set("Idempotent-Replayed", "true")
	c.Response().WriteHeader(*status)
	_, err = c.Response().Write(body)
	return false, err
}

// record runs the call and keeps its answer.
func (k keyed) record(c echo.Context, next echo.HandlerFunc) error {
	w := &recorder{ResponseWriter: c.Response().Writer}
	c.Response().Writer = w
	if err := next(c); err != nil {
		c.Error(err)
	}
	c.Response().Writer = w.ResponseWriter
	ctx, cancel := contextWithoutEnd(c, 5*time.Second)
	defer cancel()
	if s := c.Response().Status; s >= 500 || s == http.StatusUnauthorized {
		_, err := k.db.Exec(ctx, `DELETE FROM idempotency_keys WHERE account_id = $1 AND key = $2`, k.account, k.key)
		return err
	}
	headers := map[string]string{}
	for _, name := range []string{"Content-Type", "ETag", "Content-Disposition"} {
		if v := c.Response().Header().Get(name); v != "" {
			headers[name] = v
		}
	}
	body := w.body.Bytes()
	if body == nil {
		body = []byte{}
	}
	if w.tooLarge {
		body = nil
	}
	_, err := k.db.Exec(ctx, `UPDATE idempotency_keys SET status = $3, headers = $4, body = $5 WHERE account_id = $1 AND key = $2`,
		k.account, k.key, c.Response().Status, headers, body)
	return err
}

// recorder copies what is written, up to a limit.
type recorder struct {
	http.ResponseWriter
	body     bytes.Buffer
	tooLarge bool
}

func (r *recorder) Write(p []byte) (int, error) {
	if r.tooLarge = r.tooLarge || r.body.Len()+len(p) > keptAnswer; !r.tooLarge {
		r.body.Write(p)
	}
	return r.ResponseWriter.Write(p)
}

func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }

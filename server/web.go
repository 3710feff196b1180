package server

import (
	"io/fs"
	"net/http"
	"path"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/dreamql/dreamql/server/account"
	"github.com/dreamql/dreamql/server/api"
	"github.com/dreamql/dreamql/server/problem"
)

// notBuilt is shown by a program that was compiled without the web application.
const notBuilt = `<!doctype html><html lang="en"><meta charset="utf-8"><title>DreamQL</title>
<h1>DreamQL is running</h1><p>This program was built without the web application. Run <code>make build</code>, then start it again.
The REST interface works: see <code>/api/v1/health</code>.</p></html>`

// application serves the built web application; addresses that are no file show it too, because it has routes of its own.
func application(files fs.FS) echo.HandlerFunc {
	return func(c echo.Context) error {
		p := c.Request().URL.Path
		if p == "/api" || strings.HasPrefix(p, "/api/") {
			return problem.New(problem.NotFound, "There is nothing at this address; openapi.yaml lists what there is.")
		}
		name := strings.TrimPrefix(path.Clean("/"+p), "/")
		h := c.Response().Header()
		if f, err := fs.Stat(files, name); name != "" && err == nil && !f.IsDir() {
			if strings.HasPrefix(name, "assets/") {
				h.Set("Cache-Control", "public, max-age=31536000, immutable") // the name holds a digest
			} else {
				h.Set("Cache-Control", "no-cache")
			}
			http.ServeFileFS(c.Response(), c.Request(), files, name)
			return nil
		}
		if strings.HasPrefix(name, "assets/") {
			return problem.New(problem.NotFound, "This file belongs to another version of the application; load the page again.")
		}
		h.Set("Cache-Control", "no-cache")
		page, err := fs.ReadFile(files, "index.html")
		if err != nil {
			return c.HTML(http.StatusOK, notBuilt)
		}
		return c.HTMLBlob(http.StatusOK, page)
	}
}

// session turns the token in the address that the server printed into a cookie that scripts cannot read, and takes it out of the
// address, so that it does not stay in the history.
func session(accounts *account.Store) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			r := c.Request()
			token := r.URL.Query().Get("token")
			if r.Method != http.MethodGet || token == "" || strings.HasPrefix(r.URL.Path, "/api/") || r.URL.Path == "/metrics" {
				return next(c)
			}
			query := r.URL.Query()
			query.Del("token")
			to := "/" + strings.TrimLeft(path.Clean("/"+r.URL.Path), "/\\")
			if len(query) > 0 {
				to += "?" + query.Encode()
			}
			who, err := accounts.Authenticate(r.Context(), token)
			if problem.Has(err, problem.Unauthorized) {
				// The application shows its own page for someone without a session.
				return c.Redirect(http.StatusSeeOther, to)
			}
			if err != nil {
				return err
			}
			secret, err := accounts.Session(r.Context(), who)
			if err != nil {
				return err
			}
			c.SetCookie(&http.Cookie{Name: api.SessionCookie, Value: secret, Path: "/", HttpOnly: true, SameSite: http.SameSiteStrictMode,
				Secure: r.TLS != nil, Expires: time.Now().Add(30 * 24 * time.Hour)})
			return c.Redirect(http.StatusSeeOther, to)
		}
	}
}

// headers keep a browser from doing what the application never asks for.
func headers(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		h := c.Response().Header()
		scripts := ""
		if strings.HasPrefix(c.Request().URL.Path, "/assets/asc_worker") {
			scripts = "script-src 'self' 'wasm-unsafe-eval'; connect-src 'self' data:; " // the compiler of function cells is WebAssembly itself; a worker has a policy of its own
		}
		h.Set("Content-Security-Policy", scripts+"default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; worker-src 'self' blob:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
		if strings.HasPrefix(c.Request().URL.Path, "/api/") {
			h.Set("Cache-Control", "no-store")
		}
		return next(c)
	}
}

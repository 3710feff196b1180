package api

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/dreamql/dreamql/server/account"
	"github.com/dreamql/dreamql/server/problem"
)

// SessionCookie holds a browser's token.
const SessionCookie = "dreamql_session"

// public routes need no token.
var public = map[string]bool{"GET /api/v1/health": true}

// access is the scope that each route needs; a route without a line here is refused to everyone.
var access = map[string]account.Scope{
	"GET /metrics":                                                account.Read,
	"POST /api/v1/query":                                          account.Run,
	"POST /api/v1/check":                                          account.Read,
	"POST /api/v1/explain":                                        account.Read,
	"POST /api/v1/format":                                         account.Read,
	"GET /api/v1/language":                                        account.Read,
	"GET /api/v1/functions":                                       account.Read,
	"POST /api/v1/functions":                                      account.Read,
	"GET /api/v1/notebooks":                                       account.Read,
	"POST /api/v1/notebooks":                                      account.Write,
	"POST /api/v1/notebooks/import":                               account.Write,
	"GET /api/v1/notebooks/:notebook":                             account.Read,
	"PUT /api/v1/notebooks/:notebook":                             account.Write,
	"PATCH /api/v1/notebooks/:notebook":                           account.Write,
	"DELETE /api/v1/notebooks/:notebook":                          account.Write,
	"POST /api/v1/notebooks/:notebook/restore":                    account.Write,
	"GET /api/v1/notebooks/:notebook/export":                      account.Read,
	"GET /api/v1/notebooks/:notebook/results":                     account.Read,
	"GET /api/v1/notebooks/:notebook/packages":                    account.Read,
	"GET /api/v1/notebooks/:notebook/modules":                     account.Read,
	"PUT /api/v1/notebooks/:notebook/modules/:source":             account.Write,
	"POST /api/v1/notebooks/:notebook/packages/upgrade":           account.Write,
	"GET /api/v1/notebooks/:notebook/runs":                        account.Read,
	"POST /api/v1/notebooks/:notebook/runs":                       account.Run,
	"GET /api/v1/runs/:run":                                       account.Read,
	"POST /api/v1/runs/:run/cancel":                               account.Run,
	"GET /api/v1/runs/:run/events":                                account.Read,
	"GET /api/v1/runs/:run/cells/:cell/result":                    account.Read,
	"GET /api/v1/packages":                                        account.Read,
	"POST /api/v1/packages":                                       account.Publish,
	"POST /api/v1/packages/of-cell":                               account.Publish,
	"GET /api/v1/packages/:scope/:name":                           account.Read,
	"GET /api/v1/packages/:scope/:name/versions":                  account.Read,
	"GET /api/v1/packages/:scope/:name/versions/:version":         account.Read,
	"GET /api/v1/packages/:scope/:name/versions/:version/archive": account.Read,
	"POST /api/v1/packages/:scope/:name/versions/:version/yank":   account.Publish,
	"GET /api/v1/datasets":                                        account.Read,
	"POST /api/v1/datasets":                                       account.Write,
	"GET /api/v1/datasets/:dataset":                               account.Read,
	"DELETE /api/v1/datasets/:dataset":                            account.Write,
	"GET /api/v1/datasets/:dataset/preview":                       account.Read,
	"POST /api/v1/datasets/:dataset/_compact":                     account.Write,
	"POST /api/v1/datasets/:dataset/_search":                      account.Run,
	"GET /api/v1/account":                                         account.Read,
	"GET /api/v1/tokens":                                          account.Admin,
	"POST /api/v1/tokens":                                         account.Admin,
	"DELETE /api/v1/tokens/:token":                                account.Admin,
}

// Authenticate lets a request through that has a valid token with the scope of its route, and notes whose it is. It must
// run before anything reads a body.
func Authenticate(accounts *account.Store) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			r := c.Request()
			if !guarded(r.URL.Path) {
				return next(c)
			}
			route := r.Method + " " + c.Path()
			if public[route] {
				return next(c)
			}
			secret, byCookie := credentials(r)
			who, err := accounts.Authenticate(r.Context(), secret)
			if err != nil {
				return err
			}
			if byCookie && !sameOrigin(r) {
				return problem.New(problem.Forbidden, "This request comes from another site. Send a token as \"Authorization: Bearer …\" instead of the browser's cookie.")
			}
			if scope, known := access[route]; known && !who.May(scope) {
				return problem.New(problem.Forbidden, "This needs a token with the scope %s; this one has %s. Make another under Tokens, or with POST /api/v1/tokens.", scope, joined(who.Scopes))
			} else if !known && c.Path() != "" && !isFallback(c.Path()) {
				return problem.New(problem.MethodNotAllowed, "This address does not take %s.", r.Method)
			}
			c.SetRequest(r.WithContext(account.With(r.Context(), who)))
			return next(c)
		}
	}
}

// guarded tells the interface from the files of the web application.
func guarded(path string) bool {
	return path == "/api" || strings.HasPrefix(path, "/api/") || path == "/metrics"
}

// isFallback is the route of the web application, which answers "not found" below /api.
func isFallback(path string) bool { return strings.HasSuffix(path, "*") }

func credentials(r *http.Request) (secret string, byCookie bool) {
	if h := r.Header.Get("Authorization"); h != "" {
		scheme, token, _ := strings.Cut(h, " ")
		if !strings.EqualFold(scheme, "Bearer") {
			return "", false
		}
		return strings.TrimSpace(token), false
	}
	if c, err := r.Cookie(SessionCookie); err == nil {
		return c.Value, true
	}
	return "", false
}

// sameOrigin keeps other sites from using a browser's cookie for anything that changes something.
func sameOrigin(r *http.Request) bool {
	switch r.Method {
	case http.MethodGet, http.MethodHead, http.MethodOptions:
		return true
	}
	if site := r.Header.Get("Sec-Fetch-Site"); site != "" {
		return site == "same-origin"
	}
	u, err := url.Parse(r.Header.Get("Origin"))
	return err == nil && u.Host != "" && u.Host == r.Host
}

func joined(scopes []account.Scope) string {
	words := make([]string, len(scopes))
	for i, s := range scopes {
		words[i] = string(s)
	}
	return strings.Join(words, ", ")
}

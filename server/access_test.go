package server

import (
	"net/http"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/dreamql/dreamql/server/account"
)

// routes are all operations of openapi.yaml, with plausible values in their paths.
func routes(t *testing.T) (out []struct{ method, path, route string }) {
	t.Helper()
	doc := must(openapi3.NewLoader().LoadFromFile("api/openapi.yaml"))(t)
	fill := strings.NewReplacer("{notebook}", "0197e0c2-5a3e-7d41-9f5b-2f6a4c1f0b7e", "{run}", "0197e0c2-5a3e-7d41-9f5b-2f6a4c1f0b7e", "{cell}", "a",
		"{scope}", "std", "{source}", strings.Repeat("0", 64), "{name}", "geo", "{version}", "1.0.0", "{dataset}", "movies", "{token}", "0197e0c2-5a3e-7d41-9f5b-2f6a4c1f0b7e")
	for path, item := range doc.Paths.Map() {
		for method := range item.Operations() {
			out = append(out, struct{ method, path, route string }{method, fill.Replace(path), method + " " + path})
		}
	}
	if len(out) < 35 {
		t.Fatalf("openapi.yaml has only %d routes?", len(out))
	}
	return out
}

func TestEveryRouteNeedsAToken(t *testing.T) {
	w := newWorld(t)
	for _, r := range routes(t) {
		if r.route == "GET /api/v1/health" {
			w.call(r.method, r.path, nil, 200, nil, "Authorization: ")
			continue
		}
		for _, h := range []string{"Authorization: ", "Authorization: Bearer wrong", "Authorization: Basic " + w.token, "Cookie: dreamql_session=wrong"} {
			headers := []string{"Authorization: ", h}
			if got := w.call(r.method, r.path, nil, 401, nil, headers...).Get("WWW-Authenticate"); got == "" {
				t.Errorf("%s: no WWW-Authenticate", r.route)
			}
		}
	}
	w.call("GET", "/api/v1/nothing", nil, 401, nil, "Authorization: ")
}

// needed is who may do what, as the documentation of tokens says it.
func needed(route string) account.Scope {
	method, path, _ := strings.Cut(route, " ")
	switch {
	case strings.HasPrefix(path, "/api/v1/tokens"):
		return account.Admin
	case method == "GET", path == "/api/v1/check", path == "/api/v1/explain", path == "/api/v1/format", path == "/api/v1/functions":
		return account.Read
	case path == "/api/v1/query", strings.HasPrefix(path, "/api/v1/runs"), strings.HasSuffix(path, "/runs"), strings.HasSuffix(path, "/_search"):
		return account.Run
	case strings.HasPrefix(path, "/api/v1/packages"):
		return account.Publish
	}
	return account.Write
}

func TestEveryRouteNeedsItsScope(t *testing.T) {
	w := newWorld(t)
	secrets := map[account.Scope]string{}
	for _, s := range account.Scopes {
		var made struct{ Secret string }
		w.call("POST", "/api/v1/tokens", map[string]any{"name": "only " + string(s), "scopes": []account.Scope{s}}, 201, &made)
		secrets[s] = made.Secret
	}
	for _, r := range routes(t) {
		if r.route == "GET /api/v1/health" {
			continue
		}
		for _, s := range account.Scopes {
			if s == needed(r.route) || s == account.Admin {
				continue
			}
			var p struct{ Code, Detail string }
			w.call(r.method, r.path, nil, 403, &p, "Authorization: Bearer "+secrets[s])
			if p.Code != "forbidden" || !strings.Contains(p.Detail, string(needed(r.route))) {
				t.Errorf("%s with %s: %+v", r.route, s, p)
			}
		}
		// With the scope the request is let in, whatever comes of it.
		req := must(http.NewRequest(r.method, w.url+r.path, nil))(t)
		req.Header.Set("Authorization", "Bearer "+secrets[needed(r.route)])
		res := must(http.DefaultClient.Do(req))(t)
		res.Body.Close()
		if res.StatusCode == 401 || res.StatusCode == 403 || res.StatusCode == 405 {
			t.Errorf("%s with its own scope %s: %s", r.route, needed(r.route), res.Status)
		}
	}
}

func TestATokenMakesNoStrongerOne(t *testing.T) {
	w := newWorld(t)
	who := &account.Identity{AccountID: w.owner.AccountID, Name: "owner", Scopes: []account.Scope{account.Read}}
	if _, _, err := w.api.Accounts.Create(t.Context(), who, "stronger", []account.Scope{account.Write}, nil); err == nil {
		t.Error("a token that may only read made one that may write")
	}
}

func TestRevokedAndExpiredTokensAreNobodys(t *testing.T) {
	w := newWorld(t)
	var made struct {
		Token  struct{ ID string }
		Secret string
	}
	w.call("POST", "/api/v1/tokens", map[string]any{"name": "short", "scopes": []string{"read"}}, 201, &made)
	w.call("GET", "/api/v1/account", nil, 200, nil, "Authorization: Bearer "+made.Secret)
	w.call("DELETE", "/api/v1/tokens/"+made.Token.ID, nil, 204, nil)
	w.call("GET", "/api/v1/account", nil, 401, nil, "Authorization: Bearer "+made.Secret)

	w.call("POST", "/api/v1/tokens", map[string]any{"name": "expired", "scopes": []string{"read"}}, 201, &made)
	must(w.db.Exec(t.Context(), `UPDATE tokens SET expires_at = now() - interval '1 second' WHERE id = $1`, made.Token.ID))(t)
	w.call("GET", "/api/v1/account", nil, 401, nil, "Authorization: Bearer "+made.Secret)

	var rows int
	must0(t, w.db.QueryRow(t.Context(), `SELECT count(*) FROM tokens t WHERE t::text LIKE '%' || $1 || '%'`, made.Secret).Scan(&rows))
	if rows != 0 {
		t.Error("a secret is stored as it is")
	}
}

func TestABrowserGetsACookieForTheTokenInTheAddress(t *testing.T) {
	w := newWorld(t)
	h := w.call("GET", "/notebooks/?token="+w.token+"&x=1", nil, 303, nil, "Authorization: ")
	if got := h.Get("Location"); got != "/notebooks?x=1" {
		t.Errorf("redirected to %q", got)
	}
	cookie := h.Get("Set-Cookie")
	for _, want := range []string{"HttpOnly", "SameSite=Strict", "Path=/"} {
		if !strings.Contains(cookie, want) {
			t.Errorf("the cookie %q has no %s", cookie, want)
		}
	}
	if strings.Contains(cookie, w.token) {
		t.Error("the cookie is the owner's token")
	}
	pair, _, _ := strings.Cut(cookie, ";")
	session := []string{"Authorization: ", "Cookie: " + pair}
	w.call("GET", "/api/v1/account", nil, 200, nil, session...)
	body := map[string]any{"title": "From a browser"}
	w.call("POST", "/api/v1/notebooks", body, 403, nil, session...)
	w.call("POST", "/api/v1/notebooks", body, 403, nil, append(session, "Sec-Fetch-Site: cross-site")...)
	w.call("POST", "/api/v1/notebooks", body, 403, nil, append(session, "Origin: http://evil.example")...)
	w.call("POST", "/api/v1/notebooks", body, 201, nil, append(session, "Sec-Fetch-Site: same-origin")...)
	w.call("POST", "/api/v1/notebooks", body, 201, nil, append(session, "Origin: "+w.url)...)

	if h := w.call("GET", "/?token=wrong", nil, 303, nil, "Authorization: "); h.Get("Set-Cookie") != "" || h.Get("Location") != "/" {
		t.Errorf("a wrong token: %v", h)
	}
	if h := w.call("GET", "//evil.example/..?token=wrong", nil, 303, nil, "Authorization: "); strings.HasPrefix(h.Get("Location"), "//") {
		t.Errorf("redirects to another site: %q", h.Get("Location"))
	}
}

func TestTheApplicationIsServed(t *testing.T) {
	w := newWorld(t)
	var page string
	h := w.call("GET", "/datasets/flights", nil, 200, &page, "Authorization: ")
	if !strings.Contains(page, "<title>DreamQL") || !strings.HasPrefix(h.Get("Content-Type"), "text/html") {
		t.Errorf("got %q %v", page, h)
	}
	if !strings.Contains(h.Get("Content-Security-Policy"), "default-src 'self'") || h.Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("security headers are missing: %v", h)
	}
	h = w.call("GET", "/assets/app-1234.js", nil, 200, nil, "Authorization: ")
	if !strings.Contains(h.Get("Cache-Control"), "immutable") {
		t.Errorf("assets are not kept: %v", h)
	}
	w.call("GET", "/assets/old.js", nil, 404, nil, "Authorization: ")
	w.call("GET", "/api/v1/nothing", nil, 404, nil)
	w.call("POST", "/api/v1/health", nil, 405, nil)
	var metrics string
	w.call("GET", "/metrics", nil, 200, &metrics)
	if !strings.Contains(metrics, `dreamql_http_requests_total{method="GET",route="/*",status="200"} 2`) {
		t.Errorf("requests are not counted:\n%.2000s", metrics)
	}
}

package server

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/dreamql/dreamql/server/account"
	"github.com/dreamql/dreamql/server/language"
)

// talk opens the language server's WebSocket with headers written as "Name: value".
func (w *world) talk(headers ...string) (*websocket.Conn, *http.Response, error) {
	h := http.Header{}
	for _, line := range headers {
		name, value, _ := strings.Cut(line, ": ")
		h.Set(name, value)
	}
	return websocket.Dial(w.t.Context(), "ws"+strings.TrimPrefix(w.url, "http")+"/api/v1/language", &websocket.DialOptions{HTTPHeader: h})
}

func TestLanguageServerNeedsASessionOfThisSite(t *testing.T) {
	w := newWorld(t)
	session := must(w.api.Accounts.Session(t.Context(), w.owner))(t)
	only := func(s account.Scope) string {
		var made struct{ Secret string }
		w.call("POST", "/api/v1/tokens", map[string]any{"name": "t", "scopes": []account.Scope{s}}, 201, &made)
		return "Authorization: Bearer " + made.Secret
	}
	for name, c := range map[string]struct {
		headers []string
		status  int
	}{
		"no token":                {nil, 401},
		"a wrong token":           {[]string{"Authorization: Bearer wrong"}, 401},
		"a wrong cookie":          {[]string{"Cookie: dreamql_session=wrong", "Origin: " + w.url}, 401},
		"another scope":           {[]string{only(account.Run)}, 403},
		"a page of another site":  {[]string{"Cookie: dreamql_session=" + session, "Origin: https://evil.example"}, 403},
		"a page of another port":  {[]string{"Cookie: dreamql_session=" + session, "Origin: http://127.0.0.1:1"}, 403},
		"no page":                 {[]string{"Cookie: dreamql_session=" + session}, 403},
		"an Origin of null":       {[]string{"Cookie: dreamql_session=" + session, "Origin: null"}, 403},
		"another site by Fetch":   {[]string{"Cookie: dreamql_session=" + session, "Origin: " + w.url, "Sec-Fetch-Site: cross-site"}, 403},
		"a token, another site":   {[]string{"Authorization: Bearer " + w.token, "Origin: https://evil.example"}, 403},
		"a page of this server":   {[]string{"Cookie: dreamql_session=" + session, "Origin: " + w.url}, 101},
		"a program with a token":  {[]string{"Authorization: Bearer " + w.token}, 101},
		"a token that reads only": {[]string{only(account.Read)}, 101},
	} {
		conn, res, err := w.talk(c.headers...)
		if conn != nil {
			conn.CloseNow()
		}
		if res == nil || res.StatusCode != c.status {
			t.Errorf("%s: %v, want %d (%v)", name, res, c.status, err)
		}
	}
	w.call("GET", "/api/v1/language", nil, 400, nil)
}

func TestLanguageServerOverAWebSocket(t *testing.T) {
	w := newWorld(t)
	w.upload("people", "name,age\nAda,36\nAlan,41\n")
	conn, _, err := w.talk("Authorization: Bearer " + w.token)
	must0(t, err)
	defer conn.CloseNow()
	conn.SetReadLimit(1 << 20)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	send := func(m map[string]any) {
		m["jsonrpc"] = "2.0"
		must0(t, conn.Write(ctx, websocket.MessageText, must(json.Marshal(m))(t)))
	}
	type answer struct {
		ID     int
		Method string
		Params struct {
			URI         string
			Diagnostics []struct{ Code string }
		}
		Result struct {
			Items []struct{ Label, Detail string }
		}
	}
	until := func(is func(answer) bool) answer {
		for {
			_, b, err := conn.Read(ctx)
			must0(t, err)
			var a answer
			if json.Unmarshal(b, &a) == nil && is(a) {
				return a
			}
		}
	}
	const cell = "dreamql:/notebooks/0197e0c2-5a3e-7d41-9f5b-2f6a4c1f0b7e/cells/a"
	send(map[string]any{"id": 1, "method": "initialize", "params": map[string]any{"initializationOptions": map[string]any{
		"cells": []any{map[string]any{"notebook": "dreamql:/notebooks/0197e0c2-5a3e-7d41-9f5b-2f6a4c1f0b7e", "order": []string{"a"}}}}}})
	until(func(a answer) bool { return a.ID == 1 })
	send(map[string]any{"method": "textDocument/didOpen", "params": map[string]any{"textDocument": map[string]any{"uri": cell, "version": 1, "text": "people -> filter agee > 40"}}})
	d := until(func(a answer) bool { return a.Method == "textDocument/publishDiagnostics" })
	if d.Params.URI != cell || len(d.Params.Diagnostics) != 1 || d.Params.Diagnostics[0].Code != "DQL2002" {
		t.Errorf("%+v", d)
	}
	send(map[string]any{"id": 2, "method": "textDocument/completion", "params": map[string]any{"textDocument": map[string]any{"uri": cell}, "position": map[string]any{"line": 0, "character": 19}}})
	a := until(func(a answer) bool { return a.ID == 2 })
	if len(a.Result.Items) == 0 || a.Result.Items[0].Label != "age" || a.Result.Items[0].Detail != "int" {
		t.Errorf("%+v", a.Result.Items)
	}
	// What is too long ends the connection, and that alone.
	if err := conn.Write(ctx, websocket.MessageText, make([]byte, language.MaxMessage+1)); err == nil {
		_, _, err = conn.Read(ctx)
		for err == nil {
			_, _, err = conn.Read(ctx)
		}
		if websocket.CloseStatus(err) != websocket.StatusMessageTooBig {
			t.Error(err)
		}
	}
	w.call("GET", "/api/v1/health", nil, 200, nil)
}

func TestAnAccountHasOnlySoManyLanguageServers(t *testing.T) {
	w := newWorld(t)
	var open []*websocket.Conn
	for {
		conn, res, err := w.talk("Authorization: Bearer " + w.token)
		if err != nil {
			if res == nil || res.StatusCode != 503 || len(open) != 32 {
				t.Errorf("%d connections: %v %v", len(open), res, err)
			}
			break
		}
		defer conn.CloseNow()
		if open = append(open, conn); len(open) > 100 {
			t.Fatal("there is no end")
		}
	}
}

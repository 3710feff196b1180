package main

import (
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dreamql/dreamql/server/language"
)

func TestLspCompletesColumnsOfFiles(t *testing.T) {
	t.Parallel()
	data := filepath.Join(t.TempDir(), "people.csv")
	if err := os.WriteFile(data, []byte("name,age\nAda,36\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	in, toServer := io.Pipe()
	fromServer, out := io.Pipe()
	cmd := newLspCommand()
	cmd.SetIn(in)
	cmd.SetOut(out)
	cmd.SetArgs([]string{"--data", "people=" + data})
	ended := make(chan error, 1)
	go func() {
		ended <- cmd.ExecuteContext(t.Context())
		out.Close()
	}()
	client := language.Stream(fromServer, toServer)
	until := func(part string) string {
		t.Helper()
		for {
			b, err := client.Recv()
			if err != nil {
				t.Fatalf("%s: %v", part, err)
			}
			if strings.Contains(string(b), part) {
				return string(b)
			}
		}
	}
	send := func(id int, method string, params any) {
		t.Helper()
		m := map[string]any{"jsonrpc": "2.0", "method": method, "params": params}
		if id > 0 {
			m["id"] = id
		}
		b, err := json.Marshal(m)
		if err == nil {
			err = client.Send(b)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	doc := map[string]any{"uri": "file:///notes/a.dql", "version": 1, "text": "people -> filter agee > 3"}
	send(1, "initialize", map[string]any{})
	send(0, "textDocument/didOpen", map[string]any{"textDocument": doc})
	if d := until("publishDiagnostics"); !strings.Contains(d, "did you mean `age`?") {
		t.Error(d)
	}
	send(2, "textDocument/completion", map[string]any{"textDocument": doc, "position": map[string]any{"line": 0, "character": 19}})
	if items := until(`"id":2`); !strings.Contains(items, `"label":"age","kind":5,"detail":"int"`) {
		t.Error(items)
	}
	send(3, "textDocument/definition", map[string]any{"textDocument": doc, "position": map[string]any{"line": 0, "character": 2}})
	if at := until(`"id":3`); !strings.Contains(at, "people.csv") {
		t.Error(at)
	}
	send(4, "shutdown", nil)
	until(`"id":4`)
	send(0, "exit", nil)
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

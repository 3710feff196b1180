package language

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/dreamql/dreamql/engine/catalog"
	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/types"
)

// client speaks to a server over a pipe, as an editor does.
type client struct {
	t    testing.TB
	out  *stream
	next int
	// notes are notifications that came while something else was awaited.
	notes []message
	ended chan error
}

type message struct {
	ID     *int            `json:"id"`
	Method string          `json:"method"`
	Params json.RawMessage `json:"params"`
	Result json.RawMessage `json:"result"`
	Error  *struct {
		Code    int    `json:"code"`
		Message string `json:"message"`
	} `json:"error"`
}

func connect(t testing.TB, cfg Config) *client {
	t.Helper()
	toServer, fromClient := io.Pipe()
	toClient, fromServer := io.Pipe()
	if cfg.Catalog == nil {
		cfg.Catalog = func(string) catalog.Catalog { return testCatalog{} }
	}
	if cfg.Delay == 0 {
		cfg.Delay = time.Millisecond
	}
	c := &client{t: t, out: Stream(toClient, fromClient).(*stream), ended: make(chan error, 1)}
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		c.ended <- Serve(ctx, Stream(toServer, fromServer), cfg)
		fromServer.Close()
	}()
	t.Cleanup(func() { cancel(); fromClient.Close(); toClient.Close() })
	return c
}

func (c *client) raw(text string) {
	c.t.Helper()
	if err := c.out.Send([]byte(text)); err != nil {
		c.t.Fatal(err)
	}
}

func (c *client) notify(method string, params any) {
	c.t.Helper()
	b, err := json.Marshal(map[string]any{"jsonrpc": "2.0", "method": method, "params": params})
	if err != nil {
		c.t.Fatal(err)
	}
	c.raw(string(b))
}

func (c *client) send(method string, params any) int {
	c.t.Helper()
	c.next++
	b, err := json.Marshal(map[string]any{"jsonrpc": "2.0", "id": c.next, "method": method, "params": params})
	if err != nil {
		c.t.Fatal(err)
	}
	c.raw(string(b))
	return c.next
}

func (c *client) receive() message {
	c.t.Helper()
	b, err := c.out.Recv()
	if err != nil {
		c.t.Fatal(err)
	}
	var m message
	if err := json.Unmarshal(b, &m); err != nil {
		c.t.Fatalf("%v: %s", err, b)
	}
	return m
}

// answer waits for the answer to a request.
func (c *client) answer(id int) message {
	c.t.Helper()
	for {
		m := c.receive()
		if m.ID != nil && *m.ID == id {
			return m
		}
		c.notes = append(c.notes, m)
	}
}

// call asks and decodes the result.
func (c *client) call(method string, params, result any) {
	c.t.Helper()
	m := c.answer(c.send(method, params))
	if m.Error != nil {
		c.t.Fatalf("%s: %+v", method, *m.Error)
	}
	if result != nil {
		if err := json.Unmarshal(m.Result, result); err != nil {
			c.t.Fatalf("%s: %v: %s", method, err, m.Result)
		}
	}
}

// refused asks for something that is an error.
func (c *client) refused(method string, params any, code int) string {
	c.t.Helper()
	m := c.answer(c.send(method, params))
	if m.Error == nil || m.Error.Code != code {
		c.t.Fatalf("%s: %+v %s, want the code %d", method, m.Error, m.Result, code)
	}
	return m.Error.Message
}

// diagnostics waits for those of a version of a document.
func (c *client) diagnostics(uri string, version int) []diagnostic {
	c.t.Helper()
	for {
		var m message
		if len(c.notes) > 0 {
			m, c.notes = c.notes[0], c.notes[1:]
		} else {
			m = c.receive()
		}
		var p publishParams
		if m.Method != "textDocument/publishDiagnostics" || json.Unmarshal(m.Params, &p) != nil || p.URI != uri || p.Version != version {
			continue
		}
		return p.Diagnostics
	}
}

func (c *client) initialize() {
	c.t.Helper()
	var r struct {
		Capabilities struct{ PositionEncoding string }
	}
	c.call("initialize", map[string]any{"capabilities": map[string]any{}}, &r)
	if r.Capabilities.PositionEncoding != "utf-16" {
		c.t.Errorf("%+v", r)
	}
	c.notify("initialized", map[string]any{})
}

func (c *client) open(uri, text string) {
	c.t.Helper()
	c.notify("textDocument/didOpen", map[string]any{"textDocument": map[string]any{"uri": uri, "languageId": "dreamql", "version": 1, "text": text}})
}

func at(uri string, line, character int) map[string]any {
	return map[string]any{"textDocument": map[string]any{"uri": uri}, "position": map[string]any{"line": line, "character": character}}
}

func (c *client) labels(params any) []string {
	c.t.Helper()
	var list completionList
	c.call("textDocument/completion", params, &list)
	var out []string
	for _, it := range list.Items {
		out = append(out, it.Label)
	}
	return out
}

const cellA, cellB = "dreamql:/notebooks/n/cells/a", "dreamql:/notebooks/n/cells/b"

func TestAWholeSession(t *testing.T) {
	t.Parallel()
	c := connect(t, Config{})
	if m := c.refused("textDocument/hover", at(cellA, 0, 0), -32002); !strings.Contains(m, "initialize") {
		t.Error(m)
	}
	c.initialize()
	c.open(cellA, "late = flights -> filter dely > 60")
	c.open(cellB, "late -> sort delay")
	d := c.diagnostics(cellA, 1)
	if len(d) != 1 || d[0].Code != "DQL2002" || d[0].Range != (textRange{position{0, 25}, position{0, 29}}) || !strings.Contains(d[0].Message, "\n") {
		t.Errorf("%+v", d)
	}
	var actions []struct {
		Title string
		Edit  workspaceEdit
	}
	c.call("textDocument/codeAction", map[string]any{"textDocument": map[string]any{"uri": cellA}, "range": d[0].Range, "context": map[string]any{}}, &actions)
	if len(actions) != 1 || actions[0].Edit.Changes[cellA][0].NewText != "delay" {
		t.Fatalf("%+v", actions)
	}
	// Its edit mends the program, sent back as the client does.
	fix := actions[0].Edit.Changes[cellA][0]
	c.notify("textDocument/didChange", map[string]any{"textDocument": map[string]any{"uri": cellA, "version": 2},
		"contentChanges": []any{map[string]any{"range": fix.Range, "text": fix.NewText}}})
	if d := c.diagnostics(cellA, 2); len(d) != 0 {
		t.Errorf("%+v", d)
	}
	if got := c.labels(at(cellB, 0, 18)); len(got) == 0 || got[0] != "delay" {
		t.Error(got)
	}
	var hover struct{ Contents markup }
	c.call("textDocument/hover", at(cellB, 0, 14), &hover)
	if !strings.Contains(hover.Contents.Value, "delay: int") {
		t.Error(hover)
	}
	var places []location
	c.call("textDocument/definition", at(cellB, 0, 1), &places)
	if len(places) != 1 || places[0].URI != cellA || places[0].Range.End.Character != 4 {
		t.Error(places)
	}
	c.call("textDocument/definition", at(cellB, 0, 14), &places)
	if len(places) != 1 || places[0].URI != "dreamql:/datasets/flights" {
		t.Error(places)
	}
	c.call("textDocument/references", map[string]any{"textDocument": map[string]any{"uri": cellA}, "position": position{0, 1},
		"context": map[string]any{"includeDeclaration": false}}, &places)
	if len(places) != 1 || places[0].URI != cellB {
		t.Error(places)
	}
	var renamed workspaceEdit
	c.call("textDocument/rename", map[string]any{"textDocument": map[string]any{"uri": cellB}, "position": position{0, 1}, "newName": "delayed"}, &renamed)
	if len(renamed.Changes[cellA]) != 1 || len(renamed.Changes[cellB]) != 1 {
		t.Error(renamed)
	}
	if m := c.refused("textDocument/rename", map[string]any{"textDocument": map[string]any{"uri": cellB}, "position": position{0, 14}, "newName": "x"}, -32803); !strings.Contains(m, "dataset") {
		t.Error(m)
	}
	var signature struct{ Signatures []struct{ Label string } }
	c.call("textDocument/signatureHelp", at(cellA, 0, 25), &signature)
	if len(signature.Signatures) != 1 || signature.Signatures[0].Label != "filter condition" {
		t.Error(signature)
	}
	var edits []textEdit
	c.notify("textDocument/didChange", map[string]any{"textDocument": map[string]any{"uri": cellB, "version": 2}, "contentChanges": []any{map[string]any{"text": "late->take   3"}}})
	c.call("textDocument/formatting", map[string]any{"textDocument": map[string]any{"uri": cellB}}, &edits)
	if len(edits) != 1 || !strings.HasPrefix(edits[0].NewText, "late -> take 3") {
		t.Error(edits)
	}
	var symbols []struct{ Name string }
	c.call("textDocument/documentSymbol", map[string]any{"textDocument": map[string]any{"uri": cellA}}, &symbols)
	if len(symbols) != 1 || symbols[0].Name != "late" {
		t.Error(symbols)
	}
	var tokens struct{ Data []int }
	c.call("textDocument/semanticTokens/full", map[string]any{"textDocument": map[string]any{"uri": cellA}}, &tokens)
	if len(tokens.Data)%5 != 0 || len(tokens.Data) < 15 {
		t.Error(tokens)
	}
	c.notify("textDocument/didClose", map[string]any{"textDocument": map[string]any{"uri": cellA}})
	for d = nil; len(d) == 0; { // those from before it was closed are empty
		d = c.diagnostics(cellB, 2)
	}
	if len(d) != 1 || d[0].Code != "DQL2001" {
		t.Errorf("after the cell with the binding was closed: %+v", d)
	}
	c.call("shutdown", nil, nil)
	c.refused("textDocument/hover", at(cellB, 0, 0), -32600)
	c.notify("exit", nil)
	if err := <-c.ended; err != nil {
		t.Error(err)
	}
}

func TestALeavingClientIsNoted(t *testing.T) {
	t.Parallel()
	c := connect(t, Config{})
	c.initialize()
	c.notify("exit", nil)
	if err := <-c.ended; !errors.Is(err, ErrAborted) {
		t.Error(err)
	}
}

func TestWrongMessages(t *testing.T) {
	t.Parallel()
	c := connect(t, Config{})
	c.initialize()
	broken := func(text string, code int) {
		t.Helper()
		c.raw(text)
		for {
			m := c.receive()
			if m.Error == nil && m.Method != "" {
				continue
			}
			if m.Error == nil || m.Error.Code != code {
				t.Errorf("%.60s: %+v", text, m.Error)
			}
			return
		}
	}
	broken("{", -32700)
	broken("not json", -32700)
	broken("[]", -32600)
	broken(`{"jsonrpc":"2.0","id":900}`, -32600)
	broken(`{"jsonrpc":"2.0","id":901,"method":"no/such"}`, -32601)
	broken(`{"jsonrpc":"2.0","id":902,"method":"$/nothing"}`, -32601)
	broken(`{"jsonrpc":"2.0","id":903,"method":"textDocument/hover","params":{"position":"here"}}`, -32602)
	broken(`{"jsonrpc":"2.0","id":904,"method":"textDocument/hover","params":{"textDocument":{"uri":"x"}}}`, -32602)
	broken(`{"jsonrpc":"2.0","id":905,"method":"initialize"}`, -32600)
	broken(strings.Repeat("a", MaxMessage+1), -32600)
	// Positions that no text has are the nearest that it has.
	c.open(cellA, "flights")
	for _, p := range []position{{-5, -5}, {0, 1 << 30}, {1 << 30, 0}} {
		c.call("textDocument/completion", at(cellA, p.Line, p.Character), nil)
		c.call("textDocument/hover", at(cellA, p.Line, p.Character), nil)
	}
	c.notify("textDocument/didChange", map[string]any{"textDocument": map[string]any{"uri": cellA, "version": 2},
		"contentChanges": []any{map[string]any{"range": textRange{position{9, 9}, position{-1, 0}}, "text": "x = 1"}}})
	if d := c.diagnostics(cellA, 2); len(d) != 0 {
		t.Error(d)
	}
	// A document that is too long is not looked at, and says so.
	c.open(cellB, strings.Repeat("a", MaxDocument+1))
	if d := c.diagnostics(cellB, 1); len(d) != 1 || !strings.Contains(d[0].Message, "split it") {
		t.Error(d)
	}
	c.notify("textDocument/didChange", map[string]any{"textDocument": map[string]any{"uri": cellB, "version": 2}, "contentChanges": []any{map[string]any{"text": "y = 2"}}})
	if d := c.diagnostics(cellB, 2); len(d) != 0 {
		t.Error(d)
	}
}

// TestStaleRequestsAreCancelled blocks a request in the catalogue, and overtakes it.
func TestStaleRequestsAreCancelled(t *testing.T) {
	t.Parallel()
	asked := make(chan struct{})
	slow := testCatalog{wait: func(ctx context.Context) {
		select {
		case asked <- struct{}{}:
		case <-ctx.Done():
		}
		<-ctx.Done()
	}}
	c := connect(t, Config{Delay: time.Hour, Catalog: func(string) catalog.Catalog { return slow }})
	c.initialize()
	c.open(cellA, "flights -> filter d")
	id := c.send("textDocument/completion", at(cellA, 0, 19))
	<-asked
	c.notify("textDocument/didChange", map[string]any{"textDocument": map[string]any{"uri": cellA, "version": 2}, "contentChanges": []any{map[string]any{"text": "x"}}})
	if m := c.answer(id); m.Error == nil || m.Error.Code != -32801 {
		t.Errorf("%+v", m.Error)
	}
	c.notify("textDocument/didChange", map[string]any{"textDocument": map[string]any{"uri": cellA, "version": 3}, "contentChanges": []any{map[string]any{"text": "flights"}}})
	id = c.send("textDocument/hover", at(cellA, 0, 1))
	<-asked
	c.notify("$/cancelRequest", map[string]any{"id": id})
	if m := c.answer(id); m.Error == nil || m.Error.Code != -32800 {
		t.Errorf("%+v", m.Error)
	}
}

func TestNotebookFilesAndTheOrderOfCells(t *testing.T) {
	t.Parallel()
	c := connect(t, Config{})
	c.initialize()
	const file = "file:///notes/report.dql.md"
	c.open(file, "---\ntitle: Report\n---\n\n```dreamql {id=a}\nlate = flights -> filter delay > 60\n```\n\n<!-- cell id=t -->\nText with `late`.\n\n```dreamql\nlate -> sort dely\n```\n")
	d := c.diagnostics(file, 1)
	if len(d) != 1 || d[0].Range != (textRange{position{12, 13}, position{12, 17}}) {
		t.Errorf("%+v", d)
	}
	if got := c.labels(at(file, 12, 14)); len(got) == 0 || got[0] != "day" && got[0] != "delay" {
		t.Error(got)
	}
	if got := c.labels(at(file, 9, 3)); len(got) != 0 {
		t.Error("completion in a text:", got)
	}
	var places []location
	c.call("textDocument/definition", at(file, 12, 1), &places)
	if len(places) != 1 || places[0].Range.Start != (position{5, 0}) {
		t.Error(places)
	}
	// Of two bindings of one name the later cell is in the wrong; the order says which that is.
	c.open(cellA, "x = 1")
	c.open(cellB, "x = 2")
	if d := c.diagnostics(cellB, 1); len(d) != 1 {
		t.Error(d)
	}
	c.notify("dreamql/cells", map[string]any{"notebook": "dreamql:/notebooks/n", "order": []string{"b", "a"}})
	if d := c.diagnostics(cellB, 1); len(d) != 0 {
		t.Error(d)
	}
}

// TestPositions counts as the protocol does: an emoji is two units, a combining accent is one of its own.
func TestPositions(t *testing.T) {
	t.Parallel()
	d := &document{uri: "x"}
	text := "a😀b\r\ne\u0301é\rx\n\n🇩🇪"
	d.set(t.Context(), text, 1)
	for _, c := range []struct {
		offset int
		at     position
	}{
		{0, position{0, 0}}, {1, position{0, 1}}, {5, position{0, 3}}, {6, position{0, 4}}, {8, position{1, 0}}, {9, position{1, 1}}, {11, position{1, 2}}, {13, position{1, 3}},
		{14, position{2, 0}}, {16, position{3, 0}}, {17, position{4, 0}}, {21, position{4, 2}}, {25, position{4, 4}},
	} {
		if got := d.position(c.offset); got != c.at {
			t.Errorf("byte %d is at %v, want %v", c.offset, got, c.at)
		}
		if got := d.offset(c.at); got != c.offset {
			t.Errorf("%v is byte %d, want %d", c.at, got, c.offset)
		}
	}
	for at, want := range map[position]int{{0, 2}: 1, {0, 99}: 6, {9, 0}: len(text), {-1, 3}: 0, {1, -4}: 8} {
		if got := d.offset(at); got != want {
			t.Errorf("%v is byte %d, want %d", at, got, want)
		}
	}
	e := d.edit(contentChange{Range: &textRange{position{0, 1}, position{0, 3}}, Text: "é"})
	if !strings.HasPrefix(e, "aéb\r\n") {
		t.Errorf("%q", e)
	}
}

// FuzzSession sends any two messages after a document was opened: the server answers what follows.
func FuzzSession(f *testing.F) {
	f.Add(`{"jsonrpc":"2.0","id":1,"method":"textDocument/completion","params":{"textDocument":{"uri":"dreamql:/programs/x"},"position":{"line":0,"character":3}}}`, "flights -> filter (")
	f.Add(`{"jsonrpc":"2.0","method":"textDocument/didChange","params":{"textDocument":{"uri":"dreamql:/programs/x"},"contentChanges":[{"range":{"start":{"line":0,"character":3},"end":{"line":7}},"text":"é"}]}}`, "x = '")
	f.Add(`[{"jsonrpc":"2.0","id":null,"method":"shutdown"}]`, "import std/geo@(")
	f.Add(`{"jsonrpc":"2.0","method":"dreamql/cells","params":{"notebook":"","order":["",""]}}`, "{")
	f.Fuzz(func(t *testing.T, raw, text string) {
		if strings.Contains(raw, "exit") || strings.Contains(raw, "shutdown") && !strings.HasPrefix(raw, "[") {
			t.Skip()
		}
		c := connect(t, Config{Delay: time.Hour})
		c.initialize()
		c.open("dreamql:/programs/x", text)
		c.raw(raw)
		id := 1_000_000 + len(raw)
		c.raw(fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"method":"textDocument/documentSymbol","params":{"textDocument":{"uri":"dreamql:/programs/x"}}}`, id))
		for {
			b, err := c.out.Recv()
			if err != nil {
				t.Fatalf("the session ended: %v", err)
			}
			if strings.Contains(string(b), fmt.Sprintf(`"id":%d`, id)) {
				return
			}
		}
	})
}

type testCatalog struct{ wait func(context.Context) }

func (c testCatalog) Table(ctx context.Context, name string) (*logical.Table, error) {
	if c.wait != nil {
		c.wait(ctx)
	}
	if name != "flights" {
		return nil, catalog.ErrNotFound
	}
	t, err := types.Parse("{carrier: string, delay: int, day: date}")
	return &logical.Table{Name: name, Version: "1", Columns: t.Fields}, err
}

func (testCatalog) TableNames(context.Context) ([]string, error) { return []string{"flights"}, nil }

func (testCatalog) File(context.Context, string) (*logical.Table, error) {
	return nil, errors.New("there are no files here")
}

func (testCatalog) Package(context.Context, string, string) (*catalog.Package, error) {
	return nil, catalog.ErrNotFound
}

func (testCatalog) PackageNames(context.Context) ([]string, error) { return nil, nil }

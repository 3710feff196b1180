package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/coder/websocket"
)

// notebook is 500 lines of queries in cells of ten lines, each of which uses what the one before it binds.
func notebook() []string {
	var cells []string
	for i := range 50 {
		input := "flights"
		if i%5 > 0 {
			input = fmt.Sprintf("step_%d -> derive { delay: late, destination: origin }", i-1)
		}
		cells = append(cells, fmt.Sprintf(`// Step %d of the report.
hours_%d = m => m / 60.0
late_%d = %s
  -> filter delay > %d and distance > 100
  -> derive { hours: hours_%d(delay), kind: match distance { | < 500 => 'short' | < 2000 => 'middle' | _ => 'long' } }
  -> join_maybe airports, as: a%d, on: destination == a%d.iata
  -> derive { label: f'${origin} ${kind}', to: a%d?.name ?? 'unknown' }
step_%d = late_%d -> { @origin, distance: max(distance), late: max(delay), n: count() }
late_%d -> sort -hours, origin -> take 10`, i, i, i, input, i, i, i, i, i, i, i, i))
	}
	return cells
}

// language measures completion over the server's WebSocket while someone types in a notebook of 500 lines: from the key to the
// list. The baseline is a check of the same text over REST.
func (s *server) language(n int) error {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	conn, _, err := websocket.Dial(ctx, strings.Replace(s.url, "http", "ws", 1)+"/api/v1/language", &websocket.DialOptions{
		HTTPHeader: http.Header{"Authorization": {"Bearer " + token}},
	})
	if err != nil {
		return err
	}
	defer conn.CloseNow()
	conn.SetReadLimit(16 << 20)
	send := func(m map[string]any) error {
		m["jsonrpc"] = "2.0"
		b, err := json.Marshal(m)
		if err != nil {
			return err
		}
		return conn.Write(ctx, websocket.MessageText, b)
	}
	answer := func(id int) (items int, err error) {
		for {
			_, b, err := conn.Read(ctx)
			if err != nil {
				return 0, err
			}
			var m struct {
				ID     int
				Error  *struct{ Message string }
				Result struct{ Items []json.RawMessage }
			}
			if err := json.Unmarshal(b, &m); err != nil || m.ID != id {
				continue
			}
			if m.Error != nil {
				return 0, fmt.Errorf("the language server answers: %s", m.Error.Message)
			}
			return len(m.Result.Items), nil
		}
	}
	if err := send(map[string]any{"id": 1, "method": "initialize", "params": map[string]any{}}); err != nil {
		return err
	}
	if _, err := answer(1); err != nil {
		return err
	}
	cells := notebook()
	uri := func(i int) string { return fmt.Sprintf("dreamql:/notebooks/bench/cells/c%d", i) }
	var asked []map[string]any
	for i, text := range cells {
		asked = append(asked, map[string]any{"id": fmt.Sprintf("c%d", i), "kind": "query", "source": text})
		doc := map[string]any{"uri": uri(i), "languageId": "dreamql", "version": 1, "text": text}
		if err := send(map[string]any{"method": "textDocument/didOpen", "params": map[string]any{"textDocument": doc}}); err != nil {
			return err
		}
	}
	last := len(cells) - 1
	line := strings.Count(cells[last][:strings.Index(cells[last], "filter")], "\n")
	column := len("  -> filter ")
	id := 1
	complete, err := times(n, func() error {
		id++
		at := map[string]any{"line": line, "character": column}
		doc := map[string]any{"uri": uri(last), "version": id}
		key := map[string]any{"range": map[string]any{"start": at, "end": at}, "text": ""}
		if err := send(map[string]any{"method": "textDocument/didChange", "params": map[string]any{"textDocument": doc, "contentChanges": []any{key}}}); err != nil {
			return err
		}
		if err := send(map[string]any{"id": id, "method": "textDocument/completion", "params": map[string]any{"textDocument": doc, "position": at}}); err != nil {
			return err
		}
		items, err := answer(id)
		if err == nil && items < 10 {
			err = fmt.Errorf("completion offers %d things", items)
		}
		return err
	})
	if err != nil {
		return err
	}
	check, err := times(n, func() error { return s.post("/api/v1/check", map[string]any{"cells": asked}) })
	if err != nil {
		return err
	}
	fmt.Printf("\n%-44s %8s %8s %8s   %s\n", fmt.Sprintf("notebook of 500 lines, %d runs, ms", n), "p50", "p95", "p99", "goal")
	row("baseline: parse and check it over REST", check, "")
	row("a key and its completion, over WebSocket", complete, "p95 ≤ 50")
	return nil
}

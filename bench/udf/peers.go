package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"strings"

	"github.com/dreamql/dreamql/bench/measure"
)

// measurePeers runs peers/peers.py. What a peer cannot do is told and left out.
func (b *bench) measurePeers() (map[string]float64, error) {
	figures := map[string]float64{}
	if b.python == "" {
		return figures, nil
	}
	cmd := exec.Command(b.python, "bench/udf/peers/peers.py", b.data.many, fmt.Sprint(b.repeat))
	var out bytes.Buffer
	cmd.Stdout = &out
	cmd.Stderr = os.Stderr
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("the peers: %w", err)
	}
	for line := range strings.Lines(out.String()) {
		var l struct {
			Name, Version, Error string
			NS                   float64
		}
		if err := json.Unmarshal([]byte(line), &l); err != nil {
			continue // a peer's own message
		}
		switch {
		case l.Error != "":
			fmt.Fprintf(os.Stderr, "%s: %s\n", l.Name, l.Error)
		case l.Version != "":
			b.versions = append(b.versions, l.Name+" "+l.Version)
		default:
			figures[l.Name] = l.NS
		}
	}
	return figures, nil
}

// peerFigures shows what the peers of a row took, and how many times as long as DreamQL that is.
func (b *bench) peerFigures(r row, ours float64) string {
	var cells []string
	for _, name := range r.peers {
		if ns, ok := b.peers[name]; ok {
			kind, _, _ := strings.Cut(name, "/")
			cells = append(cells, fmt.Sprintf("%s %s (%.1f×)", kind, measure.Figure(ns), ns/ours))
		}
	}
	if cells == nil {
		return "–"
	}
	return strings.Join(cells, "; ")
}

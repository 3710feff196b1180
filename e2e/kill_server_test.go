package e2e_test

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/dreamql/dreamql/server/local"
)

// A dataset turns: each write brings pageRows rows of a number of its own, v. Those with the first keys are replaced and merged over,
// and others are added.
const (
	pageRows  = 15_000
	showState = "turning -> { @v, n: count(), keys: count_distinct(k) } -> sort v"
)

// state is which v there are: of the rows with the first keys, and of those that were added.
type state struct {
	first int
	added []int
}

// after is the state that a write makes of it.
func (s state) after(mode string, v int) state {
	switch mode {
	case "replace":
		return state{first: v}
	case "append":
		return state{s.first, append(slices.Clone(s.added), v)}
	case "merge":
		return state{v, s.added}
	}
	return s // compacted
}

// shown is what showState gives.
func (s state) shown() string {
	all := append(slices.Clone(s.added), s.first)
	slices.Sort(all)
	rows := make([]string, len(all))
	for i, v := range all {
		rows[i] = fmt.Sprintf(`{"v":%d,"n":%d,"keys":%d}`, v, pageRows, pageRows)
	}
	return "[" + strings.Join(rows, ",") + "]"
}

// write sends rows, or asks to compact.
func (p *process) write(ctx context.Context, mode string, v int) error {
	path, text := "/api/v1/datasets/turning/_compact", &strings.Builder{}
	if mode != "compact" {
		path = "/api/v1/datasets?name=turning&filename=page.csv&mode=" + mode
		text.WriteString("k,v,word\n")
		for i := range pageRows {
			if mode == "append" {
				i += v * pageRows
			}
			fmt.Fprintf(text, "%d,%d,w%d\n", i, v, i%300)
		}
	}
	if mode == "merge" {
		path += "&key=k"
	}
	req, err := http.NewRequestWithContext(ctx, "POST", p.url+path, strings.NewReader(text.String()))
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+token)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if said, err := io.ReadAll(res.Body); res.StatusCode >= 300 || err != nil {
		return fmt.Errorf("%s: %s %.500s %v", path, res.Status, said, err)
	}
	return nil
}

// TestKilledServer writes a dataset in every way that a server has: while it is read all the time, and with the server killed at
// any moment of a write. Who reads sees the dataset before a write or after it, one after the other, and never an error; and who
// starts the server again finds one of the two.
func TestKilledServer(t *testing.T) {
	t.Parallel()
	dir, err := os.MkdirTemp("", "dreamql-killed-")
	must(t, err)
	t.Cleanup(func() { os.RemoveAll(dir) })
	services, err := local.Start(context.Background(), local.Config{DataDir: filepath.Join(dir, "services")})
	must(t, err)
	t.Cleanup(services.Close)
	env := []string{"DATABASE_URL=" + services.DatabaseURL, "REDIS_URL=" + services.RedisURL, "DREAMQL_BLOBS=file://" + filepath.Join(dir, "blobs")}
	start := func() *process {
		p, err := startServer(filepath.Join(dir, "server"), env, "--worker", "on")
		must(t, err)
		return p
	}
	p := start()
	defer func() { p.stop() }()
	must(t, p.write(t.Context(), "replace", 1))
	is, v := writeAndRead(t, p, state{first: 1}, strings.Fields("append append compact merge append replace append merge compact append"))
	for _, mode := range strings.Fields("append compact merge replace") {
		v++
		ended := make(chan error, 1)
		go func() { ended <- p.write(t.Context(), mode, v) }()
		after := time.Duration(rand.IntN(80_000)) * time.Microsecond
		select {
		case err := <-ended:
			must(t, err)
		case <-time.After(after):
		}
		p.kill()
		p = start()
		got, err := p.query(showState)
		must(t, err)
		switch then := is.after(mode, v); got {
		case then.shown():
			is = then
		case is.shown():
		default:
			t.Fatalf("%s, killed after %s: %s, neither %s nor %s", mode, after, got, is.shown(), then.shown())
		}
	}
	for _, mode := range strings.Fields("append compact merge") { // nothing that was killed is in the way
		v++
		is = is.after(mode, v)
		must(t, p.write(t.Context(), mode, v))
	}
	if got, err := p.query(showState); err != nil || got != is.shown() {
		t.Errorf("%s, not %s: %v", got, is.shown(), err)
	}
}

// writeAndRead writes one thing after the other while two readers ask all the time, and returns the last state and its v.
func writeAndRead(t *testing.T, p *process, is state, modes []string) (state, int) {
	order, v := []string{is.shown()}, is.first
	states := []state{is}
	for _, mode := range modes {
		v++
		states = append(states, states[len(states)-1].after(mode, v))
		order = append(order, states[len(states)-1].shown())
	}
	var readers sync.WaitGroup
	writing, stop := context.WithCancel(t.Context())
	seen := make([]int, 2)
	for i := range seen {
		readers.Go(func() {
			last := 0
			for writing.Err() == nil {
				got, err := p.query(showState)
				at := slices.Index(order[last:], got)
				if err != nil || at < 0 {
					t.Errorf("a reader saw %s after %s: %v", got, order[last], err)
					return
				}
				if at > 0 {
					last += at
					seen[i]++
				}
			}
		})
	}
	for i, mode := range modes {
		must(t, p.write(t.Context(), mode, is.first+1+i))
	}
	stop()
	readers.Wait()
	if seen[0]+seen[1] < len(modes)/2 {
		t.Errorf("two readers saw %v changes of %d", seen, len(modes))
	}
	return states[len(states)-1], v
}

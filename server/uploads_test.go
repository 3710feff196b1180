package server

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

// send makes a request whose body comes as body gives it, and returns the status and the problem.
func (w *world) send(path, media string, body io.Reader) (status int, detail string, h http.Header) {
	w.t.Helper()
	r := must(http.NewRequest("POST", w.url+path, body))(w.t)
	r.Header.Set("Authorization", "Bearer "+w.token)
	r.Header.Set("Content-Type", media)
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		w.t.Error(err)
		return 0, "", nil
	}
	defer res.Body.Close()
	var p struct{ Detail string }
	if err := json.NewDecoder(res.Body).Decode(&p); err != nil {
		w.t.Error(err)
	}
	return res.StatusCode, p.Detail, res.Header
}

// fed is a body of n pieces of CSV, one each 50 ms, and then its end or, if it stalls, nothing for long.
func fed(t *testing.T, n, size int, stalls bool) io.Reader {
	r, w := io.Pipe()
	go func() {
		tick := time.NewTicker(50 * time.Millisecond)
		defer tick.Stop()
		for range n {
			if _, err := w.Write(bytes.Repeat([]byte("1\n"), size/2)); err != nil {
				return
			}
			<-tick.C
		}
		if stalls {
			<-t.Context().Done()
		}
		w.Close()
	}()
	return r
}

func TestABodyThatStallsIsGivenUp(t *testing.T) {
	w := newWorld(t)
	for _, path := range []string{"/api/v1/query", "/api/v1/datasets?filename=a.csv"} {
		begin := time.Now()
		status, detail, _ := w.send(path, "application/json", fed(t, 1, 10, true))
		if took := time.Since(begin); status != 408 || !strings.Contains(detail, "too slowly") || took > 10*time.Second {
			t.Errorf("%s: %d %q after %s", path, status, detail, took)
		}
	}
	// One byte now and then does not keep a connection either.
	if status, detail, _ := w.send("/api/v1/datasets?filename=drip.csv", "text/csv", fed(t, 100, 2, false)); status != 408 {
		t.Errorf("drops: %d %q", status, detail)
	}
	w.call("GET", "/api/v1/datasets/drip", nil, 404, nil)
	// What takes longer but keeps coming is taken.
	if status, detail, _ := w.send("/api/v1/datasets?filename=slow.csv", "text/csv", fed(t, 12, 64<<10, false)); status != 201 {
		t.Errorf("a slow file: %d %q", status, detail)
	}
}

func TestALimitIsNamed(t *testing.T) {
	w := newWorld(t)
	for path, want := range map[string]string{
		"/api/v1/datasets?filename=a.csv": "A file of data may have at most 1 MiB. Split it",
		"/api/v1/packages":                "A package may have at most 1 MiB",
		"/api/v1/query":                   "at most 4 MiB",
	} {
		for _, body := range []io.Reader{bytes.NewReader(make([]byte, 5<<20)), io.MultiReader(bytes.NewReader(bytes.Repeat([]byte("1\n"), 5<<19)))} {
			r := must(http.NewRequest("POST", w.url+path, body))(t)
			r.Header.Set("Authorization", "Bearer "+w.token)
			res, err := http.DefaultClient.Do(r)
			if err != nil {
				if errors.Is(err, io.ErrUnexpectedEOF) || strings.Contains(err.Error(), "reset") || strings.Contains(err.Error(), "broken pipe") {
					continue // the server hung up on the rest, and the client saw that first
				}
				t.Fatal(err)
			}
			text := string(must(io.ReadAll(res.Body))(t))
			res.Body.Close()
			if strings.Contains(path, "packages") && res.StatusCode == 422 {
				continue // what is no archive is refused before its length is known
			}
			if res.StatusCode != 413 || !strings.Contains(text, want) {
				t.Errorf("%s: %s %s", path, res.Status, text)
			}
		}
	}
}

func TestUploadsTakeTurns(t *testing.T) {
	w := newWorld(t)
	done := make(chan int, 2)
	for _, name := range []string{"one", "two"} {
		go func() {
			status, _, _ := w.send("/api/v1/datasets?filename="+name+".csv", "text/csv", fed(t, 14, 64<<10, false))
			done <- status
		}()
	}
	var detail string
	var h http.Header
	w.eventually("an upload that is sent away", func() bool {
		var status int
		status, detail, h = w.send("/api/v1/datasets?filename=three.csv&mode=replace", "text/csv", strings.NewReader("a\n1\n"))
		return status == 503
	})
	if !strings.Contains(detail, "2 files are being uploaded") || h.Get("Retry-After") == "" {
		t.Errorf("%q %v", detail, h)
	}
	w.call("GET", "/api/v1/datasets", nil, 200, nil) // other requests need no turn
	for range 2 {
		if status := <-done; status != 201 {
			t.Errorf("an upload that had its turn: %d", status)
		}
	}
	if status, detail, _ := w.send("/api/v1/datasets?filename=three.csv&mode=replace", "text/csv", strings.NewReader("a\n1\n")); status != 201 {
		t.Errorf("after them: %d %q", status, detail)
	}
}

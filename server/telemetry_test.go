package server

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/dreamql/dreamql/engine/udf"
	"github.com/dreamql/dreamql/registry"
	"github.com/dreamql/dreamql/registry/std"
	"github.com/dreamql/dreamql/runtimes/wasm"
)

func TestTheLogTellsNoSecrets(t *testing.T) {
	w := newWorld(t)
	w.upload("cities", cities)
	const private = "PrivateWordOfAQuery"
	w.call("GET", "/?token="+w.token, nil, 303, nil, "Authorization: ")
	w.call("GET", "/?token=WrongTokenInTheAddress", nil, 303, nil, "Authorization: ")
	w.call("GET", "/api/v1/account", nil, 401, nil, "Authorization: Bearer WrongTokenInAHeader")
	w.call("GET", "/api/v1/account?token="+w.token, nil, 200, nil)
	w.call("GET", "/api/v1/nothing?token="+w.token, nil, 404, nil)
	var made struct{ Secret string }
	w.call("POST", "/api/v1/tokens", map[string]any{"name": "made", "scopes": []string{"read"}}, 201, &made)
	w.call("GET", "/api/v1/account", nil, 200, nil, "Authorization: ", "Cookie: dreamql_session="+made.Secret)
	for source, status := range map[string]int{
		"cities -> filter name != '" + private + "'": 200,
		"cities -> filter " + private:                422,
		"cities -> ->" + private:                     422,
		"'" + private:                                422,
	} {
		w.call("POST", "/api/v1/query", map[string]any{"source": source}, status, nil)
	}
	w.call("POST", "/api/v1/datasets?filename=bad.csv", []byte("a,b\n1,2\n"+private+"\n"), 422, nil)
	id := w.notebook(cell("a", "query", "cities -> { x: '"+private+"' }"), cell("b", "query", private))
	var run struct{ ID string }
	w.call("POST", "/api/v1/notebooks/"+id+"/runs", map[string]any{"params": map[string]any{"p": private}}, 202, &run)
	w.finished(run.ID)
	// A part that fails: the cause is for the log, but not what was asked.
	must(w.db.Exec(t.Context(), `ALTER TABLE runs RENAME TO gone`))(t)
	w.call("POST", "/api/v1/query", map[string]any{"source": "cities -> { x: '" + private + "' }"}, 500, nil)
	must(w.db.Exec(t.Context(), `ALTER TABLE gone RENAME TO runs`))(t)

	text := w.log.String()
	for _, line := range []string{"route=/api/v1/query status=200", "route=/api/v1/query status=500", "route=/api/v1/account status=401", "a request failed"} {
		if !strings.Contains(text, line) {
			t.Errorf("the log lacks %q", line)
		}
	}
	for _, secret := range []string{w.token, made.Secret, private, "WrongToken", "token="} {
		if at := strings.Index(text, secret); at >= 0 {
			t.Errorf("the log tells %q: …%s…", secret, text[max(0, at-200):min(len(text), at+100)])
		}
	}
}

func TestAStartingServiceIsNoWarning(t *testing.T) {
	w := newWorld(t)
	w.api.Health = func(context.Context) map[string]string {
		return map[string]string{"setup": "starting: importing sample data"}
	}
	res := must(http.Get(w.url + "/api/v1/health"))(t)
	res.Body.Close()
	if res.StatusCode != 503 {
		t.Errorf("a starting service says %s", res.Status)
	}
	for _, line := range strings.Split(w.log.String(), "\n") {
		if strings.Contains(line, "/api/v1/health") && !strings.Contains(line, "level=DEBUG") {
			t.Errorf("health is logged as %s", line)
		}
	}
	if !strings.Contains(w.log.String(), "route=/api/v1/health status=503") {
		t.Error("the request is not logged at all")
	}
}

func TestMetrics(t *testing.T) {
	w := newWorld(t)
	webassembly := wasm.New(wasm.Options{})
	t.Cleanup(func() { webassembly.Close(context.Background()) })
	w.engine.runtimes = map[udf.Kind]udf.Runtime{udf.WASM: webassembly}
	for _, p := range must(std.Packages())(t) {
		if p.Ref().Name == "geo" {
			must(w.api.Publisher.PublishPackage(t.Context(), p, registry.Account{ID: w.owner.AccountID, Owner: true}))(t)
		}
	}
	w.upload("cities", cities)
	w.call("POST", "/api/v1/query", map[string]any{"source": "import std/geo (haversine)\ncities -> { far: haversine(41.9, 12.5, 59.9, people / 1_000_000.0) }"}, 200, nil)
	w.call("POST", "/api/v1/query", map[string]any{"source": "cities -> nothing"}, 422, nil)
	release := w.engine.holdJobs()
	defer release()
	id := w.notebook(cell("a", "query", "cities"))
	w.call("POST", "/api/v1/notebooks/"+id+"/runs", map[string]any{}, 202, nil)
	w.eventually("a run under way", func() bool {
		var text string
		w.call("GET", "/metrics", nil, 200, &text)
		return strings.Contains(text, `dreamql_runs{state="running"} 1`)
	})
	var text string
	w.call("GET", "/metrics", nil, 200, &text)
	for _, want := range []string{
		`dreamql_http_requests_total{method="POST",route="/api/v1/query",status="200"} 1`,
		`dreamql_http_request_seconds_count{route="/api/v1/query"} 2`,
		`dreamql_runs_total{state="succeeded"} 1`, `dreamql_runs_total{state="failed"} 1`, `dreamql_runs{state="queued"} 0`,
		`dreamql_cells_total{state="succeeded"} 1`, `dreamql_cell_seconds_count 2`, `dreamql_queue_seconds_count 2`, `dreamql_execute_seconds_count 1`,
		`dreamql_tasks_total 1`, `dreamql_rows_read_total 4`, `dreamql_workers 1`, `dreamql_executors 2`, `go_goroutines `,
		`dreamql_udf_rows_total{function="std/geo@`, `dreamql_udf_calls_total{function="std/geo@`, `dreamql_udf_seconds_total{function="std/geo@`,
		`dreamql_udf_compile_seconds_total{function="std/geo@`, `dreamql_udf_queue_seconds_total{function="std/geo@`, `dreamql_udf_cache_hits_total{function="std/geo@`,
		`dreamql_udf_errors_total{function="std/geo@`, `dreamql_udf_memory_bytes{function="std/geo@`,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %s", want)
		}
	}
	if t.Failed() {
		for _, line := range strings.Split(text, "\n") {
			if strings.HasPrefix(line, "dreamql_") && !strings.Contains(line, "bucket") {
				t.Log(line)
			}
		}
	}
}

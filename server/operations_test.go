package server

import (
	"encoding/json"
	"os"
	"regexp"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// Every metric that the dashboard, the alerts and the book name is on /metrics after a few queries.
func TestWhatOperatorsWatchIsThere(t *testing.T) {
	w := newWorld(t).withRuntimes()
	n := w.notebook(function("tax", "python", withTax), query("q", "with_tax(10, 0.5)"))
	w.rowsOf(n, "q")
	var text string
	w.call("GET", "/metrics", nil, 200, &text)
	there := map[string]bool{}
	for line := range strings.Lines(text) {
		name, _, _ := strings.Cut(line, "{")
		name, _, _ = strings.Cut(name, " ")
		there[strings.TrimSpace(name)] = true
	}
	if !strings.Contains(text, `dreamql_udf_calls_total{function="notebook",`) {
		t.Error("a function of a cell is not counted under notebook")
	}
	metric := regexp.MustCompile(`\bdreamql_[a-z_]+\b`)
	seen := 0
	for _, path := range []string{"../docs/operations/grafana-dashboard.json", "../docs/operations/alerts.yaml", "../docs/book/operations.md"} {
		data := must(os.ReadFile(path))(t)
		for _, name := range metric.FindAllString(string(data), -1) {
			seen++
			if !there[name] && !there[name+"_count"] {
				t.Errorf("%s names %s, which is not on /metrics", path, name)
			}
		}
	}
	if seen < 40 {
		t.Errorf("only %d metrics are named", seen)
	}
	for name := range there {
		if strings.HasPrefix(name, "dreamql_udf_") && !strings.Contains(string(must(os.ReadFile("../docs/book/operations.md"))(t)), name) {
			t.Errorf("the book does not say what %s is", name)
		}
	}
}

func TestTheDashboardAndTheAlertsAreWellFormed(t *testing.T) {
	t.Parallel()
	var dashboard struct {
		Title  string
		Panels []struct {
			ID      int
			Title   string
			Targets []struct{ Expr string }
		}
	}
	must0(t, json.Unmarshal(must(os.ReadFile("../docs/operations/grafana-dashboard.json"))(t), &dashboard))
	ids := map[int]bool{}
	for _, p := range dashboard.Panels {
		if p.Title == "" || len(p.Targets) == 0 || ids[p.ID] {
			t.Errorf("panel %+v", p)
		}
		ids[p.ID] = true
		for _, x := range p.Targets {
			balanced(t, x.Expr)
		}
	}
	var alerts struct {
		Groups []struct {
			Rules []struct {
				Alert, Expr, For    string
				Labels, Annotations map[string]string
			}
		}
	}
	must0(t, yaml.Unmarshal(must(os.ReadFile("../docs/operations/alerts.yaml"))(t), &alerts))
	for _, g := range alerts.Groups {
		for _, r := range g.Rules {
			if r.Alert == "" || r.For == "" || r.Labels["severity"] == "" || r.Annotations["summary"] == "" || r.Annotations["action"] == "" {
				t.Errorf("alert %+v", r)
			}
			balanced(t, r.Expr)
		}
	}
	if len(dashboard.Panels) < 10 || len(alerts.Groups) == 0 {
		t.Error("the dashboard or the alerts are missing")
	}
}

func balanced(t *testing.T, expr string) {
	t.Helper()
	for _, pair := range []string{"()", "[]", "{}"} {
		if expr == "" || strings.Count(expr, pair[:1]) != strings.Count(expr, pair[1:]) {
			t.Errorf("brackets in %q", expr)
		}
	}
}

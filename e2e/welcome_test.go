package e2e_test

import (
	"fmt"
	"testing"
	"time"
)

func TestEveryCellOfTheWelcomeNotebookRuns(t *testing.T) {
	t.Parallel()
	var list struct {
		Items []struct{ ID, Title string }
	}
	must(t, shared.call("GET", "/api/v1/notebooks?limit=200", nil, &list))
	id := ""
	for _, n := range list.Items {
		if n.Title == "Welcome to DreamQL" {
			id = n.ID
		}
	}
	if id == "" {
		t.Fatalf("there is no welcome notebook among %v", list.Items)
	}
	var run runView
	must(t, shared.call("POST", "/api/v1/notebooks/"+id+"/runs", map[string]any{}, &run))
	must(t, eventually(2*time.Minute, func() error {
		must(t, shared.call("GET", "/api/v1/runs/"+run.ID, nil, &run))
		if run.State == "queued" || run.State == "running" {
			return fmt.Errorf("the run is still %s", run.State)
		}
		return nil
	}))
	for _, c := range run.Cells {
		if c.State != "succeeded" {
			t.Errorf("cell %s %s: %s", c.CellID, c.State, c.Diagnostics)
		}
	}
	if len(run.Cells) < 8 {
		t.Errorf("only %d cells ran", len(run.Cells))
	}
}

package server

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/dreamql/dreamql/engine/udf"
	"github.com/dreamql/dreamql/registry"
	"github.com/dreamql/dreamql/registry/std"
	"github.com/dreamql/dreamql/runtimes/wasm"
	"github.com/dreamql/dreamql/server/notebook"
	"github.com/dreamql/dreamql/server/run"
)

// trusting lets every package through: Python is not at hand in this test.
type trusting struct{}

func (trusting) CheckPackage(context.Context, *registry.Package) ([]registry.CheckResult, error) {
	return nil, nil
}

func TestEveryCellOfTheTourRuns(t *testing.T) {
	w := newWorld(t)
	webassembly := wasm.New(wasm.Options{})
	t.Cleanup(func() { webassembly.Close(context.Background()) })
	w.engine.runtimes = map[udf.Kind]udf.Runtime{udf.WASM: webassembly}

	w.upload("airports", "iata,name,city,state,country,latitude,longitude\nJFK,John F Kennedy Intl,New York,NY,USA,40.63975111,-73.77892556\n"+
		"HNL,Honolulu International,Honolulu,HI,USA,21.31869111,-157.9224072\nITO,Hilo International,Hilo,HI,USA,19.72026306,-155.0484703\n")
	w.upload("weather", "date,precipitation,temp_max,temp_min,wind,weather\n2012-01-01,0.0,12.8,5.0,4.7,drizzle\n2012-02-02,10.9,10.6,2.8,4.5,rain\n")
	w.call("POST", "/api/v1/datasets?filename=movies.json", []byte(`[{"Title": "Sicko", "Production Budget": 9000000, "Major Genre": "Documentary"}, {"Title": null, "Production Budget": null, "Major Genre": null}]`), 201, nil)
	var flights strings.Builder
	flights.WriteString("date,delay,distance,origin,destination\n")
	for i := range 20_100 {
		fmt.Fprintf(&flights, "2001-01-01 00:01:00,%d,%d,JFK,HNL\n", i%300, 4983)
	}
	flights.WriteString("2001-01-02 00:01:00,190,216,HNL,ITO\n")
	w.call("POST", "/api/v1/datasets?filename=flights.csv", []byte(flights.String()), 201, nil)

	by := registry.Account{ID: w.owner.AccountID, Owner: true}
	for _, p := range must(std.Packages())(t) {
		gate := *w.api.Publisher
		if p.Ref().Name == "text" {
			gate.Checker = trusting{}
		}
		must(gate.PublishPackage(t.Context(), p, by))(t)
	}

	content := must(notebook.Decode(welcome))(t)
	n := must(w.api.Notebooks.Create(t.Context(), w.owner, content))(t)
	var ids []string
	for _, c := range content.Cells {
		if c.Kind == notebook.Query && c.ID != "text" && c.ID != "coldest" { // Python: checked below, run by the journeys in e2e
			ids = append(ids, c.ID)
		}
	}
	var made run.Run
	w.call("POST", "/api/v1/notebooks/"+n.ID+"/runs", map[string]any{"cells": ids}, 202, &made)
	r := w.finished(made.ID.String())
	for _, c := range r.Cells {
		if c.State != run.Succeeded {
			t.Errorf("cell %s: %s %+v", c.CellID, c.State, c.Diagnostics)
		} else if c.CellID != "define" && c.Result.Rows == 0 {
			t.Errorf("cell %s has no rows", c.CellID)
		}
		if c.CellID == "geo" && (len(c.Stats.Functions) != 1 || !strings.HasPrefix(c.Stats.Functions[0].Tier, "wasm") || len(c.Stats.Functions[0].Workers) != 1) {
			t.Errorf("cell geo says of its function: %+v", c.Stats.Functions)
		}
		if c.CellID == "finance" && (len(c.Stats.Functions) != 1 || c.Stats.Functions[0].Tier != "inlined") {
			t.Errorf("cell finance says of its function: %+v", c.Stats.Functions)
		}
	}
	var checked struct{ Diagnostics []run.Diagnostic }
	w.call("POST", "/api/v1/check", map[string]any{"cells": content.Cells}, 200, &checked)
	if len(checked.Diagnostics) != 0 {
		t.Errorf("%+v", checked.Diagnostics)
	}
}

package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dreamql/dreamql/engine/cost"
)

// TestCalibrate measures over few rows: the costs are such as are taken into use again.
func TestCalibrate(t *testing.T) {
	c, err := calibrate(t.Context(), 1<<12)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Check(); err != nil {
		t.Errorf("%+v: %v", *c, err)
	}
}

// TestLoadCosts reads what was measured, and refuses what cannot have been.
func TestLoadCosts(t *testing.T) {
	t.Cleanup(func() { cost.Use(nil) })
	path := filepath.Join(t.TempDir(), "costs.json")
	t.Setenv(costsVariable, path)
	if err := loadCosts(); err != nil {
		t.Errorf("without a file: %v", err)
	}
	before := cost.Join(1000, 1000, 1000, 1)
	for text, want := range map[string]string{
		`{"build": 1000}`:   "",
		`{"build": -1}`:     "above zero",
		`{"build": "dear"}`: "run dreamql calibrate",
	} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		err := loadCosts()
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: %v", text, err)
		}
	}
	if after := cost.Join(1000, 1000, 1000, 1); after < 10*before {
		t.Errorf("a build of 1,000 ns a row is estimated at %g ns, one of the defaults at %g", after, before)
	}
}

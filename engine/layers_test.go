// Package engine_test holds the layout to DESIGN: packages import leftwards only.
package engine_test

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/dreamql/dreamql/"

// order is the pipeline; a package may import those before it.
var order = []string{
	"source", "types", "udf", "sketch", "pages", "kernels", "logical", "funcs", "syntax", "foreign", "catalog", "check", "cost", "rules", "order", "physical", "compile", "assist", "expr",
	"storage", "postgres", "index", "exec", "executor", "cluster", "dsl", "oracle",
}

// mayImport says which of our packages others may see, by the first folder of their path; engine is held to order.
var mayImport = map[string][]string{
	"engine":     {},
	"runtimes":   {"engine/types", "engine/udf", "runtimes"},
	"registry":   {"engine/types", "engine/udf", "engine/catalog", "registry"},
	"migrations": {"migrations"},
	"web":        {},
}

func TestPackagesImportLeftwardsOnly(t *testing.T) {
	t.Parallel()
	cmd := exec.Command("go", "list", "-e", "-f", "{{.ImportPath}} {{join .Imports \" \"}}", "./...")
	cmd.Dir = ".."
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for line := range strings.Lines(string(out)) {
		fields := strings.Fields(line)
		from := strings.TrimPrefix(fields[0], module)
		for _, imported := range fields[1:] {
			to, ours := strings.CutPrefix(imported, module)
			if !ours {
				continue
			}
			seen++
			if reason := forbidden(from, to); reason != "" {
				t.Errorf("%s imports %s: %s", from, to, reason)
			}
		}
	}
	if seen < 20 {
		t.Fatalf("only %d imports were seen", seen)
	}
}

func forbidden(from, to string) string {
	top, _, _ := strings.Cut(from, "/")
	if strings.HasSuffix(from, "/localtest") || strings.HasSuffix(from, "test") {
		return "" // for tests alone
	}
	if strings.HasPrefix(to, "server") && top != "server" && top != "cmd" {
		return "nothing imports server"
	}
	if top == "engine" {
		if !strings.HasPrefix(to, "engine/") {
			return "engine imports nothing else of ours"
		}
		a, b := place(from), place(to)
		switch {
		case a < 0:
			return "it is not in the order of the pipeline"
		case b > a:
			return "packages import leftwards only"
		}
		return ""
	}
	allowed, limited := mayImport[top]
	if limited && !slices.ContainsFunc(allowed, func(p string) bool { return to == p || strings.HasPrefix(to, p+"/") }) {
		return top + " may import only " + strings.Join(allowed, ", ")
	}
	return ""
}

// place is the position of an engine package, or of the one that it is a part of.
func place(path string) int {
	name, _, _ := strings.Cut(strings.TrimPrefix(path, "engine/"), "/")
	return slices.Index(order, name)
}

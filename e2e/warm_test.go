package e2e_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestPackagesAreCompiledAhead: package warm fills a folder, once; queries find the code there; and what is no module is refused.
func TestPackagesAreCompiledAhead(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	run := func(stdin string, args ...string) (string, error) {
		c := exec.Command(binary(), args...)
		c.Env = append(os.Environ(), "XDG_CACHE_HOME="+dir, "DREAMQL_CACHE="+filepath.Join(dir, "compiled"))
		c.Stdin = strings.NewReader(stdin)
		out, err := c.CombinedOutput()
		return string(out), err
	}
	geo := filepath.Join("..", "registry", "std", "geo")
	code, err := os.ReadFile(filepath.Join(geo, "geo.wasm"))
	must(t, err)
	for _, c := range []struct{ stdin, want, args string }{
		{"", "KB compiled in", "package warm " + geo},
		{"", "was compiled before", "package warm " + geo},
		{"", "nothing to compile", "package warm " + filepath.Join("..", "registry", "std", "finance")},
		{string(code), "", "package warm --module"},
		{"no module", "no WebAssembly module", "package warm --module"},
		{"", "cannot be reached", "package warm std/geo@1.0.0 --server http://127.0.0.1:1"},
		{"", "neither a folder nor a version", "package warm geo@1.0.0"},
		{"", `"tier":"wasm"`, "query --stats --package " + geo + " -e import·std/geo·(haversine)\n{·d:·haversine(1,·2,·3,·4)·}"},
	} {
		args := strings.Fields(strings.ReplaceAll(c.args, "\n", "¶"))
		for i := range args {
			args[i] = strings.NewReplacer("·", " ", "¶", "\n").Replace(args[i])
		}
		out, err := run(c.stdin, args...)
		failed := strings.Contains(c.want, "no WebAssembly") || strings.Contains(c.want, "cannot be reached") || strings.Contains(c.want, "neither")
		if !strings.Contains(out, c.want) || (err != nil) != failed {
			t.Errorf("%s gave %v\n%s", c.args, err, out)
		}
	}
}

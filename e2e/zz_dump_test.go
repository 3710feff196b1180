package e2e_test
import ("testing";"os";"fmt")
func TestDump(t *testing.T) {
	attacks := append(append(wasmAttacks(), pythonAttacks()...), dataAttacks(t)...)
	for _, kind := range []string{"wasm", "python"} {
		os.MkdirAll("/tmp/h/dump/"+kind, 0o755)
		text := head("mallory", kind+"s")
		py := ""
		for i, a := range attacks {
			if a.kind != kind || a.gate { continue }
			module := "functions.py"
			if kind == "wasm" { module = fmt.Sprintf("f%d.wasm", i); os.WriteFile("/tmp/h/dump/wasm/"+module, a.code, 0o644) } else { py += a.def(functionName(i)) }
			text += a.declared(functionName(i), module)
		}
		if kind == "python" { os.WriteFile("/tmp/h/dump/python/functions.py", []byte(py), 0o644) }
		os.WriteFile("/tmp/h/dump/"+kind+"/dreamql.toml", []byte(text), 0o644)
		os.WriteFile("/tmp/h/dump/"+kind+"/README.md", []byte("# x\n"), 0o644)
	}
}

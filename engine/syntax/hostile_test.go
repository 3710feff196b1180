package syntax_test

import (
	"runtime"
	"strings"
	"testing"

	"github.com/dreamql/dreamql/engine/syntax"
)

// hostile is texts that must end in a diagnostic, by code; "" is for those that are read.
var hostile = map[string]struct{ code, text string }{
	"parentheses":              {"DQL1018", nested("(", "1", ")")},
	"lists":                    {"DQL1018", nested("[", "1", "]")},
	"records":                  {"DQL1018", nested("{a: ", "1", "}")},
	"blocks":                   {"DQL1018", nested("{a = 1, ", "a", "}")},
	"calls":                    {"DQL1018", nested("f(", "1", ")")},
	"indexes":                  {"DQL1018", nested("a[", "1", "]")},
	"ifs":                      {"DQL1018", nested("if a { ", "1", " } else { 2 }")},
	"else ifs":                 {"DQL1018", strings.Repeat("if a { 1 } else ", 10_000) + "2"},
	"conditions of ifs":        {"DQL1018", nested("if ", "a", " { 1 } else { 2 }")},
	"matches":                  {"DQL1018", nested("match x { | _ => ", "1", " }")},
	"subjects of matches":      {"DQL1018", nested("match ", "x", " { | _ => 1 }")},
	"lambdas":                  {"DQL1018", strings.Repeat("x => ", 10_000) + "1"},
	"lambdas in parentheses":   {"DQL1018", nested("((x) => ", "1", ")")},
	"defaults of lambdas":      {"DQL1018", nested("((a = ", "1", ") => a)")},
	"stages":                   {"DQL1018", nested("a -> (x => ", "x", ")")},
	"patterns":                 {"DQL1018", "match x { | " + nested("{a: ", "b", "}") + " => 1 }"},
	"some some":                {"DQL1018", "match x { | " + strings.Repeat("some ", 10_000) + "a => 1 }"},
	"types in lists":           {"DQL1018", "param a: " + nested("[", "int", "]")},
	"types in records":         {"DQL1018", "param a: " + nested("{a: ", "int", "}")},
	"types in tables":          {"DQL1018", "param a: " + nested("table<", "int", ">")},
	"types of functions":       {"DQL1018", "param a: " + strings.Repeat("() => ", 10_000) + "int"},
	"f-strings":                {"DQL1018", nested("f'${", "1", "}'")},
	"unary minus":              {"DQL1018", strings.Repeat("-", 100_000) + "1"},
	"not":                      {"DQL1018", strings.Repeat("not ", 100_000) + "true"},
	"powers":                   {"DQL1018", strings.Repeat("2**", 100_000) + "1"},
	"open parentheses":         {"DQL1018", strings.Repeat("(", 10_000)},
	"open braces":              {"DQL1018", strings.Repeat("{a:", 10_000)},
	"open brackets over lines": {"DQL1022", strings.Repeat("[\n", 10_000)},
	"open types":               {"DQL1018", "param x: " + strings.Repeat("[", 100_000)},
	"open f-strings":           {"DQL1011", strings.Repeat("f'${", 10_000)},
	"closing brackets":         {"DQL1019", strings.Repeat(")", 10_000)},
	"brackets of other kinds":  {"DQL1018", strings.Repeat("(", 10_000) + strings.Repeat("]", 10_000) + strings.Repeat("}", 10_000)},
	"an open string":           {"DQL1011", "'" + strings.Repeat("a", 1<<20)},
	"an open comment":          {"DQL1001", strings.Repeat("/*", 1<<19)},
	"an open name":             {"DQL1007", "`" + strings.Repeat("a", 1<<20)},
	"block comments":           {"DQL1019", nested("/*", "", "*/")},
	"a long name":              {"DQL1002", strings.Repeat("a", 1<<20)},
	"a long quoted name":       {"DQL1002", "`" + strings.Repeat("a", 1<<20) + "`"},
	"a long number":            {"DQL1048", strings.Repeat("1", 1<<20)},
	"a long exponent":          {"DQL1048", "1e" + strings.Repeat("9", 1<<20)},
	"a long unit":              {"DQL1009", "1" + strings.Repeat("d", 1<<20)},
	"more than 4 MB":           {"DQL1012", strings.Repeat("a -> b\n", 1_500_000)},
	"invalid UTF-8":            {"DQL1003", "a = 'x\xff\xfe'"},
	"invalid UTF-8 in comment": {"DQL1003", "// \xc3\na"},
	"a NUL":                    {"DQL1006", "a\x00b"},
	"controls":                 {"DQL1006", "a = \x1b[31m"},
	"every byte an error":      {"DQL1006", strings.Repeat("€", 1<<18)},
	"100,000 stages":           {"", "a" + strings.Repeat(" -> f", 100_000)},
	"100,000 stages on lines":  {"", "a" + strings.Repeat("\n  -> f x", 100_000)},
	"a long sum":               {"", "1" + strings.Repeat(" + 1", 100_000)},
	"a long list":              {"", "[" + strings.Repeat("1,", 100_000) + "]"},
	"a long string":            {"", "'" + strings.Repeat("a", 1<<20) + "'"},
	"a long comment":           {"", "/*" + strings.Repeat("*", 1<<20) + "*/"},
	"a long f-string":          {"", "f'" + strings.Repeat("${a} ", 100_000) + "'"},
	"many statements":          {"", strings.Repeat("a\n", 100_000)},
	"a NUL in a string":        {"", "'\x00'"},
	"a byte order mark":        {"", "\ufeffa = 1"},
}

func nested(open, inner, end string) string {
	return strings.Repeat(open, 10_000) + inner + strings.Repeat(end, 10_000)
}

func TestHostileInputIsReadInBoundedMemory(t *testing.T) {
	for name, c := range hostile {
		t.Run(name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			_, diags := syntax.Parse(0, c.text)
			runtime.ReadMemStats(&after)
			codes := map[string]bool{}
			for _, d := range diags {
				codes[d.Code] = true
				if d.Span.Start < 0 || d.Span.End < d.Span.Start || d.Span.End > len(c.text) {
					t.Errorf("%s is placed at %v of %d bytes", d.Code, d.Span, len(c.text))
				}
				if len(d.Message)+len(d.Help) > 400 || d.Help == "" {
					t.Errorf("%s says %q; %q", d.Code, d.Message, d.Help)
				}
			}
			if c.code != "" && !codes[c.code] || c.code == "" && len(diags) > 0 {
				t.Errorf("want %q, got %v of %v", c.code, codes, diags)
			}
			if len(diags) > 50 {
				t.Errorf("%d diagnostics", len(diags))
			}
			if used := after.TotalAlloc - before.TotalAlloc; used > 128<<20+uint64(300*len(c.text)) {
				t.Errorf("%d MB allocated for %d bytes of source", used>>20, len(c.text))
			}
			if out, ds := syntax.Format(0, c.text); len(ds) > 0 && out != c.text {
				t.Error("formatting changed a text with mistakes")
			}
		})
	}
}

package corpora_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// jqProgram is a test of jq: a program, its input, and its results. Programs that jq must refuse have neither.
type jqProgram struct {
	text, input string
	results     []string
	refused     bool
}

// TestJQ runs what jq's own tests say in DreamQL. Every program of them, known by its line, is translated or in one class of
// classes.txt, whose pattern it must match. Engine and oracle must both give the published results.
func TestJQ(t *testing.T) {
	t.Parallel()
	programs := jqPrograms(t)
	cases, shared := jqCases(t)
	classes := jqClasses(t, programs)
	expressible := len(cases) + len(classes["differs"])
	placed := map[int]string{}
	for line := range cases {
		placed[line] = "translated"
	}
	for name, lines := range classes {
		for _, line := range lines {
			if placed[line] != "" {
				t.Errorf("line %d is %s, and %s", line, placed[line], name)
			}
			placed[line] = name
		}
	}
	for line, p := range programs {
		if placed[line] == "" {
			t.Errorf("line %d has no translation and no class: %s", line, p.text)
		}
	}
	for line, name := range placed {
		if _, ok := programs[line]; !ok {
			t.Errorf("jq has no test in line %d, which is %s", line, name)
		}
	}
	path := filepath.Join(t.TempDir(), "nothing.ndjson")
	if err := os.WriteFile(path, []byte("{\"x\": 1}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c := openFiles(t, path) // the inputs are in the programs, so a table is there only to make a catalogue
	agree := 0
	for line, text := range cases {
		if t.Run(strconv.Itoa(line), func(t *testing.T) { c.answersAsJQ(t, line, programs[line], text, shared) }) {
			agree++
		}
	}
	fmt.Printf("corpus jq: %d of %d expressible agree (%d programs in all)\n", agree, expressible, len(programs))
	if agree*100 < expressible*95 {
		t.Errorf("%d of %d are less than 95 %%", agree, expressible)
	}
}

func (c *corpus) answersAsJQ(t *testing.T, line int, p jqProgram, text string, shared map[string]string) {
	want := p.results
	if len(want) != 1 {
		want = []string{"[" + strings.Join(want, ",") + "]"}
	}
	var program strings.Builder
	for name, function := range shared {
		if strings.Contains(text, name+"(") {
			fmt.Fprintf(&program, "%s = %s\n", name, function)
		}
	}
	fmt.Fprintf(&program, "[{ s: %s }] -> ", quoted(p.input))
	if regexp.MustCompile(`\bj\b`).MatchString(text) {
		program.WriteString("derive { j: parse_json(s) } -> ")
	}
	fmt.Fprintf(&program, "{ answer: string(%s), published: string(parse_json(%s)) }", text, quoted(want[0]))
	node := c.check(t, fmt.Sprint("line ", line), program.String())
	for _, y := range ways[:2] { // a list in the program is one task
		for _, row := range c.run(t, node, y).rows {
			if row[0] == "" { // absent, which is null in JSON
				row[0] = "null"
			}
			if row[0] != row[1] {
				t.Errorf("%s: %s gives %s, not %s", y.name, text, row[0], row[1])
			}
		}
	}
	if n := c.agrees(t, node); n != 1 {
		t.Errorf("%d rows", n)
	}
}

func quoted(s string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(s) + "'"
}

// jqPrograms reads the tests by their lines: a program, its input and its results up to an empty line or a comment; or, after %%FAIL, a program and
// a message.
func jqPrograms(t *testing.T) map[int]jqProgram {
	t.Helper()
	lines := textLines(t, filepath.Join("..", "..", ".corpora", "jq", "jq.test"))
	blank := func(line string) bool {
		line = strings.TrimSpace(line)
		return line == "" || strings.HasPrefix(line, "#")
	}
	programs := map[int]jqProgram{}
	for i := 0; i < len(lines); i++ {
		switch {
		case blank(lines[i]):
		case strings.HasPrefix(lines[i], "%%FAIL"):
			programs[i+2] = jqProgram{text: lines[i+1], refused: true}
			i += 2
		default:
			p, line := jqProgram{text: lines[i], input: lines[i+1]}, i+1
			for i += 2; i < len(lines) && !blank(lines[i]); i++ {
				p.results = append(p.results, lines[i])
			}
			programs[line] = p
		}
	}
	return programs
}

// jqCases reads the translations, by the lines of their originals, and the functions that they share.
func jqCases(t *testing.T) (cases map[int]string, shared map[string]string) {
	t.Helper()
	cases, shared = map[int]string{}, map[string]string{}
	for _, text := range textLines(t, filepath.Join("jq", "cases.txt")) {
		if text == "" || strings.HasPrefix(text, "#") {
			continue
		}
		first, rest, _ := strings.Cut(text, " ")
		line, err := strconv.Atoi(first)
		if err != nil {
			shared[first] = strings.TrimPrefix(rest, "= ")
			continue
		}
		if cases[line] != "" {
			t.Errorf("line %d is translated twice", line)
		}
		cases[line] = rest
	}
	return cases, shared
}

// jqClasses reads why the other programs are not translated: a line with the name of a class, how many programs it has and the
// pattern that they show, after it a line that says why, and one with the lines of the programs.
func jqClasses(t *testing.T, programs map[int]jqProgram) map[string][]int {
	t.Helper()
	classes := map[string][]int{}
	text := strings.Join(textLines(t, filepath.Join("jq", "classes.txt")), "\n")
	for _, block := range strings.Split(strings.TrimSpace(text), "\n\n") {
		if strings.HasPrefix(block, "#") {
			continue
		}
		lines := strings.Split(block, "\n")
		head := strings.SplitN(lines[0], " ", 3)
		if len(lines) != 3 || len(head) != 3 {
			t.Fatalf("a class has a head, a reason and lines: %q", block)
		}
		pattern := regexp.MustCompile(head[2])
		for _, number := range strings.Fields(lines[2]) {
			line, err := strconv.Atoi(number)
			if err != nil {
				t.Fatal(err)
			}
			classes[head[0]] = append(classes[head[0]], line)
			p := programs[line]
			if p.refused != (head[0] == "refused") || !pattern.MatchString(p.text+"\n"+p.input) {
				t.Errorf("line %d does not belong to %s: %s", line, head[0], p.text)
			}
		}
		if strconv.Itoa(len(classes[head[0]])) != head[1] {
			t.Errorf("%s has %d programs, not %s", head[0], len(classes[head[0]]), head[1])
		}
	}
	return classes
}

func textLines(t *testing.T, path string) []string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v: scripts/corpora fetches the outside corpora", err)
	}
	return strings.Split(string(text), "\n")
}

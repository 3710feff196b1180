// Command corpus writes every DreamQL program of the repository with its tree, as JSON, for a second parser to be compared with:
// the cases of the tests, the book, the journeys, the packages and the welcome notebook. It is run in the root of the repository.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"github.com/dreamql/dreamql/engine/syntax"
)

// Program is one text. Tree is empty for one that is rejected, Codes say why.
type Program struct {
	Where  string   `json:"where"`
	Source string   `json:"source"`
	Tree   string   `json:"tree"`
	Codes  []string `json:"codes,omitempty"`
}

// sources says where programs stand, and how they are found there.
var sources = []struct {
	glob string
	find func(text string) []string
}{
	{"engine/*/testdata/*.txt", cases},
	{"e2e/testdata/*/*.dql", whole},
	{"e2e/corpora/*/*.dql", whole},
	{"e2e/testdata/*.txtar", journeys},
	{"docs/book/*.md", fenced},
	{"docs/book/functions.md", examples},
	{"README.md", fenced},
	{"server/notebook/*.dql.md", fenced},
	{"registry/*/*/README.md", fenced},
	{"registry/std/*/dreamql.toml", functions},
}

func main() {
	programs, err := collect()
	if err == nil {
		err = json.NewEncoder(os.Stdout).Encode(programs)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func collect() ([]Program, error) {
	var programs []Program
	for _, s := range sources {
		paths, err := filepath.Glob(s.glob)
		if err != nil {
			return nil, err
		}
		if len(paths) == 0 {
			return nil, fmt.Errorf("nothing matches %s; run this in the root of the repository", s.glob)
		}
		for _, path := range paths {
			text, err := os.ReadFile(path)
			if err != nil {
				return nil, err
			}
			for i, source := range s.find(string(text)) {
				programs = append(programs, parsed(fmt.Sprintf("%s, program %d", filepath.ToSlash(path), i+1), source))
			}
		}
	}
	return programs, nil
}

func parsed(where, source string) Program {
	p := Program{Where: where, Source: source}
	program, diags := syntax.Parse(0, source)
	for _, d := range diags {
		p.Codes = append(p.Codes, d.Code)
	}
	if len(diags) == 0 {
		var trees []string
		for _, s := range program.Stmts {
			trees = append(trees, syntax.Dump(s))
		}
		p.Tree = strings.Join(trees, "\n")
	}
	return p
}

func whole(text string) []string { return []string{text} }

// cases are the inputs of data-driven tests: a directive, the input, "----", the output. The output ends at an empty line, or at
// "----" twice if it begins so. Tables are data, and "given" gives parameters.
func cases(text string) []string {
	const input, output, longOutput = 1, 2, 3
	var found, lines []string
	at, isTable, before := 0, false, ""
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		switch {
		case at == 0 && (line == "" || strings.HasPrefix(line, "#")):
		case at == 0:
			at, isTable, lines = input, strings.HasPrefix(line, "table"), nil
		case at == input && line == "----":
			if at = output; !isTable {
				found = append(found, modules(lines)...)
			}
			lines = nil
		case at == input && !strings.HasPrefix(line, "given {"):
			lines = append(lines, line)
		case at == output && line == "----" && before == "----":
			at = longOutput
			line = ""
		case at == output && line == "", at == longOutput && line == "----" && before == "----":
			at = 0
		}
		before = line
	}
	return found
}

// modules are the programs of one case, apart by "---"; those behind the first begin with "module NAME".
func modules(lines []string) []string {
	found := strings.Split(strings.Join(lines, "\n"), "\n---\n")
	for i, text := range found[1:] {
		if first, rest, _ := strings.Cut(text, "\n"); strings.HasPrefix(first, "module ") {
			found[i+1] = rest
		}
	}
	return found
}

var (
	fence  = regexp.MustCompile("(?ms)^```dreamql[^\n]*\n(.*?)^```")
	plain  = regexp.MustCompile("(?ms)^```\n(.*?)^```")
	given  = regexp.MustCompile(`-e '((?:[^'\n]|'')*)'`)
	member = regexp.MustCompile(`(?ms)^-- \S+\.dql --\n(.*?)(?:^-- |\z)`)
	source = regexp.MustCompile(`(?m)^source = (".*")$`)
)

func fenced(text string) []string   { return groups(fence, text) }
func examples(text string) []string { return groups(plain, text) }

// journeys give programs on the command line, where two quotes stand for one, and as files.
func journeys(text string) []string {
	found := groups(member, text)
	for _, program := range groups(given, text) {
		found = append(found, strings.ReplaceAll(program, "''", "'"))
	}
	return found
}

func functions(text string) []string {
	var found []string
	for _, quoted := range groups(source, text) {
		if program, err := strconv.Unquote(quoted); err == nil {
			found = append(found, program)
		}
	}
	return found
}

func groups(pattern *regexp.Regexp, text string) []string {
	var found []string
	for _, match := range pattern.FindAllStringSubmatch(text, -1) {
		found = append(found, match[1])
	}
	return found
}

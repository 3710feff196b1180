package notebook

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"

	"github.com/dreamql/dreamql/engine/foreign"
	"github.com/dreamql/dreamql/server/problem"
)

// Encode writes a notebook as Markdown: a front matter with the title and its packages, queries and functions as fenced code, texts as they are,
// each below a comment with its id. One edited cell is one hunk of a diff.
func Encode(c Content) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "---\ntitle: %s\n", c.Title)
	if len(c.Pins) > 0 {
		b.WriteString("packages:\n")
	}
	for _, p := range c.Pins {
		fmt.Fprintf(&b, "  - %s@%s sha256:%s\n", p.Package, p.Version, p.Digest)
	}
	b.WriteString("---\n")
	for _, cell := range c.Cells {
		b.WriteByte('\n')
		if cell.Kind == Text {
			fmt.Fprintf(&b, "<!-- cell id=%s -->\n%s\n", cell.ID, guard(cell.Source))
			continue
		}
		fence := fenceFor(cell.Source)
		fmt.Fprintf(&b, "%s%s {id=%s%s}\n%s\n%s\n", fence, info(cell), cell.ID, attributes(cell.View), cell.Source, fence)
	}
	return b.Bytes()
}

var (
	special   = regexp.MustCompile("(?m)^(\\\\*)(<!-- cell |`{3,}dreamql|`{3,}(?:python|assemblyscript)[ \t]+function)")
	unspecial = regexp.MustCompile("(?m)^\\\\(\\\\*)(<!-- cell |`{3,}dreamql|`{3,}(?:python|assemblyscript)[ \t]+function)")
	opening   = Opening
	marker    = regexp.MustCompile(`^<!-- cell (.*?) *-->[ \t]*$`)
	attribute = regexp.MustCompile(`^\s*([a-z]+)=("(?:[^"\\]|\\.)*"|[A-Za-z0-9_.-]+)`)
	pin       = regexp.MustCompile(`^\s*- ([a-z0-9_]+/[a-z0-9_]+)@(\S{1,64}) sha256:([0-9a-f]{64})\s*$`)
	backticks = regexp.MustCompile("`{3,}")
)

// Opening is the line that begins a cell that is code: its fence, its language, "function" for a function cell, and its attributes.
// Other code, such as ```python alone, belongs to the text around it.
var Opening = regexp.MustCompile("^(`{3,})(dreamql(?:[ \t]+function)?|(?:python|assemblyscript)[ \t]+function)[ \t]*(?:\\{(.*)\\})?[ \t]*$")

// info is what stands behind the opening fence of a cell.
func info(c Cell) string {
	switch {
	case c.Kind != Function:
		return "dreamql"
	case c.Language == "":
		return "dreamql function"
	}
	return string(c.Language) + " function"
}

// coded is the kind and the language of a cell by what stands behind its fence.
func coded(info string) Cell {
	language, function, _ := strings.Cut(info, " ")
	language, _, _ = strings.Cut(language, "\t")
	c := Cell{Kind: Query}
	if function != "" || strings.Contains(info, "\t") {
		c.Kind = Function
	}
	if language != string(dreamql) {
		c.Language = foreign.Language(language)
	}
	return c
}

// LanguageOf is the language of a cell by what Opening found behind its fence.
func LanguageOf(info string) foreign.Language { return coded(info).Language }

// guard marks lines of a text that would read as the start of a cell with a backslash.
func guard(s string) string   { return special.ReplaceAllString(s, `\$1$2`) }
func unguard(s string) string { return unspecial.ReplaceAllString(s, `$1$2`) }

func fenceFor(s string) string {
	n := 3
	for _, run := range backticks.FindAllString(s, -1) {
		n = max(n, len(run)+1)
	}
	return strings.Repeat("`", n)
}

func attributes(v View) string {
	var b strings.Builder
	for _, kv := range [][2]string{{"as", v.As}, {"x", v.X}, {"y", v.Y}, {"color", v.Color}} {
		if kv[1] != "" {
			q, _ := json.Marshal(kv[1])
			fmt.Fprintf(&b, " %s=%s", kv[0], q)
		}
	}
	return b.String()
}

// Decode reads what Encode writes, and any Markdown with fences that Opening knows: text between them becomes text cells, and
// cells without an id get one.
func Decode(file []byte) (Content, error) {
	text := strings.TrimPrefix(strings.ReplaceAll(string(file), "\r\n", "\n"), "\ufeff")
	c := Content{Title: "Untitled"}
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	if len(lines) > 0 && lines[0] == "---" {
		end := 1
		for end < len(lines) && lines[end] != "---" {
			if title, ok := strings.CutPrefix(lines[end], "title:"); ok {
				c.Title = strings.TrimSpace(title)
			}
			if m := pin.FindStringSubmatch(lines[end]); m != nil {
				c.Pins = append(c.Pins, Pin{Package: m[1], Version: m[2], Digest: m[3]})
			}
			end++
		}
		if end == len(lines) {
			return c, problem.New(problem.InvalidRequest, "The front matter that starts on line 1 has no closing --- line.")
		}
		lines = lines[end+1:]
	}
	d := decoder{lines: lines}
	for d.next < len(d.lines) {
		if err := d.cell(&c); err != nil {
			return c, err
		}
	}
	return c.normal()
}

type decoder struct {
	lines []string
	next  int
}

// cell reads one cell, or the blank line between two.
func (d *decoder) cell(c *Content) error {
	line := d.lines[d.next]
	if m := opening.FindStringSubmatch(line); m != nil {
		start := d.next + 1
		end := start
		for end < len(d.lines) && strings.TrimRight(d.lines[end], " \t") != m[1] {
			end++
		}
		if end == len(d.lines) {
			return problem.New(problem.InvalidRequest, "The cell that starts with %q has no closing %s line.", line, m[1])
		}
		d.next = end + 1
		cell := coded(m[2])
		cell.Source = strings.Join(d.lines[start:end], "\n")
		c.Cells = append(c.Cells, cell.with(m[3]))
		return nil
	}
	if m := marker.FindStringSubmatch(line); m != nil {
		start := d.next + 1
		end := d.skipText(start)
		d.next = end
		if end < len(d.lines) && end > start && d.lines[end-1] == "" {
			end-- // the blank line that Encode puts between cells
		}
		cell := Cell{Kind: Text, Source: unguard(strings.Join(d.lines[start:end], "\n"))}
		c.Cells = append(c.Cells, cell.with(m[1]))
		return nil
	}
	start := d.next
	d.next = d.skipText(start + 1)
	if s := strings.Trim(strings.Join(d.lines[start:d.next], "\n"), "\n"); s != "" {
		c.Cells = append(c.Cells, Cell{ID: NewCellID(), Kind: Text, Source: unguard(s)})
	}
	return nil
}

// skipText returns the line where the next cell starts.
func (d *decoder) skipText(i int) int {
	for i < len(d.lines) && !opening.MatchString(d.lines[i]) && !marker.MatchString(d.lines[i]) {
		i++
	}
	return i
}

// with reads attributes into the cell; what it does not know it ignores, so that a newer file can be read.
func (cell Cell) with(attrs string) Cell {
	for {
		m := attribute.FindStringSubmatch(attrs)
		if m == nil {
			break
		}
		attrs = attrs[len(m[0]):]
		value := m[2]
		if strings.HasPrefix(value, `"`) && json.Unmarshal([]byte(value), &value) != nil {
			continue
		}
		switch m[1] {
		case "id":
			cell.ID = value
		case "as":
			cell.View.As = value
		case "x":
			cell.View.X = value
		case "y":
			cell.View.Y = value
		case "color":
			cell.View.Color = value
		}
	}
	if cell.ID == "" {
		cell.ID = NewCellID()
	}
	return cell
}

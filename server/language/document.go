package language

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/dreamql/dreamql/engine/foreign"
	"github.com/dreamql/dreamql/server/notebook"
)

// document is an open text. It holds one source, or, as a notebook in a file, one for each of its query cells.
type document struct {
	uri      string
	language foreign.Language // of the whole document; "" is DreamQL
	version  int
	text     string
	lines    []int
	sources  []part
	problem  string // why the text is not taken
	module   *module
	// published are the diagnostics that the client has.
	published []byte

	changed context.Context // ends when the document changes
	change  context.CancelCauseFunc
}

// part is a source in a document, in bytes.
type part struct {
	start, end int
	language   foreign.Language // "" is DreamQL
}

// errModified is the cause of the end of requests that a change has overtaken.
var errModified = errors.New("the document has changed")

// set gives the document another text.
func (d *document) set(ctx context.Context, text string, version int) {
	if d.change != nil {
		d.change(errModified)
	}
	d.changed, d.change = context.WithCancelCause(ctx)
	d.problem = ""
	if len(text) > MaxDocument {
		d.problem = fmt.Sprintf("This document has %d bytes and is not looked at, because at most %d are; split it.", len(text), MaxDocument)
		text = ""
	}
	d.text, d.version, d.lines = text, version, linesOf(text)
	d.sources = []part{{0, len(text), d.language}}
	if strings.HasSuffix(d.uri, ".dql.md") {
		d.sources = cells(text)
	}
}

// edit replaces a range, or the whole text.
func (d *document) edit(c contentChange) string {
	if c.Range == nil {
		return c.Text
	}
	start, end := d.offset(c.Range.Start), d.offset(c.Range.End)
	if end < start {
		start, end = end, start
	}
	return d.text[:start] + c.Text + d.text[end:]
}

const frontMatter = "---"

// cells finds the query and function cells of a notebook in a file, as it is read when the notebook is imported.
func cells(text string) []part {
	var out []part
	fence, start, matter, language := "", 0, false, foreign.Language("")
	for i, first := 0, true; i < len(text); first = false {
		end := len(text)
		next := end
		if n := strings.IndexByte(text[i:], '\n'); n >= 0 {
			end, next = i+n, i+n+1
		}
		line := strings.TrimSuffix(text[i:end], "\r")
		switch m := notebook.Opening.FindStringSubmatch(line); {
		case first && line == frontMatter:
			matter = true
		case matter:
			matter = line != frontMatter
		case fence == "" && m != nil:
			fence, start, language = m[1], next, notebook.LanguageOf(m[2])
		case fence != "" && strings.TrimRight(line, " \t") == fence:
			out, fence = append(out, part{start, max(start, i-1), language}), ""
		}
		i = next
	}
	if fence != "" {
		out = append(out, part{start, len(text), language})
	}
	return out
}

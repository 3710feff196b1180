package syntax

import "github.com/dreamql/dreamql/engine/source"

// MaxSource is the longest text that is parsed, in bytes; a longer one gets a diagnostic.
const MaxSource = 4 << 20

// Parse reads a program. It always returns a tree; diagnostics come in order of place. Time is linear in the length of
// the text and depth of nesting is bounded.
func Parse(file source.FileID, text string) (*Program, source.Diagnostics) {
	p := newParser(file, text)
	prog := p.program()
	return prog, p.done()
}

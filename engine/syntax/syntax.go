package syntax

import "github.com/dreamql/dreamql/engine/source"

// MaxSource is the longest text that is parsed, in bytes; a longer one gets a diagnostic.
const MaxSource = 4 << 20

// Parse reads a program. It always returns a tree; diagnostics come in order of place. Time is linear in the length of
// the text and depth of nesting is bounded.
func Parse(file source.FileID, text string) (*Program, source.Diagnostics) {
	p := newParser(file, text)
	prog := p.program()
	return prog, mended(text, p.diags)
}

// ParseExpr reads one expression and nothing after it, as in the source of an expression function.
func ParseExpr(file source.FileID, text string) (e Expr, diags source.Diagnostics) {
	p := newParser(file, text)
	defer func() {
		if r := recover(); r != nil {
			if _, ours := r.(bailout); !ours {
				panic(r)
			}
			e, diags = &Bad{}, mended(text, p.diags)
		}
	}()
	p.skipNewlines()
	e = p.expr()
	p.skipNewlines()
	if p.peek().kind != tEOF && len(p.diags) == 0 {
		p.errorAt(p.peek(), errTrailing)
	}
	return e, mended(text, p.diags)
}

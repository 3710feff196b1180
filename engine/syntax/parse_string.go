package syntax

import (
	"strings"

	"github.com/dreamql/dreamql/engine/source"
)

// str resolves a string token: escapes, and the parts of an f-string.
func (p *parser) str(t token) Expr {
	q := strings.IndexByte(t.text, '\'')
	prefix, body, base := t.text[:q], t.text[q+1:len(t.text)-1], t.start+q+1
	switch prefix {
	case "f":
		return p.interpolated(t, body, base)
	case "r":
	default:
		body = p.unescape(body, base, prefix == "b")
	}
	return &String{at{p.tokSpan(t)}, prefix, body}
}

func (p *parser) unescape(body string, base int, bytes bool) string {
	s, bad, n := unescape(body, bytes)
	if bad >= 0 {
		m := errEscape
		if bytes {
			m.help = `use \n \t \r \0 \\ \' \u{1F600}, or two hexadecimal digits as in \x7F`
		}
		p.errorSpan(source.Span{File: p.file, Start: base + bad, End: base + bad + n}, m)
	}
	return s
}

// interpolated reads f'…': text and ${expression} in turn.
func (p *parser) interpolated(t token, body string, base int) Expr {
	f := &Interp{at: at{p.tokSpan(t)}}
	text := func(from, to int) {
		if from < to {
			s := source.Span{File: p.file, Start: base + from, End: base + to}
			f.Parts = append(f.Parts, &String{at{s}, "", p.unescape(body[from:to], base+from, false)})
		}
	}
	last := 0
	for i := 0; i < len(body); {
		switch {
		case body[i] == '\\':
			i += 2
		case strings.HasPrefix(body[i:], "${"):
			text(last, i)
			end := interpolationEnd(p.text, base+i+2) - base
			f.Parts = append(f.Parts, p.interpolation(t, base+i+2, base+end-1))
			i, last = end, end
		default:
			i++
		}
	}
	text(last, len(body))
	return f
}

// interpolation parses the expression between ${ and } with a parser of its own over the same text.
func (p *parser) interpolation(t token, start, end int) Expr {
	bad := &Bad{at{source.Span{File: p.file, Start: start, End: end}}}
	if strings.TrimSpace(p.text[start:end]) == "" {
		p.errorSpan(bad.Span, errEmptyInterp)
		return bad
	}
	p.deeper(t, fDepth)
	q := &parser{file: p.file, text: p.text, depth: p.depth, nest: '(', signs: p.signs}
	q.load(start, end)
	var x Expr
	ok := q.attempt(func() {
		x = q.expr()
		if t := q.peek(); t.kind != tEOF {
			q.fail(*t, errTrailing)
		}
	})
	p.depth -= fDepth
	for _, d := range q.diags.list {
		if len(p.diags.list) < maxDiagnostics {
			p.diags.list = append(p.diags.list, d)
		}
	}
	if !ok {
		return bad
	}
	return x
}

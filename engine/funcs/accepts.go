package funcs

import "github.com/dreamql/dreamql/engine/types"

// Accepts reports whether some overload takes a value of type t as argument i, and whether one does without converting it: what an
// editor ranks by. It looks at the one argument alone.
func (f *Func) Accepts(i int, t types.Type) (ok, exact bool) {
	for k := range f.Overloads {
		o := &f.Overloads[k]
		s := o.signature()
		if len(s.params) == 0 || i >= len(s.params) && !s.variadic {
			continue
		}
		given := t
		if o.Absence == Lifts {
			given = t.Required()
		}
		vars := map[byte]types.Type{}
		p := s.param(i)
		if !p.bind(given, vars) {
			continue
		}
		want, known := p.fill(given, vars)
		if !known {
			continue
		}
		if cost, fits := Convertible(given, want); fits {
			ok, exact = true, exact || cost == 0 && p.letter == 0
		}
	}
	return ok, exact
}

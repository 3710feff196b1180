package logical

// Transform rewrites an expression bottom-up: f sees each node after its arguments and returns it or its replacement.
func Transform(e *Expr, f func(*Expr) *Expr) *Expr {
	if e == nil {
		return nil
	}
	var args []*Expr
	for i, a := range e.Args {
		b := Transform(a, f)
		if b != a && args == nil {
			args = append([]*Expr(nil), e.Args...)
		}
		if args != nil {
			args[i] = b
		}
	}
	if args != nil {
		c := *e
		c.Args = args
		e = &c
	}
	return f(e)
}

// Walk visits an expression and everything below it, parents first.
func Walk(e *Expr, f func(*Expr)) {
	if e == nil {
		return
	}
	f(e)
	for _, a := range e.Args {
		Walk(a, f)
	}
}

// WalkAll is Walk that enters the bodies of OpEach and OpFold too, whose columns are not those around.
func WalkAll(e *Expr, f func(*Expr)) {
	Walk(e, func(x *Expr) {
		f(x)
		if x.Body != nil {
			WalkAll(x.Body, f)
		}
	})
}

// ColumnsOf adds the names of the columns that e reads to set.
func ColumnsOf(e *Expr, set map[string]bool) {
	Walk(e, func(x *Expr) {
		if x.Op == OpColumn {
			set[x.Name] = true
		}
	})
}

// Conjuncts splits a predicate at its top-level "and".
func Conjuncts(e *Expr) []*Expr {
	if e == nil {
		return nil
	}
	if e.Op == OpCall && e.Name == "and" {
		return append(Conjuncts(e.Args[0]), Conjuncts(e.Args[1])...)
	}
	return []*Expr{e}
}

package syntax

// Children are the nodes directly inside a node, in the order of the text; names that are bound or that label are Idents among them.
func Children(n Node) []Node {
	var out children
	switch n := n.(type) {
	case *Import:
		for _, x := range n.Names {
			out.add(x.Name)
			out.ident(x.As)
		}
		out.ident(n.As)
	case *Param:
		out.add(n.Name)
		out.typ(n.Type)
		out.expr(n.Default)
	case *TypeDef:
		out.add(n.Name)
		out.typ(n.Type)
	case *Bind:
		out.bind(n)
	case *ExprStmt:
		out.note(n.Note)
		out.expr(n.X)
	case *Annotation:
		out.add(n.Name)
		out.exprs(n.Args)
	case *Interp:
		out.exprs(n.Parts)
	case *List:
		out.exprs(n.Items)
	case *Braces:
		for _, e := range n.Entries {
			out.add(e)
		}
	case *FieldEntry:
		if !n.Punned {
			out.add(n.Name)
		}
		out.expr(n.Value)
	case *Spread:
		out.expr(n.X)
	case *BindEntry:
		out.bind(n.Bind)
	case *ExprEntry:
		out.expr(n.X)
	case *Match:
		out.expr(n.Subject)
		for _, a := range n.Arms {
			out.pattern(a.Pattern)
			out.expr(a.Cond)
			out.expr(a.Guard)
			out.expr(a.Value)
		}
	case *If:
		out.exprs([]Expr{n.Cond, n.Then, n.Else})
	case *Lambda:
		for _, p := range n.Params {
			out.add(p.Name)
			out.typ(p.Type)
			out.expr(p.Default)
		}
		out.typ(n.Result)
		out.expr(n.Body)
	case *Pipe:
		out.exprs([]Expr{n.Input, n.Stage})
		out.args(n.Args)
	case *Call:
		out.expr(n.Fn)
		out.args(n.Args)
	case *Member:
		out.expr(n.X)
		out.add(n.Name)
	case *Index:
		out.exprs([]Expr{n.X, n.I})
	case *Unary:
		out.expr(n.X)
	case *Binary:
		out.exprs([]Expr{n.X, n.Y})
	case *In:
		out.exprs([]Expr{n.X, n.Set})
	case *IsNone:
		out.expr(n.X)
	case *Range:
		out.exprs([]Expr{n.Lo, n.Hi})
	case *ComparePat:
		out.expr(n.X)
	case *ValuePat:
		out.expr(n.X)
	case *SomePat:
		out.pattern(n.P)
	case *OrPat:
		for _, p := range n.Ps {
			out.pattern(p)
		}
	case *RecordPat:
		for _, f := range n.Fields {
			out.add(f.Name)
			out.pattern(f.P)
		}
	case *TypeExpr:
		for _, t := range append(append(n.Args[:len(n.Args):len(n.Args)], n.List), n.Params...) {
			out.typ(t)
		}
		for _, f := range n.Fields {
			out.add(f.Name)
			out.typ(f.Type)
		}
		out.typ(n.Result)
	}
	return out
}

// children leaves out what is not there: an interface that holds a nil pointer is no node.
type children []Node

func (c *children) add(n Node) { *c = append(*c, n) }

func (c *children) ident(id *Ident) {
	if id != nil {
		c.add(*id)
	}
}

func (c *children) expr(e Expr) {
	if e != nil {
		c.add(e)
	}
}

func (c *children) exprs(es []Expr) {
	for _, e := range es {
		c.expr(e)
	}
}

func (c *children) typ(t *TypeExpr) {
	if t != nil {
		c.add(t)
	}
}

func (c *children) pattern(p Pattern) {
	if p != nil {
		c.add(p)
	}
}

func (c *children) note(a *Annotation) {
	if a != nil {
		c.add(a)
	}
}

func (c *children) args(as []Arg) {
	for _, a := range as {
		c.ident(a.Name)
		c.expr(a.Value)
	}
}

func (c *children) bind(b *Bind) {
	c.note(b.Note)
	c.ident(b.Name)
	if b.Pattern != nil {
		c.add(b.Pattern)
	}
	c.expr(b.Value)
}

// Path are the nodes around a byte of a program, from the statement inwards; nil where no statement is.
func Path(p *Program, offset int) []Node {
	var out []Node
	for _, s := range p.Stmts {
		if holds(s, offset) {
			out = append(out, s)
			break
		}
	}
	for len(out) > 0 {
		n := len(out)
		for _, c := range Children(out[n-1]) {
			if holds(c, offset) {
				out = append(out, c)
				break
			}
		}
		if len(out) == n {
			break
		}
	}
	return out
}

func holds(n Node, offset int) bool {
	s := n.Place()
	return s.Start <= offset && offset < s.End
}

package check

import (
	"strconv"

	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/syntax"
)

// window is an aggregate or window function over rows around each row. As aggregates do, it stands in an expression as a
// column of a reserved name, until the stage around puts a Window under its own node.
type window struct {
	fn    logical.WindowFunc
	by    []*logical.Expr
	order []logical.SortKey
	key   string // of by and order: functions of one key share a Window
}

// over turns the aggregates in x into functions over windows.
func (c *checker) over(x value, s *stageCall) value {
	at := s.node.Place()
	if _, ok := c.positional(s); !ok {
		return unknown{}
	}
	agg := c.scalar(x, at)
	if agg == nil {
		return unknown{}
	}
	row := s.env.nearestRow()
	if row == nil && agg.row != nil && !agg.row.any { // in a function that is called for these rows
		row = agg.row
		s.env = s.env.over(row)
	}
	if row == nil || row.any {
		if row != nil || agg.row != nil {
			return unknown{}
		}
		return c.report(errOverNoRow(at))
	}
	if !agg.agg {
		return c.report(errOverNothing(at))
	}
	if agg.row != nil && agg.row != row {
		return c.report(errTwoRows(at))
	}
	w := window{}
	ok := true
	if by := s.arg("by"); by != nil {
		w.by, ok = c.exprs(by, s.env, row)
	}
	if o := s.arg("order"); o != nil && ok {
		w.order, ok = c.sortKeys([]syntax.Expr{o}, s.env, row)
	}
	if r := s.arg("rows"); r != nil && ok {
		ok = c.frame(r, s.env, &w)
	}
	if !ok {
		return unknown{}
	}
	for _, b := range w.by {
		w.key += key(b) + ";"
	}
	w.key = digest(w.key + "|" + sortKey(w.order))
	e := logical.Transform(agg.e, func(e *logical.Expr) *logical.Expr {
		a := c.aggs[e.Name]
		if e.Op != logical.OpColumn || a == nil {
			return e
		}
		out := *e
		out.Name = c.windowOf(e.Name, a, w)
		return &out
	})
	return &scalar{e: e, row: row, size: agg.size, deep: agg.deep}
}

// windowOf gives the column that stands for aggregate a over w.
func (c *checker) windowOf(placeholder string, a *aggregate, w window) string {
	k := "win " + placeholder + " " + w.key + bound64(w.fn.From) + ".." + bound64(w.fn.To)
	name := c.keys[k]
	if name == "" {
		name = "$window" + strconv.Itoa(len(c.wins)+1)
		w.fn = logical.WindowFunc{Name: name, Func: a.fn, User: a.user, Args: a.args, Type: a.t, From: w.fn.From, To: w.fn.To}
		c.keys[k], c.wins[name] = name, &w
	}
	return name
}

func bound64(n *int64) string {
	if n == nil {
		return ""
	}
	return strconv.FormatInt(*n, 10)
}

func sortKey(keys []logical.SortKey) string {
	out := ""
	for _, k := range keys {
		out += key(k.Expr) + strconv.FormatBool(k.Desc) + ";"
	}
	return out
}

// frame reads rows: lo..hi.
func (c *checker) frame(e syntax.Expr, v *env, w *window) bool {
	r, ok := c.eval(e, v).(*interval)
	if !ok {
		c.report(errFrame(e.Place()))
		return false
	}
	ends := [2]*int64{}
	for i, x := range []value{r.lo, r.hi} {
		if x == nil {
			continue
		}
		n, ok := constInt(x)
		if !ok {
			if !isUnknown(x) {
				c.report(errFrame(e.Place()))
			}
			return false
		}
		ends[i] = &n
	}
	if r.half && ends[1] != nil {
		*ends[1]--
	}
	if ends[0] != nil && ends[1] != nil && *ends[0] > *ends[1] {
		c.report(errFrame(e.Place()))
		return false
	}
	w.fn.From, w.fn.To = ends[0], ends[1]
	return true
}

// addWindows puts the Window nodes that exprs need over in, those that others read first; and subqueries below them.
func (c *checker) addWindows(in logical.Node, exprs []*logical.Expr) logical.Node {
	need := map[string]bool{}
	var order []string
	var collect func(e *logical.Expr)
	visited := map[*logical.Expr]bool{}
	collect = func(e *logical.Expr) {
		if e == nil || visited[e] {
			return
		}
		visited[e] = true
		if w := c.wins[e.Name]; e.Op == logical.OpColumn && w != nil && !need[e.Name] {
			need[e.Name] = true
			for _, x := range w.reads() {
				collect(x)
			}
			order = append(order, e.Name) // after what it reads
		}
		for _, a := range e.Args {
			collect(a)
		}
	}
	for _, e := range exprs {
		collect(e)
	}
	reads := exprs[:len(exprs):len(exprs)]
	for _, name := range order {
		reads = append(reads, c.wins[name].reads()...)
	}
	in = c.addQueries(in, reads)
	var last *logical.Window
	lastKey := ""
	for _, name := range order {
		w := c.wins[name]
		if last != nil && lastKey == w.key && !readsAny(w, last) {
			last.Funcs = append(last.Funcs, w.fn)
			continue
		}
		last = &logical.Window{Input: in, By: w.by, Order: w.order, Funcs: []logical.WindowFunc{w.fn}}
		in, lastKey = last, w.key
	}
	return in
}

func (w *window) reads() []*logical.Expr {
	out := append(append([]*logical.Expr{}, w.fn.Args...), w.by...)
	for _, k := range w.order {
		out = append(out, k.Expr)
	}
	return out
}

func readsAny(w *window, n *logical.Window) bool {
	set := map[string]bool{}
	for _, e := range w.reads() {
		logical.ColumnsOf(e, set)
	}
	for _, f := range n.Funcs {
		if set[f.Name] {
			return true
		}
	}
	return false
}

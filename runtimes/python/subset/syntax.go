package subset

// expr is an expression; nodes are pointers, so that what is known of each can be kept in maps.
type expr interface{ at() int }

type position int // a line

func (p position) at() int { return int(p) }

type (
	intLiteral struct {
		position
		value int64
	}
	floatLiteral struct {
		position
		value float64
	}
	textLiteral struct {
		position
		value string
	}
	boolLiteral struct {
		position
		value bool
	}
	noneLiteral struct{ position }

	nameExpr struct {
		position
		id string
	}
	unary struct { // + - ~ not
		position
		op string
		x  expr
	}
	operation struct { // arithmetic
		position
		op   string
		l, r expr
	}
	logical struct { // and, or
		position
		op string
		xs []expr
	}
	compare struct { // chained: xs has one more than ops
		position
		ops []string
		xs  []expr
	}
	conditional struct {
		position
		then, test, other expr
	}
	call struct {
		position
		function expr // *nameExpr or *attribute
		args     []expr
		names    []string // of keyword arguments, which are the last
	}
	attribute struct {
		position
		x  expr
		id string
	}
	subscript struct {
		position
		x, index expr
	}
	slice struct {
		position
		x            expr
		lo, hi, step expr // nil where left out
	}
	sequence struct { // a tuple, list or set
		position
		kind string
		xs   []expr
	}
	format struct { // an f-string
		position
		parts []formatPart
	}
	formatPart struct {
		text string
		x    expr // nil for text
		spec string
	}
	generator struct { // element for name in over if tests…
		position
		element expr
		name    string
		over    expr
		tests   []expr
	}
)

type statement interface{ at() int }

type (
	assign struct { // each target is one name, or several that take a tuple apart
		position
		targets [][]string
		values  []expr // as many as names in a target
	}
	augment struct {
		position
		name  string
		value *operation // name op value
	}
	branch struct {
		position
		test        expr
		then, other []statement
	}
	whileLoop struct {
		position
		test        expr
		body, other []statement
	}
	forLoop struct {
		position
		name        string
		over        expr
		body, other []statement
	}
	leave struct { // return
		position
		value expr // nil for None
	}
	jump struct { // break, continue
		position
		word string
	}
	evaluate struct {
		position
		value expr
	}
	raise  struct{ position }
	assert struct {
		position
		test expr
	}
	pass struct{ position }
)

// parameter of a function.
type parameter struct {
	name string
	note string // the annotated class where it is a plain name
	or   expr   // the default, a literal; nil for none
}

// function is a def that is understood, or why it is not.
type function struct {
	position
	name   string
	params []parameter
	note   string // of the result
	body   []statement
	reason *Reason
}

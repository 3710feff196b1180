package syntax

import (
	"sort"
	"strings"
)

// Branch is a node of the lossless tree: a node of the program with everything that stands at its place, in order. A part is a
// branch below, or a leaf: a token, a comment, or white space as it is written. The leaves of a tree, one after the other, are the text,
// byte for byte.
type Branch struct {
	Node  Node // nil for the program
	Parts []Part
}

// Part is a *Branch or a Leaf.
type Part interface{ text(b *strings.Builder) }

// Leaf is a piece of the text.
type Leaf struct {
	Kind LeafKind
	Text string
}

// LeafKind says what a leaf is.
type LeafKind uint8

const (
	TokenLeaf LeafKind = iota
	CommentLeaf
	SpaceLeaf
)

func (l Leaf) text(b *strings.Builder) { b.WriteString(l.Text) }

func (n *Branch) text(b *strings.Builder) {
	for _, p := range n.Parts {
		p.text(b)
	}
}

// Text is what the tree was parsed from.
func (n *Branch) Text() string {
	var b strings.Builder
	n.text(&b)
	return b.String()
}

// Lossless joins a program and the text that it was parsed from into a tree that keeps comments and white space. It works for programs
// with mistakes too; what could not be read is leaves of the branch around it.
func Lossless(prog *Program, text string) *Branch {
	l := &lossless{text: text}
	l.toks, _ = lex(prog.File, text, 0, len(text), true)
	var nodes []Node
	for _, s := range prog.Stmts {
		nodes = append(nodes, s)
	}
	root := &Branch{}
	l.fill(root, nodes, len(text))
	return root
}

type lossless struct {
	text string
	toks []token
	i    int // of the next token
	at   int // what is before is in the tree
}

// fill puts into a branch what stands before end, with the given nodes as branches of their own.
func (l *lossless) fill(b *Branch, nodes []Node, end int) {
	for _, n := range nodes {
		place := n.Place()
		if place.Start < l.at || place.End > end || place.Start == place.End {
			continue // inside a token, as the parts of an f-string are, or empty
		}
		l.leaves(b, place.Start)
		if l.at != place.Start {
			continue
		}
		below := &Branch{Node: n}
		b.Parts = append(b.Parts, below)
		l.fill(below, inOrder(n), place.End)
	}
	l.leaves(b, end)
}

// leaves adds what stands before end and does not reach beyond it.
func (l *lossless) leaves(b *Branch, end int) {
	for l.at < end {
		for l.i < len(l.toks) && (l.toks[l.i].end <= l.at || l.toks[l.i].kind == tNewline) {
			l.i++
		}
		t := token{start: end, end: end}
		if l.i < len(l.toks) && l.toks[l.i].kind != tEOF && l.toks[l.i].start < end {
			t = l.toks[l.i]
		}
		if l.at < t.start {
			b.Parts = append(b.Parts, Leaf{SpaceLeaf, l.text[l.at:t.start]})
			l.at = t.start
		}
		if t.start == t.end {
			continue
		}
		if t.end > end {
			return
		}
		kind := TokenLeaf
		if t.kind == tComment {
			kind = CommentLeaf
		}
		b.Parts = append(b.Parts, Leaf{kind, l.text[t.start:t.end]})
		l.at = t.end
	}
}

// inOrder are the nodes right below one, in the order of their places.
func inOrder(n Node) []Node {
	below := Children(n)
	sort.SliceStable(below, func(i, j int) bool { return below[i].Place().Start < below[j].Place().Start })
	return below
}

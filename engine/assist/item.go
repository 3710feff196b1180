package assist

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/dreamql/dreamql/engine/check"
	"github.com/dreamql/dreamql/engine/funcs"
	"github.com/dreamql/dreamql/engine/source"
	"github.com/dreamql/dreamql/engine/syntax"
	"github.com/dreamql/dreamql/engine/types"
)

// ItemKind is what a completion stands for.
type ItemKind string

const (
	ColumnItem   ItemKind = "column"
	FieldItem    ItemKind = "field"
	LocalItem    ItemKind = "local"
	BindingItem  ItemKind = "binding"
	ParamItem    ItemKind = "parameter"
	FunctionItem ItemKind = "function"
	StageItem    ItemKind = "stage"
	ArgumentItem ItemKind = "argument"
	DatasetItem  ItemKind = "dataset"
	PackageItem  ItemKind = "package"
	VersionItem  ItemKind = "version"
	TypeItem     ItemKind = "type"
	KeywordItem  ItemKind = "keyword"
	ValueItem    ItemKind = "value"
)

// Item is one thing that can be written at the cursor.
type Item struct {
	Label  string // what is shown and matched
	Insert string // what is written
	Kind   ItemKind
	Detail string // its type, or its signature
	Doc    string // Markdown
	Call   bool   // a function whose arguments follow in parentheses
	Rank   int    // 0 fits best
}

// Completion is what can be written in the place of a span, the best first.
type Completion struct {
	Replace source.Span
	Items   []Item
}

// How well a candidate fits.
const (
	exact   = 0 // the type that is wanted
	fits    = 1 // it can be converted, or is a likely start
	neutral = 2 // nothing is known against it
	remote  = 3 // it is possible
	unfit   = 5 // it would be an error as it stands
)

const maxItems = 400

// finish keeps what the prefix may mean and sorts.
func (c *Completion) finish(prefix string) *Completion {
	type scored struct {
		Item
		match int
	}
	var keep []scored
	seen := map[string]bool{}
	for _, it := range c.Items {
		m := match(it.Label, prefix)
		if m < 0 || seen[string(it.Kind)+it.Label] {
			continue
		}
		seen[string(it.Kind)+it.Label] = true
		keep = append(keep, scored{it, m})
	}
	slices.SortStableFunc(keep, func(a, b scored) int {
		if a.match != b.match {
			return a.match - b.match
		}
		return a.Rank - b.Rank
	})
	c.Items = nil
	for i, k := range keep {
		if i == maxItems {
			break
		}
		c.Items = append(c.Items, k.Item)
	}
	return c
}

// match says how a label fits what was typed: 0 begins with it, 1 has a word that does, 2 has its letters in order, -1 not at all.
func match(label, prefix string) int {
	label, prefix = strings.ToLower(label), strings.ToLower(prefix)
	switch {
	case strings.HasPrefix(label, prefix):
		return 0
	case strings.Contains(label, "_"+prefix):
		return 1
	}
	rest := label
	if first, _ := utf8.DecodeRuneInString(prefix); !strings.HasPrefix(label, string(first)) && !strings.Contains(label, "_"+string(first)) {
		return -1
	}
	for _, r := range prefix {
		i := strings.IndexRune(rest, r)
		if i < 0 {
			return -1
		}
		rest = rest[i+len(string(r)):]
	}
	return 2
}

func columnItem(m check.Member, rank int) Item {
	return Item{Label: m.Name, Insert: syntax.Quote(m.Name), Kind: ColumnItem, Detail: m.String(), Rank: rank}
}

// valueItem is a name that stands for a value: a function, a table, anything else.
func (k *known) valueItem(m check.Member, kind ItemKind, rank int) Item {
	it := Item{Label: m.Name, Insert: syntax.Quote(m.Name), Kind: kind, Detail: m.String(), Rank: rank}
	switch m.Class() {
	case check.Function:
		it.Kind, it.Call = FunctionItem, true
		it.Detail, it.Doc = k.signatureText(m.Value), k.functionDoc(m.Value)
	case check.Package:
		it.Kind = PackageItem
	}
	return it
}

func builtinItem(f *funcs.Func, rank int) Item {
	it := Item{Label: f.Name, Insert: f.Name, Kind: FunctionItem, Rank: rank, Call: true, Doc: f.Doc}
	if len(f.Overloads) > 0 {
		it.Detail = f.Overloads[0].Signature
	}
	if n := len(f.Overloads); n > 1 {
		it.Detail += fmt.Sprintf(" and %d more", n-1)
	}
	return it
}

func stageItem(d check.StageDoc, rank int) Item {
	return Item{Label: d.Name, Insert: d.Name, Kind: StageItem, Detail: d.Usage, Rank: rank, Doc: d.Doc + "\n\n```dreamql\n" + d.Example + "\n```", Call: d.Name == "over" || d.FromNothing}
}

func keyword(word, insert, doc string, rank int) Item {
	return Item{Label: word, Insert: insert, Kind: KeywordItem, Doc: doc, Rank: rank}
}

// isWord reports whether a name of the library is called by name; operators are functions too.
func isWord(name string) bool {
	return syntax.Quote(name) == name && name[0] >= 'a' && name[0] <= 'z' && name != "neg"
}

// fitness ranks types by how near they are to the one that is wanted.
func fitness(want types.Type) func(check.Value) int {
	return func(v check.Value) int {
		t, ok := v.Type()
		switch {
		case !ok:
			return unfit
		case types.Equal(t.Required(), want.Required()):
			return exact
		}
		if _, ok := funcs.Convertible(t.Required(), want.Required()); ok {
			return fits
		}
		return unfit
	}
}

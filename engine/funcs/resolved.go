package funcs

import (
	"sync"

	"github.com/dreamql/dreamql/engine/types"
)

// call is a function's name and the types of its arguments, where they are few and have no types inside but that of an option.
type call struct {
	name string
	n    int
	args [3]plainType
}

type plainType struct {
	kind             types.Kind
	option           bool
	precision, scale int
}

func plainCall(name string, args []types.Type) (call, bool) {
	c := call{name: name, n: len(args)}
	if len(args) > len(c.args) {
		return c, false
	}
	for i, t := range args {
		option := t.Kind == types.Option
		if option {
			t = *t.Elem
		}
		if t.Elem != nil || t.Fields != nil || t.Params != nil || t.Kind > types.None {
			return c, false
		}
		c.args[i] = plainType{t.Kind, option, t.Precision, t.Scale}
	}
	return c, true
}

// resolved are the calls that were resolved before: every rule of the planner asks for the same few of a program again.
var resolved resolvedCalls

type resolvedCalls struct {
	mu sync.RWMutex
	of map[call]*Resolved
}

// mostResolved bounds what is remembered, whatever decimals somebody asks for.
const mostResolved = 4096

func (k *resolvedCalls) get(c call) *Resolved {
	k.mu.RLock()
	defer k.mu.RUnlock()
	return k.of[c]
}

func (k *resolvedCalls) put(c call, r *Resolved) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.of == nil || len(k.of) >= mostResolved {
		k.of = map[call]*Resolved{}
	}
	k.of[c] = r
}

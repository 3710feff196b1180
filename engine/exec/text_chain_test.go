package exec

import (
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"pgregory.net/rapid"
)

// TestTextChain offers dictionaries that continue one another, others, and such that have a text twice: the chain is the longest of the first
// kind, by the texts themselves.
func TestTextChain(t *testing.T) {
	t.Parallel()
	texts := []string{"a", "b", "", "exactly fifteen", "sixteen of bytes", strings.Repeat("long ", 50), "é", "ab", "c"}
	rapid.Check(t, func(t *rapid.T) {
		var c textChain
		var longest []string
		for range rapid.IntRange(1, 12).Draw(t, "dictionaries") {
			offered := slices.Clone(texts[:rapid.IntRange(0, len(texts)).Draw(t, "texts")])
			if n := len(offered); n > 0 && rapid.IntRange(0, 2).Draw(t, "other") == 0 {
				offered[rapid.IntRange(0, n-1).Draw(t, "at")] = rapid.SampledFrom([]string{"a", "c", "other"}).Draw(t, "text")
			}
			d := valuesOf(offered)
			both := min(len(offered), len(longest))
			isOnce := len(slices.Compact(slices.Sorted(slices.Values(offered)))) == len(offered)
			want := len(offered) > 0 && isOnce && slices.Equal(offered[:both], longest[:both])
			for range 2 {
				if got := c.follow(d, 1); got != want {
					t.Fatalf("%q after %q: follows %t, want %t", offered, longest, got, want)
				}
			}
			if want && len(offered) > len(longest) {
				longest = offered
			}
			for i, text := range longest {
				if got := c.texts().Value(i); got != text || c.texts().Len() != len(longest) {
					t.Fatalf("text %d of the chain is %q of %d, want %q of %d", i, got, c.texts().Len(), text, len(longest))
				}
			}
		}
	})
}

// TestChainsAreKept finds the chain of a dictionary again as long as somebody has the dictionary.
func TestChainsAreKept(t *testing.T) {
	d, c := valuesOf([]string{"kept", "texts"}), &textChain{}
	if !c.follow(d, 1) {
		t.Fatal("it begins no chain")
	}
	again := keyTexts{}
	if !again.follow(newBudget(&Env{}), d, 0) || again.chain != c { // with no rows it would not be looked through
		t.Fatal("the chain is not found again")
	}
	known := func() int {
		chains.mu.Lock()
		defer chains.mu.Unlock()
		n := 0
		for _, of := range chains.of {
			if of == c {
				n++
			}
		}
		return n
	}
	if known() != 1 {
		t.Fatalf("the dictionary is known %d times", known())
	}
	runtime.KeepAlive(d)
	d = nil
	for i := 0; known() > 0; i++ {
		if i == 100 {
			t.Fatal("the dictionary is gone, and known")
		}
		runtime.GC()
	}
}

// TestChainsThatCost leaves dictionaries alone that are much of the memory limit, or have many more texts than come with rows.
func TestChainsThatCost(t *testing.T) {
	t.Parallel()
	many := make([]string, 1000)
	for i := range many {
		many[i] = strings.Repeat("x", i)
	}
	limited := newBudget(&Env{MemoryLimit: 1 << 20})
	if (&keyTexts{}).follow(limited, valuesOf(many), 1000) {
		t.Error("half a megabyte follows where a megabyte is the limit")
	}
	if (&keyTexts{}).follow(newBudget(&Env{}), valuesOf(many), 10) {
		t.Error("a thousand texts are looked through for ten rows")
	}
	k := keyTexts{}
	if !k.follow(limited, valuesOf(many[:10]), 10) || limited.held.Load() == 0 {
		t.Error("ten texts do not follow, or do not count")
	}
	if k.release(); limited.held.Load() != 0 {
		t.Errorf("%d bytes are held", limited.held.Load())
	}
}

func valuesOf(texts []string) *array.Data {
	return dictionaryOf(texts, arrow.PrimitiveTypes.Int32, nil, false).Data().Dictionary().(*array.Data)
}

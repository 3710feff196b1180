package check

import (
	"fmt"
	"strconv"

	"github.com/dreamql/dreamql/engine/source"
	"github.com/dreamql/dreamql/engine/types"
)

// itemName is the column that stands for an element while a body is checked; no program can write it.
func itemName(n int) string { return "$item" + strconv.Itoa(n) }

func errWantsFunction(at span, name string, args int) source.Diagnostic {
	help := "write the function as x => …, as in xs -> " + name + "(x => x > 1)"
	switch {
	case name == "fold":
		help = "give the start and a function, as in xs -> fold(0, (sum, x) => sum + x)"
	case name == "reduce":
		help = "write the function with two parameters, as in xs -> reduce((a, b) => a + b)"
	case args == 3:
		help = "give the other list and a function, as in xs -> zip_with(ys, (x, y) => x + y)"
	}
	return diag("DQL4301", at, fmt.Sprintf("%s over a list takes a function", q(name)), help)
}

func errNotListValue(at span, name, what string) source.Diagnostic {
	return diag("DQL4302", at, fmt.Sprintf("%s takes a list, and this is %s", q(name), what), "put the value into brackets, [x], or use a function for its type")
}

func errItemAggregate(at span, name string) source.Diagnostic {
	return diag("DQL4303", at, fmt.Sprintf("an aggregate inside of %s is of the element of a list, which is no row", q(name)), "use a function over the list, as sum(xs), or unnest the list first")
}

func errFoldType(at span, name string, from, to types.Type) source.Diagnostic {
	return diag("DQL4304", at, fmt.Sprintf("the function of %s takes %s as the result so far, and gives %s", q(name), article(from), article(to)), "convert what the function gives, or the start, so that both have one type")
}

func errUnordered(at span, t types.Type) source.Diagnostic {
	return diag("DQL4305", at, fmt.Sprintf("the list cannot be sorted by %s, which has no order", article(t)), "sort by a number, a text, a date or another value that has one, such as a field of the record")
}

package funcs

import (
	"github.com/apache/arrow-go/v18/arrow"

	"github.com/dreamql/dreamql/engine/types"
)

// overElements is the function that does over the elements of a list what an aggregate does over rows, or nil. Both are
// written alike, and the argument tells them apart: sum([1, 2]) and sum(x).
func overElements(f *Func, args []types.Type) *Func {
	if f.Kind != Aggregate || len(args) != 1 || args[0].Required().Kind != types.List {
		return nil
	}
	return Lookup("list_" + f.Name)
}

// fold is a kernel that aggregates the elements of each list: a list is a group of the aggregate's own accumulator.
func fold(aggregate *Func) Kernel {
	return func(c *Call) error {
		items, err := listItems(c.Args[0])
		if err != nil {
			return err
		}
		r, err := aggregate.resolve(element(c.Args[0].Type))
		if err != nil {
			return err
		}
		if items, err = Cast(items, r.Params[0]); err != nil {
			return err
		}
		acc, err := r.Overload.Agg.New(r.Params, r.Result)
		if err != nil {
			return err
		}
		var places []int32
		var groups []uint32
		for i := range c.N {
			if c.Out.Present(i) {
				from, to := listRow(c.Args[0], i)
				for k := from; k < to; k++ {
					places, groups = append(places, int32(k)), append(groups, uint32(i))
				}
			}
		}
		acc.Resize(c.N)
		if len(places) > 0 {
			column, err := items.Take(places).ToArrow()
			if err != nil {
				return err
			}
			defer column.Release()
			if err := acc.Update(len(places), groups, []arrow.Array{column}); err != nil {
				return err
			}
		}
		result, err := acc.Finish()
		if err != nil {
			return err
		}
		defer result.Release()
		v, err := FromArrow(result, c.Out.Type)
		if err != nil {
			return err
		}
		valid := c.Out.Valid
		return c.Out.pick([]*Vec{v}, c.N, func(i int) (int, int) {
			if valid != nil && !bit(valid, i) {
				return -1, 0
			}
			return 0, i
		})
	}
}

var listSum = ofElements(sum, "The sum of the present elements, 0 of an empty list", Example{Call: "sum([1, 2, 3])", Result: "6"}, Example{Call: "sum([0.5, none])", Result: "0.5"},
	Example{Call: "sum([9223372036854775807, 1])", Error: "fit"})

var listMean = ofElements(mean, "The mean of the present elements, absent if there is none", Example{Call: "mean([1, 2])", Result: "1.5"})

var listMin = ofElements(minimum, "The smallest of the present elements, absent if there is none", Example{Call: "min(['b', 'a'])", Result: "'a'"}, Example{Call: "min([2, none])", Result: "2"})

var listMax = ofElements(maximum, "The largest of the present elements, absent if there is none", Example{Call: "max([1, 3, 2])", Result: "3"})

var (
	listMedian   = ofElements(median, "The middle of the present elements, or the mean of the two middle ones; absent if there is none", eg("median([1, 10, 2, 3])", "2.5"))
	listVariance = ofElements(variance, "The sample variance of the present elements; absent for fewer than two", eg("variance([1, 2, 3])", "1.0"))
	listStddev   = ofElements(stddev, "The sample standard deviation of the present elements; absent for fewer than two", eg("stddev([1, 2, 3])", "1.0"))
	listProduct  = ofElements(product, "The product of the present elements, as a float; absent if there is none", eg("product([2, 3])", "6.0"))
	listAnd      = ofElements(boolAnd, "Whether every present element is true", eg("bool_and([true, false])", "false"))
	listOr       = ofElements(boolOr, "Whether some present element is true", eg("bool_or([true, false])", "true"))
)

// ofElements builds the function over lists of an aggregate that takes no list itself.
func ofElements(aggregate *Func, doc string, ex ...Example) *Func {
	return &Func{Name: "list_" + aggregate.Name, Kind: Scalar, Family: "lists", Doc: doc + "; written " + aggregate.Name + "(list).",
		Overloads: []Overload{{Signature: "(list: [O]) => O", Costly: true, Fails: true, Kernel: fold(aggregate), Examples: ex,
			Result: func(args []types.Type) (types.Type, error) {
				r, err := aggregate.resolve(element(args[0]))
				if err != nil {
					return types.Type{}, err
				}
				return r.Result, nil
			}}}}
}

func element(list types.Type) []types.Type { return []types.Type{types.Optional(list.Elem.Required())} }

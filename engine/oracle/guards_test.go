package oracle

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"github.com/dreamql/dreamql/engine/types"
)

// TestGuardsApart joins tables by keys with gaps, whose guards are checked apart from their joins: some hold and some do not, over
// rows that conditions before and after leave.
func TestGuardsApart(t *testing.T) {
	agree(t, func(r *rapid.T) ask {
		n := func(from, to int) int { return rapid.IntRange(from, to).Draw(r, "n") }
		table := func(name string, columns ...string) *dataset {
			d := &dataset{name: name}
			for _, c := range columns {
				d.fields = append(d.fields, types.Field{Name: c, Type: types.Of(types.Int)})
			}
			return d
		}
		sales, parcels, towns := table("sales", "sale", "parcel", "price"), table("parcels", "number", "weight", "to"), table("towns", "town", "size")
		var numbers, places []int
		for i := range 9 {
			if n(0, 5) > 0 {
				places = append(places, i*2)
				towns.rows = append(towns.rows, Row{"town": int64(i * 2), "size": int64(n(0, 5))})
			}
		}
		of := func(keys []int) int64 {
			if len(keys) == 0 || n(0, 60) == 0 {
				return int64(n(0, 20))
			}
			return int64(rapid.SampledFrom(keys).Draw(r, "key"))
		}
		for i := range 9 {
			if n(0, 4) > 0 {
				numbers = append(numbers, i)
				parcels.rows = append(parcels.rows, Row{"number": int64(i), "weight": int64(n(0, 5)), "to": of(places)})
			}
		}
		for i := range n(0, 12) {
			sales.rows = append(sales.rows, Row{"sale": int64(i), "parcel": of(numbers), "price": int64(n(0, 5))})
		}
		text := "sales"
		maybe := func(stages ...string) {
			for _, s := range stages {
				if n(0, 1) == 0 {
					text += fmt.Sprintf("\n-> filter %s %s %d", s, rapid.SampledFrom([]string{"<", ">", "=="}).Draw(r, "op"), n(0, 5))
				}
			}
		}
		kind := func() string { return rapid.SampledFrom([]string{"join_one", "join_some"}).Draw(r, "kind") }
		maybe("price")
		text += "\n-> " + kind() + " parcels, on: parcel == number"
		maybe("weight", "price")
		text += "\n-> " + kind() + " towns, on: to == town"
		maybe("size", "weight")
		if n(0, 1) == 0 {
			text += "\n-> { @size, n: count(), most: max(price) }"
		}
		return ask{[]*dataset{sales, parcels, towns}, text}
	}, []string{"ok", "fails"}, "check_apart")
}

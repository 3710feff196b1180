package syntax_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/dreamql/dreamql/engine/syntax"
)

// program is a text of at least size bytes that looks like what people write: bindings, pipelines, records, matches, comments.
func program(size int) string {
	var b strings.Builder
	for i := 0; b.Len() < size; i++ {
		fmt.Fprintf(&b, `// Orders of region %[1]d, with their margin.
large_%[1]d = orders
  -> filter amount > 1_%03[2]d.50 and status in ['paid', 'sent'] and not (country is none or country == 'ü')
  -> join_maybe customers, as: c, on: customer_id == c.id
  -> derive { margin: (price - cost * (1 + $tax)) / price, label: f'${c?.name ?? 'unknown'} #${id}' }
  -> { @month: trunc(ordered_at, 'month'), @c.region /* the key */, n: count(), total: sum(price * quantity) -> round(2) }
  -> sort -total, month -> take 10
band_%[1]d = (km: float, unit = 'km') => match km { | < 1 => 'walk' | 1..<10 if unit == 'km' => 'bike' | _ => 'drive' }

`, i, i%1000)
	}
	return b.String()
}

// expression is one sum of at least size bytes.
func expression(size int) string {
	var b strings.Builder
	b.WriteString("x = 0")
	for i := 0; b.Len() < size; i++ {
		fmt.Fprintf(&b, " + f(a_%d, -%d.5) * [%d, b][0]", i, i%100, i)
	}
	return b.String()
}

// BenchmarkParse measures 1 MB of source; the promise is 100 ms each.
func BenchmarkParse(b *testing.B) {
	for name, text := range map[string]string{"program": program(1 << 20), "expression": expression(1 << 20)} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			for b.Loop() {
				if _, diags := syntax.Parse(0, text); len(diags) > 0 {
					b.Fatal(diags)
				}
			}
		})
	}
}

func BenchmarkFormat(b *testing.B) {
	text := program(1 << 20)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		if _, diags := syntax.Format(0, text); len(diags) > 0 {
			b.Fatal(diags)
		}
	}
}

package syntax

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"

	"github.com/dreamql/dreamql/engine/source"
)

// Dump writes a tree as nested parentheses without places, for tests and for comparing two trees. Texts are
// quoted as in JSON, so that the editor's parser, which is compared with this one, can write the same form.
func Dump(n any) string {
	var b strings.Builder
	dump(&b, reflect.ValueOf(n))
	return b.String()
}

func dump(b *strings.Builder, v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if v.IsNil() {
			b.WriteString("-")
			return
		}
		dump(b, v.Elem())
	case reflect.Slice:
		b.WriteString("[")
		for i := range v.Len() {
			if i > 0 {
				b.WriteString(" ")
			}
			dump(b, v.Index(i))
		}
		b.WriteString("]")
	case reflect.Struct:
		t := v.Type()
		fmt.Fprintf(b, "(%s", t.Name())
		for i := range v.NumField() {
			f := v.Field(i)
			if t.Field(i).Type == reflect.TypeFor[at]() || t.Field(i).Type == reflect.TypeFor[source.Span]() || t.Field(i).Type == reflect.TypeFor[source.FileID]() || f.IsZero() {
				continue
			}
			b.WriteString(" ")
			if n := t.Field(i).Name; t.NumField() > 2 && n != "Name" && n != "X" {
				b.WriteString(n + "=")
			}
			dump(b, f)
		}
		b.WriteString(")")
	case reflect.String:
		quote(b, v.String())
	default:
		fmt.Fprintf(b, "%v", v.Interface())
	}
}

func quote(b *strings.Builder, text string) {
	var quoted strings.Builder
	enc := json.NewEncoder(&quoted)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(text) // a string can always be written
	b.WriteString(strings.TrimSuffix(quoted.String(), "\n"))
}

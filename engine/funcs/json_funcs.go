package funcs

import (
	"errors"
	"fmt"
	"strings"

	"github.com/dreamql/dreamql/engine/types"
)

func jsonFunc(name, doc string, overloads ...Overload) *Func {
	return scalarFunc("json", name, doc, overloads...)
}

// json is argument k, read. Columns of json hold JSON; what does not is an error of the row.
func (r row) json(k int) (*jsonValue, error) {
	v, err := readJSON(r.str(k))
	if err != nil {
		return nil, fmt.Errorf("%.60q is not JSON; is_json tells, and try_parse_json gives none instead", r.str(k))
	}
	return v, nil
}

// ofJSON is a kernel of a function of one JSON value to another; nil is absent.
func ofJSON(f func(r row, v *jsonValue) (*jsonValue, error)) Kernel {
	return rowText(func(r row, out []byte) ([]byte, error) {
		v, err := r.json(0)
		if err == nil {
			v, err = f(r, v)
		}
		switch {
		case err != nil:
			return nil, err
		case v == nil:
			return nil, errAbsent
		}
		return v.appendTo(out, ""), nil
	})
}

// path is the path that argument k says, kept from row to row.
func (r row) path(k int) ([]step, error) {
	type kept struct {
		text string
		path []step
	}
	if p, ok := r.c.State.(*kept); ok && p.text == r.str(k) {
		return p.path, nil
	}
	path, err := readPath(r.str(k))
	if err == nil {
		r.c.State = &kept{strings.Clone(r.str(k)), path}
	}
	return path, err
}

var parseJSON = jsonFunc("parse_json", "The JSON value that a text says, in one form: without white space, members in the order of their names, so that equal values are equal.",
	takes("(s: string) => json", ofJSON(func(_ row, v *jsonValue) (*jsonValue, error) { return v, nil }),
		eg(`string(parse_json('{"b": [1.0, null], "a": "x"}'))`, `'{"a":"x","b":[1,null]}'`), egFails("parse_json('{')", "is not JSON")).failing())

var tryParseJSON = jsonFunc("try_parse_json", "Like parse_json, but absent where the text is not JSON.",
	takes("(s: string) => json?", rowText(func(r row, out []byte) ([]byte, error) {
		v, err := readJSON(r.str(0))
		if err != nil {
			return nil, errAbsent
		}
		return v.appendTo(out, ""), nil
	}), eg("try_parse_json('{')", "none"), eg("string(try_parse_json('[1, 2]'))", "'[1,2]'")))

var isJSON = jsonFunc("is_json", "Whether the text is one JSON value.",
	takes("(s: string) => bool", rowBits(func(r row) (bool, error) {
		_, err := readJSON(r.str(0))
		return err == nil, nil
	}), eg("is_json('[1]')", "true"), eg("is_json('[1')", "false")))

var jsonGet = jsonFunc("json_get", "The part of a JSON value at a path as a.b[0]['c d'], where places count from 0, or from -1 for the last; absent where there is none or it is null. Known steps are written j.a.b[0].",
	takes("(j: json, path: string) => json?", ofJSON(func(r row, v *jsonValue) (*jsonValue, error) {
		path, err := r.path(1)
		return v.get(path), err
	}), eg(`string(json_get(parse_json('{"a": [1, {"b": true}]}'), 'a[1].b'))`, "'true'"), eg(`json_get(parse_json('{"a": null}'), 'a')`, "none"), egFails(`json_get(parse_json('1'), 'a..b')`, "a path is written")).failing())

var jsonMember = takes("(j: json, name: string) => json?", ofJSON(func(r row, v *jsonValue) (*jsonValue, error) { return v.get([]step{{name: r.str(1)}}), nil }),
	eg(`string(get(parse_json('{"a.b": [1]}'), 'a.b'))`, "'[1]'"), eg(`get(parse_json('{"a": null}'), 'a')`, "none")).failing()

var jsonElement = takes("(j: json, i: int) => json?", ofJSON(func(r row, v *jsonValue) (*jsonValue, error) { return v.get([]step{{at: r.int(1), array: true}}), nil }),
	eg(`string(get(parse_json('[4, 5]'), -1))`, "'5'")).failing()

var jsonHas = jsonFunc("json_has", "Whether a JSON value has a part at the path, which may be null.",
	takes("(j: json, path: string) => bool", rowBits(func(r row) (bool, error) {
		path, err := r.path(1)
		if err != nil {
			return false, err
		}
		v, err := r.json(0)
		for _, s := range path {
			if v != nil {
				v = v.child(s)
			}
		}
		return v != nil, err
	}), eg(`json_has(parse_json('{"a": null}'), 'a')`, "true"), eg(`json_has(parse_json('{"a": null}'), 'b')`, "false")).failing())

var jsonText = jsonFunc("json_text", "A JSON string without its quotes, and any other value as JSON; absent of null. The part at the path, where one is given.",
	takes("(j: json) => string?", rowText(func(r row, out []byte) ([]byte, error) {
		v, err := r.json(0)
		return plainJSON(out, v, err)
	}), eg(`json_text(parse_json('"a"'))`, "'a'"), eg(`json_text(parse_json('null'))`, "none")).failing(),
	takes("(j: json, path: string) => string?", rowText(func(r row, out []byte) ([]byte, error) {
		path, err := r.path(1)
		if err != nil {
			return nil, err
		}
		v, err := r.json(0)
		if err == nil {
			v = v.get(path)
		}
		return plainJSON(out, v, err)
	}), eg(`json_text(parse_json('{"a": ["x"]}'), 'a[0]')`, "'x'")).failing())

func plainJSON(out []byte, v *jsonValue, err error) ([]byte, error) {
	switch {
	case err != nil:
		return nil, err
	case v == nil || v.kind == 'n':
		return nil, errAbsent
	case v.kind == 's':
		return append(out, v.text...), nil
	}
	return v.appendTo(out, ""), nil
}

var jsonType = jsonFunc("json_type", "What a JSON value is: 'null', 'boolean', 'number', 'string', 'array' or 'object'.",
	takes("(j: json) => string", rowText(func(r row, out []byte) ([]byte, error) {
		v, err := r.json(0)
		if err != nil {
			return nil, err
		}
		return append(out, jsonNames[v.kind]...), nil
	}), eg("json_type(parse_json('[1]'))", "'array'")).failing())

var jsonLength = jsonFunc("json_length", "The number of elements of a JSON array, members of an object, or characters of a string; absent of other values.",
	takes("(j: json) => int?", rowCells(func(r row) (int64, error) {
		v, err := r.json(0)
		switch {
		case err != nil:
			return 0, err
		case v.kind == 's':
			return int64(len([]rune(v.text))), nil
		case v.kind == '[' || v.kind == '{':
			return int64(len(v.items)), nil
		}
		return 0, errAbsent
	}), eg("json_length(parse_json('[1, 2]'))", "2"), eg("json_length(parse_json('1'))", "none")).failing())

var jsonKeys = jsonFunc("json_keys", "The names of the members of a JSON object, in their order; absent of other values.",
	takes("(j: json) => [string]?", rowTexts(func(r row, add func(string)) error {
		v, err := r.json(0)
		if err != nil {
			return err
		}
		if v.kind != '{' {
			return errAbsent
		}
		for _, n := range v.names {
			add(n)
		}
		return nil
	}), eg(`json_keys(parse_json('{"b": 1, "a": 2}'))`, "['a', 'b']")).failing())

var jsonValues = jsonFunc("json_values", "The elements of a JSON array, or the values of an object in the order of their names, as a list; absent of other values.",
	takes("(j: json) => [json]?", rowTexts(func(r row, add func(string)) error {
		v, err := r.json(0)
		if err != nil {
			return err
		}
		if v.kind != '{' && v.kind != '[' {
			return errAbsent
		}
		for _, item := range v.items {
			add(string(item.appendTo(nil, "")))
		}
		return nil
	}), eg("string(json_values(parse_json('[1, [2]]'))[1])", "'[2]'")).failing())

var jsonMerge = jsonFunc("json_merge", "The members of two JSON objects; where both have one of a name, that of the second. Absent where one of them is no object.",
	takes("(a: json, b: json) => json?", ofJSON(func(r row, a *jsonValue) (*jsonValue, error) {
		b, err := r.json(1)
		if err != nil || a.kind != '{' || b.kind != '{' {
			return nil, err
		}
		out := &jsonValue{kind: '{', names: append(append([]string{}, a.names...), b.names...), items: append(append([]*jsonValue{}, a.items...), b.items...)}
		out.settle()
		return out, nil
	}), eg(`string(json_merge(parse_json('{"a": 1, "b": 2}'), parse_json('{"b": 3}')))`, `'{"a":1,"b":3}'`)).failing())

var jsonSet = jsonFunc("json_set", "The JSON value with another at the path. Members that are not there are made, and arrays take one element more at their end; absent where the path leads into a value of another kind, or past the end of an array.",
	takes("(j: json, path: string, to: json) => json?", ofJSON(func(r row, v *jsonValue) (*jsonValue, error) {
		path, err := r.path(1)
		if err != nil {
			return nil, err
		}
		to, err := r.json(2)
		return v.with(path, to), err
	}), eg(`string(json_set(parse_json('{"a": [1]}'), 'a[0]', parse_json('2')))`, `'{"a":[2]}'`), eg(`string(json_set(parse_json('{}'), 'a.b', parse_json('1')))`, `'{"a":{"b":1}}'`)).failing())

// with is a copy of v, which may be nil for a value to be made, with to at the path; nil where that is impossible.
func (v *jsonValue) with(path []step, to *jsonValue) *jsonValue {
	if len(path) == 0 {
		return to
	}
	s := path[0]
	kind := byte('{')
	if s.array {
		kind = '['
	}
	if v == nil || v.kind == 'n' {
		v = &jsonValue{kind: kind}
	}
	child := v.child(s)
	made := child.with(path[1:], to)
	if v.kind != kind || made == nil {
		return nil
	}
	out := &jsonValue{kind: kind, names: append([]string{}, v.names...), items: append([]*jsonValue{}, v.items...)}
	switch {
	case !s.array:
		out.names, out.items = append(out.names, s.name), append(out.items, made)
		out.settle()
	case child == nil && s.at == int64(len(v.items)):
		out.items = append(out.items, made)
	case child == nil:
		return nil
	default:
		out.items[within(s.at, int64(len(v.items)))] = made
	}
	return out
}

var jsonDelete = jsonFunc("json_delete", "The JSON value without what is at the path, where there is something.",
	takes("(j: json, path: string) => json", ofJSON(func(r row, v *jsonValue) (*jsonValue, error) {
		path, err := r.path(1)
		if err != nil {
			return nil, err
		}
		if len(path) == 0 {
			return nil, errors.New("json_delete: a path leads to a part of the value")
		}
		return v.less(path), nil
	}), eg(`string(json_delete(parse_json('{"a": [1, 2]}'), 'a[0]'))`, `'{"a":[2]}'`)).failing())

func (v *jsonValue) less(path []step) *jsonValue {
	child := v.child(path[0])
	if child == nil {
		return v
	}
	out := &jsonValue{kind: v.kind}
	for i, item := range v.items {
		if item == child {
			if len(path) == 1 {
				continue
			}
			item = child.less(path[1:])
		}
		out.items = append(out.items, item)
		if v.kind == '{' {
			out.names = append(out.names, v.names[i])
		}
	}
	return out
}

var jsonPretty = jsonFunc("json_pretty", "The JSON value as text on several lines, indented by two spaces.",
	takes("(j: json) => string", rowText(func(r row, out []byte) ([]byte, error) {
		v, err := r.json(0)
		if err != nil {
			return nil, err
		}
		return v.appendTo(out, "\n"), nil
	}), eg("json_pretty(parse_json('[1]'))", "'[\\n  1\\n]'")).failing())

var toJSON = jsonFunc("to_json", "The value as JSON: records as objects, lists as arrays, absent values as null, dates, times and uuids as text, decimals as numbers, bytes in base64. Floats that are no numbers are null.",
	takes("(x: T) => json", rowText(func(r row, out []byte) ([]byte, error) {
		a := r.c.Args[0]
		v, err := jsonOf(a, r.i)
		if err != nil {
			return nil, err
		}
		return v.appendTo(out, ""), nil
	}), eg("string(to_json([1, none]))", "'[1,null]'"), eg("string(to_json({b: 'x', a: d'2024-02-29'}))", `'{"a":"2024-02-29","b":"x"}'`)).failing().seeing().
		giving(func([]types.Type) (types.Type, error) { return types.Of(types.JSON), nil }))

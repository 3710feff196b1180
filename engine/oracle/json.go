package oracle

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"maps"
	"math"
	"math/big"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/types"
)

// JSON values are texts; to work on one it is read into Go values: nil, bool, json.Number, string, []any, map[string]any.

var errJSON = errors.New("not JSON")

func readJSON(s string) (any, error) {
	d := json.NewDecoder(strings.NewReader(s))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, errJSON
	}
	if strings.Trim(s[d.InputOffset():], " \t\r\n") != "" || depth(v) > 512 {
		return nil, errJSON
	}
	return v, nil
}

func depth(v any) int {
	most := -1
	switch v := v.(type) {
	case []any:
		for _, x := range v {
			most = max(most, depth(x))
		}
	case map[string]any:
		for _, x := range v {
			most = max(most, depth(x))
		}
	}
	return most + 1
}

func writeJSON(v any) string {
	switch v := v.(type) {
	case json.Number:
		if n, ok := new(big.Int).SetString(v.String(), 10); ok && n.IsInt64() {
			return n.String()
		}
		f, err := v.Float64()
		if err != nil {
			return v.String()
		}
		return writeFloat(f)
	case []any:
		var parts []string
		for _, x := range v {
			parts = append(parts, writeJSON(x))
		}
		return "[" + strings.Join(parts, ",") + "]"
	case map[string]any:
		var parts []string
		for _, k := range slices.Sorted(maps.Keys(v)) {
			parts = append(parts, writeJSON(k)+":"+writeJSON(v[k]))
		}
		return "{" + strings.Join(parts, ",") + "}"
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if e.Encode(v) != nil {
		return "null"
	}
	return strings.TrimSpace(b.String())
}

func writeFloat(f float64) string {
	switch {
	case math.IsNaN(f) || math.IsInf(f, 0):
		return "null"
	case f == 0:
		return "0"
	case math.Abs(f) < 1e-6 || math.Abs(f) >= 1e21:
		return strconv.FormatFloat(f, 'e', -1, 64)
	}
	return strconv.FormatFloat(f, 'f', -1, 64)
}

// stepsOf reads a path by a pattern of its steps.
var pathStep = regexp.MustCompile(`^(?:\.?([^.\[]+)|\[(-?\d+)\]|\['([^']*)'\]|\["([^"]*)"\])`)

func stepsOf(path string) ([]any, error) {
	var out []any
	rest := strings.TrimPrefix(path, "$")
	for first := true; rest != ""; first = false {
		m := pathStep.FindStringSubmatch(rest)
		bare := rest[0] != '.' && rest[0] != '['
		if m == nil || bare && (!first || len(rest) < len(path)) {
			return nil, errArgument
		}
		switch {
		case m[1] != "":
			out = append(out, m[1])
		case m[2] != "":
			n, err := strconv.ParseInt(m[2], 10, 64)
			if err != nil {
				return nil, errArgument
			}
			out = append(out, n)
		default:
			out = append(out, m[3]+m[4])
		}
		rest = rest[len(m[0]):]
	}
	return out, nil
}

// child is a part of a JSON value, and whether it is there.
func child(v, step any) (any, bool) {
	switch v := v.(type) {
	case map[string]any:
		if name, ok := step.(string); ok {
			x, has := v[name]
			return x, has
		}
	case []any:
		if at, ok := step.(int64); ok {
			if at < 0 {
				at += int64(len(v))
			}
			if at >= 0 && at < int64(len(v)) {
				return v[at], true
			}
		}
	}
	return nil, false
}

func follow(v any, steps []any) (any, bool) {
	ok := true
	for _, s := range steps {
		if v, ok = child(v, s); !ok {
			return nil, false
		}
	}
	return v, true
}

// part is a part of a JSON value as a value: none where it is not there, or null.
func jsonPart(v any, ok bool) any {
	if !ok || v == nil {
		return nil
	}
	return writeJSON(v)
}

// ofJSON is a function whose first argument is JSON, and the second a path where paths says so.
func ofJSON(paths bool, f func(v any, steps []any, a []any) (any, error)) function {
	return func(a []any, _ *logical.Expr) (any, error) {
		var steps []any
		if paths && len(a) > 1 {
			var err error
			if steps, err = stepsOf(a[1].(string)); err != nil {
				return nil, err
			}
		}
		v, err := readJSON(a[0].(string))
		if err != nil {
			return nil, err
		}
		return f(v, steps, a)
	}
}

var jsonFunctions = map[string]function{
	"parse_json": ofJSON(false, func(v any, _, _ []any) (any, error) { return writeJSON(v), nil }),
	"try_parse_json": func(a []any, _ *logical.Expr) (any, error) {
		v, err := readJSON(a[0].(string))
		if err != nil {
			return nil, nil
		}
		return writeJSON(v), nil
	},
	"is_json": func(a []any, _ *logical.Expr) (any, error) {
		_, err := readJSON(a[0].(string))
		return err == nil, nil
	},
	"get": func(a []any, _ *logical.Expr) (any, error) {
		s, ok := a[0].(string)
		if !ok {
			return nil, errOther
		}
		v, err := readJSON(s)
		if err != nil {
			return nil, err
		}
		return jsonPart(child(v, a[1])), nil
	},
	"json_get": ofJSON(true, func(v any, steps, _ []any) (any, error) { return jsonPart(follow(v, steps)), nil }),
	"json_has": ofJSON(true, func(v any, steps, _ []any) (any, error) { _, ok := follow(v, steps); return ok, nil }),
	"json_text": ofJSON(true, func(v any, steps, _ []any) (any, error) {
		v, _ = follow(v, steps)
		if s, ok := v.(string); ok {
			return s, nil
		}
		return jsonPart(v, true), nil
	}),
	"json_type": ofJSON(false, func(v any, _, _ []any) (any, error) {
		switch v.(type) {
		case nil:
			return "null", nil
		case bool:
			return "boolean", nil
		case json.Number:
			return "number", nil
		case string:
			return "string", nil
		case []any:
			return "array", nil
		}
		return "object", nil
	}),
	"json_length": ofJSON(false, func(v any, _, _ []any) (any, error) {
		switch v := v.(type) {
		case string:
			return int64(len([]rune(v))), nil
		case []any:
			return int64(len(v)), nil
		case map[string]any:
			return int64(len(v)), nil
		}
		return nil, nil
	}),
	"json_keys": ofJSON(false, func(v any, _, _ []any) (any, error) {
		m, ok := v.(map[string]any)
		if !ok {
			return nil, nil
		}
		out := []any{}
		for _, k := range slices.Sorted(maps.Keys(m)) {
			out = append(out, k)
		}
		return out, nil
	}),
	"json_values": ofJSON(false, func(v any, _, _ []any) (any, error) {
		out := []any{}
		switch v := v.(type) {
		case []any:
			for _, x := range v {
				out = append(out, writeJSON(x))
			}
			return out, nil
		case map[string]any:
			for _, k := range slices.Sorted(maps.Keys(v)) {
				out = append(out, writeJSON(v[k]))
			}
			return out, nil
		}
		return nil, nil
	}),
	"json_merge": ofJSON(false, func(v any, _, a []any) (any, error) {
		w, err := readJSON(a[1].(string))
		x, okX := v.(map[string]any)
		y, okY := w.(map[string]any)
		if err != nil || !okX || !okY {
			return nil, err
		}
		out := maps.Clone(x)
		maps.Copy(out, y)
		return writeJSON(out), nil
	}),
	"json_set": ofJSON(true, func(v any, steps, a []any) (any, error) {
		to, err := readJSON(a[2].(string))
		if err != nil {
			return nil, err
		}
		out, ok := with(v, steps, to)
		if !ok {
			return nil, nil
		}
		return writeJSON(out), nil
	}),
	"json_delete": ofJSON(true, func(v any, steps, _ []any) (any, error) {
		if len(steps) == 0 {
			return nil, errArgument
		}
		return writeJSON(less(v, steps)), nil
	}),
	"json_pretty": ofJSON(false, func(v any, _, _ []any) (any, error) {
		var b bytes.Buffer
		if err := json.Indent(&b, []byte(writeJSON(v)), "", "  "); err != nil {
			return nil, err
		}
		return b.String(), nil
	}),
}

func with(v any, steps []any, to any) (any, bool) {
	if len(steps) == 0 {
		return to, true
	}
	name, isName := steps[0].(string)
	if v == nil && isName {
		v = map[string]any{}
	} else if v == nil {
		v = []any{}
	}
	was, has := child(v, steps[0])
	made, ok := with(was, steps[1:], to)
	if !ok {
		return nil, false
	}
	switch v := v.(type) {
	case map[string]any:
		out := maps.Clone(v)
		out[name] = made
		return out, isName
	case []any:
		at, isPlace := steps[0].(int64)
		if !isPlace || !has && at != int64(len(v)) {
			return nil, false
		}
		if !has {
			return append(slices.Clone(v), made), true
		}
		out := slices.Clone(v)
		out[(at+int64(len(v)))%int64(len(v))] = made
		return out, true
	}
	return nil, false
}

func less(v any, steps []any) any {
	was, has := child(v, steps[0])
	if !has {
		return v
	}
	switch v := v.(type) {
	case map[string]any:
		out := maps.Clone(v)
		if delete(out, steps[0].(string)); len(steps) > 1 {
			out[steps[0].(string)] = less(was, steps[1:])
		}
		return out
	case []any:
		at := int((steps[0].(int64) + int64(len(v))) % int64(len(v)))
		if len(steps) == 1 {
			return slices.Delete(slices.Clone(v), at, at+1)
		}
		out := slices.Clone(v)
		out[at] = less(was, steps[1:])
		return out
	}
	return v
}

// asJSON is a value of a type as JSON.
func asJSON(v any, t types.Type) (any, error) {
	t = t.Required()
	switch v := v.(type) {
	case nil, bool:
		return v, nil
	case int64:
		return json.Number(strconv.FormatInt(v, 10)), nil
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return nil, nil
		}
		return json.Number(writeFloat(v)), nil
	case Decimal:
		return json.Number(v.rat().FloatString(v.Scale)), nil
	case Blob:
		return base64.StdEncoding.EncodeToString([]byte(v)), nil
	case string:
		if t.Kind == types.JSON {
			return readJSON(v)
		}
		return v, nil
	case []any:
		out := []any{}
		for _, x := range v {
			y, err := asJSON(x, *t.Elem)
			if err != nil {
				return nil, err
			}
			out = append(out, y)
		}
		return out, nil
	case map[string]any:
		out := map[string]any{}
		for _, f := range t.Fields {
			y, err := asJSON(v[f.Name], f.Type)
			if err != nil {
				return nil, err
			}
			out[f.Name] = y
		}
		return out, nil
	}
	s, ok := written(v)
	if !ok {
		return nil, errOther
	}
	return s, nil
}

// unlifted are functions that see absent arguments, and may fail.
var unlifted = map[string]function{
	"hash": func(a []any, _ *logical.Expr) (any, error) { return hashOf(a[0]) },
	"to_json": func(a []any, e *logical.Expr) (any, error) {
		v, err := asJSON(a[0], e.Args[0].T)
		if err != nil {
			return nil, err
		}
		return writeJSON(v), nil
	},
	"append":  func(a []any, _ *logical.Expr) (any, error) { return append(slices.Clone(a[0].([]any)), a[1]), nil },
	"prepend": func(a []any, _ *logical.Expr) (any, error) { return append([]any{a[1]}, a[0].([]any)...), nil },
}

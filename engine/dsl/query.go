package dsl

import (
	"encoding/json"
	"fmt"
	"strings"
)

// query writes a clause as a predicate in parentheses.
func (t *translator) query(path string, b json.RawMessage, depth int) (string, error) {
	if t.clauses++; t.clauses > maxClauses || depth > maxDepth {
		return "", wrong(path, "the query is too large: at most %d clauses, %d inside each other", maxClauses, maxDepth)
	}
	kind, body, err := single(path, b)
	if err != nil {
		return "", err
	}
	path += "." + kind
	switch kind {
	case "match_all":
		return "true", nil
	case "match_none":
		return "false", nil
	case "term":
		return t.term(path, body)
	case "terms":
		return t.terms(path, body)
	case "range":
		return t.ranged(path, body)
	case "exists":
		var e struct{ Field string }
		if err := json.Unmarshal(body, &e); err != nil {
			return "", wrong(path, `write {"field": "column"}`)
		}
		f, err := t.column(path, e.Field)
		if err != nil {
			return "", err
		}
		if !f.Type.IsOption() {
			return "true", nil
		}
		return "(" + name(f.Name) + " is not none)", nil
	case "bool":
		return t.boolean(path, body, depth)
	}
	return "", wrong(path, "there is no clause of this name; there are match_all, match_none, term, terms, range, exists and bool")
}

func (t *translator) term(path string, body json.RawMessage) (string, error) {
	column, v, err := single(path, body)
	if err != nil {
		return "", err
	}
	var long struct{ Value json.RawMessage }
	if json.Unmarshal(v, &long) == nil && long.Value != nil {
		v = long.Value
	}
	f, err := t.column(path, column)
	if err != nil {
		return "", err
	}
	l, err := literal(path, f, v)
	if err != nil {
		return "", err
	}
	return "(" + name(f.Name) + " == " + l + ")", nil
}

func (t *translator) terms(path string, body json.RawMessage) (string, error) {
	column, list, err := single(path, body)
	if err != nil {
		return "", err
	}
	var values []json.RawMessage
	if json.Unmarshal(list, &values) != nil {
		return "", wrong(path, `write {"column": [value, …]}`)
	}
	f, err := t.column(path, column)
	if err != nil {
		return "", err
	}
	var parts []string
	for i, v := range values {
		if t.clauses++; t.clauses > maxClauses {
			return "", wrong(path, "the query has more than %d values and clauses", maxClauses)
		}
		l, err := literal(fmt.Sprintf("%s[%d]", path, i), f, v)
		if err != nil {
			return "", err
		}
		parts = append(parts, name(f.Name)+" == "+l)
	}
	return joined(parts, " or ", "false"), nil
}

func (t *translator) ranged(path string, body json.RawMessage) (string, error) {
	column, limits, err := single(path, body)
	if err != nil {
		return "", err
	}
	f, err := t.column(path, column)
	if err != nil {
		return "", err
	}
	var bounds map[string]json.RawMessage
	if json.Unmarshal(limits, &bounds) != nil {
		return "", wrong(path, `write {"column": {"gte": 1, "lt": 5}}`)
	}
	operators := map[string]string{"gt": ">", "gte": ">=", "lt": "<", "lte": "<="}
	var parts []string
	for _, n := range sortedNames(bounds) {
		op, ok := operators[n]
		if !ok {
			return "", wrong(path, "there is no bound %.40q; there are gt, gte, lt and lte", n)
		}
		l, err := literal(path+"."+n, f, bounds[n])
		if err != nil {
			return "", err
		}
		parts = append(parts, name(f.Name)+" "+op+" "+l)
	}
	if len(parts) == 0 {
		return "", wrong(path, "give at least one of gt, gte, lt and lte")
	}
	return joined(parts, " and ", ""), nil
}

func (t *translator) boolean(path string, body json.RawMessage, depth int) (string, error) {
	var parts map[string]json.RawMessage
	if json.Unmarshal(body, &parts) != nil {
		return "", wrong(path, "write an object of must, filter, should and must_not")
	}
	clauses := map[string][]string{}
	minimum := -1
	for _, n := range sortedNames(parts) {
		switch n {
		case "must", "filter", "should", "must_not":
			for i, q := range oneOrMany(parts[n]) {
				s, err := t.query(fmt.Sprintf("%s.%s[%d]", path, n, i), q, depth+1)
				if err != nil {
					return "", err
				}
				clauses[n] = append(clauses[n], s)
			}
		case "minimum_should_match":
			if json.Unmarshal(parts[n], &minimum) != nil || minimum < 0 || minimum > 1 {
				return "", wrong(path+"."+n, "write 0 or 1")
			}
		default:
			return "", wrong(path, "there is no %.40q; there are must, filter, should, must_not and minimum_should_match", n)
		}
	}
	all := append(clauses["must"], clauses["filter"]...)
	// Beside must and filter, should only ranks; ranks are not computed, so it then means nothing.
	if len(clauses["should"]) > 0 && (minimum == 1 || minimum < 0 && len(all) == 0) {
		all = append(all, joined(clauses["should"], " or ", "true"))
	}
	for _, c := range clauses["must_not"] {
		all = append(all, "not "+c)
	}
	return joined(all, " and ", "true"), nil
}

// oneOrMany accepts a clause where a list of clauses is meant.
func oneOrMany(b json.RawMessage) []json.RawMessage {
	var many []json.RawMessage
	if json.Unmarshal(b, &many) == nil {
		return many
	}
	return []json.RawMessage{b}
}

func joined(parts []string, with, none string) string {
	if len(parts) == 0 {
		return none
	}
	return "(" + strings.Join(parts, with) + ")"
}

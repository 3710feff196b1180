package dsl

import (
	"encoding/json"
	"fmt"
	"strings"
)

// metrics are aggregations of one value: the DreamQL function of each.
var metrics = map[string]string{"avg": "mean", "sum": "sum", "min": "min", "max": "max", "cardinality": "count_distinct", "value_count": "count_if"}

// agg writes an aggregation over the rows of from.
func (t *translator) agg(path, n, from string, b json.RawMessage) (Agg, error) {
	var parts map[string]json.RawMessage
	if json.Unmarshal(b, &parts) != nil {
		return Agg{}, wrong(path, "write an object such as {\"avg\": {\"field\": \"column\"}}")
	}
	if body, ok := parts["terms"]; ok {
		return t.buckets(path, n, from, body, parts)
	}
	m, err := t.metric(path, parts)
	if err != nil {
		return Agg{}, err
	}
	return Agg{Name: n, Source: from + "\n-> agg { value: " + m + " }", Metrics: []string{"value"}}, nil
}

// buckets writes a terms aggregation: a group for each value, the largest first.
func (t *translator) buckets(path, n, from string, body json.RawMessage, parts map[string]json.RawMessage) (Agg, error) {
	terms := struct {
		Field string
		Size  int
	}{Size: 10}
	if json.Unmarshal(body, &terms) != nil || terms.Size < 1 || terms.Size > maxSize {
		return Agg{}, wrong(path+".terms", `write {"field": "column", "size": 10}, the size from 1 to %d`, maxSize)
	}
	f, err := t.column(path+".terms", terms.Field)
	if err != nil {
		return Agg{}, err
	}
	a := Agg{Name: n, Buckets: true}
	fields := []string{"@key: " + name(f.Name), "doc_count: count()"}
	var subs map[string]json.RawMessage
	if s, ok := parts["aggs"]; ok && json.Unmarshal(s, &subs) != nil {
		return Agg{}, wrong(path+".aggs", "write an object of aggregations")
	}
	if len(subs) > maxAggs {
		return Agg{}, wrong(path+".aggs", "there are %d, at most %d are allowed", len(subs), maxAggs)
	}
	for _, s := range sortedNames(subs) {
		var inner map[string]json.RawMessage
		if json.Unmarshal(subs[s], &inner) != nil || s == "key" || s == "doc_count" || strings.Contains(s, "`") || s == "" {
			return Agg{}, wrong(path+".aggs", "%.40q must be an aggregation with a name other than key and doc_count", s)
		}
		m, err := t.metric(path+".aggs."+s, inner)
		if err != nil {
			return Agg{}, err
		}
		fields = append(fields, name(s)+": "+m)
		a.Metrics = append(a.Metrics, s)
	}
	if f.Type.IsOption() {
		from += "\n-> filter " + name(f.Name) + " is not none"
	}
	a.Source = fmt.Sprintf("%s\n-> { %s }\n-> sort -doc_count, key\n-> take %d", from, strings.Join(fields, ", "), terms.Size)
	return a, nil
}

func (t *translator) metric(path string, parts map[string]json.RawMessage) (string, error) {
	if len(parts) == 1 {
		for kind, body := range parts {
			function, ok := metrics[kind]
			if !ok {
				break
			}
			var of struct{ Field string }
			if json.Unmarshal(body, &of) != nil {
				return "", wrong(path+"."+kind, `write {"field": "column"}`)
			}
			f, err := t.column(path+"."+kind, of.Field)
			switch {
			case err != nil:
				return "", err
			case kind == "value_count" && !f.Type.IsOption():
				return "count()", nil
			case kind == "value_count":
				return "count_if(" + name(f.Name) + " is not none)", nil
			}
			return function + "(" + name(f.Name) + ")", nil
		}
	}
	return "", wrong(path, "there are the aggregations avg, sum, min, max, cardinality and value_count, and outermost terms; give one")
}

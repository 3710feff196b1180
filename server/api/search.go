package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/google/uuid"

	"github.com/dreamql/dreamql/engine/dsl"
	"github.com/dreamql/dreamql/server/problem"
	"github.com/dreamql/dreamql/server/run"
)

// SearchDataset answers the JSON search DSL: the request becomes a few programs, which are the cells of one run.
func (a *API) SearchDataset(ctx context.Context, r SearchDatasetRequestObject) (SearchDatasetResponseObject, error) {
	begin := time.Now()
	d, err := a.Datasets.Get(ctx, r.Dataset)
	if err != nil {
		return nil, err
	}
	request, err := searchRequest(r.Body)
	if err != nil {
		return nil, err
	}
	programs, err := dsl.Translate(d.Name, d.Table.Columns, request)
	var bad *dsl.Error
	if errors.As(err, &bad) {
		return nil, problem.New(problem.InvalidRequest, "%s", problem.Sentences(bad.Error()))
	}
	if err != nil {
		return nil, err
	}
	sources := []run.Source{{ID: "total", Text: programs.Total}}
	if programs.Hits != "" {
		sources = append(sources, run.Source{ID: "hits", Text: programs.Hits})
	}
	for _, agg := range programs.Aggs {
		sources = append(sources, run.Source{ID: "agg-" + agg.Name, Text: agg.Source})
	}
	ended, err := a.runToEnd(ctx, run.Request{Sources: sources})
	if err != nil {
		return nil, err
	}
	s := search{api: a, ctx: ctx, run: ended.ID}
	out := SearchDataset200JSONResponse{}
	if err := s.fill(programs, &out); err != nil {
		return nil, err
	}
	out.Took = float64(time.Since(begin).Microseconds()) / 1000
	return out, nil
}

// searchRequest reads the body again in the form that dsl takes, with the numbers as they were written.
func searchRequest(body *SearchRequest) (out dsl.Request, err error) {
	b, err := json.Marshal(body)
	if err == nil {
		err = json.Unmarshal(b, &out)
	}
	return out, err
}

type search struct {
	api *API
	ctx context.Context
	run uuid.UUID
}

// rows reads the rows of one of the programs.
func (s search) rows(cell string) ([]json.RawMessage, error) {
	res, err := s.api.Runs.Result(s.ctx, s.run, cell)
	if err != nil {
		return nil, err
	}
	text, err := rows{ctx: s.ctx, result: res, limit: maxPage}.json()
	if err != nil {
		return nil, err
	}
	list := []json.RawMessage{}
	return list, json.Unmarshal(text, &list)
}

func (s search) fill(p *dsl.Programs, out *SearchDataset200JSONResponse) error {
	total, err := s.rows("total")
	if err != nil {
		return err
	}
	var count struct{ N int64 }
	if err := json.Unmarshal(total[0], &count); err != nil {
		return err
	}
	out.Hits.Total = count.N
	var hits []json.RawMessage
	if p.Hits != "" {
		if hits, err = s.rows("hits"); err != nil {
			return err
		}
	}
	out.Hits.Hits = make([]struct {
		UnderscoreSource json.RawMessage `json:"_source"`
	}, len(hits))
	for i, h := range hits {
		out.Hits.Hits[i].UnderscoreSource = h
	}
	if len(p.Aggs) == 0 {
		return nil
	}
	aggregations := map[string]any{}
	for _, agg := range p.Aggs {
		rows, err := s.rows("agg-" + agg.Name)
		if err != nil {
			return err
		}
		if aggregations[agg.Name], err = shaped(agg, rows); err != nil {
			return err
		}
	}
	out.Aggregations = &aggregations
	return nil
}

// shaped gives an aggregation the form that clients of the DSL expect: {"value": …}, or {"buckets": [{"key": …, "doc_count": …}]}.
func shaped(agg dsl.Agg, rows []json.RawMessage) (any, error) {
	buckets := make([]map[string]any, len(rows))
	for i, r := range rows {
		d := json.NewDecoder(bytes.NewReader(r))
		d.UseNumber()
		if err := d.Decode(&buckets[i]); err != nil {
			return nil, err
		}
		if !agg.Buckets {
			return buckets[0], nil
		}
		for _, m := range agg.Metrics {
			buckets[i][m] = map[string]any{"value": buckets[i][m]}
		}
	}
	return map[string]any{"buckets": buckets}, nil
}

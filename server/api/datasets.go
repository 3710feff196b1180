package api

import (
	"context"
	"strings"

	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/server/account"
	"github.com/dreamql/dreamql/server/dataset"
)

// ListDatasets lists datasets by name.
func (a *API) ListDatasets(ctx context.Context, r ListDatasetsRequestObject) (ListDatasetsResponseObject, error) {
	list, next, err := a.Datasets.List(ctx, value(r.Params.Cursor, ""), pageSize(r.Params.Limit))
	if err != nil {
		return nil, err
	}
	items := make([]DatasetSummary, len(list))
	for i, d := range list {
		items[i] = DatasetSummary{Name: d.Name, Version: d.Version, Rows: d.Table.Rows, Bytes: d.Bytes(), Columns: []Column{}, Description: optional(d.Description), UpdatedAt: d.UpdatedAt}
		for _, f := range d.Table.Columns {
			items[i].Columns = append(items[i].Columns, Column{Name: f.Name, Type: f.Type.String()})
		}
	}
	return ListDatasets200JSONResponse{Items: items, NextCursor: optional(next)}, nil
}

// UploadDataset imports the file that is the body.
func (a *API) UploadDataset(ctx context.Context, r UploadDatasetRequestObject) (UploadDatasetResponseObject, error) {
	u := dataset.Upload{Name: value(r.Params.Name, ""), Filename: r.Params.Filename, Mode: dataset.Mode(value(r.Params.Mode, "")), Body: r.Body}
	if r.Params.Key != nil {
		u.Key = strings.Split(*r.Params.Key, ",")
	}
	if r.Params.IfMatch != nil {
		var err error
		if u.If, err = edited(r.Params.IfMatch); err != nil {
			return nil, err
		}
	}
	d, err := a.Datasets.Import(ctx, account.From(ctx), u)
	if err != nil {
		return nil, readError(r.Body, err)
	}
	return UploadDataset201JSONResponse{Headers: UploadDataset201ResponseHeaders{ETag: optional(etag(d.Version))}, Body: datasetOf(d)}, nil
}

// GetDataset returns a dataset with statistics.
func (a *API) GetDataset(ctx context.Context, r GetDatasetRequestObject) (GetDatasetResponseObject, error) {
	d, err := a.Datasets.Get(ctx, r.Dataset)
	if err != nil {
		return nil, err
	}
	return GetDataset200JSONResponse{Headers: GetDataset200ResponseHeaders{ETag: optional(etag(d.Version))}, Body: datasetOf(d)}, nil
}

// CompactDataset writes small segments as few.
func (a *API) CompactDataset(ctx context.Context, r CompactDatasetRequestObject) (CompactDatasetResponseObject, error) {
	if _, err := a.Datasets.Compact(ctx, r.Dataset); err != nil {
		return nil, err
	}
	d, err := a.Datasets.Get(ctx, r.Dataset)
	if err != nil {
		return nil, err
	}
	return CompactDataset200JSONResponse(datasetOf(d)), nil
}

// DeleteDataset takes a dataset away.
func (a *API) DeleteDataset(ctx context.Context, r DeleteDatasetRequestObject) (DeleteDatasetResponseObject, error) {
	if err := a.Datasets.Delete(ctx, r.Dataset); err != nil {
		return nil, err
	}
	return DeleteDataset204Response{}, nil
}

// PreviewDataset returns rows as they are stored, without a run.
func (a *API) PreviewDataset(ctx context.Context, r PreviewDatasetRequestObject) (PreviewDatasetResponseObject, error) {
	d, err := a.Datasets.Get(ctx, r.Dataset)
	if err != nil {
		return nil, err
	}
	rows := rows{ctx: ctx, result: a.Runs.Stored(d.Table), offset: max(value(r.Params.Offset, 0), 0), limit: min(max(value(r.Params.Limit, 50), 1), 1000)}
	page, err := rows.json()
	if err != nil {
		return nil, err
	}
	out := ResultPage{Columns: rows.result.Info.Columns, Rows: page, Offset: rows.offset, Total: d.Table.Rows}
	if next := rows.offset + rows.limit; next < d.Table.Rows {
		out.NextOffset = &next
	}
	return PreviewDataset200JSONResponse(out), nil
}

func datasetOf(d *dataset.Dataset) Dataset {
	out := Dataset{Name: d.Name, Version: d.Version, Rows: d.Table.Rows, Bytes: d.Bytes(), Segments: len(d.Table.Segments), Description: optional(d.Description),
		CreatedAt: d.CreatedAt, UpdatedAt: d.UpdatedAt, Columns: []ColumnStatistics{}}
	for i, f := range d.Table.Columns {
		c := ColumnStatistics{Name: f.Name, Type: f.Type.String(), Nulls: new(int64)}
		var lowest, highest *logical.Literal
		for j, g := range d.Table.Segments {
			if i >= len(g.Columns) {
				continue
			}
			s := g.Columns[i]
			*c.Nulls += s.Nulls
			// Segments share values, so the largest estimate is a lower bound and the only thing that is sure.
			if s.Distinct > value(c.Distinct, 0) {
				c.Distinct = &s.Distinct
			}
			lowest, highest = outer(j == 0, lowest, s.Min, -1), outer(j == 0, highest, s.Max, 1)
		}
		c.Min, c.Max = literal(lowest, f.Type), literal(highest, f.Type)
		out.Columns = append(out.Columns, c)
	}
	return out
}

// outer is the bound further out, or unknown if one of them is: sign -1 for minima, 1 for maxima.
func outer(first bool, a, b *logical.Literal, sign int) *logical.Literal {
	if first {
		return b
	}
	order, ok := logical.Compare(a, b)
	switch {
	case !ok:
		return nil
	case order*sign > 0:
		return a
	}
	return b
}

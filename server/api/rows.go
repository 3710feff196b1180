package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/dreamql/dreamql/engine/storage/format"
	"github.com/dreamql/dreamql/engine/types"
	"github.com/dreamql/dreamql/server/problem"
	"github.com/dreamql/dreamql/server/run"
)

// rows writes a part of a result. It is itself the answer of the routes that give rows in a format for programs: they are
// written as they are read, however many there are.
type rows struct {
	ctx           context.Context
	result        *run.Result
	offset, limit int64 // limit < 0 for all
	cut           bool  // the result was not computed to its end
	format        string
	name          string // of the file that a browser saves
}

func (r rows) schema() (*arrow.Schema, error) {
	fields := make([]types.Field, len(r.result.Info.Columns))
	for i, c := range r.result.Info.Columns {
		t, err := types.Parse(c.Type)
		if err != nil {
			return nil, err
		}
		fields[i] = types.Field{Name: c.Name, Type: t}
	}
	return types.ArrowSchema(fields)
}

// json returns the rows as one array of objects.
func (r rows) json() (json.RawMessage, error) {
	schema, err := r.schema()
	if err != nil {
		return nil, err
	}
	b := page{left: maxJSON}
	err = format.Write(&b, "json", schema, format.Batches(r.result.Batches(r.ctx, r.offset, r.limit)))
	if b.left < 0 {
		return nil, problem.New(problem.TooLarge, "These rows have more than %s as JSON. Ask for fewer with limit, or for ndjson, csv or arrow, which are sent as they are read.", size(maxJSON))
	}
	return bytes.TrimSpace(b.Bytes()), err
}

// maxJSON is how large rows in an answer of JSON may be: they are put together in memory.
const maxJSON = 64 << 20

// page is rows that are put together, up to a size.
type page struct {
	bytes.Buffer
	left int
}

func (p *page) Write(b []byte) (int, error) {
	if p.left -= len(b); p.left < 0 {
		return 0, errors.New("a page is too large")
	}
	return p.Buffer.Write(b)
}

func (r rows) write(w http.ResponseWriter) error {
	schema, err := r.schema()
	if err != nil {
		return err
	}
	media, err := format.MediaType(r.format)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", media)
	w.Header().Set("Content-Disposition", fmt.Sprintf("attachment; filename=%q", r.name+"."+r.format))
	if !r.cut {
		w.Header().Set("X-Total-Rows", fmt.Sprint(r.result.Info.Rows))
	}
	return format.Write(w, r.format, schema, format.Batches(r.result.Batches(r.ctx, r.offset, r.limit)))
}

func (r rows) VisitGetCellResultResponse(w http.ResponseWriter) error { return r.write(w) }
func (r rows) VisitRunQueryResponse(w http.ResponseWriter) error      { return r.write(w) }

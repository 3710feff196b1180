package api

import (
	"bytes"
	"context"
	"io"
	"strconv"
	"strings"

	"github.com/dreamql/dreamql/server/account"
	"github.com/dreamql/dreamql/server/lock"
	"github.com/dreamql/dreamql/server/notebook"
	"github.com/dreamql/dreamql/server/problem"
)

func content(n NotebookContent) notebook.Content {
	return notebook.Content{Title: n.Title, Cells: value(n.Cells, nil)}
}

func notebookResponse(n *notebook.Notebook) NotebookResponseJSONResponse {
	cells := n.Cells
	if cells == nil {
		cells = []Cell{}
	}
	return NotebookResponseJSONResponse{
		Headers: NotebookResponseResponseHeaders{ETag: optional(etag(n.Version))},
		Body:    Notebook{Id: parsed(n.ID), Title: n.Title, Version: n.Version, Cells: cells, CreatedAt: n.CreatedAt, UpdatedAt: n.UpdatedAt, DeletedAt: n.DeletedAt},
	}
}

func etag(version int64) string { return strconv.Quote(strconv.FormatInt(version, 10)) }

// edited reads If-Match: the version that an edit was made on.
func edited(header *IfMatchParam) (int64, error) {
	if header == nil || *header == "" {
		return 0, problem.New(problem.PreconditionRequired, "Send the version that you edited as If-Match: \"7\"; a GET of the notebook gives it as ETag.")
	}
	text := strings.TrimPrefix(strings.TrimSpace(*header), "W/")
	n, err := strconv.ParseInt(strings.Trim(text, `"`), 10, 64)
	if err != nil {
		return 0, problem.New(problem.InvalidRequest, "If-Match must be one version in quotes, as ETag has it, not %.40q.", *header)
	}
	return n, nil
}

// ListNotebooks lists notebooks, the newest change first.
func (a *API) ListNotebooks(ctx context.Context, r ListNotebooksRequestObject) (ListNotebooksResponseObject, error) {
	list, next, err := a.Notebooks.List(ctx, value(r.Params.Deleted, false), value(r.Params.Cursor, ""), pageSize(r.Params.Limit))
	if err != nil {
		return nil, err
	}
	items := make([]NotebookSummary, len(list))
	for i, n := range list {
		items[i] = NotebookSummary{Id: parsed(n.ID), Title: n.Title, Version: n.Version, Cells: n.Cells, CreatedAt: n.CreatedAt, UpdatedAt: n.UpdatedAt, DeletedAt: n.DeletedAt}
	}
	return ListNotebooks200JSONResponse{Items: items, NextCursor: optional(next)}, nil
}

// CreateNotebook saves a new notebook.
func (a *API) CreateNotebook(ctx context.Context, r CreateNotebookRequestObject) (CreateNotebookResponseObject, error) {
	n, err := a.Notebooks.Create(ctx, account.From(ctx), content(*r.Body))
	if err != nil {
		return nil, err
	}
	return CreateNotebook201JSONResponse{notebookResponse(n)}, nil
}

// ImportNotebook creates a notebook from a .dql.md file.
func (a *API) ImportNotebook(ctx context.Context, r ImportNotebookRequestObject) (ImportNotebookResponseObject, error) {
	file, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	c, err := notebook.Decode(file)
	if err != nil {
		return nil, err
	}
	n, err := a.Notebooks.Create(ctx, account.From(ctx), c)
	if err != nil {
		return nil, err
	}
	pins := make([]lock.Entry, len(c.Pins))
	for i, p := range c.Pins {
		pins[i] = lock.Entry{Package: p.Package, Version: p.Version, Digest: p.Digest}
	}
	if err := a.Locks.Pin(ctx, n.ID, pins); err != nil {
		return nil, err
	}
	return ImportNotebook201JSONResponse{notebookResponse(n)}, nil
}

// GetNotebook returns a notebook with its cells.
func (a *API) GetNotebook(ctx context.Context, r GetNotebookRequestObject) (GetNotebookResponseObject, error) {
	n, err := a.Notebooks.Get(ctx, r.Notebook.String())
	if err != nil {
		return nil, err
	}
	return GetNotebook200JSONResponse{notebookResponse(n)}, nil
}

// ReplaceNotebook saves the whole document.
func (a *API) ReplaceNotebook(ctx context.Context, r ReplaceNotebookRequestObject) (ReplaceNotebookResponseObject, error) {
	version, err := edited(r.Params.IfMatch)
	if err != nil {
		return nil, err
	}
	n, err := a.Notebooks.Save(ctx, account.From(ctx), r.Notebook.String(), version, content(*r.Body))
	if err != nil {
		return nil, err
	}
	return ReplaceNotebook200JSONResponse{notebookResponse(n)}, nil
}

// RenameNotebook changes the title.
func (a *API) RenameNotebook(ctx context.Context, r RenameNotebookRequestObject) (RenameNotebookResponseObject, error) {
	version, err := edited(r.Params.IfMatch)
	if err != nil {
		return nil, err
	}
	n, err := a.Notebooks.Rename(ctx, account.From(ctx), r.Notebook.String(), version, r.Body.Title)
	if err != nil {
		return nil, err
	}
	return RenameNotebook200JSONResponse{notebookResponse(n)}, nil
}

// DeleteNotebook puts a notebook into the bin.
func (a *API) DeleteNotebook(ctx context.Context, r DeleteNotebookRequestObject) (DeleteNotebookResponseObject, error) {
	if err := a.Notebooks.Delete(ctx, r.Notebook.String()); err != nil {
		return nil, err
	}
	return DeleteNotebook204Response{}, nil
}

// RestoreNotebook undoes DeleteNotebook.
func (a *API) RestoreNotebook(ctx context.Context, r RestoreNotebookRequestObject) (RestoreNotebookResponseObject, error) {
	n, err := a.Notebooks.Restore(ctx, r.Notebook.String())
	if err != nil {
		return nil, err
	}
	return RestoreNotebook200JSONResponse{notebookResponse(n)}, nil
}

// ExportNotebook returns a notebook as a .dql.md file.
func (a *API) ExportNotebook(ctx context.Context, r ExportNotebookRequestObject) (ExportNotebookResponseObject, error) {
	n, err := a.Notebooks.Get(ctx, r.Notebook.String())
	if err != nil {
		return nil, err
	}
	entries, err := a.Locks.Entries(ctx, n.ID)
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		n.Pins = append(n.Pins, notebook.Pin{Package: e.Package, Version: e.Version, Digest: e.Digest})
	}
	file := notebook.Encode(n.Content)
	return ExportNotebook200TextmarkdownResponse{Body: bytes.NewReader(file), ContentLength: int64(len(file))}, nil
}

package api

import (
	"context"

	"github.com/google/uuid"

	"github.com/dreamql/dreamql/server/run"
)

// ListNotebookPackages shows a notebook's lock.
func (a *API) ListNotebookPackages(ctx context.Context, r ListNotebookPackagesRequestObject) (ListNotebookPackagesResponseObject, error) {
	if _, err := a.Notebooks.Get(ctx, r.Notebook.String()); err != nil {
		return nil, err
	}
	list, err := a.locked(ctx, r.Notebook)
	return ListNotebookPackages200JSONResponse(list), err
}

// UpgradeNotebookPackages locks the newest versions that fit.
func (a *API) UpgradeNotebookPackages(ctx context.Context, r UpgradeNotebookPackagesRequestObject) (UpgradeNotebookPackagesResponseObject, error) {
	n, err := a.Notebooks.Get(ctx, r.Notebook.String())
	if err != nil {
		return nil, err
	}
	if err := a.Locks.Upgrade(ctx, r.Notebook, run.Imported(queries(n.Cells)), value(r.Body.Package, "")); err != nil {
		return nil, err
	}
	list, err := a.locked(ctx, r.Notebook)
	return UpgradeNotebookPackages200JSONResponse(list), err
}

func (a *API) locked(ctx context.Context, notebook uuid.UUID) (NotebookPackageList, error) {
	entries, err := a.Locks.Entries(ctx, notebook.String())
	items := make([]NotebookPackage, len(entries))
	for i, e := range entries {
		items[i] = NotebookPackage{Package: e.Package, Version: e.Version, Digest: e.Digest, LockedAt: e.LockedAt, Yanked: e.Yanked, Newest: e.Newest}
	}
	return NotebookPackageList{Items: items}, err
}

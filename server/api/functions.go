package api

import (
	"context"
	"errors"
	"io"

	"github.com/dreamql/dreamql/engine/assist"
	"github.com/dreamql/dreamql/engine/catalog"
	"github.com/dreamql/dreamql/engine/check"
	"github.com/dreamql/dreamql/engine/foreign"
	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/source"
	"github.com/dreamql/dreamql/engine/syntax"
	"github.com/dreamql/dreamql/engine/udf"
	"github.com/dreamql/dreamql/registry"
	"github.com/dreamql/dreamql/server/run"
)

// written is what a function cell defines, as a package would.
type written struct {
	functions []registry.Function
	shapes    []udf.Shape
	build     string
	diags     source.Diagnostics
}

// readCell reads the text of a function cell by itself.
func readCell(ctx context.Context, language foreign.Language, text string) (*written, error) {
	if err := run.CheckSource(text); err != nil {
		return nil, err
	}
	if language == "" || language == "dreamql" {
		return readDreamQL(ctx, text)
	}
	src := foreign.Read(0, language, queryCell, text)
	out := &written{build: src.Build}
	_, out.diags = check.Check(ctx, nowhere{}, check.Program{Sources: []*syntax.Program{check.Foreign(0)}, Foreign: map[source.FileID]*foreign.Source{0: src}}, nil)
	for i := range src.Functions {
		f := &src.Functions[i]
		x := registry.Function{Name: f.Name, Kind: f.Kind, Shape: f.Shape, Entry: f.Entry, Signature: signature(&f.Function), Doc: f.Doc}
		for _, e := range f.Examples {
			x.Examples = append(x.Examples, registry.Example{Call: e.Call, Result: e.Result})
		}
		out.functions, out.shapes = append(out.functions, x), append(out.shapes, f.Shape)
	}
	return out, nil
}

// signature is a function's without its name, as a manifest has it.
func signature(f *udf.Function) string { return registry.FunctionSignature(f)[len(f.Name):] }

func readDreamQL(ctx context.Context, text string) (*written, error) {
	m := assist.New(nowhere{}, []string{text}, nil)
	out := &written{}
	var err error
	if out.diags, err = m.Diagnostics(ctx); err != nil {
		return nil, err
	}
	list, err := m.Functions(ctx)
	for _, f := range list {
		x := registry.Function{Name: f.Name, Kind: udf.Expression, Signature: f.Signature, Source: f.Source}
		var examples []foreign.Example
		x.Doc, examples = foreign.Documented(f.Doc)
		for _, e := range examples {
			x.Examples = append(x.Examples, registry.Example{Call: e.Call, Result: e.Result})
		}
		out.functions, out.shapes = append(out.functions, x), append(out.shapes, udf.Scalar)
	}
	return out, err
}

// nowhere is a catalogue of nothing: the text stands alone.
type nowhere struct{}

func (nowhere) Table(context.Context, string) (*logical.Table, error) {
	return nil, catalog.ErrNotFound
}
func (nowhere) TableNames(context.Context) ([]string, error) { return nil, nil }
func (nowhere) File(context.Context, string) (*logical.Table, error) {
	return nil, errors.New("a function that stands alone reads no files")
}
func (nowhere) Package(context.Context, string, string) (*catalog.Package, error) {
	return nil, catalog.ErrNotFound
}
func (nowhere) PackageNames(context.Context) ([]string, error) { return nil, nil }

// ReadFunctions says what the text of a function cell defines.
func (a *API) ReadFunctions(ctx context.Context, r ReadFunctionsRequestObject) (ReadFunctionsResponseObject, error) {
	w, err := readCell(ctx, value(r.Body.Language, ""), r.Body.Source)
	if err != nil {
		return nil, err
	}
	out := ReadFunctions200JSONResponse{Functions: []FunctionDoc{}, Diagnostics: []run.Diagnostic{}}
	for i, f := range w.functions {
		examples := make([]FunctionExample, len(f.Examples))
		for j, e := range f.Examples {
			examples[j] = FunctionExample{Call: e.Call, Result: e.Result}
		}
		out.Functions = append(out.Functions, FunctionDoc{Name: f.Name, Signature: f.Signature, Kind: FunctionDocKind(f.Kind), Shape: FunctionDocShape(w.shapes[i]), Doc: optional(f.Doc), Examples: &examples})
	}
	out.Diagnostics = append(out.Diagnostics, cellless(run.Located(w.diags, []run.Source{{ID: queryCell, Text: r.Body.Source}}))...)
	if w.build != "" {
		out.Build = &struct {
			Digest string `json:"digest"`
			Source string `json:"source"`
		}{registry.Digest([]byte(w.build)), w.build}
	}
	return out, nil
}

// ListCellModules lists what a notebook's function cells were compiled to.
func (a *API) ListCellModules(ctx context.Context, r ListCellModulesRequestObject) (ListCellModulesResponseObject, error) {
	if _, err := a.Notebooks.Get(ctx, r.Notebook.String()); err != nil {
		return nil, err
	}
	list, err := a.Modules.List(ctx, r.Notebook)
	items := make([]CellModule, len(list))
	for i := range list {
		items[i] = cellModule(&list[i])
	}
	return ListCellModules200JSONResponse{Items: items}, err
}

// PutCellModule keeps what a function cell was compiled to.
func (a *API) PutCellModule(ctx context.Context, r PutCellModuleRequestObject) (PutCellModuleResponseObject, error) {
	if _, err := a.Notebooks.Get(ctx, r.Notebook.String()); err != nil {
		return nil, err
	}
	code, err := io.ReadAll(io.LimitReader(r.Body, run.MaxModule+1))
	if err != nil {
		return nil, readError(r.Body, err)
	}
	info, err := a.Modules.Put(ctx, r.Notebook, r.Source, code)
	if err != nil {
		return nil, err
	}
	return PutCellModule200JSONResponse(cellModule(info)), nil
}

func cellModule(i *run.ModuleInfo) CellModule {
	return CellModule{Source: i.Source, Digest: i.Digest, Size: i.Size, CreatedAt: i.Made}
}

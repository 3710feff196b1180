package api

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/dreamql/dreamql/engine/foreign"
	"github.com/dreamql/dreamql/registry"
	"github.com/dreamql/dreamql/server/account"
	"github.com/dreamql/dreamql/server/problem"
)

// cellProblem is one of CellPackageResult, whose type has no name.
type cellProblem = struct {
	Field   *string `json:"field,omitempty"`
	Message string  `json:"message"`
}

// PublishCell makes a package of a function cell and takes it through the gate that every package passes.
func (a *API) PublishCell(ctx context.Context, r PublishCellRequestObject) (PublishCellResponseObject, error) {
	out := PublishCell200JSONResponse{Problems: []cellProblem{}, Checks: []PublishCheck{}}
	pkg, problems, err := a.cellPackage(ctx, r.Body)
	if err != nil {
		return nil, err
	}
	if out.Problems = append(out.Problems, problems...); len(problems) > 0 {
		return out, nil
	}
	who := publisher(account.From(ctx))
	var checks []registry.CheckResult
	if value(r.Body.CheckOnly, false) {
		if checks, err = a.Publisher.Check(ctx, pkg, who); err != nil {
			return out.refused(err)
		}
	} else {
		v, err := a.Publisher.PublishPackage(ctx, pkg, who)
		var rejected *registry.Rejected
		switch {
		case errors.As(err, &rejected):
			checks = rejected.Checks
		case err != nil:
			return out.refused(err)
		default:
			published := packageVersion(v)
			out.Version, checks = &published, v.Checks
		}
	}
	for _, c := range checks {
		out.Checks = append(out.Checks, PublishCheck{Name: c.Name, Ok: c.OK, Message: optional(c.Message)})
	}
	return out, nil
}

// refused says at the field what the registry will not take; any other error is one of the request.
func (out PublishCell200JSONResponse) refused(err error) (PublishCellResponseObject, error) {
	field := ""
	switch {
	case errors.Is(err, registry.ErrExists):
		field = "version"
	case errors.Is(err, registry.ErrForbidden):
		field = "scope"
	default:
		return nil, err
	}
	out.Problems = append(out.Problems, cellProblem{&field, problem.Sentences(err.Error(), "")})
	return out, nil
}

// cellPackage makes the package, or says what is wrong with it, by the fields of the request.
func (a *API) cellPackage(ctx context.Context, in *CellPackage) (*registry.Package, []cellProblem, error) {
	var problems []cellProblem
	wrong := func(field, message string) {
		problems = append(problems, cellProblem{optional(field), problem.Sentences(message, "")})
	}
	about := registry.About{Scope: in.Scope, Name: in.Name, Version: in.Version, Description: strings.TrimSpace(in.Description), License: strings.TrimSpace(in.License)}
	for field, err := range map[string]error{"scope": registry.CheckScope(about.Scope), "name": registry.CheckName(about.Name), "version": registry.CheckVersion(about.Version)} {
		if err != nil {
			wrong(field, err.Error())
		}
	}
	if about.Description == "" {
		wrong("description", "say in one sentence what the package is for")
	}
	if about.License == "" {
		wrong("license", "name the license, for example Apache-2.0")
	}
	language := value(in.Language, "")
	w, err := readCell(ctx, language, in.Source)
	if err != nil {
		return nil, nil, err
	}
	for _, d := range w.diags {
		if d.Severity == "error" {
			wrong("", d.Message)
		}
	}
	given := map[string]int{}
	for i, f := range in.Functions {
		given[f.Name] = i
	}
	var functions []registry.Function
	for _, f := range w.functions {
		i, ok := given[f.Name]
		if !ok {
			continue // nobody outside sees it
		}
		g := in.Functions[i]
		f.Doc, f.Examples = strings.TrimSpace(g.Doc), nil
		if g.Signature != nil && !language.Known() {
			f.Signature = *g.Signature
		}
		for _, e := range g.Examples {
			f.Examples = append(f.Examples, registry.Example{Call: e.Call, Result: e.Result})
		}
		functions = append(functions, f)
		delete(given, f.Name)
	}
	for name := range given {
		wrong("functions."+name, "the cell does not define "+name)
	}
	if len(problems) > 0 {
		return nil, problems, nil
	}
	module, code, files, err := a.cellCode(ctx, in, language, w)
	if err != nil {
		return nil, nil, err
	}
	pkg, err := registry.OfFunctions(about, functions, module, code, files)
	var invalid *registry.Invalid
	if errors.As(err, &invalid) {
		for _, p := range invalid.Problems {
			field, message := fieldOf(p)
			wrong(field, message)
		}
		return nil, problems, nil
	}
	return pkg, nil, err
}

var aboutFunction = regexp.MustCompile(`^(?:dreamql\.toml: )?function ([\pL_][\pL\pN_]*): (.*)$`)

// fieldOf finds the field that a problem of a manifest is about.
func fieldOf(p string) (field, message string) {
	if m := aboutFunction.FindStringSubmatch(p); m != nil {
		message := strings.Replace(m[2], "[[function.example]]", "example", 1)
		return "functions." + m[1], strings.Replace(message, "signature is missing", "the signature is missing", 1)
	}
	return "", strings.TrimPrefix(p, "dreamql.toml: ")
}

// cellCode is the module of a package, and the files beside it.
func (a *API) cellCode(ctx context.Context, in *CellPackage, language foreign.Language, w *written) (module string, code []byte, files map[string][]byte, err error) {
	switch language {
	case foreign.Python:
		return "functions.py", []byte(in.Source), nil, nil
	case foreign.AssemblyScript:
		digest := ""
		if in.Notebook != nil {
			if digest, err = a.Modules.Digest(ctx, *in.Notebook, registry.Digest([]byte(w.build))); err != nil {
				return "", nil, nil, err
			}
		}
		if digest == "" {
			return "", nil, nil, problem.New(problem.InvalidRequest, "The AssemblyScript of this cell has not been compiled as it stands now. Run the cell in a browser once, which compiles it, and publish it then.")
		}
		if code, err = registry.ReadBlob(ctx, a.Publisher.Blobs, digest); err != nil {
			return "", nil, nil, fmt.Errorf("the compiled module of a cell: %w", err)
		}
		return "functions.wasm", code, map[string][]byte{"functions.ts": []byte(w.build)}, nil
	}
	return "", nil, nil, nil
}

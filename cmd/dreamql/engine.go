package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/dreamql/dreamql/engine/catalog"
	"github.com/dreamql/dreamql/engine/exec"
	"github.com/dreamql/dreamql/engine/executor"
	"github.com/dreamql/dreamql/engine/source"
	"github.com/dreamql/dreamql/engine/storage"
	"github.com/dreamql/dreamql/engine/syntax"
	"github.com/dreamql/dreamql/registry"
	"github.com/dreamql/dreamql/runtimes"
	"github.com/dreamql/dreamql/runtimes/python/native"
)

// localEngine runs programs in this process, over files of this machine and packages from folders.
type localEngine struct {
	catalog    localCatalog
	env        exec.Env
	runtimes   *runtimes.Set // whose functions stop when they are asked to
	unhindered *runtimes.Set // whose functions do not; made when first needed
	python     *native.Local
}

// newLocalEngine makes an engine that sees data (name → path) and packages (folders).
func newLocalEngine(data map[string]string, packages []string) (*localEngine, error) {
	files, err := storage.NewLocalCatalog(data, "")
	if err != nil {
		return nil, err
	}
	calmCollector()
	e := &localEngine{catalog: localCatalog{LocalCatalog: files, packages: map[string]*registry.Package{}}}
	for _, dir := range packages {
		p, err := registry.LoadDir(dir)
		if err != nil {
			return nil, usageError("the package in %s cannot be used: %w", dir, err)
		}
		e.catalog.packages[p.Ref().Package()] = p
	}
	e.python = nativePython()
	e.runtimes = e.newRuntimes(true)
	e.env = exec.Env{Runtimes: e.runtimes.ByKind(), Modules: e.catalog.module, Scratch: scratch}
	return e, nil
}

// scratch is where a query puts what it cannot hold in memory.
func scratch() (exec.Scratch, error) { return executor.Scratch("") }

// localCatalog is files and, beside them, packages in folders.
type localCatalog struct {
	*storage.LocalCatalog
	packages map[string]*registry.Package
	cells    map[string][]byte // code of function cells, by its digest
	project  *project          // of the program; nil where it has none
}

// Package finds a folder's package if its version fits the constraint.
func (c localCatalog) Package(_ context.Context, name, constraint string) (*catalog.Package, error) {
	p, ok := c.packages[name]
	if !ok {
		return nil, catalog.ErrNotFound
	}
	want, err := registry.ParseConstraint(constraint)
	if err != nil {
		return nil, err
	}
	if !want.Accepts(p.Ref().Version) {
		return nil, catalog.ErrNotFound
	}
	found := p.Catalog()
	if c.project != nil {
		if err := c.project.lock.accepts(found); err != nil {
			return nil, err
		}
	}
	return found, nil
}

// PackageNames lists the folders' packages.
func (c localCatalog) PackageNames(context.Context) ([]string, error) {
	var names []string
	for name := range c.packages {
		names = append(names, name)
	}
	return names, nil
}

func (c localCatalog) module(_ context.Context, digest string) ([]byte, error) {
	if code, ok := c.cells[digest]; ok {
		return code, nil
	}
	for _, p := range c.packages {
		if code, ok := p.Blobs()[digest]; ok {
			return code, nil
		}
	}
	return nil, fmt.Errorf("no package has the module %s", digest)
}

// parseData reads the values of --data: NAME=PATH, or a path alone, which is named after its file.
func parseData(values []string) (map[string]string, error) {
	data := map[string]string{}
	for _, v := range values {
		name, path, ok := strings.Cut(v, "=")
		if !ok {
			path = v
			name = strings.TrimSuffix(filepath.Base(v), filepath.Ext(v))
		}
		if name == "" || path == "" {
			return nil, usageError("--data %s: write NAME=PATH, as in --data movies=movies.json", v)
		}
		if _, twice := data[name]; twice {
			return nil, usageError("--data names %s twice", name)
		}
		data[name] = path
	}
	return data, nil
}

// quoted are the types whose values are written as strings in JSON, so that --param day=2024-01-31 needs no quotes.
var quoted = map[string]bool{"string": true, "date": true, "time": true, "timestamp": true, "duration": true, "uuid": true, "bytes": true}

// parseParams reads the values of --param: k=v, where v is JSON, or plain text for parameters of a type that is written as text.
func parseParams(values []string, text string) (map[string]json.RawMessage, error) {
	asText := map[string]bool{}
	prog, _ := syntax.Parse(0, text)
	for _, s := range prog.Stmts {
		if p, ok := s.(*syntax.Param); ok && p.Type != nil {
			asText[p.Name.Name] = quoted[p.Type.Name]
		}
	}
	params := map[string]json.RawMessage{}
	for _, v := range values {
		name, value, ok := strings.Cut(v, "=")
		if !ok || name == "" {
			return nil, usageError("--param %s: write NAME=VALUE, as in --param day=2024-01-31", v)
		}
		raw := json.RawMessage(value)
		if !json.Valid(raw) || asText[name] && !strings.HasPrefix(value, `"`) && value != "null" {
			raw, _ = json.Marshal(value)
		}
		params[name] = raw
	}
	return params, nil
}

var sizeUnits = []struct {
	suffix string
	bytes  float64
}{{"KIB", 1 << 10}, {"MIB", 1 << 20}, {"GIB", 1 << 30}, {"KB", 1e3}, {"MB", 1e6}, {"GB", 1e9}, {"B", 1}}

// parseSize reads a size in bytes: 512MB, 1.5GiB, 1000000. "" is no limit.
func parseSize(s string) (int64, error) {
	if s == "" {
		return 0, nil
	}
	number, unit := strings.ToUpper(strings.TrimSpace(s)), 1.0
	for _, u := range sizeUnits {
		if n, ok := strings.CutSuffix(number, u.suffix); ok {
			number, unit = n, u.bytes
			break
		}
	}
	n, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
	if err != nil || !(n > 0 && n*unit <= 1<<50) { // not "or": NaN compares as false
		return 0, usageError("--memory %s is no size: write it as 512MB or 2GiB", s)
	}
	return int64(n * unit), nil
}

// runError sorts an error of execution: one that the query made at run time is drawn under its source.
func runError(err error, set *source.Set) error {
	var diags source.Diagnostics
	if errors.As(err, &diags) {
		fmt.Fprint(os.Stderr, set.RenderAll(diags))
		return &exitError{status: exitRun}
	}
	if errors.Is(err, context.Canceled) {
		err = errors.New("the run was interrupted; nothing of it is kept")
	}
	return &exitError{status: exitRun, err: err}
}

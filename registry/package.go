package registry

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/dreamql/dreamql/engine/catalog"
	"github.com/dreamql/dreamql/engine/udf"
)

// Package is a valid package in memory: its manifest and its files agree.
type Package struct {
	Manifest  Manifest
	Functions []udf.Function    // in the order of the manifest
	Files     map[string][]byte // by path with forward slashes; the manifest is one of them
	Archive   []byte            // Files as packed by Pack
	Digest    string            // SHA-256 of Archive
}

// Ref names the package and its version.
func (p *Package) Ref() Ref { return p.Manifest.Ref() }

// Readme is the text of README.md, or "" if there is none.
func (p *Package) Readme() string { return string(p.Files["README.md"]) }

// Catalog is the package as the checker sees it.
func (p *Package) Catalog() *catalog.Package {
	docs := map[string]string{}
	for _, f := range p.Manifest.Functions {
		docs[f.Name] = f.Doc
	}
	return &catalog.Package{
		Name: p.Ref().Package(), Version: p.Ref().Version, Digest: p.Digest, Functions: slices.Clone(p.Functions), Docs: docs,
	}
}

// Modules is the code of the package's functions, each module once, in the order of first use.
func (p *Package) Modules() []udf.Module {
	var out []udf.Module
	for i, f := range p.Manifest.Functions {
		g := &p.Functions[i]
		known := slices.ContainsFunc(out, func(m udf.Module) bool { return m.Digest == g.Module && m.Kind == g.Kind })
		if g.Module != "" && !known {
			out = append(out, udf.Module{Kind: g.Kind, Digest: g.Module, Code: bundle(&f, p.Files)})
		}
	}
	return out
}

// FunctionsOf are the package's functions whose code is in a module.
func (p *Package) FunctionsOf(m udf.Module) []*udf.Function {
	var out []*udf.Function
	for i := range p.Functions {
		if f := &p.Functions[i]; f.Module == m.Digest && f.Kind == m.Kind {
			out = append(out, f)
		}
	}
	return out
}

// Blobs is what a worker may ask for by digest: the code of the modules and the locks of requirements, each once.
func (p *Package) Blobs() map[string][]byte {
	out := map[string][]byte{}
	for i, f := range p.Manifest.Functions {
		g := &p.Functions[i]
		if g.Module != "" {
			out[g.Module] = bundle(&f, p.Files)
		}
		if g.Environment != "" {
			out[g.Environment] = p.Files[f.Requirements]
		}
	}
	return out
}

// New makes a package of files, or says everything that is wrong with them.
func New(files map[string][]byte) (*Package, error) {
	text, ok := files[ManifestName]
	if !ok {
		return nil, invalid("there is no %s in the package", ManifestName)
	}
	m, err := ParseManifest(text)
	if err != nil {
		return nil, err
	}
	if len(files["README.md"]) > 1<<20 {
		return nil, invalid("README.md is larger than 1 MiB")
	}
	functions, err := validate(m, files)
	if err != nil {
		return nil, err
	}
	archive, err := Pack(files)
	if err != nil {
		return nil, err
	}
	return &Package{Manifest: *m, Functions: functions, Files: files, Archive: archive, Digest: Digest(archive)}, nil
}

// Read makes a package of an archive from a stranger.
func Read(archive io.Reader) (*Package, error) {
	files, err := Unpack(archive)
	if err != nil {
		return nil, err
	}
	return New(files)
}

// LoadDir makes a package of a folder, for `--package DIR` and publishing.
func LoadDir(dir string) (*Package, error) {
	if _, err := os.Stat(filepath.Join(dir, ManifestName)); err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return nil, invalid("there is no %s in %s; `dreamql package init` makes one", ManifestName, dir)
		}
		return nil, err
	}
	files, err := ReadFiles(os.DirFS(dir))
	if err != nil {
		return nil, err
	}
	return New(files)
}

// LoadFS makes a package of the files of fsys, such as one embedded in the program.
func LoadFS(fsys fs.FS) (*Package, error) {
	files, err := ReadFiles(fsys)
	if err != nil {
		return nil, err
	}
	return New(files)
}

// leftOut are folders that tools make and that are no part of a package.
var leftOut = []string{"node_modules", "target", "__pycache__"}

// ReadFiles reads what belongs to a package: every plain file but hidden ones and what tools leave behind.
func ReadFiles(fsys fs.FS) (map[string][]byte, error) {
	files := map[string][]byte{}
	total := int64(0)
	err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || name == "." {
			return err
		}
		if base := d.Name(); strings.HasPrefix(base, ".") || d.IsDir() && slices.Contains(leftOut, base) {
			if d.IsDir() {
				return fs.SkipDir
			}
			return nil
		}
		if d.IsDir() {
			return nil
		}
		if !d.Type().IsRegular() {
			return invalid("%s is a link or a device; only plain files can be packed", name)
		}
		if err := checkPath(name); err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		if total += info.Size(); total > maxUnpacked || len(files) >= maxFiles {
			return invalid("the folder has more than %d files or %d MiB; is it the right one?", maxFiles, maxUnpacked>>20)
		}
		files[name], err = fs.ReadFile(fsys, name)
		return err
	})
	return files, err
}

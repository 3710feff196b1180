package assist

import (
	"context"
	"regexp"
	"strings"

	"github.com/dreamql/dreamql/engine/catalog"
	"github.com/dreamql/dreamql/engine/source"
	"github.com/dreamql/dreamql/engine/syntax"
	"github.com/dreamql/dreamql/engine/udf"
)

var (
	importPath    = regexp.MustCompile(`^\s*import\s+([\pL\pN_./]*)$`)
	modulePath    = regexp.MustCompile(`^\s*import\s+'([^']*)$`)
	moduleNames   = regexp.MustCompile(`^\s*import\s+'([^']*)'(?:\s+as\s+[\pL\pN_]+)?\s*\(([^()]*)$`)
	importVersion = regexp.MustCompile(`^\s*import\s+([\pL\pN_./]+)@([\^~=]?[0-9.]*)$`)
	importNames   = regexp.MustCompile(`^\s*import\s+([\pL\pN_./]+)(?:@(\S+))?(?:\s+as\s+[\pL\pN_]+)?\s*\(([^()]*)$`)
	name          = regexp.MustCompile(`[\pL_][\pL\pN_]*`)
)

// completeImport completes an import by its text, because half an import is none to the parser; nil where the cursor is in none.
func (m *Module) completeImport(ctx context.Context, at Position) (*Completion, error) {
	text := m.texts[at.File]
	before := text[statementStart(text, at.Offset):at.Offset]
	if strings.Contains(before, "//") {
		return nil, nil
	}
	out := &Completion{Replace: source.Span{File: at.File, Start: at.Offset, End: at.Offset + len(nameAfter(text[at.Offset:]))}}
	if p := modulePath.FindStringSubmatch(before); p != nil {
		out.Replace.Start = at.Offset - len(p[1])
		out.Replace.End = at.Offset
		if r, ok := m.cat.(catalog.ModuleReader); ok {
			for _, path := range r.ModuleNames(ctx, "") {
				out.Items = append(out.Items, Item{Label: path, Insert: path, Kind: PackageItem})
			}
		}
		return out.finish(p[1]), ctx.Err()
	}
	if p := moduleNames.FindStringSubmatch(before); p != nil {
		prefix := nameBefore(before)
		out.Replace.Start = at.Offset - len(prefix)
		out.Items = m.exports(ctx, p[1])
		return out.finish(prefix), ctx.Err()
	}
	if p := importPath.FindStringSubmatch(before); p != nil {
		out.Replace.Start = at.Offset - len(p[1])
		names, err := m.cat.PackageNames(ctx)
		for _, n := range names {
			out.Items = append(out.Items, Item{Label: n, Insert: n, Kind: PackageItem})
		}
		return out.finish(p[1]), quiet(ctx, err)
	}
	if p := importVersion.FindStringSubmatch(before); p != nil {
		out.Replace.Start = at.Offset - len(p[2])
		for out.Replace.End < len(text) && strings.ContainsRune("0123456789.", rune(text[out.Replace.End])) {
			out.Replace.End++
		}
		versions, err := catalog.VersionsOf(ctx, m.cat, p[1])
		for i, v := range versions {
			if i == 0 {
				if part := strings.SplitN(v, ".", 3); len(part) == 3 {
					out.Items = append(out.Items, Item{Label: "^" + part[0] + "." + part[1], Insert: "^" + part[0] + "." + part[1], Kind: VersionItem, Detail: "this or a later " + part[0] + ".x"})
				}
			}
			out.Items = append(out.Items, Item{Label: v, Insert: v, Kind: VersionItem, Rank: min(i+1, remote)}, Item{Label: "=" + v, Insert: "=" + v, Kind: VersionItem, Detail: "exactly this", Rank: remote})
		}
		return out.finish(p[2]), quiet(ctx, err)
	}
	if p := importNames.FindStringSubmatch(before); p != nil {
		prefix := nameBefore(before)
		out.Replace.Start = at.Offset - len(prefix)
		if strings.HasSuffix(strings.TrimRight(strings.TrimSuffix(before, prefix), " \t"), " as") {
			return out, nil
		}
		pkg, err := m.cat.Package(ctx, p[1], p[2])
		if err != nil || pkg == nil {
			return out, quiet(ctx, err)
		}
		taken := map[string]bool{}
		for _, n := range name.FindAllString(strings.TrimSuffix(p[3], prefix), -1) {
			taken[n] = true
		}
		for i := range pkg.Functions {
			f := &pkg.Functions[i]
			if !taken[f.Name] {
				out.Items = append(out.Items, Item{Label: f.Name, Insert: f.Name, Kind: FunctionItem, Detail: packagedSignature(f), Doc: packageDoc(pkg, f)})
			}
		}
		return out.finish(prefix), nil
	}
	return nil, nil
}

// exports are the names that a module of the project lets others see.
func (m *Module) exports(ctx context.Context, path string) []Item {
	r, ok := m.cat.(catalog.ModuleReader)
	if !ok {
		return nil
	}
	_, text, err := r.ReadModule(ctx, "", path)
	if err != nil {
		return nil
	}
	prog, _ := syntax.Parse(0, text)
	var out []Item
	for _, s := range prog.Stmts {
		if b, ok := s.(*syntax.Bind); ok && b.Export && b.Name != nil {
			out = append(out, Item{Label: b.Name.Name, Insert: syntax.Quote(b.Name.Name), Kind: BindingItem})
		}
	}
	return out
}

// quiet is nil unless the request was cancelled: a catalogue that does not answer has nothing to suggest.
func quiet(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	return ctx.Err()
}

// packageDoc is what a package says of a function.
func packageDoc(p *catalog.Package, f *udf.Function) string {
	return strings.TrimSpace(p.Docs[f.Name] + "\n\n" + "From `" + p.Name + "@" + p.Version + "`.")
}

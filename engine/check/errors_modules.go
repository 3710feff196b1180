package check

import (
	"errors"
	"fmt"
	"strings"

	"github.com/dreamql/dreamql/engine/catalog"
	"github.com/dreamql/dreamql/engine/source"
	"github.com/dreamql/dreamql/engine/syntax"
	"github.com/dreamql/dreamql/engine/udf"
)

// Modules and packages: DQL5000 to 5999.

func errNoModules(im *syntax.Import) source.Diagnostic {
	return diag("DQL5101", im.Path, "modules cannot be imported by their paths here", "publish the module as a package, or run the program from a file")
}

func errModulePath(im *syntax.Import) source.Diagnostic {
	return diag("DQL5102", im.Path, "this is not the path of a module", "write it relative to this file and with its ending, as in './lib/geo.dql'")
}

func errNoModule(im *syntax.Import, near string) source.Diagnostic {
	d := diag("DQL5103", im.Path, "there is no module "+q(im.Package), meant(near, "paths are relative to the file that imports; check the name"))
	if near != "" {
		d = with(d, source.Replace("write '"+clip(near)+"'", im.Path, "'"+near+"'"))
	}
	return d
}

func errModule(im *syntax.Import, err error) source.Diagnostic {
	return diag("DQL5104", im.Path, fmt.Sprintf("the module %s cannot be read: %s", q(im.Package), clip2(err.Error())), "keep modules as plain files in the folder of the program or below it")
}

func errModuleCycle(im *syntax.Import, path []string) source.Diagnostic {
	return diag("DQL5105", im.Path, "modules import each other in a circle: "+clip2(strings.Join(path, " → ")), "move what both need into a third module")
}

func errManyModules(im *syntax.Import) source.Diagnostic {
	return diag("DQL5106", im.Path, fmt.Sprintf("a program may have %d modules of its own, and this is one more", maxModules), "publish some of them as a package")
}

func errNotExportedHere(id syntax.Ident, module string, bind *syntax.Bind) source.Diagnostic {
	d := diag("DQL5107", id.Span, fmt.Sprintf("%s is not exported by %s", q(id.Name), clip(module)), "write export before its binding there")
	if bind != nil {
		d.Notes = []source.Note{{Span: bind.Span, Message: "it is bound here"}}
		d = with(d, before("export it", bind.Span, "export "))
	}
	return d
}

func errNoExport(id syntax.Ident, module, near string, exports []string) source.Diagnostic {
	help := "it exports nothing: write export before a binding there"
	if len(exports) > 0 {
		help = "it exports " + some(exports)
	}
	return spelled(diag("DQL5108", id.Span, fmt.Sprintf("%s has no binding %s", clip(module), q(id.Name)), meant(near, help)), id.Span, near)
}

func errModuleParam(p *syntax.Param) source.Diagnostic {
	return diag("DQL5109", p.Span, "a module that is imported cannot have parameters of its own", "make it an argument of the module's functions, and the parameter one of the program")
}

func errVersionConflict(s *syntax.Import, other Import) source.Diagnostic {
	asked := func(v string) string {
		if v == "" {
			return "any version"
		}
		return clip(v)
	}
	d := diag("DQL5110", s.Span, fmt.Sprintf("no one version of %s is both %s, as here, and %s, as in another import", clip(s.Package), asked(s.Version), asked(other.Constraint)),
		"a program uses one version of a package: ask for versions that agree")
	d.Notes = []source.Note{{Span: other.Span, Message: "the other import"}}
	return d
}

func errLock(s *syntax.Import, e *catalog.LockError) source.Diagnostic {
	if e.Missing {
		return diag("DQL5111", s.Path, clip2(e.Message), e.Help)
	}
	return diag("DQL5112", s.Path, clip2(e.Message), e.Help)
}

func errUnknownPackage(s *syntax.Import, near string, exists bool) source.Diagnostic {
	if exists {
		return diag("DQL5001", s.Span, fmt.Sprintf("no version of %s fits %s", clip(s.Package), clip(s.Version)), "leave the version out to take the newest, and see the package's page for its versions")
	}
	d := diag("DQL5002", s.Path, "there is no package "+q(s.Package), meant(near, "publish it first, or check the name in the package search"))
	if near != "" {
		d = with(d, source.Replace("write "+near, s.Path, near))
	}
	return d
}

func errPackage(s *syntax.Import, err error) source.Diagnostic {
	var lock *catalog.LockError
	if errors.As(err, &lock) {
		return errLock(s, lock)
	}
	var conflict *catalog.Conflict
	if errors.As(err, &conflict) {
		return diag("DQL5001", s.Span, clip2(conflict.Message), conflict.Help)
	}
	return diag("DQL5003", s.Path, fmt.Sprintf("the package %s cannot be opened: %s", clip(s.Package), clip2(err.Error())), "try again")
}

func errNotExported(id syntax.Ident, pkg, near string) source.Diagnostic {
	return spelled(diag("DQL5004", id.Span, fmt.Sprintf("%s has no function %s", clip(pkg), q(id.Name)), meant(near, "see the package's page for its functions")), id.Span, near)
}

func errPackageSource(at span, f *udf.Function) source.Diagnostic {
	return diag("DQL5005", at, "the source of "+clip(f.ID())+" is not a DreamQL function of its parameters", "use another version, and tell its author")
}

func errReadInPackage(at span) source.Diagnostic {
	return diag("DQL5006", at, "a package function cannot read files", "pass it a table")
}

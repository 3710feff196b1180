package check

import (
	"github.com/dreamql/dreamql/engine/foreign"
	"github.com/dreamql/dreamql/engine/source"
)

// foreignCodes are those of mistakes in cells of other languages.
var foreignCodes = map[foreign.ProblemKind]string{
	foreign.Unreadable: "DQL4401", foreign.Untyped: "DQL4402", foreign.UnknownType: "DQL4403", foreign.Unsupported: "DQL4404",
	foreign.Nothing: "DQL4405", foreign.TwiceNamed: "DQL4406",
}

func errForeign(p foreign.Problem) source.Diagnostic {
	return diag(foreignCodes[p.Kind], p.At, p.What, p.How)
}

func errUncompiled(f *foreign.Function) source.Diagnostic {
	return diag("DQL4407", f.At, "the AssemblyScript of "+q(f.Name)+" has not been compiled as it stands now", "open the notebook in a browser, which compiles it and keeps the module, or run it with `dreamql notebook run` where asc is installed")
}

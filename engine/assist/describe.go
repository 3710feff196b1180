package assist

import (
	"fmt"
	"slices"
	"strings"

	"github.com/dreamql/dreamql/engine/check"
	"github.com/dreamql/dreamql/engine/foreign"
	"github.com/dreamql/dreamql/engine/funcs"
	"github.com/dreamql/dreamql/engine/udf"
)

// packagedSignature writes the signature of a package function.
func packagedSignature(f *udf.Function) string {
	params := make([]string, len(f.Params))
	for i, p := range f.Params {
		params[i] = p.Name + ": " + p.Type.String()
	}
	return "(" + strings.Join(params, ", ") + ") => " + f.Result.String()
}

// signatureText writes the signature of a function, as far as it is known.
func (k *known) signatureText(v check.Value) string {
	if u := v.Function(); u != nil {
		return packagedSignature(u)
	}
	if l := v.Lambda(); l != nil {
		params := make([]string, len(l.Params))
		for i, p := range l.Params {
			params[i] = p.Name.Name
			if x, ok := k.facts.Value(p.Name.Span); ok && x.Class() != check.Unknown {
				params[i] += ": " + x.String()
			}
		}
		result := "…"
		if x, ok := k.facts.Value(l.Body.Place()); ok && x.Class() != check.Unknown {
			result = x.String()
		}
		return "(" + strings.Join(params, ", ") + ") => " + result
	}
	if f := funcs.Lookup(v.Builtin()); f != nil && len(f.Overloads) > 0 {
		return f.Overloads[0].Signature
	}
	if d, ok := stageDoc(v.Builtin()); ok {
		return d.Usage
	}
	return "function"
}

// functionDoc is the documentation of a function in Markdown, without its signature.
func (k *known) functionDoc(v check.Value) string {
	if u := v.Function(); u != nil {
		from := "From `" + u.Package + "@" + u.Version + "`."
		if u.Package == foreign.Package {
			from = "Defined in a function cell, in " + map[udf.Kind]string{udf.Python: "Python", udf.WASM: "AssemblyScript"}[u.Kind] + "."
		}
		if doc := k.facts.PackageDoc(u); doc != "" {
			return doc + "\n\n" + from
		}
		return from
	}
	return ""
}

// builtinDoc describes a function of the language: signatures, what it does, examples.
func builtinDoc(f *funcs.Func) string {
	var b strings.Builder
	b.WriteString("```dreamql\n")
	var shown []string
	for i := range f.Overloads {
		if s := f.Overloads[i].Signature; !slices.Contains(shown, s) {
			shown = append(shown, s)
		}
	}
	for i, s := range shown {
		if i == 6 {
			fmt.Fprintf(&b, "// and %d more\n", len(shown)-i)
			break
		}
		fmt.Fprintf(&b, "%s%s\n", f.Name, s)
	}
	fmt.Fprintf(&b, "```\n\n%s", f.Doc)
	var examples []string
	for i := range f.Overloads {
		for _, e := range f.Overloads[i].Examples {
			if e.Error == "" && e.Over == "" && len(examples) < 3 {
				examples = append(examples, e.Call+"  // "+e.Result)
			}
		}
	}
	if len(examples) > 0 {
		b.WriteString("\n\n```dreamql\n" + strings.Join(examples, "\n") + "\n```")
	}
	return b.String()
}

func stageText(d check.StageDoc) string {
	return "```dreamql\n" + d.Usage + "\n```\n\n" + d.Doc + "\n\n```dreamql\n" + d.Example + "\n```"
}

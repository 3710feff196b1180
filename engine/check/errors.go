package check

import (
	"fmt"
	"strings"

	"github.com/dreamql/dreamql/engine/source"
)

// Every diagnostic of the checker is made by one constructor, in the errors_*.go of its subject: what is wrong in one sentence, and
// how to mend it in one. Codes are stable: a number is never used again for something else.

func diag(code string, at span, message, help string) source.Diagnostic {
	return source.Diagnostic{Code: code, Severity: source.Error, Span: at, Message: message, Help: help}
}

func warning(code string, at span, message, help string) source.Diagnostic {
	return source.Diagnostic{Code: code, Severity: source.Warning, Span: at, Message: message, Help: help}
}

// clip shortens what a message quotes.
func clip(s string) string {
	const most = 60
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}

// clip2 does so for what is long by nature, as the reason of an error.
func clip2(s string) string {
	const most = 200 // of a message of 300
	if len(s) > most {
		return strings.ToValidUTF8(s[:most], "") + "…"
	}
	return s
}

func q(name string) string { return "`" + clip(name) + "`" }

// meant is the help for an unknown name.
func meant(near, otherwise string) string {
	if near != "" {
		return "did you mean " + q(near) + "?"
	}
	return otherwise
}

func some(names []string) string {
	const most = 12
	if len(names) > most {
		return strings.Join(names[:most], ", ") + fmt.Sprintf(" and %d more", len(names)-most)
	}
	return strings.Join(names, ", ")
}

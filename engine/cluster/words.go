package cluster

import (
	"fmt"
	"strings"

	"github.com/dreamql/dreamql/engine/physical"
	"github.com/dreamql/dreamql/engine/udf"
)

// Words for the author of a query that was stopped: which limit it met, and what may be to blame.

func tooLong(m *taskMessage) string {
	return stopped(m, fmt.Sprintf("after %s, which is the most that a part of it may take", m.Limits.Time),
		"is there a loop without end? Else call it for fewer rows")
}

func tooBusy(m *taskMessage) string {
	return stopped(m, fmt.Sprintf("after %s of processor time, which is the most that a part of it may use", m.Limits.CPU),
		"is there a loop without end? Else call it for fewer rows")
}

// tooLarge is for a process that may have some bytes of memory; 0 where that is not known.
func tooLarge(m *taskMessage, bytes int64) string {
	what := "because the process of a part of it ran out of memory"
	if bytes > 0 {
		what += fmt.Sprintf(", of which it may have %d MiB", bytes>>20)
	}
	return stopped(m, what, "does it keep what it is given? Else call it for fewer rows")
}

func stopped(m *taskMessage, why, ask string) string {
	text := "the query was stopped " + why + "; "
	if names := called(m.Stage); len(names) > 0 {
		return text + "it calls " + strings.Join(names, ", ") + ": " + ask
	}
	return text + "filter or aggregate earlier"
}

// suspects ends a sentence about a process that ended for no known reason.
func suspects(s *physical.Stage) string {
	if names := called(s); len(names) > 0 {
		return "; it calls " + strings.Join(names, ", ") + ", which may bring its process down"
	}
	return "; it may need more memory than it may have"
}

// called are the functions of a stage that run code of their own.
func called(s *physical.Stage) []string {
	var names []string
	for _, f := range s.Functions() {
		if f.Kind != udf.Expression {
			names = append(names, f.ID())
		}
	}
	return names
}

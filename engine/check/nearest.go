package check

import (
	"slices"
	"strings"
)

// nearest returns the candidate that a person most likely meant by name, or "" if none is close: at most a third of the
// letters differ (Damerau–Levenshtein distance, case ignored). Of equally near ones the longest: a letter is more often forgotten
// than written in excess.
func nearest(name string, candidates []string) string {
	if len(name) > 64 {
		return ""
	}
	slices.Sort(candidates)
	best, at := "", min(max(1, len(name)/3)+1, len(name)) // something must be the same
	for _, c := range candidates {
		if c == "" || len(c) > 64 || c == name {
			continue
		}
		if d := distance(strings.ToLower(name), strings.ToLower(c)); d < at || d == at && best != "" && len(c) > len(best) {
			best, at = c, d
		}
	}
	return best
}

func distance(a, b string) int {
	before, prev, cur := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range prev {
		prev[j] = j
	}
	for i := 1; i <= len(a); i++ {
		cur[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			cur[j] = min(prev[j]+1, cur[j-1]+1, prev[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				cur[j] = min(cur[j], before[j-2]+1)
			}
		}
		before, prev, cur = prev, cur, before
	}
	return prev[len(b)]
}

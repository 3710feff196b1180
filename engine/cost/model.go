package cost

import "math"

// Constants are what operators cost on a machine, in ns a row unless it says otherwise. `dreamql calibrate` measures them.
type Constants struct {
	ScanByte  float64 `json:"scan_byte"`  // a byte of a column that is read
	Filter    float64 `json:"filter"`     // a comparison of numbers
	Build     float64 `json:"build"`      // a row put into the table of a join
	Probe     float64 `json:"probe"`      // a row looked up in a table that fits into the cache
	ProbeMiss float64 `json:"probe_miss"` // what a look-up costs more in a table of 16 million rows
	Column    float64 `json:"column"`     // a value carried from one operator to the next
	Aggregate float64 `json:"aggregate"`  // a row added to one of a few groups
	GroupMiss float64 `json:"group_miss"` // what that costs more with 16 million groups
	SortValue float64 `json:"sort_value"` // a comparison of a sort
}

// Defaults are of a server core of the year 2024.
var Defaults = Constants{ScanByte: 0.06, Filter: 0.7, Build: 35, Probe: 8, ProbeMiss: 60, Column: 2, Aggregate: 6, GroupMiss: 80, SortValue: 8}

// Join estimates what it costs to build a table of so many rows, look so many up, and carry the pairs on, of so many columns.
func Join(probe, build, pairs, columns float64) float64 {
	c := current()
	return build*c.Build + probe*(c.Probe+c.ProbeMiss*Outside(build)) + pairs*columns*c.Column
}

// Check estimates what it costs to mark so many keys and to look up whether so many rows have one of them.
func Check(probe, build float64) float64 {
	c := current()
	return (probe + build) * 2 * c.Column
}

// Group estimates what it costs to add rows to groups.
func Group(rows, groups float64) float64 {
	c := current()
	return rows * (c.Aggregate + c.GroupMiss*Outside(groups))
}

// Outside is the part of accesses to a table of n entries that misses the caches: none up to some thousand, all from 16 million on.
func Outside(n float64) float64 {
	const inside, whole = 13, 24 // powers of two
	return math.Min(1, math.Max(0, (math.Log2(math.Max(n, 1))-inside)/(whole-inside)))
}

// Scan estimates what it costs to read rows of so many bytes and to evaluate so many conditions on each.
func Scan(rows, bytes, conditions float64) float64 {
	c := current()
	return rows * (bytes*c.ScanByte + conditions*c.Filter)
}

// Search estimates what it costs to search so many batches for a bound at either end.
func Search(batches float64) float64 {
	const steps = 2 * 16 // of a binary search over 64 Ki rows
	return batches * steps * current().Filter
}

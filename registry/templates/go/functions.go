//go:build wasip1

// Functions for DreamQL: two of one row, an aggregate and a table function. Exports are called from a loop inside WebAssembly.
//
// float is float64, int is int64, bool is int32. A string comes as pointer and length, and goes as pointer << 32 | length.
package main

import (
	"strings"
	"structs"
	"unicode"
	"unsafe"
)

func main() {} // never called

// A plain function of numbers needs nothing else.
//
//go:wasmexport custom_score
func customScore(score, boost float64) float64 { return score * (1 + boost) }

// The first letter of each word, in upper case.
//
//go:wasmexport initials
func initials(text *byte, length uint32) uint64 {
	var letters []rune
	for _, word := range strings.Fields(read(text, length)) {
		letters = append(letters, unicode.ToUpper([]rune(word)[0]))
	}
	return give(string(letters))
}

// mean is the state of the aggregate function. It has 16 bytes without pointers, which dreamql.toml says as state_bytes; so DreamQL
// can move it from one machine to another.
type mean struct {
	_              structs.HostLayout
	inverses, rows float64
}

// means keeps the states that DreamQL points to from being collected.
var means = map[*mean]bool{}

//go:wasmexport harmonic_mean_init
func harmonicMeanInit() *mean {
	m := &mean{}
	means[m] = true
	return m
}

//go:wasmexport harmonic_mean_step
func harmonicMeanStep(m *mean, x float64) {
	m.inverses += 1 / x
	m.rows++
}

//go:wasmexport harmonic_mean_merge
func harmonicMeanMerge(m, other *mean) {
	m.inverses += other.inverses
	m.rows += other.rows
}

// A result of type float? has a last parameter: 0 there means none.
//
//go:wasmexport harmonic_mean_finish
func harmonicMeanFinish(m *mean, present *int32) float64 {
	if m.rows == 0 {
		*present = 0
	}
	return m.rows / m.inverses
}

//go:wasmexport harmonic_mean_drop
func harmonicMeanDrop(m *mean) { delete(means, m) }

// word is a row of the table function: 8 bytes a field, a string as pointer and length.
type word struct {
	_            structs.HostLayout
	text, length uint32
	n            int64
}

// What the table function keeps between rows; one cursor is open at a time.
var (
	left   []string
	number int64
)

//go:wasmexport words_open
func wordsOpen(text *byte, length uint32) int32 {
	left, number = strings.Fields(strings.Clone(read(text, length))), 0
	return 0
}

// Writes the next row and returns 1, or returns 0 at the end.
//
//go:wasmexport words_next
func wordsNext(cursor int32, row *word) int32 {
	if len(left) == 0 {
		return 0
	}
	number++
	row.text, row.length, row.n = address(left[0]), uint32(len(left[0])), number
	left = left[1:]
	return 1
}

//go:wasmexport words_close
func wordsClose(cursor int32) { left = nil }

// room keeps what DreamQL asked for from being collected: a few large pieces, which it uses again and again.
var room [][]byte

// DreamQL asks for room for arguments here.
//
//go:wasmexport alloc
func alloc(size uint32) *byte {
	piece := make([]byte, max(size, 1))
	room = append(room, piece)
	return &piece[0]
}

// read is the string that DreamQL wrote; it is always UTF-8. Its bytes change after the call: strings.Clone keeps them.
func read(text *byte, length uint32) string { return unsafe.String(text, length) }

// given keeps results from being collected until DreamQL has read them, at the latest after 8,192 rows.
var given struct {
	texts [8192]string
	n     int
}

// give hands a string to DreamQL.
func give(text string) uint64 {
	given.texts[given.n%len(given.texts)] = text
	given.n++
	return uint64(address(text))<<32 | uint64(len(text))
}

func address(text string) uint32 { return uint32(uintptr(unsafe.Pointer(unsafe.StringData(text)))) }

//go:build wasip1

// Pieces of text, for search and for language models.
package main

import (
	"strings"
	"structs"
	"unicode"
	"unsafe"
)

func main() {} // never called

// piece is a row: 8 bytes a field, a string as pointer and length.
type piece struct {
	_            structs.HostLayout
	n            int64
	text, length uint32
	at           int64
}

// splitter is an open cursor; one is open at a time.
type splitter struct {
	text  string
	words []span
	next  int // word
	size  int // words of a piece
	step  int
	n     int64
}

// span is a word: where it begins and ends in the text.
type span struct{ from, to int }

var open splitter

// pieces of so many words, of which the last ones begin the next piece again.
//
//go:wasmexport pieces_open
func piecesOpen(text *byte, length uint32, words, overlap int64) int32 {
	if words < 1 || overlap < 0 || overlap >= words {
		refuse("a piece has at least one word, and the overlap is from 0 to below it")
		open = splitter{}
		return 0
	}
	s := unsafe.String(text, length)
	open = splitter{text: s, words: spans(s), size: int(min(words, 1<<30)), step: int(min(words-overlap, 1<<30))}
	return 0
}

func spans(s string) []span {
	var words []span
	from := -1
	for i, r := range s {
		switch space := unicode.IsSpace(r); {
		case space && from >= 0:
			words = append(words, span{from, i})
			from = -1
		case !space && from < 0:
			from = i
		}
	}
	if from >= 0 {
		words = append(words, span{from, len(s)})
	}
	return words
}

//go:wasmexport pieces_next
func piecesNext(_ int32, row *piece) int32 {
	if open.next >= len(open.words) {
		return 0
	}
	last := min(open.next+open.size, len(open.words))
	from, to := open.words[open.next].from, open.words[last-1].to
	open.n++
	write(row, open.n, open.text[from:to], from)
	open.next += open.step
	if last == len(open.words) {
		open.next = last // what is left is in this piece
	}
	return 1
}

//go:wasmexport pieces_close
func piecesClose(int32) { open = splitter{} }

// sentences end with a full stop, an exclamation or question mark that white space follows.
//
//go:wasmexport sentences_open
func sentencesOpen(text *byte, length uint32) int32 {
	open = splitter{text: unsafe.String(text, length)}
	return 0
}

//go:wasmexport sentences_next
func sentencesNext(_ int32, row *piece) int32 {
	from := open.next
	rest := strings.TrimLeftFunc(open.text[from:], unicode.IsSpace)
	if rest == "" {
		return 0
	}
	from = len(open.text) - len(rest)
	to, ended := len(rest), false
	for i, r := range rest {
		if ended && unicode.IsSpace(r) {
			to = i
			break
		}
		ended = strings.ContainsRune(".!?…", r) || ended && strings.ContainsRune(`"')»”`, r)
	}
	open.n++
	open.next = from + to
	write(row, open.n, strings.TrimRightFunc(rest[:to], unicode.IsSpace), from)
	return 1
}

//go:wasmexport sentences_close
func sentencesClose(int32) { open = splitter{} }

func write(row *piece, n int64, text string, at int) {
	row.n, row.at = n, int64(at)
	row.text, row.length = uint32(uintptr(unsafe.Pointer(unsafe.StringData(text)))), uint32(len(text))
}

// fail tells DreamQL why the row that runs has failed.
//
//go:wasmimport dreamql fail
func fail(reason *byte, length uint32)

func refuse(reason string) { fail(unsafe.StringData(reason), uint32(len(reason))) }

// room keeps what DreamQL asked for from being collected: a few large pieces, which it uses again and again.
var room [][]byte

//go:wasmexport alloc
func alloc(size uint32) *byte {
	piece := make([]byte, max(size, 1))
	room = append(room, piece)
	return &piece[0]
}

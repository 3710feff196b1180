package language

import (
	"sort"
	"unicode/utf16"
	"unicode/utf8"
)

// position is a place as the protocol counts: lines from 0, and UTF-16 code units in the line.
type position struct {
	Line      int `json:"line"`
	Character int `json:"character"`
}

type textRange struct {
	Start position `json:"start"`
	End   position `json:"end"`
}

// lines are the offsets at which the lines of a text begin; "\n", "\r\n" and "\r" end one.
func linesOf(text string) []int {
	out := []int{0}
	for i := 0; i < len(text); i++ {
		if text[i] == '\n' || text[i] == '\r' && (i+1 == len(text) || text[i+1] != '\n') {
			out = append(out, i+1)
		}
	}
	return out
}

// units is how many UTF-16 code units a character takes.
func units(r rune) int {
	if n := utf16.RuneLen(r); n > 0 {
		return n
	}
	return 1
}

// offset is the byte at a position; one beyond the end of a line, or of the text, is that end. In the middle of a character it is before it.
func (d *document) offset(p position) int {
	if p.Line < 0 {
		return 0
	}
	if p.Line >= len(d.lines) {
		return len(d.text)
	}
	start, end := d.lines[p.Line], len(d.text)
	if p.Line+1 < len(d.lines) {
		end = d.lines[p.Line+1]
		for end > start && (d.text[end-1] == '\n' || d.text[end-1] == '\r') {
			end--
		}
	}
	count := 0
	for i := start; i < end; {
		r, n := utf8.DecodeRuneInString(d.text[i:end])
		if count += units(r); count > p.Character {
			return i
		}
		i += n
	}
	return end
}

// position is where a byte is.
func (d *document) position(offset int) position {
	offset = min(max(offset, 0), len(d.text))
	line := sort.SearchInts(d.lines, offset+1) - 1
	count := 0
	for _, r := range d.text[d.lines[line]:offset] {
		count += units(r)
	}
	return position{line, count}
}

func (d *document) textRange(start, end int) textRange {
	return textRange{d.position(start), d.position(end)}
}

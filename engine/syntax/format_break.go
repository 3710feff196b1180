package syntax

import "unicode/utf8"

// split breaks a line at the best kind of place that it has, or gives one part where there is none: before each stage; before else; before
// the arms of a match; behind the commas of its arguments or entries; before and, or; inside its widest bracket; behind = or =>; around
// its loosest operators.
func (f *formatter) split(toks []token, room int) [][]token {
	before := func(is func(token) bool) func(int) bool { return func(i int) bool { return is(toks[i]) } }
	behind := func(is func(token) bool) func(int) bool { return func(i int) bool { return is(toks[i-1]) } }
	const elseWay = 1
	ways := []func(int) bool{
		before(func(t token) bool { return t.op("->") }),
		before(func(t token) bool { return t.word("else") && t.kind == tKeyword }),
		before(func(t token) bool { return t.op("|") }),
		behind(func(t token) bool { return t.op(",") }),
		before(func(t token) bool { return t.kind == tKeyword && t.level == levelOr }),
		before(func(t token) bool { return t.kind == tKeyword && t.level == levelAnd }),
	}
	for i, way := range ways {
		parts := f.cut(toks, way)
		if len(parts) > 1 && i == elseWay && !(toks[0].kind == tKeyword && (toks[0].text == "if" || toks[0].text == "else")) {
			if head := f.cut(parts[0], func(i int) bool {
				return parts[0][i].word("if") && (parts[0][i-1].op("=") || parts[0][i-1].op("=>"))
			}); len(head) > 1 {
				return [][]token{head[0], toks[len(head[0]):]}
			}
		}
		if len(parts) > 1 {
			return parts
		}
	}
	bracket := f.breakBracket(toks, room)
	if len(bracket) > 1 && f.length(bracket[0]) <= room && f.length(bracket[len(bracket)-1]) <= room {
		return bracket
	}
	for _, op := range []string{"=>", "="} {
		if parts := f.cut(toks, behind(func(t token) bool { return t.op(op) && f.signs[t.start] == 0 })); len(parts) > 1 {
			return parts
		}
	}
	if parts := f.breakOperators(toks); len(parts) > 1 {
		return parts
	}
	return bracket
}

func (f *formatter) length(toks []token) int { return utf8.RuneCountInString(f.join(toks)) }

// cut breaks before every token outside of the line's brackets for which at holds.
func (f *formatter) cut(toks []token, at func(i int) bool) [][]token {
	var parts [][]token
	depth, start := 0, 0
	for i, t := range toks {
		if (t.closes() || t.op(">") && f.signs[t.start] == tight) && depth > 0 {
			depth--
		}
		if depth == 0 && i > start && at(i) && !onlyComments(toks[start:i]) && !onlyComments(toks[i:]) {
			parts = append(parts, toks[start:i])
			start = i
		}
		if t.opens() || t.op("<") && f.signs[t.start] == tight {
			depth++
		}
	}
	return append(parts, toks[start:])
}

func onlyComments(toks []token) bool {
	for _, t := range toks {
		if t.kind != tComment {
			return false
		}
	}
	return true
}

// breakOperators breaks around the operators that bind loosest: before them, and behind a minus, which would begin something new.
func (f *formatter) breakOperators(toks []token) [][]token {
	least, depth := levelPower+1, 0
	for i, t := range toks {
		if t.closes() && depth > 0 {
			depth--
		}
		if depth == 0 && i > 0 && f.isInfix(t) {
			least = min(least, t.level)
		}
		if t.opens() {
			depth++
		}
	}
	return f.cut(toks, func(i int) bool {
		if p := toks[i-1]; p.op("-") && p.level == least && f.isInfix(p) && i > 1 {
			return true
		}
		t := toks[i]
		return f.isInfix(t) && t.level == least && !t.op("-")
	})
}

// breakBracket puts what stands in the line's widest bracket on lines of its own: an item each, or, of a list of short values, as many as
// fit.
func (f *formatter) breakBracket(toks []token, room int) [][]token {
	from, to := -1, -1
	for i, depth, start := 0, 0, 0; i < len(toks); i++ {
		switch {
		case toks[i].opens():
			if depth == 0 {
				start = i
			}
			depth++
		case toks[i].closes() && depth > 0:
			if depth--; depth == 0 && i > start+1 && (from < 0 || toks[i].end-toks[start].start > toks[to].end-toks[from].start) {
				from, to = start, i
			}
		}
	}
	if from < 0 {
		return nil
	}
	inner := toks[from+1 : to]
	items := f.cut(inner, func(i int) bool { return inner[i-1].op(",") || inner[i].op("|") && toks[from].op("{") })
	if toks[from].op("[") && len(items) > 8 {
		items = f.fill(items, room-2)
	}
	parts := append([][]token{toks[:from+1]}, items...)
	return append(parts, toks[to:])
}

// fill puts as many items on a line as fit, if each is a value and a comma.
func (f *formatter) fill(items [][]token, room int) [][]token {
	var lines [][]token
	var line []token
	width := 0
	for _, item := range items {
		if len(item) > 3 {
			return items
		}
		n := f.length(item) + 1
		if width+n-1 > room && len(line) > 0 {
			lines, line, width = append(lines, line), nil, 0
		}
		line, width = append(line, item...), width+n
	}
	return append(lines, line)
}

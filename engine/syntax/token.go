package syntax

type kind uint8

const (
	tEOF      kind = iota
	tNewline       // one or more line ends
	tComment       // kept for the formatter and the lossless tree, never seen by the parser
	tName          // text: the name without backquotes
	tKeyword       // match if else and or not in is true false none
	tNumber        // 300_000, 1.5, 2e-3
	tDuration      // 90d
	tString        // '…' with its prefix
	tOp            // punctuation and operators
	tBad           // reported already
)

// level is how tightly an infix operator binds, loosest first; 0 is no infix operator.
type level uint8

const (
	levelOr level = iota + 1
	levelAnd
	levelNot // only as a prefix
	levelCompare
	levelRange
	levelDefault
	levelSum
	levelProduct
	levelPower
)

type token struct {
	kind   kind
	quoted bool   // a name in backquotes
	level  level  // of an infix operator or keyword
	match  int32  // a bracket: index of its partner, or -1
	start  int    //
	end    int    //
	text   string // tName: the name; others: the source text
}

func (t token) op(s string) bool { return t.kind == tOp && t.text == s }

// word reports whether a token is this word, reserved or not; a name in backquotes never is.
func (t token) word(s string) bool {
	return (t.kind == tName && !t.quoted || t.kind == tKeyword) && t.text == s
}

func (t token) opens() bool {
	return t.kind == tOp && (t.text == "(" || t.text == "[" || t.text == "{")
}

func (t token) closes() bool {
	return t.kind == tOp && (t.text == ")" || t.text == "]" || t.text == "}")
}

// relational reports whether a token compares: == != < <= > >=.
func (t token) relational() bool { return t.kind == tOp && t.level == levelCompare }

// closer is the text of the bracket that closes one.
func closer(open string) string {
	switch open {
	case "(":
		return ")"
	case "[":
		return "]"
	}
	return "}"
}

func isKeyword(s string) bool {
	switch s {
	case "match", "if", "else", "and", "or", "not", "in", "is", "true", "false", "none":
		return true
	}
	return false
}

func isUnit(s string) bool {
	switch s {
	case "ns", "us", "ms", "s", "m", "h", "d", "w", "mo", "q", "y":
		return true
	}
	return false
}

func isStringPrefix(s string) bool {
	switch s {
	case "f", "r", "b", "d", "t", "ts":
		return true
	}
	return false
}

// levelOf is the level of an operator or keyword.
func levelOf(s string) level {
	switch s {
	case "or":
		return levelOr
	case "and":
		return levelAnd
	case "==", "!=", "<", "<=", ">", ">=", "in", "is", "not":
		return levelCompare
	case "..", "..<":
		return levelRange
	case "??":
		return levelDefault
	case "+", "-":
		return levelSum
	case "*", "/", "%":
		return levelProduct
	case "**":
		return levelPower
	}
	return 0
}

// operatorLength is the length of the operator that a text starts with, the longest that there is; 0 for none.
func operatorLength(s string) int {
	two := byte(0)
	if len(s) > 1 {
		two = s[1]
	}
	switch s[0] {
	case '.':
		if two == '.' {
			if len(s) > 2 && (s[2] == '.' || s[2] == '<') {
				return 3
			}
			return 2
		}
		return 1
	case '-':
		if two == '>' {
			return 2
		}
		return 1
	case '=':
		if two == '>' || two == '=' {
			return 2
		}
		return 1
	case '<', '>':
		if two == '=' {
			return 2
		}
		return 1
	case '*':
		if two == '*' {
			return 2
		}
		return 1
	case '?':
		if two == '?' || two == '.' {
			return 2
		}
		return 1
	case '!':
		if two == '=' {
			return 2
		}
		return 0
	case '+', '/', '%', ',', ':', '|', '(', ')', '[', ']', '{', '}', '@', '$', '^', '~':
		return 1
	}
	return 0
}

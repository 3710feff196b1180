package syntax

import "unicode"

// TokenKind is what a token is to an editor.
type TokenKind uint8

const (
	NameToken TokenKind = iota
	KeywordToken
	NumberToken
	StringToken
	CommentToken
	OperatorToken
	BadToken // cannot be read
)

// Token is a piece of a text; what lies between tokens is white space.
type Token struct {
	Kind       TokenKind
	Start, End int
	Text       string // as written; of a name without its backquotes
}

// Tokens splits a text as the parser does. It never fails; a text longer than MaxSource has none.
func Tokens(text string) []Token {
	if len(text) > MaxSource {
		return nil
	}
	toks, _ := lex(0, text, 0, len(text), true)
	out := make([]Token, 0, len(toks))
	for _, t := range toks {
		k := OperatorToken
		switch t.kind {
		case tEOF, tNewline:
			continue
		case tComment:
			k = CommentToken
		case tName:
			k = NameToken
		case tKeyword:
			k = KeywordToken
		case tNumber, tDuration:
			k = NumberToken
		case tString:
			k = StringToken
		case tBad:
			k = BadToken
		}
		out = append(out, Token{k, t.start, t.end, t.text})
	}
	return out
}

// Quote writes a name so that it is read as one: in backquotes where it needs them.
func Quote(name string) string {
	plain := name != "" && !isKeyword(name)
	for i, r := range name {
		plain = plain && (r == '_' || unicode.IsLetter(r) || i > 0 && unicode.IsDigit(r))
	}
	if plain {
		return name
	}
	return "`" + name + "`"
}

package funcs

import (
	"errors"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/rivo/uniseg"
	"golang.org/x/text/unicode/norm"
)

// Functions of texts count characters as Unicode code points, as len does. What a reader takes for one character, a letter with its
// accents or a family of emoji, is a grapheme; graphemes(s) lists them.

func textFunc(name, doc string, overloads ...Overload) *Func {
	return scalarFunc("text", name, doc, overloads...)
}

// mapped is a kernel of a Go function from a string to a string.
func mapped(f func(s string) string) Kernel {
	return rowText(func(r row, out []byte) ([]byte, error) { return append(out, f(r.str(0))...), nil })
}

var title = textFunc("title", "The text with the first letter of each word in upper case and the others in lower case.",
	takes("(s: string) => string", mapped(titled), eg("title('the dutch LANGUAGE')", "'The Dutch Language'"), eg("title('l\\'été')", "'L\\'été'")))

// titled takes an apostrophe as a part of its word.
func titled(s string) string {
	inside := false
	return strings.Map(func(r rune) rune {
		was := inside
		inside = unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) || was && (r == '\'' || r == '’')
		if was {
			return unicode.ToLower(r)
		}
		return unicode.ToTitle(r)
	}, s)
}

var capitalize = textFunc("capitalize", "The text with its first character in upper case, the rest as it is.",
	takes("(s: string) => string", mapped(func(s string) string {
		first, size := utf8.DecodeRuneInString(s)
		if size == 0 {
			return ""
		}
		return string(unicode.ToTitle(first)) + s[size:]
	}), eg("capitalize('éa B')", "'Éa B'")))

var normalForms = map[string]norm.Form{"nfc": norm.NFC, "nfd": norm.NFD, "nfkc": norm.NFKC, "nfkd": norm.NFKD}

var normalize = textFunc("normalize", "The text in a normal form of Unicode: 'nfc' (if not given), 'nfd', 'nfkc' or 'nfkd'. Texts that look alike are equal in one form.",
	takes("(s: string) => string", mapped(norm.NFC.String), eg("len(normalize('e\\u{301}'))", "1")),
	takes("(s: string, form: string) => string", rowText(func(r row, out []byte) ([]byte, error) {
		form, ok := normalForms[strings.ToLower(r.str(1))]
		if !ok {
			return nil, errors.New("normalize: a form is 'nfc', 'nfd', 'nfkc' or 'nfkd'")
		}
		return form.AppendString(out, r.str(0)), nil
	}), eg("normalize('ﬁ', 'nfkc')", "'fi'"), egFails("normalize('a', 'nf')", "a form is")).failing())

var stripAccents = textFunc("strip_accents", "The text without the marks on its letters.",
	takes("(s: string) => string", mapped(stripped), eg("strip_accents('Crème brûlée')", "'Creme brulee'")))

func stripped(s string) string {
	return norm.NFC.String(strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return r
	}, norm.NFD.String(s)))
}

var graphemes = textFunc("graphemes", "What a reader takes for the characters of the text, as a list: a letter with its accents, or a flag, is one (Unicode's extended grapheme clusters).",
	takes("(s: string) => [string]", rowTexts(func(r row, add func(string)) error {
		for rest, state := r.str(0), -1; rest != ""; {
			var cluster string
			cluster, rest, _, state = uniseg.FirstGraphemeClusterInString(rest, state)
			add(cluster)
		}
		return nil
	}), eg("len(graphemes('e\\u{301}a'))", "2"), eg("graphemes('🇳🇱a')", "['🇳🇱', 'a']")))

var graphemeCount = textFunc("grapheme_count", "The number of graphemes, which is what a reader takes for characters; len counts code points.",
	takes("(s: string) => int", rowCells(func(r row) (int64, error) { return int64(uniseg.GraphemeClusterCount(r.str(0))), nil }), eg("grapheme_count('e\\u{301}a')", "2")))

var chars = textFunc("chars", "The characters of the text (code points), as a list.",
	takes("(s: string) => [string]", rowTexts(func(r row, add func(string)) error {
		for s := r.str(0); s != ""; {
			_, size := utf8.DecodeRuneInString(s)
			add(s[:size])
			s = s[size:]
		}
		return nil
	}), eg("chars('añb')", "['a', 'ñ', 'b']")))

var codePoint = textFunc("code_point", "The number of the text's first character in Unicode; absent of an empty text.",
	takes("(s: string) => int?", rowCells(func(r row) (int64, error) {
		c, size := utf8.DecodeRuneInString(r.str(0))
		if size == 0 {
			return 0, errAbsent
		}
		return int64(c), nil
	}), eg("code_point('€')", "8364"), eg("code_point('')", "none")))

var fromCodePoint = textFunc("from_code_point", "The character with a number in Unicode; absent where there is none.",
	takes("(n: int) => string?", rowText(func(r row, out []byte) ([]byte, error) {
		n := r.int(0)
		if n < 0 || n > unicode.MaxRune || !utf8.ValidRune(rune(n)) {
			return nil, errAbsent
		}
		return utf8.AppendRune(out, rune(n)), nil
	}), eg("from_code_point(8364)", "'€'"), eg("from_code_point(-1)", "none")))

var byteLength = textFunc("byte_length", "The number of bytes of the text in UTF-8.",
	takes("(s: string) => int", rowCells(func(r row) (int64, error) { return int64(len(r.str(0))), nil }), eg("byte_length('añb')", "4")))

var isBlank = textFunc("is_blank", "Whether the text is empty or white space alone.",
	takes("(s: string) => bool", rowBits(func(r row) (bool, error) { return strings.TrimSpace(r.str(0)) == "", nil }), eg("is_blank(' \\t')", "true"), eg("is_blank('a')", "false")))

var isASCII = textFunc("is_ascii", "Whether every character of the text is one of the 128 of ASCII.",
	takes("(s: string) => bool", rowBits(func(r row) (bool, error) {
		return strings.IndexFunc(r.str(0), func(c rune) bool { return c >= utf8.RuneSelf }) < 0, nil
	}), eg("is_ascii('abc')", "true"), eg("is_ascii('ñ')", "false")))

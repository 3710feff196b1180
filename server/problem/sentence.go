package problem

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Sentences joins texts, each begun with a capital letter and ended with a full stop, such as the message of a diagnostic and its help.
func Sentences(texts ...string) string {
	var out []string
	for _, t := range texts {
		if t = strings.TrimSpace(t); t != "" {
			out = append(out, Ended(capital(t)))
		}
	}
	return strings.Join(out, " ")
}

// Ended puts a full stop where a text has no end of its own.
func Ended(s string) string {
	if last, _ := utf8.DecodeLastRuneInString(s); s == "" || strings.ContainsRune(".!?…:", last) {
		return s
	}
	return s + "."
}

// capital begins a sentence. Names that are written with signs or digits are not words, and stay as they are.
func capital(s string) string {
	word, _, _ := strings.Cut(s, " ")
	if strings.ContainsFunc(strings.TrimRight(word, ",;:"), func(r rune) bool { return !unicode.IsLower(r) && r != '\'' && r != '-' }) || strings.HasPrefix(word, "'") {
		return s
	}
	first, n := utf8.DecodeRuneInString(s)
	return string(unicode.ToUpper(first)) + s[n:]
}

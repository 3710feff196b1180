package syntax

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// unescape resolves the escapes of a string body: \n \t \r \0 \\ \' \" \$ \{ \` and \u{1F600}. bad is the offset of one that
// does not exist, or -1.
func unescape(s string) (out string, bad int) {
	if !strings.Contains(s, `\`) {
		return s, -1
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' || i+1 == len(s) {
			b.WriteByte(s[i])
			continue
		}
		i++
		switch s[i] {
		case 'n':
			b.WriteByte('\n')
		case 't':
			b.WriteByte('\t')
		case 'r':
			b.WriteByte('\r')
		case '0':
			b.WriteByte(0)
		case '\\', '\'', '"', '$', '{', '}', '`':
			b.WriteByte(s[i])
		case 'u':
			end := strings.IndexByte(s[i:], '}')
			if end < 3 || s[i+1] != '{' {
				return "", i - 1
			}
			n, err := strconv.ParseUint(s[i+2:i+end], 16, 32)
			if err != nil || n > utf8.MaxRune || n >= 0xD800 && n < 0xE000 {
				return "", i - 1
			}
			b.WriteRune(rune(n))
			i += end
		default:
			return "", i - 1
		}
	}
	return b.String(), -1
}

package syntax

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// unescape resolves the escapes of a string body: \n \t \r \0 \\ \' \" \$ \{ \` and \u{1F600}, and in bytes \x7F. bad is the offset of
// one that does not exist, or -1, and n its length.
func unescape(s string, bytes bool) (out string, bad, n int) {
	if !strings.Contains(s, `\`) {
		return s, -1, 0
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
			end := strings.IndexByte(s[i:min(i+16, len(s))], '}')
			if end < 3 || s[i+1] != '{' {
				return "", i - 1, 2
			}
			r, err := strconv.ParseUint(s[i+2:i+end], 16, 32)
			if err != nil || r > utf8.MaxRune || r >= 0xD800 && r < 0xE000 {
				return "", i - 1, end + 2
			}
			b.WriteRune(rune(r))
			i += end
		case 'x':
			c, err := strconv.ParseUint(s[i+1:min(i+3, len(s))], 16, 8)
			if !bytes || err != nil || i+3 > len(s) {
				return "", i - 1, 2
			}
			b.WriteByte(byte(c))
			i += 2
		default:
			_, size := utf8.DecodeRuneInString(s[i:])
			return "", i - 1, 1 + size
		}
	}
	return b.String(), -1, 0
}

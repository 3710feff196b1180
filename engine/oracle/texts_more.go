package oracle

import (
	"math"
	"math/big"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/rivo/uniseg"
	"golang.org/x/text/unicode/norm"

	"github.com/dreamql/dreamql/engine/logical"
)

// writing are the functions of texts beyond the first.
var writing = map[string]function{
	"trim": trimming(strings.TrimFunc), "trim_start": trimming(strings.TrimLeftFunc), "trim_end": trimming(strings.TrimRightFunc),
	"title": text1(func(s string) any {
		out := []rune(s)
		for i, c := range out {
			inside := false
			for j := i - 1; j >= 0; j-- {
				if letter(out[j]) {
					inside = true
					break
				}
				if !strings.ContainsRune("'’", out[j]) {
					break
				}
			}
			if out[i] = unicode.ToTitle(c); inside {
				out[i] = unicode.ToLower(c)
			}
		}
		return string(out)
	}),
	"capitalize": text1(func(s string) any {
		out := []rune(s)
		if len(out) > 0 {
			out[0] = unicode.ToTitle(out[0])
		}
		return string(out)
	}),
	"normalize": func(a []any, _ *logical.Expr) (any, error) {
		form := "NFC"
		if len(a) == 2 {
			form = strings.ToUpper(a[1].(string))
		}
		switch form {
		case "NFC":
			return norm.NFC.String(a[0].(string)), nil
		case "NFD":
			return norm.NFD.String(a[0].(string)), nil
		case "NFKC":
			return norm.NFKC.String(a[0].(string)), nil
		case "NFKD":
			return norm.NFKD.String(a[0].(string)), nil
		}
		return nil, errArgument
	},
	"strip_accents": text1(func(s string) any { return bare(s) }),
	"graphemes": text1(func(s string) any {
		out := []any{}
		for g := uniseg.NewGraphemes(s); g.Next(); {
			out = append(out, g.Str())
		}
		return out
	}),
	"grapheme_count": text1(func(s string) any {
		n := int64(0)
		for g := uniseg.NewGraphemes(s); g.Next(); {
			n++
		}
		return n
	}),
	"chars": text1(func(s string) any {
		out := []any{}
		for _, c := range s {
			out = append(out, string(c))
		}
		return out
	}),
	"code_point": text1(func(s string) any {
		for _, c := range s {
			return int64(c)
		}
		return nil
	}),
	"from_code_point": func(a []any, _ *logical.Expr) (any, error) {
		n := a[0].(int64)
		if n < 0 || n > 0x10FFFF || n >= 0xD800 && n < 0xE000 {
			return nil, nil
		}
		return string(rune(n)), nil
	},
	"byte_length": text1(func(s string) any { return int64(len(s)) }),
	"is_blank":    text1(func(s string) any { return len(strings.Fields(s)) == 0 }),
	"is_empty":    text1(func(s string) any { return s == "" }),
	"is_ascii": text1(func(s string) any {
		for _, c := range s {
			if c > 127 {
				return false
			}
		}
		return true
	}),
	"left":  func(a []any, _ *logical.Expr) (any, error) { return ends(a, false), nil },
	"right": func(a []any, _ *logical.Expr) (any, error) { return ends(a, true), nil },
	"split_part": func(a []any, _ *logical.Expr) (any, error) {
		parts, n := strings.Split(a[0].(string), a[1].(string)), a[2].(int64)
		for i, p := range parts {
			if int64(i+1) == n || int64(i-len(parts)) == n {
				return p, nil
			}
		}
		return nil, nil
	},
	"before": text2(func(s, t string) any {
		if i := strings.Index(s, t); i >= 0 {
			return s[:i]
		}
		return nil
	}),
	"after": text2(func(s, t string) any {
		if i := strings.Index(s, t); i >= 0 {
			return s[i+len(t):]
		}
		return nil
	}),
	"lines": text1(func(s string) any {
		out := []any{}
		for len(s) > 0 {
			line, rest, _ := strings.Cut(s, "\n")
			out, s = append(out, strings.TrimSuffix(line, "\r")), rest
		}
		return out
	}),
	"words": text1(func(s string) any {
		out := []any{}
		for _, w := range regexp.MustCompile(`[\pL\p{Nd}\pM]+(?:['’]\pL[\pL\p{Nd}\pM]*)*`).FindAllString(s, -1) {
			out = append(out, w)
		}
		return out
	}),
	"occurrences": text2(func(s, t string) any {
		n := int64(0)
		for t != "" && strings.Contains(s, t) {
			_, s, _ = strings.Cut(s, t)
			n++
		}
		return n
	}),
	"last_position": text2(func(s, t string) any {
		i := strings.LastIndex(s, t)
		if i < 0 {
			return int64(0)
		}
		return int64(len([]rune(s[:i])) + 1)
	}),
	"translate": func(a []any, _ *logical.Expr) (any, error) {
		from, to, out := []rune(a[1].(string)), []rune(a[2].(string)), ""
		for _, c := range a[0].(string) {
			switch i := slices.Index(from, c); {
			case i < 0:
				out += string(c)
			case i < len(to):
				out += string(to[i])
			}
		}
		return out, nil
	},
	"replace_first": func(a []any, _ *logical.Expr) (any, error) {
		b, c, found := strings.Cut(a[0].(string), a[1].(string))
		if !found {
			return a[0], nil
		}
		return b + a[2].(string) + c, nil
	},
	"remove_prefix": text2(func(s, t string) any {
		if strings.HasPrefix(s, t) {
			return s[len(t):]
		}
		return s
	}),
	"remove_suffix": text2(func(s, t string) any {
		if strings.HasSuffix(s, t) {
			return s[:len(s)-len(t)]
		}
		return s
	}),
	"collapse_spaces": text1(func(s string) any { return strings.Join(strings.Fields(s), " ") }),
	"slug": text1(func(s string) any {
		return strings.Trim(regexp.MustCompile(`[^a-z0-9]+`).ReplaceAllString(strings.ToLower(bare(s)), "-"), "-")
	}),
	"format_number": formatNumber,
	"levenshtein": func(a []any, _ *logical.Expr) (any, error) {
		x, y := []rune(a[0].(string)), []rune(a[1].(string))
		if len(x) > 4096 || len(y) > 4096 {
			return nil, errArgument
		}
		return int64(edits(x, y)), nil
	},
	"similarity": func(a []any, _ *logical.Expr) (any, error) {
		x, y := []rune(a[0].(string)), []rune(a[1].(string))
		if len(x) > 4096 || len(y) > 4096 {
			return nil, errArgument
		}
		longest := max(len(x), len(y))
		if longest == 0 {
			return 1.0, nil
		}
		return 1 - float64(edits(x, y))/float64(longest), nil
	},
	"jaro_winkler": func(a []any, _ *logical.Expr) (any, error) {
		x, y := []rune(a[0].(string)), []rune(a[1].(string))
		if len(x) > 4096 || len(y) > 4096 {
			return nil, errArgument
		}
		j, same := jaro(x, y), 0.0
		for i := 0; i < min(4, len(x), len(y)) && x[i] == y[i]; i++ {
			same++
		}
		return j + same/10*(1-j), nil
	},
	"hamming": text2(func(s, t string) any {
		x, y, n := []rune(s), []rune(t), int64(0)
		if len(x) != len(y) {
			return nil
		}
		for i := range x {
			n += truth(x[i] != y[i])
		}
		return n
	}),
	"soundex": text1(soundex),
	"like": text2(func(s, p string) any {
		q := strings.NewReplacer("%", "(?s:.*)", "_", "(?s:.)").Replace(regexp.QuoteMeta(p))
		return regexp.MustCompile("^(?:" + q + ")$").MatchString(s)
	}),
	"regex_replace": pattern(func(p *regexp.Regexp, a []any) any { return p.ReplaceAllString(a[0].(string), a[2].(string)) }),
	"regex_extract_all": pattern(func(p *regexp.Regexp, a []any) any {
		out := []any{}
		for _, m := range p.FindAllStringSubmatch(a[0].(string), -1) {
			out = append(out, m[min(1, len(m)-1)])
		}
		return out
	}),
	"regex_count": pattern(func(p *regexp.Regexp, a []any) any { return int64(len(p.FindAllString(a[0].(string), -1))) }),
	"regex_split": pattern(func(p *regexp.Regexp, a []any) any {
		out := []any{}
		for _, s := range p.Split(a[0].(string), -1) {
			out = append(out, s)
		}
		return out
	}),
	"regex_position": pattern(func(p *regexp.Regexp, a []any) any {
		at := p.FindStringIndex(a[0].(string))
		if at == nil {
			return int64(0)
		}
		return int64(len([]rune(a[0].(string)[:at[0]])) + 1)
	}),
	"regex_group": func(a []any, _ *logical.Expr) (any, error) {
		p, err := regexp.Compile(a[1].(string))
		if err != nil {
			return nil, errArgument
		}
		k, isNumber := a[2].(int64)
		if !isNumber {
			k = int64(slices.Index(p.SubexpNames(), a[2].(string)))
		}
		if k < 0 || k > int64(p.NumSubexp()) || a[2] == "" {
			return nil, errArgument
		}
		at := p.FindStringSubmatchIndex(a[0].(string))
		if at == nil || at[2*k] < 0 {
			return nil, nil
		}
		return a[0].(string)[at[2*k]:at[2*k+1]], nil
	},
	"regex_groups": pattern(func(p *regexp.Regexp, a []any) any {
		m := p.FindStringSubmatch(a[0].(string))
		if m == nil {
			return nil
		}
		out := []any{}
		for _, s := range m[1:] {
			out = append(out, s)
		}
		return out
	}),
	"regex_escape": text1(func(s string) any {
		out := ""
		for _, c := range s {
			if strings.ContainsRune(`\.+*?()|[]{}^$`, c) {
				out += `\`
			}
			out += string(c)
		}
		return out
	}),
}

func letter(c rune) bool { return unicode.IsLetter(c) || unicode.IsDigit(c) || unicode.IsMark(c) }

func trimming(f func(string, func(rune) bool) string) function {
	return func(a []any, _ *logical.Expr) (any, error) {
		return f(a[0].(string), func(c rune) bool {
			if len(a) == 1 {
				return unicode.IsSpace(c)
			}
			return strings.ContainsRune(a[1].(string), c)
		}), nil
	}
}

func pattern(f func(p *regexp.Regexp, a []any) any) function {
	return func(a []any, _ *logical.Expr) (any, error) {
		p, err := regexp.Compile(a[1].(string))
		if err != nil {
			return nil, errArgument
		}
		return f(p, a), nil
	}
}

func bare(s string) string {
	out := ""
	for _, c := range norm.NFD.String(s) {
		if !unicode.Is(unicode.Mn, c) {
			out += string(c)
		}
	}
	return norm.NFC.String(out)
}

// ends is the first n characters, or the last; all but so many, where n is negative.
func ends(a []any, last bool) string {
	s, n := []rune(a[0].(string)), a[1].(int64)
	if n < -int64(len(s)) {
		n = -int64(len(s))
	}
	if n < 0 {
		n += int64(len(s))
	}
	n = min(n, int64(len(s)))
	if last {
		return string(s[int64(len(s))-n:])
	}
	return string(s[:n])
}

// formatNumber rounds as a float is written, which is exact for its binary value.
func formatNumber(a []any, _ *logical.Expr) (any, error) {
	x, places, mark := a[0].(float64), a[1].(int64), ","
	if len(a) == 3 {
		mark = a[2].(string)
	}
	if places < 0 || places > 15 {
		return nil, errArgument
	}
	if math.IsNaN(x) || math.IsInf(x, 0) {
		s, _ := written(x)
		return s, nil
	}
	s := big.NewFloat(math.Abs(x)).Text('f', int(places))
	dot := strings.IndexByte(s+".", '.')
	out := s[dot:]
	for i := dot; i > 0; i -= 3 {
		if i < dot {
			out = mark + out
		}
		out = s[max(0, i-3):i] + out
	}
	if x < 0 && strings.Trim(s, "0.") != "" {
		out = "-" + out
	}
	return out, nil
}

// edits is the Levenshtein distance, from its definition over all prefixes.
func edits(x, y []rune) int {
	table := make([][]int, len(x)+1)
	for i := range table {
		table[i] = make([]int, len(y)+1)
		for j := range table[i] {
			switch {
			case i == 0:
				table[i][j] = j
			case j == 0:
				table[i][j] = i
			default:
				table[i][j] = min(table[i-1][j]+1, table[i][j-1]+1, table[i-1][j-1]+int(truth(x[i-1] != y[j-1])))
			}
		}
	}
	return table[len(x)][len(y)]
}

func jaro(x, y []rune) float64 {
	if len(x) == 0 && len(y) == 0 {
		return 1
	}
	reach := max(max(len(x), len(y))/2-1, 0)
	partner := map[int]int{} // place in y to place in x
	for i, c := range x {
		for j, d := range y {
			if _, taken := partner[j]; !taken && c == d && j >= i-reach && j <= i+reach {
				partner[j] = i
				break
			}
		}
	}
	var inX, inY []int
	for j := range y {
		if i, ok := partner[j]; ok {
			inX, inY = append(inX, i), append(inY, j)
		}
	}
	if len(inX) == 0 {
		return 0
	}
	slices.Sort(inX)
	moved := 0.0
	for k := range inX {
		moved += float64(truth(x[inX[k]] != y[inY[k]]))
	}
	m := float64(len(inX))
	return (m/float64(len(x)) + m/float64(len(y)) + (m-moved/2)/m) / 3
}

func soundex(s string) any {
	groups := []string{"AEIOUY", "BFPV", "CGJKQSXZ", "DT", "L", "MN", "R"}
	var letters []byte
	for _, c := range strings.ToUpper(s) {
		if c < utf8.RuneSelf && c >= 'A' && c <= 'Z' {
			letters = append(letters, byte(c))
		}
	}
	if len(letters) == 0 {
		return ""
	}
	code := func(c byte) int {
		return slices.IndexFunc(groups, func(g string) bool { return strings.IndexByte(g, c) >= 0 })
	}
	out := string(letters[:1])
	last := code(letters[0])
	for _, c := range letters[1:] {
		k := code(c)
		if k < 0 { // H and W are as if they were not there
			continue
		}
		if k > 0 && k != last && len(out) < 4 {
			out += string(rune('0' + k))
		}
		last = k
	}
	return (out + "000")[:4]
}

package check

import (
	"fmt"
	"strings"

	"github.com/dreamql/dreamql/engine/source"
	"github.com/dreamql/dreamql/engine/types"
)

// Searches, and tables of PostgreSQL: DQL4223 to 4233.

func errSearchText(at span, t types.Type) source.Diagnostic {
	return diag("DQL4223", at, "search looks into text, and this is "+article(t), "name a column of strings, or convert it with string(…)")
}

func errSearchQuery(at span, what string) source.Diagnostic {
	return diag("DQL4224", at, "search needs a search query, and this is "+what, "build one from term('…'), phrase('…'), prefix('…'), fuzzy('…', 1), wildcard('…'), regexp(r'…'), and, or, not")
}

func errSearchValue(at span) source.Diagnostic {
	return diag("DQL4225", at, "this is a search query, which is no value of a row", "give it to search, as in t -> search column, query; to test one text use contains")
}

func errSearchMixed(at span, what, op string) source.Diagnostic {
	return diag("DQL4226", at, op+" combines search queries only with each other, and this is "+what, "put conditions on rows into a filter before or after the search")
}

func errSearchConstant(at span, name string) source.Diagnostic {
	return diag("DQL4227", at, "what "+name+" looks for must be a string of at most 1000 bytes that is known before the run", "write it in quotes, or take it from a parameter")
}

func errSearchWords(at span, name string, n int) source.Diagnostic {
	if n == 0 {
		return diag("DQL4228", at, "there is no word here to look for", "words are letters and digits; nothing else in a text can be found")
	}
	return diag("DQL4228", at, fmt.Sprintf("%s looks for one word, and these are %d", name, n), "use phrase for words that follow each other, or join several with and")
}

func errSearchNumber(at span, most int64) source.Diagnostic {
	return diag("DQL4229", at, fmt.Sprintf("a whole number from 0 to %d that is known before the run is needed here", most), "write it as a literal")
}

func errSearchRegexp(at span, err error) source.Diagnostic {
	return diag("DQL4230", at, "this is no regular expression: "+clip2(strings.TrimPrefix(err.Error(), "error parsing regexp: ")), "the syntax is RE2's; write it in an r'…' string, where a backslash is itself")
}

func errSearchLarge(at span, most int) source.Diagnostic {
	return diag("DQL4231", at, fmt.Sprintf("this search query has more than %d parts", most), "join a table of words instead, or search for fewer")
}

func errPostgres(at span, message, help string) source.Diagnostic {
	return diag("DQL4232", at, message, help)
}

func errPostgresName(at span) source.Diagnostic {
	return diag("DQL4233", at, "postgres needs two strings that are known before the run", "write postgres('connection', 'schema.table')")
}

package foreign

import (
	"regexp"
	"strconv"
	"strings"
)

// frame is a line of a Python traceback that is in the text of the module.
var frame = regexp.MustCompile(`(?m)^\s*File "(?:functions|module|<[a-z ]+>|[a-z_]+)(?:\.py)?", line (\d{1,7})`)

// abortAt is where AssemblyScript's abort says that it stood: (file:line:column).
var abortAt = regexp.MustCompile(`\([^()\s]*\.ts:(\d{1,7}):\d{1,7}\)`)

// Failed finds the cell of a function that failed, by the function's ID, and the line of the cell that its message names; 0 if it names none. It is
// false for functions that are not of a cell.
func Failed(function, message string) (cell string, line int, ok bool) {
	id, ok := strings.CutPrefix(function, Package+"@")
	if !ok {
		return "", 0, false
	}
	cell, _, ok = strings.Cut(id, ".")
	for _, known := range []*regexp.Regexp{frame, abortAt} {
		if all := known.FindAllStringSubmatch(message, -1); len(all) > 0 {
			line, _ = strconv.Atoi(all[len(all)-1][1])
			break
		}
	}
	return cell, line, ok
}

package foreign

import (
	"regexp"
	"strconv"
)

// frame is a line of a Python traceback that is in the text of the module.
var frame = regexp.MustCompile(`(?m)^\s*File "(?:functions|module|<[a-z ]+>|[a-z_]+)(?:\.py)?", line (\d{1,7})`)

// abortAt is where AssemblyScript's abort says that it stood: (file:line:column).
var abortAt = regexp.MustCompile(`\([^()\s]*\.ts:(\d{1,7}):\d{1,7}\)`)

// ofCell is the ID of a function of a cell, as messages begin with it.
var ofCell = regexp.MustCompile(`\b` + Package + `@([A-Za-z0-9_-]{1,64})\.`)

// Failed finds the cell of a function that failed, by the function's ID in the message, and the line of the cell that the message names; 0 if
// it names none. It is false for functions that are not of a cell. It reads the message because that is what comes back from a worker.
func Failed(message string) (cell string, line int, ok bool) {
	m := ofCell.FindStringSubmatch(message)
	if m == nil {
		return "", 0, false
	}
	cell = m[1]
	for _, known := range []*regexp.Regexp{frame, abortAt} {
		if all := known.FindAllStringSubmatch(message, -1); len(all) > 0 {
			line, _ = strconv.Atoi(all[len(all)-1][1])
			break
		}
	}
	return cell, line, true
}

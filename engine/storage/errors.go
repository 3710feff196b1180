package storage

import (
	"fmt"
)

// Error is what is wrong with a file that was to be imported, for the person who owns it.
type Error struct {
	Name    string // of the file
	Line    int    // from 1; 0 where the format has no lines
	Column  int    // in bytes, from 1; 0 for the whole line
	Message string // what is wrong and how to mend it
}

func (e *Error) Error() string {
	switch {
	case e.Line == 0:
		return e.Name + ": " + e.Message
	case e.Column == 0:
		return fmt.Sprintf("%s, line %d: %s", e.Name, e.Line, e.Message)
	}
	return fmt.Sprintf("%s, line %d, column %d: %s", e.Name, e.Line, e.Column, e.Message)
}

func bad(name, format string, args ...any) error {
	return &Error{Name: name, Message: fmt.Sprintf(format, args...)}
}

// recovered turns a panic of a third-party decoder into the error that a damaged file deserves. Use it deferred.
func recovered(name, format string, err *error) {
	if p := recover(); p != nil {
		*err = bad(name, "the file is damaged: reading it as %s failed (%v). Export it again.", format, p)
	}
}

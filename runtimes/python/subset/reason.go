package subset

import "fmt"

const (
	maxSource = 256 << 10
	maxDepth  = 90 // of nested statements, expressions and brackets
)

// Reason is why a function is not compiled.
type Reason struct {
	Line int // of the source, from 1; 0 where there is none
	Text string
}

func (r *Reason) Error() string {
	if r.Line == 0 {
		return r.Text
	}
	return fmt.Sprintf("line %d: %s", r.Line, r.Text)
}

// refuse ends what is being compiled; try recovers it.
func refuse(line int, format string, args ...any) {
	panic(&Reason{line, fmt.Sprintf(format, args...)})
}

// try runs f and returns the reason by which it was refused, if it was. A fault of the compiler is a reason too: CPython runs the function then.
func try(f func()) (reason *Reason) {
	defer func() {
		switch r := recover().(type) {
		case nil:
		case *Reason:
			reason = r
		default:
			reason = &Reason{Text: fmt.Sprintf("the compiler failed: %v", r)}
		}
	}()
	f()
	return nil
}

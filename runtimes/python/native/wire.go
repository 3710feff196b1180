package native

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"unicode/utf8"

	"github.com/dreamql/dreamql/engine/types"
	"github.com/dreamql/dreamql/engine/udf"
	"github.com/dreamql/dreamql/runtimes/columns"
)

// Messages, all numbers little-endian, each after a u32 with its size. To the interpreter: 'L', u32 size of a loadRequest as
// JSON, it, the source, the files; or 'C', u32 function, u32 rows, and four u64 a column: where in the shared memory its
// bitmap of presence, its values, and for texts its offsets lie, with the size of the values third (span); or 'I' and a list of modules as JSON. From it: 0, and
// for a call the span of the result; or 1, 2 (an error of the function; one of its whole result), i32 row or −1, a message;
// or 3: the result does not fit.
const (
	opLoad   = 'L'
	opCall   = 'C'
	opImport = 'I'

	replyOK       = 0
	replyRaised   = 1
	replyMismatch = 2
	replyTooLarge = 3
)

// nowhere is the place of what a column does not have.
const nowhere = ^uint64(0)

// span is where a column lies.
type span struct{ presence, values, size, offsets uint64 }

func (s span) append(b []byte) []byte {
	for _, v := range []uint64{s.presence, s.values, s.size, s.offsets} {
		b = binary.LittleEndian.AppendUint64(b, v)
	}
	return b
}

func readSpan(b []byte) (span, bool) {
	if len(b) != 32 {
		return span{}, false
	}
	at := func(i int) uint64 { return binary.LittleEndian.Uint64(b[8*i:]) }
	return span{at(0), at(1), at(2), at(3)}, true
}

type loadRequest struct {
	Source    int            `json:"source"` // bytes
	Files     []loadFile     `json:"files"`
	Functions []loadFunction `json:"functions"`
}

type loadFile struct {
	Name string `json:"name"`
	Size int    `json:"size"`
}

type loadFunction struct {
	Entry  string      `json:"entry"`
	Params []loadParam `json:"params"`
	Result string      `json:"result"`
}

type loadParam struct {
	Name string `json:"name"`
	Type string `json:"type"`
}

// loadMessage is the message that loads a module's functions.
func loadMessage(code []byte, funcs []*udf.Function) ([]byte, error) {
	bundle, err := udf.ParseBundle(code)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", funcs[0].ID(), err)
	}
	r := loadRequest{Source: len(bundle.Source)}
	if !utf8.Valid(bundle.Source) {
		return nil, fmt.Errorf("%s: the module is not Python source in UTF-8", funcs[0].ID())
	}
	for _, f := range funcs {
		w, err := wireFunction(f)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", f.ID(), err)
		}
		r.Functions = append(r.Functions, w)
	}
	names := slices.Sorted(maps.Keys(bundle.Files))
	for _, name := range names {
		r.Files = append(r.Files, loadFile{name, len(bundle.Files[name])})
	}
	head, err := json.Marshal(r)
	if err != nil {
		return nil, err
	}
	m := binary.LittleEndian.AppendUint32([]byte{opLoad}, uint32(len(head)))
	m = append(append(m, head...), bundle.Source...)
	for _, name := range names {
		m = append(m, bundle.Files[name]...)
	}
	return m, nil
}

// wireFunction checks that a function's signature can cross.
func wireFunction(f *udf.Function) (loadFunction, error) {
	w := loadFunction{Entry: f.Entry}
	if w.Entry == "" {
		w.Entry = f.Name
	}
	if f.Shape != udf.Scalar && f.Shape != "" {
		return w, fmt.Errorf("a python-native function is scalar, from columns to a column, and this one has the shape %s; "+
			"write it as kind python, or make it scalar", f.Shape)
	}
	if len(f.Params) == 0 {
		return w, errors.New("a python-native function takes at least one column, which tells how many rows it is called for")
	}
	for _, p := range f.Params {
		if err := crosses("parameter "+p.Name, p.Type); err != nil {
			return w, err
		}
		w.Params = append(w.Params, loadParam{p.Name, p.Type.String()})
	}
	w.Result = f.Result.String()
	return w, crosses("the result", f.Result)
}

func crosses(what string, t types.Type) error {
	switch t.Required().Kind {
	case types.Bool, types.Int, types.Float, types.String, types.JSON, types.Bytes, types.Date, types.Timestamp:
		return nil
	}
	return fmt.Errorf("%s has type %s, which column functions cannot take; use bool, int, float, string, bytes, json, date or timestamp", what, t)
}

// readError reads the row and message of an error.
func readError(reply []byte) (row int, message string) {
	if len(reply) < 5 {
		return -1, "Python sent an error without a message"
	}
	text := reply[5:]
	if !utf8.Valid(text) {
		text = fmt.Appendf(nil, "%q", text)
	}
	return int(int32(binary.LittleEndian.Uint32(reply[1:]))), columns.Clip(string(text), 4096)
}

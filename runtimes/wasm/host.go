package wasm

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	mathrand "math/rand/v2"
	"slices"
	"strings"
	"time"
	"unicode/utf16"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/sys"

	"github.com/dreamql/dreamql/engine/udf"
	"github.com/dreamql/dreamql/runtimes/columns"
)

const (
	maxMessage = 1024 // bytes of one message
	maxLogged  = 100  // messages of one call
	maxPrinted = 4096 // bytes that a module writes to standard error, of one call
)

// host is what the imports of one instance work on. It travels in the context of calls.
type host struct {
	program *program
	f       *udf.Function // the function that runs; nil while the module starts
	current func() int    // the row that runs; nil where none does
	said    []said
	logged  int
	printed bytes.Buffer // what the module wrote to standard error: the panic of a Go program, say
	ticks   int64
	seeded  *mathrand.ChaCha8
}

// said is what a module told of a row with dreamql.fail.
type said struct {
	row int // -1 where no row is known
	err error
}

type hostKey struct{}

func newHost(p *program) *host { return &host{program: p} }

func (h *host) in(ctx context.Context) context.Context { return context.WithValue(ctx, hostKey{}, h) }

func of(ctx context.Context) *host {
	h, _ := ctx.Value(hostKey{}).(*host)
	return h
}

// enter begins a call of f, or the start of the module where f is nil.
func (h *host) enter(f *udf.Function) {
	h.f, h.current, h.said, h.logged = f, nil, nil, 0
	h.printed.Reset()
	if f == nil { // every instance finds the same
		h.ticks, h.seeded = 0, mathrand.NewChaCha8([32]byte{})
	}
}

// watch tells how to know which row runs.
func (h *host) watch(current func() int) { h.current = current }

func (h *host) row() int {
	if h.current == nil {
		return -1
	}
	return h.current()
}

// take returns what was said of rows before hi, and of none in particular.
func (h *host) take(hi int) []said {
	for i, s := range h.said {
		if s.row >= hi {
			taken := h.said[:i]
			h.said = h.said[i:]
			return taken
		}
	}
	taken := h.said
	h.said = nil
	return taken
}

// failed is the error of a row that trapped: what it said before, or the trap.
func (h *host) failed(row int, trap error) error {
	for _, s := range h.said {
		if s.row == row {
			h.said = nil
			return s.err
		}
	}
	return h.explain(trap)
}

// explain adds to a trap what the module had to say about it.
func (h *host) explain(trap error) error {
	var abort *abortError
	var denied *deniedError
	switch {
	case errors.As(trap, &abort):
		return abort
	case errors.As(trap, &denied):
		return denied
	case h.printed.Len() > 0:
		text := strings.ToValidUTF8(strings.TrimSpace(h.printed.String()), "�")
		return errors.New(text) // what follows is where in the compiled code, which says less
	}
	return trap
}

// grants reports whether the function that runs, or at the start any of the module's, declares a capability.
func (h *host) grants(capability string) bool {
	if h.f == nil {
		return slices.Contains(h.program.granted, capability)
	}
	return slices.Contains(h.f.Capabilities, capability)
}

// config is what an instance of a module gets: no files, arguments or environment, and clocks and randomness that are the same in every
// instance unless a capability grants real ones. Sleeping takes no time.
func (h *host) config() wazero.ModuleConfig {
	return wazero.NewModuleConfig().WithName("").WithStartFunctions().WithStderr(h).WithRandSource(chance{h}).
		WithWalltime(h.wall, sys.ClockResolution(time.Microsecond)).WithNanotime(h.nano, 1)
}

// Write takes what the module prints to standard error.
func (h *host) Write(b []byte) (int, error) {
	if room := maxPrinted - h.printed.Len(); room > 0 {
		h.printed.Write(b[:min(room, len(b))])
	}
	return len(b), nil
}

// tick is a clock that moves on by a millisecond whenever somebody looks.
func (h *host) tick() int64 {
	h.ticks++
	return h.ticks * int64(time.Millisecond)
}

func (h *host) nano() int64 {
	if h.grants("clock") {
		return time.Now().UnixNano()
	}
	return h.tick()
}

func (h *host) wall() (int64, int32) {
	now := time.Now()
	if !h.grants("clock") {
		now = time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(h.tick()))
	}
	return now.Unix(), int32(now.Nanosecond())
}

// chance is the source of randomness.
type chance struct{ h *host }

func (c chance) Read(b []byte) (int, error) {
	if c.h.grants("random") {
		return rand.Read(b)
	}
	return c.h.seeded.Read(b)
}

// initialize runs what a module wants to be run before its functions are called.
func initialize(ctx context.Context, m api.Module) error {
	for _, name := range []string{"_initialize", "_start"} {
		f := m.ExportedFunction(name)
		if f == nil {
			continue
		}
		var exit *sys.ExitError
		_, err := f.Call(ctx)
		switch {
		case err == nil && !m.IsClosed():
			return nil
		case m.IsClosed(), errors.As(err, &exit):
			return fmt.Errorf("the module's %s ended the program (%v), so that its functions cannot be called; build a library (a reactor), not a program", name, err)
		default:
			return fmt.Errorf("the module's %s failed: %w", name, err)
		}
	}
	return nil
}

// abortError is what an AssemblyScript module says when it gives up.
type abortError struct {
	message, file string
	line, column  uint32
}

func (e *abortError) Error() string {
	return fmt.Sprintf("aborted: %s (%s:%d:%d)", e.message, e.file, e.line, e.column)
}

// deniedError stops a function that does what its package does not declare.
type deniedError struct{ capability, what string }

func (e *deniedError) Error() string {
	return fmt.Sprintf("the function calls %s, which it may not; add capabilities = [%q] to it in dreamql.toml", e.what, e.capability)
}

// hostModules gives an engine the functions that modules may import, WASI aside.
func (r *Runtime) hostModules(ctx context.Context, e wazero.Runtime) error {
	_, err := e.NewHostModuleBuilder("dreamql").NewFunctionBuilder().WithFunc(r.log).Export("log").
		NewFunctionBuilder().WithFunc(fail).Export("fail").Instantiate(ctx)
	if err != nil {
		return err
	}
	_, err = e.NewHostModuleBuilder("env").NewFunctionBuilder().WithFunc(abort).Export("abort").Instantiate(ctx)
	return err
}

// checkHost reports an import that the host does not offer, or offers with another signature.
func checkHost(e wazero.Runtime, user wazero.CompiledModule) error {
	for _, def := range user.ImportedFunctions() {
		module, name, _ := def.Import()
		host := e.Module(module)
		if host == nil {
			return fmt.Errorf("the module imports %s.%s, which does not exist here", module, name)
		}
		offered, ok := host.ExportedFunctionDefinitions()[name]
		if !ok {
			return fmt.Errorf("the module imports %s.%s, which does not exist here", module, name)
		}
		want, have := showType(def), showType(offered)
		if want != have {
			return fmt.Errorf("the module imports %s.%s as %s, but it is %s", module, name, want, have)
		}
	}
	return nil
}

// log is dreamql.log(pointer, length).
func (r *Runtime) log(ctx context.Context, m api.Module, ptr, length uint32) {
	h := of(ctx)
	if h == nil {
		return
	}
	if !h.grants("log") {
		panic(&deniedError{"log", "dreamql.log"})
	}
	if r.opts.Log == nil || h.logged >= maxLogged || memoryOf(m) == nil {
		return
	}
	h.logged++
	if b, ok := m.Memory().Read(ptr, min(length, maxMessage)); ok {
		who := "the start of the module"
		if h.f != nil {
			who = h.f.ID()
		}
		r.opts.Log(fmt.Sprintf("%s: %q", who, b))
	}
}

// fail is dreamql.fail(pointer, length): the row that runs has failed, for the reason given. The first reason counts.
func fail(ctx context.Context, m api.Module, ptr, length uint32) {
	h := of(ctx)
	if h == nil {
		return
	}
	row := h.row()
	if n := len(h.said); n > 0 && h.said[n-1].row == row {
		return
	}
	reason := "the function failed, with a reason that lies outside its memory"
	if memoryOf(m) != nil {
		if b, ok := m.Memory().Read(ptr, min(length, maxMessage)); ok {
			reason = strings.ToValidUTF8(string(b), "�")
		}
	}
	h.said = append(h.said, said{row, errors.New(reason)})
}

// abort is AssemblyScript's env.abort(message, file, line, column).
func abort(_ context.Context, m api.Module, message, file, line, column uint32) {
	panic(&abortError{utf16At(m, message), utf16At(m, file), line, column})
}

// utf16At reads an AssemblyScript string: UTF-16 code units, whose length in bytes stands before them.
func utf16At(m api.Module, ptr uint32) string {
	if ptr < 4 || memoryOf(m) == nil {
		return "?"
	}
	size, ok := m.Memory().ReadUint32Le(ptr - 4)
	if !ok {
		return "?"
	}
	b, ok := m.Memory().Read(ptr, min(size, maxMessage)&^1)
	if !ok {
		return "?"
	}
	units := make([]uint16, len(b)/2)
	for i := range units {
		units[i] = binary.LittleEndian.Uint16(b[2*i:])
	}
	return columns.Clip(string(utf16.Decode(units)), maxMessage)
}

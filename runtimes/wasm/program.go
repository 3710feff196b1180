package wasm

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/tetratelabs/wazero"

	"github.com/dreamql/dreamql/engine/udf"
)

// compiled is a function of a program with its driver.
type compiled struct {
	abi    *abi
	layout layout
	driver wazero.CompiledModule
}

type program struct {
	runtime *Runtime
	engine  wazero.Runtime
	user    wazero.CompiledModule
	drivers map[string]*compiled // by udf.Function.ID
	made    udf.Made
}

func (p *program) add(ctx context.Context, f *udf.Function) error {
	if f.Shape != udf.Scalar && f.Shape != "" {
		return fmt.Errorf("%s functions cannot be written in WebAssembly yet; make it a scalar function", f.Shape)
	}
	entry := f.Entry
	if entry == "" {
		entry = f.Name
	}
	def, ok := p.user.ExportedFunctions()[entry]
	if !ok {
		return fmt.Errorf("the module exports no function %q; it exports %s", entry, exports(p.user))
	}
	a, err := convention(f)
	if err != nil {
		return err
	}
	if err := a.bind(entry, spelled(f), def); err != nil {
		return err
	}
	if a.inGuest() {
		if err := needsMemory(p.user); err != nil {
			return err
		}
	}
	l := place(a)
	unroll := int32(1)
	if p.runtime.opts.Interruptible {
		unroll = 16
	}
	d, err := p.engine.CompileModule(ctx, driver(a, l, entry, unroll))
	if err != nil {
		return fmt.Errorf("its driver: %w", err)
	}
	p.drivers[f.ID()] = &compiled{abi: a, layout: l, driver: d}
	return nil
}

func needsMemory(m wazero.CompiledModule) error {
	if _, ok := m.ExportedMemories()[exportTable]; !ok {
		return errors.New(`functions with strings, bytes, values of 16 bytes or an optional result need the module to export its memory as "memory"`)
	}
	def, ok := m.ExportedFunctions()["alloc"]
	if !ok || string(def.ParamTypes()) != string([]byte{typeI32}) || string(def.ResultTypes()) != string([]byte{typeI32}) {
		return errors.New("functions with strings, bytes, values of 16 bytes or an optional result need the module to export alloc(size: i32) -> pointer: i32")
	}
	return nil
}

func (p *program) Tier(*udf.Function) string { return "wasm" }

func (p *program) Made() udf.Made { return p.made }

func (p *program) Close(ctx context.Context) error {
	err := p.user.Close(ctx)
	for _, d := range p.drivers {
		err = errors.Join(err, d.driver.Close(ctx))
	}
	return err
}

// exports lists the exported functions for a message.
func exports(m wazero.CompiledModule) string {
	var names []string
	for n := range m.ExportedFunctions() {
		names = append(names, n)
	}
	if len(names) == 0 {
		return "none"
	}
	slices.Sort(names)
	if len(names) > 20 {
		names = append(names[:20], "…")
	}
	return strings.Join(names, ", ")
}

package subset

import (
	"context"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
)

// Cells of the module's memory that the host and compiled code share.
const (
	cellHeap     = 8  // u32: where free memory begins
	cellDeclined = 12 // u32: 1 when CPython must decide the row
	cellDepth    = 16 // u32: how deeply calls are nested
	cellPair     = 24 // two floats, the coordinates of hypot
	cellsEnd     = 64
)

// A string is one i64: its place in memory << 32 | 1 << 31 where it is known to be ASCII | its bytes.
const asciiFlag = 1 << 31

func packText(ptr, size uint32, ascii bool) uint64 {
	v := uint64(ptr)<<32 | uint64(size)
	if ascii {
		v |= asciiFlag
	}
	return v
}

func isASCII[T string | []byte](s T) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}

// guest is the memory of a module during a call of the host. What it does not do as CPython does, it declines.
type guest struct{ memory api.Memory }

func (g guest) decline() uint64 {
	g.memory.WriteUint32Le(cellDeclined, 1)
	return 0
}

// bytes of a string, valid until memory grows.
func (g guest) bytes(v uint64) []byte {
	b, _ := g.memory.Read(uint32(v>>32), uint32(v)&^asciiFlag)
	return b
}

func (g guest) text(v uint64) string { return string(g.bytes(v)) }

// put makes a string in free memory.
func (g guest) put(s string) uint64 {
	if s == "" {
		return asciiFlag
	}
	heap, _ := g.memory.ReadUint32Le(cellHeap)
	end := uint64(heap) + uint64(len(s))
	if end > math.MaxUint32 {
		return g.decline()
	}
	if missing := int64(end) - int64(g.memory.Size()); missing > 0 {
		if _, ok := g.memory.Grow(uint32((missing + 65535) >> 16)); !ok {
			return g.decline()
		}
	}
	g.memory.WriteString(heap, s)
	g.memory.WriteUint32Le(cellHeap, uint32(end))
	return packText(heap, uint32(len(s)), isASCII(s))
}

// part is a string within another.
func (g guest) part(whole uint64, from, to int) uint64 {
	return packText(uint32(whole>>32)+uint32(from), uint32(to-from), whole&asciiFlag != 0)
}

func truth(b bool) uint64 {
	if b {
		return 1
	}
	return 0
}

// hostFunction takes and gives 64 bits: ints, floats as their bits, strings as they are packed.
type hostFunction struct {
	name string
	args int
	call func(g guest, args []uint64) uint64
}

// hostModule is what compiled modules import from.
const hostModule = "python"

// hostFunctions lists all, by name.
func hostFunctions() []hostFunction {
	list := append([]hostFunction{
		{"int text", 1, func(g guest, a []uint64) uint64 { return g.put(strconv.FormatInt(int64(a[0]), 10)) }},
		{"float text", 1, func(g guest, a []uint64) uint64 { return g.put(floatText(math.Float64frombits(a[0]))) }},
		{"format int", 2, func(g guest, a []uint64) uint64 {
			f, _ := parseSpec(g.text(a[1]), typ{kind: integer})
			if f.verb == 'f' || f.verb == '%' || f.verb == 'e' {
				return g.real(f, float64(int64(a[0])))
			}
			return g.put(f.whole(int64(a[0])))
		}},
		{"format float", 2, func(g guest, a []uint64) uint64 {
			f, _ := parseSpec(g.text(a[1]), typ{kind: float})
			return g.real(f, math.Float64frombits(a[0]))
		}},
		{"format str", 2, func(g guest, a []uint64) uint64 {
			f, _ := parseSpec(g.text(a[1]), typ{kind: text})
			return g.put(f.text(g.text(a[0])))
		}},
		{"round", 2, round},
		{"text int", 1, textInt},
		{"text float", 1, textFloat},
	}, textFunctions()...)
	slices.SortFunc(list, func(a, b hostFunction) int { return strings.Compare(a.name, b.name) })
	return list
}

func (g guest) real(f spec, v float64) uint64 {
	s, ok := f.real(v)
	if !ok {
		return g.decline()
	}
	return g.put(s)
}

// round gives the float nearest to the decimal that a float rounds to, half to even, as CPython does by way of its digits.
func round(g guest, a []uint64) uint64 {
	v, digits := math.Float64frombits(a[0]), int64(a[1])
	switch {
	case digits > 323 || v-v != 0:
		return a[0]
	case digits < 0:
		return g.decline()
	}
	var buffer [400]byte
	rounded, err := strconv.ParseFloat(string(strconv.AppendFloat(buffer[:0], v, 'f', int(digits), 64)), 64)
	if err != nil {
		return g.decline()
	}
	return math.Float64bits(rounded)
}

// blank is what str.strip removes, of ASCII.
const blank = " \t\n\v\f\r\x1c\x1d\x1e\x1f"

// spaces is what int() and float() skip around ASCII digits, which is less.
const spaces = " \t\n\v\f\r"

// textInt reads decimal digits; whatever else int() takes, CPython reads.
func textInt(g guest, a []uint64) uint64 {
	s := strings.Trim(g.text(a[0]), spaces)
	digits := strings.TrimPrefix(s, "-")
	if digits == s {
		digits = strings.TrimPrefix(s, "+")
	}
	if digits == "" || len(digits) > 18 || strings.Trim(digits, "0123456789") != "" {
		return g.decline()
	}
	v, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		return g.decline()
	}
	return uint64(v)
}

// textFloat reads decimal numbers; whatever else float() takes, CPython reads.
func textFloat(g guest, a []uint64) uint64 {
	s := strings.Trim(g.text(a[0]), spaces)
	if s == "" || strings.Trim(s, "0123456789+-.eE") != "" {
		return g.decline()
	}
	v, err := strconv.ParseFloat(s, 64)
	if err != nil && !math.IsInf(v, 0) {
		return g.decline()
	}
	return math.Float64bits(v)
}

// installHost gives an engine the module that compiled modules import.
func installHost(ctx context.Context, engine wazero.Runtime) error {
	b := engine.NewHostModuleBuilder(hostModule)
	for _, f := range hostFunctions() {
		params := make([]api.ValueType, f.args)
		for i := range params {
			params[i] = api.ValueTypeI64
		}
		call, args := f.call, f.args
		b.NewFunctionBuilder().WithGoModuleFunction(api.GoModuleFunc(func(_ context.Context, m api.Module, stack []uint64) {
			stack[0] = call(guest{m.Memory()}, stack[:args])
		}), params, []api.ValueType{api.ValueTypeI64}).Export(f.name)
	}
	_, err := b.Instantiate(ctx)
	return err
}

// at returns where in s its n-th character begins.
func at(s []byte, n int) int {
	i := 0
	for ; n > 0 && i < len(s); n-- {
		_, size := utf8.DecodeRune(s[i:])
		i += size
	}
	return i
}

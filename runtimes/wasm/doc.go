// Package wasm runs functions that are WebAssembly modules, on wazero.
//
// For each function it generates a small driver module whose loop, inside WebAssembly, calls the author's function once a
// row over up to 8,192 rows, so that a batch costs one call from Go (driver.go). Which WebAssembly signature a function
// must have follows from its DreamQL signature alone (abi.go):
//
//	bool, date              i32
//	int, time, timestamp    i64; an int may also be i32, and is then checked to fit
//	float                   f64, or f32
//	decimal                 i64, unscaled; of more than 18 digits two i64, the low one first
//	string, json, bytes     i32 pointer, i32 length; as a result one i64, pointer << 32 | length
//	duration, uuid          i32 pointer to 16 bytes: i32 months, i32 days, i64 nanoseconds; or the uuid
//	T?                      as T, followed by an i32 that is 1 when the value is present and 0 when it is absent
//	a result of type T?     as T, with a last parameter, an i32 pointer to an i32 that holds 1: store 0 to return none
//	a result of 16 bytes    (duration, uuid, a decimal of more than 18 digits) a first parameter, an i32 pointer to where it goes
//
// A module with strings, with values of 16 bytes or with an optional result exports its memory as "memory" and alloc(size i32) -> pointer i32, by
// which the runtime asks for room for arguments. Functions must not keep state between calls: an instance is replaced
// after a trap and when its memory has grown much.
//
// Validation (validate.go) refuses what makes the engine itself slow or large. It is no sandbox: endless loops and deep
// recursion are contained by the executor process, which can be killed. A new type is a case in abi.go, columns.go and
// result.go.
package wasm

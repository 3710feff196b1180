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
// A module with strings, with values of 16 bytes or with an optional result exports its memory as "memory" and
// alloc(size i32) -> pointer i32, by which the runtime asks for room for arguments. Functions must not keep state between calls: an
// instance is replaced after a trap and when its memory has grown much, and is used again after it was closed.
//
// An export f_batch takes whole columns and is used instead of f: how many rows, for each parameter a pointer to its values one after
// the other (and for an optional one a pointer to bytes that are 1 where it is present), and a pointer to the results (and for an
// optional one to i32s that are 1 beforehand). Columns begin at multiples of 64 bytes; a value has the width of its WebAssembly type,
// text is two i32, a string result an i64.
//
// Aggregates (aggregate.go) are f_init() -> i32 state, f_step(state, arguments), f_merge(state, other) and f_finish(state) -> result.
// A flat state names its size in the manifest (state_bytes); else the module exports f_save(state) -> i64, pointer << 32 | length,
// and f_load(pointer, length) -> state. f_drop(state), where there is one, is told of states that are not needed any more.
//
// Table functions (table.go) are f_open(arguments) -> i32 cursor, f_next(cursor, out) -> i32, which writes a row at out and returns 1,
// or 0 at the end, and f_close(cursor). A row is one slot of 8 bytes a field, 16 for values of 16 bytes, text as pointer and length; an
// optional field is followed by a slot that is 1 when the value is present. Text must stay until the next call of f_next.
//
// Imports (host.go): dreamql.fail(pointer, length) says why the row that runs has failed; dreamql.log(pointer, length) needs the
// capability log; WASI has no files or network, and real clocks and randomness with the capabilities clock and random alone.
//
// Validation (validate.go) refuses what makes the engine itself slow or large. It is no sandbox: endless loops and deep
// recursion are contained by the executor process, which can be killed. A new type is a case in abi.go, batch.go and output.go.
package wasm

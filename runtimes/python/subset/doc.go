// Package subset compiles Python functions to WebAssembly: those of numbers, strings, bools and options, with if, while, for,
// calls of one another, comparisons, the functions of math for floats, and f-strings.
//
// The way is scan (token.go) → parse (parse.go, module.go) → infer (infer.go) → emit (emit.go) → run (instance.go). Types come from
// the signatures of the functions; annotations say nothing more. A variable has one type, or that and None; an int that is
// sometimes a float is a number. What is not understood, or not certain to be the same, is refused with a Reason: the line and
// what there is not compiled.
//
// Compiled code gives CPython's result bit for bit, or it declines the row, and whoever calls it has CPython decide: an exception,
// an int of more than 64 bits, recursion past CPython's limit, too much memory, a letter whose upper case Unicode must say. So
// what CPython alone knows is never guessed. An assert that fails and a raise are declined rows too.
//
// A row loop with the function's body within it runs over up to 8,192 rows (emit_rows.go, layout.go). Strings lie in the module's memory in
// UTF-8; what a row makes is freed after it. The host does what is rare or long: formats, cases, replacements (host.go).
//
// A function of math is a case in builtins.go and emit_call.go, a method of strings a line in builtins.go and host_text.go, a statement one in
// syntax.go, parse.go, infer.go and emit_statement.go; testdata/subset of package python has functions of each, compared with CPython.
package subset

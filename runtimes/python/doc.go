// Package python runs functions that are written in Python, with its standard library, on CPython compiled to WebAssembly.
//
// An interpreter is one WebAssembly instance that runs driver.py: a loop that reads batches from standard input and writes
// results to standard output (wire.go). It has no files, no network, no clock and no randomness, and its memory is bounded.
// Starting one takes a fifth of a second, and compiling CPython itself seconds, so a Runtime keeps started interpreters
// in stock (Prewarm), and Warm compiles ahead into a cache. The published CPython was built without optimisation; package promote makes
// up for it (code.go).
//
// A function gets bool, int, float, str, bytes, decimal.Decimal, uuid.UUID, datetime.date, time, timedelta and datetime (with a time
// zone), lists, and dicts for records; json is str. A value of type T? may be None. Results must have exactly the type that the
// signature says, or int where it says float; a tuple may stand for a list or a record.
//
// An aggregate function is a class, whose objects are the groups (accumulator.go); a table function is a generator, or returns an
// iterable (rows.go). A function that declares row errors fails for a row alone.
//
// Functions of numbers, strings, bools and options that stay within a subset are compiled by package subset instead, and start at once;
// CPython then decides only the rows that compiled code does not vouch for. Some functions of text and lists run on gpython until
// CPython has loaded their source (package atonce, early.go).
//
// It does not stop a function that loops for ever unless Options.Interruptible is set; the executor process is killed
// instead. A new type is a case in driver.py, encode.go and results.go.
package python

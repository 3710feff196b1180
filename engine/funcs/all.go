package funcs

// All is the library, in the order of the reference.
var All = []*Func{
	add, subtract, multiply, divide, div, remainder, power, negate,
	equal, notEqual, less, lessEqual, greater, greaterEqual,
	and, or, not, isNone, coalesce,
	count, countIf, sum, mean, minimum, maximum, first, last, anyValue, argMin, argMax,
}

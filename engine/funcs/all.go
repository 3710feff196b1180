package funcs

//go:generate go run ./gen ../../docs/book/functions.md

// All is the library, in the order of the reference.
var All = []*Func{
	// operators
	add, subtract, multiply, divide, remainder, power, negate,
	equal, notEqual, less, lessEqual, greater, greaterEqual,
	and, or, not, in,
	// arithmetic and absence
	div, isNone, coalesce,
	// mathematics
	absolute, sign, round, floor, ceil, clamp, least, greatest, isNaN,
	squareRoot, exponent, pow, logarithm, log, log10, log2,
	sine, cosine, tangent, arcSine, arcCosine, arcTangent, atan2, radians, degrees,
	// text and lists
	lower, upper, trim, trimStart, trimEnd, length, contains, startsWith, endsWith, position,
	replace, split, substring, concat, reverse, padStart, padEnd, repeat,
	regexMatch, regexExtract, regexReplace,
	get, join, sortList, distinctItems, takeItems, skipItems, listSum, listMean, listMin, listMax,
	// dates and times
	year, quarter, month, week, day, dayOfWeek, dayOfYear, hour, minute, second, micro,
	truncate, makeDate, daysBetween, secondsBetween, epoch, nowFunc,
	// conversion
	toInt, tryInt, toFloat, tryFloat, toDecimal, tryDecimal, toBool, tryBool, toString,
	toDate, tryDate, toTime, tryTime, toTimestamp, tryTimestamp, toUUID, tryUUID, hash,
	// aggregates
	count, countIf, sum, mean, minimum, maximum, median, quantile, variance, stddev, mode,
	first, last, anyValue, argMin, argMax, boolAnd, boolOr,
	collect, distinctList, countDistinct, approxDistinct,
	// windows
	rowNumber, rank, denseRank, ntile, lag, lead,
}

package funcs

//go:generate go run ./gen ../../docs/book/functions.md

// All is the library, in the order of the reference.
var All = []*Func{
	// operators
	add, subtract, multiply, divide, remainder, power, negate,
	equal, notEqual, less, lessEqual, greater, greaterEqual,
	and, or, not, in,
	// arithmetic and absence
	div, checkedAdd, checkedSubtract, checkedMultiply, checkedDiv, checkedDivide, isNone, coalesce, try,
	// mathematics
	absolute, sign, round, floor, ceil, clamp, least, greatest, isNaN,
	squareRoot, exponent, pow, logarithm, log, log10, log2,
	expm1, log1p, cubeRoot, hypot, pi, euler, infinity, nan, isFinite, isInfinite,
	sine, cosine, tangent, cotangent, arcSine, arcCosine, arcTangent, atan2, radians, degrees, sinh, cosh, tanh, arcSinh, arcCosh, arcTanh,
	gcd, lcm, factorial, floorMod, bitAnd, bitOr, bitXor, bitNot, bitCount, leftShift, rightShift, widthBucket, toBase, fromBase,
	// text
	lower, upper, trim, trimStart, trimEnd, length, contains, startsWith, endsWith, position,
	replace, split, substring, concat, reverse, padStart, padEnd, repeat,
	title, capitalize, normalize, stripAccents, graphemes, graphemeCount, chars, codePoint, fromCodePoint, byteLength, isBlank, isASCII,
	left, right, splitPart, before, after, lines, words, occurrences, lastPosition, translate, replaceFirst, removePrefix, removeSuffix,
	collapseSpaces, slug, formatNumber, levenshtein, similarity, jaroWinkler, hamming, soundex, like,
	regexMatch, regexExtract, regexReplace, regexExtractAll, regexCount, regexSplit, regexPosition, regexGroup, regexGroups, regexEscape,
	// lists
	get, join, sortList, distinctItems, takeItems, skipItems, sliceList, appendItem, prependItem, flatten, rangeList, fill, compactList, without,
	chunk, zip, enumerate, rotate, listUnion, listIntersect, listExcept, indexOf, countOf, hasAll, hasAny, isEmpty,
	dot, cosineSimilarity, euclidean, cumulativeSum, listSum, listMean, listMin, listMax, listMedian, listVariance, listStddev, listProduct, listAnd, listOr,
	eachMap, eachFilter, flatMap, eachAll, countWhere, find, indexWhere, sortBy, distinctBy, takeWhile, skipWhile, zipWith, foldFunc, reduceFunc,
	// json
	parseJSON, tryParseJSON, isJSON, toJSON, jsonGet, jsonHas, jsonText, jsonType, jsonLength, jsonKeys, jsonValues, jsonMerge, jsonSet, jsonDelete, jsonPretty,
	// dates and times
	year, quarter, month, week, day, dayOfWeek, dayOfYear, hour, minute, second, micro,
	truncate, makeDate, daysBetween, secondsBetween, epoch, nowFunc, milli, isoYear, daysOfMonth, decade, century, dayName, monthName, isLeapYear, isWeekend,
	lastDayOf, makeTime, makeTimestamp, epochMillis, epochDays, fromMillis, fromDays, countBetween, age, roundTime, ceilTime, timeBucket,
	toZone, fromZone, zoneOffset, isZone, today, formatDate, parseDate, parseTime, parseTimestamp,
	yearsOf, monthsOf, weeksOf, daysOf, hoursOf, minutesOf, secondsOf, millisOf, spanMonths, spanDays, totalSeconds,
	// conversion
	toInt, tryInt, toFloat, tryFloat, toDecimal, tryDecimal, toBool, tryBool, toString,
	toDate, tryDate, toTime, tryTime, toTimestamp, tryTimestamp, toUUID, tryUUID, hash,
	// hashing, encoding, geography
	md5Func, sha1Func, sha256Func, sha512Func, xxHash, crc, toHex, fromHex, toBase64, fromBase64, encodeUTF8, decodeUTF8,
	urlEncode, urlDecode, urlScheme, urlHost, urlPath, urlParameter, uuidFrom, uuidVersion, uuidTime,
	greatCircle, bearing, destination, geohashEncode, geohashDecode, inBox,
	// aggregates
	count, countIf, sum, mean, minimum, maximum, median, quantile, variance, stddev, mode,
	first, last, anyValue, argMin, argMax, boolAnd, boolOr,
	collect, distinctList, countDistinct, approxDistinct, joinRows, histogram, approxQuantile, approxMedian, medianDeviation, entropy,
	variancePop, stddevPop, skewness, kurtosis, geometricMean, harmonicMean, rootMeanSquare, product, weightedMean, movingMean,
	correlation, covariance, covariancePop, slope, intercept, determination,
	// windows
	rowNumber, rank, denseRank, percentRank, cumeDist, ntile, lag, lead, nth,
}

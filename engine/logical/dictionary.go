package logical

// DictionaryLimit is how many distinct texts a column may have that is written as numbers of a dictionary.
const DictionaryLimit = 256 << 10

// DictionaryPays reports whether a column of so many distinct texts is written with a dictionary: each comes back four times on average.
func DictionaryPays(values, rows int64) bool {
	return values > 0 && values <= DictionaryLimit && values*4 <= rows
}

package logical

import (
	"encoding/json"
	"math"
	"strconv"
)

// Float is a float64 that travels through JSON whole, NaN, infinities and negative zero included.
type Float float64

// MarshalJSON writes a number, or a string where JSON has none.
func (f Float) MarshalJSON() ([]byte, error) {
	v := float64(f)
	if math.IsNaN(v) || math.IsInf(v, 0) || (v == 0 && math.Signbit(v)) {
		return json.Marshal(strconv.FormatFloat(v, 'g', -1, 64))
	}
	return json.Marshal(v)
}

// UnmarshalJSON is the inverse of MarshalJSON.
func (f *Float) UnmarshalJSON(b []byte) error {
	s := string(b)
	if len(b) > 1 && b[0] == '"' {
		s = string(b[1 : len(b)-1])
	}
	v, err := strconv.ParseFloat(s, 64)
	*f = Float(v)
	return err
}

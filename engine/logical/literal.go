package logical

// Literal is a constant of a scalar type, or absent. Exactly one field is set, by the type that goes with it; all nil
// means absent. Dates are days, times and timestamps microseconds (see types.Kind); decimals are their unscaled
// integer as decimal text.
type Literal struct {
	Bool     *bool     `json:"bool,omitempty"`
	Int      *int64    `json:"int,omitempty"` // int, date, time, timestamp
	Float    *Float    `json:"float,omitempty"`
	Text     *string   `json:"text,omitempty"` // string, json, uuid, decimal (unscaled)
	Bytes    []byte    `json:"bytes,omitzero"`
	Interval *[3]int64 `json:"interval,omitempty"` // duration: months, days, nanoseconds
}

// Absent reports whether the literal is none.
func (l *Literal) Absent() bool {
	return l == nil || l.Bool == nil && l.Int == nil && l.Float == nil && l.Text == nil && l.Bytes == nil && l.Interval == nil
}

package api

import (
	"math"
	"time"

	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/types"
)

// literal is a bound of a column as it would look in a row; nil where it is unknown or has no plain form.
func literal(l *logical.Literal, t types.Type) *any {
	if l.Absent() {
		return nil
	}
	var v any
	switch k := t.Required().Kind; {
	case l.Bool != nil:
		v = *l.Bool
	case l.Int != nil && k == types.Date:
		v = time.Unix(0, 0).UTC().AddDate(0, 0, int(*l.Int)).Format(time.DateOnly)
	case l.Int != nil && k == types.Timestamp:
		v = time.UnixMicro(*l.Int).UTC().Format("2006-01-02T15:04:05.999999Z")
	case l.Int != nil && k == types.Time:
		v = time.UnixMicro(*l.Int).UTC().Format("15:04:05.999999")
	case l.Int != nil:
		v = *l.Int
	case l.Float != nil && !math.IsNaN(float64(*l.Float)) && !math.IsInf(float64(*l.Float), 0):
		v = float64(*l.Float)
	case l.Text != nil && (k == types.String || k == types.UUID):
		v = *l.Text
	default:
		return nil
	}
	return &v
}

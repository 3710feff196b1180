package types

import (
	"fmt"

	"github.com/apache/arrow-go/v18/arrow"
)

// Metadata keys on Arrow fields that keep what the Arrow type alone does not say.
const MetaType = "dreamql.type" // the DreamQL type, where several share one Arrow type (json and string)

// ToArrow returns the Arrow type that carries values of t between operators, nodes and runtimes. Strings may also arrive
// dictionary-encoded (int32 indices); operators must accept both. Options are nullable columns of the element's type.
func ToArrow(t Type) (arrow.DataType, error) {
	switch t.Kind {
	case Bool:
		return arrow.FixedWidthTypes.Boolean, nil
	case Int:
		return arrow.PrimitiveTypes.Int64, nil
	case Float:
		return arrow.PrimitiveTypes.Float64, nil
	case Decimal:
		return &arrow.Decimal128Type{Precision: int32(t.Precision), Scale: int32(t.Scale)}, nil
	case String, JSON:
		return arrow.BinaryTypes.String, nil
	case Bytes:
		return arrow.BinaryTypes.Binary, nil
	case Date:
		return arrow.FixedWidthTypes.Date32, nil
	case Time:
		return arrow.FixedWidthTypes.Time64us, nil
	case Timestamp:
		return &arrow.TimestampType{Unit: arrow.Microsecond, TimeZone: "UTC"}, nil
	case Duration:
		return arrow.FixedWidthTypes.MonthDayNanoInterval, nil
	case UUID:
		return &arrow.FixedSizeBinaryType{ByteWidth: 16}, nil
	case None:
		return arrow.Null, nil
	case Option:
		return ToArrow(*t.Elem)
	case List:
		e, err := ToArrow(*t.Elem)
		if err != nil {
			return nil, err
		}
		return arrow.ListOfField(arrow.Field{Name: "item", Type: e, Nullable: t.Elem.IsOption()}), nil
	case Record:
		fs, err := ArrowFields(t.Fields)
		if err != nil {
			return nil, err
		}
		return arrow.StructOf(fs...), nil
	}
	return nil, fmt.Errorf("a value of type %s cannot be stored in a column", t)
}

// ArrowFields maps named DreamQL fields to Arrow fields.
func ArrowFields(fields []Field) ([]arrow.Field, error) {
	out := make([]arrow.Field, len(fields))
	for i, f := range fields {
		dt, err := ToArrow(f.Type)
		if err != nil {
			return nil, fmt.Errorf("column %s: %w", f.Name, err)
		}
		out[i] = arrow.Field{Name: f.Name, Type: dt, Nullable: f.Type.IsOption()}
		if k := f.Type.Required().Kind; k == JSON {
			out[i].Metadata = arrow.NewMetadata([]string{MetaType}, []string{f.Type.Required().String()})
		}
	}
	return out, nil
}

// ArrowSchema is ArrowFields as a schema.
func ArrowSchema(fields []Field) (*arrow.Schema, error) {
	fs, err := ArrowFields(fields)
	if err != nil {
		return nil, err
	}
	return arrow.NewSchema(fs, nil), nil
}

// FromArrow returns the DreamQL type of an Arrow field; narrower integers and floats widen, and dictionaries are their
// value type. It is an error where DreamQL has no such type.
func FromArrow(f arrow.Field) (Type, error) {
	t, err := fromArrow(f.Type)
	if err != nil {
		return Type{}, err
	}
	if s, ok := f.Metadata.GetValue(MetaType); ok {
		if t, err = Parse(s); err != nil {
			return Type{}, err
		}
	}
	if f.Nullable {
		t = Optional(t)
	}
	return t, nil
}

func fromArrow(dt arrow.DataType) (Type, error) {
	switch d := dt.(type) {
	case *arrow.DictionaryType:
		return fromArrow(d.ValueType)
	case *arrow.Decimal128Type:
		return Type{Kind: Decimal, Precision: int(d.Precision), Scale: int(d.Scale)}, nil
	case *arrow.TimestampType:
		return Of(Timestamp), nil
	case *arrow.FixedSizeBinaryType:
		if d.ByteWidth == 16 {
			return Of(UUID), nil
		}
		return Of(Bytes), nil
	case arrow.ListLikeType:
		e, err := FromArrow(d.ElemField())
		if err != nil {
			return Type{}, err
		}
		return ListOf(e), nil
	case *arrow.StructType:
		var fs []Field
		for _, f := range d.Fields() {
			t, err := FromArrow(f)
			if err != nil {
				return Type{}, err
			}
			fs = append(fs, Field{Name: f.Name, Type: t})
		}
		return RecordOf(fs...), nil
	}
	switch dt.ID() {
	case arrow.BOOL:
		return Of(Bool), nil
	case arrow.INT8, arrow.INT16, arrow.INT32, arrow.INT64, arrow.UINT8, arrow.UINT16, arrow.UINT32, arrow.UINT64:
		return Of(Int), nil
	case arrow.FLOAT16, arrow.FLOAT32, arrow.FLOAT64:
		return Of(Float), nil
	case arrow.STRING, arrow.LARGE_STRING, arrow.STRING_VIEW:
		return Of(String), nil
	case arrow.BINARY, arrow.LARGE_BINARY, arrow.BINARY_VIEW:
		return Of(Bytes), nil
	case arrow.DATE32, arrow.DATE64:
		return Of(Date), nil
	case arrow.TIME32, arrow.TIME64:
		return Of(Time), nil
	case arrow.DURATION, arrow.INTERVAL_MONTHS, arrow.INTERVAL_DAY_TIME, arrow.INTERVAL_MONTH_DAY_NANO:
		return Of(Duration), nil
	case arrow.NULL:
		return Of(None), nil
	}
	return Type{}, fmt.Errorf("an Arrow column of type %s has no DreamQL type", dt)
}

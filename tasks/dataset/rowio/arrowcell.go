package rowio

import (
	"strconv"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
)

// arrowColumn reads cells of an array of any type. Strings are copied, so that no row keeps its batch in memory.
func arrowColumn(arr arrow.Array) func(i int) Cell {
	value := arrowValue(arr)
	if value == nil {
		name := arr.DataType().Name()
		return func(int) Cell { return Cell{name, Other} }
	}
	return func(i int) Cell {
		if arr.IsNull(i) {
			return Cell{Kind: Null}
		}
		return value(i)
	}
}

// arrowValue reads cells that are not null; nil for a type that is neither text nor a label.
func arrowValue(arr arrow.Array) func(i int) Cell {
	switch a := arr.(type) {
	case array.StringLike: // string, large_string and string_view
		return func(i int) Cell { return Cell{strings.Clone(a.Value(i)), String} }
	case *array.Boolean:
		return func(i int) Cell { return Cell{strconv.FormatBool(a.Value(i)), Boolean} }
	case *array.Null:
		return func(int) Cell { return Cell{Kind: Null} }
	case *array.Int8:
		return arrowInt(a)
	case *array.Int16:
		return arrowInt(a)
	case *array.Int32:
		return arrowInt(a)
	case *array.Int64:
		return arrowInt(a)
	case *array.Uint8:
		return arrowInt(a)
	case *array.Uint16:
		return arrowInt(a)
	case *array.Uint32:
		return arrowInt(a)
	case *array.Uint64:
		return func(i int) Cell { return Cell{strconv.FormatUint(a.Value(i), 10), Number} }
	case *array.Float16:
		return func(i int) Cell { return floatCell(float64(a.Value(i).Float32()), 32) }
	case *array.Float32:
		return func(i int) Cell { return floatCell(float64(a.Value(i)), 32) }
	case *array.Float64:
		return func(i int) Cell { return floatCell(a.Value(i), 64) }
	case *array.Dictionary:
		value := arrowColumn(a.Dictionary())
		return func(i int) Cell { return value(a.GetValueIndex(i)) }
	case array.ExtensionArray:
		return arrowColumn(a.Storage())
	}
	return nil
}

func arrowInt[T int8 | int16 | int32 | int64 | uint8 | uint16 | uint32](a interface{ Value(int) T }) func(int) Cell {
	return func(i int) Cell { return Cell{strconv.FormatInt(int64(a.Value(i)), 10), Number} }
}

func floatCell(v float64, bits int) Cell { return Cell{strconv.FormatFloat(v, 'g', -1, bits), Number} }

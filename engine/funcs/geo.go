package funcs

import (
	"errors"
	"math"
	"strings"

	"github.com/dreamql/dreamql/engine/types"
)

// earthRadius is the mean radius in metres (IUGG); distances on a sphere are off by at most 0.6 % from those on the ellipsoid.
const earthRadius = 6_371_008.8

const geoFamily = "geography"

const fourPoints = "(lat1: float, lon1: float, lat2: float, lon2: float) => float"

func radian(x float64) float64 { return x * (math.Pi / 180) }

var greatCircle = scalarFunc(geoFamily, "great_circle_distance", "The distance in metres between two points, given in degrees, over a sphere of the earth's mean radius; off by at most 0.6 %.",
	takes(fourPoints, rowCells(func(r row) (float64, error) {
		a, b := radian(r.float(0)), radian(r.float(2))
		sinLat, sinLon := math.Sin((b-a)/2), math.Sin(radian(r.float(3)-r.float(1))/2)
		h := sinLat*sinLat + math.Cos(a)*math.Cos(b)*sinLon*sinLon
		return 2 * earthRadius * math.Asin(math.Sqrt(min(1, h))), nil
	}), eg("round(great_circle_distance(52.37, 4.9, 48.86, 2.35) / 1000)", "430.0")))

var bearing = scalarFunc(geoFamily, "initial_bearing", "The direction in which the shortest way from the first point to the second starts, in degrees clockwise from north, from 0 to below 360.",
	takes(fourPoints, rowCells(func(r row) (float64, error) {
		a, b, d := radian(r.float(0)), radian(r.float(2)), radian(r.float(3)-r.float(1))
		x := math.Atan2(math.Sin(d)*math.Cos(b), math.Cos(a)*math.Sin(b)-math.Sin(a)*math.Cos(b)*math.Cos(d)) * (180 / math.Pi)
		if x < 0 {
			x += 360
		}
		if x >= 360 {
			x = 0
		}
		return x, nil
	}), eg("initial_bearing(0, 0, 0, 10)", "90.0"), eg("initial_bearing(0, 0, -10, 0)", "180.0")))

// pointType is a point on the earth, in degrees.
var pointType = types.RecordOf(types.Field{Name: "lat", Type: types.Of(types.Float)}, types.Field{Name: "lon", Type: types.Of(types.Float)})

// points is a kernel whose result is a point.
func points(f func(r row) (lat, lon float64, err error)) Kernel {
	return func(c *Call) error {
		lat, lon := NewVec(types.Of(types.Float), c.N), NewVec(types.Of(types.Float), c.N)
		if err := c.rows(func(r row) (err error) {
			lat.Floats[r.i], lon.Floats[r.i], err = f(r)
			return err
		}); err != nil {
			return err
		}
		v, err := pairs(pointType, c.N, lat, lon)
		if err == nil {
			c.Out.Array = v.Array
		}
		return err
	}
}

var destination = scalarFunc(geoFamily, "destination", "The point {lat, lon} reached from a point by going so many metres over a sphere, in a direction in degrees clockwise from north.",
	takes("(lat: float, lon: float, bearing: float, metres: float) => {lat: float, lon: float}", points(func(r row) (float64, float64, error) {
		a, way, d := radian(r.float(0)), radian(r.float(2)), r.float(3)/earthRadius
		lat := math.Asin(math.Sin(a)*math.Cos(d) + math.Cos(a)*math.Sin(d)*math.Cos(way))
		lon := radian(r.float(1)) + math.Atan2(math.Sin(way)*math.Sin(d)*math.Cos(a), math.Cos(d)-math.Sin(a)*math.Sin(lat))
		return lat * (180 / math.Pi), math.Remainder(lon*(180/math.Pi), 360), nil
	}), eg("round(destination(0, 0, 90, 111195).lon, 2)", "1.0")))

const geohashLetters = "0123456789bcdefghjkmnpqrstuvwxyz"

var geohashEncode = scalarFunc(geoFamily, "geohash_encode", "The geohash of a point in degrees, with so many characters, from 1 to 12.",
	takes("(lat: float, lon: float, length: int) => string", rowText(func(r row, out []byte) ([]byte, error) {
		lat, lon, n := r.float(0), r.float(1), r.int(2)
		if n < 1 || n > 12 {
			return nil, errors.New("geohash_encode: a geohash has 1 to 12 characters")
		}
		if !(lat >= -90 && lat <= 90 && lon >= -180 && lon <= 180) {
			return nil, errors.New("geohash_encode: latitudes are from -90 to 90, longitudes from -180 to 180")
		}
		bounds := [2][2]float64{{-180, 180}, {-90, 90}}
		at := [2]float64{lon, lat}
		for letter, bit := 0, 0; n > 0; {
			b := &bounds[bit&1]
			if mid := (b[0] + b[1]) / 2; at[bit&1] >= mid {
				letter, b[0] = letter<<1|1, mid
			} else {
				letter, b[1] = letter<<1, mid
			}
			if bit++; bit%5 == 0 {
				out = append(out, geohashLetters[letter])
				letter = 0
				n--
			}
		}
		return out, nil
	}), eg("geohash_encode(57.64911, 10.40744, 8)", "'u4pruydq'"), egFails("geohash_encode(0, 0, 13)", "1 to 12")).failing())

var geohashDecode = scalarFunc(geoFamily, "geohash_decode", "The middle {lat, lon} of the cell of a geohash; absent where the text is none.",
	takes("(geohash: string) => {lat: float, lon: float}?", points(func(r row) (float64, float64, error) {
		s := strings.ToLower(r.str(0))
		if s == "" || len(s) > 12 {
			return 0, 0, errAbsent
		}
		bounds := [2][2]float64{{-180, 180}, {-90, 90}}
		bit := 0
		for i := range len(s) {
			letter := strings.IndexByte(geohashLetters, s[i])
			if letter < 0 {
				return 0, 0, errAbsent
			}
			for k := 4; k >= 0; k-- {
				b := &bounds[bit&1]
				b[1-letter>>k&1] = (b[0] + b[1]) / 2
				bit++
			}
		}
		return (bounds[1][0] + bounds[1][1]) / 2, (bounds[0][0] + bounds[0][1]) / 2, nil
	}), eg("geohash_decode('s')", "{lat: 22.5, lon: 22.5}"), eg("geohash_decode('a')", "none")))

var inBox = scalarFunc(geoFamily, "in_box", "Whether a point lies in a box of degrees; where west is greater than east, the box goes over the date line.",
	takes("(lat: float, lon: float, south: float, west: float, north: float, east: float) => bool", rowBits(func(r row) (bool, error) {
		lon, west, east := r.float(1), r.float(3), r.float(5)
		across := lon >= west && lon <= east
		if west > east {
			across = lon >= west || lon <= east
		}
		return r.float(0) >= r.float(2) && r.float(0) <= r.float(4) && across, nil
	}), eg("in_box(52, 5, 50, 3, 54, 7)", "true"), eg("in_box(0, -179, -5, 175, 5, -175)", "true")))

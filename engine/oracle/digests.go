package oracle

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"hash"
	"hash/crc32"
	"math"
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/cespare/xxhash/v2"

	"github.com/dreamql/dreamql/engine/logical"
)

// Blob is bytes, and UUID a uuid's sixteen.
type (
	Blob string
	UUID string
)

func raw(v any) string {
	if b, ok := v.(Blob); ok {
		return string(b)
	}
	return v.(string)
}

func digest(make func() hash.Hash) function {
	return func(a []any, _ *logical.Expr) (any, error) {
		h := make()
		h.Write([]byte(raw(a[0])))
		return fmt.Sprintf("%x", h.Sum(nil)), nil
	}
}

func decoding(f func(string) ([]byte, error)) function {
	return func(a []any, _ *logical.Expr) (any, error) {
		b, err := f(a[0].(string))
		if err != nil {
			return nil, nil
		}
		return Blob(b), nil
	}
}

func ofURL(f func(*url.URL) string) function {
	return text1(func(s string) any {
		u, err := url.Parse(s)
		if err != nil || f(u) == "" {
			return nil
		}
		return f(u)
	})
}

var digests = map[string]function{
	"md5": digest(md5.New), "sha1": digest(sha1.New), "sha256": digest(sha256.New), "sha512": digest(sha512.New),
	"xxhash64": func(a []any, _ *logical.Expr) (any, error) { return int64(xxhash.Sum64([]byte(raw(a[0])))), nil },
	"crc32":    func(a []any, _ *logical.Expr) (any, error) { return int64(crc32.ChecksumIEEE([]byte(raw(a[0])))), nil },
	"to_hex":   func(a []any, _ *logical.Expr) (any, error) { return fmt.Sprintf("%x", raw(a[0])), nil },
	"from_hex": decoding(hex.DecodeString),
	"to_base64": func(a []any, _ *logical.Expr) (any, error) {
		return base64.StdEncoding.EncodeToString([]byte(raw(a[0]))), nil
	},
	"from_base64": decoding(func(s string) ([]byte, error) { return base64.RawStdEncoding.DecodeString(strings.TrimRight(s, "=")) }),
	"encode_utf8": text1(func(s string) any { return Blob(s) }),
	"decode_utf8": func(a []any, _ *logical.Expr) (any, error) {
		if !utf8.ValidString(raw(a[0])) {
			return nil, nil
		}
		return raw(a[0]), nil
	},
	"len": func(a []any, _ *logical.Expr) (any, error) {
		b, ok := a[0].(Blob)
		return int64(len(b)), nil2(ok)
	},
	"url_encode": text1(func(s string) any {
		out := ""
		for _, b := range []byte(s) {
			if b < 128 && (letter(rune(b)) || strings.IndexByte("-_.~", b) >= 0) {
				out += string(rune(b))
			} else {
				out += fmt.Sprintf("%%%02X", b)
			}
		}
		return out
	}),
	"url_decode": text1(func(s string) any {
		out := []byte{}
		for i := 0; i < len(s); i++ {
			if s[i] != '%' {
				out = append(out, s[i])
				continue
			}
			if i+2 >= len(s) {
				return nil
			}
			b, err := hex.DecodeString(s[i+1 : i+3])
			if err != nil {
				return nil
			}
			out = append(out, b...)
			i += 2
		}
		if !utf8.Valid(out) {
			return nil
		}
		return string(out)
	}),
	"url_scheme": ofURL(func(u *url.URL) string { return u.Scheme }),
	"url_host":   ofURL(func(u *url.URL) string { return u.Hostname() }),
	"url_path":   ofURL(func(u *url.URL) string { return u.Path }),
	"url_parameter": text2(func(s, name string) any {
		u, err := url.Parse(s)
		if err != nil {
			return nil
		}
		for _, v := range u.Query()[name] {
			if !utf8.ValidString(v) {
				return nil
			}
			return v
		}
		return nil
	}),
	"uuid": func(a []any, _ *logical.Expr) (any, error) {
		if u := uuidOf(a[0].(string)); u != nil {
			return u, nil
		}
		return nil, errConvert
	},
	"try_uuid": func(a []any, _ *logical.Expr) (any, error) { return uuidOf(a[0].(string)), nil },
	"string": func(a []any, _ *logical.Expr) (any, error) {
		u, ok := a[0].(UUID)
		if !ok {
			return nil, errOther
		}
		return fmt.Sprintf("%x-%x-%x-%x-%x", string(u[:4]), string(u[4:6]), string(u[6:8]), string(u[8:10]), string(u[10:])), nil
	},
	"uuid_from": func(a []any, _ *logical.Expr) (any, error) {
		d := sha1.Sum([]byte(string(a[0].(UUID)) + a[1].(string)))
		d[6], d[8] = d[6]&15|0x50, d[8]&0x3f|0x80
		return UUID(d[:16]), nil
	},
	"uuid_version": func(a []any, _ *logical.Expr) (any, error) { return int64(a[0].(UUID)[6] / 16), nil },
	"uuid_time": func(a []any, _ *logical.Expr) (any, error) {
		u := a[0].(UUID)
		if u[6]/16 != 7 {
			return nil, nil
		}
		ms := 0.0
		for _, b := range []byte(u[:6]) {
			ms = ms*256 + float64(b)
		}
		return calendar["from_epoch_millis"]([]any{int64(ms)}, nil)
	},
}

// uuidOf reads hexadecimal digits, with dashes where they belong or nowhere, and also as urn:uuid:… or in braces.
func uuidOf(s string) any {
	if rest, ok := strings.CutPrefix(strings.ToLower(s), "urn:uuid:"); ok {
		s = rest
	} else if len(s) == 38 {
		s = s[1:37]
	}
	if len(s) == 36 && s[8] == '-' && s[13] == '-' && s[18] == '-' && s[23] == '-' {
		s = strings.ReplaceAll(s, "-", "")
	}
	b, err := hex.DecodeString(s)
	if err != nil || len(b) != 16 {
		return nil
	}
	return UUID(b)
}

var geography = map[string]function{
	"great_circle_distance": func(a []any, _ *logical.Expr) (any, error) {
		x, y := onSphere(a[0], a[1]), onSphere(a[2], a[3])
		cross := [3]float64{x[1]*y[2] - x[2]*y[1], x[2]*y[0] - x[0]*y[2], x[0]*y[1] - x[1]*y[0]}
		return 6_371_008.8 * math.Atan2(math.Hypot(math.Hypot(cross[0], cross[1]), cross[2]), x[0]*y[0]+x[1]*y[1]+x[2]*y[2]), nil
	},
	"initial_bearing": func(a []any, _ *logical.Expr) (any, error) {
		p, q := a[0].(float64)*math.Pi/180, a[2].(float64)*math.Pi/180
		d := (a[3].(float64) - a[1].(float64)) * math.Pi / 180
		east := math.Sin(d) * math.Cos(q)
		north := math.Cos(p)*math.Sin(q) - math.Sin(p)*math.Cos(q)*math.Cos(d)
		b := math.Mod(math.Atan2(east, north)*180/math.Pi+360, 360)
		return b, nil
	},
	"destination": func(a []any, _ *logical.Expr) (any, error) {
		p, l, way, d := a[0].(float64)*math.Pi/180, a[1].(float64), a[2].(float64)*math.Pi/180, a[3].(float64)/6_371_008.8
		lat := math.Asin(math.Sin(p)*math.Cos(d) + math.Cos(p)*math.Sin(d)*math.Cos(way))
		east := math.Atan2(math.Sin(way)*math.Sin(d)*math.Cos(p), math.Cos(d)-math.Sin(p)*math.Sin(lat))
		return map[string]any{"lat": lat * 180 / math.Pi, "lon": math.Remainder((l*math.Pi/180+east)*180/math.Pi, 360)}, nil
	},
	"geohash_encode": func(a []any, _ *logical.Expr) (any, error) {
		lat, lon, n := a[0].(float64), a[1].(float64), a[2].(int64)
		if n < 1 || n > 12 || !(lat >= -90 && lat <= 90 && lon >= -180 && lon <= 180) {
			return nil, errArgument
		}
		out := ""
		for int64(len(out)) < n { // the letter whose cell has the point
			for _, c := range geohashLetters {
				south, west, north, east, _ := cell(out + string(c))
				if lat >= south && lon >= west && (lat < north || north == 90) && (lon < east || east == 180) {
					out += string(c)
					break
				}
			}
		}
		return out, nil
	},
	"geohash_decode": text1(func(s string) any {
		south, west, north, east, ok := cell(strings.ToLower(s))
		if !ok || len(s) > 12 {
			return nil
		}
		return map[string]any{"lat": (south + north) / 2, "lon": (west + east) / 2}
	}),
	"in_box": func(a []any, _ *logical.Expr) (any, error) {
		lat, lon, south, west, north, east := a[0].(float64), a[1].(float64), a[2].(float64), a[3].(float64), a[4].(float64), a[5].(float64)
		in := west <= lon && lon <= east
		if west > east {
			in = west <= lon || lon <= east
		}
		return south <= lat && lat <= north && in, nil
	},
}

func onSphere(lat, lon any) [3]float64 {
	p, l := lat.(float64)*math.Pi/180, lon.(float64)*math.Pi/180
	return [3]float64{math.Cos(p) * math.Cos(l), math.Cos(p) * math.Sin(l), math.Sin(p)}
}

const geohashLetters = "0123456789bcdefghjkmnpqrstuvwxyz"

// cell is the bounds of a geohash: its bits halve the longitudes and the latitudes in turn.
func cell(s string) (south, west, north, east float64, ok bool) {
	south, west, north, east = -90, -180, 90, 180
	bit := 0
	for _, c := range s {
		k := strings.IndexRune(geohashLetters, c)
		if k < 0 {
			return 0, 0, 0, 0, false
		}
		for _, one := range fmt.Sprintf("%05b", k) {
			switch lon, lat := (west+east)/2, (south+north)/2; {
			case bit%2 == 0 && one == '1':
				west = lon
			case bit%2 == 0:
				east = lon
			case one == '1':
				south = lat
			default:
				north = lat
			}
			bit++
		}
	}
	return south, west, north, east, s != ""
}

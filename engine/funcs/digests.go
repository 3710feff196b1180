package funcs

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"hash/crc32"
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/cespare/xxhash/v2"
	"github.com/google/uuid"
)

const hashFamily = "hashing and encoding"

// digestFunc builds a digest of a text or of bytes, as hexadecimal digits.
func digestFunc(name, doc string, sum func(s string) []byte, ex ...Example) *Func {
	k := rowText(func(r row, out []byte) ([]byte, error) { return hex.AppendEncode(out, sum(r.str(0))), nil })
	return scalarFunc(hashFamily, name, doc, takes("(s: string) => string", k, ex...), takes("(b: bytes) => string", k))
}

var (
	md5Func = digestFunc("md5", "The MD5 digest, as 32 hexadecimal digits. Good for telling texts apart, not for secrets.", func(s string) []byte { d := md5.Sum([]byte(s)); return d[:] },
		eg("md5('abc')", "'900150983cd24fb0d6963f7d28e17f72'"))
	sha1Func = digestFunc("sha1", "The SHA-1 digest, as 40 hexadecimal digits.", func(s string) []byte { d := sha1.Sum([]byte(s)); return d[:] },
		eg("sha1('abc')", "'a9993e364706816aba3e25717850c26c9cd0d89d'"))
	sha256Func = digestFunc("sha256", "The SHA-256 digest, as 64 hexadecimal digits.", func(s string) []byte { d := sha256.Sum256([]byte(s)); return d[:] },
		eg("sha256('abc')", "'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'"))
	sha512Func = digestFunc("sha512", "The SHA-512 digest, as 128 hexadecimal digits.", func(s string) []byte { d := sha512.Sum512([]byte(s)); return d[:] },
		eg("left(sha512('abc'), 16)", "'ddaf35a193617aba'"))
)

// numberDigest builds a checksum of a text or of bytes, as an int.
func numberDigest(name, doc string, sum func(s string) int64, ex ...Example) *Func {
	k := rowCells(func(r row) (int64, error) { return sum(r.str(0)), nil })
	return scalarFunc(hashFamily, name, doc, takes("(s: string) => int", k, ex...), takes("(b: bytes) => int", k))
}

var (
	xxHash = numberDigest("xxhash64", "The 64 bits of XXH64, with seed 0, as an int.", func(s string) int64 { return int64(xxhash.Sum64String(s)) }, eg("xxhash64('abc')", "4952883123889572249"))
	crc    = numberDigest("crc32", "The checksum CRC-32 (IEEE), from 0 to 4294967295.", func(s string) int64 { return int64(crc32.ChecksumIEEE([]byte(s))) }, eg("crc32('abc')", "891568578"))
)

// encoding builds to_x, of a text or of bytes, and from_x, to bytes, absent where the text is none such.
func encoding(name, what string, encode func(out []byte, s string) []byte, decode func(s string) ([]byte, error), ex, back Example) (to, from *Func) {
	k := rowText(func(r row, out []byte) ([]byte, error) { return encode(out, r.str(0)), nil })
	to = scalarFunc(hashFamily, "to_"+name, "The bytes of a text in UTF-8, or bytes, "+what+".", takes("(s: string) => string", k, ex), takes("(b: bytes) => string", k))
	from = scalarFunc(hashFamily, "from_"+name, "The bytes that a text says "+what+"; absent where it says none.", takes("(s: string) => bytes?", rowText(func(r row, out []byte) ([]byte, error) {
		b, err := decode(r.str(0))
		if err != nil {
			return nil, errAbsent
		}
		return append(out, b...), nil
	}), back))
	return to, from
}

var (
	toHex, fromHex = encoding("hex", "as hexadecimal digits", func(out []byte, s string) []byte { return hex.AppendEncode(out, []byte(s)) }, hex.DecodeString,
		eg("to_hex('añ')", "'61c3b1'"), eg("decode_utf8(from_hex('61C3b1'))", "'añ'"))
	toBase64, fromBase64 = encoding("base64", "in base64", func(out []byte, s string) []byte { return base64.StdEncoding.AppendEncode(out, []byte(s)) },
		func(s string) ([]byte, error) { return base64.RawStdEncoding.DecodeString(strings.TrimRight(s, "=")) }, eg("to_base64('añ')", "'YcOx'"), eg("decode_utf8(from_base64('YQ=='))", "'a'"))
)

var encodeUTF8 = scalarFunc(hashFamily, "encode_utf8", "The bytes of the text in UTF-8.",
	takes("(s: string) => bytes", mapped(func(s string) string { return s }), eg("len(encode_utf8('ñ'))", "2")))

var decodeUTF8 = scalarFunc(hashFamily, "decode_utf8", "The text that bytes are in UTF-8; absent where they are none.",
	takes("(b: bytes) => string?", rowText(func(r row, out []byte) ([]byte, error) {
		if !utf8.ValidString(r.str(0)) {
			return nil, errAbsent
		}
		return append(out, r.str(0)...), nil
	}), eg("decode_utf8(encode_utf8('ñ'))", "'ñ'"), eg("decode_utf8(from_hex('ff'))", "none")))

var urlEncode = scalarFunc(hashFamily, "url_encode", "The text as a part of a URL: bytes other than letters, digits and -_.~ as % and two hexadecimal digits.",
	takes("(s: string) => string", mapped(func(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }), eg("url_encode('a b/ñ')", "'a%20b%2F%C3%B1'")))

var urlDecode = scalarFunc(hashFamily, "url_decode", "The text that a part of a URL says; absent where a % is followed by no two hexadecimal digits.",
	takes("(s: string) => string?", rowText(func(r row, out []byte) ([]byte, error) {
		s, err := url.PathUnescape(r.str(0))
		if err != nil || !utf8.ValidString(s) {
			return nil, errAbsent
		}
		return append(out, s...), nil
	}), eg("url_decode('a%20b')", "'a b'"), eg("url_decode('%zz')", "none")))

// urlPart builds a part of a URL; absent where the text is none or lacks the part.
func urlPart(name, doc string, part func(u *url.URL) string, ex ...Example) *Func {
	return scalarFunc(hashFamily, name, doc+"; absent where there is none.", takes("(url: string) => string?", rowText(func(r row, out []byte) ([]byte, error) {
		u, err := url.Parse(r.str(0))
		if err != nil || part(u) == "" {
			return nil, errAbsent
		}
		return append(out, part(u)...), nil
	}), ex...))
}

var (
	urlScheme = urlPart("url_scheme", "The scheme of a URL, in lower case", func(u *url.URL) string { return u.Scheme }, eg("url_scheme('HTTPS://a.nl/b')", "'https'"))
	urlHost   = urlPart("url_host", "The host of a URL, without its port", (*url.URL).Hostname, eg("url_host('https://a.nl:8080/b?c=1')", "'a.nl'"), eg("url_host('b')", "none"))
	urlPath   = urlPart("url_path", "The path of a URL, decoded", func(u *url.URL) string { return u.Path }, eg("url_path('https://a.nl/b%20c?d=1')", "'/b c'"))
)

var urlParameter = scalarFunc(hashFamily, "url_parameter", "The value of a parameter in the query of a URL, decoded; absent where there is none.",
	takes("(url: string, name: string) => string?", rowText(func(r row, out []byte) ([]byte, error) {
		u, err := url.Parse(r.str(0))
		if err != nil || !u.Query().Has(r.str(1)) || !utf8.ValidString(u.Query().Get(r.str(1))) {
			return nil, errAbsent
		}
		return append(out, u.Query().Get(r.str(1))...), nil
	}), eg("url_parameter('https://a.nl/?q=a+b&r=', 'q')", "'a b'"), eg("url_parameter('https://a.nl/', 'q')", "none")))

var uuidFrom = scalarFunc(hashFamily, "uuid_from", "The UUID of a name in a namespace, which is a UUID too (version 5, by SHA-1): the same each time.",
	takes("(namespace: uuid, name: string) => uuid", rowCells(func(r row) ([16]byte, error) {
		a := r.c.Args[0]
		return uuid.NewSHA1(a.UUIDs[a.At(r.i)], []byte(r.str(1))), nil
	}), eg("string(uuid_from(uuid('6ba7b810-9dad-11d1-80b4-00c04fd430c8'), 'python.org'))", "'886313e1-3b8a-5372-9b90-0c9aee199e5d'")))

var uuidVersion = scalarFunc(hashFamily, "uuid_version", "The version of the UUID, which says how it was made: 4 for random ones, 7 for those that begin with a time.",
	takes("(u: uuid) => int", rowCells(func(r row) (int64, error) { a := r.c.Args[0]; return int64(a.UUIDs[a.At(r.i)][6] >> 4), nil }), eg("uuid_version(uuid('6ba7b810-9dad-11d1-80b4-00c04fd430c8'))", "1")))

var uuidTime = scalarFunc(hashFamily, "uuid_time", "The time at which a UUID of version 7 was made; absent of other versions.",
	takes("(u: uuid) => timestamp?", rowCells(func(r row) (int64, error) {
		a := r.c.Args[0]
		u := a.UUIDs[a.At(r.i)]
		if u[6]>>4 != 7 {
			return 0, errAbsent
		}
		ms := int64(0)
		for _, b := range u[:6] {
			ms = ms<<8 | int64(b)
		}
		if ms >= (lastDay+1)*dayMicros/1000 {
			return 0, errors.New(tooFar)
		}
		return ms * 1000, nil
	}), eg("uuid_time(uuid('018f3f9a-0000-7000-8000-000000000000'))", "ts'2024-05-03T17:56:48.256Z'"), eg("uuid_time(uuid('6ba7b810-9dad-11d1-80b4-00c04fd430c8'))", "none")).failing())

package udf_test

import (
	"strings"
	"testing"

	"github.com/dreamql/dreamql/engine/udf"
)

const (
	one = "--hash=sha256:" + "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
	two = "--hash=sha256:" + "f0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcde"
)

func TestParseLock(t *testing.T) {
	t.Parallel()
	l, err := udf.ParseLock([]byte("# made by pip-compile\nNumPy==2.2.6 \\\n    " + one + " \\\n    " + two + "\n    # via -r in.txt\n\nscikit_learn==1.6.1 " + one +
		" # the classifier\r\nlast==1!2.0+local.1 " + one))
	if err != nil {
		t.Fatal(err)
	}
	if len(l.Digest) != 64 || len(l.Requirements) != 3 || l.Requirements[0].String() != "numpy==2.2.6" || len(l.Requirements[0].Hashes) != 2 ||
		l.Requirements[1].Line() != "scikit-learn==1.6.1 "+one || l.Requirements[2].Version != "1!2.0+local.1" {
		t.Errorf("got %+v", l)
	}
}

func TestALockIsRefused(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                                    "names no packages",
		"# nothing\n":                         "names no packages",
		"numpy==2.2.6\n":                      "line 1: numpy has no hash",
		"numpy==2.2.6 \\\n\nscipy==1 " + one:  "line 2: numpy has no hash",
		"numpy==2.2.6 \\":                     "numpy, at the end, has no hash",
		"numpy " + one:                        "line 1: numpy has no exact version; write it as numpy==1.2.3",
		"numpy>=2 " + one:                     "line 1: numpy>=2 has no exact version",
		"numpy==2.* " + one:                   "has no exact version",
		"numpy~=2.2 " + one:                   "has no exact version",
		"\n--index-url https://evil.example":  "line 2: the option --index-url is not allowed",
		"-r other.txt":                        "the option -r is not allowed",
		"-e .":                                "the option -e is not allowed",
		one:                                   "a hash without a package before it",
		"./numpy.whl " + one:                  "is an address or a path",
		"https://evil.example/x.whl " + one:   "is an address or a path",
		"numpy @ https://evil.example " + one: "is an address or a path",
		"git+https://evil.example/x " + one:   "is an address or a path",
		"numpy[extra]==2.2.6 " + one:          "extras and conditions are not allowed",
		"numpy==2.2.6 ; python_version<'3' " + one:      "conditions are not allowed",
		"numpy==2.2.6 --hash=md5:0123":                  "--hash=md5:0123 is no hash",
		"numpy==2.2.6 --hash=sha256:0123":               "--hash=sha256:0123 is no hash",
		"numpy==2.2.6 " + one + " --global-option=x":    "--global-option=x is no hash",
		"numpy==2.2.6 " + one + "\nNumPy==2.2.7 " + one: "line 2: numpy is named twice; its first line is 1",
		"\xff==1 " + one:                                "not text in UTF-8",
		"пумпy==1 " + one:                               "is no requirement",
		"a==1 " + strings.ToUpper(one):                  "is no hash",
		strings.Repeat("#", 2<<20):                      "larger than 1024 KiB",
	} {
		if _, err := udf.ParseLock([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.60q gave %v, not %q", text, err, want)
		}
	}
}

func FuzzParseLock(f *testing.F) {
	f.Add("numpy==2.2.6 \\\n " + one + "\n")
	f.Fuzz(func(t *testing.T, text string) {
		l, err := udf.ParseLock([]byte(text))
		if err != nil {
			return
		}
		for _, r := range l.Requirements {
			if again, err := udf.ParseLock([]byte(r.Line())); err != nil || again.Requirements[0].Line() != r.Line() {
				t.Errorf("%q reads as %v, %v", r.Line(), again, err)
			}
		}
	})
}

func TestBundle(t *testing.T) {
	t.Parallel()
	b := &udf.Bundle{Source: []byte("x = 1\n"), Files: map[string][]byte{"b": {}, "models/a.onnx": {0, 1}}}
	got, err := udf.ParseBundle(b.Encode())
	if err != nil || string(got.Source) != "x = 1\n" || len(got.Files) != 2 || string(got.Files["models/a.onnx"]) != "\x00\x01" {
		t.Errorf("got %+v, %v", got, err)
	}
	plain := &udf.Bundle{Source: []byte("x = 1\n")}
	if got, err := udf.ParseBundle(plain.Encode()); err != nil || string(plain.Encode()) != "x = 1\n" || string(got.Source) != "x = 1\n" || len(got.Files) != 0 {
		t.Errorf("got %+v, %v", got, err)
	}
	for _, cut := range []int{18, 20, 30, len(b.Encode()) - 1} {
		if _, err := udf.ParseBundle(b.Encode()[:cut]); err == nil {
			t.Errorf("the first %d bytes of a bundle were accepted", cut)
		}
	}
	if _, err := udf.ParseBundle(append(b.Encode(), 0)); err == nil {
		t.Error("a bundle with more at its end was accepted")
	}
}

func FuzzParseBundle(f *testing.F) {
	f.Add((&udf.Bundle{Source: []byte("x"), Files: map[string][]byte{"m": {1}}}).Encode())
	f.Fuzz(func(t *testing.T, code []byte) {
		if b, err := udf.ParseBundle(code); err == nil && b == nil {
			t.Error("neither a bundle nor an error")
		}
	})
}

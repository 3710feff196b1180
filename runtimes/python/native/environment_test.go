package native_test

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dreamql/dreamql/engine/udf"
	"github.com/dreamql/dreamql/runtimes/python/native"
	"github.com/dreamql/dreamql/runtimes/python/native/nativetest"
)

// TestEnvironment makes the environment of all tests, where it is missing.
func TestEnvironment(t *testing.T) {
	t.Parallel()
	digest := nativetest.Environment(t)
	e, err := native.Lookup(nativetest.Folder(), digest)
	if err != nil {
		t.Fatal(err)
	}
	if len(e.Requirements) != 8 || e.Python == "" || e.Program == "" || len(e.Libraries) == 0 || len(e.Modules) < 5 {
		t.Errorf("got %+v", e)
	}
	all, err := native.List(nativetest.Folder())
	if err != nil || len(all) == 0 {
		t.Errorf("got %v, %v", all, err)
	}
}

func TestWhatIsNotThere(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	absent := strings.Repeat("ab", 32)
	var missing *native.NotAllowed
	if _, err := native.Lookup(dir, absent); !errors.As(err, &missing) || missing.Digest != absent {
		t.Errorf("got %v", err)
	}
	for _, digest := range []string{"", "../../etc", strings.Repeat("AB", 32), absent + "0"} {
		if _, err := native.Lookup(dir, digest); err == nil || errors.As(err, &missing) {
			t.Errorf("%q gave %v", digest, err)
		}
	}
	if all, err := native.List(filepath.Join(dir, "nowhere")); err != nil || len(all) != 0 {
		t.Errorf("got %v, %v", all, err)
	}
	// Half made, damaged, and in the wrong place.
	half, damaged, moved := absent, strings.Repeat("cd", 32), strings.Repeat("ef", 32)
	for name, record := range map[string]string{half: "", damaged: "{", moved: `{"digest": "` + absent + `"}`} {
		if err := os.MkdirAll(filepath.Join(dir, name), 0o755); err != nil {
			t.Fatal(err)
		}
		if record != "" {
			if err := os.WriteFile(filepath.Join(dir, name, "environment.json"), []byte(record), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	if _, err := native.Lookup(dir, half); !errors.As(err, &missing) {
		t.Errorf("half made: %v", err)
	}
	if _, err := native.Lookup(dir, damaged); err == nil || !strings.Contains(err.Error(), "is damaged") {
		t.Errorf("damaged: %v", err)
	}
	if _, err := native.Lookup(dir, moved); err == nil || !strings.Contains(err.Error(), "has the record of another") {
		t.Errorf("moved: %v", err)
	}
}

// TestCreate makes an environment of nothing but one small package, refuses one with other hashes, and removes it.
func TestCreate(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	lock := func(text string) *udf.Lock {
		l, err := udf.ParseLock([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		return l
	}
	const small = "threadpoolctl==3.8.0 --hash=sha256:"
	create := func(l *udf.Lock) (*native.Environment, error) {
		return native.Create(context.Background(), native.CreateConfig{Folder: dir, Lock: l, Log: io.Discard})
	}
	wrong := lock(small + strings.Repeat("0", 64))
	if _, err := create(wrong); err == nil || !strings.Contains(err.Error(), "pip") {
		t.Errorf("other hashes gave %v", err)
	}
	if entries, _ := os.ReadDir(dir); len(entries) > 0 {
		t.Errorf("a failure left %v", entries)
	}
	right := lock(small + "01080674ad7ac6182429c918a79de92da789bb448acc02fc0b620b1abd6b6137 --hash=sha256:f1b49c82704d50f13ffae019c727b0fa4f6791a58f48f06a09c45face1be66da")
	e, err := create(right)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := create(right); err != nil || again.Created != e.Created {
		t.Errorf("making it again gave %v, %v", again, err)
	}
	var unknown *native.UnknownDigest
	if _, err := native.Remove(dir, ""); !errors.As(err, &unknown) {
		t.Errorf("removing any gave %v", err)
	}
	if _, err := native.Remove(dir, right.Digest[:6]); err != nil {
		t.Error(err)
	}
	if _, err := native.Remove(dir, right.Digest); !errors.As(err, &unknown) {
		t.Errorf("removing it again gave %v", err)
	}
	if _, err := native.Create(t.Context(), native.CreateConfig{Folder: dir, Lock: right, Log: io.Discard, Python: filepath.Join(dir, "none")}); err == nil ||
		!strings.Contains(err.Error(), "--python") {
		t.Errorf("a Python that is not there gave %v", err)
	}
}

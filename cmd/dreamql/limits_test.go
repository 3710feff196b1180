package main

import (
	"strings"
	"testing"
	"time"
)

func TestLimits(t *testing.T) {
	t.Parallel()
	env := func(vars map[string]string) func(string) string { return func(k string) string { return vars[k] } }
	l, err := limitsFrom(env(nil), 2)
	if err != nil || l.Time != 10*time.Minute || l.Memory < 512<<20 || l.Memory > 4<<30 || l.Files != 1024 {
		t.Errorf("by default %+v, %v", l, err)
	}
	l, err = limitsFrom(env(map[string]string{"DREAMQL_LIMIT_TIME": "30s", "DREAMQL_LIMIT_MEMORY": "1GiB", "DREAMQL_LIMIT_PARTS": "3"}), 2)
	if err != nil || l.Time != 30*time.Second || l.Memory != 1<<30 || l.Parts != 3 {
		t.Errorf("got %+v, %v", l, err)
	}
	for name, value := range map[string]string{"TIME": "1ms", "CPU": "soon", "MEMORY": "10MiB", "DISK": "0", "FILES": "-1", "RUNS": "0", "CHECK": "1", "PARTS": "x"} {
		if _, err := limitsFrom(env(map[string]string{"DREAMQL_LIMIT_" + name: value}), 2); err == nil || !strings.Contains(err.Error(), "DREAMQL_LIMIT_"+name) {
			t.Errorf("%s=%s gave %v", name, value, err)
		}
	}
}

func TestMissingWalls(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		seccomp  bool
		landlock int
		want     string
	}{{true, 6, ""}, {true, 0, "no Landlock"}, {false, 6, "no seccomp"}, {false, 0, "neither"}} {
		got := missingWalls(c.seccomp, c.landlock)
		if (got == "") != (c.want == "") || !strings.Contains(got, c.want) || strings.Contains(got, "\n") {
			t.Errorf("%+v gave %q", c, got)
		}
	}
}

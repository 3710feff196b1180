package main

import (
	"strings"
	"testing"
)

func TestEveryCommandShowsAnExample(t *testing.T) {
	t.Parallel()
	root := newRootCommand()
	all := append(allCommands(root), root)
	if len(all) < 12 {
		t.Fatalf("only %d commands were found", len(all))
	}
	for _, c := range all {
		if !strings.Contains(c.Example, "dreamql") || c.Short == "" {
			t.Errorf("%s has no example or no description", c.CommandPath())
		}
	}
}

func TestSizesAreReadAsPeopleWriteThem(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int64{"": 0, "1000": 1000, "256MB": 256e6, "1.5 GiB": 3 << 29, "64kb": 64e3, "8B": 8} {
		if got, err := parseSize(text); err != nil || got != want {
			t.Errorf("%q: %d, %v; want %d", text, got, err, want)
		}
	}
	for _, text := range []string{"much", "-1MB", "0", "1e300GB", "NaN"} {
		if n, err := parseSize(text); err == nil {
			t.Errorf("%q: %d", text, n)
		}
	}
}

func TestParamsNeedQuotesOnlyWhereTheyMust(t *testing.T) {
	t.Parallel()
	got, err := parseParams([]string{"day=2024-01-31", "n=5", "name=5", "flag=true", `home={"lat": 1.5}`, "free=text"},
		"param day: date\nparam n: int\nparam name: string\nparam flag: bool\nparam home: {lat: float}\n")
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"day": `"2024-01-31"`, "n": "5", "name": `"5"`, "flag": "true", "home": `{"lat": 1.5}`, "free": `"text"`}
	for k, v := range want {
		if string(got[k]) != v {
			t.Errorf("%s is %s, want %s", k, got[k], v)
		}
	}
	if _, err := parseParams([]string{"day"}, ""); err == nil {
		t.Error("a parameter without a value was taken")
	}
}

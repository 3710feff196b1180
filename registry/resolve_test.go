package registry_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/dreamql/dreamql/registry"
)

func TestResolveChoosesTheOldestThatSatisfiesAll(t *testing.T) {
	t.Parallel()
	published := []registry.Candidate{
		{Version: "1.0.0"}, {Version: "1.2.0"}, {Version: "1.2.5"}, {Version: "1.3.0", Yanked: true}, {Version: "1.10.0"},
		{Version: "2.0.0"}, {Version: "2.1.0-beta.1"},
	}
	list := func(_ context.Context, pkg string) ([]registry.Candidate, error) {
		if pkg != "acme/geo" {
			return nil, registry.ErrNotFound
		}
		return published, nil
	}
	for _, c := range []struct{ constraints, locked, want string }{
		{"^1.2", "", "1.2.0"},
		{"1.2", "", "1.2.0"},
		{"1", "", "1.0.0"},
		{"1.1", "", "1.2.0"},
		{"1.2 1.2.1", "", "1.2.5"},
		{"1.3", "", "1.10.0"}, // 1.3.0 is yanked, and 10 is more than 3
		{"=1.3.0", "", "1.3.0"},
		{"~1.2.1", "", "1.2.5"},
		{"~1.2.6", "", "conflict"},
		{"1.2 =1.2.5", "", "1.2.5"},
		{"1.2.1 =1.2.0", "", "conflict"},
		{"^1.2 ^2.0", "", "conflict"},
		{"3", "", "conflict"},
		{"any", "", "2.0.0"},
		{"any 1.2", "", "1.2.0"},
		{"2.1", "", "conflict"},
		{"^2.1.0-beta.1", "", "2.1.0-beta.1"},
		{"any", "1.2.5", "1.2.5"},
		{"1.2", "1.10.0", "1.10.0"},
		{"1.2", "1.3.0", "1.3.0"}, // what is locked works after it was yanked
		{"=1.2.0", "1.2.5", "1.2.0"},
	} {
		var reqs []registry.Requirement
		for _, s := range strings.Fields(c.constraints) {
			reqs = append(reqs, registry.Requirement{Package: "acme/geo", Constraint: strings.TrimPrefix(s, "any"), From: "cell 1"})
		}
		lock := map[string]registry.Candidate{}
		if c.locked != "" {
			lock["acme/geo"] = registry.Candidate{Version: c.locked}
		}
		got, err := registry.Resolve(context.Background(), reqs, lock, list)
		var conflict *registry.Conflict
		if version := got["acme/geo"].Version; errors.As(err, &conflict) != (c.want == "conflict") || err == nil && version != c.want {
			t.Errorf("%s (locked %q): got %s %v, want %s", c.constraints, c.locked, version, err, c.want)
		}
	}
	_, err := registry.Resolve(context.Background(), []registry.Requirement{
		{Package: "acme/geo", Constraint: "^1.2", From: "cell 1"}, {Package: "acme/geo", Constraint: "^2", From: "cell 4"}}, nil, list)
	want := "no version of acme/geo satisfies ^1.2 (cell 1) and ^2 (cell 4); published: 2.1.0-beta.1, 2.0.0, 1.10.0, 1.2.5, 1.2.0"
	if err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	if _, err := registry.Resolve(context.Background(), []registry.Requirement{{Package: "acme/gone"}}, nil, list); !errors.Is(err, registry.ErrNotFound) {
		t.Errorf("got %v", err)
	}
	for _, s := range []string{"v1", "1.x", ">=1", "1.2.3.4", "^", "latest", strings.Repeat("1", 100)} {
		if _, err := registry.ParseConstraint(s); err == nil || !strings.Contains(err.Error(), "is not a version constraint") {
			t.Errorf("%s: got %v", s, err)
		}
	}
}

func TestNamesThatLookAlike(t *testing.T) {
	t.Parallel()
	for _, pair := range [][2]string{{"geo", "ge0"}, {"geo", "g_eo"}, {"modern", "modem"}, {"list", "1ist"}, {"ui", "ul"}} {
		if registry.Skeleton(pair[0]) != registry.Skeleton(pair[1]) {
			t.Errorf("%s and %s are told apart", pair[0], pair[1])
		}
	}
	if registry.Skeleton("geo") == registry.Skeleton("text") {
		t.Error("geo and text are taken for each other")
	}
}

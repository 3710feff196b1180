package postgres_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"
	"golang.org/x/sync/errgroup"

	"github.com/dreamql/dreamql/migrations/pgtest"
	"github.com/dreamql/dreamql/registry"
	"github.com/dreamql/dreamql/registry/postgres"
)

// world is a registry over a database of its own.
type world struct {
	*postgres.Store
	*registry.Publisher
	db     *pgxpool.Pool
	blobs  *memory
	checks []registry.CheckResult
}

func newWorld(t *testing.T) *world {
	w := &world{db: pgtest.Pool(t), blobs: &memory{data: map[string][]byte{}}}
	w.checks = []registry.CheckResult{{Name: "area(2)", OK: true}}
	w.Store = postgres.New(w.db)
	w.Publisher = &registry.Publisher{Store: w.Store, Blobs: w.blobs, Checker: w}
	return w
}

func (w *world) CheckPackage(context.Context, *registry.Package) ([]registry.CheckResult, error) {
	return w.checks, nil
}

func (w *world) account(t *testing.T, name string) registry.Account {
	t.Helper()
	a := registry.Account{ID: uuid.Must(uuid.NewV7()).String()}
	if _, err := w.db.Exec(context.Background(), `INSERT INTO accounts (id, name) VALUES ($1, $2)`, a.ID, name); err != nil {
		t.Fatal(err)
	}
	return a
}

type memory struct {
	mu   sync.Mutex
	data map[string][]byte
}

func (m *memory) Put(_ context.Context, key string, r io.Reader) error {
	b, err := io.ReadAll(r)
	m.mu.Lock()
	defer m.mu.Unlock()
	m.data[key] = b
	return err
}

func (m *memory) Get(_ context.Context, key string) (io.ReadCloser, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	b, ok := m.data[key]
	if !ok {
		return nil, fmt.Errorf("no blob %s", key)
	}
	return io.NopCloser(bytes.NewReader(b)), nil
}

// pkg makes the archive of a small package with an expression and a Python function.
func pkg(t *testing.T, scope, name, version string) []byte {
	t.Helper()
	archive, err := registry.Pack(map[string][]byte{
		"README.md": []byte("# Shapes\n\nAreas."),
		"f.py":      []byte("def perimeter(r):\n    return 6.283185307179586 * r\n"),
		"dreamql.toml": fmt.Appendf(nil, `[package]
scope = %q
name = %q
version = %q
description = "Areas of circles."
license = "Apache-2.0"
keywords = ["geometry"]
[[function]]
name = "area"
kind = "expression"
source = "r => 3.14 * r * r"
signature = "(r: float) => float"
doc = "The area of a circle."
[[function.example]]
call = "area(2)"
result = "12.56"
[[function]]
name = "perimeter"
kind = "python"
module = "f.py"
signature = "(r: float) => float"
doc = "The length of a circle."
[[function.example]]
call = "perimeter(1)"
result = "6.28"
tolerance = 0.01
`, scope, name, version),
	})
	if err != nil {
		t.Fatal(err)
	}
	return archive
}

func (w *world) publish(t *testing.T, scope, name, version string, by registry.Account) (*registry.Version, error) {
	t.Helper()
	return w.Publish(context.Background(), bytes.NewReader(pkg(t, scope, name, version)), by)
}

func must[T any](t *testing.T) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func TestWhatIsPublishedIsThere(t *testing.T) {
	t.Parallel()
	w, ctx := newWorld(t), context.Background()
	ada := w.account(t, "ada")
	published := must[*registry.Version](t)(w.publish(t, "acme", "shapes", "1.0.0", ada))
	v := must[*registry.Version](t)(w.Version(ctx, registry.Ref{Scope: "acme", Name: "shapes", Version: "1.0.0"}))
	if v.Digest != published.Digest || v.Size == 0 || v.PublishedBy != "ada" || v.Readme != "# Shapes\n\nAreas." || v.Yanked {
		t.Errorf("got %+v", v)
	}
	if got, want := v.Import(), "import acme/shapes@1.0.0 (area, perimeter)"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if v.Manifest.Package.License != "Apache-2.0" || len(v.Checks) != 1 || v.Checks[0].Name != "area(2)" {
		t.Errorf("got %+v and %+v", v.Manifest, v.Checks)
	}
	f := v.Functions[1]
	if f.Signature != "perimeter(r: float) => float" || f.Doc != "The length of a circle." || f.Examples[0].Tolerance != 0.01 || f.ID() != "acme/shapes@1.0.0.perimeter" {
		t.Errorf("got %+v", f)
	}
	code := must[[]byte](t)(registry.ReadBlob(ctx, w.blobs, f.Module))
	if !bytes.HasPrefix(code, []byte("def perimeter")) {
		t.Errorf("the module is %s", code)
	}
	archive := must[[]byte](t)(registry.ReadBlob(ctx, w.blobs, v.Digest))
	again := must[*registry.Package](t)(registry.Read(bytes.NewReader(archive)))
	if c := v.Catalog(); c.Digest != again.Digest || len(c.Functions) != 2 || c.Functions[0].Source != "r => 3.14 * r * r" {
		t.Errorf("got %+v", c)
	}
	w.blobs.data[registry.BlobKey(v.Digest)][20] ^= 1
	if _, err := registry.ReadBlob(ctx, w.blobs, v.Digest); err == nil || !strings.Contains(err.Error(), "damaged") {
		t.Errorf("a damaged archive was read: %v", err)
	}
}

func TestAVersionIsPublishedOnce(t *testing.T) {
	t.Parallel()
	w, ctx := newWorld(t), context.Background()
	ada := w.account(t, "ada")
	var g errgroup.Group
	var mu sync.Mutex
	var refused []error
	for range 4 {
		g.Go(func() error {
			if _, err := w.publish(t, "acme", "shapes", "1.0.0", ada); err != nil {
				mu.Lock()
				defer mu.Unlock()
				refused = append(refused, err)
			}
			return nil
		})
	}
	g.Wait()
	if len(refused) != 3 {
		t.Fatalf("%d of 4 were refused", len(refused))
	}
	for _, err := range refused {
		if !errors.Is(err, registry.ErrExists) || !strings.Contains(err.Error(), "acme/shapes@1.0.0 is already published; versions never change") {
			t.Errorf("got %v", err)
		}
	}
	if versions := must[[]registry.VersionSummary](t)(w.Versions(ctx, "acme", "shapes")); len(versions) != 1 {
		t.Errorf("got %+v", versions)
	}
}

func TestAnAccountPublishesInItsScopesOnly(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ada, bob := w.account(t, "ada"), w.account(t, "bob")
	owner := w.account(t, "owner")
	owner.Owner = true
	must[*registry.Version](t)(w.publish(t, "acme", "shapes", "1.0.0", ada))
	for _, c := range []struct {
		scope, name string
		by          registry.Account
		want        string
	}{
		{"acme", "other", bob, "the scope acme belongs to someone else"},
		{"acme", "shapes", owner, "the scope acme belongs to someone else"},
		{"ac_me", "other", bob, "the scope ac_me can be taken for acme, which exists"},
		{"acme", "shape5", ada, "the name acme/shape5 can be taken for acme/shapes, which exists"},
		{"std", "geo", ada, "the scope std is kept for the owner of this service"},
		{"5td", "geo", ada, "starts with a digit"},
		{"s_td", "geo", owner, "the scope std is kept for the owner of this service"},
	} {
		_, err := w.publish(t, c.scope, c.name, "2.0.0", c.by)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s/%s: got %v, want %s", c.scope, c.name, err, c.want)
		}
	}
	must[*registry.Version](t)(w.publish(t, "std", "geo", "1.0.0", owner))
	page, _, err := w.Search(context.Background(), "", "", 10)
	if err != nil || len(page) != 2 {
		t.Errorf("what was refused left something behind: %+v %v", page, err)
	}
}

func TestARejectedPackageLeavesNothing(t *testing.T) {
	t.Parallel()
	w, ctx := newWorld(t), context.Background()
	ada := w.account(t, "ada")
	w.checks = []registry.CheckResult{{Name: "area(2)", OK: true}, {Name: "area(3)", Message: "expected 1, got 2"}}
	_, err := w.publish(t, "acme", "shapes", "1.0.0", ada)
	var rejected *registry.Rejected
	if !errors.As(err, &rejected) || len(rejected.Checks) != 2 || err.Error() != "acme/shapes@1.0.0 was not published: area(3): expected 1, got 2" {
		t.Errorf("got %v", err)
	}
	if _, err := w.Publish(ctx, strings.NewReader("junk"), ada); err == nil {
		t.Error("junk was published")
	}
	if len(w.blobs.data) != 0 {
		t.Errorf("%d blobs are left", len(w.blobs.data))
	}
	if _, err := w.Versions(ctx, "acme", "shapes"); !errors.Is(err, registry.ErrNotFound) {
		t.Errorf("got %v", err)
	}
	w.checks = nil
	if err := w.MayPublish(ctx, "acme", w.account(t, "bob")); err != nil {
		t.Errorf("the scope was taken by a failure: %v", err)
	}
}

func TestYankHidesFromNewImportsOnly(t *testing.T) {
	t.Parallel()
	w, ctx := newWorld(t), context.Background()
	ada, bob := w.account(t, "ada"), w.account(t, "bob")
	for _, v := range []string{"1.0.0", "1.2.0", "1.10.0", "2.0.0-rc.1"} {
		must[*registry.Version](t)(w.publish(t, "acme", "shapes", v, ada))
	}
	imported := func(constraint, locked, want string) {
		t.Helper()
		v := must[*registry.Version](t)(registry.Import(ctx, w.Store, "acme/shapes", constraint, locked))
		if v.Version != want {
			t.Errorf("import @%s (locked %s) gave %s, want %s", constraint, locked, v.Version, want)
		}
	}
	latest := func(want string) {
		t.Helper()
		if v := must[*registry.Version](t)(w.Latest(ctx, "acme", "shapes")); v.Version != want {
			t.Errorf("latest is %s, want %s", v.Version, want)
		}
	}
	imported("^1.1", "", "1.2.0")
	imported("", "", "1.10.0")
	latest("1.10.0")
	ref := registry.Ref{Scope: "acme", Name: "shapes", Version: "1.10.0"}
	if err := w.Yank(ctx, ref, true, "wrong", bob); !errors.Is(err, registry.ErrForbidden) {
		t.Errorf("got %v", err)
	}
	if err := w.Yank(ctx, ref, true, "wrong", ada); err != nil {
		t.Fatal(err)
	}
	latest("1.2.0")
	imported("", "", "1.2.0")
	imported("", "1.10.0", "1.10.0")
	imported("=1.10.0", "", "1.10.0")
	versions := must[[]registry.VersionSummary](t)(w.Versions(ctx, "acme", "shapes"))
	if versions[0].Version != "2.0.0-rc.1" || versions[1].Version != "1.10.0" || !versions[1].Yanked || versions[1].YankReason != "wrong" {
		t.Errorf("got %+v", versions)
	}
	if err := w.Yank(ctx, ref, false, "", ada); err != nil {
		t.Fatal(err)
	}
	latest("1.10.0")
	ref.Version = "9.9.9"
	if err := w.Yank(ctx, ref, true, "", ada); !errors.Is(err, registry.ErrNotFound) {
		t.Errorf("got %v", err)
	}
	if _, err := registry.Import(ctx, w.Store, "geo", "", ""); err == nil || !strings.Contains(err.Error(), "write it as scope/name") {
		t.Errorf("got %v", err)
	}
}

func TestSearchPages(t *testing.T) {
	t.Parallel()
	w, ctx := newWorld(t), context.Background()
	ada := w.account(t, "ada")
	for i := range 7 {
		must[*registry.Version](t)(w.publish(t, "acme", "shapes_"+string(rune('a'+i)), "1.0.0", ada))
	}
	must[*registry.Version](t)(w.publish(t, "other", "thing", "1.0.0", ada))
	for _, c := range []struct {
		text string
		want int
	}{
		{"", 8}, {"shap", 7}, {"acme circle", 7}, {"thing", 1}, {"geometry", 8}, {"perimeter", 8}, {"nothing here", 0},
		{"'; drop table packages; --", 0}, {"&|!():*", 8}, {"a' & b", 1},
	} {
		var names []string
		for cursor, pages := "", 0; ; pages++ {
			page, next, err := w.Search(ctx, c.text, cursor, 3)
			if err != nil || len(page) > 3 || pages > 3 {
				t.Fatalf("%s: page %d of %d: %v", c.text, pages, len(page), err)
			}
			for _, s := range page {
				names = append(names, s.Scope+"/"+s.Name)
			}
			if cursor = next; cursor == "" {
				break
			}
		}
		distinct := slices.Compact(slices.Sorted(slices.Values(names)))
		if len(names) != c.want || len(distinct) != c.want {
			t.Errorf("%q: got %v, want %d", c.text, names, c.want)
		}
	}
	if _, _, err := w.Search(ctx, "", "nonsense", 3); !errors.Is(err, postgres.ErrCursor) {
		t.Errorf("got %v", err)
	}
	ref := registry.Ref{Scope: "other", Name: "thing", Version: "1.0.0"}
	for range 3 {
		if err := w.CountDownload(ctx, ref); err != nil {
			t.Fatal(err)
		}
	}
	page, _, err := w.Search(ctx, "thing", "", 3)
	if err != nil || page[0].Downloads != 3 || !slices.Equal(page[0].Functions, []string{"area", "perimeter"}) ||
		!slices.Equal(page[0].Kinds, []string{"expression", "python"}) || page[0].Version != "1.0.0" {
		t.Errorf("got %+v, %v", page, err)
	}
}

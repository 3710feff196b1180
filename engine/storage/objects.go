package storage

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"path"
	"slices"
	"strings"
	"sync"
	"time"

	"gocloud.dev/blob"
	"gocloud.dev/gcerrors"

	"github.com/dreamql/dreamql/engine/logical"
)

// Object stores are addressed as scheme://bucket/key?options. Options and credentials are the driver's, which the program links in;
// what a driver says of a failure may name them, so messages have only the kind of failure.

// objectSchemes are those of object stores.
var objectSchemes = []string{"s3", "gs", "azblob"}

func isObject(address string) bool {
	scheme, _, ok := strings.Cut(address, "://")
	return ok && slices.Contains(objectSchemes, scheme)
}

// buckets are the stores that this process has opened, by their addresses; they live as long as it does.
var buckets = struct {
	sync.Mutex
	open map[string]*blob.Bucket
}{open: map[string]*blob.Bucket{}}

// bucketOf opens the store of an address, and gives the key in it.
func bucketOf(ctx context.Context, address string) (*blob.Bucket, string, error) {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || strings.Trim(u.Path, "/") == "" {
		return nil, "", errors.New("an address of an object is scheme://bucket/key, as in s3://sales/2025/may.parquet")
	}
	if u.User != nil {
		return nil, "", errors.New("an address must not hold credentials; give them to the driver by its environment variables")
	}
	store := url.URL{Scheme: u.Scheme, Host: u.Host, RawQuery: u.RawQuery}
	buckets.Lock()
	defer buckets.Unlock()
	b := buckets.open[store.String()]
	if b == nil {
		if b, err = blob.OpenBucket(ctx, store.String()); err != nil {
			return nil, "", fmt.Errorf("the store %s://%s cannot be opened: its driver is not part of this program, or does not know an option of the address", u.Scheme, u.Host)
		}
		buckets.open[store.String()] = b
	}
	return b, strings.TrimPrefix(u.Path, "/"), nil
}

// errStore is a failure of the store of a file, and not of the file.
var errStore = errors.New("its store does not give it")

// objectFailed says what kind of failure it was.
func objectFailed(ctx context.Context, err error) error {
	if cause := context.Cause(ctx); cause != nil {
		return cause
	}
	switch code := gcerrors.Code(err); code {
	case gcerrors.NotFound:
		return fmt.Errorf("%w: there is no such object", errStore)
	case gcerrors.PermissionDenied:
		return fmt.Errorf("%w: access is denied; check the credentials in the environment", errStore)
	case gcerrors.Unknown:
		return fmt.Errorf("%w: it cannot be reached, or refuses; check the bucket, its region and the credentials in the environment", errStore)
	default:
		return fmt.Errorf("%w: %s", errStore, code)
	}
}

// tailBytes is how much of the end of an object is read at first: the index of most files.
const tailBytes = 128 << 10

// object reads parts of an object, of which it keeps the end.
type object struct {
	ctx    context.Context
	bucket *blob.Bucket
	key    string
	size   int64
	// written is when it was last, which each part says too.
	written time.Time

	once sync.Once
	tail []byte
	err  error
}

func findObject(ctx context.Context, address string) (*place, error) {
	b, key, err := bucketOf(ctx, address)
	if err != nil {
		return nil, err
	}
	objects.Lock()
	o := objects.known[address]
	objects.Unlock()
	if o != nil {
		return o, nil
	}
	a, err := b.Attributes(ctx, key)
	if err != nil {
		return nil, objectFailed(ctx, err)
	}
	version := a.ETag
	if version == "" {
		version = a.ModTime.String()
	}
	r := &object{ctx: context.WithoutCancel(ctx), bucket: b, key: key, size: a.Size, written: a.ModTime}
	o = &place{r, a.Size, identity(a.Size, version), func() error { return nil }, nil, true}
	objects.Lock()
	defer objects.Unlock()
	objects.known[address] = o
	return o, nil
}

// objects are those that this process has asked for; a program sees one version of each.
var objects = struct {
	sync.Mutex
	known map[string]*place
}{known: map[string]*place{}}

// ReadAt implements io.ReaderAt.
func (o *object) ReadAt(p []byte, at int64) (int, error) {
	if at < 0 || at >= o.size {
		return 0, io.EOF
	}
	if from := max(o.size-tailBytes, 0); at >= from {
		o.once.Do(func() { o.tail, o.err = o.part(from, o.size-from) })
		if o.err != nil {
			return 0, o.err
		}
		n := copy(p, o.tail[at-from:])
		if n < len(p) {
			return n, io.EOF
		}
		return n, nil
	}
	want := min(int64(len(p)), o.size-at)
	b, err := o.part(at, want)
	n := copy(p, b)
	if err == nil && n < len(p) {
		err = io.EOF
	}
	return n, err
}

func (o *object) part(at, n int64) ([]byte, error) {
	r, err := o.bucket.NewRangeReader(o.ctx, o.key, at, n, nil)
	if err != nil {
		return nil, objectFailed(o.ctx, err)
	}
	defer r.Close()
	if r.Size() != o.size || !r.ModTime().Equal(o.written) {
		return nil, fmt.Errorf("%w as it was: %w", errStore, errChanged)
	}
	b := make([]byte, n)
	if _, err := io.ReadFull(r, b); err != nil {
		return nil, objectFailed(o.ctx, err)
	}
	return b, nil
}

// object reads an address, or all objects that a pattern matches. Parquet files stay where they are; others are imported.
func (c *LocalCatalog) object(ctx context.Context, address string) (*logical.Table, error) {
	if !c.Remote {
		return nil, errors.New("addresses are read by dreamql query, check, explain and notebook run, and nowhere else")
	}
	addresses, err := matchObjects(ctx, address)
	if err != nil {
		return nil, err
	}
	var each []*logical.Table
	for _, a := range addresses {
		var t *logical.Table
		if isParquet(a) {
			t, err = parquetTable(ctx, a)
		} else {
			t, err = c.download(ctx, a)
		}
		if err != nil {
			return nil, err
		}
		each = append(each, t)
	}
	if all, alike := concatAll(each); alike {
		return all, nil
	}
	return c.unite(ctx, each, addresses)
}

const maxObjects = 10_000

// matchObjects finds the objects that a pattern with * or […] matches. A ? begins the options of an address, and so stands for none.
func matchObjects(ctx context.Context, address string) (found []string, err error) {
	defer func() {
		if recover() != nil { // drivers trust what a store says
			found, err = nil, fmt.Errorf("%w: its list cannot be read", errStore)
		}
	}()
	b, pattern, err := bucketOf(ctx, address)
	if err != nil {
		return nil, err
	}
	at := strings.IndexAny(pattern, "*[")
	if at < 0 {
		return []string{address}, nil
	}
	if _, err := path.Match(pattern, ""); err != nil {
		return nil, fmt.Errorf("%q is not a valid pattern", pattern)
	}
	u, _ := url.Parse(address) // which bucketOf has done
	var out []string
	it := b.List(&blob.ListOptions{Prefix: pattern[:at]})
	for {
		o, err := it.Next(ctx)
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, objectFailed(ctx, err)
		}
		if ok, _ := path.Match(pattern, o.Key); !ok {
			continue
		}
		if len(out) == maxObjects {
			return nil, fmt.Errorf("the pattern matches more than %d objects", maxObjects)
		}
		one := url.URL{Scheme: u.Scheme, Host: u.Host, Path: "/" + o.Key, RawQuery: u.RawQuery}
		out = append(out, one.String())
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("no object matches %s", shown(address))
	}
	return out, nil
}

// receiveObject copies an object.
func (c *LocalCatalog) receiveObject(ctx context.Context, address string, w io.Writer) error {
	b, key, err := bucketOf(ctx, address)
	if err != nil {
		return err
	}
	r, err := b.NewReader(ctx, key, nil)
	if err != nil {
		return objectFailed(ctx, err)
	}
	defer r.Close()
	if r.Size() > c.downloadBytes {
		return fmt.Errorf("it has more than %d MB; only Parquet files are read in parts", c.downloadBytes>>20)
	}
	if _, err := io.Copy(w, r); err != nil {
		return objectFailed(ctx, err)
	}
	return nil
}

package storage

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"

	"github.com/dreamql/dreamql/engine/logical"
)

// Bounds of a download.
const (
	downloadBytes = 2 << 30
	downloadTime  = 5 * time.Minute
)

// download reads the file behind an http(s) address, anew in each process; the same content is imported once.
func (c *LocalCatalog) download(ctx context.Context, address string) (*logical.Table, error) {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" && !isObject(address) {
		return nil, errors.New("only files, and addresses that start with http://, https://, s3://, gs:// or azblob://, can be read")
	}
	if !c.Remote {
		return nil, errors.New("addresses are read by dreamql query, check, explain and notebook run, and nowhere else")
	}
	ctx, cancel := context.WithTimeoutCause(ctx, c.downloadTime, fmt.Errorf("it was not there within %s", c.downloadTime))
	defer cancel()
	f, err := os.CreateTemp(c.cache, "download-*")
	if err != nil {
		return nil, err
	}
	defer os.Remove(f.Name())
	defer f.Close()
	sum := sha256.New()
	to := io.MultiWriter(f, sum)
	if isObject(address) {
		err = c.receiveObject(ctx, address, to)
	} else {
		err = c.receive(ctx, u, to)
	}
	if err != nil {
		if cause := context.Cause(ctx); cause != nil {
			err = cause
		}
		return nil, err
	}
	name := path.Base(u.Path)
	if name == "/" || name == "." {
		name = u.Host
	}
	key := sha256.Sum256(fmt.Appendf(nil, "%d\n%s\n%x", cacheVersion, strings.ToLower(path.Ext(name)), sum.Sum(nil)))
	dir := filepath.Join(c.cache, hexDigest(key[:16]))
	t, err := c.cached(dir)
	if err != nil {
		err = c.filled(dir, func(blobs *Blobs) (*logical.Table, error) {
			return Import(ctx, Input{Name: name, Path: f.Name()}, blobs, "segments", nil)
		})
		if err != nil {
			return nil, err
		}
		if t, err = c.cached(dir); err != nil {
			return nil, err
		}
	}
	t.Name = strings.TrimSuffix(name, path.Ext(name))
	within(t, dir)
	return t, nil
}

func (c *LocalCatalog) receive(ctx context.Context, u *url.URL, w io.Writer) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		var failed *url.Error
		if errors.As(err, &failed) { // whose text repeats the address
			err = failed.Err
		}
		return err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("the server answered %s", res.Status)
	}
	n, err := io.Copy(w, io.LimitReader(res.Body, c.downloadBytes+1))
	if err == nil && n > c.downloadBytes {
		return fmt.Errorf("it has more than %d MB; download it first, and read the file", c.downloadBytes>>20)
	}
	return err
}

package registry

import (
	"bytes"
	"context"
	"fmt"
	"io"
)

// Blobs keeps bytes by key; storage.Blobs is one.
type Blobs interface {
	Put(ctx context.Context, key string, r io.Reader) error
	Get(ctx context.Context, key string) (io.ReadCloser, error)
}

// BlobKey is where an archive or a module lies, by its digest.
func BlobKey(digest string) string { return "packages/" + digest }

// ReadBlob returns an archive or a module and makes sure that it is what was published.
func ReadBlob(ctx context.Context, b Blobs, digest string) ([]byte, error) {
	r, err := b.Get(ctx, BlobKey(digest))
	if err != nil {
		return nil, err
	}
	defer r.Close()
	data, err := io.ReadAll(io.LimitReader(r, maxUnpacked+1))
	if err != nil {
		return nil, err
	}
	if got := Digest(data); got != digest {
		return nil, fmt.Errorf("blob %s is damaged: its SHA-256 is %s", digest, got)
	}
	return data, nil
}

// WriteBlob keeps an archive or a module.
func WriteBlob(ctx context.Context, b Blobs, digest string, data []byte) error {
	return b.Put(ctx, BlobKey(digest), bytes.NewReader(data))
}

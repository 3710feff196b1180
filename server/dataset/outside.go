package dataset

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/dreamql/dreamql/engine/catalog"
	"github.com/dreamql/dreamql/engine/logical"
	"github.com/dreamql/dreamql/engine/storage"
)

// Outside is what the operator of a server opens to programs besides its datasets. The zero value is nothing.
type Outside struct {
	Files     *storage.Folder // nil for none
	Databases *Databases      // nil for none
	Log       *slog.Logger    // nil for none
	// Wait is how long a check waits for a file that is being imported; default 2 s.
	Wait time.Duration
}

// File imports a file below the open folder, or files that a pattern matches, and waits for it as long as ctx lasts.
func (o Outside) File(ctx context.Context, path string) (*logical.Table, error) {
	if o.Files == nil {
		return nil, &catalog.Refused{Message: "this server opens no folder to programs",
			Help: "upload the file as a dataset, or let the server's operator name a folder in DREAMQL_FILES"}
	}
	t, err := o.Files.File(ctx, path)
	var fault *storage.StoreError
	if errors.As(err, &fault) && o.Log != nil {
		o.Log.Warn("a file could not be imported", "file", path, "error", fault.Cause)
	}
	return t, err
}

package main

// The drivers of object stores, for files that queries read and for DREAMQL_BLOBS.
import (
	_ "gocloud.dev/blob/azureblob"
	_ "gocloud.dev/blob/gcsblob"
	_ "gocloud.dev/blob/s3blob"
)

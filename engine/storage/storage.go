// Package storage keeps tables: it imports files of many formats into segments, opens segments without copying them, and
// stores both segments and other blobs through gocloud.dev/blob.
//
// A segment is an uncompressed Arrow IPC file of at most SegmentRows rows in batches of BatchRows, immutable, with
// statistics in logical.Segment. The package must not evaluate anything: pruning by statistics is the planner's. Every
// byte that it decodes is untrusted, so third-party decoders run behind recovered and what they give is validated.
//
// A new input format is a reader in a file of its own and a line in formats.go; a new output format goes to storage/format.
package storage

const (
	// BatchRows is the rows of a full record batch.
	BatchRows = 64 << 10
	// SegmentRows is the most rows of a segment.
	SegmentRows = 8 * BatchRows
)

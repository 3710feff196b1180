// Package page makes cursors: where the next page of a list starts, opaque to the caller.
package page

import (
	"encoding/base64"
	"encoding/json"

	"github.com/dreamql/dreamql/server/problem"
)

// Encode makes the cursor of a position.
func Encode(position any) string {
	b, err := json.Marshal(position)
	if err != nil {
		return ""
	}
	return base64.RawURLEncoding.EncodeToString(b)
}

// Decode reads a cursor into position and leaves it alone for "".
func Decode(cursor string, position any) error {
	if cursor == "" {
		return nil
	}
	b, err := base64.RawURLEncoding.DecodeString(cursor)
	if err == nil {
		err = json.Unmarshal(b, position)
	}
	if err != nil {
		return problem.New(problem.InvalidRequest, "The cursor is not one that this list gave: take next_cursor from the page before.")
	}
	return nil
}

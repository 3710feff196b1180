package account

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// FirstToken returns the owner's token: given, if it is not empty, else the one in the data folder, made at the first
// start with mode 0600.
func FirstToken(given, folder string) (string, error) {
	if given != "" {
		if strings.ContainsAny(given, " \t\r\n") || len(given) > 512 {
			return "", errors.New("DREAMQL_TOKEN must be at most 512 characters without spaces; leave it out and one is made")
		}
		return given, nil
	}
	path := filepath.Join(folder, "token")
	b, err := os.ReadFile(path)
	if err == nil && strings.TrimSpace(string(b)) != "" {
		return strings.TrimSpace(string(b)), nil
	}
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return "", fmt.Errorf("read the owner's token: %w", err)
	}
	secret := NewSecret()
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return "", err
	}
	if err := os.WriteFile(path, []byte(secret+"\n"), 0o600); err != nil {
		return "", fmt.Errorf("store the owner's token: %w", err)
	}
	return secret, nil
}

// Package mapfile reads mapping files from the disk.
package mapfile

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"

	"github.com/auth-errors/caddy-auth-errors/normalizer/mapping"
)

// Load reads one file and returns its SHA-256, in hex, with it.
func Load(path string) (*mapping.Mapping, string, error) {
	// A pipe or a device may never end, and opening it may never return.
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		return nil, "", fmt.Errorf("opening the mapping: %s is not a regular file", path)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, "", fmt.Errorf("opening the mapping: %w", err)
	}
	defer f.Close()
	m, data, err := mapping.LoadFile(path, f)
	if err != nil {
		return nil, "", err
	}
	sum := sha256.Sum256(data)
	return m, hex.EncodeToString(sum[:]), nil
}

package autherrors

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"strings"

	"github.com/auth-errors/caddy-auth-errors/normalizer"
)

// MappingFile is one mapping file of the user's own.
type MappingFile struct {
	// The path of the file; mappings/README.md describes the format.
	Path string `json:"path"`

	// The SHA-256 of the file, in hex. The Caddyfile adapter sets it, so that an
	// edited file is a changed configuration; a file that does not fit is refused.
	// Not checked if empty.
	SHA256 string `json:"sha256,omitempty"`
}

// loadMappings reads the user's own mapping files.
func (h *Handler) loadMappings() ([]*normalizer.Mapping, error) {
	var out []*normalizer.Mapping
	for _, file := range h.Mappings {
		m, sum, err := loadMapping(file)
		if err != nil {
			return nil, err
		}
		if file.SHA256 != "" && !strings.EqualFold(file.SHA256, sum) {
			return nil, fmt.Errorf("mapping %s has changed since the configuration was made (sha256 %s, not %s): adapt the Caddyfile again", file.Path, sum, file.SHA256)
		}
		out = append(out, m)
	}
	return out, nil
}

// loadMapping reads one file and returns its SHA-256 with it.
func loadMapping(file MappingFile) (*normalizer.Mapping, string, error) {
	// A pipe or a device may never end, and opening it may never return.
	if info, err := os.Stat(file.Path); err == nil && !info.Mode().IsRegular() {
		return nil, "", fmt.Errorf("opening the mapping: %s is not a regular file", file.Path)
	}
	f, err := os.Open(file.Path)
	if err != nil {
		return nil, "", fmt.Errorf("opening the mapping: %w", err)
	}
	defer f.Close()
	m, data, err := normalizer.LoadFile(file.Path, f)
	if err != nil {
		return nil, "", err
	}
	sum := sha256.Sum256(data)
	return m, hex.EncodeToString(sum[:]), nil
}

// Package mapfile reads and writes mapping files on disk.
package mapfile

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/auth-errors/caddy-auth-errors/normalizer/mapping"
)

// Load reads a mapping file, and returns its SHA-256 in hex too.
func Load(path string) (*mapping.Mapping, string, error) {
	// A pipe or a device may never end, and opening it may never return.
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		return nil, "", fmt.Errorf("opening the mapping: %s is not a regular file: name a mapping file", path)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, "", fmt.Errorf("opening the mapping: %w%s", err, remedyOf(path, err))
	}
	defer f.Close()
	m, data, err := mapping.LoadFile(path, f)
	if err != nil {
		return nil, "", err
	}
	sum := sha256.Sum256(data)
	return m, hex.EncodeToString(sum[:]), nil
}

// remedyOf says what to do about a file that cannot be opened.
func remedyOf(path string, err error) string {
	switch {
	case errors.Is(err, fs.ErrPermission):
		return ": let the user that runs Caddy read it"
	case !errors.Is(err, fs.ErrNotExist):
		return ""
	case filepath.IsAbs(path): // as are all that come from a Caddyfile
		return "; a relative path begins at the directory of the Caddyfile"
	}
	return "; a relative path begins at the working directory of Caddy"
}

// Replace writes a file completely or not at all, because another program may read it at
// any time. It keeps the permissions of the file and symbolic links to it.
func Replace(path, text string) error {
	mode := fs.FileMode(0o644)
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real
	}
	if info, err := os.Stat(path); err == nil {
		mode = info.Mode().Perm()
	}
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*.new")
	if failed := (*fs.PathError)(nil); errors.As(err, &failed) { // its path is the random name of the temporary file
		return fmt.Errorf("making a file in %s: %w", filepath.Dir(path), failed.Err)
	}
	if err != nil {
		return err
	}
	_, err = f.WriteString(text)
	err = errors.Join(err, f.Close(), os.Chmod(f.Name(), mode))
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		os.Remove(f.Name())
	}
	return err
}

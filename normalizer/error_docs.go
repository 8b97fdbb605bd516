package normalizer

import (
	"fmt"
	"strings"

	"github.com/auth-errors/caddy-auth-errors/normalizer/registry"
)

// errorDocs has the URL of the page about each canonical error, or nothing. The URL
// depends only on the error, so that answers with the same error stay equal.
type errorDocs map[string]string

// parseErrorDocs reads the URL of the pages; a `*` in it stands for the error.
func parseErrorDocs(spelled string) (errorDocs, error) {
	if spelled == "" {
		return nil, nil
	}
	docs := make(errorDocs)
	for _, e := range registry.All() {
		page := strings.ReplaceAll(spelled, "*", e.Code)
		if cleanURI(page) != page {
			return nil, fmt.Errorf("error_docs %q: use an http or https URL of printable ASCII, without user information and secrets", spelled)
		}
		docs[e.Code] = page
	}
	return docs, nil
}

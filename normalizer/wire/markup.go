package wire

import "strings"

// parseMarkup tells XML from HTML.
func parseMarkup(mediaType string, body string, cut bool) (Tree, error) {
	declared := mediaType == "text/html" || mediaType == "application/xhtml+xml"
	first := firstTag(body)
	if isPage(first) || declared && !strings.HasPrefix(body, "<?xml") && !hasPrefixedName(first) {
		return parseHTML(body, cut), nil
	}
	tree, err := parseXML(body, cut)
	if declared && err != nil || err == ErrInvalid && mediaType != "application/xml" && mediaType != "text/xml" {
		return parseHTML(body, cut), nil
	}
	return tree, err
}

// firstTag returns the body from its first tag or document type on, behind comments and
// processing instructions.
func firstTag(body string) string {
	for {
		body = strings.TrimSpace(body)
		var end string
		switch {
		case strings.HasPrefix(body, "<?"):
			end = "?>"
		case strings.HasPrefix(body, "<!--"):
			end = "-->"
		default:
			return body
		}
		_, body, _ = strings.Cut(body, end)
	}
}

// isPage reports whether the first element is html, or the document type says so.
func isPage(first string) bool {
	return hasPrefixFold(first, "<html") || hasPrefixFold(first, "<!doctype html")
}

// hasPrefixedName reports whether the name of the first element has a prefix, as names
// in XML have and names in HTML have not.
func hasPrefixedName(first string) bool {
	end := strings.IndexAny(first, " \t\r\n/>")
	return end > 0 && strings.IndexByte(first[:end], ':') > 0
}

func hasPrefixFold(body string, prefix string) bool {
	return len(body) >= len(prefix) && strings.EqualFold(body[:len(prefix)], prefix)
}

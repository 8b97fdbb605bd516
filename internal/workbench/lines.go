package workbench

import (
	"net/http"
	"slices"

	"github.com/auth-errors/caddy-auth-errors/internal/saved"
)

// linesOf returns a response in lines, with secrets masked.
func linesOf(status int, header http.Header, body []byte) []line {
	var lines []line
	for _, text := range saved.Lines(status, header, body) {
		lines = append(lines, line{Text: text})
	}
	return lines
}

// mark marks the lines that others do not have.
func mark(lines, others []line) {
	for i := range lines {
		lines[i].Changed = !slices.ContainsFunc(others, func(o line) bool { return o.Text == lines[i].Text })
	}
}

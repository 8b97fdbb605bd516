package caddyfile_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/tidwall/gjson"
)

// licences are told by a sentence that each of them has, in the order of the table.
var licences = []struct{ name, sentence string }{
	{"Apache-2.0", "Licensed under the Apache License, Version 2.0"},
	{"Apache-2.0", "Apache License Version 2.0, January 2004"},
	{"BSD-3-Clause", "Neither the name of"},
	{"MIT", "Permission is hereby granted, free of charge, to any person obtaining a copy"},
}

// licenceOf reads the licences out of the files of a module that say so.
func licenceOf(t *testing.T, dir string) string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "LICENSE*"))
	if err != nil || len(files) == 0 {
		t.Fatalf("%s: got the licence files %v, error %v, want some", dir, files, err)
	}
	var names []string
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		words := strings.Join(strings.Fields(string(text)), " ")
		for _, l := range licences {
			if strings.Contains(words, l.sentence) && !slices.Contains(names, l.name) {
				names = append(names, l.name)
			}
		}
	}
	return strings.Join(names, ", ")
}

// runGo returns what the go command writes.
func runGo(t *testing.T, args ...string) []byte {
	t.Helper()
	cmd := exec.Command("go", args...)
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v", cmd, err)
	}
	return out
}

// TestReadmeLicences compares the table of dependencies with go.mod and with the
// licences that the modules bring along.
func TestReadmeLicences(t *testing.T) {
	var got []string
	for _, row := range tableOf(t, architecture, "dependency | licence") {
		got = append(got, codeSpans(row[0])[0]+": "+row[1])
	}
	modules := []string{"list", "-m", "-f", "{{.Path}}\t{{.Dir}}"}
	for _, m := range gjson.GetBytes(runGo(t, "mod", "edit", "-json"), "Require").Array() {
		if !m.Get("Indirect").Bool() {
			modules = append(modules, m.Get("Path").String())
		}
	}
	out := runGo(t, modules...)
	var want []string
	for line := range strings.Lines(string(out)) {
		if module, dir, ok := strings.Cut(strings.TrimSpace(line), "\t"); ok {
			want = append(want, module+": "+licenceOf(t, dir))
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("docs/architecture.md: got the dependencies\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

package caddyfile_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"
)

// The sizes that let a reader keep an idea in the head.
const (
	mostFileLines     = 300
	mostFunctionLines = 60
	mostMethods       = 15
)

// TestSizes checks the limits of the code that ships: the length of files and functions,
// the number of methods of a type, and a comment on every exported name.
func TestSizes(t *testing.T) {
	hold := func(name, what string, got, most int) {
		if got > most {
			t.Errorf("%s: got %d %s, want at most %d", name, got, what, most)
		}
	}
	files := token.NewFileSet()
	methods := make(map[string]int) // by directory and type
	for _, path := range goFiles(t) {
		file, err := parser.ParseFile(files, filepath.Join(top, path), nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		hold(path, "lines", files.Position(file.FileEnd).Line, mostFileLines)
		for _, name := range undocumented(file) {
			t.Errorf("%s: got no doc comment for %s, want one", path, name)
		}
		for _, d := range file.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok {
				continue
			}
			hold(path+": "+f.Name.Name, "lines", files.Position(f.End()).Line-files.Position(f.Pos()).Line+1, mostFunctionLines)
			if receiver := receiverOf(f); receiver != "" {
				methods[filepath.Dir(path)+"."+receiver]++
			}
		}
	}
	for name, got := range methods {
		hold(name, "methods", got, mostMethods)
	}
}

// goFiles returns the Go files that ship, by their paths in the repository.
func goFiles(t *testing.T) []string {
	t.Helper()
	var paths []string
	err := filepath.WalkDir(top, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && path != top && (strings.HasPrefix(d.Name(), ".") || d.Name() == "caddyfile_test"):
			return fs.SkipDir
		case strings.HasSuffix(path, ".go") && !strings.HasSuffix(path, "_test.go"):
			relative, err := filepath.Rel(top, path)
			paths = append(paths, filepath.ToSlash(relative))
			return err
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return paths
}

// receiverOf returns the type that a method is one of, or nothing for a function.
func receiverOf(f *ast.FuncDecl) string {
	if f.Recv == nil {
		return ""
	}
	receiver := f.Recv.List[0].Type
	if star, ok := receiver.(*ast.StarExpr); ok {
		receiver = star.X
	}
	name, _ := receiver.(*ast.Ident)
	if name == nil {
		return ""
	}
	return name.Name
}

// undocumented returns the exported names of a file that no comment describes: of
// types, methods, functions, constants and variables. A group may share one comment.
func undocumented(file *ast.File) []string {
	var names []string
	want := func(documented bool, idents ...*ast.Ident) {
		for _, name := range idents {
			if name.IsExported() && !documented {
				names = append(names, name.Name)
			}
		}
	}
	for _, d := range file.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			if receiver := receiverOf(d); receiver == "" || ast.IsExported(receiver) {
				want(d.Doc != nil, d.Name)
			}
		case *ast.GenDecl:
			for _, spec := range d.Specs {
				switch spec := spec.(type) {
				case *ast.TypeSpec:
					want(d.Doc != nil || spec.Doc != nil, spec.Name)
				case *ast.ValueSpec:
					want(d.Doc != nil || spec.Doc != nil || spec.Comment != nil, spec.Names...)
				}
			}
		}
	}
	return names
}

// Package advice has the remedies for common mistakes in the arguments of auth_errors.
package advice

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/auth-errors/caddy-auth-errors/normalizer/registry"
)

// Provider refuses a first argument that cannot be a provider.
func Provider(name string) error {
	switch {
	case name == "":
		return errors.New("the provider is empty: leave it out, or name one")
	case strings.HasSuffix(name, ".yaml"), strings.HasSuffix(name, ".yml"):
		return fmt.Errorf("'%s' is a file, and auth_errors takes a provider: write its name here, and mapping %[1]s in the block", name)
	case strings.HasSuffix(name, "{"):
		return fmt.Errorf("'%s': write a space before the {", name)
	}
	return nil
}

// SecondArgument refuses an argument behind the provider.
func SecondArgument(provider, second string) error {
	if strings.ContainsAny(second[:min(1, len(second))], "/@*") {
		return fmt.Errorf("'%s' is a matcher: write it before the provider, as in auth_errors %[1]s %s", second, provider)
	}
	return fmt.Errorf("unexpected argument '%s': auth_errors takes one provider, or off", second)
}

// Subdirective says what to write in place of an unknown subdirective. owner is the
// subdirective that has the name as a value, or nothing.
func Subdirective(name string, known []string, owner string) string {
	switch name {
	case "provider":
		return "write the provider behind auth_errors, as in auth_errors auth0"
	case "off":
		return "write auth_errors off, without a block"
	}
	if key, value, found := strings.Cut(name, "="); found && slices.Contains(known, key) {
		return fmt.Sprintf("write a space in place of the equals sign: %s %s", key, value)
	}
	if owner != "" {
		return fmt.Sprintf("it is a value: write %s %s", owner, name)
	}
	return registry.Choose(name, known)
}

// MapRow refuses the arguments of map that have the form of other tools.
func MapRow(args []string) error {
	for i, arg := range args {
		if arg == "->" || arg == "=>" || arg == ":" {
			return fmt.Errorf("map takes no %s: write map %s", arg, strings.Join(slices.Delete(slices.Clone(args), i, i+1), " "))
		}
	}
	switch {
	case len(args) != 3 && len(args) != 4:
		return fmt.Errorf("map takes <status|*> <code|*> <error> [<to_status>], not %d arguments: put a code with spaces in quotes", len(args))
	case slices.Contains(args, ""):
		return errors.New("map has an empty argument: write * for any status or code")
	case args[2] == "pass":
		return errors.New("map cannot let a response pass: write a row with pass: true in a mapping file")
	case len(args) == 3:
		return nil
	}
	if _, isError := registry.Lookup(args[3]); isError {
		return fmt.Errorf("map has the error '%s' in the place of <to_status>: put a code with spaces in quotes, as in \"%s %s\"", args[3], args[1], args[2])
	}
	if status, err := strconv.Atoi(args[3]); err != nil || status == 0 {
		return fmt.Errorf("to_status '%s': use a number from 400 to 599", args[3])
	}
	return nil
}

// Endpoint refuses arguments of endpoint that are not one kind with its paths.
func Endpoint(args []string) error {
	switch {
	case len(args) < 2:
		return errors.New("endpoint takes <kind> <path...>, as in: endpoint token /oauth/token")
	case strings.HasPrefix(args[0], "/"):
		return fmt.Errorf("endpoint '%s': write the kind before its paths, as in: endpoint token %[1]s", args[0])
	}
	if _, err := registry.ParseEndpoint(args[0]); err != nil {
		return err
	}
	if _, err := registry.ParseEndpoint(args[1]); err == nil {
		return fmt.Errorf("endpoint takes one kind, not %s and %s: write a line for each", args[0], args[1])
	}
	return nil
}

// MappingFile refuses an argument of mapping that is not the name of a file, such as one
// of the shipped providers.
func MappingFile(arg string, exists bool, shipped []string) error {
	switch name := filepath.Base(arg); {
	case strings.Contains(arg, "://"):
		return fmt.Errorf("mapping '%s' is a URL: save it to a file on this machine, and name the file", arg)
	case strings.ContainsAny(arg, "*?["):
		return fmt.Errorf("mapping '%s': patterns of file names are not taken: name each file", arg)
	case !exists && slices.Contains(shipped, name):
		return fmt.Errorf("mapping '%s': no file has this name, and the provider %s ships: write auth_errors %[2]s, and leave mapping out", arg, name)
	}
	return nil
}

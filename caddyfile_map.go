package autherrors

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"

	"github.com/auth-errors/caddy-auth-errors/normalizer/mapping"
	"github.com/auth-errors/caddy-auth-errors/normalizer/registry"
)

// parseMap reads a row of the site itself.
func parseMap(h *Handler, d *caddyfile.Dispenser) error {
	args := d.RemainingArgs()
	if len(args) != 3 && len(args) != 4 {
		return d.Errf("map takes <status|*> <code|*> <error> [<to_status>], not %d arguments: put a code with spaces in quotes", len(args))
	}
	if slices.Contains(args, "") {
		return d.Errf("map has an empty argument: write * for any status or code")
	}
	row := MapRow{Status: anyAsEmpty(args[0]), Code: anyAsEmpty(args[1]), Error: args[2]}
	row.position = fmt.Sprintf("%s:%d", d.File(), d.Line())
	if len(args) == 4 {
		status, err := strconv.Atoi(args[3])
		if _, isError := registry.Lookup(args[3]); isError {
			return d.Errf("map has the error '%s' in the place of <to_status>: put a code with spaces in quotes, as in \"%s %s\"", args[3], args[1], args[2])
		}
		if err != nil || status == 0 {
			return d.Errf("to_status '%s': use a number from 400 to 599", args[3])
		}
		row.ToStatus = status
	}
	if _, err := mapping.NewRow("map", row.Status, row.Code, row.Error, row.ToStatus); err != nil {
		return d.WrapErr(err)
	}
	h.Map = append(h.Map, row)
	return nil
}

func anyAsEmpty(arg string) string {
	if arg == "*" {
		return ""
	}
	return arg
}

package commands

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"time"

	"github.com/spf13/cobra"

	"github.com/auth-errors/caddy-auth-errors/normalizer"
	"github.com/auth-errors/caddy-auth-errors/normalizer/check"
	"github.com/auth-errors/caddy-auth-errors/normalizer/mapping"
)

func lintCommand() *cobra.Command {
	cmd := command("lint <file...> [--as-of <date>]", "Checks mapping files",
		`Reports all mistakes that stop Caddy from loading the files. Also reports rows that
never decide, rows without an example, rows whose order decides between them, unusual
statuses, and rows repeated between files. If it reports anything, the exit status
is 1. Sources that were last read more than 180 days ago only get a warning.`,
		"  caddy auth-errors lint ./mycorp.yaml", cobra.MinimumNArgs(1), runLint)
	cmd.Flags().String("as-of", "", "count the age of sources from this date, such as 2026-11-21 (default today)")
	return cmd
}

// asOf returns the date for the age of sources.
func asOf(cmd *cobra.Command) (time.Time, error) {
	date, _ := cmd.Flags().GetString("as-of")
	if date == "" {
		return time.Now(), nil
	}
	at, err := time.Parse(time.DateOnly, date)
	if err != nil {
		return at, fmt.Errorf("--as-of %q: use a date such as 2026-11-21", date)
	}
	return at, nil
}

func runLint(cmd *cobra.Command, args []string) error {
	out := cmd.OutOrStdout()
	now, err := asOf(cmd)
	if err != nil {
		return err
	}
	problems := 0
	var loaded []*mapping.Mapping
	for _, path := range args {
		m, err := readMappingFile(path)
		if errors.Is(err, fs.ErrNotExist) && isShipped(path) {
			err = fmt.Errorf("no file is named %q; it is a mapping that ships: 'caddy auth-errors test %s' runs its examples", path, path)
		}
		var table *normalizer.Table
		if err == nil {
			table, err = tableOf(m, false)
		}
		if err != nil {
			problems++
			fmt.Fprintln(out, err)
			continue
		}
		loaded = append(loaded, m)
		problems += printRemarks(out, check.Lint(m, table))
		for _, r := range check.Stale(m, now) {
			fmt.Fprintln(out, "warning:", r)
		}
	}
	problems += printRemarks(out, check.Repeated(loaded))
	if problems > 0 {
		return fmt.Errorf("problems found: %d", problems)
	}
	fmt.Fprintln(out, "nothing to report")
	return nil
}

func printRemarks(out io.Writer, remarks []check.Remark) int {
	for _, r := range remarks {
		fmt.Fprintln(out, r)
	}
	return len(remarks)
}

func testCommand() *cobra.Command {
	return command("test <file|provider...>", "Runs the examples of mappings",
		`Runs the examples of mapping files, and those of shipped mappings by provider. Lists
rows without an example, and examples that would pass without the row that decides
them. Exits with 1 if an example fails.`,
		"  caddy auth-errors test ./mycorp.yaml\n  caddy auth-errors test auth0 ecobee", cobra.MinimumNArgs(1), runTest)
}

func runTest(cmd *cobra.Command, args []string) error {
	out := cmd.OutOrStdout()
	failed := 0
	for _, name := range args {
		m, err := readMapping(name)
		if err != nil {
			return err
		}
		report, err := check.Run(m, func(m *mapping.Mapping) (*normalizer.Table, error) {
			return tableOf(m, isShipped(name))
		})
		if err != nil {
			return err
		}
		failed += len(report.Failed)
		printReport(out, m, report)
	}
	if failed > 0 {
		return fmt.Errorf("examples failed: %d", failed)
	}
	return nil
}

func printReport(out io.Writer, m *mapping.Mapping, r check.Report) {
	printRemarks(out, r.Failed)
	printRemarks(out, r.Uncovered)
	printRemarks(out, r.Indifferent)
	fmt.Fprintf(out, "%s: %d examples, %d failed; %d rows, %d without an example\n",
		m.File, len(m.Examples), len(r.Failed), len(m.Rows), len(r.Uncovered))
}

package commands

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	caddycmd "github.com/caddyserver/caddy/v2/cmd"
	"github.com/spf13/cobra"

	"github.com/auth-errors/caddy-auth-errors/internal/ledger"
	"github.com/auth-errors/caddy-auth-errors/internal/workbench"
	"github.com/auth-errors/caddy-auth-errors/normalizer/check"
)

func workbenchCommand() *cobra.Command {
	cmd := command("workbench [--listen <address>] [--address <admin>] [<file>]", "Serves a page to read errors and write rows",
		`Serves one page on this machine and prints its address: paste a response, see whose
it is, which row decides and what its client gets; write the row, run the examples,
and save the file. Nothing else is written, and nothing is asked of other hosts.

With --address, the page lists the unmapped errors of the Caddy whose admin API is
there. Ends with Ctrl-C.`,
		"  caddy auth-errors workbench ./mycorp.yaml\n  caddy auth-errors workbench --listen 127.0.0.1:8090 --address localhost:2019 ./mycorp.yaml",
		cobra.MaximumNArgs(1), runWorkbench)
	f := cmd.Flags()
	f.String("listen", "127.0.0.1:0", "where to serve the page: an address of this machine alone")
	f.String("address", "", "the address of the admin API of a running Caddy")
	return cmd
}

func runWorkbench(cmd *cobra.Command, args []string) error {
	c := workbench.Config{Draft: draftLines}
	if len(args) > 0 {
		c.File = args[0]
	}
	if address, _ := cmd.Flags().GetString("address"); address != "" {
		admin, err := caddycmd.DetermineAdminAPIAddress(address, nil, "", "")
		if err != nil {
			return fmt.Errorf("finding the admin API: %w", err)
		}
		c.Unmapped = func() (entries []ledger.Unmapped, err error) {
			err = askAdmin(admin, http.MethodGet, "unmapped", &entries)
			return entries, err
		}
	}
	listen, _ := cmd.Flags().GetString("listen")
	listener, err := listenHere(listen)
	if err != nil {
		return err
	}
	defer listener.Close()
	bench, err := workbench.New(c)
	if err != nil {
		return err
	}
	address := listener.Addr().String()
	fmt.Fprintf(cmd.OutOrStdout(), "http://%s/\n", address)
	return serve(cmd.Context(), listener, bench.Handler(address))
}

// serve serves until the process is asked to stop.
func serve(ctx context.Context, listener net.Listener, handler http.Handler) error {
	if ctx == nil {
		ctx = context.Background()
	}
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer stop()
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: time.Minute, MaxHeaderBytes: 64 << 10}
	context.AfterFunc(ctx, func() { _ = server.Close() })
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serving the workbench: %w", err)
	}
	return nil
}

// listenHere listens at an address of the loopback interface: the page may write a file,
// and asks nobody who they are.
func listenHere(address string) (net.Listener, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, fmt.Errorf("--listen %q: %w", address, err)
	}
	if host == "localhost" {
		host = "127.0.0.1"
	}
	if ip := net.ParseIP(host); ip == nil || !ip.IsLoopback() {
		return nil, fmt.Errorf("--listen %q: use an address of this machine alone, such as 127.0.0.1:0", address)
	}
	return net.Listen("tcp", net.JoinHostPort(host, port))
}

// draftLines returns the row and the example that record writes.
func draftLines(u ledger.Unmapped) (row, example string) {
	x := u.Example(check.MakeBody)
	row = fmt.Sprintf("- {%serror: %s}", leftOf(&u), guess(&u))
	example = fmt.Sprintf("- {endpoint: %s, %sstatus: %d, body: %s, expect: {error: %s}}",
		u.Endpoint, grantOf(&u), u.Status, quoteYAML(x.Body), guess(&u))
	return row, example
}

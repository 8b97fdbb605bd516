package commands

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/signal"
	"slices"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/auth-errors/caddy-auth-errors/internal/ledger"
	"github.com/auth-errors/caddy-auth-errors/internal/workbench"
	"github.com/auth-errors/caddy-auth-errors/normalizer"
	"github.com/auth-errors/caddy-auth-errors/normalizer/check"
	"github.com/auth-errors/caddy-auth-errors/normalizer/mapping"
)

func workbenchCommand() *cobra.Command {
	cmd := command("workbench [--listen <address>] [--config <Caddyfile>] [--address <admin>] [<file>]", "Serves a page for reading errors and writing rows",
		`Serves one page on this machine and prints its address. Paste a response to see its
provider, the row that decides and the answer to the client. Then write a row, run the
examples, and save the file. The command writes no other file, and asks no other host.

--config uses the handlers of a Caddyfile: their providers, mappings, endpoints and
options. --address lists the unmapped errors of a running Caddy. Ctrl-C ends the command.`,
		"  caddy auth-errors workbench ./mycorp.yaml\n  caddy auth-errors workbench --listen 127.0.0.1:8090 --address localhost:2019 ./mycorp.yaml\n  caddy auth-errors workbench --config Caddyfile ./mycorp.yaml",
		cobra.MaximumNArgs(1), runWorkbench)
	f := cmd.Flags()
	f.String("listen", "127.0.0.1:0", "the address of the page, on the loopback interface")
	f.String("config", "", "read responses with the handlers of this configuration")
	f.String("adapter", "", "the adapter for --config (default: caddyfile for a Caddyfile)")
	f.String("address", "", "the address of the admin API of a running Caddy")
	return cmd
}

func runWorkbench(cmd *cobra.Command, args []string) error {
	c := workbench.Config{Draft: draftLines}
	if len(args) > 0 {
		c.File = args[0]
		if info, err := os.Stat(c.File); err == nil && !info.Mode().IsRegular() {
			return fmt.Errorf("%s is not a regular file: name a mapping file", c.File)
		}
	}
	var err error
	if c.Handlers, err = benchHandlers(cmd, c.File); err != nil {
		return err
	}
	if address, _ := cmd.Flags().GetString("address"); address != "" {
		if err := checkAddress(address); err != nil {
			return err
		}
		c.Unmapped = func() (entries []ledger.Unmapped, err error) {
			err = askAdmin(address, http.MethodGet, "unmapped", &entries)
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

// benchHandlers returns the handlers of --config. The mapping in the editor replaces the
// file in them. Handlers for its provider that do not name the file get it behind their
// files.
func benchHandlers(cmd *cobra.Command, file string) (all []workbench.Handler, err error) {
	config, _ := cmd.Flags().GetString("config")
	if config == "" {
		return nil, nil
	}
	adapter, _ := cmd.Flags().GetString("adapter")
	found, err := handlersIn(config, adapter)
	if err == nil && len(found) == 0 {
		err = fmt.Errorf("%s has no auth_errors handler: add one, or leave --config out", config)
	}
	for _, h := range found {
		if err != nil {
			break
		}
		var c normalizer.Config
		if c, err = h.Config(); err == nil {
			all = append(all, workbench.Handler{Provider: h.provider, Compile: compiler(c, h.provider, file)})
		}
	}
	return all, err
}

// compiler returns a function that compiles a handler with the mapping in the editor.
func compiler(c normalizer.Config, provider, file string) func(*mapping.Mapping) (*normalizer.Table, error) {
	at := slices.IndexFunc(c.Files, func(m *mapping.Mapping) bool { return isSameFile(m.File, file) })
	return func(own *mapping.Mapping) (*normalizer.Table, error) {
		used := c
		used.Files = slices.Clone(c.Files)
		switch {
		case own == nil:
		case at >= 0:
			used.Files[at] = own
		case own.Provider == provider:
			used.Files = append(used.Files, own)
		}
		return normalizer.Compile(used)
	}
}

// isSameFile reports whether two paths lead to one file.
func isSameFile(a, b string) bool {
	one, err := os.Stat(a)
	other, err2 := os.Stat(b)
	return err == nil && err2 == nil && os.SameFile(one, other)
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

// listenHere listens at a loopback address. Other addresses are refused, because the page
// may write a file, and has no login.
func listenHere(address string) (net.Listener, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, fmt.Errorf("--listen %q: give a host and a port, such as 127.0.0.1:8090", address)
	}
	if host == "localhost" {
		host = "127.0.0.1"
	}
	if ip := net.ParseIP(host); ip == nil || !ip.IsLoopback() {
		return nil, fmt.Errorf("--listen %q: use a loopback address, such as 127.0.0.1:0", address)
	}
	listener, err := net.Listen("tcp", net.JoinHostPort(host, port))
	if err != nil {
		return nil, fmt.Errorf("--listen %q: %w: choose another port, or 0 for any free one", address, err)
	}
	return listener, nil
}

// draftLines returns the row and the example that record writes.
func draftLines(u ledger.Unmapped, d *normalizer.Decision) (row, example string) {
	return fmt.Sprintf("- {%serror: %s}", leftOf(&u), likelyError(&u)), exampleOf(&u, u.Example(check.MakeBody).Body, d)
}

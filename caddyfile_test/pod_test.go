//go:build interop

package caddyfile_test

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestInteropPod runs the built Caddy as the container of the manifest would: as another
// user, without any capability or a way to get one, with its files from a ConfigMap. It
// takes an edited mapping by itself, refuses a broken one, and says that it is leaving.
func TestInteropPod(t *testing.T) {
	binary, err := builtCaddy()
	if err != nil {
		t.Fatal(err)
	}
	objects := manifests(t, "kubernetes.yml")
	files, c := objects["ConfigMap"].Data, objects["Deployment"].Spec.Template.Spec.Containers[0]
	up, gateway, health, admin := startUpstream(t), freeAddress(t), freeAddress(t), freeAddress(t)
	up.script("", answer{wire: sized("HTTP/1.1 403 No\nContent-Type: application/json", `{"error":"E-404"}`)})
	files["Caddyfile"] = strings.NewReplacer(":8080 {", "http://"+gateway+" {", ":9180 {", "http://"+health+" {", "localhost:2019", admin,
		"https://sts.mycorp.example", up.address, "shutdown_delay 10s", "shutdown_delay 2s").Replace(files["Caddyfile"])
	dir := t.TempDir()
	for d := dir; d != os.TempDir() && d != "/"; d = filepath.Dir(d) {
		os.Chmod(d, 0o755)
	}
	os.Chmod(filepath.Dir(binary), 0o755)
	etc, data := filepath.Join(dir, "etc"), filepath.Join(dir, "data")
	for _, d := range []string{etc, data} {
		if err := os.Mkdir(d, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chown(data, 65532, 65532); err != nil {
		t.Fatalf("%v: only root can play a container", err)
	}
	writeConfigMap(t, etc, files)
	args := append([]string{"--reuid=65532", "--regid=65532", "--clear-groups", "--no-new-privs", "--bounding-set=-all", "--inh-caps=-all", binary}, c.Args...)
	for i, arg := range args {
		args[i] = strings.ReplaceAll(arg, "/etc/caddy", etc)
	}
	log, err := os.Create(filepath.Join(dir, "log"))
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	cmd := exec.Command("setpriv", args...)
	cmd.Stdout, cmd.Stderr = log, log
	cmd.Env = []string{"XDG_DATA_HOME=" + data, "XDG_CONFIG_HOME=" + data, "HOME=" + data}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		cmd.Process.Kill()
		if text, err := os.ReadFile(log.Name()); t.Failed() && err == nil {
			t.Logf("Caddy's log:\n%s", text)
		}
	}()
	token := func() string { return errorIn(fetch(t, "http://"+gateway+"/token")) }
	if got := token(); got != "invalid_grant" {
		t.Errorf("got %s, want invalid_grant", got)
	}
	good := files["mycorp.yaml"]
	edit := func(text, want, logged string) {
		t.Helper()
		files["mycorp.yaml"] = text
		writeConfigMap(t, etc, files)
		eventually(t, func() string {
			said, _ := os.ReadFile(log.Name())
			if got := token(); !strings.Contains(string(said), logged) || got != want {
				return fmt.Sprintf("got %s, want %s and %q in the log", got, want, logged)
			}
			return ""
		})
	}
	edit(strings.ReplaceAll(good, "invalid_grant", "login_required"), "login_required", "config file changed; reloading")
	edit(strings.ReplaceAll(good, "invalid_grant", "no_such_error"), "login_required", "no_such_error")
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	left := false
	for {
		resp, err := http.Get("http://" + health + c.ReadinessProbe.HTTPGet.Path)
		if err != nil {
			break
		}
		resp.Body.Close()
		left = left || resp.StatusCode == http.StatusServiceUnavailable
	}
	if !left {
		t.Error("got no 503 from the probe between SIGTERM and the end")
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("after SIGTERM: got %v, want a clean end", err)
	}
	if _, err := net.Dial("tcp", gateway); err == nil {
		t.Error(fmt.Sprint("got a connection to ", gateway, " after the end"))
	}
}

package caddyfile_test

import (
	"bytes"
	"errors"
	"io"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// deployDir has the files that are deployed as they are.
var deployDir = filepath.Join(top, "docs", "deploy")

// manifest has the members of a Kubernetes object that the tests read.
type manifest struct {
	Kind     string
	Metadata struct{ Name string }
	Data     map[string]string // of a ConfigMap
	Spec     struct {
		Selector yaml.Node
		Ports    []struct {
			Name       string
			TargetPort string `yaml:"targetPort"`
		}
		Endpoints []struct{ Port, Path string } `yaml:"podMetricsEndpoints"`
		Template  struct {
			Metadata struct{ Labels map[string]string }
			Spec     struct {
				Containers []container
				Volumes    []struct {
					Name      string
					ConfigMap struct{ Name string } `yaml:"configMap"`
				}
			}
		}
	}
}

type container struct {
	Args  []string
	Ports []struct {
		Name          string
		ContainerPort int `yaml:"containerPort"`
	}
	ReadinessProbe struct {
		HTTPGet struct{ Path, Port string } `yaml:"httpGet"`
	} `yaml:"readinessProbe"`
	SecurityContext struct {
		ReadOnlyRootFilesystem bool `yaml:"readOnlyRootFilesystem"`
		Capabilities           struct{ Drop []string }
	} `yaml:"securityContext"`
	VolumeMounts []struct {
		Name, MountPath, SubPath string
	} `yaml:"volumeMounts"`
}

// manifests reads the objects of a file, by their kinds.
func manifests(t *testing.T, name string) map[string]manifest {
	t.Helper()
	out := make(map[string]manifest)
	decoder := yaml.NewDecoder(bytes.NewReader([]byte(readText(t, filepath.Join(deployDir, name)))))
	for {
		var m manifest
		err := decoder.Decode(&m)
		if errors.Is(err, io.EOF) {
			return out
		}
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		out[m.Kind] = m
	}
}

// writeConfigMap lays out the files of the ConfigMap as the kubelet does: links through a
// directory that is swapped as a whole.
func writeConfigMap(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	version, err := os.MkdirTemp(dir, "..version")
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(version, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	swap := filepath.Join(dir, "..new")
	if err := errors.Join(os.Chmod(version, 0o755), os.Symlink(filepath.Base(version), swap), os.Rename(swap, filepath.Join(dir, "..data"))); err != nil {
		t.Fatal(err)
	}
	for name := range files {
		if err := os.Symlink(filepath.Join("..data", name), filepath.Join(dir, name)); err != nil && !errors.Is(err, os.ErrExist) {
			t.Fatal(err)
		}
	}
}

// TestManifests: names, ports, labels and paths of the Kubernetes files fit each other
// and the Caddyfile in them, which Caddy loads.
func TestManifests(t *testing.T) {
	objects, monitor := manifests(t, "kubernetes.yml"), manifests(t, "pod-monitor.yml")["PodMonitor"]
	deployment, files := objects["Deployment"], objects["ConfigMap"]
	if len(deployment.Spec.Template.Spec.Containers) != 1 || len(monitor.Spec.Endpoints) != 1 {
		t.Fatalf("got %+v and %+v, want one container and one endpoint", deployment, monitor)
	}
	c := deployment.Spec.Template.Spec.Containers[0]
	ports := make(map[string]int)
	for _, p := range c.Ports {
		ports[p.Name] = p.ContainerPort
	}
	for what, name := range map[string]string{
		"the probe": c.ReadinessProbe.HTTPGet.Port, "the monitor": monitor.Spec.Endpoints[0].Port, "the service": objects["Service"].Spec.Ports[0].TargetPort,
	} {
		if ports[name] < 1024 {
			t.Errorf("%s: got port %q, want one of %v that needs no privilege", what, name, ports)
		}
	}
	for what, node := range map[string]yaml.Node{"the deployment": deployment.Spec.Selector, "the service": objects["Service"].Spec.Selector, "the monitor": monitor.Spec.Selector} {
		var selector struct {
			MatchLabels map[string]string `yaml:"matchLabels"`
		}
		labels := make(map[string]string)
		if err := node.Decode(&selector); err != nil || selector.MatchLabels == nil {
			node.Decode(&labels)
		} else {
			labels = selector.MatchLabels
		}
		if want := deployment.Spec.Template.Metadata.Labels; !maps.Equal(labels, want) {
			t.Errorf("%s: got the selector %v, want %v", what, labels, want)
		}
	}
	if !slices.Contains(c.Args, "--watch") || !c.SecurityContext.ReadOnlyRootFilesystem || !slices.Equal(c.SecurityContext.Capabilities.Drop, []string{"ALL"}) {
		t.Errorf("got the container %+v, want one that watches its files and has no privilege", c)
	}
	volumes := make(map[string]string)
	for _, v := range deployment.Spec.Template.Spec.Volumes {
		volumes[v.Name] = v.ConfigMap.Name
	}
	for _, m := range c.VolumeMounts {
		name, ok := volumes[m.Name]
		if !ok || m.SubPath != "" || m.MountPath == "/etc/caddy" && name != files.Metadata.Name {
			t.Errorf("%s: got the volume %q of %v, want one that is there, as a whole", m.MountPath, m.Name, volumes)
		}
	}
	dir := t.TempDir()
	writeConfigMap(t, dir, files.Data)
	config, err := adaptIn(dir, files.Data["Caddyfile"])
	if err != nil {
		t.Fatal(err)
	}
	r := runConfig(t, config, startUpstream(t))
	for _, path := range []string{c.ReadinessProbe.HTTPGet.Path, monitor.Spec.Endpoints[0].Path} {
		if got := fetch(t, "http://"+r.addresses[":9180"]+path); got.status != 200 {
			t.Errorf("%s: got %d, want 200", path, got.status)
		}
	}
}

// TestDockerfile: the image has the Caddy of go.mod, built by a script of the repository.
func TestDockerfile(t *testing.T) {
	text, mod := readText(t, filepath.Join(deployDir, "Dockerfile")), readText(t, filepath.Join(top, "go.mod"))
	version := regexp.MustCompile(`github.com/caddyserver/caddy/v2 v(\S+)`).FindStringSubmatch(mod)
	goVersion := regexp.MustCompile(`(?m)^go (\d+\.\d+)`).FindStringSubmatch(mod)
	for _, want := range []string{"FROM golang:" + goVersion[1] + " AS builder\n", "FROM caddy:" + version[1] + "\n", "RUN ./xcaddy.sh build\n", "COPY --from=builder /src/caddy /usr/bin/caddy\n"} {
		if !strings.Contains(text, want) {
			t.Errorf("Dockerfile: got no %q in\n%s", want, text)
		}
	}
	if text, want := readText(t, filepath.Join(top, ".ci", "Dockerfile")), "FROM caddy:"+version[1]+"\n"; !strings.Contains(text, want) {
		t.Errorf(".ci/Dockerfile: got no %q in\n%s", want, text)
	}
	if manifest := readText(t, filepath.Join(deployDir, "kubernetes.yml")); !strings.Contains(manifest, "/caddy-auth-errors:"+version[1]+"\n") {
		t.Errorf("kubernetes.yml: got another version than %s", version[1])
	}
}

#!/usr/bin/env bash
#
# Tests the module with client libraries, identity providers, other servers and an OpenTelemetry collector, its alerts and its
# dashboard with Prometheus, scripts and the workbench in Chromium, and the container of docs/deploy by hand:
#
#     bash caddyfile_test/interop/run.sh            as it is
#     bash caddyfile_test/interop/run.sh -v         with the tables
#     bash caddyfile_test/interop/run.sh -update    writes RESULTS.md
#
# Needs Go, Node 20 or newer with npm, npm's registry, Prometheus with promtool, Chromium, and root.

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

fail() {
	printf 'interop/run.sh: %s\n' "$*" >&2
	exit 1
}

command -v node >/dev/null || fail 'node is not installed: Node 20 or newer is needed'
command -v npm >/dev/null || fail 'npm is not installed: it comes with Node, or as the package npm'
version=$(node --version)
major=${version#v}
major=${major%%.*}
[ "$major" -ge 20 ] || fail "node is $version: Node 20 or newer is needed"
command -v promtool >/dev/null || fail 'promtool is not installed: it is in the package prometheus'
command -v chromium >/dev/null || fail 'chromium is not installed: it is in the package chromium'
command -v setpriv >/dev/null || fail 'setpriv is not installed: it is in the package util-linux'

CHROMIUM=$(command -v chromium)
export CHROMIUM

npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
cd ../..
go test -count=1 -tags interop -run Interop ./caddyfile_test "$@"

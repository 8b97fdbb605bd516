#!/usr/bin/env bash
#
# Tests the module with client libraries and an identity provider for Node, and the workbench in Chromium:
#
#     bash caddyfile_test/interop/run.sh            as it is
#     bash caddyfile_test/interop/run.sh -v         with the tables
#     bash caddyfile_test/interop/run.sh -update    writes RESULTS.md
#
# Needs Go, Node 20 or newer with npm, npm's registry, and Chromium, which root gets by apt-get where it is missing.

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

find_chromium() {
	command -v chromium || command -v chromium-browser || command -v google-chrome
}
if ! CHROMIUM=$(find_chromium); then
	[ "$(id -u)" = 0 ] && command -v apt-get >/dev/null ||
		fail 'chromium is not installed, and only root can install it here, with apt-get'
	apt-get update -qq
	DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium fonts-dejavu-core >/dev/null
	CHROMIUM=$(find_chromium) || fail 'chromium is not there, though apt-get has installed it'
fi
export CHROMIUM

npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
cd ../..
go test -count=1 -tags interop -run Interop ./caddyfile_test "$@"

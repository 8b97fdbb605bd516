#!/usr/bin/env bash
#
# The built Caddy at full speed, half of it errors, while its configuration is reloaded every second
# with an edited mapping: without auth_errors and with it, in turns. Every answer is checked.
#
#   bash caddyfile_test/load.sh                                       a minute, 1000 connections
#   bash caddyfile_test/load.sh --duration 30m
#   bash caddyfile_test/load.sh --duration 20s --connections 200           the least
#
# It prints its figures, and fails where something does not hold: a wrong answer, a request that fails
# on a new connection too, more failures or memory than without auth_errors, memory that grows.
# Everything is on loopback. Needs Go, bash and Linux, where /proc tells how much memory Caddy has.

set -euo pipefail
unset CDPATH
cd "$(dirname "${BASH_SOURCE[0]}")"

usage() {
	printf 'usage: caddyfile_test/load.sh [--duration DURATION] [--connections N]\n' >&2
	exit 2
}

duration=1m connections=1000
while [ $# -gt 0 ]; do
	case "$1 ${2:-}" in
	'--duration '?*) duration=$2 ;;
	'--connections '[1-9]*) connections=$2 ;;
	*) usage ;;
	esac
	shift 2
done

# What the run leaves lying about, also when it is interrupted, goes with this directory.
scratch=$(mktemp -d)
trap 'rm -rf -- "$scratch"' EXIT

# Each connection is two files of Caddy and two of the test.
files=$((4 * connections + 1000))
if [ "$(ulimit -n)" != unlimited ] && [ "$(ulimit -n)" -lt "$files" ]; then
	ulimit -n "$files" || {
		printf 'load.sh: this needs %s open files: raise the limit, or use fewer --connections\n' "$files" >&2
		exit 1
	}
fi

TMPDIR=$scratch go test -tags load -count=1 -timeout 0 -run '^TestLoad$' -v . -load "$duration" -connections "$connections"

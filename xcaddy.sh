#!/usr/bin/env bash
#
# Builds Caddy with the auth_errors module out of this checkout. Needs Go and a shell.
#
#   ./xcaddy.sh [build]   writes ./caddy
#   ./xcaddy.sh run       builds, then runs Caddyfile.example and says what to try
#
# go.mod has the version of Caddy, and .ci/go.mod the version of xcaddy.

set -eu

module=github.com/auth-errors/caddy-auth-errors
handler=http.handlers.auth_errors

fail() {
	printf 'xcaddy.sh: %s\n' "$*" >&2
	exit 1
}

usage() {
	printf 'usage: ./xcaddy.sh [build|run]\n'
	printf '  build  writes %s; so does no argument\n' "$caddy"
	printf '  run    writes %s and runs Caddyfile.example\n' "$caddy"
}

# Go must be installed and able to read go.mod. An older Go downloads a newer one, unless GOTOOLCHAIN
# forbids it.
check_go() {
	local word value wanted='a newer Go' said
	while read -r word value; do
		if [ "$word" = go ]; then wanted="Go $value"; fi
	done <go.mod

	command -v go >/dev/null || fail "go is not installed: get $wanted or later from https://go.dev/dl/"
	said=$(go list -m 2>&1) || fail "this needs $wanted or later, and $(cd / && go env GOVERSION) cannot read go.mod:
$said"
}

build() {
	check_go

	# No version control stamp: git may be missing, or unwilling to read somebody else's checkout.
	export GOFLAGS="$(go env GOFLAGS) -buildvcs=false" GOWORK=off CGO_ENABLED="${CGO_ENABLED:-0}"

	local caddy_version log
	caddy_version=$(go list -m -f '{{.Version}}' github.com/caddyserver/caddy/v2)

	# v0.0.0 stands for this directory, so the module need not be published.
	printf 'Building %s: Caddy %s with %s. The first time takes a few minutes.\n' "$caddy" "$caddy_version" "$module"
	log=$(go tool -modfile=.ci/go.mod xcaddy build "$caddy_version" --with "$module@v0.0.0=." --output "$caddy" 2>&1) ||
		fail "the build failed:
$log"

	case " $("$caddy" list-modules) " in
	*[[:space:]]"$handler"[[:space:]]*) printf 'Built %s with %s\n' "$caddy" "$handler" ;;
	*) fail "$caddy was built, but does not contain $handler" ;;
	esac
}

# try <what it shows> <provider's port> <prefix at the gateway> <path>
try() {
	printf '\n  # %s\n' "$1"
	printf "  curl -i 'http://localhost:%s%s'\n" "$2" "$4"
	printf "  curl -i 'http://localhost:8080/%s%s'\n" "$3" "$4"
}

run() {
	build
	printf '\nTo try in another terminal: first the provider itself, then the same through the gateway.\n'
	try 'Auth0: 403 access_denied, really a bad refresh token -> 400 invalid_grant' \
		9001 auth0 '/oauth/token?case=unknown_refresh_token'
	try 'Asseco: 440 and a "problem" -> 400 access_denied' \
		9002 asseco '/authentication/connect/token?case=access_denied'
	try 'ecobee: 401 while the user has not answered yet -> 400 authorization_pending' \
		9003 ecobee '/token?case=authorization_pending'
	try 'DLL: 401 without a word at the token endpoint -> 401 invalid_client' \
		9004 dll '/oauth2/token?case=401'
	try 'Accelo: invalid_client in an envelope, really a bad access token -> 401 invalid_token' \
		9005 accelo '/api/v0/companies?case=invalid_client'
	try 'No error: both are the same' \
		9001 auth0 '/oauth/token'
	printf '\nCaddyfile.example lists the other cases. Ctrl+C stops Caddy.\n\n'
	# Collecting garbage half as often saves 7 % of the CPU, and costs some MiB.
	export GOGC="${GOGC:-200}"
	exec "$caddy" run --config Caddyfile.example --adapter caddyfile
}

unset CDPATH
cd "$(dirname "$0")"

caddy=./caddy
case "${OSTYPE:-}" in
msys* | cygwin*) caddy=./caddy.exe ;;
esac

case "$# ${1:-build}" in
"0 build" | "1 build") build ;;
"1 run") run ;;
"1 help" | "1 -h" | "1 --help") usage ;;
*)
	printf 'xcaddy.sh: unknown argument: %s\n' "$*" >&2
	usage >&2
	exit 2
	;;
esac

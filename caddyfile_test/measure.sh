#!/usr/bin/env bash
#
# What auth_errors costs, end to end: CPU per request of the built Caddy with the directive and
# without it, over one fast upstream on loopback, and what the settings change that an operator of
# such a gateway may choose. Prints Markdown tables.
#
#   caddyfile_test/measure.sh            about 20 minutes on an idle machine of two cores
#   caddyfile_test/measure.sh --short    a quick look: that it works, not what it costs
#   caddyfile_test/measure.sh --keep DIR keeps figures and CPU profile in DIR
#   caddyfile_test/measure.sh --write    puts the tables into docs/performance.md as well
#
# All proxies run all the time and are asked in turns, in another order each round; what is compared
# is always of the same round. Needs Go, Linux and the module proxy.

set -euo pipefail
unset CDPATH
cd "$(dirname "${BASH_SOURCE[0]}")/.."

hey=github.com/rakyll/hey@v0.1.4

rounds=15
requests=20000    # of each kind, in each round, to each proxy that shows what auth_errors costs
few=10000         # the same, to each proxy that shows a setting or reads large bodies
sizes=(4 16 60)   # of the large bodies, in KiB
connections=32
many=256          # connections, where the pool is too small for them
profile_seconds=20
keep=
write=

scratch=$(mktemp -d)
pids=()
declare -A pid port admin

cleanup() {
	local p
	for p in "${pids[@]}"; do kill "$p" 2>/dev/null || true; done
	wait
	rm -rf "$scratch"
}
trap cleanup EXIT

fail() {
	printf 'measure.sh: %s\n' "$*" >&2
	exit 1
}

say() {
	printf '%s\n' "$*" >&2
}

listening() { # <port>
	(exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null
}

next_port=$((21000 + RANDOM % 8000))
# free_port sets free.
free_port() {
	while listening "$next_port"; do next_port=$((next_port + 1)); done
	free=$next_port
	next_port=$((next_port + 1))
}

# start <name> <binary> <Caddyfile> [NAME=value...] runs a Caddy that serves as {port}.
start() {
	local name=$1 binary=$2 config=$3
	shift 3
	free_port
	admin[$name]=$free
	free_port
	port[$name]=$free
	config=${config//\{admin\}/127.0.0.1:${admin[$name]}}
	config=${config//\{port\}/${port[$name]}}
	config=${config//\{upstream\}/127.0.0.1:${port[upstream]-}}
	printf '%s\n' "$config" >"$scratch/Caddyfile.$name"
	env XDG_DATA_HOME="$scratch" XDG_CONFIG_HOME="$scratch" "$@" \
		"$binary" run --config "$scratch/Caddyfile.$name" --adapter caddyfile </dev/null >"$scratch/log.$name" 2>&1 &
	pid[$name]=$!
	pids+=("$!")
	for ((tries = 0; tries < 300; tries++)); do
		if listening "${port[$name]}"; then return; fi
		kill -0 "${pid[$name]}" 2>/dev/null || break
		sleep 0.1
	done
	fail "$name does not answer:
$(<"$scratch/log.$name")"
}

# global <further global options>
global() {
	printf '{\n\tadmin {admin}\n\tauto_https off\n\tpersist_config off\n\tskip_install_trust\n\tdefault_bind 127.0.0.1\n\t%s\n}\n' "$1"
}

# site <directives> <subdirectives of reverse_proxy> [further global options]
site() {
	global "${3-servers {
		protocols h1
	\}}"
	printf 'http://:{port} {\n\t%s\n\treverse_proxy {upstream} {\n\t\t%s\n\t}\n}\n' "$1" "$2"
}

# letters <n> is a text of n letters.
letters() {
	printf '%*s' "$1" '' | tr ' ' x
}

# large prints what answers with an error whose body has each of the sizes: the error first, and then
# what some server adds to it.
large() {
	local size
	for size in "${sizes[@]}"; do
		printf '\t@error%s query case=error%s\n' "$size" "$size"
		printf '\trespond @error%s `{"error":"access_denied","error_description":"Unknown or invalid refresh token, sign in.","trace":[' "$size"
		for ((i = 0; i < size * 8; i++)); do printf '{"at":"line %4d","in":"%s"},' "$i" "$(letters 94)"; done
		printf '"end"]}` 403\n'
	done
}

upstream() {
	global 'servers {
		protocols h1 h2c
	}'
	printf 'http://:{port} {\n'
	large
	cat <<'SITE'
	@error query case=error
	respond @error `{"error":"access_denied","error_description":"Unknown or invalid refresh token, sign in."}` 403
	respond `{"access_token":"dummy-dummy-dummy-dummy-dummy-dummy","token_type":"Bearer","expires_in":86400}`
}
SITE
}

# cpu_ticks <name> is the user and system time of a Caddy so far.
cpu_ticks() {
	local stat
	stat=$(<"/proc/${pid[$1]}/stat")
	set -- ${stat##*) }
	printf '%s\n' $((${12} + ${13}))
}

# drive <name> <kind> <requests> <connections> fails unless each answer has the right status.
drive() {
	local want=200 query= said n=$(($3 / $4 * $4))
	if [ "$2" != success ]; then
		query="?case=$2" want=403
		case "$1" in plain*) ;; *) want=400 ;; esac
	fi
	said=$("$scratch/hey" -n "$n" -c "$4" -m POST -T application/x-www-form-urlencoded \
		-d 'grant_type=refresh_token&refresh_token=dummy&client_id=dummy' "http://127.0.0.1:${port[$1]}/oauth/token$query")
	case "$said" in
	*Error\ distribution*) fail "$1: $said" ;;
	*"[$want]"[[:space:]]"$n responses"*) ;;
	*) fail "$1: $n answers with $want were expected: $said" ;;
	esac
}

# measure <group> <kind> <name> <requests> <connections> notes the CPU time of each request.
measure() {
	local before after
	before=$(cpu_ticks "$3")
	drive "$3" "$2" "$4" "$5"
	after=$(cpu_ticks "$3")
	awk -v n=$(($4 / $5 * $5)) -v t=$((after - before)) -v hz="$(getconf CLK_TCK)" -v k="$1 $2 $3" \
		'BEGIN { printf "%s %.4f\n", k, t / hz / n * 1e6 }' >>"$scratch/figures"
}

# compare <group> <kinds> <requests> <connections> <name...> measures all of them in each round.
compare() {
	local group=$1 kinds=$2 n=$3 c=$4 round i kind name
	shift 4
	local names=("$@")
	for name in "${names[@]}"; do
		for kind in $kinds; do drive "$name" "$kind" $((c * 20)) "$c"; done
	done
	for ((round = 0; round < rounds; round++)); do
		say "$group: round $((round + 1)) of $rounds"
		for kind in $kinds; do
			for ((i = 0; i < ${#names[@]}; i++)); do
				name=${names[(i + round) % ${#names[@]}]}
				if ((round % 2)); then name=${names[(${#names[@]} - i + round) % ${#names[@]}]}; fi
				measure "$group" "$kind" "$name" "$n" "$c"
			done
		done
	done
}

# peak <name> is the most memory that a Caddy had, in MiB.
peak() {
	awk '/^VmHWM/ { printf "%.0f\n", $2 / 1024 }' "/proc/${pid[$1]}/status"
}

# table <group> <kinds> <base> <name...> prints medians and, against the base, the median of the ratios of each
# round, with the interval that holds the true median with 95 % or, with few rounds, all of them.
table() {
	local group=$1 kinds=$2 base=$3 name kind
	shift 3
	printf '\n| %s |' "$group, $rounds rounds"
	for kind in $kinds; do printf ' %s: µs | ratio |' "${column[$kind]}"; done
	printf ' peak MiB |\n|%s\n' "$(for kind in $kinds x; do printf ' --- | --- |'; done)"
	for name in "$base" "$@"; do
		awk -v group="$group" -v spelled="$kinds" -v base="$base" -v name="$name" -v title="${title[$name]}" -v peak="$(peak "$name")" '
			function sort(a, n,   i, j, v) {
				for (i = 2; i <= n; i++) { v = a[i]; for (j = i - 1; j > 0 && a[j] > v; j--) a[j + 1] = a[j]; a[j + 1] = v }
			}
			function median(a, n) { return n % 2 ? a[(n + 1) / 2] : (a[n / 2] + a[n / 2 + 1]) / 2 }
			# rank is the place of the lower end of the interval, by the binomial distribution.
			function rank(n,   k, p, sum) {
				p = 2 ^ -n; sum = p
				for (k = 0; sum <= 0.025 && k < n / 2; k++) { p *= (n - k) / (k + 1); sum += p }
				return k < 1 ? 1 : k
			}
			$1 == group && $3 == base { b[$2, ++nb[$2]] = $4 }
			$1 == group && $3 == name { v[$2, ++nv[$2]] = $4 }
			END {
				count = split(spelled, kinds, " ")
				for (q = 1; q <= count; q++) {
					kind = kinds[q]; n = nv[kind]; low = rank(n)
					for (i = 1; i <= n; i++) { x[i] = v[kind, i]; r[i] = v[kind, i] / b[kind, i] }
					sort(x, n); sort(r, n)
					cells = cells sprintf(" %.1f (%.1f–%.1f) |", median(x, n), x[low], x[n + 1 - low])
					cells = cells (name == base ? " 1 |" : sprintf(" %.3f (%.3f–%.3f) |", median(r, n), r[low], r[n + 1 - low]))
				}
				printf "| %s |%s %s |\n", title, cells, peak
			}' "$scratch/figures"
	done
}

# profile <name> <seconds> takes a CPU profile of a Caddy under load, half of it errors.
profile() {
	local kind driving=()
	for kind in success error; do
		(while :; do drive "$1" "$kind" 1000 "$connections"; done) 2>/dev/null &
		driving+=("$!")
	done
	go tool pprof -proto -output "$scratch/cpu.pprof" "http://127.0.0.1:${admin[$1]}/debug/pprof/profile?seconds=$2" >"$scratch/log.pprof" 2>&1 ||
		fail "$(<"$scratch/log.pprof")"
	kill "${driving[@]}"
	wait "${driving[@]}" 2>/dev/null || true
}

# build makes the binaries: caddy, and caddy.v3 for processors with AVX2.
build() {
	GOAMD64=v3 ./xcaddy.sh build >&2
	cp caddy "$scratch/caddy.v3"
	./xcaddy.sh build >&2
	cp caddy "$scratch/caddy"
}

# shares prints where the time of the profile goes.
shares() {
	printf '\nThe first 25 functions of the profile, by the time below them:\n\n'
	go tool pprof -top -cum -nodecount=400 "$scratch/caddy" "$scratch/cpu.pprof" 2>/dev/null |
		awk 'NR > 6 && /caddyhttp|net\/http\.|auth-errors|runtime\.(gcBgMarkWorker|mallocgc|findRunnable)|syscall\.Syscall$|zap/ && ++n <= 25 { printf "    %7s %s\n", $5, $6 }'
}

while [ $# -gt 0 ]; do
	case "$1" in
	--short) rounds=3 requests=1600 few=1600 profile_seconds=3 ;;
	--keep) keep=${2:?} && shift ;;
	--write) write=1 ;;
	*)
		printf 'usage: caddyfile_test/measure.sh [--short] [--keep DIR] [--write]\n' >&2
		exit 2
		;;
	esac
	shift
done

GOBIN=$scratch go install "$hey"
build

declare -A column=([success]=successes [error]=errors)
for size in "${sizes[@]}"; do column[error$size]="errors of $size KiB"; done
large_kinds=${sizes[*]/#/error}
declare -A title=(
	[plain]='without the directive' [plain_again]='the same once more' [auth]='with `auth_errors auth0`' [auth_again]='the same once more'
	[access_log]='`log` to a file' [no_access_log_output]='`log` to nowhere' [metrics]='`metrics`'
	[gogc200]='`GOGC=200`' [gogc400]='`GOGC=400`'
	[memlimit]='`GOGC=off`, `GOMEMLIMIT=256MiB`' [v3]='built with `GOAMD64=v3`' [v3_gogc200]='built with `GOAMD64=v3`, `GOGC=200`'
	[pool]='as it is, '$many' connections' [pool_large]='`keepalive_idle_conns_per_host '$many'`'
)

caddy=$scratch/caddy
start upstream "$caddy" "$(upstream)" GOGC=400
plain=$(site '' '')
auth=$(site 'auth_errors auth0' '')
for name in plain plain_again; do start "$name" "$caddy" "$plain"; done
for name in auth auth_again; do start "$name" "$caddy" "$auth"; done
compare module 'success error' "$requests" "$connections" plain plain_again auth auth_again
compare body "$large_kinds" "$few" "$connections" plain plain_again auth

# transport <name> <options of the transport>
transport() {
	start "$1" "$caddy" "$(site 'auth_errors auth0' "transport http {
			$2
		}")"
}
start access_log "$caddy" "$(site "log {
		output file $scratch/access.log
	}
	auth_errors auth0" '')"
start no_access_log_output "$caddy" "$(site 'log {
		output discard
	}
	auth_errors auth0' '')"
start metrics "$caddy" "$(site 'auth_errors auth0' '' 'metrics
	servers {
		protocols h1
	}')"
start gogc200 "$caddy" "$auth" GOGC=200
start gogc400 "$caddy" "$auth" GOGC=400
start memlimit "$caddy" "$auth" GOGC=off GOMEMLIMIT=256MiB
start v3 "$scratch/caddy.v3" "$auth"
start v3_gogc200 "$scratch/caddy.v3" "$auth" GOGC=200
profile auth_again "$profile_seconds"
settings=(access_log no_access_log_output metrics gogc200 gogc400 memlimit v3 v3_gogc200)
compare setting 'success error' "$few" "$connections" auth "${settings[@]}"

start pool "$caddy" "$auth"
transport pool_large "keepalive_idle_conns_per_host $many"
compare pool 'success error' "$few" "$many" pool pool_large

report() {
	printf 'CPU per request of the Caddy process, user and system: the median, and in brackets its 95 %% interval.\n'
	printf '%s, %s cores of %s, Linux %s, %s, Caddy %s, %s connections on loopback.\n' "$(date -u +%F)" "$(nproc)" \
		"$(awk -F ': ' '/^model name/ { print $2; exit }' /proc/cpuinfo)" "$(uname -r)" "$(go env GOVERSION)" \
		"$(go list -m -f '{{.Version}}' github.com/caddyserver/caddy/v2)" "$connections"
	table module 'success error' plain plain_again auth auth_again
	table body "$large_kinds" plain plain_again auth
	table setting 'success error' auth "${settings[@]}"
	table pool 'success error' pool pool_large
}
report >"$scratch/report"
cat "$scratch/report"
shares
if [ -n "$keep" ]; then
	mkdir -p "$keep"
	cp "$scratch/report" "$scratch/figures" "$scratch/cpu.pprof" "$keep"
fi
if [ -n "$write" ]; then
	awk -v report="$scratch/report" '
		/^<!-- end cost/ { inside = 0 }
		!inside
		/^<!-- begin cost/ { inside = 1; print ""; while ((getline line < report) > 0) print line; print "" }' docs/performance.md >"$scratch/performance.md"
	cp "$scratch/performance.md" docs/performance.md
fi

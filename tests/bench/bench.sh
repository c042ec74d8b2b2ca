# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# shellcheck disable=SC2034 # what is set here is for those who source it
# What the measurements share: a namespace for the traffic, a daemon that comes and goes. Rounds alternate without and
# with it, medians are shown.

# shellcheck source=tests/bench/figures.sh
source "${BASH_SOURCE[0]%/*}/figures.sh"
cd "${BASH_SOURCE[0]%/*}/../.." || exit
readonly build=${BUILD:-build} rounds=${ROUNDS:-7} namespace=smtpwatch-bench-$$
work=$(mktemp -d)
daemon=''

start_bench() {
	trap clean_up EXIT
	trap 'exit 130' INT TERM
	make_namespace
	renice -n -10 -p $$ >/dev/null # what else the machine does disturbs less
}

# shellcheck disable=SC2317 # the trap calls it
clean_up() {
	stop_daemon
	end_processes
	ip netns delete "$namespace" 2>/dev/null || :
	sysctl -qw kernel.bpf_stats_enabled=0
	rm -rf "$work"
}

stop_daemon() {
	[[ -n $daemon ]] || return 0
	kill "$daemon" 2>/dev/null || :
	wait "$daemon" || :
	daemon=''
}

# start_daemon CONFIGURATION OUTPUT [COMMAND...]: the command is what starts it, such as nsenter
start_daemon() {
	: >"$work/log" # that of the daemon before says that it watched
	printf '%b' "[syslog]\nenabled = no\n[state]\nenabled = no\n$1" >"$work/conf"
	RUNTIME_DIRECTORY=$work "${@:3}" "$build/smtpwatchd" --foreground --config "$work/conf" >"$2" 2>"$work/log" &
	daemon=$!
	until grep -q watching "$work/log"; do
		kill -0 "$daemon" 2>/dev/null || { cat "$work/log" >&2 && exit 1; }
		sleep 0.01
	done
}

# What was started in the namespace and does not end by itself.
end_processes() {
	local pids
	mapfile -t pids < <(ip netns pids "$namespace" 2>/dev/null)
	[[ ${#pids[@]} -eq 0 ]] || kill "${pids[@]}" 2>/dev/null || :
}

readonly enter=(nsenter --net="/run/netns/$namespace")
inside() { "${enter[@]}" "$@"; }

make_namespace() {
	ip netns add "$namespace"
	ip -n "$namespace" link set lo up
	ip -n "$namespace" address add 192.0.2.1/24 dev lo
	ip -n "$namespace" route add 203.0.113.0/24 dev lo
}

# paired_row NAME UNIT RESULT CONFIGURATION COMMAND...: the command prints what something costs
paired_row() {
	local round
	rm -f "$work"/cost.*
	for ((round = 0; round < rounds; round++)); do
		"${@:5}" >>"$work/cost.without"
		start_daemon "$4" /dev/null
		"${@:5}" >>"$work/cost.with"
		stop_daemon
	done
	paste "$work"/cost.with{,out} | awk '{ print $1 - $2 }' >"$work/cost.added"
	row "$1" "$2" "$(median <"$work/cost.without")" "$(median <"$work/cost.with")" "$(median <"$work/cost.added")" "$3"
}

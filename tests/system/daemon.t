#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# How the daemon starts, refuses to start, and ends.
set -euo pipefail
# shellcheck source=tests/system/lab.sh
source "${BASH_SOURCE[0]%/*}/lab.sh"

EPERM=1
ENOSYS=38
EINVAL=22

# A refusal is one sentence on stderr, nothing on stdout, and a status.
refuses() { # NAME STATUS REGEX COMMAND...
	try_daemon "${@:4}"
	is "$1: status, lines on stderr and on stdout" \
		"$daemon_status $(wc -l <"$DAEMON_ERR") $(wc -l <"$DAEMON_OUT")" "$2 1 0"
	like "$1: it says why" "$(cat "$DAEMON_ERR")" "$3"
}

# ---- The machine does not allow it

test_refusals() {
	local copy=$LAB/smtpwatchd
	install -m 755 "$DAEMON" "$copy" # the repository may be closed to others
	refuses "not root" 1 'must run as root' setpriv --reuid 65534 --regid 65534 --clear-groups "$copy"
	refuses "no BTF" 1 BTF unshare --mount --propagation private \
		sh -c 'mount -t tmpfs none /sys/kernel/btf && exec "$@"' - "$DAEMON"
	refuses "bpf() is not allowed" 1 'CAP_BPF' "$CLIENTS/deny-bpf" "$EPERM" "$DAEMON"
	refuses "a kernel without bpf()" 1 'CONFIG_BPF' "$CLIENTS/deny-bpf" "$ENOSYS" "$DAEMON"
	refuses "a kernel that is too old" 1 'too old.*5\.10' "$CLIENTS/deny-bpf" "$EINVAL" "$DAEMON"
}

test_second_instance() {
	start_daemon json
	local first=$daemon_pid first_out=$DAEMON_OUT
	refuses "a second instance" 1 "(^|[^0-9])$first([^0-9]|\$)" "$DAEMON"
	DAEMON_OUT=$first_out
	run_client "$SERVER" 1042 "$CLIENT" connect "$MX" 25
	flagged "the first instance goes on" "$client_pid" 1042 "$CLIENT" "$MX"
	stop_daemon
}

# ---- In the background

start_in_background() { # COMMAND...: the daemon's path, and before it what changes its circumstances
	DAEMON_ERR=$LAB/background.err
	daemon_status=0
	RUNTIME_DIRECTORY=$LAB/run timeout 20 nsenter --net="/run/netns/$SERVER" "$@" --config "$DAEMON_CONFIG" \
		>"$LAB/background.out" 2>"$DAEMON_ERR" </dev/null || daemon_status=$?
}

test_background() {
	local pid
	start_in_background "$DAEMON"
	is "in the background: the start ends when it watches" "$daemon_status $(grep -c watching "$DAEMON_ERR")" "0 1"
	pid=$(cat "$LAB/run/smtpwatchd.pid")
	is "in the background: it has left its terminal" \
		"$(readlink "/proc/$pid/fd/0" "/proc/$pid/fd/1" "/proc/$pid/fd/2" | sort -u)" /dev/null
	is "in the background: it leads a session of its own" "$(ps -o sid= -p "$pid" | tr -d ' ')" "$pid"
	refuses "in the background: another one" 1 "pid $pid" "$DAEMON"
	kill "$pid"
	check "in the background: SIGTERM ends it" wait_for 5 is_gone "$pid"
	check "in the background: its pid file is gone" test ! -e "$LAB/run/smtpwatchd.pid"
	start_in_background "$CLIENTS/deny-bpf" "$EINVAL" "$DAEMON"
	is "in the background: a failed start is told" "$daemon_status $(grep -c 'too old' "$DAEMON_ERR")" "1 1"
}

# ---- The configuration is wrong

bad_config() { # NAME REGEX LINE...
	write_config "${@:3}"
	refuses "$1" 2 "$2" "$DAEMON"
	refuses "$1, checked" 2 "$2" "$DAEMON" --check-config
}

# A fault in what the administrator wrote is told apart from a kernel that will not.
test_bad_mta_list() {
	mkdir -p "$LAB/mta.d"
	echo 'nonsense' >"$LAB/mta.d/bad.conf"
	write_config
	try_daemon "$DAEMON"
	is "a bad MTA list: status" "$daemon_status" 2
	check "it names the file and line" grep -qF "$LAB/mta.d/bad.conf:1" "$DAEMON_ERR"
	rm "$LAB/mta.d/bad.conf"
}

test_bad_configs() {
	local file=$LAB/smtpwatch.conf
	bad_config "a wrong key" "$file:2: .*\"port\".*ports" '[watch]' 'port = 25'
	bad_config "a bad value" "$file:3: .*twenty.*ports" '[watch]' '' 'ports = 25, twenty'
	bad_config "a wrong section" "$file:1: .*wach.*watch" '[wach]' 'ports = 25'
	DAEMON_CONFIG=$LAB/no.conf
	refuses "a file that is not there" 2 "$LAB/no.conf.*No such file" "$DAEMON"
	DAEMON_CONFIG=$LAB
	refuses "a file that cannot be read" 2 "$LAB.*directory" "$DAEMON"
}

test_good_config() {
	write_config '[watch]' 'ports = 25, 587' "smarthost = $SMARTHOST"
	try_daemon "$DAEMON" --check-config
	is "--check-config: a good file" "$daemon_status" 0
	is "--check-config: needs no second word" "$(cat "$DAEMON_ERR")" ""
}

test_usage() {
	local output
	output=$("$DAEMON" --version)
	like "--version" "$output" '^smtpwatchd [0-9]'
	output=$("$DAEMON" --help)
	like "--help lists options" "$output" '--config'
	like "--help lists configuration keys" "$output" 'syscall_tracepoints'
	refuses "an unknown option" 2 '--frobnicate' "$DAEMON" --frobnicate
}

# ---- The end

# What the daemon holds in the kernel, as ids: "prog 12", "map 7", "link 3".
kernel_objects() { # PID
	cat "/proc/$1/fdinfo/"* 2>/dev/null |
		sed -n 's/^\(prog\|map\|link\)_id:[[:space:]]*\([0-9]*\)$/\1 \2/p' | sort -u
}

none_remain() { # FILE of kernel_objects
	local kind id
	while read -r kind id; do
		! bpftool "$kind" show id "$id" >/dev/null 2>&1 || return 1
	done <"$1"
}

leaves_nothing() { # NAME SIGNAL
	local objects=$LAB/objects
	start_daemon json
	run_client "$SERVER" 1043 "$CLIENT" connect "$MX" 25
	check "$1: it watches" wait_for 5 has_said "$is_alert and .process.pid == $client_pid"
	kernel_objects "$daemon_pid" >"$objects"
	check "$1: programs, maps and links are in the kernel" \
		test "$(cut -d ' ' -f 1 "$objects" | sort -u | tr '\n' ' ')" = "link map prog "
	end_daemon "$2"
	check "$1: none of them remains" wait_for 10 none_remain "$objects"
	is "$1: nothing is pinned" "$(find /sys/fs/bpf -name '*smtpwatch*' 2>/dev/null)" ""
}

test_ends() {
	leaves_nothing "killed" KILL
	is "killed: exit status" "$daemon_status" 137
	leaves_nothing "SIGTERM" TERM
	is "SIGTERM: exit status" "$daemon_status" 0
	is "SIGTERM: the last line is the summary" "$(tail -n 1 "$DAEMON_OUT" | jq -r .event.action)" summary
	is "SIGTERM: there is one" "$(count_said '.event.action == "summary"')" 1
	leaves_nothing "Ctrl-C" INT
	is "Ctrl-C: exit status" "$daemon_status" 0
}

# Lines go through a pipe one by one. When nobody reads any more, it ends, and leaves as little as always.
test_pipe() {
	local line='' objects=$LAB/objects
	DAEMON_ERR=$LAB/pipe.err
	mkfifo "$LAB/pipe"
	DAEMON_OUT=$LAB/pipe run_daemon --config "$DAEMON_CONFIG" &
	daemon_pid=$!
	exec 7<"$LAB/pipe"
	check "output into a pipe" wait_for 10 grep -q watching "$DAEMON_ERR"
	kernel_objects "$daemon_pid" >"$objects"
	run_client "$SERVER" 1044 "$CLIENT" connect "$MX" 25
	read -r -t 5 -u 7 line || true
	like "a line comes through at once" "$line" "1044 $CLIENT\[$client_pid\] -> $MX:25"
	exec 7<&-
	run_client "$SERVER" 1044 "$CLIENT" connect "$MX" 25
	check "it ends when nobody reads" wait_for 5 is_gone "$daemon_pid"
	daemon_status=0
	wait "$daemon_pid" || daemon_status=$?
	is "it says so and exits with 1" "$daemon_status $(grep -c 'nobody reads stdout' "$DAEMON_ERR")" "1 1"
	check "and nothing remains" wait_for 10 none_remain "$objects"
}

need_daemon
lab_start
start_receivers discard "$MX" 25
write_config '[alerts]' 'cooldown = 1m'
test_refusals
test_second_instance
test_background
test_ends
test_pipe
test_usage
test_good_config
test_bad_configs
test_bad_mta_list
tap_done

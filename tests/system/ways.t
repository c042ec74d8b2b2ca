#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Every way to a connection is seen, and so is how each ends.
set -euo pipefail
# shellcheck source=tests/system/lab.sh
source "${BASH_SOURCE[0]%/*}/lab.sh"

KERNEL_CANNOT=77 # the client's exit status
CONNECTED=0
FAILED=1
ENETUNREACH=101

# Runs one client as uid 1042, whose exit status shows that it did what it is for.
run_way() { # NAME STATUS COMMAND...
	run_client "$SERVER" 1042 "${@:3}"
	[[ $client_status -eq $2 ]] || not_ok "$1: the client" "exit $client_status: $(cat "$LAB/client.out")"
}

# ---- Ways to connect

way() { # NAME DESTINATION COMMAND...
	run_way "$1" "$CONNECTED" "${@:3}"
	attempted "$1" "$client_pid" 1042 "$3" "$2" 25
}

way_if_kernel_can() { # NAME DESTINATION COMMAND...
	run_client "$SERVER" 1042 "${@:3}"
	if [[ $client_status -eq $KERNEL_CANNOT ]]; then
		skip "$1" "$(cat "$LAB/client.out")"
		return
	fi
	is "$1: the client connects" "$client_status" 0
	attempted "$1" "$client_pid" 1042 "$3" "$2" 25
}

test_ways() {
	way "connect()" "$MX" "$CLIENT" connect "$MX" 25
	way "connect() without waiting" "$MX" "$CLIENT" nonblocking "$MX" 25
	way "IPv6" "$MX_IPV6" "$CLIENT" connect "$MX_IPV6" 25
	way "an IPv4 address in an IPv6 one is shown as IPv4" "$MX" "$CLIENT" mapped "$MX" 25
	way_if_kernel_can "io_uring" "$MX" "$CLIENT" io_uring "$MX" 25
	way_if_kernel_can "MSG_FASTOPEN, the first time" "$MX_SECOND" "$CLIENT" fastopen "$MX_SECOND" 25
	way_if_kernel_can "MSG_FASTOPEN, with data in the SYN" "$MX_SECOND" "$CLIENT" fastopen "$MX_SECOND" 25
	way_if_kernel_can "MPTCP to a server that has it not" "$MX" "$CLIENT" mptcp "$MX" 25
}

test_mptcp_server() {
	if start_receivers mptcp "$MX_THIRD" 25; then
		way_if_kernel_can "MPTCP" "$MX_THIRD" "$CLIENT" mptcp "$MX_THIRD" 25
	else
		skip "MPTCP" "the kernel has it not"
	fi
}

# i386 has two system calls for it, and the program makes both.
test_32_bit() {
	local name="a 32-bit program" program=$LAB/clients/client32
	if [[ $(uname -m) != x86_64 ]] || ! build_client32 "$program"; then
		skip "$name" "cannot be built here: $(head -n 1 "$LAB/client32.log" 2>/dev/null)"
		return
	fi
	run_client "$SERVER" 1042 "$program" "$MX" 25
	if [[ $client_status -eq 126 ]]; then
		skip "$name" "the kernel runs none: $(cat "$LAB/client.out")"
		return
	fi
	check "$name: both calls are told" wait_for 5 has_said "$is_attempt and .process.pid == $client_pid and
		.process.executable == \"$program\" and .user.id == \"1042\" and .destination.ip == \"$MX\"" 2
}

test_threads() {
	local filter
	run_way threads "$CONNECTED" "$CLIENT" threads 8 "$MX" 25
	filter="$is_attempt and .process.pid == $client_pid"
	wait_for 5 has_said "$filter" 8 || true
	is "threads are told as their process" "$(count_said "$filter")" 8
}

test_network_namespace() {
	run_client "$CONTAINER" 1043 "$CLIENT" connect "$MX" 25
	attempted "a process in another network namespace" "$client_pid" 1043 "$CLIENT" "$MX" 25
	flagged "and it is flagged" "$client_pid" 1043 "$CLIENT" "$MX"
}

# Processes that live for a millisecond are named as well as one that lives for a year.
test_short_lives() {
	local filter="$is_attempt and .user.id == \"1044\" and .process.executable == \"$CLIENT\""
	run_client "$SERVER" 1044 "$CLIENT" forks 500 "$MX_DISCARD" 25
	is "500 processes connect and exit" "$client_status $(sort -u "$LAB/client.out" | wc -l)" "0 500"
	sort "$LAB/client.out" >"$LAB/forked"
	wait_for 10 has_said "$filter" 500 || true
	said "$filter" | jq .process.pid | sort >"$LAB/told"
	check "each of them is named once" diff "$LAB/forked" "$LAB/told"
	is "with its parent" "$(said "$filter" | jq .process.parent.pid | sort -u)" "$client_pid"
}

# ---- How they end

end_of() { # NAME OUTCOME STATUS COMMAND...
	run_way "$1" "$3" "${@:4}"
	ended "$1" "$client_pid" "$2"
}

test_ends() {
	end_of "closed" closed "$CONNECTED" "$CLIENT" connect "$MX" 25
	end_of "refused" refused "$FAILED" "$CLIENT" connect "$MX" 587
	end_of "refused by IPv6" refused "$FAILED" "$CLIENT" connect "$MX_IPV6" 587
	end_of "reset by the server" reset "$FAILED" "$CLIENT" exchange "$MX_RESET" 25 1 2
	end_of "unreachable" unreachable "$FAILED" "$CLIENT" connect "$UNREACHABLE" 25
	end_of "given up before an answer" aborted "$CONNECTED" "$CLIENT" abort "$UNANSWERED" 25
	end_of "timed out" timed_out "$FAILED" "$CLIENT" connect "$UNANSWERED" 25
	is "after the three seconds that two SYNs take" \
		"$(first_said "$is_end and .process.pid == $client_pid" '.event.duration / 1e9 | round')" 3
}

is_refused() {
	run_client "$SERVER" 1042 "$CLIENT" connect "$MX" "$1"
	wait_for 1 has_said "$is_end and .process.pid == $client_pid and .smtpwatch.outcome == \"refused\""
}

test_ports() {
	local port
	for port in 25 465 587 2525; do
		run_client "$SERVER" 1042 "$CLIENT" connect "$PRIVATE" "$port"
		attempted "port $port is watched" "$client_pid" 1042 "$CLIENT" "$PRIVATE" "$port"
	done
	run_client "$SERVER" 1042 "$CLIENT" connect "$MX" 2526
	all_is_told_after "$client_pid"
	is "another port is not" "$(count_said ".process.pid == $passed_pid")" 0
}

# What all_is_told() would wait for comes after what this process did.
all_is_told_after() { # PID
	passed_pid=$1
	all_is_told
}

bytes_of() { # NAME DESTINATION SENT RECEIVED COMMAND
	local ports
	run_way "$1" "$CONNECTED" "$CLIENT" "$5" "$2" 25 "$3" "$4"
	ports=$(cat "$LAB/client.out")
	is "$1" "$(first_said "$is_end and .process.pid == $client_pid" \
		'.smtpwatch.outcome, .source.ip, .source.port, .source.bytes, .destination.bytes')" \
		"closed 192.0.2.81 $ports $3 $4"
}

test_bytes() {
	bytes_of "the bytes each way, when the client closes first" "$MX_BYTES" 1234 1000 exchange
	bytes_of "the bytes each way, when the server closes first" "$MX_LAST" 54321 70000 exchange-last
}

# ---- What is no attempt to reach the world

no_alert() { # NAME UID DESTINATION
	run_client "$SERVER" "$2" "$CLIENT" connect "$3" 25
	attempted "$1: told" "$client_pid" "$2" "$CLIENT" "$3" 25
	is "$1: no alert" "$(count_said "$is_alert and .user.id == \"$2\"")" 0
}

test_no_alerts() {
	no_alert "the local mail server" 1050 127.0.0.1
	no_alert "an address of this host" 1051 192.0.2.81
	no_alert "a private address" 1052 "$PRIVATE"
	no_alert "a smarthost" 1053 "$SMARTHOST"
	run_client "$SERVER" 1054 "$CLIENT" connect "$MX" 587
	attempted "submission to the world: told" "$client_pid" 1054 "$CLIENT" "$MX" 587
	is "submission to the world: no alert" "$(count_said "$is_alert and .user.id == \"1054\"")" 0
}

# ---- Calls that fail before TCP

test_without_syscall_tracepoints() {
	run_client "$SERVER" 1042 "$CLIENT" connect "$NO_ROUTE" 25
	all_is_told_after "$client_pid"
	is "a call that fails before TCP is not seen by default" "$(count_said ".process.pid == $passed_pid")" 0
}

test_syscall_tracepoints() {
	write_config '[watch]' 'syscall_tracepoints = yes'
	start_daemon json
	run_client "$SERVER" 1042 "$CLIENT" connect "$NO_ROUTE" 25
	attempted "with syscall_tracepoints it is an attempt" "$client_pid" 1042 "$CLIENT" "$NO_ROUTE" 25
	is "which ends at once, with its errno" "$(first_said "$is_end and .process.pid == $client_pid" \
		'.smtpwatch.outcome, .smtpwatch.error, .user.id, .process.executable, .destination.ip, .destination.port')" \
		"failed $ENETUNREACH 1042 $CLIENT $NO_ROUTE 25"
	run_client "$SERVER" 1042 "$CLIENT" nonblocking "$MX" 25
	ended "a call that goes on in the background" "$client_pid" closed
	all_is_told_after "$client_pid"
	is "is told by its beginning and its end" "$(count_said "$is_event and .process.pid == $passed_pid")" 2
	stop_daemon
	check "the books balance" books_balance
}

MX_DISCARD=$MX
MX_BYTES=198.51.100.31
MX_LAST=198.51.100.32
MX_RESET=198.51.100.33

need_daemon
lab_start
for address in "$MX_BYTES" "$MX_LAST" "$MX_RESET"; do
	ip -n "$INTERNET" address add "$address/32" dev lo
done
start_receivers discard "$MX" 25 discard "$MX_IPV6" 25 greet "$MX_SECOND" 25 reset "$MX_RESET" 25 \
	bytes=1000 "$MX_BYTES" 25 'bytes=70000!' "$MX_LAST" 25
write_config '[watch]' "smarthost = $SMARTHOST" '[alerts]' 'cooldown = 1m'
start_daemon json
test_ways
test_mptcp_server
test_32_bit
test_threads
test_network_namespace
test_short_lives
test_ends
test_bytes
test_ports
test_no_alerts
test_without_syscall_tracepoints
check "every line is a JSON object" only_json
stop_daemon
check "the books balance" books_balance
test_syscall_tracepoints
tap_done

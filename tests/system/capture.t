#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The capture process beside the daemon: how it is seen from outside, dies, is missed and comes back, and that no flow is
# lost by it.
set -euo pipefail
# shellcheck source=tests/system/lab.sh
source "${BASH_SOURCE[0]%/*}/lab.sh"

PYTHON=$(readlink -f /usr/bin/python3)
NEW_ADDRESS=203.0.113.77 # the server gets it later
FAR_MACHINE=198.51.100.200
capture_pid=

# ---- The process

# The one that listens: it is another program until its sandbox is closed.
find_capture() {
	local pid
	capture_pid=
	for pid in $(pgrep -P "$daemon_pid" -x smtpw-capture); do
		[[ $(status_of "$pid" Seccomp) != 2 ]] || capture_pid=$pid
	done
	[[ -n $capture_pid ]]
}

status_of() { # PID FIELD
	sed -n "s/^$2:[[:space:]]*//p" "/proc/$1/status" | tr '\t' ' '
}

is_another_than() { # PID
	find_capture && [[ $capture_pid != "$1" ]]
}

another_runs() { # NAME PID
	if wait_for 10 is_another_than "$2"; then ok "$1"; else not_ok "$1" "$(cat "$DAEMON_ERR")"; fi
}

# Of whatever daemon, in the server's network.
count_captures() {
	local pid count=0
	for pid in $(ip netns pids "$SERVER"); do
		[[ $(cat "/proc/$pid/comm" 2>/dev/null) != smtpw-capture ]] || count=$((count + 1))
	done
	echo "$count"
}

no_capture() {
	[[ $(count_captures) -eq 0 ]]
}

test_outside() {
	another_runs "there is a capture process" none
	is "it has no capabilities" "$(sed -n 's/^Cap...:[[:space:]]*//p' "/proc/$capture_pid/status" | tr -d '0\n')" ""
	is "it may get none, and has a filter for its system calls" \
		"$(status_of "$capture_pid" NoNewPrivs) $(status_of "$capture_pid" Seccomp)" "1 2"
	is "it is a user of its own" "$(status_of "$capture_pid" Uid)|$(status_of "$capture_pid" Groups)" \
		"65520 65520 65520 65520|"
	is "its root is empty" "$(ls -A "/proc/$capture_pid/root/" && echo listed)" listed
	is_sanitized || # its reports are for somebody to read
		is "it has its socket to the daemon, its packets, and nothing else open" "$(open_files "$capture_pid")" \
			"/dev/null /dev/null /dev/null socket socket"
	is "one of them is a packet socket" "$(count_packet_sockets "$capture_pid")" 1
	is "and the daemon has none" "$(count_packet_sockets "$daemon_pid")" 0
}

open_files() { # PID
	find "/proc/$1/fd" -type l -printf '%l\n' | sed 's/:\[.*//' | sort | paste -sd ' '
}

# Also those that AddressSanitizer's build has.
count_packet_sockets() { # PID
	in_net "$SERVER" ss -H -0 -p | grep -c "pid=$1," || true
}

# ---- It dies

# The end of a flow waits a second for the wire, which may not be enough on a busy machine: so what is to be heard is said
# until it is.

# A client that has said something, and stays.
start_talk() { # UID NAME FILE
	start_in "$SERVER" "$LAB/talk.$1.out" setpriv --reuid "$1" --regid "$1" --clear-groups \
		"$CLIENTS/speak.py" "$MX_SECOND" 25 heard "EHLO $2" "until=$3" QUIT
	talk_pid=$started_pid
	wait_for 5 has_said "$is_attempt and .process.pid == $talk_pid"
}

end_of() { # PID
	first_said "$is_end and .process.pid == $1" '.user.id, .process.executable, .smtpwatch.outcome, .smtpwatch.dialogue.ehlo'
}

hears() { # UID
	run_client "$SERVER" "$1" "$CLIENTS/speak.py" "$MX" 25 heard "EHLO heard$1.example.com"
	[[ $(end_of "$client_pid") == "$1 $PYTHON closed heard$1.example.com" ]]
}

dies_by() { # SIGNAL UID SECONDS: and how long the pause is to be
	local held former=$capture_pid
	start_talk "$2" "held$2.example.com" "$LAB/enough.$2"
	held=$talk_pid
	check "SIG$1: a dialogue is under way" wait_for 5 has_said "$is_alert and .process.pid == $held"
	kill -"$1" "$former"
	check "SIG$1: the log says what happened, and when it goes on" wait_for 5 grep -qE \
		"the capture process was killed by signal [0-9]+, SIG$1; the watch goes on without the dialogues; next try in $3 s" \
		"$DAEMON_ERR"
	run_client "$SERVER" "$(($2 + 1))" "$CLIENTS/speak.py" "$MX" 25 heard "EHLO unheard.example.com"
	like "SIG$1: meanwhile a connection is told to its end" "$(end_of "$client_pid")" "^$(($2 + 1)) $PYTHON closed "
	is "SIG$1: and its alert" "$(first_said "$is_alert and .process.pid == $client_pid" .rule.id)" direct-to-mx
	another_runs "SIG$1: another one runs" "$former"
	check "SIG$1: the log says so" wait_for 5 has_logged "$(($2 % 10 / 2 + 1))" "the capture process runs again"
	: >"$LAB/enough.$2"
	is "SIG$1: what was under way is told to its end" "$(first_said "$is_end and .process.pid == $held" \
		'.user.id, .process.executable, .smtpwatch.outcome, .smtpwatch.dialogue.lost')" "$2 $PYTHON closed true"
	wait "$held"
	check "SIG$1: dialogues are heard again" wait_for 20 hears "$(($2 + 100))"
}

has_logged() { # TIMES REGEX
	[[ $(grep -cE "$2" "$DAEMON_ERR") -eq $1 ]]
}

test_deaths() {
	dies_by KILL 1200 1
	dies_by ILL 1202 2 # not SEGV, which AddressSanitizer would take
	check "each death is told once" has_logged 2 "the capture process was killed"
}

# It neither works nor dies.
test_stopped() {
	kill -STOP "$capture_pid"
	run_client "$SERVER" 1210 "$CLIENTS/speak.py" "$MX" 25 heard "EHLO stopped.example.com"
	is "SIGSTOP: flows go on" "$(end_of "$client_pid")" "1210 $PYTHON closed -"
	is "SIGSTOP: alerts too" "$(first_said "$is_alert and .process.pid == $client_pid" .rule.id)" direct-to-mx
	check "SIGSTOP: a reload is not blocked" reloads
	kill -CONT "$capture_pid"
	check "it goes on: dialogues are heard" wait_for 20 hears 1211
	run_client "$SERVER" 1212 "$CLIENT" connect "$MX" 25
	wait_for 5 has_said "$is_end and .process.pid == $client_pid" || true
}

reloads() {
	local before
	before=$(grep -c 'read anew' "$DAEMON_ERR")
	kill -HUP "$daemon_pid"
	wait_for 5 has_logged $((before + 1)) 'read anew'
}

# ---- What a reload changes

hears_at() { # PORT
	run_client "$SERVER" 1220 "$CLIENTS/speak.py" "$MX" "$1" heard "EHLO port$1.example.com"
	[[ $(first_said "$is_end and .process.pid == $client_pid" .smtpwatch.dialogue.ehlo) == "port$1.example.com" ]]
}

test_reload() {
	write_config '[watch]' 'ports = 25, 2526' '[capture]' 'off_port = no'
	reloads
	check "a port that was added is heard" wait_for 20 hears_at 2526
	check "and one that stays" wait_for 20 hears_at 25
}

# What comes in to an address of this host is its mail server's, and nobody's delivery.
test_new_address() {
	local server_mac
	server_mac=$(ip -n "$SERVER" -j link show internet | jq -r '.[0].address')
	ip -n "$INTERNET" route add blackhole "$FAR_MACHINE"
	comes_in "$server_mac" 40101 203.0.113.78 &
	check "what comes in to an address that is not this host's is told" wait_for 10 has_said \
		"$is_attempt and .source.port == 40101 and .smtpwatch.origin == \"forwarded\""
	kill "$!" 2>/dev/null || true
	ip -n "$SERVER" address add "$NEW_ADDRESS/32" dev lo
	start_in "$SERVER" "$LAB/own.out" "$CLIENTS/receiver.py" greet "$NEW_ADDRESS" 25
	wait_for 10 grep -q ready "$LAB/own.out"
	check "a new address of the server's is delivered to" comes_in "$server_mac" 40102 "$NEW_ADDRESS"
	comes_in "$server_mac" 40103 203.0.113.78 &
	wait_for 10 has_said "$is_attempt and .source.port == 40103"
	kill "$!" 2>/dev/null || true
	is "and that is inbound mail, which is not told" "$(count_said ".source.port == 40102")" 0
}

comes_in() { # SERVER_MAC PORT ADDRESS
	exec nsenter "--net=/run/netns/$INTERNET" "$CLIENTS/machine.py" to-server "$FAR_MACHINE" "$2" "$1" "$3" 25 \
		"EHLO far.example.com" >/dev/null 2>&1
}

# ---- Before the daemon

is_adopted_and_heard() {
	stop_daemon
	rm -f "$LAB/middle"
	start_in "$SERVER" "$LAB/talk.out" setpriv --reuid 1230 --regid 1230 --clear-groups "$CLIENTS/speak.py" "$MX" 25 heard \
		"until=$LAB/middle" "EHLO middle.example.com" QUIT
	talk_pid=$started_pid
	wait_for 5 is_connected
	start_daemon json
	wait_for 5 has_said "$is_attempt and .process.pid == $talk_pid"
	: >"$LAB/middle"
	wait "$talk_pid"
	middle=$(first_said "$is_end and .process.pid == $talk_pid" '.smtpwatch.adopted, .smtpwatch.outcome,
		.smtpwatch.dialogue.from_middle')
	[[ $middle == *true ]]
}

test_from_the_middle() {
	wait_for 20 is_adopted_and_heard || true
	is "a connection from before: its end, and that its beginning was not seen" "$middle" "true closed true"
}

is_connected() {
	[[ -n $(in_net "$SERVER" ss -Htn state established dst "$MX") ]]
}

# ---- It cannot be, or is not to be

test_not_allowed() {
	local daemon=$DAEMON
	printf '#!/bin/sh\nexec setpriv --bounding-set -net_raw "%s" "$@"\n' "$DAEMON" >"$LAB/no_net_raw"
	chmod 755 "$LAB/no_net_raw"
	DAEMON=$LAB/no_net_raw
	start_daemon json
	DAEMON=$daemon
	check "without CAP_NET_RAW the log says what to do" wait_for 5 has_logged 1 \
		'no packets are captured, the watch goes on without the dialogues: .*CAP_NET_RAW'
	run_client "$SERVER" 1240 "$CLIENTS/speak.py" "$MX" 25 heard "EHLO unheard.example.com"
	is "without CAP_NET_RAW the watch goes on" "$(end_of "$client_pid")" "1240 $PYTHON closed -"
	check "and it is tried again" wait_for 5 has_buried "$(buried)"
	check "of which the log is silent" has_logged 1 'captured|capture process'
	stop_daemon
}

# Page faults of children that have ended (proc(5), cminflt): more with each.
buried() {
	cut -d ' ' -f 11 "/proc/$daemon_pid/stat"
}

has_buried() { # MORE_THAN
	(($(buried) > $1))
}

test_switched_off() {
	write_config '[capture]' 'enabled = no'
	start_daemon json
	run_client "$SERVER" 1241 "$CLIENTS/speak.py" "$MX" 25 heard "EHLO unheard.example.com"
	is "switched off: the watch goes on" "$(end_of "$client_pid")" "1241 $PYTHON closed -"
	is "switched off: there is no process, and no word of it" "$(count_captures) $(grep -c captur "$DAEMON_ERR" || true)" "0 0"
	write_config '[capture]' 'enabled = yes'
	kill -HUP "$daemon_pid"
	check "switched on by a reload: it says that this takes a start" \
		wait_for 5 grep -q "of \[capture\].* take effect at the next start" "$DAEMON_ERR"
	is "and starts none" "$(count_captures)" 0
	stop_daemon
	write_config '[alerts]' 'cooldown = 1h'
}

# ---- The end

test_ends() {
	local first_out first_err
	start_daemon json
	another_runs "before the end: it runs" "$capture_pid"
	first_out=$DAEMON_OUT first_err=$DAEMON_ERR
	try_daemon nsenter "--net=/run/netns/$SERVER" "$DAEMON"
	DAEMON_OUT=$first_out DAEMON_ERR=$first_err
	is "a second daemon leaves none behind" "$daemon_status $(count_captures)" "1 1"
	end_daemon KILL
	check "SIGKILL of the daemon ends it too" wait_for 5 no_capture
	start_daemon json
	another_runs "the next one has its own" "$capture_pid"
	kill -STOP "$capture_pid"
	stop_daemon
	is "SIGTERM ends both, one that is stopped as well" "$daemon_status $(count_captures)" "0 0"
}

need_daemon
lab_start
start_receivers greet "$MX" 25 greet "$MX_SECOND" 25 greet "$MX" 2526
write_config '[alerts]' 'cooldown = 1h'
start_daemon json
test_outside
test_deaths
test_stopped
test_reload
test_new_address
test_from_the_middle
is "none of all these is taken for another's" "$(count_said '.smtpwatch.origin == "no-socket" or
	(.smtpwatch.origin == "forwarded" and .source.ip != "'"$FAR_MACHINE"'")')" 0
check "every line is a JSON object" only_json
stop_daemon
check "the books balance" books_balance
test_not_allowed
test_switched_off
test_ends
tap_done

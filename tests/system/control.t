#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The control socket of a running daemon: who may ask and who may change things, and that no client, whatever it does,
# costs the watch anything.
set -euo pipefail
# shellcheck source=tests/system/lab.sh
source "${BASH_SOURCE[0]%/*}/lab.sh"
# shellcheck source=tests/system/ask.sh
source "${BASH_SOURCE[0]%/*}/ask.sh"

GROUP=sw$$-watch
MEMBER=1300
STRANGER=1301
CLIENTS_MAX=32
FLOOD=5000

make_group() {
	groupadd "$GROUP"
	lab_names+=("$GROUP")
	at_end groupdel "$GROUP"
	GROUP_ID=$(getent group "$GROUP" | cut -d: -f3)
}

as_member() { # COMMAND...
	setpriv --reuid "$MEMBER" --regid "$MEMBER" --groups "$GROUP_ID" "$@"
}

as_stranger() { # COMMAND...
	setpriv --reuid "$STRANGER" --regid "$STRANGER" --clear-groups "$@"
}

abuse() { # NAME MODE [NUMBER]: sets abuse_pid; what it says is in $LAB/NAME.out
	start_in "$SERVER" "$LAB/$1.out" /usr/bin/python3 "$CLIENTS/control.py" "$SOCKET" "${@:2}"
	abuse_pid=$started_pid
}

ends_with() { # NAME MODE NUMBER EXPECTED: one that ends by itself
	abuse "$2" "$2" "$3"
	wait "$abuse_pid" || true
	is "$1" "$(cat "$LAB/$2.out")" "$4"
}

resident() {
	awk '/^VmRSS/ { print $2 }' "/proc/$daemon_pid/status"
}

# Connections of the socket, as proc(5) has them: state 03 is connected.
clients() {
	in_net "$SERVER" awk -v path="$SOCKET" '$NF == path && $6 == "03"' /proc/net/unix | wc -l
}

# ---- Rights

test_rights() {
	is "the socket is root's and the group's" "$(stat -c '%U %G %a' "$SOCKET")" "root $GROUP 660"
	asked "root may ask" 0 ask status --json
	asked "a member of the group may, too" 0 as_member "$SMTPWATCH" status --json --socket "$SOCKET"
	asked "nobody else" 3 as_stranger "$SMTPWATCH" status --socket "$SOCKET"
	like "and is told in one sentence which group" "$(cat "$LAB/asked.err")" "^smtpwatch: [^"$'\n'"]*\"?$GROUP\"?[^"$'\n'"]*$"
	asked "a member may not reload" 3 as_member "$SMTPWATCH" reload --socket "$SOCKET"
	like "and is told that only root may" "$(cat "$LAB/asked.err" "$LAB/asked.out")" "only root may"
}

test_reload() {
	write_config '[control]' "group = $GROUP" "max_clients = $CLIENTS_MAX" '[alerts]' 'cooldown = 2s' 'lines = rule' '[watch]' 'ports = 25, 2526'
	asked "root may reload" 0 ask reload
	run_client "$SERVER" 1042 "$CLIENT" connect "$MX" 2526
	check "and it is in force" wait_for 5 has_said "$is_attempt and .process.pid == $client_pid"
	echo 'prots = 25' >>"$DAEMON_CONFIG"
	asked "a configuration with a fault is refused" 1 ask reload
	like "with file, line and what would be right" "$(cat "$LAB/asked.err" "$LAB/asked.out")" \
		"$DAEMON_CONFIG:[0-9]+: unknown key .*prots"
	write_config '[control]' "group = sw$$-nobody" "max_clients = $CLIENTS_MAX"
	asked "a group that does not exist" 0 ask reload
	is "leaves the socket to root" "$(stat -c '%U %G %a' "$SOCKET")" "root root 600"
	write_config '[control]' "group = $GROUP" "max_clients = $CLIENTS_MAX" '[alerts]' 'cooldown = 2s' 'lines = rule'
	asked "the group is back" 0 ask reload
	is "and has its socket" "$(stat -c '%U %G %a' "$SOCKET")" "root $GROUP 660"
}

# ---- Abuse

test_requests() {
	ends_with "a request byte by byte is answered" bytes 0 bytes
	ends_with "a line of 10 MB is refused, and the connection closed" long 10485760 $'too-long\nclosed'
	ends_with "garbage is answered with errors, and the connection stays" garbage 500 $'500 errors\n1'
}

# While all of them hold on, alerts come, and root gets an answer.
test_crowd() {
	local before after pids=()
	abuse half half
	pids+=("$abuse_pid")
	abuse silent silent 8
	pids+=("$abuse_pid")
	abuse greedy greedy 100000
	pids+=("$abuse_pid")
	start_in "$SERVER" "$LAB/crowd.out" setpriv --reuid "$MEMBER" --regid "$MEMBER" --groups "$GROUP_ID" \
		/usr/bin/python3 "$CLIENTS/control.py" "$SOCKET" crowd 1000
	pids+=("$started_pid")
	check "a thousand clients are each greeted or told that it is busy" wait_for 30 grep -q greeted "$LAB/crowd.out"
	is "a thousand" "$(jq '.greeted + .busy' "$LAB/crowd.out")" 1000
	check "and no more of them are kept than may be" test "$(clients)" -le "$CLIENTS_MAX"
	asked "root is still answered" 0 ask status --json
	before=$(resident)
	run_client "$SERVER" 1050 "$CLIENT" flood "$FLOOD" "$MX" 25
	check "a flood is told meanwhile" wait_for 10 has_said "$is_alert and .user.id == \"1050\" and .smtpwatch.count == $FLOOD"
	after=$(resident)
	is_sanitized || check "what is not read is not kept without end: $before to $after KiB" test $((after - before)) -lt 49152
	run_client "$SERVER" 1051 "$CLIENT" connect "$MX" 25
	check "and an alert comes at once" wait_for 2 has_said "$is_alert and .user.id == \"1051\""
	kill "${pids[@]}"
	wait "${pids[@]}" 2>/dev/null || true
	check "when they are gone, nothing of them is left" wait_for 10 has_no_client
	asked "and everybody is answered" 0 as_member "$SMTPWATCH" status --json --socket "$SOCKET"
}

has_no_client() {
	[[ $(clients) -eq 0 ]]
}

# ---- Without a daemon

test_gone() {
	stop_daemon
	check "the books balance" books_balance
	check "the socket is gone with the daemon" test ! -e "$SOCKET"
	asked "without a daemon" 3 ask status
	like "one sentence says how to start it" "$(cat "$LAB/asked.err")" "^smtpwatch: [^"$'\n'"]*smtpwatchd[^"$'\n'"]*$"
	start_daemon json
	kill -KILL "$daemon_pid"
	wait "$daemon_pid" 2>/dev/null || true
	check "a daemon that was killed leaves its socket" test -S "$SOCKET"
	asked "which answers nobody" 3 ask status
	start_daemon json
	asked "the next one takes its place" 0 ask status --json
	stop_daemon
}

test_disabled() {
	write_config '[control]' 'enabled = no'
	start_daemon json
	check "without [control] there is no socket" test ! -e "$SOCKET"
	stop_daemon
}

need_daemon
need_client
lab_start
SOCKET=$LAB/run/control.sock
make_group
start_receivers discard "$MX" 25 discard "$MX" 2526
write_config '[control]' "group = $GROUP" "max_clients = $CLIENTS_MAX"
start_daemon json
test_rights
test_reload
test_requests
test_crowd
test_gone
test_disabled
tap_done

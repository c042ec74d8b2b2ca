#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What makes the watch blind, one after the other, done to a running daemon: each is told by an alert of its own, by
# `smtpwatch status` and, where a restart may cure it, by silence toward the service manager's watchdog. How long it took
# is in the notes of this test's output.
set -euo pipefail
# shellcheck source=tests/system/lab.sh
source "${BASH_SOURCE[0]%/*}/lab.sh"
# shellcheck source=tests/system/ask.sh
source "${BASH_SOURCE[0]%/*}/ask.sh"

PATIENCE=30
WATCHDOG_SECONDS=4
CROWD=200
is_blind_alert='.event.kind == "alert" and .rule.id == "blind"'

# ---- The service manager

start_manager() {
	export NOTIFY_SOCKET=$LAB/notify WATCHDOG_USEC=$((WATCHDOG_SECONDS * 1000000))
	MANAGER=$LAB/manager.txt
	start_in "$SERVER" "$LAB/manager.out" "$CLIENTS/manager.py" "$NOTIFY_SOCKET" "$MANAGER"
	wait_for 10 test -S "$NOTIFY_SOCKET"
}

count_fed() {
	grep -c ' WATCHDOG=1$' "$MANAGER" || true
}

is_fed_after() { # COUNT
	(($(count_fed) > $1))
}

# For longer than a period that it would be fed in.
stays_unfed() {
	local fed
	fed=$(count_fed)
	! wait_for "$WATCHDOG_SECONDS" is_fed_after "$fed"
}

has_told_manager() { # REGEX
	grep -Eq " $1" "$MANAGER"
}

# ---- One that is blinded, and what is to be seen of it

begin() {
	start_daemon json
	wait_for "$PATIENCE" has_text self-test '^passed at ' || diagnose "no self-test: $(cat "$STATUS")"
}

blinded() {
	since=$EPOCHREALTIME
}

seconds_since() {
	awk -v now="$EPOCHREALTIME" -v then="$since" 'BEGIN { printf "%.1f", now - then }'
}

# The alert, then what status says, then the watchdog: each within seconds.
is_found() { # WHAT CHECK EVIDENCE fed|unfed
	is_alerted "$1" "$3"
	ask_status
	is "$1: status fails, and says where" "$status_exit $(check_of "$2" state)" "1 blind"
	is_heard_by_manager "$1" "$2" "$4"
}

is_alerted() { # WHAT EVIDENCE
	if wait_for "$PATIENCE" has_said "$is_blind_alert and (.smtpwatch.evidence | test(\"$2\"))"; then
		ok "$1: an alert tells of it"
		diagnose "$1: told after $(seconds_since) s"
	else
		not_ok "$1: an alert tells of it" "$(said "$is_blind_alert"; cat "$DAEMON_ERR")"
	fi
	check "$1: it is critical, and cannot wait" has_said "$is_blind_alert and .log.level == \"critical\" and
		.smtpwatch.paging and .process.pid == $daemon_pid"
}

is_heard_by_manager() { # WHAT CHECK fed|unfed
	if [[ $3 == unfed ]]; then
		check "$1: the watchdog is not fed" stays_unfed
	else
		check "$1: the watchdog is fed, as a restart would not help" wait_for "$PATIENCE" is_fed_after "$(count_fed)"
	fi
	check "$1: the service manager knows why" has_told_manager "STATUS=.*$2"
}

is_over() { # WHAT
	check "$1: the alert ends when all is seen again" wait_for "$PATIENCE" has_said \
		"$is_blind_alert and .event.action == \"ended\" and (.smtpwatch.evidence | test(\"^all is seen again\"))"
	ask_status
	is "$1: then status is content" "$status_exit" 0
	check "$1: then the watchdog is fed" wait_for "$PATIENCE" is_fed_after "$(count_fed)"
}

# ---- What is done to it

# Somebody calls close(2) in its name.
detach() { # ROW: of its attached programs, in order
	local fd
	fd=$("$CLIENTS/blind.py" "$daemon_pid" fds | sed -n "$1p")
	gdb -p "$daemon_pid" -batch -ex "call (int)close($fd)" >"$LAB/gdb.out" 2>&1 || true # it complains of what it does not need
}

test_detached() {
	local row
	for row in 1 3; do
		begin
		blinded
		detach "$row"
		is_found "program $row of those that are attached was detached" programs 'programs: detached' unfed
		stop_daemon
	done
}

test_ports() {
	begin
	blinded
	"$CLIENTS/blind.py" "$daemon_pid" ports
	is_found "the map of ports was emptied" self-test 'self-test: a connection of its own was not seen' unfed
	stop_daemon
}

test_flows() {
	begin
	blinded
	"$CLIENTS/blind.py" "$daemon_pid" flows
	is_found "the map of flows was filled" self-test 'self-test: .*not what became of it' unfed
	stop_daemon
}

test_capture() {
	local capture
	begin
	capture=$(pgrep -P "$daemon_pid" -x smtpw-capture)
	blinded
	kill -STOP "$capture"
	is_found "the capture process was stopped" self-test 'self-test: .*not heard' unfed
	kill -CONT "$capture"
	is_over "the capture process was stopped"
	stop_daemon
}

fill_disk() {
	! dd if=/dev/zero of="$DISK/filler" bs=4k 2>"$LAB/dd.err"
}

test_disk() {
	local lines uid
	begin
	run_client "$SERVER" 1042 "$CLIENT" connect "$MX" 25
	wait_for "$PATIENCE" grep -q direct-to-mx "$DISK/alerts.json"
	fill_disk
	blinded
	# The last page of the file still has room for some lines.
	for uid in {1043..1050}; do
		run_client "$SERVER" "$uid" "$CLIENT" connect "$MX" 25
	done
	is_found "the disk was full" 'sink json' 'sink json: cannot be written .No space left' fed
	lines=$(count_said "$is_alert or $is_event")
	rm "$DISK/filler"
	is_over "the disk was full"
	check "the disk was full: nothing is lost" wait_for "$PATIENCE" has_lines_on_disk "$lines"
	is "the disk was full: every line is whole" "$(jq -c 'select(type != "object")' "$DISK/alerts.json" 2>&1)" ""
	stop_daemon
}

has_lines_on_disk() { # COUNT
	(($(wc -l <"$DISK/alerts.json") >= $1))
}

# The kernel gives the daemon nothing more.
test_memory() {
	local size uid
	if is_sanitized; then
		diagnose "memory is not made short: the sanitizers end what gets none"
		return
	fi
	begin
	size=$(awk '/^VmSize/ { print $2 * 1024 }' "/proc/$daemon_pid/status")
	prlimit --pid "$daemon_pid" --as="$size:"
	blinded
	for ((uid = 2000; uid < 2000 + CROWD; uid++)); do
		run_client "$SERVER" "$uid" "$CLIENT" connect "$MX" 25
	done
	is_alerted "memory was short" 'memory: .*lost for want of memory'
	ask_status
	check "memory was short: status fails, if only because nobody can be answered" test "$status_exit" -ne 0
	is_heard_by_manager "memory was short" memory fed
	is "memory was short: the log says it once" "$(grep -c 'out of memory' "$DAEMON_ERR")" 1
	prlimit --pid "$daemon_pid" --as=unlimited:
	run_client "$SERVER" 1051 "$CLIENT" connect "$MX" 25
	check "memory was short: it sees when there is some again" wait_for "$PATIENCE" has_said \
		"$is_alert and .rule.id == \"direct-to-mx\" and .user.id == \"1051\""
	stop_daemon
	is "memory was short: every connection was counted" "$(said '.event.action == "summary"' |
		jq .smtpwatch.attempts)" $((CROWD + 1))
}

need_daemon
need_client
for program in gdb jq; do
	command -v "$program" >/dev/null || skip_all "$program is missing"
done
lab_start
DISK=$LAB/disk
mkdir "$DISK"
mount -t tmpfs -o size=256k,mode=700 none "$DISK"
at_end umount -l "$DISK"
start_manager
start_receivers discard "$MX" 25
write_config '[watch]' 'self_test = 1s' '[kernel]' 'max_flows = 1024' '[json]' "file = $DISK/alerts.json" 'flows = yes'
begin
check "the service manager is told that it watches" has_told_manager 'READY=1'
check "all is seen: the watchdog is fed" wait_for "$PATIENCE" is_fed_after "$(count_fed)"
kill -HUP "$daemon_pid"
check "a reload: the manager is told" wait_for "$PATIENCE" has_told_manager 'RELOADING=1'
check "a reload: with its time" has_told_manager 'MONOTONIC_USEC=[0-9]+$'
stop_daemon
check "its end: the manager is told" has_told_manager 'STOPPING=1'
is "all is seen: no alert says else" "$(count_said "$is_blind_alert")" 0
test_detached
test_ports
test_flows
test_capture
test_disk
test_memory
tap_done

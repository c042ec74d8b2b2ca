#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# SIGHUP takes a good configuration while the watch goes on, and leaves the old one in force for a bad one.
set -euo pipefail
# shellcheck source=tests/system/lab.sh
source "${BASH_SOURCE[0]%/*}/lab.sh"

is_watched() { # PORT
	run_client "$SERVER" 1042 "$CLIENT" connect "$MX" "$1"
	wait_for 0 has_said "$is_attempt and .process.pid == $client_pid"
}

is_not_watched() { # PORT
	local pid
	run_client "$SERVER" 1042 "$CLIENT" connect "$MX" "$1"
	pid=$client_pid
	all_is_told
	[[ $(count_said ".process.pid == $pid") -eq 0 ]]
}

reload() {
	kill -HUP "$daemon_pid"
}

test_ports() {
	check "before: 587 is watched" is_watched 587
	check "before: 2526 is not" is_not_watched 2526
	write_config '[watch]' 'ports = 25, 2526'
	reload
	check "a port that was added is watched" wait_for 5 is_watched 2526
	check "one that was taken out is not" is_not_watched 587
	check "one that stays is" is_watched 25
	write_config '[watch]' 'ports = 25, 587'
	reload
	check "a port that comes back is watched again" wait_for 5 is_watched 587
}

# A flow that is open when its port is taken out is followed to its end.
test_open_flow() {
	local pid
	write_config '[watch]' 'ports = 25, 587'
	reload
	check "587 is watched" wait_for 5 is_watched 587
	start_in "$SERVER" "$LAB/held.out" "$CLIENT" hold "$MX" 587
	pid=$started_pid
	wait_for 5 has_said "$is_attempt and .process.pid == $pid" || true
	write_config '[watch]' 'ports = 25'
	reload
	check "587 is no longer watched" wait_for 5 is_not_watched 587
	kill "$pid"
	check "an open connection is followed to its end" wait_for 5 has_said "$is_end and .process.pid == $pid"
}

is_flagged() { # UID DESTINATION
	run_client "$SERVER" "$1" "$CLIENT" connect "$2" 25
	wait_for 0 has_said "$is_alert and .process.pid == $client_pid"
}

test_smarthost() {
	local uid=1100
	write_config '[watch]' "smarthost = $MX_SECOND"
	reload
	check "587 is watched by default" wait_for 5 is_watched 587
	run_client "$SERVER" "$uid" "$CLIENT" connect "$MX_SECOND" 25
	attempted "a new smarthost: told" "$client_pid" "$uid" "$CLIENT" "$MX_SECOND" 25
	is "a new smarthost: no alert" "$(count_said "$is_alert and .user.id == \"$uid\"")" 0
	check "others are flagged as before" is_flagged "$uid" "$MX"
}

# The kernel has to forget it too: what of a flood is thinned is only counted there, as external or not.
test_former_smarthost() {
	local uid=1101
	write_config '[alerts]' 'cooldown = 1s'
	reload
	check "a former smarthost is flagged" wait_for 5 is_flagged "$uid" "$MX_SECOND"
	run_client "$SERVER" $((uid + 1)) "$CLIENT" flood 1000 "$MX_SECOND" 25
	check "and a flood toward it is counted to the last" wait_for 10 has_said \
		"$is_alert and .user.id == \"$((uid + 1))\" and .smtpwatch.count == 1000"
}

test_bad_file() {
	local before
	write_config '[watch]' 'ports = 25, 2526'
	reload
	check "2526 is watched" wait_for 5 is_watched 2526
	before=$(wc -l <"$DAEMON_ERR")
	write_config '[watch]' 'ports = 25' 'smarhost = 192.0.2.1'
	reload
	check "a bad file is refused, naming file and line" \
		wait_for 5 grep -q "$LAB/smtpwatch.conf:3: .*smarhost.*smarthost" "$DAEMON_ERR"
	like "and it says what holds" "$(tail -n "+$((before + 1))" "$DAEMON_ERR")" '(old|previous|remains|stays|unchanged|in force)'
	check "the old configuration is in force" is_watched 2526
	check "and the daemon runs" kill -0 "$daemon_pid"
}

need_daemon
lab_start
start_receivers bytes=1 "$MX" 587 discard "$MX" 25 discard "$MX_SECOND" 25
write_config '[alerts]' 'cooldown = 1m'
start_daemon json
test_ports
test_open_flow
test_smarthost
test_former_smarthost
test_bad_file
stop_daemon
check "the books balance" books_balance
tap_done

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Alerts go to syslog, and a syslog that is not there or does not read holds nothing up.
set -euo pipefail
# shellcheck source=tests/system/lab.sh
source "${BASH_SOURCE[0]%/*}/lab.sh"

MAIL=2 # facilities and severities of RFC 3164
LOCAL3=19
WARNING=4
ERROR=3

start_syslog() {
	rm -f "$SYSLOG"
	start_in "$SERVER" "$LAB/syslog.out" /usr/bin/python3 "$CLIENTS/syslog.py" "$SYSLOG"
	syslog_pid=$started_pid
	wait_for 10 grep -q ready "$LAB/syslog.out"
}

stop_syslog() {
	kill "$syslog_pid"
	wait "$syslog_pid" || true
}

logged() { # UID: what syslog has of that user's alerts, a line each
	jq -r "select(.text // \"\" | test(\" uid=$1 \")) | [.facility, .severity, .text] | map(tostring) | join(\" \")" \
		"$LAB/syslog.out"
}

is_logged() { # UID
	[[ -n $(logged "$1") ]]
}

test_one_line() {
	run_client "$SERVER" 1042 "$CLIENT" connect "$MX" 25
	check "an alert reaches syslog" wait_for 5 is_logged 1042
	like "with facility, severity and the line" "$(logged 1042)" "^$MAIL $WARNING .*smtpwatchd\[$daemon_pid\]: \
ALERT rule=direct-to-mx severity=warning user=1042 uid=1042 pid=$client_pid exe=$CLIENT \
script=$SYSTEM_TESTS/syslog.t dst=$MX:25 count=1 networks=1 incident=[0-9a-z]+ phase=raised "
	run_client "$SERVER" 1042 "$CLIENT" connect "$MX" 25
	all_is_told
	is "the next connection makes no second one" "$(logged 1042 | wc -l)" 1
	run_client "$SERVER" 1042 "$CLIENT" connect "$MX_ELSEWHERE" 25
	run_client "$SERVER" 1042 "$CLIENT" connect "$MX_IPV6" 25
	all_is_told
	like "a risen one is an error" "$(logged 1042 | tail -n 1)" "^$MAIL $ERROR .* severity=high .* count=4 "
	is "events are not logged" "$(grep -c attempt "$LAB/syslog.out" || true)" 0
}

# Every user of a range makes an alert, and all are on stdout at once: then nothing waits for syslog.
alerts_flow() { # NAME FIRST_UID
	local uid
	for ((uid = $2; uid < $2 + 20; uid++)); do
		run_client "$SERVER" "$uid" "$CLIENT" connect "$MX" 25
	done
	check "$1: stdout has all alerts" wait_for 5 has_said \
		"$is_alert and (.user.id | tonumber) >= $2 and (.user.id | tonumber) < $2 + 20" 20
}

# More than a socket's queue holds (net.unix.max_dgram_qlen, 10): the eleventh write would block.
test_deaf_syslog() {
	kill -STOP "$syslog_pid"
	alerts_flow "a syslog that does not read" 1200
	kill -CONT "$syslog_pid"
	check "they reach it when it reads again" wait_for 10 is_logged 1219
	is "each once" "$(jq -r '.text // "" | capture(" uid=(?<uid>12[0-9][0-9]) ").uid' "$LAB/syslog.out" | sort |
		uniq | wc -l)" 20
}

test_restarted_syslog() {
	stop_syslog
	alerts_flow "a syslog that is gone" 1300
	start_syslog
	check "what waited reaches the new one" wait_for 10 is_logged 1319
	run_client "$SERVER" 1400 "$CLIENT" connect "$MX" 25
	check "and so does what comes then" wait_for 5 is_logged 1400
}

test_no_syslog() {
	stop_daemon
	is "it ends well with syslog" "$daemon_status" 0
	stop_syslog
	rm -f "$SYSLOG"
	start_daemon json
	alerts_flow "a syslog that never was" 1500
	stop_daemon
	is "it ends well without syslog" "$daemon_status" 0
}

test_facility() {
	local line
	write_config '[syslog]' "socket = $SYSLOG" 'facility = local3'
	start_syslog
	start_daemon text
	run_client "$SERVER" 1600 "$CLIENT" connect "$MX" 25
	check "another facility" wait_for 5 is_logged 1600
	line=$(logged 1600)
	like "is used" "$line" "^$LOCAL3 "
	is "stdout has the same line" "ALERT ${line#*ALERT }" "$(grep '^ALERT .* uid=1600 ' "$DAEMON_OUT")"
	stop_daemon
}

raises_alert() { # UID
	run_client "$SERVER" "$1" "$CLIENT" connect "$MX" 25
	wait_for 1 is_logged "$1"
}

# In the background the working directory is another one.
test_relative_config() {
	local pid
	write_config '[watch]' "smarthost = $MX" '[syslog]' "socket = $SYSLOG"
	(cd "$LAB" && RUNTIME_DIRECTORY=$LAB/run nsenter --net="/run/netns/$SERVER" "$DAEMON" \
		--config "${DAEMON_CONFIG##*/}") >"$LAB/background.out" 2>&1 </dev/null
	pid=$(cat "$LAB/run/smtpwatchd.pid")
	write_config '[syslog]' "socket = $SYSLOG"
	kill -HUP "$pid"
	check "in the background SIGHUP finds a file with a relative name" wait_for 10 raises_alert 1601
	kill "$pid"
	wait_for 5 is_gone "$pid"
}

need_daemon
lab_start
SYSLOG=$LAB/log
start_receivers discard "$MX" 25 discard "$MX_ELSEWHERE" 25 discard "$MX_IPV6" 25
write_config '[syslog]' "socket = $SYSLOG"
start_syslog
start_daemon json
test_one_line
test_deaf_syslog
test_restarted_syslog
test_no_syslog
test_facility
test_relative_config
tap_done

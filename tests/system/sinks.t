#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Where alerts go beside syslog: a file that is rotated under load, a command that hangs, the journal, a reader of
# stdout that does not read. None of them holds up another, and none loses what its queue has room for.
set -euo pipefail
# shellcheck source=tests/system/lab.sh
source "${BASH_SOURCE[0]%/*}/lab.sh"

JOURNALD=/lib/systemd/systemd-journald

start_syslog() {
	rm -f "$SYSLOG"
	start_in "$SERVER" "$LAB/syslog.out" /usr/bin/python3 "$CLIENTS/syslog.py" "$SYSLOG"
	syslog_pid=$started_pid
	wait_for 10 grep -q ready "$LAB/syslog.out"
}

is_logged() { # UID
	grep -q -- " uid=$1 " "$LAB/syslog.out"
}

raise_alerts() { # FIRST_UID LAST_UID
	local uid
	for ((uid = $1; uid <= $2; uid++)); do
		run_client "$SERVER" "$uid" "$CLIENT" connect "$MX" 25
	done
}

# Alerts and flows without end, until the file is gone.
keep_busy() { # FIRST_UID
	local uid=$1
	while [[ -e $LAB/busy ]]; do
		run_client "$SERVER" "$uid" "$CLIENT" connect "$MX" 25
		uid=$((uid + 1))
	done
}

# What logrotate does. The next one only comes when this one was taken.
rotate() { # NUMBER
	mv "$LAB/alerts.json" "$LAB/alerts.json.$1"
	kill -USR1 "$daemon_pid"
	wait_for 10 test -s "$LAB/alerts.json"
}

all_rotated() {
	cat "$LAB"/alerts.json.* "$LAB/alerts.json"
}

test_rotation() {
	local busy number
	write_config '[json]' "file = $LAB/alerts.json" 'flows = yes'
	start_daemon json
	touch "$LAB/busy"
	keep_busy 2000 &
	busy=$!
	for ((number = 1; number <= 10; number++)); do
		check "rotation $number: there is a new file" rotate "$number"
	done
	rm "$LAB/busy"
	wait "$busy"
	stop_daemon
	is "the daemon ends well" "$daemon_status" 0
	check "every line is whole" jq -es 'length > 20' <(all_rotated)
	is "and none was lost" "$(all_rotated | grep -v '"summary"' | sort | md5sum)" \
		"$(grep -v '"summary"' "$DAEMON_OUT" | sort | md5sum)"
	is "only root and a group may read it" "$(stat -c %a "$LAB/alerts.json")" 640
}

write_command() { # LINE...
	printf '%s\n' '#!/bin/sh' "$@" >"$LAB/on-alert"
	chmod 755 "$LAB/on-alert"
}

# What a command has written down of the alert of a user.
was_run_for() { # UID
	jq -e "select(.alert.user.id == \"$1\")" "$LAB/command.out"
}

test_command() {
	write_command "jq -c '{alert: ., rule: env.SMTPWATCH_RULE, word: \"'\"\$1\"'\"}' >>$LAB/command.out" \
		'echo was here; exit 4'
	write_config '[command]' "run = $LAB/on-alert \"two words\""
	start_daemon json
	run_client "$SERVER" 1042 "$CLIENT" connect "$MX" 25
	check "a command is run for an alert" wait_for 10 was_run_for 1042
	is "with the alert as JSON, its words and the environment" "$(was_run_for 1042 |
		jq -r '[.alert.rule.id, .alert.process.pid, .rule, .word] | map(tostring) | join(" ")')" \
		"direct-to-mx $client_pid direct-to-mx two words"
	check "its exit status is told" wait_for 10 grep -q "on-alert\[[0-9]*\] failed with exit status 4" "$DAEMON_ERR"
	check "and its output" grep -q "on-alert\[[0-9]*\]: was here" "$DAEMON_ERR"
	stop_daemon
}

test_hanging_command() {
	local begin
	write_command "echo \$\$ >>$LAB/hanging" 'sleep 600 & wait'
	write_config '[syslog]' "socket = $SYSLOG" '[command]' "run = $LAB/on-alert" 'timeout = 3s' 'at_once = 2'
	start_syslog
	start_daemon json
	begin=$SECONDS
	raise_alerts 1100 1109
	check "syslog has all alerts while commands hang" wait_for 2 is_logged 1109
	is "and only two of these run" "$(wc -l <"$LAB/hanging")" 2
	((SECONDS - begin < 3)) || diagnose "slow: the time limit was over by then"
	check "they are killed in time" wait_for 10 grep -q 'was killed: it took too long' "$DAEMON_ERR"
	check "with what they started" wait_for 5 is_gone "$(pgrep -P "$(head -n 1 "$LAB/hanging")" || echo 0)"
	run_client "$SERVER" 1110 "$CLIENT" connect "$MX" 25
	check "and alerts go on" wait_for 5 is_logged 1110
	stop_daemon
	is "the daemon ends well with commands that hang" "$daemon_status" 0
	kill "$syslog_pid"
}

test_refused_command() {
	write_command true
	chmod 777 "$LAB/on-alert"
	write_config '[command]' "run = $LAB/on-alert"
	try_daemon "$DAEMON"
	is "a command that others may write to is refused" "$daemon_status" 2
	check "and it is said why" grep -q "refused: $LAB/on-alert is not root's alone to write to" "$DAEMON_ERR"
	try_daemon "$DAEMON" --check-config
	is "--check-config says it too" "$daemon_status" 2
}

# A journald of the lab's own: what it has in /run and /var/log is the lab's, in a mount namespace of its own.
start_journald() {
	local directory
	for directory in run log var; do
		install -d "$LAB/journal/$directory"
	done
	install -d "$LAB/journal/run/journal.lab" "$LAB/journal/log/journal"
	start_in "$SERVER" "$LAB/journald.out" unshare --mount bash -c "
		mount --bind '$LAB/journal/run' /run/systemd
		mount --bind '$LAB/journal/log' /run/log
		mount --bind '$LAB/journal/var' /var/log
		exec $JOURNALD lab"
	wait_for 10 test -S "$LAB/journal/run/journal.lab/socket"
}

entries() { # MATCH...
	journalctl --directory "$(dirname "$(find "$LAB/journal" -name '*.journal' | head -n 1)")" -o json "$@"
}

has_entry() { # MATCH...
	[[ -n $(entries "$@") ]]
}

test_journal() {
	local socket=$LAB/journal/run/journal.lab
	if [[ ! -x $JOURNALD || ! -d /run/systemd ]]; then
		skip "alerts go to a real journald" "there is none"
		return
	fi
	install -d /run/log
	start_journald
	write_config '[journal]' 'enabled = yes' "socket = $socket/socket" '[syslog]' "socket = $socket/dev-log"
	start_daemon text
	run_client "$SERVER" 1200 "$CLIENT" connect "$MX" 25
	check "an alert reaches a real journald" wait_for 10 has_entry SMTPWATCH_UID=1200
	is "with its fields" "$(entries SMTPWATCH_UID=1200 | jq -r '[.SYSLOG_IDENTIFIER, .PRIORITY, .SYSLOG_FACILITY,
		.SMTPWATCH_RULE, .SMTPWATCH_PID, .SMTPWATCH_DESTINATION] | join(" ")')" \
		"smtpwatchd 4 2 direct-to-mx $client_pid $MX:25"
	is "and the line as stdout has it" "$(entries SMTPWATCH_UID=1200 | jq -r .MESSAGE)" \
		"$(grep '^ALERT .* uid=1200 ' "$DAEMON_OUT")"
	is "the syslog line that it is sent is the same" \
		"$(entries -t smtpwatchd _TRANSPORT=syslog | jq -r '[.PRIORITY, .SYSLOG_PID, .MESSAGE] | join(" ")')" \
		"4 $daemon_pid $(grep '^ALERT .* uid=1200 ' "$DAEMON_OUT")"
	stop_daemon
}

# As many lines as a pipe has no room for; fd 7 is the reader that does not read.
test_deaf_reader() {
	local fifo=$LAB/daemon.$((daemon_serial + 1)).out
	write_config '[syslog]' "socket = $SYSLOG"
	start_syslog
	mkfifo "$fifo"
	exec 7<>"$fifo"
	start_daemon json
	raise_alerts 1300 1399
	check "alerts go to syslog while nobody reads stdout" wait_for 5 is_logged 1399
	cat <&7 >"$LAB/late.out" &
	at_end kill "$!"
	exec 7<&-
	stop_daemon
	check "who reads late has all of it" wait_for 10 grep -q '"summary"' "$LAB/late.out"
	is "in whole lines" "$(jq -s 'map(select(.event.kind == "alert" and .event.action == "raised")) | length' \
		"$LAB/late.out")" 100
	check "which are more than a pipe holds" test "$(stat -c %s "$LAB/late.out")" -gt 65536
	is "and nothing was dropped" "$(grep -E "[1-9][0-9]* (lines )?were dropped|lines are dropped" "$DAEMON_ERR" || true)" ""
	kill "$syslog_pid"
}

need_daemon
lab_start
SYSLOG=$LAB/log
start_receivers discard "$MX" 25
test_rotation
test_command
test_hanging_command
test_refused_command
test_journal
test_deaf_reader
tap_done

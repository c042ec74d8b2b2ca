#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A restart, and a daemon that is killed, lose no counter and no incident: rows and alerts go on, what is open goes on to be
# counted where it began, and what nobody watched meanwhile is told.
set -euo pipefail
# shellcheck source=tests/system/lab.sh
source "${BASH_SOURCE[0]%/*}/lab.sh"
# shellcheck source=tests/system/world.sh
source "${BASH_SOURCE[0]%/*}/world.sh"
# shellcheck source=tests/system/php.sh
source "${BASH_SOURCE[0]%/*}/php.sh"
# shellcheck source=tests/system/ask.sh
source "${BASH_SOURCE[0]%/*}/ask.sh"

MAILER=1301
HOLDER=1302
UNSEEN=1303
SCRIPT=/wp-content/x.php
GROUPINGS=(script user process unit destination receiver)

spam() { # NETWORKS TIMES
	ask_fpm www "$SCRIPT" "first=0&networks=$1&times=$2" >"$LAB/spam.answer"
	wait_for 20 has_said "$is_end and .smtpwatch.script.path == \"$SHOP$SCRIPT\"" "$2" || true
}

# One that stays open over all restarts.
hold_connection() {
	start_in "$SERVER" "$LAB/held" setpriv --reuid "$HOLDER" --regid "$HOLDER" --clear-groups /usr/bin/python3 -c "
import socket, time
held = socket.create_connection(('$SMARTHOST', 587))
print('open', flush=True)
time.sleep(600)"
	held_pid=$started_pid
	wait_for 10 grep -q open "$LAB/held"
	wait_for 5 has_said "$is_attempt and .process.pid == $held_pid" || true
}

# What people see of all rows, but for what goes on by itself: numbers, the last minutes, the rule of the latest line.
picture() {
	local by
	for by in "${GROUPINGS[@]}"; do
		ask top -b -n 1 --json --by "$by" | jq -cS '.rows | map({name, verdict, counts, open, destinations,
			first, last, actor, incident: .alert.incident, severity: .alert.severity}) | sort_by(.name)[]'
	done
}

# What a row of scripts has.
row_of_script() { # FIELDS
	ask top -b -n 1 --json | jq -r --arg path "$SHOP$SCRIPT" ".rows[] | select(.name == \$path) | $1"
}

total() {
	ask top -b -n 1 --json | jq -r '.head.all.attempts'
}

shows_same() { # NAME
	picture >"$LAB/after"
	check "$1" diff "$LAB/before" "$LAB/after"
}

# Connections that nobody sees.
connect_unseen() { # TIMES
	local i
	for ((i = 0; i < $1; i++)); do
		run_client "$SERVER" "$UNSEEN" "$CLIENT" connect "$MX" 25
	done
}

# The state that the daemon wrote itself since its start.
has_written() {
	head -n 1 "$LAB/state" | grep -q 'stopped=0'
}

gap_of_log() {
	grep -o 'not watching from .*' "$DAEMON_ERR"
}

test_stop() {
	spam 2 10
	hold_connection
	incident=$(first_said "$is_spam" .smtpwatch.incident) || true # of many lines, head reads one
	like "the script has an incident" "$incident" '^[0-9a-z]{6}$'
	first_seen=$(row_of_script .first)
	attempts=$(total)
	picture >"$LAB/before"
	stop_daemon
	is "nothing is said to have ended" "$(count_said '.event.action == "ended"')" 0
	is "all is in a file of root's alone" "$(stat -c '%a %U' "$LAB/state")" "600 root"
	is "and nothing beside it" "$(find "$LAB" -name 'state*' | wc -l)" 1
}

test_start() {
	connect_unseen 7
	start_daemon json
	shows_same "a restart leaves all rows as they were"
	is "and the sum" "$(total)" "$attempts"
	is "what is open is told as such" "$(first_said "$is_attempt and .process.pid == $held_pid" .smtpwatch.adopted)" true
	is "and is open in its row" "$(ask top -b -n 1 --json --by user | jq -r ".rows[] | select(.name == \"$HOLDER\") |
		[.open, .counts.attempts] | join(\" \")")" "1 1"
	like "the log tells what was missed" "$(gap_of_log)" \
		'not watching from 20.*Z to 20.*Z \([0-9.ms]+\): the host opened 7 TCP connections meanwhile'
	is "and so do events" "$(first_said '.event.action == "gap"' .smtpwatch.connections)" 7
	like "and smtpwatch status" "$(ask status --json | jq -r '(.status // .).checks[] | select(.name == "gap") | .text')" \
		'^not watching from .*opened 7 TCP'
	is "with numbers" "$(ask status --json | jq -r '(.status // .).gap.connections')" 7
	asked "the incident is explained" 0 ask explain "$incident"
}

test_kill() {
	check "the state is written soon after the start" wait_for 10 has_written
	end_daemon KILL
	start_daemon json
	shows_same "a daemon that was killed loses nothing that was in the file"
	like "the log tells that it was" "$(gap_of_log)" 'not watching from some time after 20.*Z to 20.*Z \(at most '
}

test_worse() {
	spam 10 20
	check "it gets worse" wait_for 10 has_said "$is_spam and .rule.id == \"mx-fanout\" and .log.level == \"critical\""
	is "in its incident" "$(said "$is_spam" | jq -r .smtpwatch.incident | sort -u)" "$incident"
	is "which is not raised again by the same rule" "$(count_said "$is_spam and .event.action == \"raised\" and
		.rule.id == \"direct-to-mx\"")" 0
	is "the row counts on" "$(row_of_script '[.counts.attempts, .destinations, .first == '"$first_seen"'] |
		map(tostring) | join(" ")')" "30 10 true"
	asked "its explanation has all of it" 0 ask explain "$incident"
	like "from the first line on" "$(cat "$LAB/asked.out")" 'critical'
}

# One that is newer, one that is cut, and one that is none.
test_strange() {
	picture >"$LAB/before"
	stop_daemon
	cp "$LAB/state" "$LAB/kept"
	sed -i '1s/version=1/version=7/; 2i part name=moon\nphase of=moon new=1' "$LAB/state"
	sed -i 's/^row /row colour=green /; $i part name=tide\nebb flood=%%' "$LAB/state"
	start_daemon json
	shows_same "what a newer version wrote is read as far as it is known"
	stop_daemon
	head -c "$(($(stat -c %s "$LAB/kept") / 2))" "$LAB/kept" >"$LAB/state"
	start_daemon json
	like "one that is cut is told of" "$(cat "$DAEMON_ERR")" "$LAB/state:[0-9]+: the file ends here"
	stop_daemon
	head -c 100000 /dev/urandom >"$LAB/state"
	start_daemon json
	like "and one that is none" "$(cat "$DAEMON_ERR")" "$LAB/state is no state of smtpwatchd"
	stop_daemon
	chmod 666 "$LAB/state"
	start_daemon json
	like "and one that others can write to" "$(cat "$DAEMON_ERR")" "others than root may write to it"
	stop_daemon
}

need_daemon
need_client
need_php
lab_start
make_site
is_spam="$is_alert and .smtpwatch.script.path == \"$SHOP$SCRIPT\""
put_script mailing.php "$SCRIPT"
start_world
start_receivers discard "$MX" 25
start_fpm www "$MAILER" "$PHP_FPM" -n
write_config '[identity]' "$SITE_OPTION" '[state]' "file = $LAB/state" '[alerts]' 'lines = rule'
start_daemon json
test_stop
test_start
test_kill
test_worse
test_strange
tap_done

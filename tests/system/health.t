#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What `smtpwatch status` says of a daemon that sees all, of one that somebody has blinded, and of what it lacks; and that
# nothing else shows the self-test.
set -euo pipefail
# shellcheck source=tests/system/lab.sh
source "${BASH_SOURCE[0]%/*}/lab.sh"
# shellcheck source=tests/system/ask.sh
source "${BASH_SOURCE[0]%/*}/ask.sh"

PHP=$(readlink -f /usr/bin/php || true)

becomes() { # NAME CHECK STATE SECONDS
	if wait_for "$4" has_state "$2" "$3"; then
		ok "$1"
	else
		not_ok "$1" "$(cat "$STATUS" "$STATUS.err")"
	fi
}

overall() {
	jq -r '(.status // .).health' "$STATUS"
}

# ---- All is well

test_well() {
	check "the self-test is passed soon after the start" wait_for 5 has_text self-test '^passed at '
	ask_status
	is "all is well" "$(overall) $status_exit" "ok 0"
	is "a row for each part" "$(jq -r '(.status // .).checks[].name' "$STATUS" | grep -v '^php\|^sink' | paste -sd ,)" \
		"kernel,programs,self-test,records,capture,mail servers,rules,smarthosts,tables,clock,memory"
	is "what is well needs no advice" "$(jq -r '(.status // .).checks[] | select(.state == "ok") | .advice' "$STATUS" |
		tr -d '\n')" ""
	like "it names the kernel" "$(check_of kernel text)" "^$(uname -r)"
	like "it names what is attached, and what is not" "$(check_of programs text)" \
		'^attached: connection attempts.*exit; not configured: connect\(\) calls'
	like "and how many rules are in force" "$(check_of rules text)" '^[1-9][0-9]* rules, 0 allowances'
}

passed_at() {
	ask_status
	check_of self-test text | grep -o 'passed at [^,]*'
}

has_passed_later() { # THAN
	[[ $(passed_at) != "$1" ]]
}

test_again() {
	local first descriptors
	first=$(passed_at)
	descriptors=$(find "/proc/$daemon_pid/fd" -type l | wc -l)
	check "it is made again" wait_for 5 has_passed_later "$first"
	is "and leaves no descriptor behind" "$(find "/proc/$daemon_pid/fd" -type l | wc -l)" "$descriptors"
}

# Of the daemon that has made some by then.
test_unseen() {
	run_client "$SERVER" 1042 "$CLIENT" connect "$MX" 25
	wait_for 5 has_said "$is_end and .process.pid == $client_pid" || true
	stop_daemon
	is "its connections are told nowhere" "$(count_said '.destination.ip == "127.0.0.1"')" 0
	is "nor counted" "$(said '.event.action == "summary"' |
		jq -c '[.smtpwatch | .attempts, .established, .users, .books.seen]')" '[1,1,1,3]'
	check "nor in the books" books_balance
	check "the log does not show its port" grep -q 'watching ports 25 465 587 2525;' "$DAEMON_ERR"
}

# ---- Something is wrong

test_blinded() {
	start_daemon json
	check "before: the self-test is passed" wait_for 5 has_text self-test '^passed at '
	check "the kernel side is made to watch nothing" "$CLIENTS/blind.py" "$daemon_pid" ports
	becomes "blinded: the self-test finds it" self-test blind 20
	is "blinded: so says the whole, and the exit status" "$(overall) $status_exit" "blind 1"
	like "blinded: it says what to do" "$(check_of self-test advice)" 'restart smtpwatchd'
	check "blinded: the log says it" grep -q 'error: self-test: a connection of its own was not seen' "$DAEMON_ERR"
	stop_daemon
}

find_capture() {
	capture_pid=$(pgrep -P "$daemon_pid" -x smtpw-capture | head -n 1)
	[[ -n $capture_pid ]]
}

test_capture() {
	start_daemon json
	becomes "the capture runs" capture ok 10
	find_capture
	kill -STOP "$capture_pid"
	becomes "stopped: it is missed" capture blind 20
	like "stopped: for how long" "$(check_of capture text)" 'silent for [0-9]+ s'
	is "stopped: what is said is not seen" "$(overall) $status_exit" "blind 1"
	kill -CONT "$capture_pid"
	becomes "it goes on: all is well again" capture ok 10
	kill -KILL "$capture_pid"
	becomes "killed: it is missed" capture degraded 5
	check "killed: it runs again, and that is told for a while" wait_for 10 has_text capture '^running, restarted 1 times'
	is "killed: what was said meanwhile is not known" "$(check_of capture state)" degraded
	stop_daemon
	configure '[capture]' 'enabled = no'
	start_daemon json
	becomes "switched off: the configuration said so" capture off 5
	is "switched off: that is no failure" "$(overall) $status_exit" "off 0"
	stop_daemon
	configure
}

test_php() {
	if [[ -z $PHP ]]; then
		skip "PHP builds are listed" "php is missing"
		return
	fi
	start_daemon json
	wait_for 5 has_text php '^none found$' || diagnose "another PHP runs here: $(cat "$STATUS")"
	start_in "$SERVER" "$LAB/php.out" "$PHP" -n -r 'sleep(60);'
	check "PHP builds are listed" wait_for 5 has_text "php ${PHP##*/}" "^$PHP: its request record is read"
	kill "$started_pid"
	stop_daemon
}

configure() { # LINE...
	write_config '[watch]' 'self_test = 1s' "$@"
}

need_daemon
need_client
lab_start
start_receivers discard "$MX" 25
configure
start_daemon json
test_well
test_again
test_unseen
test_blinded
test_capture
test_php
tap_done

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What a program says about its script is its own word. A liar can neither hide who it is, nor harm the daemon, nor
# write a line of its own; files that only look like PHP do nothing to it, and a crowd does not keep it from starting.
set -euo pipefail
# shellcheck source=tests/system/lab.sh
source "${BASH_SOURCE[0]%/*}/lab.sh"
# shellcheck source=tests/system/php.sh
source "${BASH_SOURCE[0]%/*}/php.sh"

CROWD=10000
of_request='(.smtpwatch.script // {} | if .source == "argv" then {} else . end | .path, .url, .method)'
LIES=(innocent control unterminated unmapped kernel)

# Puts a program called php into a user's home, and has it run until the daemon has looked at it: what ends sooner is
# not looked into.
place_fake() {
	install -d -o 1500 -m 755 "$LAB/home"
	fake=$LAB/home/php
	install -o 1500 -m 755 "$FAKE_PHP" "$fake"
	start_in "$SERVER" "$LAB/resident.out" setpriv --reuid 1500 --regid 1500 --clear-groups \
		"$fake" crowd 1 "$LAB/never" "$MX"
	wait_for 10 grep -q '^the last is' "$LAB/resident.out"
	all_is_told
}

run_lie() { # UID WHAT
	run_client "$SERVER" "$1" "$fake" lie "$2" "$MX"
	[[ $client_status -eq 0 ]] || not_ok "the liar connects" "exit $client_status: $(<"$LAB/client.out")"
}

is_watching() {
	! is_gone "$daemon_pid" && all_is_told
}

# ---- Liars

# Whatever it says of its script, the rest comes from the kernel.
test_truth_remains() {
	local what uid=1500
	place_fake
	for what in "${LIES[@]}"; do
		run_lie $((++uid)) "$what"
		flagged "a record that lies ($what): who it is" "$client_pid" "$uid" "$fake" "$MX"
		is "a record that lies ($what): it is excused from nothing" \
			"$(first_said "$is_direct and $(by_pid "$client_pid")" .smtpwatch.role)" application
	done
}

test_claims() {
	local filter="$is_direct and .user.id =="
	is "what another's program says of its script is a claim" "$(first_said "$filter \"1501\"" \
		"$script_fields, .smtpwatch.script.claimed")" \
		"/var/www/innocent/index.php /index.php GET php-request false true"
	is "and so it is in the attempt" "$(first_said "$is_attempt and .user.id == \"1501\"" \
		'.smtpwatch.script.claimed')" true
	like "text in it is escaped" "$(first_said "$filter \"1502\"" .smtpwatch.script.path)" \
		'^/var/www/x\\x0aALERT a=b\\x1b\[31m\\xff\.php$'
	is "nothing is read where nothing is" "$(first_said "$filter \"1504\"" "$of_request")" "- - -"
	is "nor the kernel's memory" "$(first_said "$filter \"1505\"" "$of_request")" "- - -"
	run_client "$SERVER" 1510 "$PHP" "$SHOP/connect.php" "$MX"
	is "root's PHP is believed" "$(first_said "$is_direct and $(by_pid "$client_pid")" \
		'.smtpwatch.script.path, (.smtpwatch.script.claimed // false)')" "$SHOP/connect.php false"
}

# root's, but anybody may write to it.
test_writable() {
	install -d -m 755 "$LAB/open"
	install -m 777 "$PHP" "$LAB/open/php"
	chmod 777 "$LAB/open/php" # whatever the umask is
	run_client "$SERVER" 1511 "$LAB/open/php" -n "$SHOP/connect.php" "$MX"
	is "a PHP that anybody may change claims" "$(first_said "$is_direct and $(by_pid "$client_pid")" \
		'.smtpwatch.script.path, .smtpwatch.script.claimed')" "$SHOP/connect.php true"
}

test_no_control_characters() { # FORMAT
	is "no control character reaches the output ($1)" "$(LC_ALL=C grep -c '[[:cntrl:]]' "$DAEMON_OUT" || true)" 0
	is "nor what is told of files ($1)" "$(LC_ALL=C grep -c '[[:cntrl:]]' "$DAEMON_ERR" || true)" 0
}

test_text() {
	run_lie 1520 control
	wait_for 5 grep -q "^ALERT .* pid=$client_pid " "$DAEMON_OUT" || true
	like "the lie is in the line" "$(grep "^ALERT .* pid=$client_pid " "$DAEMON_OUT" || true)" \
		' script="/var/www/x\\x0aALERT a=b\\x1b\[31m\\xff\.php" '
	is "it makes no line of its own" "$(grep -c '^ALERT a=b' "$DAEMON_OUT" || true)" 0
	test_no_control_characters text
}

# ---- Files that are named like PHP

# Runs a file as it is, as a program called php that connects, and checks that it is flagged like any other.
flagged_lookalike() { # NAME UID FILE
	local place=$LAB/lookalike.$2
	install -d -m 755 "$place"
	install -m 755 "$3" "$place/php"
	run_client "$SERVER" "$2" "$place/php" connect "$MX" 25
	flagged "$1" "$client_pid" "$2" "$place/php" "$MX"
	is "$1: no request is made up" "$(first_said "$is_direct and $(by_pid "$client_pid")" "$of_request")" "- - -"
	check "$1: the daemon looks at it and goes on" is_watching
}

# Overwrites bytes of an ELF file's header.
deface() { # FILE OFFSET BYTES
	printf '%b' "$3" | dd of="$1" bs=1 seek="$2" conv=notrunc status=none
}

test_lookalikes() {
	local file=$LAB/lookalike
	strip -o "$file" "$CLIENT"
	flagged_lookalike "a stripped program" 1531 "$file"
	deface "$file" 40 '\xff\xff\xff\xff\xff\xff\xff\x7f' # e_shoff: the sections are nowhere
	flagged_lookalike "a program without sections" 1532 "$file"
	deface "$file" 58 '\x01\x00\xff\xff\xff\xff' # e_shentsize, e_shnum, e_shstrndx
	flagged_lookalike "a program with too many" 1533 "$file"
	cp "$CLIENT" "$file"
	truncate -s 3G "$file" # with a hole
	flagged_lookalike "a large program" 1534 "$file"
}

test_text_file() {
	local place=$LAB/text
	install -d -m 755 "$place"
	printf '#!/bin/sh\nexec "$@"\n' >"$place/php"
	chmod 755 "$place/php"
	run_client "$SERVER" 1535 "$place/php" "$CLIENT" connect "$MX" 25
	flagged "a text file called php that starts another program" "$client_pid" 1535 "$CLIENT" "$MX"
	mkfifo "$place/php-cgi" # which nobody writes to: whoever opens it waits
	run_client "$SERVER" 1536 env --chdir="$place" "$CLIENT" connect "$MX" 25
	check "it waits for no file" is_watching
}

# It is another file by the time somebody looks.
test_replaced() {
	local run place=$LAB/replaced
	install -d -m 755 "$place"
	for run in 1 2 3 4 5; do
		cp "$FAKE_PHP" "$place/php"
		run_client "$SERVER" $((1540 + run)) sh -c '"$1" lie innocent "$2" & rm "$1"; mkfifo "$1"; wait; rm "$1"' \
			- "$place/php" "$MX" || true
	done
	check "files that change under its eyes" is_watching
}

# ---- Very many

# They are there when it starts, and all of them have to be looked at.
test_crowd() {
	local last crowd_pid
	install -d -m 755 "$LAB/crowd"
	install -m 755 "$FAKE_PHP" "$LAB/crowd/php"
	start_in "$SERVER" "$LAB/crowd.out" setpriv --reuid 1550 --regid 1550 --clear-groups \
		"$LAB/crowd/php" crowd "$CROWD" "$LAB/crowd.go" "$MX"
	crowd_pid=$started_pid
	if ! wait_for 60 grep -q '^the last is' "$LAB/crowd.out"; then
		skip "$CROWD PHP processes" "they cannot be started: $(<"$LAB/crowd.out")"
		return
	fi
	last=$(sed -n 's/^the last is //p' "$LAB/crowd.out")
	if ! start_daemon json; then
		not_ok "the daemon starts beside $CROWD PHP processes"
		return
	fi
	ok "the daemon starts beside $CROWD PHP processes"
	touch "$LAB/crowd.go"
	told_script "and names the script of the last of them" "$is_direct and $(by_pid "$last")" \
		/var/www/one/of/many.php /many.php GET php-request
	kill "$crowd_pid"
	wait_for 30 is_gone "$last"
	stop_daemon
}

need_daemon
need_php
lab_start
make_site
build_php_clients
put_script connect.php /connect.php
start_receivers discard "$MX" 25
write_config '[identity]' "$SITE_OPTION" '[alerts]' 'cooldown = 1m'
start_daemon json
test_truth_remains
test_claims
test_writable
test_lookalikes
test_text_file
test_replaced
check "every line is a JSON object" only_json
test_no_control_characters json
stop_daemon
check "the books balance" books_balance
start_daemon text
test_text
stop_daemon
test_crowd
tap_done

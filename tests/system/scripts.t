#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A script is named for what it started, however that came about and however long it lives; and for nothing else: not
# for what its worker does later. Where PHP's record of its request cannot be found, there are other ways to know.
set -euo pipefail
# shellcheck source=tests/system/lab.sh
source "${BASH_SOURCE[0]%/*}/lab.sh"
# shellcheck source=tests/system/php.sh
source "${BASH_SOURCE[0]%/*}/php.sh"

SEND=() # what a child runs, less the subject
PATCHED_FPM=
PATCHED_PHP=

encoded() { # TEXT
	jq -rn --arg text "$1" '$text | @uri'
}

# Has a script of the site run a command, in one of the ways of clients/spawn.php.
spawn() { # FPM HOW COMMAND
	ask_fpm "$1" /spawn.php "how=$2&command=$(encoded "$3")"
}

# ---- Children

# The alert about a child of spawn.php: it is Perl that connects, for the script that serves /spawn.php.
flagged_child() { # NAME UID [SOURCE]
	local filter="$is_direct and .user.id == \"$2\" and .process.executable == \"$PERL\""
	told_script "$1" "$filter" "$SHOP/spawn.php" /spawn.php GET "${3:-php-request}" true
	is "$1: its site" "$(first_said "$filter" .smtpwatch.site)" "$SITE"
}

test_children() {
	local how uid=1400
	for how in exec shell_exec popen proc_open; do
		start_fpm "$how" $((++uid)) "$PHP_FPM"
		spawn "$how" "$how" "${SEND[*]} by-$how" >"$LAB/spawn.out"
		check "$how(): the mail arrived" wait_for 5 has_mail "$MX" 25 "Subject: by-$how"
		flagged_child "$how()" "$uid"
	done
}

# It lives on while the worker serves others, and connects only then.
test_survivor() {
	local child
	start_fpm nohup 1405 "$PHP_FPM"
	child=$(spawn nohup nohup "while ! test -e $LAB/go; do sleep 0.05; done; exec ${SEND[*]} by-nohup" |
		sed -n 's/^ran //p')
	for _ in 1 2 3; do
		ask_fpm nohup /hold.php >/dev/null
	done
	is "a child that outlives its request has not connected yet" \
		"$(count_said "$is_attempt and .user.id == \"1405\"")" 0
	touch "$LAB/go"
	check "and does later" wait_for 5 has_mail "$MX" 25 "Subject: by-nohup"
	is "it is the process that was left behind" "$(first_said "$is_direct and .user.id == \"1405\"" .process.pid)" \
		"$child"
	flagged_child "a child that outlives its request" 1405
}

# ---- A worker's own connections, outside its requests and in the next one

# The script in the newest of a worker's connections to an address, of which there are so many by now.
told_at() { # NAME PID ADDRESS TIMES PATH URL METHOD SOURCE
	local filter
	filter="$is_attempt and $(by_pid "$2") and .destination.ip == \"$3\""
	wait_for 5 has_said "$filter" "$4" || true
	is "$1" "$(count_said "$filter") $(last_said "$filter" "$script_fields")" "$4 $5 $6 $7 $8 false"
}

test_turns() { # FPM SOURCE
	local pid
	pid=$(ask_fpm "$1" /connect.php "to=$MX" | answering_pid)
	[[ -n $pid ]] || not_ok "$1: the worker answers"
	told_at "$1: the first script" "$pid" "$MX" 1 "$SHOP/connect.php" /connect.php GET "$2"
	connect_between_requests "$pid"
	told_nothing_at "$1: between requests there is no script" "$pid" 1
	ask_fpm "$1" /news/connect.php "to=$MX" >/dev/null
	told_at "$1: the second script" "$pid" "$MX" 2 "$SHOP/news/connect.php" /news/connect.php GET "$2"
	ask_fpm "$1" /hold.php "connect=$IDLE_TRIGGER.$pid" >/dev/null
	told_at "$1: another thread, during a request" "$pid" "$MX_SECOND" 2 "$SHOP/hold.php" /hold.php GET "$2"
	connect_between_requests "$pid"
	told_nothing_at "$1: and after it" "$pid" 3
}

# What is left of the record then is the URL; the script's path is no longer in it.
test_shutdown_function() {
	local pid
	pid=$(ask_fpm before /shutdown.php "to=$MX_THIRD" | answering_pid)
	like "a function for the request's end" "$(first_said "$is_attempt and .destination.ip == \"$MX_THIRD\"" \
		".process.pid, $script_fields")" "^$pid (-|$SHOP/shutdown.php) /shutdown.php GET php-request false$"
}

# ---- Without PHP's record of its request

# Its threads are not PHP's, and the probe speaks for the thread that passes it.
test_probes() {
	local pid answer
	if ! has_php_probes "$PHP_FPM"; then
		skip "PHP's probes" "this PHP was built without them"
		return
	fi
	if ! grep -q bpf_get_attach_cookie /proc/kallsyms; then # Linux 5.15: what libbpf knows a probe of a PIE program by
		skip "PHP's probes" "the kernel has no bpf_get_attach_cookie()"
		return
	fi
	pid=$(ask_fpm probed /connect.php "to=$MX" | answering_pid)
	flagged_request "by PHP's probes, php-fpm" "$pid" /connect.php GET php-probe
	connect_between_requests "$pid"
	told_nothing_at "by PHP's probes, between requests" "$pid" 1
	ask_fpm probed /news/connect.php "to=$MX" >/dev/null
	told_at "by PHP's probes, the second script" "$pid" "$MX" 2 "$SHOP/news/connect.php" /news/connect.php GET php-probe
	check "by PHP's probes: that they are used is told" grep -q 'is a PHP whose request cannot be read' "$DAEMON_ERR"
	spawn probed exec "${SEND[*]} by-probed" >/dev/null
	flagged_child "by PHP's probes, a child" 1411 php-probe
	start_builtin_server 1412 8081 "$PATCHED_PHP" -n
	answer=$(ask_web GET "http://$SERVER_ADDRESS:8081/connect.php?to=$MX") || true
	flagged_request "by PHP's probes, the built-in server" "$(answering_pid <<<"$answer")" /connect.php GET php-probe
	run_client "$SERVER" 1413 "$PATCHED_PHP" -n "$SHOP/connect.php" "$MX" # the same file, so it is known by now
	told_script "by PHP's probes, the command line" "$is_direct and $(by_pid "$client_pid")" \
		"$SHOP/connect.php" - - php-probe
}

test_neither() {
	local pid
	pid=$(ask_fpm unprobed /connect.php "to=$MX" | answering_pid)
	is "neither record nor probes, php-fpm: its pool" "$(first_said "$is_direct and $(by_pid "$pid")" \
		'.smtpwatch.script.source, .smtpwatch.script.pool, .smtpwatch.script.path, .smtpwatch.script.url')" \
		"fpm-pool unprobed - -"
	run_client "$SERVER" 1421 "$PATCHED_PHP" -n "$SHOP/connect.php" "$MX"
	told_script "neither record nor probes, the command line: its arguments" \
		"$is_direct and $(by_pid "$client_pid")" "$SHOP/connect.php" - - argv
	connect_between_requests "$builtin_pid" # it has no script in its arguments, and was there before the daemon
	is "not even those: the working directory" "$(first_said "$is_direct and $(by_pid "$builtin_pid")" \
		'.smtpwatch.script.source, .process.working_directory, .smtpwatch.site')" "cwd $SHOP $SITE"
	run_client "$SERVER" 1423 "$PHP" "$SHOP/connect.php" "$MX"
	told_script "a PHP with its record needs no probes" "$is_direct and $(by_pid "$client_pid")" \
		"$SHOP/connect.php" - - php-request
}

# ---- Other interpreters, and what becomes of the file

test_interpreters() {
	run_client "$SERVER" 1431 "${SEND[@]}" by-perl
	told_script "Perl's script" "$is_direct and $(by_pid "$client_pid")" "$CLIENTS/send.pl" - - argv
	run_client "$SERVER" 1432 env --chdir="$CLIENTS" /usr/bin/python3 ./send.py "$MX" by-python
	told_script "Python's script, relative to where it ran" "$is_direct and $(by_pid "$client_pid")" \
		"$CLIENTS/send.py" - - argv
	run_client "$SERVER" 1433 "$PERL" -MIO::Socket::INET -e 'IO::Socket::INET->new("$ARGV[0]:25")' "$MX"
	is "perl -e has no script of its own" "$(first_said "$is_direct and $(by_pid "$client_pid")" "($script | .path)")" -
	run_client "$SERVER" 1434 "$CLIENT" connect "$MX" 25
	is "what is no interpreter has none" "$(first_said "$is_direct and $(by_pid "$client_pid")" \
		"$script_fields")" "- - - - false"
}

test_deleted_script() {
	local pid
	install -d -o 1415 -m 755 "$SHOP/gone"
	install -o 1415 -m 644 "$CLIENTS/connect.php" "$SHOP/gone/x.php"
	pid=$(ask_fpm after /gone/x.php "to=$MX_THIRD&first=unlink" | answering_pid)
	is "a script that took itself away" "$(first_said \
		"$is_attempt and $(by_pid "$pid") and .destination.ip == \"$MX_THIRD\"" \
		'.smtpwatch.script.path, .smtpwatch.script.deleted')" "$SHOP/gone/x.php true"
}

need_daemon
need_php
lab_start
make_site
build_php_clients
SEND=("$PERL" "$CLIENTS/send.pl" "$MX")
PATCHED_FPM=$LAB/${PHP_FPM##*/}
PATCHED_PHP=$LAB/${PHP##*/}
put_script spawn.php /spawn.php
put_script hold.php /hold.php
put_script shutdown.php /shutdown.php
put_script connect.php /connect.php
put_script connect.php /news/connect.php
start_sink "$MX"
start_receivers discard "$MX_SECOND" 25 discard "$MX_THIRD" 25
start_fpm before 1410 "${IDLE[@]}" "$PHP_FPM"
hide_request_record "$PHP_FPM" "$PATCHED_FPM" || not_ok "php-fpm runs without its record's name"
hide_request_record "$PHP" "$PATCHED_PHP" || not_ok "php runs without its record's name"
start_fpm probed 1411 "${IDLE[@]}" "$PATCHED_FPM" -n
start_fpm unprobed 1420 "$PATCHED_FPM" -n
write_config '[identity]' "$SITE_OPTION"
start_daemon json
start_fpm after 1415 "${IDLE[@]}" "$PHP_FPM"

test_children
test_survivor
test_turns before php-request
test_turns after php-request
test_shutdown_function
test_probes
test_interpreters
test_deleted_script
stop_daemon
check "the books balance" books_balance
start_builtin_server 1422 8084 env --chdir="$SHOP" "${IDLE[@]}" "$PATCHED_PHP" -n
write_config '[identity]' "$SITE_OPTION" 'php_probes = no'
start_daemon json
test_neither
check "every line is a JSON object" only_json
stop_daemon
tap_done

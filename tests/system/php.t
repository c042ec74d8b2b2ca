#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# An alert names the script, the URL and the site, whichever way PHP is run: also where PHP was started before the
# daemon, after it, or by a binary that came later.
set -euo pipefail
# shellcheck source=tests/system/lab.sh
source "${BASH_SOURCE[0]%/*}/lab.sh"
# shellcheck source=tests/system/php.sh
source "${BASH_SOURCE[0]%/*}/php.sh"

UPLOADED=/wp-content/uploads/2026/11/x.php
APACHE_PORT=8082
APACHE_USER=sw$$-apache
LATE_RUNS=20

# The pid that a request's answer tells, once its mail has arrived.
sent() { # NAME SUBJECT ANSWER
	check "$1: the mail arrived" wait_for 5 has_mail "$MX" 25 "Subject: $2"
	sender=$(answering_pid <<<"$3")
}

# ---- php-fpm

test_behind_nginx() {
	local name="php-fpm behind nginx" answer
	if ! find_nginx; then
		skip "$name" "$unavailable"
		return
	fi
	start_nginx 8080 www
	answer=$(ask_web POST "http://$SERVER_ADDRESS:8080$UPLOADED?to=$MX&subject=by-nginx") || true
	sent "$name" by-nginx "$answer"
	flagged_request "$name: the script, and its URL without the query" "$sender" "$UPLOADED" POST
	is "$name: the site, the program and the user" "$(first_said "$is_direct and $(by_pid "$sender")" \
		'.smtpwatch.site, .process.executable, .user.id, .smtpwatch.role')" "$SITE $PHP_FPM 1201 application"
	is "$name: a script among the uploads is an alert of its own" "$(first_said \
		"$is_alert and .rule.id == \"upload-script\" and $(by_pid "$sender")" ".user.id, $script_fields")" \
		"1201 $SHOP$UPLOADED $UPLOADED POST php-request false"
	told_script "$name: the attempt has it too" "$is_attempt and $(by_pid "$sender")" \
		"$SHOP$UPLOADED" "$UPLOADED" POST php-request
	told_script "$name: and so has its end" "$is_end and $(by_pid "$sender")" \
		"$SHOP$UPLOADED" "$UPLOADED" POST php-request
}

# Who connects when the visitor has got the answer does so in the same request.
test_after_the_answer() {
	local pid
	pid=$(ask_fpm after /connect.php "to=$MX&first=answer" | answering_pid)
	flagged_request "php-fpm, after the answer" "$pid" /connect.php GET
	is "a script elsewhere is not one among the uploads" \
		"$(count_said "$is_alert and .rule.id == \"upload-script\" and $(by_pid "$pid")")" 0
}

# ---- PHP's other ways

# Some leave the pointers of their record when they free what these point to.
freed_at() { # NAME PID
	connect_between_requests "$2"
	told_nothing_at "$1: between requests there is no script" "$2" 1
	is "$1: nor a URL, nor a method" "$(last_said \
		"$is_attempt and $(by_pid "$2") and .destination.ip == \"$MX_SECOND\"" "$script_fields")" "- - - - false"
}

test_builtin_server() {
	local name="PHP's built-in server" answer
	start_builtin_server 1211 8081 "${IDLE[@]}" "$PHP"
	answer=$(ask_web GET "http://$SERVER_ADDRESS:8081/news/send.php?to=$MX&subject=by-builtin") || true
	sent "$name" by-builtin "$answer"
	flagged_request "$name" "$sender" /news/send.php GET
	freed_at "$name" "$sender"
}

test_command_line() {
	run_client "$SERVER" 1212 "$PHP" "$SHOP/send.php" "$MX" by-cli
	sent "php on the command line" by-cli "$(<"$LAB/client.out")"
	told_script "php on the command line" "$is_direct and $(by_pid "$client_pid")" "$SHOP/send.php" - - php-request
	is "its site" "$(first_said "$is_direct and $(by_pid "$client_pid")" .smtpwatch.site)" "$SITE"
	run_client "$SERVER" 1213 env --chdir="$SHOP" "$PHP" news/../connect.php "$MX"
	told_script "a path relative to the working directory" "$is_direct and $(by_pid "$client_pid")" \
		"$SHOP/connect.php" - - php-request
	run_client "$SERVER" 1214 "$PHP" -r "fclose(fsockopen('$MX', 25));"
	is "php -r has no script, and none is made up" "$(first_said "$is_direct and $(by_pid "$client_pid")" \
		'.smtpwatch.script.path, .smtpwatch.script.one_liner')" "- true"
}

test_cgi() {
	if ! find_php_cgi; then
		skip "php-cgi" "$unavailable"
		return
	fi
	run_client "$SERVER" 1215 env REDIRECT_STATUS=200 GATEWAY_INTERFACE=CGI/1.1 REQUEST_METHOD=GET \
		SCRIPT_FILENAME="$SHOP/news/send.php" SCRIPT_NAME=/news/send.php \
		QUERY_STRING="to=$MX&subject=by-cgi" "$PHP_CGI"
	sent "php-cgi" by-cgi "$(<"$LAB/client.out")"
	flagged_request "php-cgi" "$sender" /news/send.php GET
}

test_fast_cgi() {
	local pid
	if ! find_php_cgi; then
		skip "php-cgi that stays" "$unavailable"
		return
	fi
	start_in "$SERVER" "$LAB/fcgi.out" setpriv --reuid 1216 --regid 1216 --clear-groups \
		env PHP_FCGI_CHILDREN=1 "$PHP_CGI" -b "$SERVER_ADDRESS:8083"
	wait_for 10 listens "$SERVER" "$SERVER_ADDRESS" 8083
	pid=$(SCRIPT_FILENAME=$SHOP/connect.php SCRIPT_NAME=/connect.php REQUEST_METHOD=GET QUERY_STRING="to=$MX" \
		in_net "$SERVER" cgi-fcgi -bind -connect "$SERVER_ADDRESS:8083" | answering_pid)
	flagged_request "php-cgi that stays" "$pid" /connect.php GET
}

# ---- Apache

apache_sends() { # NAME SUBJECT
	local answer
	answer=$(ask_web POST "http://$SERVER_ADDRESS:$APACHE_PORT/news/send.php?to=$MX&subject=$2") || true
	sent "$1" "$2" "$answer"
	told_script "$1" "$is_attempt and $(by_pid "$sender") and .destination.ip == \"$MX\"" \
		"$SHOP/news/send.php" /news/send.php POST php-request
}

# Apache loads its modules some time after it was started, so the daemon looks again every few seconds. Until it has seen
# them it names no script, and never a wrong one.
apache_is_known() {
	local filter="$is_attempt and .destination.ip == \"$MX_THIRD\"" before
	before=$(count_said "$filter")
	ask_web GET "http://$SERVER_ADDRESS:$APACHE_PORT/connect.php?to=$MX_THIRD"
	wait_for 2 has_said "$filter" $((before + 1))
	[[ $(last_said "$filter" "$script_fields") != "- - - - false" ]]
}

get_apache_known() { # NAME
	check "$1: it is found" wait_for 10 apache_is_known
	is "$1: until then no other script is named" "$(said "$is_attempt and .destination.ip == \"$MX_THIRD\"" |
		jq -r "$script | .path // empty" | sort -u)" "$SHOP/connect.php"
}

test_apache() {
	local first
	get_apache_known "Apache's module"
	apache_sends "Apache's module" by-apache
	first=$sender
	freed_at "Apache's module" "$first"
	is "and the program is Apache" "$(first_said "$is_direct and $(by_pid "$first")" \
		'.process.executable, .user.id')" "$APACHE $(id -u "$APACHE_USER")"
	check "Apache restarts gracefully" restart_apache_gracefully "$APACHE_PORT"
	get_apache_known "Apache's module, loaded again"
	apache_sends "Apache's module, loaded again" by-apache-again
	[[ $first != "$sender" ]] || not_ok "Apache has a new worker"
}

# ---- A PHP that the daemon does not know

# Each copy is a file that nobody has seen, and its first run is short.
test_later_binaries() {
	local name=php-later run path named=0
	for ((run = 1; run <= LATE_RUNS; run++)); do
		path=$LAB/later.$run
		install -d -m 755 "$path"
		install -m 755 "$PHP" "$path/$name"
		run_client "$SERVER" $((1300 + run)) "$path/$name" -n "$SHOP/connect.php" "$MX"
		rm -f "$path/$name"
		[[ $(first_said "$is_direct and $(by_pid "$client_pid")" "$script_fields") != \
			"$SHOP/connect.php - - php-request false" ]] || named=$((named + 1))
	done
	# The daemon has as long as PHP takes to start: where something else has the processors, one may be quicker.
	check "a PHP that was installed later: its first script is named ($named of $LATE_RUNS)" \
		test "$named" -ge $((LATE_RUNS * 9 / 10))
}

# As a container has it: a root of its own, where PHP is another file than the host's.
test_contained() {
	local root=$LAB/root name
	install -d -m 755 "$root" "$root"/{usr,etc,dev,proc,srv,srv/www}
	for name in bin sbin lib lib32 lib64 libx32; do
		[[ ! -L /$name ]] || cp -a "/$name" "$root/$name"
	done
	install -m 755 "$PHP" "$root/php"
	install -m 644 "$CLIENTS/connect.php" "$root/srv/www/x.php"
	start_in "$SERVER" "$LAB/contained.out" unshare --mount --pid --fork --propagation private sh -c \
		'mount --bind /usr "$1/usr" && mount --bind "$1/php" "$1$2" &&
		exec chroot --userspec=1217:1217 --groups= "$1" "$2" -n /srv/www/x.php "$3"' - "$root" "$PHP" "$MX"
	wait "$started_pid" || true
	told_script "PHP in a container's file system" "$is_direct and .user.id == \"1217\"" \
		/srv/www/x.php - - php-request
}

need_daemon
need_php
lab_start
make_site
build_php_clients
put_script send.php "$UPLOADED"
put_script send.php /send.php
put_script send.php /news/send.php
put_script connect.php /connect.php
start_sink "$MX"
start_receivers discard "$MX_SECOND" 25 discard "$MX_THIRD" 25
start_fpm www 1201 "$PHP_FPM"
write_config '[identity]' "$SITE_OPTION"
start_daemon json
start_fpm after 1202 "$PHP_FPM"

test_behind_nginx
test_after_the_answer
test_builtin_server
test_command_line
test_cgi
test_fast_cgi
if find_apache; then
	ensure_user "$APACHE_USER"
	at_end lab_end_processes # before their user goes
	start_apache "$APACHE_PORT" "$APACHE_USER" "${IDLE[@]}"
	test_apache
	stop_daemon
	start_daemon json
	apache_sends "Apache's module, loaded before the daemon began" by-apache-before
else
	skip "Apache's module" "$unavailable"
fi
test_later_binaries
test_contained
check "every line is a JSON object" only_json
stop_daemon
check "the books balance" books_balance
tap_done

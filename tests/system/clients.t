#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Who goes direct to MX is flagged, whatever it is written in and whatever it calls itself: with the right
# user, executable and destination.
set -euo pipefail
# shellcheck source=tests/system/lab.sh
source "${BASH_SOURCE[0]%/*}/lab.sh"

PHP=$(readlink -f /usr/bin/php || true)
PERL=$(readlink -f /usr/bin/perl)
PYTHON=$(readlink -f /usr/bin/python3)
PHP_FPM=$(compgen -G '/usr/sbin/php-fpm?*' | tail -n 1 || true)

# Runs a client that sends a real mail, and checks that it arrived: an alert about a mail that went.
send_mail() { # UID SUBJECT COMMAND...
	run_client "$SERVER" "$1" "${@:3}"
	check "$2: the mail arrived" wait_for 5 has_mail "$MX" 25 "Subject: $2"
}

test_scripts() {
	send_mail 1101 by-php "$PHP" "$CLIENTS/send.php" "$MX" by-php
	flagged "PHP's fsockopen() on the command line" "$client_pid" 1101 "$PHP" "$MX"
	send_mail 1102 by-perl "$PERL" "$CLIENTS/send.pl" "$MX" by-perl
	flagged "Perl's Net::SMTP" "$client_pid" 1102 "$PERL" "$MX"
	send_mail 1103 by-python "$PYTHON" "$CLIENTS/send.py" "$MX" by-python
	flagged "Python's smtplib" "$client_pid" 1103 "$PYTHON" "$MX"
	is "its command line is told" \
		"$(first_said "$is_alert and .process.pid == $client_pid" .process.command_line)" \
		"$PYTHON $CLIENTS/send.py $MX by-python"
}

# mail() runs what sendmail_path says, with or without a shell between: it is that child who connects, and PHP
# is one of its ancestors.
test_php_mail() {
	local filter="$is_alert and .user.id == \"1104\""
	send_mail 1104 by-mail "$PHP" -d "sendmail_path=$CLIENTS/sendmail.pl $MX" "$CLIENTS/mail.php" by-mail
	is "PHP's mail() through a script" \
		"$(first_said "$filter" '.rule.id, .user.id, .process.executable, .destination.ip')" \
		"direct-to-mx 1104 $PERL $MX"
	is "and PHP is named among its ancestors" "$(first_said "$filter" \
		"[.process.parent, .smtpwatch.ancestors[]][] | select(.pid == $client_pid) | .name")" "${PHP##*/}"
}

test_php_fpm() {
	local name=www-data pid
	if [[ -z $PHP_FPM ]] || ! type -P cgi-fcgi >/dev/null || ! id "$name" >/dev/null; then
		skip "PHP under php-fpm" "php-fpm, cgi-fcgi or the user $name is missing"
		return
	fi
	cat >"$LAB/fpm.conf" <<-END
		[global]
		error_log = $LAB/fpm.log
		[www]
		user = $name
		group = $name
		listen = $LAB/fpm.socket
		pm = static
		pm.max_children = 1
	END
	start_in "$SERVER" "$LAB/fpm.out" "$PHP_FPM" --nodaemonize --fpm-config "$LAB/fpm.conf"
	wait_for 10 test -S "$LAB/fpm.socket"
	SCRIPT_FILENAME=$CLIENTS/send.php REQUEST_METHOD=GET QUERY_STRING="to=$MX&subject=by-fpm" \
		cgi-fcgi -bind -connect "$LAB/fpm.socket" >"$LAB/fpm.answer"
	check "by-fpm: the mail arrived" wait_for 5 has_mail "$MX" 25 "Subject: by-fpm"
	pid=$(sed -n 's/^sent by process //p' "$LAB/fpm.answer")
	flagged "PHP's fsockopen() under php-fpm" "$pid" "$(id -u "$name")" "$PHP_FPM" "$MX"
	is "the user is named" "$(first_said "$is_alert and .process.pid == $pid" .user.name)" "$name"
}

test_users() {
	run_client "$SERVER" 1105 "$CLIENT" connect "$MX" 25
	flagged "a C program" "$client_pid" 1105 "$CLIENT" "$MX"
	run_client "$SERVER" 0 "$CLIENT" connect "$MX" 25
	flagged "root is not trusted for being root" "$client_pid" 0 "$CLIENT" "$MX"
	is "and named" "$(first_said "$is_alert and .process.pid == $client_pid" '.user.name, .smtpwatch.role')" \
		"root application"
}

# A change of user on the way: what counts is who it is when it connects.
test_change_of_user() {
	local copy=$LAB/setuid-client
	run_client "$SERVER" 0 "$CLIENT" as 1106 connect "$MX" 25
	flagged "a process of root that became another user" "$client_pid" 1106 "$CLIENT" "$MX"
	install -m 4755 "$CLIENT" "$copy"
	if findmnt -no OPTIONS -T "$copy" | grep -qw nosuid; then
		skip "a setuid program" "$LAB is mounted nosuid"
		return
	fi
	run_client "$SERVER" 1107 "$copy" connect "$MX" 25
	flagged "a setuid-root program is its caller's" "$client_pid" 1107 "$copy" "$MX"
	if ! type -P sudo >/dev/null; then
		skip "sudo to another user" "sudo is not installed"
		return
	fi
	start_in "$SERVER" "$LAB/client.out" sudo -n -u nobody "$CLIENT" connect "$MX" 25
	wait "$started_pid" || true
	is "sudo to another user" "$(first_said "$is_alert and .user.name == \"nobody\"" \
		'.user.id, .process.executable')" "$(id -u nobody) $CLIENT"
}

# A name proves nothing: neither the file's, nor the thread's, nor the first argument.
test_masquerade() {
	local name uid=1110
	for name in smtp master; do
		install -m 755 "$CLIENT" "$LAB/$name"
		run_client "$SERVER" $((++uid)) "$LAB/$name" connect "$MX" 25
		flagged "a file named $name" "$client_pid" "$uid" "$LAB/$name" "$MX"
	done
	run_client "$SERVER" 1113 "$CLIENT" named smtp connect "$MX" 25
	flagged "a thread named smtp" "$client_pid" 1113 "$CLIENT" "$MX"
	is "its name is told all the same" "$(first_said "$is_alert and .process.pid == $client_pid" .process.name)" smtp
	# shellcheck disable=SC2016 # the inner shell expands it
	run_client "$SERVER" 1114 bash -c 'exec -a /usr/lib/postfix/sbin/smtp "$@"' - "$CLIENT" connect "$MX" 25
	flagged "a first argument that is Postfix's path" "$client_pid" 1114 "$CLIENT" "$MX"
}

# Three networks are a delivery to many, and the alert rises.
test_rising() {
	local address
	for address in "$MX" "$MX_SECOND" "$MX_ELSEWHERE" "$MX_IPV6"; do
		run_client "$SERVER" 1120 "$CLIENT" connect "$address" 25
	done
	is "at the third network the alert rises" "$(first_said \
		"$is_alert and .user.id == \"1120\" and .event.action == \"risen\"" \
		'.rule.id, .log.level, .destination.ip, .smtpwatch.count')" "direct-to-mx high $MX_IPV6 4"
}

# The line an administrator greps for.
test_text() {
	local line
	stop_daemon
	start_daemon text
	run_client "$SERVER" 33 "$CLIENT" connect "$MX" 25
	wait_for 5 grep -q "^ALERT .* pid=$client_pid " "$DAEMON_OUT" || true
	line=$(grep "^ALERT .* pid=$client_pid " "$DAEMON_OUT" || true)
	like "the alert as text" "$line" "^ALERT rule=direct-to-mx severity=warning user=$(id -un 33) uid=33 \
pid=$client_pid exe=$CLIENT .*dst=$MX:25 count=1 networks=1 incident=[0-9a-z]+ phase=raised "
	run_client "$SERVER" 1121 "$CLIENT" connect "$MX_IPV6" 25
	check "IPv6 in brackets" wait_for 5 grep -qF "dst=[$MX_IPV6]:25 count=1" "$DAEMON_OUT"
}

# A name that would write a line of its own, or paint the terminal.
test_hostile_name() {
	local name=$'x\nALERT a=b\e[2J'
	run_client "$SERVER" 1122 "$CLIENT" named "$name" connect "$MX" 25
	check "a hostile name is escaped" wait_for 5 grep -qF "comm=\"x\\x0aALERT a=b\\x1b[" "$DAEMON_OUT"
	is "it makes no line" "$(grep -c '^ALERT a=b' "$DAEMON_OUT" || true)" 0
	is "no control character reaches the output" "$(LC_ALL=C grep -c '[[:cntrl:]]' "$DAEMON_OUT" || true)" 0
}

need_daemon
lab_start
start_sink "$MX"
start_receivers discard "$MX_SECOND" 25 discard "$MX_ELSEWHERE" 25 discard "$MX_IPV6" 25
write_config '[alerts]' 'cooldown = 1m'
start_daemon json
test_scripts
test_php_mail
test_php_fpm
test_users
test_change_of_user
test_masquerade
test_rising
check "every line is a JSON object" only_json
test_text
test_hostile_name
stop_daemon
like "the summary at the end" "$(sed -n '/^watched for/,$p' "$DAEMON_OUT")" '^watched for .*attempts.*records: seen [0-9]+ = delivered [0-9]+'
tap_done

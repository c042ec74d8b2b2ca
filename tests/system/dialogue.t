#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What is said on a connection is told with who said it: by a script under php-fpm, with AUTH and with TLS, and by Postfix.
# What is nobody's business is in no output and in no memory.
set -euo pipefail
# shellcheck source=tests/system/lab.sh
source "${BASH_SOURCE[0]%/*}/lab.sh"
# shellcheck source=tests/system/mailservers.sh
source "${BASH_SOURCE[0]%/*}/mailservers.sh"
# shellcheck source=tests/system/php.sh
source "${BASH_SOURCE[0]%/*}/php.sh"
# shellcheck source=tests/system/dialogue.sh
source "${BASH_SOURCE[0]%/*}/dialogue.sh"

SCRIPT=/news/dialogue.php
BODY=lab-body
PORT=8080

said_fields='.smtpwatch.dialogue | .ehlo, .mail_domain, .rcpt_domain, .rcpt_count, .accepted, .refusals, .unknown_recipients,
	.quit'

# ---- A script

ask_script() { # QUERY
	ask_web GET "http://$SERVER_ADDRESS:$PORT$SCRIPT?$1" | answering_pid
}

# A connection raises the alert before anything was said on it; when it ends, a second line has that.
test_script() {
	local pid direct
	pid=$(ask_script "to=$MX&rcpts=2&nobody=1")
	direct="$is_direct and $(by_pid "$pid")"
	told_script "a script's dialogue: its end names script and URL" "$is_end and $(by_pid "$pid")" \
		"$SHOP$SCRIPT" "$SCRIPT" GET php-request
	is "and the site, and what was said" "$(first_said "$is_end and $(by_pid "$pid")" \
		".smtpwatch.site, .source.ip, .destination.ip, ($said_fields)")" \
		"$SITE $SERVER_ADDRESS $MX shop.example shop.example mx.example 3 1 1 1 true"
	is "and the latest refusal" "$(first_said "$is_end and $(by_pid "$pid")" \
		'.smtpwatch.reply | .code, .enhanced, .text, .stage')" "550 5.1.1 User unknown rcpt"
	is "which was told when it came" "$(first_said ".event.action == \"reply\" and $(by_pid "$pid")" \
		".smtpwatch.reply.code, $script_fields")" "550 $SHOP$SCRIPT $SCRIPT GET php-request false"
	is "the alert was raised before anything was said" \
		"$(first_said "$direct" '.event.action, .smtpwatch.dialogue.ehlo')" "raised -"
	is "and its next line has script, URL, site and what was said" "$(first_said \
		"$direct and .event.action == \"continuing\"" "($script | .path, .url), .smtpwatch.site, ($said_fields)")" \
		"$SHOP$SCRIPT $SCRIPT $SITE shop.example shop.example mx.example 3 1 1 1 true"
}

test_bad_helo() {
	local pid
	pid=$(ask_script "to=$MX&helo=localhost")
	told_script "EHLO localhost is an alert that names the script" \
		"$is_alert and .rule.id == \"bad-helo\" and $(by_pid "$pid")" "$SHOP$SCRIPT" "$SCRIPT" GET php-request
	is "and the name" "$(first_said "$is_alert and .rule.id == \"bad-helo\" and $(by_pid "$pid")" \
		'.log.level, .smtpwatch.dialogue.ehlo, .smtpwatch.evidence')" \
		"warning localhost EHLO localhost to $MX, not in the world's DNS"
}

has_line() { # REGEX
	grep -Eq "$1" "$DAEMON_OUT"
}

# The same as text.
test_text() {
	local pid who
	pid=$(ask_script "to=$MX&rcpts=2&nobody=1")
	who="1201 $PHP_FPM\[$pid\] -> $MX:25"
	wait_for 5 has_line "closed .*$who" || true
	like "text: the end has what was said" "$(grep -E "closed .*$who" "$DAEMON_OUT")" \
		" helo=shop.example mail=shop.example rcpt=mx.example rcpts=3 accepted=1 refused=0 reply=\"550 5.1.1 User unknown\""
	like "the refusal has a line" "$(grep -E "reply .*$who" "$DAEMON_OUT")" "at rcpt: \"550 5.1.1 User unknown\""
	wait_for 5 has_line "ALERT rule=direct-to-mx .* phase=continuing" || true
	like "and the alert has script, URL, site and what was said" \
		"$(grep -E "ALERT rule=direct-to-mx .* phase=continuing" "$DAEMON_OUT" | head -n 1)" \
		" uid=1201 pid=$pid exe=$PHP_FPM site=$SITE script=$SHOP$SCRIPT url=$SCRIPT method=GET dst=$MX:25 .* helo=shop.example \
mail=shop.example rcpt=mx.example rcpts=3 accepted=1 refused=0 reply=\"550 5.1.1 User unknown\" "
}

# ---- TLS

by_smtplib() { # UID STATEMENTS
	run_client "$SERVER" "$1" /usr/bin/python3 -c "import smtplib, ssl
tls = ssl._create_unverified_context()
def send(smtp):
    smtp._host = 'mx.example'
    if not isinstance(smtp, smtplib.SMTP_SSL):
        smtp.starttls(context=tls)
    smtp.sendmail('spam@shop.example', ['user@mx.example'], 'Subject: news\\r\\n\\r\\n' + '$BODY\\r\\n' * 4000)
    smtp.quit()
$2"
	[[ $client_status -eq 0 ]] || diagnose "$(<"$LAB/client.out")"
}

told_tls() { # NAME UID KIND EHLO
	is "$1: that it is, and for whom; and no more" "$(first_said "$is_end and .user.id == \"$2\"" \
		'(.smtpwatch.dialogue | .tls, .server_name, .ehlo, .mail_domain, .accepted), .smtpwatch.outcome')" \
		"$3 mx.example $4 - - closed"
	check "$1: bytes go on counting" test "$(first_said "$is_end and .user.id == \"$2\"" .source.bytes)" -gt 40000
}

test_tls() {
	by_smtplib 1421 "send(smtplib.SMTP('$MX', 25, 'shop.example'))"
	told_tls STARTTLS 1421 starttls shop.example
	by_smtplib 1422 "class Named(smtplib.SMTP_SSL):
    def _get_socket(self, *arguments):
        self._host = 'mx.example'
        return super()._get_socket(*arguments)
send(Named('$MX', 465, 'shop.example', context=tls))"
	told_tls "port 465" 1422 implicit -
}

# ---- Postfix

test_postfix() {
	if ! place_postfix; then
		skip "Postfix" "$unavailable"
		return
	fi
	configure_postfix
	start_postfix
	send_by_postfix "user@[$MX_ELSEWHERE]" by-postfix
	wait_for 10 has_said "$is_end and .destination.ip == \"$MX_ELSEWHERE\"" || true
	is "Postfix's dialogue is told" "$(first_said "$is_end and .destination.ip == \"$MX_ELSEWHERE\"" \
		".process.executable, .smtpwatch.role, ($said_fields)")" \
		"/usr/lib/postfix/sbin/smtp mta server.example server.example [$MX_ELSEWHERE] 1 1 - - true"
	is "and raises nothing" "$(count_said "$is_alert and .process.executable == \"/usr/lib/postfix/sbin/smtp\"")" 0
}

need_daemon
need_php
lab_start
find_nginx || skip_all "$unavailable"
make_site
build_php_clients
put_script dialogue.php "$SCRIPT"
make_certificate
start_dialogue_servers "$MX" "$MX_SECOND" "$MX_ELSEWHERE" "$MX:465"
start_fpm www 1201 "$PHP_FPM"
start_nginx "$PORT" www
write_config '[identity]' "$SITE_OPTION"
start_daemon json
test_script
test_bad_helo
test_tls
test_postfix
check "every line is a JSON object" only_json
stop_daemon
check "the books balance" books_balance
write_config '[alerts]' 'lines = rule' '[identity]' "$SITE_OPTION"
start_daemon text
test_text
stop_daemon
tap_done

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Mail that is handed to a real Postfix or Exim is told, once for each message, with the script that wrote it. It is no
# delivery to the world, until it is too many; and what a mail server does for itself is none of it.
set -euo pipefail
# shellcheck source=tests/system/lab.sh
source "${BASH_SOURCE[0]%/*}/lab.sh"
# shellcheck source=tests/system/mailservers.sh
source "${BASH_SOURCE[0]%/*}/mailservers.sh"
# shellcheck source=tests/system/php.sh
source "${BASH_SOURCE[0]%/*}/php.sh"

SENDMAIL=/usr/sbin/sendmail
LINKED=/usr/sbin/sw$$-mail # the same file under another name
SITE_USER=sw$$-shop        # mail servers want a user with a name
FLOOD_USER=$SITE_USER-2
SMTP_USER=$SITE_USER-3
RATE=30                    # messages in the window, from which on it is an alert

# ---- What is told

submissions_of() { # USER
	printf '%s and .user.name == "%s"' "$is_submission" "$1"
}

# Runs something that hands over a mail, and leaves in $submitted how many submissions were told of it.
submitted=
while_submitting() { # COMMAND...
	local before
	all_is_told
	before=$(count_said "$is_submission")
	"$@"
	all_is_told
	submitted=$(($(count_said "$is_submission") - before))
}

# That a mail is at its receiver, and that one submission was told of it, with who and which script.
handed_over() { # NAME SUBJECT RECEIVER EXECUTABLE USER SCRIPT
	check "$1: the mail arrives" wait_for 10 has_mail "$3" 25 "Subject: $2"
	is "$1: it is one submission" "$submitted" 1
	is "$1: by whom, and for which script" \
		"$(last_said "$is_submission" ".process.executable, .user.name, $script_fields")" "$4 $5 $6"
}

no_submission() { # NAME COMMAND...
	while_submitting "${@:2}" >"$LAB/no-submission.out" 2>&1 || diagnose "$(<"$LAB/no-submission.out")"
	is "$1: no submission" "$submitted" 0
}

as_user() { # USER COMMAND...
	run_client "$SERVER" "$(id -u "$1")" "${@:2}"
	[[ $client_status -eq 0 ]] || diagnose "exit $client_status: $(<"$LAB/client.out")"
}

as_site() { # COMMAND...
	as_user "$SITE_USER" "$@"
}

# Under php-fpm, on the command line, and from Perl.
test_scripts() { # NAME RECEIVER EXECUTABLE
	local request="$SHOP/mail.php /mail.php GET php-request true"
	while_submitting ask_fpm www /mail.php "subject=$1-fpm" >"$LAB/fpm.answer"
	handed_over "$1, mail() under php-fpm" "$1-fpm" "$2" "$3" "$SITE_USER" "$request"
	is "$1: the site" "$(last_said "$is_submission" .smtpwatch.site)" "$SITE"
	while_submitting as_site "$PHP" -d "sendmail_path=$SENDMAIL -t -i" "$SHOP/mail.php" "$1-cli"
	handed_over "$1, mail() on the command line" "$1-cli" "$2" "$3" "$SITE_USER" \
		"$SHOP/mail.php - - php-request true"
	while_submitting as_site "$PERL" "$CLIENTS/handover.pl" "$SENDMAIL" "$1-perl"
	handed_over "$1, from Perl" "$1-perl" "$2" "$3" "$SITE_USER" "$CLIENTS/handover.pl - - argv true"
	is "$1: none of it goes direct to MX" "$(count_said "$is_direct and (.user.name // \"\" | startswith(\"$SITE_USER\"))")" 0
}

# ---- Postfix

# Whoever speaks to the local server by SMTP submits as well: that is told as the connection it is, and counts.
test_by_smtp() {
	local filter="$is_alert and .rule.id == \"submission-rate\" and .user.name == \"$SMTP_USER\"" i
	as_user "$SMTP_USER" "$PHP" "$SHOP/send.php" 127.0.0.1 by-smtp
	check "by SMTP to the local Postfix: the mail arrives" wait_for 10 has_mail "$MX" 25 "Subject: by-smtp"
	told_script "by SMTP to the local Postfix: the script" "$is_attempt and $(by_pid "$client_pid")" \
		"$SHOP/send.php" - - php-request
	is "and where it went" "$(first_said "$is_attempt and $(by_pid "$client_pid")" \
		'.destination.ip, .destination.port')" "127.0.0.1 25"
	for ((i = 2; i < RATE; i++)); do
		as_user "$SMTP_USER" "$PHP" -n "$SHOP/connect.php" 127.0.0.1
	done
	all_is_told
	is "they are not too many yet" "$(count_said "$filter")" 0
	as_user "$SMTP_USER" "$PHP" -n "$SHOP/connect.php" 127.0.0.1
	is "and then too many" "$(first_said "$filter" '.process.executable')" "$PHP"
	is "nothing of it goes direct to MX" "$(count_said "$is_direct and .user.name == \"$SMTP_USER\"")" 0
}

test_linked() {
	lab_placed+=("$LINKED")
	at_end rm -f "$LINKED"
	ln "$SENDMAIL" "$LINKED"
	while_submitting as_site "$PERL" "$CLIENTS/handover.pl" "$LINKED" linked
	handed_over "a hard link of sendmail" linked "$MX" "$LINKED" "$SITE_USER" \
		"$CLIENTS/handover.pl - - argv true"
}

test_postfix_itself() {
	local name=$LAB/mailq
	ln -s "$SENDMAIL" "$name"
	no_submission "a queue run" in_net "$SERVER" "$SENDMAIL" -q
	no_submission "a look at the queue" in_net "$SERVER" "$SENDMAIL" -bp
	no_submission "mailq" in_net "$SERVER" "$name"
	is "deliveries are none, and raise nothing" \
		"$(count_said "($is_submission or $is_alert) and .process.executable == \"/usr/lib/postfix/sbin/smtp\"")" 0
}

# ---- Exim

install_exim() {
	if [[ " ${lab_placed[*]} " == *" $SENDMAIL "* ]]; then
		rm -f "$SENDMAIL" # Postfix's, put there by this test
	elif [[ -e $SENDMAIL || -L $SENDMAIL ]]; then
		unavailable="there is a $SENDMAIL here already, and it is left alone"
		return 1
	else
		lab_placed+=("$SENDMAIL")
		at_end rm -f "$SENDMAIL"
	fi
	ln -s exim4 "$SENDMAIL"
	configure_exim "$MX_ELSEWHERE"
}

start_exim() {
	start_in "$SERVER" "$LAB/exim.out" /usr/sbin/exim4 -bdf -q1s -oX 127.0.0.1.2525
	wait_for 10 listens "$SERVER" 127.0.0.1 2525
}

exim_has_run_its_queue() {
	grep -q 'End queue run' "$EXIM/log/mainlog"
}

test_exim_itself() {
	no_submission "Exim's daemon, and a queue run that it starts" exim_runs_as_daemon
	no_submission "a queue run of Exim's by hand" in_net "$SERVER" /usr/sbin/exim4 -q
	no_submission "a look at Exim's queue" in_net "$SERVER" "$SENDMAIL" -bp
	is "Exim's deliveries raise nothing" "$(count_said "$is_alert and .process.executable == \"/usr/sbin/exim4\"")" 0
}

exim_runs_as_daemon() {
	start_exim
	wait_for 10 exim_has_run_its_queue
}

# ---- Too many

test_rate() {
	local filter="$is_alert and .rule.id == \"submission-rate\" and .user.name == \"$FLOOD_USER\""
	while_submitting ask_fpm flood /mail.php "subject=some&times=$((RATE - 1))" >"$LAB/flood.answer"
	is "each of many mails is a submission" "$submitted" $((RATE - 1))
	is "they are not too many yet" "$(count_said "$filter")" 0
	while_submitting ask_fpm flood /mail.php 'subject=more&times=5' >"$LAB/flood.answer"
	check "the last arrives" wait_for 20 has_mail "$1" 25 "Subject: more-5."
	is "too many are one alert, which names the script" \
		"$(count_said "$filter") $(first_said "$filter" ".user.name, $script_fields")" \
		"1 $FLOOD_USER $SHOP/mail.php /mail.php GET php-request true"
}

need_daemon
need_php
lab_start
make_site
build_php_clients
put_script mail.php /mail.php
put_script send.php /send.php
put_script connect.php /connect.php
start_sink "$MX"
start_sink "$MX_ELSEWHERE"
ensure_user "$SITE_USER"
ensure_user "$FLOOD_USER"
ensure_user "$SMTP_USER"
if ! place_postfix || ! install_postfix "relayhost = [$MX]"; then
	postfix_unavailable=${unavailable:-"a mail server's files are here already, and are left alone"}
fi
start_fpm www "$SITE_USER" "$PHP_FPM" -d "sendmail_path=$SENDMAIL -t -i"
start_fpm flood "$FLOOD_USER" "$PHP_FPM" -d "sendmail_path=$SENDMAIL -t -i"
write_config '[identity]' "$SITE_OPTION"
start_daemon json

if [[ -z ${postfix_unavailable:-} ]]; then
	no_submission "Postfix's start" start_installed_postfix
	test_scripts Postfix "$MX" "$SENDMAIL"
	test_by_smtp
	test_linked
	test_postfix_itself
	test_rate "$MX"
else
	skip "submissions to Postfix" "$postfix_unavailable"
fi
if place_exim && install_exim; then
	test_scripts Exim "$MX_ELSEWHERE" /usr/sbin/exim4
	test_exim_itself
else
	skip "submissions to Exim" "$unavailable"
fi
check "every line is a JSON object" only_json
stop_daemon
check "the books balance" books_balance
tap_done

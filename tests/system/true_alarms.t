#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Spammers, each in the way of one that was described, and each as a user of his own: the rule that should find him
# does, within the time that it promises, counted from what he did by the times in the lines themselves.
set -euo pipefail
# shellcheck source=tests/system/lab.sh
source "${BASH_SOURCE[0]%/*}/lab.sh"
# shellcheck source=tests/system/mailservers.sh
source "${BASH_SOURCE[0]%/*}/mailservers.sh"
# shellcheck source=tests/system/world.sh
source "${BASH_SOURCE[0]%/*}/world.sh"
# shellcheck source=tests/system/php.sh
source "${BASH_SOURCE[0]%/*}/php.sh"

AT_ONCE=1000 # ms from the act to the line

BURST=sw$$-burst     # many networks
FLOOD=sw$$-flood     # many connections to few
LOCAL=sw$$-local     # by the local mail server
STOLEN=www-data      # with other people's accounts, as the web server's user
STOLEN_SITE=sw$$-stolen # the same as a site's own user
GUESSER=sw$$-guess   # tries passwords
CHURN=sw$$-churn     # with many names
CHANGED=(1701 1702 1703 1704 1705 1706 1707 1708 1709 1710 1711 1712)

# ---- When, by the lines themselves

milliseconds='(.["@timestamp"] | (.[0:19] + "Z" | fromdate) * 1000 + (.[20:23] | tonumber))'

# The time of the Nth line that a filter picks; nothing when there are fewer.
time_said() { # FILTER N
	said "$1" | jq "$milliseconds" | sed -n "$2p"
}

# That a rule has spoken so loud of a user, and how long after his Nth act.
found() { # NAME USER RULE SEVERITY ACT N
	found_of "$1" ".user.name == \"$2\"" "${@:3}"
}

# The same of whomever a filter picks.
found_of() { # NAME WHO RULE SEVERITY ACT N
	local alert="$is_alert and $2 and .rule.id == \"$3\" and .log.level == \"$4\"" from at
	wait_for 5 has_said "$alert" || true
	from=$(time_said "$5" "$6")
	at=$(time_said "$alert" 1)
	if [[ -z $from || -z $at ]]; then
		not_ok "$1: $3 $4" "no such alert, or no act number $6; alerts: $(said "$is_alert and $2" | counted)"
	elif ((at < from || at - from > AT_ONCE)); then
		not_ok "$1: $3 $4" "it speaks $((at - from)) ms after act $6"
	else
		ok "$1: $3 $4, $((at - from)) ms after act $6"
	fi
}

alerts_of() { # USER
	said "$is_alert and .user.name == \"$1\"" | counted
}

# Alerts, each kind with how often it was said.
counted() {
	jq -r '"\(.rule.id) \(.log.level) \(.event.action)"' | sort | uniq -c | sed 's/^ *//' | paste -sd,
}

tell() { # USER
	diagnose "lines about $1: $(alerts_of "$1")"
}

connects() { # USER [PORT]
	printf '%s and .user.name == "%s" and .destination.port == %d' "$is_attempt" "$1" "${2:-25}"
}

# Whatever the user did is told.
has_acted() { # USER TIMES [PORT]
	check "$1 acts" wait_for 20 has_said "$(connects "$1" "${3:-25}")" "$2"
}

# ---- The scenes

test_burst() {
	ask_fpm burst /mailing.php 'first=0&networks=12&times=12' >"$LAB/burst.answer"
	has_acted "$BURST" 12
	found "a burst" "$BURST" direct-to-mx warning "$(connects "$BURST")" 1
	found "a burst" "$BURST" direct-to-mx high "$(connects "$BURST")" 3
	found "a burst" "$BURST" mx-fanout critical "$(connects "$BURST")" 10
	is "it names the script" "$(first_said "$is_direct and .user.name == \"$BURST\"" \
		'.smtpwatch.script.path, .smtpwatch.site')" "$SHOP/mailing.php $SITE"
	tell "$BURST"
}

# Two networks are not many, but twenty connections in a minute are.
test_flood() {
	ask_fpm flood /mailing.php 'first=20&networks=2&times=22' >"$LAB/flood.answer"
	has_acted "$FLOOD" 22
	found "a flood" "$FLOOD" direct-to-mx warning "$(connects "$FLOOD")" 1
	found "a flood" "$FLOOD" mx-fanout critical "$(connects "$FLOOD")" 20
	is "two networks do not make it high" \
		"$(count_said "$is_direct and .user.name == \"$FLOOD\" and .log.level == \"high\"")" 0
	tell "$FLOOD"
}

test_local() {
	local submits="$is_submission and .user.name == \"$LOCAL\""
	ask_fpm local /mail.php 'subject=offer&times=101' >"$LAB/local.answer"
	check "$LOCAL acts" wait_for 20 has_said "$submits" 101
	found "by the local mail server" "$LOCAL" submission-rate warning "$submits" 30
	found "by the local mail server" "$LOCAL" submission-rate critical "$submits" 100
	is "and nothing else" "$(said "$is_alert and .user.name == \"$LOCAL\"" | jq -r .rule.id | sort -u)" \
		submission-rate
	tell "$LOCAL"
}

# The provider's 587 under STARTTLS: all that is to be seen is that there are three of them.
steals() { # POOL USER
	local address
	for address in "${WORLD_PROVIDERS[@]:0:3}"; do
		ask_fpm "$1" /mailer.php "host=$address&to=victim@mx.example&tls=1" >>"$LAB/stolen.answer"
	done
	has_acted "$2" 3 587
	found "with stolen accounts as $2" "$2" stolen-submission high "$(connects "$2" 587)" 3
	tell "$2"
}

test_stolen() {
	steals stolen "$STOLEN"
	steals stolen-site "$STOLEN_SITE"
}

test_guesser() {
	local i to="host=${WORLD_PROVIDERS[3]}&to=victim@mx.example" refused
	refused="$is_event and .event.action == \"reply\" and .user.name == \"$GUESSER\" and .smtpwatch.reply.code == 535"
	for i in 1 2 3 4 5; do
		ask_fpm guess /mailer.php "$to&password=wrong$i" >>"$LAB/guess.answer"
	done
	check "$GUESSER is refused" wait_for 10 has_said "$refused" 5
	found "with wrong passwords" "$GUESSER" stolen-submission high "$refused" 5
	is "it says with what" "$(first_said "$is_alert and .user.name == \"$GUESSER\"" .smtpwatch.evidence)" \
		"5 failed AUTH in 1 h"
	tell "$GUESSER"
}

test_changed_user() {
	local uid i=0 words=()
	for uid in "${CHANGED[@]}"; do
		words+=("$uid=198.18.$((40 + i)).25")
		i=$((i + 1))
	done
	start_in "$SERVER" "$LAB/client.out" setsid /usr/bin/python3 "$CLIENTS/change_user.py" "${words[@]}"
	client_pid=$started_pid
	wait "$client_pid" || diagnose "$(<"$LAB/client.out")"
	wait_for 10 has_said "$is_end and .process.pid == $client_pid" "${#CHANGED[@]}" || true
	is "one that changes its user is told as each of them" "$(said "$is_direct and .process.pid == $client_pid and
		.log.level == \"warning\" and .event.action == \"raised\"" | jq -r .user.id | paste -sd' ')" "${CHANGED[*]}"
	diagnose "lines about it: $(said "$is_alert and .process.pid == $client_pid" | counted)"
	found_of "one that changes its user" ".process.pid == $client_pid" user-churn critical \
		"$is_attempt and .process.pid == $client_pid" 3
}

test_churn() {
	local i greets="$is_end and .user.name == \"$CHURN\""
	for i in 1 2 3 4 5; do
		run_client "$SERVER" "$(id -u "$CHURN")" /usr/bin/python3 "$CLIENTS/talk.py" "198.18.6$i.25" 1 \
			"EHLO mail.customer$i.example" "MAIL FROM:<a@customer$i.example>" "RCPT TO:<victim@mx.example>" QUIT
	done
	check "$CHURN acts" wait_for 10 has_said "$greets" 5
	found "with many names" "$CHURN" helo-churn warning "$(connects "$CHURN")" 3
	found "with many names" "$CHURN" helo-churn critical "$(connects "$CHURN")" 5
	tell "$CHURN"
}

need_daemon
need_php
lab_start
make_site
put_script mailing.php /mailing.php
put_script mailer.php /mailer.php
put_script mail.php /mail.php
for user in "$BURST" "$FLOOD" "$LOCAL" "$STOLEN" "$STOLEN_SITE" "$GUESSER" "$CHURN"; do
	ensure_user "$user"
done
add_domain mx.example 198.18.3.25
start_world
start_fpm burst "$BURST" "$PHP_FPM"
start_fpm flood "$FLOOD" "$PHP_FPM"
start_fpm local "$LOCAL" "$PHP_FPM" -d "sendmail_path=/usr/sbin/sendmail -t -i"
start_fpm stolen "$STOLEN" "$PHP_FPM"
start_fpm stolen-site "$STOLEN_SITE" "$PHP_FPM"
start_fpm guess "$GUESSER" "$PHP_FPM"
write_config '[watch]' "smarthost = $SMARTHOST" '[identity]' "$SITE_OPTION"
start_daemon json
if place_postfix && install_postfix "relayhost = [$SMARTHOST]"; then
	start_installed_postfix
	test_local
else
	skip "by the local mail server" "${unavailable:-a mail server is here already, and is left alone}"
fi
test_burst
test_flood
test_stolen
test_guesser
test_changed_user
test_churn
check "every line is a JSON object" only_json
stop_daemon
check "the books balance" books_balance
tap_done

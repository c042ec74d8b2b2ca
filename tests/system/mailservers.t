#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Real mail servers that deliver raise nothing. What only looks like them, or is misused, does.
set -euo pipefail
# shellcheck source=tests/system/lab.sh
source "${BASH_SOURCE[0]%/*}/lab.sh"
# shellcheck source=tests/system/mailservers.sh
source "${BASH_SOURCE[0]%/*}/mailservers.sh"

POSTFIX_SMTP=/usr/lib/postfix/sbin/smtp

# What is known of the deliveries to a receiver: executable, user, role; and how many alerts there were.
trusted() { # NAME EXECUTABLE USER DESTINATION
	is "$1: told, and recognised" "$(first_said "$is_attempt and .destination.ip == \"$4\"" \
		'.process.executable, .user.name, .user.id, .smtpwatch.role')" "$2 $3 $(id -u "$3") mta"
	all_is_told
	is "$1: no alert" "$(count_said "$is_alert and .process.executable == \"$2\"")" 0
}

test_postfix() {
	configure_postfix
	start_postfix
	send_by_postfix "user@[$MX]" by-postfix
	check "Postfix delivers" wait_for 10 has_mail "$MX" 25 "Subject: by-postfix"
	trusted Postfix "$POSTFIX_SMTP" postfix "$MX"
	like "the event has Postfix's parent" \
		"$(first_said "$is_attempt and .destination.ip == \"$MX\"" .process.parent.name)" '^master$'
}

# An upgrade replaces the files of a Postfix that runs on: its idle client is used for the next mail. The
# daemon begins only then, so it has not seen that client before.
test_upgraded_postfix() {
	local name old
	old=$(first_said "$is_attempt and .destination.ip == \"$MX\"" .process.pid)
	for name in smtp lmtp; do
		cp -a "$POSTFIX_SMTP" "$LAB/$name.new"
		mv "$LAB/$name.new" "${POSTFIX_SMTP%/*}/$name"
	done
	stop_daemon
	start_daemon json
	send_by_postfix "user@[$MX_SECOND]" by-upgraded-postfix
	check "Postfix delivers during an upgrade" \
		wait_for 10 has_mail "$MX_SECOND" 25 "Subject: by-upgraded-postfix"
	trusted "Postfix, its file replaced" "$POSTFIX_SMTP" postfix "$MX_SECOND"
	is "by the process of the old file" \
		"$(first_said "$is_attempt and .destination.ip == \"$MX_SECOND\"" .process.pid)" "$old"
}

# The true path and the true user, but in a mount namespace of its own, where the file is another.
in_forged_place() { # COMMAND...: of the client that stands where Postfix's does
	local place
	place=$(mktemp -d -p "$LAB") # one for each, so that each file has an inode of its own
	chmod 755 "$place"
	install -m 755 "$CLIENT" "$place/smtp"
	start_in "$SERVER" "$LAB/client.out" unshare --mount --propagation private \
		sh -c 'mount --bind "$1" "${2%/*}" && shift && exec "$@"' - "$place" "$POSTFIX_SMTP" "$@"
	wait "$started_pid" || true
}

test_forged_path() {
	local postfix
	postfix=$(id -u postfix)
	in_forged_place as "$postfix" connect "$MX" 25
	flagged "a forged $POSTFIX_SMTP in another mount namespace" "$started_pid" "$postfix" "$POSTFIX_SMTP" "$MX"
	in_forged_place unlinked as "$postfix" connect "$MX" 25
	flagged "the same, as if it were upgraded" "$started_pid" "$postfix" "$POSTFIX_SMTP" "$MX"
}

test_not_the_file() {
	run_client "$SERVER" "$(id -u postfix)" "$CLIENT" connect "$MX" 25
	flagged "Postfix's user with another program" "$client_pid" "$(id -u postfix)" "$CLIENT" "$MX"
}

test_exim() {
	configure_exim "$MX_ELSEWHERE"
	send_by_exim root user@example.org by-exim-for-root
	check "Exim delivers for root" wait_for 10 has_mail "$MX_ELSEWHERE" 25 "Subject: by-exim-for-root"
	send_by_exim www-data user@example.org by-exim-for-a-user
	check "Exim delivers for a user" wait_for 10 has_mail "$MX_ELSEWHERE" 25 "Subject: by-exim-for-a-user"
	trusted Exim /usr/sbin/exim4 Debian-exim "$MX_ELSEWHERE"
	is "both deliveries are told" "$(count_said "$is_attempt and .destination.ip == \"$MX_ELSEWHERE\"")" 2
}

# The true program, but used by a user for his own ends: then it has his uid.
test_misused_exim() {
	local mail='EHLO x\r\nMAIL FROM:<>\r\nRCPT TO:<a@b>\r\nDATA\r\nSubject: by-misused-exim\r\n\r\n.\r\nQUIT\r\n'
	run_client "$SERVER" "$(id -u www-data)" /usr/sbin/exim4 -be "\${readsocket{inet:$MX_THIRD:25}{$mail}}"
	check "a user sends by Exim's string expansion" wait_for 10 has_mail "$MX_THIRD" 25 "Subject: by-misused-exim"
	flagged "and is flagged" "$client_pid" "$(id -u www-data)" /usr/sbin/exim4 "$MX_THIRD"
}

need_daemon
lab_start
start_sink "$MX"
start_sink "$MX_SECOND"
start_sink "$MX_ELSEWHERE"
start_sink "$MX_THIRD"
place_postfix || postfix_unavailable=$unavailable
place_exim || exim_unavailable=$unavailable
write_config '[alerts]' 'cooldown = 1m'
start_daemon json

if [[ -z ${postfix_unavailable:-} ]]; then
	test_postfix
	test_upgraded_postfix
	test_forged_path
	test_not_the_file
else
	skip "Postfix delivers and raises nothing" "$postfix_unavailable"
fi
if [[ -z ${exim_unavailable:-} ]]; then
	test_exim
	test_misused_exim
else
	skip "Exim delivers and raises nothing" "$exim_unavailable"
fi
stop_daemon
tap_done

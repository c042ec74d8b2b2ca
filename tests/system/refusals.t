#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What receivers answer: every text by which one says that this host is blocked is known for that, and what only looks
# like it raises nothing.
set -euo pipefail
# shellcheck source=tests/system/lab.sh
source "${BASH_SOURCE[0]%/*}/lab.sh"
# shellcheck source=tests/system/dialogue.sh
source "${BASH_SOURCE[0]%/*}/dialogue.sh"

TABLE=$REPOSITORY/userspace/capture/replies.psv
ELSEWHERE=198.51.100.7 # an address that is not this host's

is_reply='.event.kind == "event" and .event.action == "reply"'
is_blocked="$is_alert and .rule.id == \"blocked\""
is_throttled="$is_alert and .rule.id == \"throttled\""

# Has a receiver give all replies of these classes, of a table or of the shipped one, and leaves what is to be made of
# them in $LAB/client.out.
be_refused() { # UID ADDRESS CLASSES [TABLE]
	install -m 644 "${4:-$TABLE}" "$LAB/table.psv"
	run_client "$SERVER" "$1" /usr/bin/python3 "$CLIENTS/refused.py" "$ANSWERS" "$2" "$LAB/table.psv" "$3"
	[[ $client_status -eq 0 ]] || diagnose "$(<"$LAB/client.out")"
	has_ended "$1" "$(wc -l <"$LAB/client.out")"
}

# A row of the shipped table.
shipped_row() { # RECEIVER CLASS TEXT
	grep "^$1|.*|$2\$" "$TABLE" | grep -F -- "$3" | head -n 1
}

# A row of the administrator's, of all stages.
row() { # RECEIVER CODE TEXT CLASS
	printf '%s|any|%s||%s|%s\n' "$@"
}

# "TEXT|CLASS|RECEIVER" of the refusals that were told of a user.
classified() { # UID
	said "$is_reply and .user.id == \"$1\"" |
		jq -r '.smtpwatch.reply | "\(.text)|\(.class // "-")|\(.receiver // "-")"' | sort -u
}

# That each reply was taken for what its row says.
are_classified() { # NAME UID
	is "$1" "$(diff <(sort -u "$LAB/client.out") <(classified "$2"))" ""
}

no_alert() { # NAME
	is "$1" "$(count_said "$is_blocked") $(count_said "$is_throttled")" "0 0"
}

test_others() {
	be_refused 1401 "$MX" PTR,AUTH,HELO,POLICY,IGNORE
	are_classified "what is no block is told as what it is" 1401
	no_alert "and raises nothing"
	be_refused 1402 "$MX" RECEIVER
	is "a receiver's own fault has no receiver of the table" \
		"$(classified 1402 | cut -d'|' -f2- | sort -u)" "RECEIVER|any"
	no_alert "and raises nothing"
}

test_another_address() {
	echo "R 554 5.7.1 Service unavailable; Client host [$ELSEWHERE] blocked using zen.spamhaus.org" >"$ANSWERS/$MX"
	talk 1403 "$MX" 1 "EHLO shop.example" "MAIL FROM:<news@shop.example>" "RCPT TO:<user@mx.example>" QUIT
	rm "$ANSWERS/$MX"
	is "a block of another address is none of this host's" "$(first_said "$is_reply and .user.id == \"1403\"" \
		'.smtpwatch.reply | .code, .class, .stage')" "554 - rcpt"
	no_alert "and raises nothing"
}

test_throttled() {
	shipped_row gmail TEMP 'very low reputation' >"$LAB/one.psv"
	be_refused 1404 "$MX" TEMP "$LAB/one.psv"
	no_alert "one receiver that puts mail off is no alert"
	be_refused 1404 "$MX" TEMP
	is "several are one of the host" "$(count_said "$is_throttled") $(first_said "$is_throttled" \
		'.event.action, .log.level')" "1 raised warning"
	are_classified "and their replies are told as such" 1404
}

test_blocked() {
	shipped_row t-online BLOCK 'none/bad reputation' >"$LAB/one.psv"
	be_refused 1411 "$MX" BLOCK "$LAB/one.psv"
	is "the first receiver that blocks this host raises it high" "$(count_said "$is_blocked") $(
		first_said "$is_blocked" '.event.action, .log.level, .user.id, .process.pid, .smtpwatch.dialogue.ehlo,
		.smtpwatch.reply.class, .smtpwatch.reply.receiver')" \
		"1 raised high 1411 $client_pid - BLOCK t-online"
	like "with who, since when and why" "$(first_said "$is_blocked" .smtpwatch.evidence)" \
		'^1 receiver refuses this host since .*, first by t-online, cause: BLOCK$'
	shipped_row ironport BLOCK 'poor reputation' >"$LAB/one.psv"
	be_refused 1412 "$MX_SECOND" BLOCK "$LAB/one.psv"
	is "the second is in the same alert" "$(count_said "$is_blocked")" 1
	be_refused 1413 "$MX" BLOCK,DNSBL
	are_classified "every text of a block or of a list is known" 1413
	is "the third makes it critical, and it is one alert" "$(said "$is_blocked" |
		jq -r '[.event.action, .log.level] | join(" ")' | paste -sd,)" "raised high,risen critical"
	like "it counts receivers" "$(last_said "$is_blocked" .smtpwatch.evidence)" '^3 receivers refuse this host since '
}

# ---- The administrator's own rows

reload() {
	local before
	before=$(grep -c -e 'read anew' -e 'stays in force' "$DAEMON_ERR" || true)
	kill -HUP "$daemon_pid"
	wait_for 5 is_reloaded "$before"
}

is_reloaded() { # TIMES_BEFORE
	(($(grep -c -e 'read anew' -e 'stays in force' "$DAEMON_ERR") > $1))
}

test_own_rows() {
	row school.example 450 'not today, thank you' BLOCK >"$LAB/own.psv"
	be_refused 1421 "$MX" BLOCK "$LAB/own.psv"
	is "a text that is in no row is in no class" "$(classified 1421 | cut -d'|' -f2-)" "-|-"
	cp "$LAB/own.psv" "$LAB/replies.psv"
	reload
	be_refused 1422 "$MX" BLOCK "$LAB/own.psv"
	are_classified "SIGHUP takes a new row of the administrator's" 1422
	row school.example 950 'anything' BLOCK >>"$LAB/replies.psv"
	reload
	like "a broken file is refused, with file and line" "$(grep -F replies.psv "$DAEMON_ERR" | tail -n 1)" \
		"$LAB/replies\.psv:2:.*950"
	be_refused 1423 "$MX" BLOCK "$LAB/own.psv"
	are_classified "and the old rows stay in force" 1423
}

need_daemon
lab_start
start_dialogue_servers "$MX" "$MX_SECOND"
write_config '[capture]' "replies = $LAB/replies.psv"
start_daemon json
test_others
test_another_address
test_throttled
test_blocked
test_own_rows
check "every line is a JSON object" only_json
stop_daemon
check "the books balance" books_balance
tap_done

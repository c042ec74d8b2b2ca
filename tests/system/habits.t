#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What is said tells spam from mail: every rule about it fires for a client with the habit, and is silent for an honest one
# that is nearly like it.
set -euo pipefail
# shellcheck source=tests/system/lab.sh
source "${BASH_SOURCE[0]%/*}/lab.sh"
# shellcheck source=tests/system/dialogue.sh
source "${BASH_SOURCE[0]%/*}/dialogue.sh"

PYTHON=$(readlink -f /usr/bin/python3)
FROM="MAIL FROM:<news@shop.example>"
TO="RCPT TO:<user@mx.example>"
MESSAGE=$'Subject: news\r\n\r\nNews.\r\n.'
HELLO="EHLO shop.example"

# Receivers in five networks, and silent places in three.
NETWORKS=("$MX" "$MX_ELSEWHERE" 198.18.1.25 198.18.2.25 198.18.3.25)
SILENT=("$UNANSWERED" 198.18.101.99 198.18.102.99)

join_networks() {
	local address
	ip -n "$SERVER" route add 198.18.0.0/16 via 192.0.2.82
	for address in "${NETWORKS[@]:2}"; do
		ip -n "$INTERNET" address add "$address/32" dev lo
	done
	for address in "${SILENT[@]:1}"; do
		ip -n "$INTERNET" route add blackhole "$address"
	done
}

several() { # ADDRESS...: as a list
	local IFS=,
	echo "$*"
}

# ---- What fired

# Rules about whom is delivered to, and how often: they are not what is looked at here.
is_other=".rule.id != \"direct-to-mx\" and .rule.id != \"mx-fanout\""

# What fired for a user beside those: "RULE SEVERITY", the latest of each.
fired() { # UID
	said "$is_alert and .user.id == \"$1\" and $is_other" |
		jq -r '.rule.id + " " + .log.level' | sort | paste -sd,
}

# That this fired and nothing else, with this to show for it, and who it was.
fires() { # NAME UID EXPECTED EVIDENCE_REGEX EXECUTABLE
	is "$1" "$(fired "$2")" "$3"
	like "$1: evidence" "$(last_said "$is_alert and .user.id == \"$2\" and $is_other" \
		'.process.executable, .smtpwatch.evidence')" "^$5 $4\$"
}

silent() { # NAME UID
	is "but not $1" "$(fired "$2")" ""
}

# ---- Names

test_names() {
	talk 1501 "$MX" 1 "EHLO gmail.com" QUIT
	fires "impossible-helo: a provider's name" 1501 "impossible-helo critical" \
		"EHLO gmail\.com to $MX, a mailbox provider's name" "$PYTHON"
	talk 1502 "$MX" 1 "HELO mx.example" "$FROM" "$TO" QUIT
	fires "impossible-helo: the recipient's domain" 1502 "impossible-helo critical" \
		"HELO mx\.example to $MX, the recipient's domain" "$PYTHON"
	talk 1503 "$MX" 1 "EHLO mail.shop.example" "$FROM" "$TO" QUIT
	silent "a name of one's own" 1503
	talk 1504 "$MX" 1 "EHLO dsl-198-51-100-7.provider.example" QUIT
	fires "dynamic-helo: a line's name" 1504 "dynamic-helo high" "EHLO dsl-198-51-100-7\.provider\.example to .*" "$PYTHON"
	talk 1505 "$MX" 1 "EHLO 192-0-2-81.provider.example" QUIT
	silent "one with this host's address" 1505
	talk 1506 "$MX" 1 "EHLO [127.0.0.1]" QUIT
	fires "bad-helo: an internal address" 1506 "bad-helo warning" "EHLO \[127\.0\.0\.1\] to $MX, an internal address" "$PYTHON"
	talk 1507 "$MX" 1 "EHLO [192.0.2.81]" QUIT
	silent "one's own address" 1507
}

greets() { # UID NAME...: in one connection, so that it is one actor by all means
	local uid=$1
	shift
	talk "$uid" "$MX" 1 "${@/#/EHLO }" QUIT
}

test_churn() {
	greets 1511 one.example two.example three.example four.example five.example
	fires "helo-churn: one program, many names" 1511 "helo-churn critical,helo-churn warning" \
		"5 EHLO names in 1 h: .*five\.example" "$PYTHON"
	greets 1512 one.example two.example two.example one.example localhost.
	is "but not two names" "$(fired 1512 | tr ',' '\n' | grep -c helo-churn || true)" 0
}

# ---- Rates

# So many transactions in a session.
transactions() { # UID TIMES
	local i lines=()
	for ((i = 0; i < $2; i++)); do
		lines+=("$FROM" "$TO" DATA "$MESSAGE")
	done
	talk "$1" "$MX" 1 "$HELLO" "${lines[@]}" QUIT
}

test_envelopes() {
	transactions 1521 10
	fires "envelope-rate: ten messages at once" 1521 "envelope-rate high" "10 MAIL in 60 s" "$PYTHON"
	transactions 1522 9
	silent "nine" 1522
}

# To so many who are there, and so many who are not.
writes_to() { # UID KNOWN UNKNOWN
	local i lines=("$HELLO" "$FROM")
	for ((i = 0; i < $2; i++)); do
		lines+=("RCPT TO:<user$i@mx.example>")
	done
	for ((i = 0; i < $3; i++)); do
		lines+=("RCPT TO:<nobody$i@mx.example>")
	done
	talk "$1" "$MX" 1 "${lines[@]}" DATA "$MESSAGE" QUIT
}

test_recipients() {
	writes_to 1531 4 5
	fires "unknown-recipients: half of them" 1531 "unknown-recipients warning" "5 unknown of 9 recipients in 1 h" "$PYTHON"
	writes_to 1532 6 5
	silent "five of more than ten" 1532
}

test_probes() {
	talk 1541 "$(several "${NETWORKS[@]}")" 24 "$HELLO" "$FROM" "$TO" RSET QUIT
	wait_for 2 has_said "$is_alert and .rule.id == \"probe-only\"" || diagnose "$(said "$is_end and .user.id == \"1541\"" |
		jq -c '[.destination.ip, .smtpwatch.outcome, .smtpwatch.dialogue]')$(<"$DAEMON_ERR")"
	is "probe-only: recipients are asked for in many networks" "$(fired 1541 | tr ',' '\n' | grep -v envelope-rate)" \
		"probe-only warning"
	like "and how many" "$(first_said "$is_alert and .user.id == \"1541\" and .rule.id == \"probe-only\"" \
		.smtpwatch.evidence)" '^2[0-4] sessions in 1 h with RCPT and no DATA, to 5 networks$'
	talk 1542 "$(several "${NETWORKS[@]}")" 20 "$HELLO" "$FROM" "$TO" DATA "$MESSAGE" QUIT
	is "but not messages to as many" "$(fired 1542)" "envelope-rate high"
	talk 1543 "$(several "${NETWORKS[@]::4}")" 20 "$HELLO" "$FROM" "$TO" RSET QUIT
	is "nor to four networks" "$(fired 1543)" "envelope-rate high"
}

test_quit() {
	talk 1551 "$MX" 10 "$HELLO"
	talk 1552 "$MX" 9 "$HELLO"
	talk 1553 "$MX" 20 "$HELLO" QUIT
}

# It makes no line: the last one of the incident has it, which the daemon's end brings.
test_quit_is_named() {
	is "no-quit: all hang up, which is named in the incident" "$(incident_rules 1551)" "direct-to-mx,no-quit"
	is "but not nine" "$(incident_rules 1552)" direct-to-mx
	is "nor those that end with QUIT" "$(incident_rules 1553)" "direct-to-mx,mx-fanout"
	is "it is no alert" "$(count_said "$is_alert and .rule.id == \"no-quit\"")" 0
}

# As the end of the incident has them.
incident_rules() { # UID
	last_said "$is_alert and .user.id == \"$1\" and .event.action == \"ended\"" \
		'(.smtpwatch.incident_rules | sort | join(","))'
}

# ---- No SMTP at all

test_strangers() {
	run_client "$SERVER" 1561 "$CLIENT" exchange "$MX_THIRD" 25 64 0
	has_ended 1561 1
	fires "not-smtp: the client speaks first" 1561 "not-smtp high" "the client spoke before the server.* on port 25" "$CLIENT"
	run_client "$SERVER" 1562 "$CLIENT" exchange "$MX_SECOND" 25 0 64
	has_ended 1562 1
	fires "not-smtp: the server has no reply code" 1562 "not-smtp high" "the server began without a reply code on port 25" \
		"$CLIENT"
	run_client "$SERVER" 1563 "$CLIENT" connect "$MX" 25
	has_ended 1563 1
	silent "who looks at the banner and leaves" 1563
}

# ---- Silence

is_silent="$is_alert and .rule.id == \"went-silent\""

# Nobody answers, first in two networks, then in a third.
be_silent() {
	local i addresses=()
	for ((i = 0; i < 5; i++)); do
		addresses+=("${SILENT[@]::2}")
	done
	run_client "$SERVER" 1571 /usr/bin/python3 "$CLIENTS/silent.py" "${addresses[@]}"
	run_client "$SERVER" 1572 /usr/bin/python3 "$CLIENTS/silent.py" "${SILENT[2]}"
	wait_for 2 has_said "$is_silent"
}

# Whoever else on this machine is answered meanwhile ends the silence: then once more. It takes ten connections, and they
# are all of two networks.
test_silence() {
	be_silent || be_silent || be_silent || true
	is "went-silent: nobody answers in three networks any more" "$(first_said "$is_silent" .log.level)" high
	like "and since when" "$(first_said "$is_silent" .smtpwatch.evidence)" \
		"^11 connections to port 25 unanswered since .*; last answered .*: has the provider closed port 25\?$"
	is "not when it was two" "$(first_said "$is_silent" .destination.ip)" "${SILENT[2]}"
}

need_daemon
lab_start
join_networks
start_dialogue_servers "${NETWORKS[@]}"
start_receivers bytes=64 "$MX_SECOND" 25 silent "$MX_THIRD" 25
write_config '[capture]' "replies = $LAB/replies.psv"
start_daemon json
test_names
test_churn
test_envelopes
test_recipients
test_probes
test_quit
test_strangers
test_silence
check "every line is a JSON object" only_json
stop_daemon
test_quit_is_named
check "the books balance" books_balance
tap_done

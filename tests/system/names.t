#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Receivers have the names that this host's look-ups gave them, whichever way it asks; who asks for many mail exchangers
# is named; and what is asked of blocklists is nobody's business.
set -euo pipefail
# shellcheck source=tests/system/lab.sh
source "${BASH_SOURCE[0]%/*}/lab.sh"
# shellcheck source=tests/system/dialogue.sh
source "${BASH_SOURCE[0]%/*}/dialogue.sh"

PHP=$(readlink -f /usr/bin/php || true)
PYTHON=$(readlink -f /usr/bin/python3)
RESOLVER=198.51.100.53
STUB=127.0.0.53
KEY=k3yq7labsecretdq55
LISTED="81.2.0.192.$KEY.zen.dq.spamhaus.net"
LOOKUPS=20 # from which on it is an alert

# It answers as late as one that has to be asked over a network: of a question that is answered at once nobody can find out
# who asked.
start_resolver() { # NAMESPACE ADDRESS NAME=TYPE:VALUE...
	start_in "$1" "$LAB/dns.$2.out" /usr/bin/python3 "$REPOSITORY/tests/golden/player.py" dns "$2+20" "${@:3}"
	wait_for 10 grep -q ready "$LAB/dns.$2.out"
}

# Runs a client to its end with a resolver of its own.
with_resolver() { # UID "SERVER [OPTION]" COMMAND...
	local server options
	read -r server options <<<"$2"
	printf 'nameserver %s\noptions timeout:2 %s\n' "$server" "$options" >"$LAB/resolv.$1"
	start_in "$SERVER" "$LAB/client.out" unshare --mount --propagation private bash -c \
		'mount --bind "$1" /etc/resolv.conf && exec setpriv --reuid "$2" --regid "$2" --clear-groups "${@:3}"' \
		- "$LAB/resolv.$1" "$1" "${@:3}"
	client_pid=$started_pid
	client_status=0
	wait "$client_pid" || client_status=$?
	[[ $client_status -eq 0 ]] || diagnose "exit $client_status: $(<"$LAB/client.out")"
}

# The name of a destination, in the end of its connection and in the alert.
named() { # NAME UID DOMAIN ADDRESS
	is "$1: the destination has its name" "$(first_said "$is_end and .user.id == \"$2\"" \
		'.destination.ip, .destination.domain')" "$4 $3"
	is "$1: in the alert too" "$(first_said \
		"$is_alert and .user.id == \"$2\" and .event.action == \"continuing\"" '.rule.id, .destination.domain')" \
		"direct-to-mx $3"
	like "$1: and in its text" "$(grep -F " uid=$2 " "$LAB/syslog.out" | tail -n 1)" " domain=$3 "
}

greet() { # UID RESOLVER NAME
	with_resolver "$1" "$2" "$PYTHON" "$CLIENTS/talk.py" "$3" 1 "EHLO shop.example" QUIT
}

test_addresses() {
	greet 1451 "$RESOLVER" first.receiver.example
	named "getaddrinfo() by UDP" 1451 first.receiver.example "$MX"
	greet 1452 "$RESOLVER use-vc" second.receiver.example
	named "by TCP" 1452 second.receiver.example "$MX_SECOND"
	greet 1453 "$STUB" third.receiver.example
	named "of a stub on this host" 1453 third.receiver.example "$MX_THIRD"
	talk 1454 "$SMARTHOST" 1 "EHLO shop.example" QUIT
	is "an address that nobody asked for has no name" \
		"$(first_said "$is_end and .user.id == \"1454\"" .destination.domain)" -
}

test_exchanger() {
	with_resolver 1455 "$RESOLVER" "$PHP" -n "$CLIENTS/lookup.php" 1 customers.example 25
	named "PHP's getmxrr()" 1455 mx1.hoster.example "$MX_ELSEWHERE"
	is "and of whom it is the mail exchanger" "$(first_said "$is_end and .user.id == \"1455\"" \
		'.smtpwatch.mx | .domain, .preference')" "customers.example 10"
}

# ---- Many look-ups

test_lookups() {
	local filter="$is_alert and .rule.id == \"mx-lookups\""
	with_resolver 1461 "$RESOLVER" "$PHP" -n "$CLIENTS/lookup.php" $((LOOKUPS - 1)) many.example
	with_resolver 1462 "$RESOLVER" "$PHP" -n "$CLIENTS/lookup.php" "$LOOKUPS" many.example
	is "many look-ups of mail exchangers are an alert that names the process" "$(first_said "$filter" \
		'.user.id, .process.pid, .process.executable, .log.level')" "1462 $client_pid $PHP high"
	like "and how many" "$(first_said "$filter" .smtpwatch.evidence)" \
		"^$LOOKUPS MX look-ups in 10 min, latest d19\.many\.example$"
	with_resolver 1463 "$STUB" "$PHP" -n "$CLIENTS/lookup.php" "$LOOKUPS" many.example
	is "also those that a stub on this host answers" "$(first_said "$filter and .user.id == \"1463\"" \
		'.process.pid, .process.executable')" "$client_pid $PHP"
	is "one less is none" "$(count_said "$filter and .user.id == \"1461\"")" 0
}

# ---- Blocklists

# A look-up of a blocklist holds who is asked about, and the key of a subscriber.
test_blocklist() {
	local server
	for server in "$RESOLVER" "$RESOLVER use-vc" "$STUB"; do
		with_resolver 1471 "$server" "$PYTHON" -c "import socket; print(socket.gethostbyname('$LISTED'))"
		is "a blocklist is asked ($server)" "$(<"$LAB/client.out")" 127.0.0.2
		greet 1472 "$server" fourth.receiver.example # what was asked before this has been read by then
		wait_for 8 has_said "$is_end and .user.id == \"1472\"" "$((++asked))" || true
	done
	echo "$KEY" >"$LAB/secrets"
	is_sanitized || is "its key is in no memory" \
		"$(/usr/bin/python3 "$CLIENTS/memory.py" "$LAB/secrets" "$daemon_pid" "$(capture_pid)")" ""
	echo receiver.example >"$LAB/said"
	is_sanitized || like "where names of receivers are" \
		"$(/usr/bin/python3 "$CLIENTS/memory.py" "$LAB/said" "$daemon_pid")" "receiver.example in "
	is "and in no output" "$(grep -laF -f "$LAB/secrets" "$DAEMON_OUT" "$DAEMON_ERR" "$LAB/syslog.out" || true)" ""
}

asked=0
need_daemon
lab_start
ip -n "$INTERNET" address add "$RESOLVER/32" dev lo
start_dialogue_servers "$MX" "$MX_SECOND" "$MX_THIRD" "$MX_ELSEWHERE" "$SMARTHOST"
start_resolver "$INTERNET" "$RESOLVER" "first.receiver.example=A:$MX" "second.receiver.example=A:$MX_SECOND" \
	"fourth.receiver.example=A:$MX" customers.example=MX:mx1.hoster.example "mx1.hoster.example=A:$MX_ELSEWHERE" \
	"$LISTED=A:127.0.0.2"
start_resolver "$SERVER" "$STUB" "third.receiver.example=A:$MX_THIRD" "fourth.receiver.example=A:$MX" "$LISTED=A:127.0.0.2"
start_in "$SERVER" "$LAB/syslog.out" /usr/bin/python3 "$CLIENTS/syslog.py" "$LAB/syslog"
wait_for 10 grep -q ready "$LAB/syslog.out"
write_config '[syslog]' "socket = $LAB/syslog"
start_daemon json --debug
test_addresses
if [[ -n $PHP ]]; then
	test_exchanger
	test_lookups
else
	skip "mail exchangers" "php is missing"
fi
test_blocklist
check "every line is a JSON object" only_json
stop_daemon
check "the books balance" books_balance
tap_done

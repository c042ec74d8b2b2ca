#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What the wire shows and no socket of a process tells: machines behind this one, and SMTP on ports that are not watched.
# And whatever a process of this kernel does is its own, by whatever way it goes.
set -euo pipefail
# shellcheck source=tests/system/lab.sh
source "${BASH_SOURCE[0]%/*}/lab.sh"

GUEST=sw$$-guest
GUEST_ADDRESS=10.20.30.2    # a container's, which shares this kernel
MACHINE_ADDRESS=10.20.30.9  # a machine's, which does not
MACHINE_NAT=10.20.30.10
BRIDGE_ADDRESS=10.20.30.1
RELAY=198.51.100.66         # only redirected connections go there; the daemon sees other labs of this machine too
PYTHON=$(readlink -f /usr/bin/python3)

# ---- A network behind the server

join_guest() {
	ip netns add "$GUEST"
	at_end ip netns delete "$GUEST"
	ip -n "$SERVER" link add guests type bridge
	ip -n "$SERVER" address add "$BRIDGE_ADDRESS/24" dev guests
	ip -n "$SERVER" link add to-guest type veth peer name eth0 netns "$GUEST"
	ip -n "$SERVER" link set to-guest master guests up
	ip -n "$SERVER" link set guests up
	ip -n "$GUEST" address add "$GUEST_ADDRESS/24" dev eth0
	ip -n "$GUEST" link set eth0 up
	ip -n "$GUEST" route add default via "$BRIDGE_ADDRESS"
	ip -n "$INTERNET" route add 10.20.30.0/24 via 192.0.2.81
	in_net "$SERVER" sysctl -qw net.ipv4.ip_forward=1
	guest_mac=$(mac_of "$GUEST" eth0)
	guest_mac_ecs=$(tr a-f: A-F- <<<"$guest_mac")
	bridge_mac=$(mac_of "$SERVER" guests)
	for address in "$MACHINE_ADDRESS" "$MACHINE_NAT"; do
		ip -n "$SERVER" neighbour add "$address" lladdr "$guest_mac" dev guests
	done
}

mac_of() { # NAMESPACE INTERFACE
	ip -n "$1" -j link show "$2" | jq -r '.[0].address'
}

hide_guests() {
	in_net "$SERVER" nft add table ip guests
	in_net "$SERVER" nft add chain ip guests post '{ type nat hook postrouting priority 100; }'
	in_net "$SERVER" nft add rule ip guests post ip saddr 10.20.30.0/24 oifname internet masquerade
}

run_machine() { # OWN_ADDRESS OWN_PORT ADDRESS LINE
	start_in "$GUEST" "$LAB/machine.out" "$CLIENTS/machine.py" eth0 "$1" "$2" "$bridge_mac" "$3" 25 "$4"
	wait "$started_pid" || diagnose "the machine: $(cat "$LAB/machine.out")"
}

# ---- Machines and containers behind the server

test_forwarded() {
	local alert="$is_alert and .rule.id == \"forwarded\" and .source.ip == \"$MACHINE_ADDRESS\""
	run_machine "$MACHINE_ADDRESS" 40001 "$MX" "EHLO guest.example.com"
	is "a machine behind the server: address, MAC, interface, and to where" "$(first_said "$alert" \
		'.log.level, .source.mac, .observer.ingress.interface.name, .destination.ip, .destination.port')" \
		"warning ${guest_mac_ecs} to-guest $MX 25"
	run_machine "$MACHINE_ADDRESS" 40002 "$MX_SECOND" "EHLO guest.example.com"
	is "it has flows, with what was said" "$(wait_for 5 has_said "$(end_of "$MACHINE_ADDRESS")" 2
		said "$(end_of "$MACHINE_ADDRESS")" | jq -r '[.smtpwatch.origin, .smtpwatch.outcome,
			.smtpwatch.dialogue.ehlo, .source.bytes] | join(" ")' | sort | uniq -c | tr -s ' ')" \
		" 2 forwarded closed guest.example.com 24"
	is "it is told of once" "$(count_said "$alert and .event.action == \"raised\"")" 1
}

end_of() { # ADDRESS
	echo "$is_end and .source.ip == \"$1\""
}

# Of a process in another network namespace the kernel has told all. The wire is not waited for there, so a busy machine
# may need several tries until it was in time.
test_container() { # NAME UID
	wait_for 20 is_heard "$2" || true
	is "$1: the process, and what it said" "$(end_of_client)" "$2 closed container$2.example.com"
	is "$1: it is one flow, and nobody else's" "$(count_said "$is_end and .process.pid == $client_pid") $(
		count_said "$is_event and .smtpwatch.dialogue.ehlo == \"container$2.example.com\" and .smtpwatch.origin")" "1 0"
}

is_heard() { # UID
	run_client "$GUEST" "$1" "$CLIENTS/speak.py" "$MX" 25 heard "EHLO container$1.example.com"
	[[ $(end_of_client) == *.example.com ]]
}

end_of_client() {
	first_said "$is_end and .process.pid == $client_pid" '.user.id, .smtpwatch.outcome, .smtpwatch.dialogue.ehlo'
}

test_masqueraded() {
	hide_guests
	run_machine "$MACHINE_NAT" 40003 "$MX" "EHLO guest.example.com"
	is "a machine that is masqueraded: its own address" "$(first_said \
		"$is_alert and .rule.id == \"forwarded\" and .source.ip == \"$MACHINE_NAT\"" \
		'.source.mac, .observer.ingress.interface.name')" "${guest_mac_ecs} to-guest"
	wait_for 5 has_said "$(end_of "$MACHINE_NAT")" || true
	is "it is one flow" "$(count_said "$is_attempt and .source.port == 40003")" 1
}

# ---- Ports that are not watched

off_port() { # PID
	echo "$is_alert and .rule.id == \"off-port-smtp\" and .process.pid == $1"
}

speaks_smtp() { # NAME UID ADDRESS PORT LINE EVIDENCE
	start_in "$SERVER" "$LAB/client.out" setpriv --reuid "$2" --regid "$2" --clear-groups \
		"$CLIENTS/speak.py" "$3" "$4" heard "$5" "until=$LAB/enough.$2"
	client_pid=$started_pid
	is "$1" "$(first_said "$(off_port "$client_pid")" '.user.id, .process.executable, .destination.ip, .destination.port,
		.smtpwatch.evidence')" "$2 $PYTHON $3 $4 $6"
	: >"$LAB/enough.$2"
	wait "$client_pid" || true
}

test_off_port() {
	speaks_smtp "EHLO on another port" 1501 "$MX" 2526 "EHLO shop.example" "EHLO shop.example on port 2526"
	speaks_smtp "in small letters, on 80" 1502 "$MX" 80 "ehlo shop.example" "EHLO shop.example on port 80"
	speaks_smtp "HELO" 1503 "$MX" 2526 "HELO shop.example" "HELO shop.example on port 2526"
	speaks_smtp "over IPv6" 1504 "$MX_IPV6" 8025 "EHLO shop.example" "EHLO shop.example on port 8025"
}

test_other_protocols() {
	run_client "$SERVER" 1505 "$CLIENTS/speak.py" "$MX" 2526 heard "USER shop"
	run_client "$SERVER" 1506 "$CLIENTS/speak.py" "$MX" 80 heard "GET / HTTP/1.0"
	run_client "$SERVER" 1507 "$CLIENTS/speak.py" "$PRIVATE" 2526 heard "EHLO shop.example"
	run_client "$SERVER" 1508 "$CLIENTS/speak.py" 127.0.0.1 2526 heard "EHLO shop.example"
	speaks_smtp "EHLO after these" 1509 "$MX" 2526 "EHLO last.example" "EHLO last.example on port 2526"
	is "USER, GET, and internal receivers are not told" "$(said ".event" | jq -r '.user.id // empty' |
		grep -cE '^150[5-8]$')" 0
}

# ---- Other ways

test_other_ways() {
	says "over IPv6 there is a dialogue" 1601 "$MX_IPV6" external
	says "over loopback too" 1602 127.0.0.1 host
	says "and to an address of the server's own" 1603 192.0.2.81 host
}

says() { # NAME UID ADDRESS SCOPE
	wait_for 20 is_heard_at "$2" "$3" || true
	is "$1" "$(first_said "$is_end and .process.pid == $client_pid" \
		'.destination.ip, .smtpwatch.scope, .smtpwatch.dialogue.banner_code, .smtpwatch.dialogue.ehlo')" \
		"$3 $4 220 uid$2.example.com"
}

is_heard_at() { # UID ADDRESS
	run_client "$SERVER" "$1" "$CLIENTS/speak.py" "$2" 25 heard "EHLO uid$1.example.com"
	[[ $(end_of_client) == *.example.com ]]
}

# They have ended before their first packet is read.
test_short() {
	for _ in {1..20}; do
		run_client "$SERVER" 1605 "$CLIENT" abort "$UNANSWERED" 25
		run_client "$SERVER" 1605 "$CLIENT" connect "$SMARTHOST" 25
	done
	all_is_judged 40010
	is "of what is refused or given up at once nothing is taken for no socket's" "$(count_said \
		"(.destination.ip == \"$UNANSWERED\" or .destination.ip == \"$SMARTHOST\") and .smtpwatch.origin")" 0
}

# The host sends all that goes to port 25 to another receiver.
test_redirected() {
	in_net "$SERVER" nft add table ip relay
	in_net "$SERVER" nft add chain ip relay output '{ type nat hook output priority -100; }'
	in_net "$SERVER" nft add rule ip relay output ip daddr "$MX_SECOND" tcp dport 25 dnat to "$RELAY"
	run_client "$SERVER" 1606 "$CLIENTS/speak.py" "$MX_SECOND" 25 heard "EHLO relayed.example.com"
	is "redirected by the host: the process, where it wanted to go, and what it said" "$(first_said \
		"$is_end and .process.pid == $client_pid" '.destination.ip, .smtpwatch.outcome, .smtpwatch.dialogue.ehlo')" \
		"$MX_SECOND closed relayed.example.com"
	run_client "$SERVER" 1606 "$CLIENTS/speak.py" "$MX_SECOND" 25 heard "EHLO relayed.example.com"
	all_is_judged 40011
	is "redirected by the host: it is one flow" "$(count_said ".destination.ip == \"$RELAY\"")" 0
	in_net "$SERVER" nft delete table ip relay
}

# Many more than are told one by one: what the wire has of the others is nobody else's.
test_flood() {
	run_client "$SERVER" 1604 "$CLIENT" flood 5000 "$MX_THIRD" 25
	is "a flood" "$client_status" 0
	wait_for 10 has_said "$is_alert and .user.id == \"1604\" and .smtpwatch.count == 5000" || true
	all_is_judged 40012
	is "of a flood nothing is taken for forwarded or for no socket's" "$(count_said ".destination.ip == \"$MX_THIRD\" and
		(.smtpwatch.origin == \"forwarded\" or .smtpwatch.origin == \"no-socket\")")" 0
}

# What the wire has shown before this is judged once it returns.
all_is_judged() { # PORT: another one each time
	run_machine "$MACHINE_ADDRESS" "$1" "$MX" "EHLO last.example.com"
	wait_for 10 has_said "$is_attempt and .source.port == $1" || diagnose "not told of port $1: $(tail -n 3 "$DAEMON_OUT")"
}

need_daemon
lab_start
ip -n "$INTERNET" address add "$RELAY/32" dev lo
start_receivers greet "$MX" 25 greet "$MX_SECOND" 25 greet "$RELAY" 25 discard "$MX_THIRD" 25 greet "$MX" 2526 greet "$MX" 80 greet "$MX_IPV6" 8025 \
	greet "$MX_IPV6" 25 greet "$PRIVATE" 2526
start_in "$SERVER" "$LAB/own.out" "$CLIENTS/receiver.py" greet 0.0.0.0 25 greet 127.0.0.1 2526
wait_for 10 grep -q ready "$LAB/own.out"
join_guest
write_config '[alerts]' 'cooldown = 1h'
start_daemon json
test_forwarded
test_container "a container" 1400
test_masqueraded
test_container "a container that is masqueraded" 1401
test_off_port
test_other_protocols
test_other_ways
test_short
test_redirected
test_flood
check "every line is a JSON object" only_json
stop_daemon
check "the books balance" books_balance
tap_done

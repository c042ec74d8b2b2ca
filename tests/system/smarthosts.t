#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Smarthosts that are given by name: whoever delivers to one is left alone, also in the moment in which the name gets a new
# address; and an answer of somebody's own making excuses nobody.
set -euo pipefail
# shellcheck source=tests/system/lab.sh
source "${BASH_SOURCE[0]%/*}/lab.sh"

RESOLVER=198.51.100.53
FORGER=127.0.0.66 # a user's own resolver
RELAY=relay.example

# Ends the resolver at this address, if there is one, and starts another.
start_resolver() { # NAMESPACE UID ADDRESS NAME=TYPE:VALUE...
	local former=${resolver_of[$3]:-}
	[[ -z $former ]] || end_resolver "$3"
	rm -f "$LAB/dns.$3.out"
	start_in "$1" "$LAB/dns.$3.out" setpriv --reuid "$2" --regid "$2" --clear-groups \
		/usr/bin/python3 "$CLIENTS/player.py" dns "$3" "${@:4}"
	resolver_of[$3]=$started_pid
	wait_for 10 grep -q ready "$LAB/dns.$3.out" || diagnose "$(<"$LAB/dns.$3.out")"
}

end_resolver() { # ADDRESS
	kill "${resolver_of[$1]}"
	wait "${resolver_of[$1]}" 2>/dev/null || true
	unset "resolver_of[$1]"
}

# The daemon with a resolver of its own, as if it stood in /etc/resolv.conf.
wrap_daemon() {
	printf 'nameserver %s\noptions timeout:1 attempts:1\n' "$RESOLVER" >"$LAB/resolv.daemon"
	printf '#!/bin/bash\nexec unshare --mount --propagation private bash -c %q - %q %q "$@"\n' \
		'mount --bind "$1" /etc/resolv.conf && exec "${@:2}"' "$LAB/resolv.daemon" "$DAEMON" >"$LAB/smtpwatchd"
	chmod 755 "$LAB/smtpwatchd"
	DAEMON=$LAB/smtpwatchd
}

# A user resolves a name and connects at once to each address that it has.
deliver() { # UID RESOLVER NAME [PORT]
	printf 'nameserver %s\noptions timeout:2\n' "$2" >"$LAB/resolv.$1"
	start_in "$SERVER" "$LAB/client.out" unshare --mount --propagation private bash -c \
		'mount --bind "$1" /etc/resolv.conf && exec setpriv --reuid "$2" --regid "$2" --clear-groups "${@:3}"' \
		- "$LAB/resolv.$1" "$1" /usr/bin/python3 "$CLIENTS/deliver.py" "$3" "${4:-25}"
	client_pid=$started_pid
	client_status=0
	wait "$client_pid" || client_status=$?
	[[ $client_status -eq 0 ]] || diagnose "exit $client_status: $(<"$LAB/client.out")"
}

scope_of() { # UID ADDRESS
	first_said "$is_end and .user.id == \"$1\" and .destination.ip == \"$2\"" .smtpwatch.scope
}

left_alone() { # NAME UID ADDRESS
	is "$1: it is a smarthost's" "$(scope_of "$2" "$3")" smarthost
	is "$1: no alert" "$(count_said "$is_alert and .user.id == \"$2\"")" 0
}

accused() { # NAME UID ADDRESS [SCOPE]
	is "$1: it is an alert" "$(first_said "$is_alert and .user.id == \"$2\"" '.rule.id, .destination.ip')" \
		"direct-to-mx $3"
	is "$1: toward the world" "$(scope_of "$2" "$3")" external
}

knows() { # ADDRESS: the daemon has told that a smarthost has it
	grep -qE "the smarthost [^ ]+ has .*$1" "$DAEMON_ERR"
}

test_start() {
	check "the addresses of the name are told once" wait_for 5 grep -qE \
		"the smarthost $RELAY has 2 addresses: ($MX, $MX_IPV6|$MX_IPV6, $MX)" "$DAEMON_ERR"
	deliver 1501 "$RESOLVER" "$RELAY"
	left_alone "a delivery to the name" 1501 "$MX"
	left_alone "by IPv6" 1501 "$MX_IPV6"
	check "a name that cannot be resolved is a warning" wait_for 5 grep -qF \
		"the smarthost missing.example ([watch] smarthost) cannot be resolved" "$DAEMON_ERR"
}

# Each time another address, which nobody has heard of before the client does.
test_rotation() {
	local number
	for number in 1 2 3 4 5; do
		start_resolver "$INTERNET" 0 "$RESOLVER" "$RELAY=CNAME:n$number.cloud.example" \
			"n$number.cloud.example=A:203.0.113.$((100 + number))"
		deliver $((1510 + number)) "$RESOLVER" "$RELAY"
		left_alone "a new address ($number)" $((1510 + number)) "203.0.113.$((100 + number))"
	done
	deliver 1516 "$RESOLVER" "$MX"
	left_alone "the first one is still good" 1516 "$MX"
}

test_wildcard() {
	start_resolver "$INTERNET" 0 "$RESOLVER" "$RELAY=A:203.0.113.105" "m1.pool.example=A:$MX_SECOND" \
		"m2.pool.example=CNAME:m2.cloud.example" "m2.cloud.example=AAAA:2001:db8:25::26" "mx.example=A:$MX_THIRD"
	deliver 1521 "$RESOLVER" m1.pool.example
	left_alone "a name below a wildcard" 1521 "$MX_SECOND"
	deliver 1522 "$RESOLVER" m2.pool.example
	left_alone "with an alias, by IPv6" 1522 2001:db8:25::26
	deliver 1523 "$RESOLVER" mx.example
	accused "another name" 1523 "$MX_THIRD"
}

# The user answers his own questions, in the names of the smarthosts.
test_forgery() {
	in_net "$SERVER" sysctl -qw net.ipv4.ip_unprivileged_port_start=0
	start_resolver "$SERVER" 1531 "$FORGER" "$RELAY=A:$MX_ELSEWHERE" "m1.pool.example=A:$UNREACHABLE" \
		"evil.pool.example=A:203.0.113.111" "missing.example=CNAME:c.example" "c.example=A:203.0.113.112"
	deliver 1531 "$FORGER" "$RELAY"
	accused "a forged address of the name" 1531 "$MX_ELSEWHERE"
	deliver 1532 "$FORGER" m1.pool.example
	accused "of a name below a wildcard" 1532 "$UNREACHABLE"
	deliver 1533 "$FORGER" evil.pool.example
	accused "a name that only he knows" 1533 203.0.113.111
	deliver 1534 "$FORGER" missing.example
	accused "the name that nobody else can resolve" 1534 203.0.113.112
	deliver 1535 "$FORGER" "$MX_ELSEWHERE"
	accused "and once more" 1535 "$MX_ELSEWHERE"
	is "the wire was heard" "$(first_said "$is_end and .user.id == \"1531\"" .destination.domain)" "$RELAY"
}

test_silence() {
	end_resolver "$RESOLVER"
	kill -HUP "$daemon_pid" # asks anew
	check "a resolver that is silent is a warning" wait_for 15 grep -qF \
		"the smarthost $RELAY ([watch] smarthost) cannot be resolved" "$DAEMON_ERR"
	deliver 1541 "$RESOLVER" 203.0.113.105
	left_alone "the addresses stay" 1541 203.0.113.105
	deliver 1542 "$RESOLVER" "$MX_THIRD"
	accused "who delivers elsewhere is told of" 1542 "$MX_THIRD"
	start_resolver "$INTERNET" 0 "$RESOLVER" "$RELAY=A:203.0.113.105"
	check "it is asked again" wait_for 25 grep -qF "the smarthost $RELAY can be resolved again" "$DAEMON_ERR"
	is "of the name that never could there is one warning" \
		"$(grep -cF 'the smarthost missing.example ([watch] smarthost)' "$DAEMON_ERR")" 1
}

test_reload() {
	write_config '[watch]' "smarthost = late.example"
	start_resolver "$INTERNET" 0 "$RESOLVER" "late.example=A:203.0.113.120"
	kill -HUP "$daemon_pid"
	check "a name that comes by a reload is told" wait_for 5 knows 203.0.113.120
	deliver 1551 "$RESOLVER" 203.0.113.120
	left_alone "and holds" 1551 203.0.113.120
	deliver 1552 "$RESOLVER" 203.0.113.105
	accused "a name that goes holds no more" 1552 203.0.113.105
}

declare -A resolver_of
need_daemon
lab_start
ip -n "$INTERNET" address add "$RESOLVER/32" dev lo
ip -n "$INTERNET" address add 2001:db8:25::26/128 dev lo nodad
ip -n "$INTERNET" route add local 203.0.113.0/24 dev lo
install -m 644 "$REPOSITORY"/tests/golden/{player,wire}.py "$CLIENTS"
start_resolver "$INTERNET" 0 "$RESOLVER" "$RELAY=A:$MX" "$RELAY=AAAA:$MX_IPV6"
write_config '[watch]' "smarthost = $RELAY, missing.example, *.pool.example"
wrap_daemon
start_daemon json --debug
test_start
test_rotation
test_wildcard
test_forgery
test_silence
test_reload
check "every line is a JSON object" only_json
stop_daemon
is "it ends at once" "$daemon_status" 0
check "the books balance" books_balance
tap_done

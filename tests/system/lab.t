#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The lab itself: that its parts work, and that nothing of it outlives it, however it ends.
set -euo pipefail
# shellcheck source=tests/system/lab.sh
source "${BASH_SOURCE[0]%/*}/lab.sh"

test_networks() {
	run_client "$SERVER" 1042 "$CLIENT" connect "$MX" 25
	is "the server reaches a receiver" "$client_status" 0
	run_client "$SERVER" 1042 "$CLIENT" connect "$MX_IPV6" 25
	is "and one by IPv6" "$client_status" 0
	run_client "$CONTAINER" 1042 "$CLIENT" connect "$MX" 25
	is "the container reaches it too" "$client_status" 0
	run_client "$SERVER" 1042 "$CLIENT" connect "$MX" 26
	is "a port where nobody listens refuses" "$(cat "$LAB/client.out")" "connect: Connection refused"
	run_client "$SERVER" 1042 "$CLIENT" connect "$UNANSWERED" 25
	is "an address that drops times out" "$(cat "$LAB/client.out")" "connect: Connection timed out"
	run_client "$SERVER" 1042 "$CLIENT" connect "$UNREACHABLE" 25
	is "a router that has no way says so" "$(cat "$LAB/client.out")" "connect: No route to host"
	run_client "$SERVER" 1042 "$CLIENT" connect "$NO_ROUTE" 25
	is "an address without a route fails at once" "$(cat "$LAB/client.out")" "connect: Network is unreachable"
}

test_mail() {
	run_client "$SERVER" 1042 /usr/bin/python3 "$CLIENTS/send.py" "$MX" "to be kept"
	check "smtp-sink keeps what it takes" wait_for 5 has_mail "$MX" 25 "to be kept"
}

# A lab with everything that leaves the usual paths, that then does what it is told.
write_inner_lab() {
	cat >"$LAB/inner.sh" <<-END
		set -euo pipefail
		source "$SYSTEM_TESTS/lab.sh"
		source "$SYSTEM_TESTS/mailservers.sh"
		lab_start
		start_sink "\$MX"
		if place_postfix; then
			configure_postfix
			start_postfix
		fi
		if place_exim; then configure_exim "\$MX"; fi
		write_config '[alerts]' 'cooldown = 1m'
		[[ ! -x \$DAEMON ]] || start_daemon json
		echo "\$LAB"
		case \$1 in
		end) exit 0 ;;
		fail) false ;;
		wait) wait ;; # for the sink: until a signal comes
		esac
	END
}

# Everything that a lab may leave, of whichever lab it is.
list_traces() {
	ip netns list | grep -o '^sw[0-9]*-[a-z]*' || true
	grep -E '/sw[0-9]+-|smtpwatch-lab' /proc/self/mounts || true
	ls -d /srv/smtpwatch-lab.* /usr/lib/postfix /usr/sbin/exim4 /etc/exim4 2>/dev/null || true
	getent passwd postfix Debian-exim || true
	getent group postfix postdrop Debian-exim || true
	# A zombie is gone: when its new parent takes note of that is not the lab's affair.
	pgrep -al '^(master|pickup|qmgr|postlogd|smtp-sink|exim4)$' | grep -v defunct || true
	pgrep -af 'smtpwatchd .*smtpwatch-lab' || true
}

inner_lab_stands() {
	[[ $(tail -n 1 "$LAB/inner.out") == */smtpwatch-lab.* ]]
}

# Bash ignores SIGINT in what it starts in the background, as no terminal does: hence env.
run_inner_lab() { # NAME MODE EXPECTED_STATUS [SIGNAL]
	local before pid status=0
	before=$(list_traces)
	env -u SMTPWATCH_LAB --default-signal=INT bash "$LAB/inner.sh" "$2" >"$LAB/inner.out" 2>"$LAB/inner.err" &
	pid=$!
	if [[ -n ${4:-} ]]; then
		wait_for 20 inner_lab_stands || true
		kill "-$4" "$pid"
	fi
	wait "$pid" || status=$?
	check "$1: the inner lab stood" inner_lab_stands
	is "$1: its end is told" "$status" "$3"
	is "$1: nothing remains" "$(list_traces)" "$before"
}

lab_start
start_sink "$MX"
start_receivers discard "$MX_IPV6" 25
test_networks
test_mail
write_inner_lab
run_inner_lab "a lab that ends" end 0
run_inner_lab "a lab that fails" fail 1
run_inner_lab "a lab at Ctrl-C" wait 130 INT
run_inner_lab "a lab that is ended" wait 143 TERM
tap_done

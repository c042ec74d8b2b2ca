#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A flood makes few lines and a right total, whatever of it could be delivered; and every record that was
# due is accounted for.
set -euo pipefail
# shellcheck source=tests/system/lab.sh
source "${BASH_SOURCE[0]%/*}/lab.sh"
# shellcheck source=tests/system/ask.sh
source "${BASH_SOURCE[0]%/*}/ask.sh"

FLOOD=10000

book() { # NAME
	said '.event.action == "summary"' | jq ".smtpwatch.books.$1"
}

flood_alert() { # the uid's alerts of a rule that counts all attempts, as jq's filter
	echo "$is_alert and .rule.id == \"direct-to-mx\" and .user.id == \"$1\" and .process.executable == \"$CLIENT\""
}

# Lines come at intervals that grow fourfold: after a flood the next one may be four times as far as the flood was long.
goes_on='(.event.action != "ended")'

total_is_told() { # UID
	is_total "$(last_said "$(flood_alert "$1")" .smtpwatch.count)"
}

# Where the kernel skips a program that interrupts another one, and counts that, the daemon attaches by the classic
# tracepoint, and a few of a thousand attempts in a flood are never seen.
find_least_total() {
	least=$FLOOD
	ask_status
	[[ $(check_of programs text) != *"(classic tracepoint)"* ]] || least=$((FLOOD * 99 / 100))
}

is_total() { # COUNT
	[[ $1 =~ ^[0-9]+$ ]] && (($1 >= least && $1 <= FLOOD))
}

few_lines_and_the_total() { # NAME UID
	local filter lines
	filter=$(flood_alert "$2")
	lines=$(count_said "$filter")
	check "$1: a handful of alert lines, not $lines" test "$lines" -ge 1 -a "$lines" -le 10
	check "$1: the last one has the right total" is_total "$(last_said "$filter" .smtpwatch.count)"
	is "$1: each total is larger than the one before, but that of the end" \
		"$(said "$filter and $goes_on" | jq .smtpwatch.count)" \
		"$(said "$filter and $goes_on" | jq .smtpwatch.count | sort -nu)"
	is "$1: its end is told once" "$(count_said "$filter and ($goes_on | not)")" 1
}

test_thinned_flood() {
	write_config '[alerts]' 'cooldown = 2s' '[kernel]' 'ring_size = 64K'
	start_daemon json
	find_least_total
	run_client "$SERVER" 1042 "$CLIENT" flood "$FLOOD" "$MX" 25
	is "a flood of $FLOOD connections" "$client_status" 0
	check "thinned: the total is told while it runs" wait_for 40 total_is_told 1042
	stop_daemon
	few_lines_and_the_total thinned 1042
	check "thinned: it was" test "$(book thinned)" -gt 0
	check "thinned: the books balance" books_balance
	said "$is_attempt" | jq -r .smtpwatch.flow | sort >"$LAB/begun"
	said "$is_end" | jq -r .smtpwatch.flow | sort >"$LAB/ended"
	check "thinned: some are told to their end" test -s "$LAB/ended"
	is "thinned: no end is told whose beginning was not" "$(comm -13 "$LAB/begun" "$LAB/ended")" ""
}

# Nothing is thinned, the ring is small, and the daemon is stopped, so that the ring overflows for certain.
test_overflow() {
	write_config '[alerts]' 'cooldown = 2s' \
		'[kernel]' 'ring_size = 64K' 'thin_burst = 1000000' 'thin_rate = 1000000'
	start_daemon json
	kill -STOP "$daemon_pid"
	run_client "$SERVER" 1043 "$CLIENT" flood "$FLOOD" "$MX" 25
	kill -CONT "$daemon_pid"
	check "overflow: the total is told while it runs" wait_for 40 total_is_told 1043
	stop_daemon
	few_lines_and_the_total overflow 1043
	check "overflow: the ring lost records" test "$(book lost_ring)" -gt 0
	is "overflow: nothing was thinned" "$(book thinned)" 0
	check "overflow: the books balance" books_balance
}

# More connections open at once than the flow map holds.
test_full_flow_map() {
	write_config '[alerts]' 'cooldown = 2s' '[kernel]' 'max_flows = 1024' 'ring_size = 4M' \
		'thin_burst = 1000000' 'thin_rate = 1000000'
	start_daemon json
	run_client "$SERVER" 1044 "$CLIENT" open 2000 "$MX" 25
	is "2000 connections open at once" "$client_status" 0
	all_is_told
	check "full flow map: the total is told" wait_for 40 has_said "$(flood_alert 1044) and .smtpwatch.count == 2000"
	stop_daemon
	check "full flow map: ends were lost" test "$(book lost_flows)" -gt 0
	check "full flow map: the books balance" books_balance
}

# A process that is gone before its counters were read, and one daemon that ends in the middle of a flood.
test_end_in_a_flood() {
	write_config '[alerts]' 'cooldown = 1h'
	start_daemon json
	run_client "$SERVER" 1045 "$CLIENT" flood "$FLOOD" "$MX" 25
	stop_daemon
	is "the end of the daemon: exit status" "$daemon_status" 0
	few_lines_and_the_total "the end of the daemon" 1045
	check "the end of the daemon: the books balance" books_balance
}

# Each of its processes makes fewer connections than one may, and all of them together more.
test_flood_of_processes() {
	local process
	write_config '[alerts]' 'cooldown = 1h' '[kernel]' 'thin_burst = 64' 'thin_rate = 1'
	start_daemon json
	for ((process = 0; process < 20; process++)); do
		run_client "$SERVER" 1046 "$CLIENT" flood 50 "$MX" 25
	done
	run_client "$SERVER" 1047 "$CLIENT" flood 1 "$MX" 25
	check "a flood of processes: another user is told" \
		wait_for 10 has_said "$is_attempt and .user.id == \"1047\""
	stop_daemon
	check "a flood of processes: it was thinned" test "$(book thinned)" -gt 0
	is "a flood of processes: all is counted" "$(said '.event.action == "summary"' | jq .smtpwatch.attempts)" 1001
	# Of a process that nothing was told of only the file is known, and not its path: that is an alert of its own.
	is "a flood of processes: the alerts' totals are right" "$(said "$is_alert and .user.id == \"1046\"" |
		jq -s 'map(select(.rule.id == "direct-to-mx")) | group_by(.process.executable) |
			map(map(.smtpwatch.count) | max) | add')" 1000
	check "a flood of processes: the books balance" books_balance
}

need_daemon
lab_start
start_receivers discard "$MX" 25
test_thinned_flood
test_overflow
test_full_flow_map
test_end_in_a_flood
test_flood_of_processes
tap_done

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Rules are reloaded, again and again, while several users deliver: no window and no alert is lost. And what an allowance
# lets through, in whose mount namespace, and that it is not forgotten over a restart.
set -euo pipefail
# shellcheck source=tests/system/lab.sh
source "${BASH_SOURCE[0]%/*}/lab.sh"

RELOADS=52
USERS=(1201 1202 1203)

write_rules() { # NAME: the file's content comes on standard input
	install -d "$LAB/rules.d"
	cat >"$LAB/rules.d/$1.conf.new"
	mv "$LAB/rules.d/$1.conf.new" "$LAB/rules.d/$1.conf"
}

# How often a reload was taken or refused.
count_reloads() {
	grep -c -e 'was read anew' -e 'stays in force' "$DAEMON_ERR" || true
}

has_reloaded() { # TIMES
	[[ $(count_reloads) -ge $1 ]]
}

reload() {
	local before
	before=$(count_reloads)
	kill -HUP "$daemon_pid"
	wait_for 10 has_reloaded $((before + 1)) || return 1
}

# ---- Under load

# Direct to MX, at a steady rate, until it is told to stop. How often is in $LAB/delivered.UID.
deliver() { # UID
	local times=0
	until [[ -e $LAB/enough ]]; do
		nsenter --net="/run/netns/$SERVER" setpriv --reuid "$1" --regid "$1" --clear-groups \
			"$CLIENT" connect "$MX" 25 >"$LAB/deliver.$1.out" 2>&1 </dev/null || true
		times=$((times + 1))
		echo "$times" >"$LAB/delivered.$1"
		sleep 0.05
	done
}

has_delivered() { # TIMES: each of them
	local user
	for user in "${USERS[@]}"; do
		[[ $(cat "$LAB/delivered.$user") -ge $1 ]] || return 1
	done
}

# Limits, texts, and rules that come and go; [steady] counts through all of it.
variant_0() {
	write_rules 20-own <<-'END'
		[direct-to-mx]
		reason = as it is
		[steady]
		listens = attempt
		port = 25
		severity = notice at 3 in 10m
		text = {value} so far
	END
}

variant_1() {
	write_rules 20-own <<-'END'
		[direct-to-mx]
		severity = warning at 1, critical at 77 distinct destination.network in 10m
		text = another one
		[mx-fanout]
		enabled = no
		[steady]
		listens = attempt
		port = 25
		severity = notice at 2 in 10m
		text = {value} now
		[comes-and-goes]
		listens = attempt
		severity = info
	END
}

variant_2() {
	write_rules 20-own <<-'END'
		[steady]
		listens = attempt, submission
		origin = process
		only.port = 25
		severity = notice at 2 in 600s
		[submission-rate]
		severity = critical at 5 in 1h
	END
}

variant_3() { # in line 5 is what cannot be
	write_rules 20-own <<-'END'
		[steady]
		listens = attempt
		severity = notice at 2 in 10m

		prot = 25
	END
}

reload_all() {
	local i
	for ((i = 0; i < RELOADS; i++)); do
		"variant_$((i % 4))"
		reload || return 1
	done
}

# The total in the last word of an alert.
total() { # RULE UID
	last_said "$is_alert and .event.action == \"ended\" and .rule.id == \"$1\" and .user.id == \"$2\"" \
		.smtpwatch.count
}

incidents() { # UID
	said "$is_alert and .user.id == \"$1\"" | jq -r .smtpwatch.incident | sort -u | wc -l
}

test_load() {
	local user loops=()
	variant_0
	reload
	for user in "${USERS[@]}"; do
		deliver "$user" &
		loops+=($!)
	done
	wait_for 10 has_delivered 3 || true
	check "$RELOADS reloads under load are each taken or refused" reload_all
	check "and each user delivers meanwhile" has_delivered 10
	touch "$LAB/enough"
	wait "${loops[@]}"
	is "every fourth is refused" "$(grep -c 'stays in force' "$DAEMON_ERR")" $((RELOADS / 4))
	like "naming file and line" "$(grep -m 1 'prot' "$DAEMON_ERR")" \
		"$LAB/rules.d/20-own.conf:5: unknown key .*prot.*did you mean .*port"
	all_is_told
}

# Once the daemon has ended, and so all alerts.
test_totals() {
	local user times
	for user in "${USERS[@]}"; do
		times=$(cat "$LAB/delivered.$user")
		is "user $user: every attempt is told" "$(count_said "$is_attempt and .user.id == \"$user\"")" "$times"
		is "user $user: direct-to-mx has them all" "$(total direct-to-mx "$user")" "$times"
		is "user $user: so has a rule whose limits change" "$(total steady "$user")" "$times"
		is "user $user: all of it is one incident" "$(incidents "$user")" 1
	done
	is "a rule that was switched off ends with what it had" "$(total going 1211)" 3
}

# ---- Windows and alerts, one by one

connect_as() { # UID TIMES
	local i
	for ((i = 0; i < $2; i++)); do
		run_client "$SERVER" "$1" "$CLIENT" connect "$MX" 25
	done
	all_is_told
}

count_alerts() { # RULE UID
	count_said "$is_alert and .rule.id == \"$1\" and .user.id == \"$2\""
}

test_half_full_window() {
	local uid=1210
	write_rules 30-window <<-'END'
		[five]
		listens = attempt
		user = 1210
		severity = notice at 5 in 10m
		text = {value} connections
		[beside]
		listens = attempt
		user = 1
		severity = notice at 7 in 10m
	END
	check "two rules of one's own are read" reload
	connect_as "$uid" 4
	is "four of five: nothing yet" "$(count_alerts five "$uid")" 0
	write_rules 30-window <<-'END'
		[beside]
		listens = attempt
		user = 1
		severity = high at 2 in 1h
		[five]
		listens = attempt
		user = 1210
		severity = notice at 5 in 10m
		text = {value} attempts
	END
	check "another rule and this one's text are changed" reload
	all_is_told
	is "still nothing" "$(count_alerts five "$uid")" 0
	connect_as "$uid" 1
	is "the fifth one fires, with all five" "$(first_said "$is_alert and .rule.id == \"five\"" \
		'.smtpwatch.count, .smtpwatch.evidence')" "5 5 attempts"
}

test_switched_off() {
	local uid=1211
	write_rules 40-off <<-'END'
		[going]
		listens = attempt
		user = 1211
		severity = notice
	END
	check "a new rule is read" reload
	connect_as "$uid" 3
	check "it fires" has_said "$is_alert and .rule.id == \"going\" and .user.id == \"$uid\""
	write_rules 40-off <<-'END'
		[going]
		listens = attempt
		user = 1211
		severity = notice
		enabled = no
	END
	check "it is switched off" reload
	connect_as "$uid" 2 # its total tells that it does not fire for them: test_totals
}

# ---- Allowances

is_allowed() { # NAME PID
	wait_for 5 has_said "$is_attempt and .process.pid == $2" || true
	all_is_told
	is "$1" "$(count_said "$is_attempt and .process.pid == $2") $(count_said "$is_alert and .process.pid == $2")" "1 0"
}

is_not_allowed() { # NAME PID
	check "$1" wait_for 5 has_said "$is_alert and .rule.id == \"direct-to-mx\" and .process.pid == $2"
}

# In a mount namespace of its own, where this file has that path.
connect_hidden() { # UID FILE PATH COMMAND...
	# shellcheck disable=SC2016 # it is for the inner shell
	start_in "$SERVER" "$LAB/client.out" unshare --mount --propagation private sh -c '
		mount --bind "$2" "$3" && uid=$1 && shift 3 &&
			exec setpriv --reuid "$uid" --regid "$uid" --clear-groups "$@"' sh "$@"
	client_pid=$started_pid
}

test_allowances() {
	local perl holder
	perl=$(realpath "$(command -v perl)")
	# shellcheck disable=SC2016 # perl's
	local connect='IO::Socket::INET->new(PeerAddr => $ARGV[0])'
	cp "$CLIENT" "$CLIENTS/other"
	write_rules 50-allow <<-END
		[allow client]
		executable = $CLIENT
		user = 1220, 1221, 1222
		[allow perl]
		executable = $perl
		user = 1223
	END
	check "allowances are read" reload
	run_client "$SERVER" 1220 "$CLIENT" connect "$MX" 25
	is_allowed "an executable that is allowed" "$client_pid"
	run_client "$SERVER" 1220 "$CLIENTS/other" connect "$MX" 25
	is_not_allowed "another one is not" "$client_pid"
	connect_hidden 1221 "$CLIENTS/other" "$CLIENT" "$CLIENT" connect "$MX" 25
	wait "$client_pid" || true
	is_not_allowed "nor is another one at that path, in a mount namespace" "$client_pid"
	is "which looks like it" "$(first_said "$is_alert and .process.pid == $client_pid" .process.executable)" "$CLIENT"

	connect_hidden 1222 "$CLIENTS/other" "$CLIENT" sleep 100
	holder=$client_pid
	wait_for 5 grep -qx sleep "/proc/$holder/comm" || true
	run_client "$SERVER" 1222 "/proc/$holder/root$CLIENT" connect "$MX" 25
	is_not_allowed "nor when it is run by way of /proc, outside of it" "$client_pid"
	kill "$holder"

	run_client "$SERVER" 1224 "$perl" -MIO::Socket::INET -e "$connect" "$MX:25"
	is_not_allowed "perl is not allowed to everybody" "$client_pid"
	connect_hidden 1223 "$CLIENTS" "$CLIENTS" "$perl" -MIO::Socket::INET -e "$connect" "$MX:25"
	wait "$client_pid" || true
	is_allowed "what is installed is allowed in a mount namespace, too" "$client_pid"
}

test_restart() {
	local used
	like "when they were needed is kept" "$(sed -n 's/^client //p' "$LAB/allowances")" '^[0-9]{10} [0-9]{10}$'
	is "by root alone" "$(stat -c '%U %a' "$LAB/allowances")" "root 600"
	used=$(awk '$1 == "client" { print $3 }' "$LAB/allowances")
	write_config '[rules]' "directory = $LAB/rules.d" 'unused_after = 1s'
	start_daemon json
	check "after a restart it is told since when one was not needed" wait_for 10 grep -q \
		"50-allow.conf:1: nothing has needed the allowance client since $(date -u -d "@$used" +%FT%T)" "$DAEMON_ERR"
	stop_daemon
}

need_daemon
lab_start
start_receivers bytes=1 "$MX" 25 discard "$MX_SECOND" 25
install -d "$LAB/rules.d"
write_config '[rules]' "directory = $LAB/rules.d"
start_daemon json
test_load
variant_0
test_half_full_window
test_switched_off
test_allowances
stop_daemon
test_totals
check "the books balance" books_balance
test_restart
tap_done

# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# shellcheck disable=SC2004,SC2034,SC2153,SC2154 # arrays by name; what is set and used here is others', too
# What happens to a daemon in a soak. Sourced by tests/soak/run.

FAULTS=(capture_kill capture_stop capture_stop namespaces namespaces pids pids processor)

# Of the daemon itself. Each is followed by another daemon at once, as an init system does it.
DEATHS=(daemon_kill daemon_kill daemon_term)

PROCESSOR=/sys/devices/system/cpu/cpu$(($(nproc --all) - 1))/online
CHURN=sw$$-churn
LIMIT=$((192 * 1024 * 1024)) # bytes of daemon, capture and the kernel's maps of both; they take about a third

memory_group=
capture_pid=
stopped_capture=
processor_away=no

prepare_faults() {
	at_end forget_churn
	can_take_processor || note "not available: taking a processor away ($PROCESSOR)"
	can_choose_pid || note "not available: choosing the next pid (/proc/sys/kernel/ns_last_pid)"
}

# ---- The memory that it may have

make_limit() {
	local base
	memory_group=
	is_sanitized && return 0
	if base=$(findmnt -n -t cgroup -O memory -o TARGET | head -n 1) && [[ -n $base ]]; then
		memory_group=$base/smtpwatch-soak-$$
		memory_limit=memory.limit_in_bytes
	elif base=$(findmnt -n -t cgroup2 -o TARGET | head -n 1) && grep -qw memory "$base/cgroup.subtree_control" 2>/dev/null; then
		memory_group=$base/smtpwatch-soak-$$
		memory_limit=memory.max
	fi
	if [[ -z $memory_group ]] || ! mkdir "$memory_group" 2>/dev/null; then
		note "not available: a limit on memory"
		memory_group=
		return 0
	fi
	at_end rmdir "$memory_group"
	at_end lab_end_processes
	echo "$LIMIT" >"$memory_group/$memory_limit"
}

# lab.sh's, in the group.
run_daemon() { # OPTION...
	exec >"$DAEMON_OUT" 2>"$DAEMON_ERR" </dev/null
	[[ -z $memory_group ]] || echo "$BASHPID" >"$memory_group/cgroup.procs"
	RUNTIME_DIRECTORY=$LAB/run exec nsenter --net="/run/netns/$SERVER" "$DAEMON" --foreground "$@"
}

# How often the limit ended something.
count_limit_kills() {
	[[ -n $memory_group ]] || return 0
	awk '$1 == "oom_kill" { print $2 }' "$memory_group/memory.oom_control" "$memory_group/memory.events" 2>/dev/null
}

# ---- The daemon

start_life() {
	life=$((${life:-0} + 1))
	write_soak_config
	start_daemon json || { note "the daemon does not start: $(cat "$DAEMON_ERR")"; complain "life $life did not start"; exit 1; }
	remember_kernel_objects
	begin_counting
	note "life $life, pid $daemon_pid"
}

# What it said is kept for the judgement; the lines of flows are too many.
finish_life() { # SIGNAL
	remember_kernel_objects
	find_capture || true
	end_daemon "$1"
	[[ -z $capture_pid ]] || wait_for 10 is_gone "$capture_pid" || complain "the capture process outlives the daemon"
	stopped_capture=
	cp "$DAEMON_ERR" "$DIRECTORY/daemon.$life.log"
	if [[ $1 == TERM ]]; then
		judge_end
	fi
	rm -f "$DAEMON_OUT"
}

act_daemon_kill() {
	act_flood
	act_forks
	count_at_most
	note "SIGKILL of the daemon, with ${#units[@]} units under way"
	finish_life KILL
	lose_under_way
	start_life
}

act_daemon_term() {
	wait_for_units || complain "the load does not end"
	count_all "before its end"
	note "SIGTERM of the daemon"
	finish_life TERM
	start_life
}

# ---- The capture process

find_capture() {
	capture_pid=$(pgrep -P "$daemon_pid" -x smtpw-capture | tail -n 1)
	[[ -n $capture_pid ]]
}

act_capture_kill() {
	find_capture || return 0
	captures_killed=$((${captures_killed:-0} + 1))
	kill -KILL "$capture_pid" 2>/dev/null || true
}

# It goes on some seconds later.
act_capture_stop() {
	[[ -z $stopped_capture ]] || return 0
	find_capture || return 0
	kill -STOP "$capture_pid" 2>/dev/null || return 0
	stopped_capture=$capture_pid
	captures_stopped=$((${captures_stopped:-0} + 1))
	capture_until=$((SECONDS + 1 + RANDOM % 6))
}

continue_capture() {
	kill -CONT "$stopped_capture" 2>/dev/null || true
	stopped_capture=
}

# ---- The machine

forget_churn() {
	ip netns delete "$CHURN" 2>/dev/null || true
}

# A container that comes, sends and is gone before its connection is.
act_namespaces() {
	local uid
	ip netns add "$CHURN"
	ip -n "$CHURN" link add out type veth peer name back
	ip -n "$CHURN" address add 192.0.2.129/30 dev out
	ip -n "$CHURN" link set out up
	ip -n "$CHURN" link set back up
	ip -n "$CHURN" route add default dev out
	pick "${USERS[@]}"
	uid=$picked
	nsenter --net="/run/netns/$CHURN" setpriv --reuid "$uid" --regid "$uid" --clear-groups \
		"$CLIENT" abort "$MX_ELSEWHERE" 25 >/dev/null 2>&1 || true
	all_made[$uid]=$((${all_made[$uid]:-0} + 1))
	add_counted "$uid" 1
	forget_churn
}

can_choose_pid() {
	[[ -w /proc/sys/kernel/ns_last_pid ]]
}

# Two users whose processes have one pid, right after each other.
act_pids() {
	local first second same
	can_choose_pid || return 0
	first=${USERS[0]}
	second=${USERS[1]}
	same=$(in_net "$SERVER" /usr/bin/python3 "$HERE/reuse_pid.py" "$MX_SECOND" 25 "$first" "$second" 5 2>>"$DIRECTORY/errors") ||
		{ complain "reuse_pid.py failed"; return 0; }
	pids_reused=$((${pids_reused:-0} + same))
	for uid in "$first" "$second"; do
		all_made[$uid]=$((${all_made[$uid]:-0} + 5))
		add_counted "$uid" 5
	done
}

can_take_processor() {
	[[ $(nproc --all) -gt 1 && -w $PROCESSOR && ${SOAK_PROCESSOR:-yes} == yes ]]
}

bring_processor_back() {
	echo 1 >"$PROCESSOR" || true
	processor_away=no
}

act_processor() {
	can_take_processor && [[ $processor_away == no ]] || return 0
	echo 0 2>/dev/null >"$PROCESSOR" || return 0
	[[ -n ${processor_registered:-} ]] || at_end bring_processor_back
	processor_registered=yes
	processor_away=yes
	processor_until=$((SECONDS + 2))
	processors_taken=$((${processors_taken:-0} + 1))
}

# What was stopped or away long enough goes on.
revive() {
	[[ -z $stopped_capture || $SECONDS -lt $capture_until ]] || continue_capture
	[[ $processor_away == no || $SECONDS -lt $processor_until ]] || bring_processor_back
}

mend_faults() {
	[[ -z $stopped_capture ]] || continue_capture
	[[ $processor_away == no ]] || bring_processor_back
}

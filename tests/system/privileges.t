#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What the daemon, its launcher and the capture process may still do once the watch is on, what a command for alerts may,
# and that reloads, logs and commands go on with it. That all else does is shown by every other test.
set -euo pipefail
# shellcheck source=tests/system/lab.sh
source "${BASH_SOURCE[0]%/*}/lab.sh"

# Their numbers: include/uapi/linux/capability.h.
declare -A numbers=([CHOWN]=0 [DAC_OVERRIDE]=1 [DAC_READ_SEARCH]=2 [KILL]=5 [SETGID]=6 [SETUID]=7 [SETPCAP]=8
	[NET_ADMIN]=12 [NET_RAW]=13 [SYS_CHROOT]=18 [SYS_PTRACE]=19 [SYS_ADMIN]=21 [PERFMON]=38 [BPF]=39
	[CHECKPOINT_RESTORE]=40)
OTHER=1300 # whom a folder of logs belongs to
capture=

# ---- What is seen from outside

status_of() { # PID FIELD
	sed -n "s/^$2:[[:space:]]*//p" "/proc/$1/status"
}

# Effective and permitted, by name, in the order of their numbers.
capabilities_of() { # PID
	local name bits
	bits=$((16#$(status_of "$1" CapEff)))
	[[ $(status_of "$1" CapPrm) == "$(status_of "$1" CapEff)" ]] || echo "and other permitted ones"
	for name in "${!numbers[@]}"; do
		(((bits >> numbers[$name] & 1) == 0)) || echo "${numbers[$name]} $name"
	done | sort -n | sed 's/.* //' | paste -sd ' '
}

# Those that no row of the table names.
others_of() { # PID FIELD
	local name bits
	bits=$((16#$(status_of "$1" "$2")))
	for name in "${!numbers[@]}"; do
		bits=$((bits & ~(1 << numbers[$name])))
	done
	printf '%x\n' "$bits"
}

child_of_daemon() { # NAME
	pgrep -P "$daemon_pid" -x "$1"
}

capture_is_closed() {
	capture=$(child_of_daemon smtpw-capture) && [[ $(status_of "$capture" Seccomp) == 2 ]]
}

# What uprobes take depends on the kernel: one of the two.
without_probes() { # CAPABILITIES
	sed -E 's/ (SYS_ADMIN|PERFMON)\b//' <<<"$1"
}

holds() { # NAME PID CAPABILITIES...
	is "$1" "$(without_probes "$(capabilities_of "$2")") $(others_of "$2" CapEff)" "${*:3} 0"
}

holds_nothing_else() { # NAME PID
	is "$1: no program that it could execute would get any" \
		"$(for set in CapInh CapBnd CapAmb; do status_of "$2" "$set"; done | tr -d '0\n')" ""
	is "$1: no new privileges, and a filter for its system calls" \
		"$(status_of "$2" NoNewPrivs) $(status_of "$2" Seccomp)" "1 2"
	like "$1: no core dumps" "$(grep '^Max core' "/proc/$2/limits")" '^Max core file size +0 +0 '
}

test_after_start() {
	local launcher
	write_config '[watch]' 'smarthost = localhost'
	start_daemon json
	holds "the daemon has what its table says" "$daemon_pid" \
		CHOWN DAC_READ_SEARCH KILL NET_ADMIN SYS_PTRACE BPF CHECKPOINT_RESTORE
	like "and for probes what the kernel wants for them" "$(capabilities_of "$daemon_pid")" \
		' (SYS_ADMIN BPF|PERFMON BPF)'
	holds_nothing_else "the daemon" "$daemon_pid"
	check "its threads resolve a name" wait_for 10 has_threads
	is "and have no more than it" "$(cat "/proc/$daemon_pid/task/"*/status | grep -E '^(Cap|NoNew|Seccomp:)' | sort -u)" \
		"$(grep -E '^(Cap|NoNew|Seccomp:)' "/proc/$daemon_pid/status" | sort -u)"
	wait_for 10 capture_is_closed || true # in this shell: it sets who it is
	is "the capture process has nothing" "$(status_of "$capture" CapEff | tr -d 0)" ""
	holds_nothing_else "the capture process" "$capture"
	launcher=$(child_of_daemon smtpw-launcher)
	is "the launcher has what the capture's start takes" "$(capabilities_of "$launcher") $(others_of "$launcher" CapEff)" \
		"SETGID SETUID SETPCAP NET_RAW SYS_CHROOT SYS_ADMIN 0"
	is "and can get no more" "$(status_of "$launcher" CapBnd)" "$(status_of "$launcher" CapEff)"
	is_sanitized || # its reports are for somebody to read
		is "it has its socket, and nothing of the daemon's" "$(open_files "$launcher")" \
			"/dev/null /dev/null /dev/null socket"
}

has_threads() {
	(($(find "/proc/$daemon_pid/task" -mindepth 1 -maxdepth 1 | wc -l) > 1))
}

open_files() { # PID
	find "/proc/$1/fd" -type l -printf '%l\n' | sed 's/:\[.*//' | sort | paste -sd ' '
}

# ---- What a reload changes

test_reload() {
	local group=sw$$-group
	groupadd "$group"
	at_end groupdel "$group"
	lab_names+=("$group")
	write_config '[watch]' 'ports = 25, 2526' '[control]' "group = $group"
	kill -HUP "$daemon_pid"
	check "a reload is taken" wait_for 5 grep -q 'read anew' "$DAEMON_ERR"
	is "the control socket has another group" "$(stat -c '%G %a' "$LAB/run/control.sock")" "$group 660"
	run_client "$SERVER" 1301 "$CLIENT" connect "$MX" 2526
	attempted "another port is watched" "$client_pid" 1301 "$CLIENT" "$MX" 2526
}

# ---- The launcher is gone

test_without_launcher() {
	kill -KILL "$(child_of_daemon smtpw-launcher)"
	kill -KILL "$capture"
	check "without its launcher the daemon says what is not started any more, and what to do" wait_for 10 grep -q \
		'is gone: neither is started any more; restart smtpwatchd' "$DAEMON_ERR"
	run_client "$SERVER" 1302 "$CLIENT" connect "$MX" 25
	flagged "and watches on" "$client_pid" 1302 "$CLIENT" "$MX"
	stop_daemon
	is "and ends well" "$daemon_status" 0
}

# ---- A command, and a log that is another's

has_run() {
	[[ -s $LAB/command.out ]]
}

test_command() {
	printf '%s\n' '#!/bin/sh' "grep -E '^(CapEff|CapBnd|NoNewPrivs|Seccomp):' /proc/self/status >$LAB/command.new" \
		"mv $LAB/command.new $LAB/command.out" >"$LAB/on-alert"
	chmod 755 "$LAB/on-alert"
	install -d -o "$OTHER" -m 755 "$LAB/logs"
	write_config '[command]' "run = $LAB/on-alert" '[json]' "file = $LAB/logs/alerts.json" '[identity]' 'php_probes = no'
	start_daemon json
	is "without probes, with a log in another's folder" "$(capabilities_of "$daemon_pid")" \
		"CHOWN DAC_OVERRIDE DAC_READ_SEARCH KILL NET_ADMIN SYS_PTRACE BPF CHECKPOINT_RESTORE"
	run_client "$SERVER" 1303 "$CLIENT" connect "$MX" 25
	check "a command is run for an alert" wait_for 10 has_run
	is "with what the daemon was started with" "$(cat "$LAB/command.out")" \
		"$(grep -E '^(CapEff|CapBnd|NoNewPrivs|Seccomp):' /proc/self/status)"
	mv "$LAB/logs/alerts.json" "$LAB/logs/alerts.json.1"
	kill -USR1 "$daemon_pid"
	check "a log in another's folder is opened anew" wait_for 5 test -e "$LAB/logs/alerts.json"
	run_client "$SERVER" 1304 "$CLIENT" connect "$MX" 25
	check "and written to" wait_for 5 grep -q '"1304"' "$LAB/logs/alerts.json"
	end_daemon KILL
	check "the launcher dies with its daemon" wait_for 5 no_launcher
}

no_launcher() {
	local pid
	for pid in $(ip netns pids "$SERVER"); do
		[[ $(cat "/proc/$pid/comm" 2>/dev/null) != smtpw-launcher ]] || return 1
	done
}

# ---- The least, and less

test_least() {
	write_config '[capture]' 'enabled = no' '[control]' 'enabled = no' '[identity]' 'php_probes = no'
	start_daemon json
	is "with capture, control and probes switched off" "$(capabilities_of "$daemon_pid")" \
		"DAC_READ_SEARCH SYS_PTRACE BPF CHECKPOINT_RESTORE"
	is "there is no launcher" "$(child_of_daemon smtpw-launcher || true)" ""
	run_client "$SERVER" 1305 "$CLIENT" connect "$MX" 25
	flagged "and an alert is raised" "$client_pid" 1305 "$CLIENT" "$MX"
	stop_daemon
}

test_missing() {
	local daemon=$DAEMON
	printf '#!/bin/sh\nexec setpriv --bounding-set -sys_ptrace,-kill "%s" "$@"\n' "$DAEMON" >"$LAB/no_ptrace"
	chmod 755 "$LAB/no_ptrace"
	DAEMON=$LAB/no_ptrace
	write_config '[capture]' 'enabled = yes'
	start_daemon json
	DAEMON=$daemon
	check "a capability that is missing from the beginning is named, with what it is for" grep -q \
		'CAP_SYS_PTRACE is missing: it is needed to see what the processes of others are in /proc' "$DAEMON_ERR"
	check "each of them" grep -q 'CAP_KILL is missing: it is needed to end the capture process' "$DAEMON_ERR"
	is "and no other" "$(grep -c 'is missing' "$DAEMON_ERR")" 2
	holds "the rest is what the table says" "$daemon_pid" CHOWN DAC_READ_SEARCH NET_ADMIN BPF CHECKPOINT_RESTORE
	stop_daemon
}

need_daemon
lab_start
start_receivers greet "$MX" 25 greet "$MX" 2526
test_after_start
test_reload
test_without_launcher
test_command
test_least
test_missing
tap_done

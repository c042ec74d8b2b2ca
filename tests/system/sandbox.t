#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The sandbox of the capture process, from inside: what it needs works there, anything else is death; and from outside.
set -euo pipefail
# shellcheck source=tests/system/lab.sh
source "${BASH_SOURCE[0]%/*}/lab.sh"

SIGSYS_STATUS=$((128 + 31))

# The sandbox's own source, not the daemon's library: that one may hold a sanitizer, which is allowed more.
build_probe() {
	PROBE=$LAB/sandbox_probe
	"${CC:-cc}" -std=gnu17 -D_GNU_SOURCE -O1 -Wall -Wextra -Wconversion -Wshadow \
		-I"$REPOSITORY/userspace" -I"$REPOSITORY/include" -o "$PROBE" \
		"$SYSTEM_TESTS/clients/sandbox_probe.c" "$REPOSITORY/userspace/capture/sandbox.c" \
		"$REPOSITORY/userspace/lib/detached_mount.c" -lseccomp -lcap-ng
}

# Runs it in the server's network. Sets probe_status.
run_probe() { # COMMAND...
	probe_status=0
	start_in "$SERVER" "$LAB/probe.out" "$@"
	wait "$started_pid" 2>/dev/null || probe_status=$?
}

things() { # allowed | forbidden
	"$PROBE" --list | sed -n "s/^$1 //p"
}

test_inside() {
	local thing
	for thing in $(things allowed); do
		[[ $thing != rest ]] || continue
		run_probe "$PROBE" "$thing"
		is "works in the sandbox: $thing" "$probe_status" 0
	done
	for thing in $(things forbidden); do
		run_probe "$PROBE" "$thing"
		is "dies in the sandbox: $thing" "$probe_status" "$SIGSYS_STATUS"
	done
}

status_of() { # PID FIELD...
	local pid=$1
	shift
	while (($#)); do
		sed -n "s/^$1:[[:space:]]*//p" "/proc/$pid/status" | tr '\t' ' ' | sed 's/ *$//'
		shift
	done | paste -sd'|'
}

is_sandboxed() { # PID
	[[ $(status_of "$1" Seccomp) == 2 ]]
}

is_in_state() { # PID LETTER
	[[ $(status_of "$1" State) == "$2 "* ]]
}

hard_limits() { # PID NAME...
	local name
	for name in "${@:2}"; do
		sed -n "s/^$name  *[^ ]*  *\([^ ]*\) .*/\1/p" "/proc/$1/limits"
	done | paste -sd' '
}

start_resting() { # COMMAND...
	start_in "$SERVER" "$LAB/probe.out" "$@" rest
	resting_pid=$started_pid
	wait_for 10 is_sandboxed "$resting_pid"
}

end_resting() {
	kill -KILL "$resting_pid"
	wait "$resting_pid" 2>/dev/null || true
}

has_nothing() { # NAME PID
	is "$1: no capability of any set" "$(status_of "$2" CapInh CapPrm CapEff CapBnd CapAmb | tr -d '0|')" ""
	is "$1: a user, a group and no other groups" "$(status_of "$2" Uid Gid Groups)" \
		"65520 65520 65520 65520|65520 65520 65520 65520|"
	is "$1: no new privileges, a filter" "$(status_of "$2" NoNewPrivs Seccomp)" "1|2"
	is "$1: its root has nothing in it" "$(ls -A "/proc/$2/root/" && echo listed)" listed
	is "$1: and is its working directory" "$(stat -Lc %d:%i "/proc/$2/cwd")" "$(stat -Lc %d:%i "/proc/$2/root")"
}

test_outside() {
	local mounts
	mounts=$(cat /proc/self/mounts)
	start_resting setpriv --groups 4,5 "$PROBE"
	has_nothing "seen from outside" "$resting_pid"
	not_writable "nothing can be made in its root, by root either" "/proc/$resting_pid/root/file"
	is "no core, no file, no process" \
		"$(hard_limits "$resting_pid" 'Max core file size' 'Max file size' 'Max processes')" "0 0 0"
	check "no descriptor but those that are open" test "$(hard_limits "$resting_pid" 'Max open files')" -le 16
	is "its entries in /proc are root's, so it is not dumpable" "$(stat -c %U "/proc/$resting_pid/maps")" root
	check "its root is in no table of mounts" test "$mounts" == "$(cat /proc/self/mounts)"
	kill -STOP "$resting_pid"
	check "it can be stopped" wait_for 5 is_in_state "$resting_pid" T
	kill -CONT "$resting_pid"
	check "and goes on waiting" wait_for 5 is_in_state "$resting_pid" S
	end_resting
}

not_writable() { # NAME PATH
	if touch "$2" 2>/dev/null; then
		not_ok "$1" "$2 was made"
	else
		ok "$1"
	fi
}

removed_roots() {
	compgen -G '/run/smtpwatch.??????' || true
	compgen -G '/tmp/smtpwatch.??????' || true
}

# A container that may not mount, and where only one of the directories can be written to.
test_without_mounts() {
	local before
	before=$(removed_roots)
	start_resting setpriv --bounding-set -sys_admin "$PROBE"
	has_nothing "without CAP_SYS_ADMIN" "$resting_pid"
	not_writable "without CAP_SYS_ADMIN: nothing can be made in its root" "/proc/$resting_pid/root/file"
	is "without CAP_SYS_ADMIN: nothing is left behind" "$(removed_roots)" "$before"
	end_resting
	start_resting unshare --mount sh -c 'mount -t tmpfs -o ro none /run && mount -t tmpfs -o ro none /dev/shm &&
		exec setpriv --bounding-set -sys_admin "$@"' - "$PROBE"
	has_nothing "where /run and /dev/shm are read-only" "$resting_pid"
	end_resting
}

# Whatever cannot be given up, it says so instead of going on.
test_refusals() {
	local capability
	for capability in sys_chroot setuid setgid setpcap; do
		run_probe setpriv --bounding-set "-$capability" "$PROBE" send
		is "without CAP_${capability^^} it does not go on" "$probe_status" 2
	done
	run_probe setpriv --reuid 65534 --regid 65534 --clear-groups --inh-caps -all,+net_raw --ambient-caps +net_raw \
		"$PROBE" send
	is "nor as another user" "$probe_status" 2
}

lab_start
build_probe
test_inside
test_outside
test_without_mounts
test_refusals
tap_done

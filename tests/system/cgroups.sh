# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # what is set here is for those who source it, and what it uses is lab.sh's
# Units and containers, as the kernel has them: cgroups with their names. Sourced after lab.sh.

find_cgroups() {
	cgroups=$(findmnt -n -t cgroup2 -o TARGET | head -n 1)
	[[ -z $cgroups ]] || return 0
	cgroups=$LAB/cgroups
	mkdir "$cgroups"
	mount -t cgroup2 none "$cgroups" || return
	at_end umount "$cgroups"
}

make_cgroup() { # PATH
	local path=$cgroups part
	for part in ${1//\// }; do
		path=$path/$part
		[[ ! -d $path ]] || continue
		mkdir "$path"
		at_end rmdir "$path"
	done
}

run_in_cgroup() { # PATH UID COMMAND...
	make_cgroup "$1"
	# shellcheck disable=SC2016 # the inner shell expands it
	start_in "$SERVER" "$LAB/client.out" bash -c \
		'echo $$ >"$1/cgroup.procs"; exec setpriv --reuid "$2" --regid "$2" --clear-groups "${@:3}"' \
		- "$cgroups/$1" "${@:2}"
	client_pid=$started_pid
	wait "$client_pid" || true
}

# Enters a unit as an init system has its programs: in the unit's cgroup, in a session of their own, at the root. Where
# there is no cgroup v2 it is in none. $1 is the cgroup's list of processes.
# shellcheck disable=SC2016 # the inner shell expands it
ENTER_UNIT='echo $$ >"$1"; cd / && exec setsid --wait "${@:2}"'

procs_of_unit() { # UNIT: sets unit_procs
	unit_procs=/dev/null
	[[ -n ${cgroups:-} ]] || return 0
	unit_procs=$cgroups/system.slice/$1/cgroup.procs
	[[ ! -e $unit_procs ]] || return 0
	make_cgroup "system.slice/$1"
	at_end lab_end_processes # before it goes
}

# Starts a unit's program, as start_in() does. Its output goes to $LAB/UNIT.out.
start_unit() { # UNIT COMMAND...
	procs_of_unit "$1"
	start_in "$SERVER" "$LAB/$1.out" bash -c "$ENTER_UNIT" - "$unit_procs" "${@:2}"
}

# Runs a command of a user to its end, as cron does; its input is this function's.
run_job() { # UNIT USER COMMAND...
	procs_of_unit "$1"
	in_net "$SERVER" bash -c "$ENTER_UNIT" - "$unit_procs" \
		setpriv --reuid "$2" --regid "$(id -g "$2")" --init-groups "${@:3}" >"$LAB/job.$BASHPID.out" 2>&1 ||
		diagnose "a job of $1 failed: ${*:3}: $(<"$LAB/job.$BASHPID.out")"
}

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Who exactly: the script of an interpreter, the unit or container, the owner of a subordinate UID, and what was there
# before the daemon.
set -euo pipefail
# shellcheck source=tests/system/lab.sh
source "${BASH_SOURCE[0]%/*}/lab.sh"
# shellcheck source=tests/system/cgroups.sh
source "${BASH_SOURCE[0]%/*}/cgroups.sh"

PERL=$(readlink -f /usr/bin/perl)
PYTHON=$(readlink -f /usr/bin/python3)
CONTAINER_ID=0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef

connects_by_perl() { # PATH: writes a script that connects to the MX
	printf '%s\n' 'use IO::Socket::INET;' "IO::Socket::INET->new(PeerAddr => '$MX', PeerPort => 25) or exit 1;" >"$1"
}

script_of() { # PID: what the attempt says of it
	first_said "$is_attempt and .process.pid == $1" \
		'.smtpwatch.script | .path, .source, .inherited, .one_liner, .deleted'
}

# ---- Scripts

test_arguments() {
	local script=$LAB/send.pl
	connects_by_perl "$script"
	run_client "$SERVER" 1301 "$PERL" "$script"
	is "perl: the script" "$(script_of "$client_pid")" "$script argv - - -"
	run_client "$SERVER" 1301 bash -c 'cd "$1" && exec "$2" -w ./clients/../send.pl' - "$LAB" "$PERL"
	is "a relative one is completed by the working directory" "$(script_of "$client_pid")" "$script argv - - -"
	run_client "$SERVER" 1301 "$PYTHON" -c "import socket; socket.create_connection(('$MX', 25))"
	is "python -c is a one-liner" "$(script_of "$client_pid")" "- argv - true -"
	run_client "$SERVER" 1301 bash -c "exec 3<>/dev/tcp/$MX/25"
	is "and so is bash -c, but the script that it comes from says more" "$(script_of "$client_pid")" \
		"$SYSTEM_TESTS/who.t argv true - -"
}

test_deleted_script() {
	local script=$LAB/gone.pl
	printf '%s\n' 'unlink $0;' >"$script"
	connects_by_perl "$LAB/tail"
	cat "$LAB/tail" >>"$script"
	chmod 777 "$LAB"
	printf 'sleep 1;\n' >>"$script"
	run_client "$SERVER" 1302 "$PERL" "$script"
	chmod 755 "$LAB"
	is "a script that removes itself" "$(script_of "$client_pid")" "$script argv - - true"
}

# An honest interpreter, and a script where nobody looks.
test_hidden_script() {
	local script
	script=$(mktemp /tmp/smtpwatch-lab.XXXXXX)
	at_end rm -f "$script"
	connects_by_perl "$script"
	chmod 644 "$script"
	run_client "$SERVER" 1303 "$PERL" "$script"
	is "a script under /tmp is hidden" "$(first_said \
		"$is_alert and .process.pid == $client_pid and .rule.id == \"hidden-executable\"" \
		'.log.level, .smtpwatch.script.path, .smtpwatch.evidence')" "critical $script script under /tmp"
}

# What it starts carries the script, over any number of steps.
test_descendants() {
	local script=$LAB/start.pl
	printf '%s\n' "system('sh', '-c', '$CLIENT connect $MX 25; true');" >"$script"
	run_client "$SERVER" 1304 "$PERL" "$script"
	is "what a script starts through a shell is the script's" "$(first_said \
		"$is_attempt and .user.id == \"1304\"" '.process.executable, .smtpwatch.script.path, .smtpwatch.script.inherited')" \
		"$CLIENT $script true"
}

# A script that puts another program in its own place is gone, and still it was the script.
test_exec() {
	local script=$LAB/become.pl
	printf '%s\n' "exec('$CLIENT', 'connect', '$MX', '25');" >"$script"
	run_client "$SERVER" 1306 "$PERL" "$script"
	is "what a script becomes is the script's" "$(first_said "$is_attempt and .process.pid == $client_pid" \
		'.process.executable, .smtpwatch.script.path, .smtpwatch.script.inherited')" "$CLIENT $script true"
}

# A daemon is not the script that it was started by.
test_daemon() {
	run_client "$SERVER" 1305 setsid --wait "$CLIENT" connect "$MX" 25
	is "what has a session of its own is no script's" "$(first_said "$is_attempt and .user.id == \"1305\"" \
		'.process.executable, .smtpwatch.script.path')" "$CLIENT -"
}

# ---- Units and containers

unit_of() { # PID
	first_said "$is_attempt and .process.pid == $1" '.smtpwatch.unit, .smtpwatch.slice, .container.runtime, .container.id,
		.container.name'
}

test_units() {
	run_in_cgroup system.slice/swlab.service 1311 "$CLIENT" connect "$MX" 25
	is "a service" "$(unit_of "$client_pid")" "swlab.service system.slice - - -"
	run_in_cgroup user.slice/user-1312.slice/session-7.scope 1312 "$CLIENT" connect "$MX" 25
	is "a user's session" "$(unit_of "$client_pid")" "session-7.scope user-1312.slice - - -"
	run_in_cgroup "system.slice/docker-$CONTAINER_ID.scope" 1313 "$CLIENT" connect "$MX" 25
	is "a container" "$(unit_of "$client_pid")" "docker-$CONTAINER_ID.scope system.slice docker $CONTAINER_ID web"
}

name_container() {
	local folder=/var/lib/docker/containers path
	for path in /var/lib/docker "$folder" "$folder/$CONTAINER_ID"; do
		[[ ! -d $path ]] || continue
		mkdir -m 700 "$path"
		at_end rmdir "$path"
	done
	echo '{"Name": "/web"}' >"$folder/$CONTAINER_ID/config.v2.json"
	at_end rm "$folder/$CONTAINER_ID/config.v2.json"
}

# A container's root is a user of the host's, whose subordinate range it has.
test_owner() {
	cp -p /etc/subuid "$LAB/subuid" 2>/dev/null || : >"$LAB/subuid"
	at_end cp -p "$LAB/subuid" /etc/subuid
	echo "nobody:734000000:65536" >>/etc/subuid
	run_client "$SERVER" 734000033 "$CLIENT" connect "$MX" 25
	is "the owner of a subordinate UID" "$(first_said "$is_alert and .process.pid == $client_pid" \
		'.user.id, .smtpwatch.owner')" "734000033 nobody"
}

# ---- Orphans

# Web users' processes whose parent is gone.
test_orphan() {
	write_config '[alerts]' 'orphan_age = 1s'
	stop_daemon
	start_daemon json
	# shellcheck disable=SC2016 # the inner shell expands it
	start_in "$SERVER" "$LAB/orphan.out" setpriv --reuid 33 --regid 33 --clear-groups \
		bash -c '(trap "" HUP; sleep 2; exec "$@") & echo $!' - "$CLIENT" connect "$MX" 25
	wait "$started_pid"
	wait_for 5 grep -q . "$LAB/orphan.out"
	client_pid=$(cat "$LAB/orphan.out")
	is "an orphan of the web server" "$(first_said \
		"$is_alert and .process.pid == $client_pid and .rule.id == \"orphan-web\"" '.log.level, .process.parent.pid')" \
		"high 1"
}

# ---- An upgrade

# Its file was replaced by the package manager while it ran.
test_upgrade() {
	local program=/usr/sbin/swlab-client-$$
	put_in_place "$CLIENT" "$program"
	start_in "$SERVER" "$LAB/upgrade.out" setpriv --reuid 1321 --regid 1321 --clear-groups \
		"$program" after "$LAB/upgraded" connect "$MX" 25
	client_pid=$started_pid
	wait_for 5 runs "$client_pid" "$program"
	cp "$program" "$program.new"
	mv "$program.new" "$program"
	: >"$LAB/upgraded"
	wait "$client_pid"
	is "an upgraded executable is a notice" "$(first_said \
		"$is_alert and .process.pid == $client_pid and .rule.id == \"hidden-executable\"" '.log.level')" notice
	is "and told as one" "$(first_said "$is_alert and .process.pid == $client_pid" \
		'.process.executable, .smtpwatch.executable.replaced')" "$program true"
}

runs() { # PID EXECUTABLE
	[[ $(readlink "/proc/$1/exe") == "$2" ]]
}

# ---- Before the daemon

test_adopted() {
	local held
	stop_daemon
	start_in "$SERVER" "$LAB/held.out" setpriv --reuid 1331 --regid 1331 --clear-groups "$CLIENT" hold "$MX" 25
	held=$started_pid
	wait_for 5 has_connection
	start_daemon json
	is "an open connection is adopted" "$(first_said "$is_attempt and .process.pid == $held" \
		'.smtpwatch.adopted, .user.id, .process.executable, .destination.ip, .destination.port')" \
		"true 1331 $CLIENT $MX 25"
	is "and raises its alert" "$(first_said "$is_alert and .process.pid == $held" '.rule.id, .smtpwatch.adopted')" \
		"direct-to-mx true"
	kill "$held"
	wait "$held" 2>/dev/null || true
	is "and its end is told" "$(first_said "$is_end and .process.pid == $held" '.smtpwatch.outcome')" closed
}

has_connection() {
	[[ -n $(in_net "$SERVER" ss -Htn state established dst "$MX") ]]
}

need_daemon
lab_start
start_receivers greet "$MX" 25
find_cgroups || skip_all "there is no cgroup v2"
name_container
write_config
start_daemon json
test_arguments
test_deleted_script
test_hidden_script
test_descendants
test_exec
test_daemon
test_units
test_owner
test_upgrade
test_orphan
test_adopted
check "every line is a JSON object" only_json
stop_daemon
check "the books balance" books_balance
tap_done

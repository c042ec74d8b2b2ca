# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# shellcheck disable=SC2034 # what is set here is for those who source it
# The daemon under test, and what it says. It runs in the server's network, with a runtime directory of its
# own, so that it disturbs none that watches this host. Sourced by lab.sh.

client_pid= # lab.sh sets it: of the client that was run last
daemon_pid=
daemon_status=

DAEMON=${SMTPWATCHD:-$REPOSITORY/build/smtpwatchd}

need_daemon() {
	[[ -x $DAEMON ]] || skip_all "$DAEMON is not built"
}

# Writes the configuration: the lines given, and what keeps the test off this host's own files. Text has the lines of
# every rule, unless the test asks for those of incidents. Rules of the test's own lie in $LAB/rules.d. Each run begins
# with nothing, unless the test has a [state].
write_config() { # LINE...
	DAEMON_CONFIG=$LAB/smtpwatch.conf
	{
		printf '%s\n' "$@" '[identity]' "mta_directory = $LAB/mta.d" '[rules]' "state = $LAB/allowances"
		[[ "$*" == *"directory = $LAB/rules.d"* ]] || printf '%s\n' "directory = $LAB/rules.d"
		[[ "$*" == *'lines = '* ]] || printf '%s\n' '[alerts]' 'lines = rule'
		[[ "$*" == *'[state]'* ]] || printf '%s\n' '[state]' 'enabled = no'
		[[ "$*" == *'[syslog]'* ]] || printf '%s\n' '[syslog]' 'enabled = no'
	} >"$DAEMON_CONFIG"
}

# Whether it was built with AddressSanitizer, which keeps in memory what was freed, and some signals for itself.
is_sanitized() { grep -q __asan_init "$DAEMON"; }

# Starts it and waits until it watches. Its output is in $DAEMON_OUT and $DAEMON_ERR.
start_daemon() { # FORMAT [OPTION...]
	daemon_serial=$((${daemon_serial:-0} + 1))
	DAEMON_OUT=$LAB/daemon.$daemon_serial.out
	DAEMON_ERR=$LAB/daemon.$daemon_serial.err
	run_daemon --format "$1" --config "$DAEMON_CONFIG" "${@:2}" &
	daemon_pid=$!
	if ! wait_for 10 grep -q watching "$DAEMON_ERR"; then
		diagnose "the daemon does not watch: $(cat "$DAEMON_ERR")"
		return 1
	fi
}

# Takes the shell's place, so it is for a subshell.
run_daemon() { # OPTION...
	exec >"$DAEMON_OUT" 2>"$DAEMON_ERR" </dev/null
	RUNTIME_DIRECTORY=$LAB/run exec nsenter --net="/run/netns/$SERVER" "$DAEMON" --foreground "$@"
}

end_daemon() { # SIGNAL
	kill -"$1" "$daemon_pid"
	daemon_status=0
	wait "$daemon_pid" 2>/dev/null || daemon_status=$?
}

# Ends it as systemd would.
stop_daemon() {
	end_daemon TERM
}

# Runs it where it is expected to refuse. What it says is in $DAEMON_ERR.
try_daemon() { # COMMAND...: the daemon's path, and before it what changes its circumstances
	DAEMON_OUT=$LAB/refused.out
	DAEMON_ERR=$LAB/refused.err
	daemon_status=0
	RUNTIME_DIRECTORY=$LAB/run timeout 20 "$@" --foreground --config "$DAEMON_CONFIG" \
		>"$DAEMON_OUT" 2>"$DAEMON_ERR" </dev/null || daemon_status=$?
}

# ---- What it says, as JSON. FILTER is jq's, over one line.

said() { # FILTER
	jq -cR "fromjson? | select($1)" "$DAEMON_OUT"
}

count_said() { # FILTER
	said "$1" | wc -l
}

has_said() { # FILTER [TIMES]
	(($(count_said "$1") >= ${2:-1}))
}

# Waits for a line, and prints of the first one what FIELDS picks, separated by spaces; - for an absent one.
first_said() { # FILTER FIELDS
	wait_for 5 has_said "$1" || true
	said "$1" | head -n 1 | jq -r "[$2] | map(if . == null then \"-\" else tostring end) | join(\" \")"
}

last_said() { # FILTER FIELDS
	said "$1" | tail -n 1 | jq -r "[$2] | map(if . == null then \"-\" else tostring end) | join(\" \")"
}

only_json() {
	[[ -z $(jq -cR 'fromjson? // "no JSON: \(.)" | select(type != "object")' "$DAEMON_OUT") ]]
}

is_alert='.event.kind == "alert"'
is_event='.event.kind == "event"'
is_attempt='.event.kind == "event" and .event.action == "attempt"'
is_end='.event.kind == "event" and .event.action == "end"'

# The alert that an actor raised, as one line: what, how bad, who, with what, toward where.
flagged() { # NAME PID UID EXECUTABLE DESTINATION
	is "$1" "$(first_said "$is_alert and .process.pid == $2" '.event.action, .rule.id, .log.level,
		.user.id, .process.executable, .destination.ip, .destination.port, .smtpwatch.count')" \
		"raised direct-to-mx warning $3 $4 $5 25 1"
}

# The event of a connection's begin, and that there was one.
attempted() { # NAME PID UID EXECUTABLE DESTINATION PORT
	local filter="$is_attempt and .process.pid == $2"
	is "$1" "$(first_said "$filter" '.user.id, .process.executable, .destination.ip, .destination.port') $(
		count_said "$filter")" "$3 $4 $5 $6 1"
}

# The event of its end.
ended() { # NAME PID OUTCOME
	is "$1" "$(first_said "$is_end and .process.pid == $2" .smtpwatch.outcome)" "$3"
}

# What happened before this is in the output once it returns: it makes a connection itself and waits for it.
all_is_told() {
	run_client "$SERVER" 65533 "$CLIENT" abort "$UNANSWERED" 25
	wait_for 5 has_said "$is_end and .process.pid == $client_pid"
}

books_balance() {
	[[ $(said '.event.action == "summary"' | jq '.smtpwatch.books |
		.seen == .delivered + .thinned + .lost_ring + .lost_flows and .delivered == .received') == true ]]
}

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The machine's clock is set while the daemon runs, an hour forward and two hours back: it goes on seeing, raises nothing
# that has not happened, and says so. For a machine of its own: `make vm`.
set -euo pipefail
# shellcheck source=tests/system/lab.sh
source "${BASH_SOURCE[0]%/*}/../lab.sh"
# shellcheck source=tests/system/ask.sh
source "${BASH_SOURCE[0]%/*}/../ask.sh"

PATIENCE=30

is_written() { # STATE TEXT
	ask_status
	[[ "$(check_of clock state) $(check_of clock text)" == "$1 "*"$2"* ]]
}

passed_at() {
	ask_status
	check_of self-test text | grep -o '^passed at [^,]*'
}

has_passed_again() { # THAN
	local now
	now=$(passed_at) && [[ $now != "$1" ]]
}

# By the machine's own clock for what does not run.
set_clock() { # SECONDS
	date -s "@$(($(date +%s) + $1))" >/dev/null
}

is_alerted() { # USER
	run_client "$SERVER" "$1" "$CLIENT" connect "$MX" 25
	wait_for "$PATIENCE" has_said "$is_alert and .rule.id == \"direct-to-mx\" and .user.id == \"$1\""
}

jumps() { # SECONDS USER TEXT
	local before
	before=$(passed_at)
	set_clock "$1"
	check "set by $1 s: status says so" wait_for "$PATIENCE" is_written degraded "$3"
	check "set by $1 s: the log says so" grep -q 'warning: the clock was set by' "$DAEMON_ERR"
	check "set by $1 s: an alert comes as ever" is_alerted "$2"
	check "set by $1 s: the self-test goes on" wait_for "$PATIENCE" has_passed_again "$before"
}

[[ ${SMTPWATCH_OWN_MACHINE-} == yes ]] || skip_all "it sets the clock of the machine: SMTPWATCH_OWN_MACHINE=yes where it may"
need_daemon
need_client
lab_start
start_receivers discard "$MX" 25
write_config '[watch]' 'self_test = 1s'
start_daemon json
check "before: an alert comes" is_alerted 1042
check "before: the clock was never set" is_written ok 'never set'
wait_for "$PATIENCE" passed_at >/dev/null
jumps 3600 1043 'set 1 times, the last time by +3'
jumps -7200 1044 'set 2 times, the last time by -7'
set_clock 3600
all_is_told
stop_daemon
is "no rule but that one fired" "$(said "$is_alert" | jq -r .rule.id | sort -u)" direct-to-mx
is "every connection was counted" "$(said '.event.action == "summary"' | jq .smtpwatch.attempts)" 4
check "the books balance" books_balance
tap_done

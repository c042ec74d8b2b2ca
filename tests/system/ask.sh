# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # what is set here is for those who source it, and what it uses is lab.sh's
# The client, asking the daemon of the lab. Sourced after lab.sh.

SMTPWATCH=${SMTPWATCH:-$REPOSITORY/build/smtpwatch}

need_client() {
	[[ -x $SMTPWATCH ]] || skip_all "$SMTPWATCH is not built"
}

# Asks; output and errors are in $LAB/asked.out and .err.
ask() { # SUBCOMMAND OPTION...
	"$SMTPWATCH" "$@" --socket "$LAB/run/control.sock"
}

# Asks, and compares the exit status.
asked() { # NAME STATUS COMMAND...
	local status=0
	"${@:3}" >"$LAB/asked.out" 2>"$LAB/asked.err" </dev/null || status=$?
	if [[ $status -eq $2 ]]; then
		ok "$1"
	else
		not_ok "$1" "exit $status, not $2"$'\n'"$(cat "$LAB/asked.out" "$LAB/asked.err")"
	fi
}

# ---- The health, as a monitoring check would ask for it: the answer is in $STATUS, its exit status in $status_exit.

ask_status() {
	STATUS=$LAB/status.json
	status_exit=0
	ask status --json >"$STATUS" 2>"$STATUS.err" || status_exit=$?
}

# FIELD of the check of this name.
check_of() { # NAME FIELD
	jq -r --arg name "$1" "(.status // .).checks[] | select(.name == \$name) | .$2" "$STATUS"
}

has_state() { # NAME STATE
	ask_status
	[[ $(check_of "$1" state) == "$2" ]]
}

has_text() { # NAME REGEX
	ask_status
	[[ $(check_of "$1" text) =~ $2 ]]
}

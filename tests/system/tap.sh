# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# What a test says, as TAP, and how it waits. Sourced.

tap_number=0
tap_failures=0

ok() { # NAME
	tap_number=$((tap_number + 1))
	printf 'ok %d - %s\n' "$tap_number" "$1"
}

not_ok() { # NAME [TEXT]: the text says what was got instead
	tap_number=$((tap_number + 1))
	tap_failures=$((tap_failures + 1))
	printf 'not ok %d - %s\n' "$tap_number" "$1"
	[[ $# -lt 2 ]] || diagnose "$2"
}

diagnose() { # TEXT
	printf '%s\n' "$1" | head -n 40 | sed 's/^/# /'
}

# A test that cannot run is a result of its own; in CI, where all parts must be there, it is a failure.
skip() { # NAME WHY
	if [[ ${CI:-} == true ]]; then
		not_ok "$1" "cannot run in CI: $2"
		return
	fi
	tap_number=$((tap_number + 1))
	printf 'ok %d - %s # SKIP %s\n' "$tap_number" "$1" "$2"
}

skip_all() { # WHY
	if [[ ${CI:-} == true ]]; then
		printf 'Bail out! cannot run in CI: %s\n' "$1"
		exit 1
	fi
	printf '1..0 # SKIP %s\n' "$1"
	exit 0
}

# The plan comes last, so a script that ends early is a failure.
tap_done() {
	printf '1..%d\n' "$tap_number"
	[[ $tap_failures -eq 0 ]]
}

check() { # NAME COMMAND...: passes when the command does; its output is told when it does not
	local name=$1 output
	shift
	if output=$("$@" 2>&1); then
		ok "$name"
	else
		not_ok "$name" "failed: $*"
		[[ -z $output ]] || diagnose "$output"
	fi
}

is() { # NAME GOT EXPECTED
	if [[ $2 == "$3" ]]; then
		ok "$1"
	else
		not_ok "$1" "got:      $2"$'\n'"expected: $3"
	fi
}

like() { # NAME GOT REGEX
	if [[ $2 =~ $3 ]]; then
		ok "$1"
	else
		not_ok "$1" "got:     $2"$'\n'"no match: $3"
	fi
}

# Waits for a condition, never for a time: returns as soon as the command succeeds, 1 after SECONDS. On a machine that
# is known to be slow, as an emulated one, SMTPWATCH_PATIENCE is how many times as long.
wait_for() { # SECONDS COMMAND...
	local end=$((SECONDS + $1 * ${SMTPWATCH_PATIENCE:-1} + 1))
	shift
	until "$@" >/dev/null 2>&1; do
		((SECONDS < end)) || return 1
		sleep 0.05
	done
}

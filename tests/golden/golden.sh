# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# shellcheck disable=SC2034 # what is set here is for those who source it
# What the program says of a capture, in a form that can be compared. Sourced by golden.t and regenerate.

GOLDEN=$(cd "${BASH_SOURCE[0]%/*}" && pwd)
REPOSITORY=$(cd "$GOLDEN/../.." && pwd)
DAEMON=${SMTPWATCHD:-$REPOSITORY/build/smtpwatchd}
export TZ=UTC # an alert's evidence tells the time of day of whoever reads it

# Rows "NAME|what it shows" of cases.psv.
cases() {
	grep -v '^#' "$GOLDEN/cases.psv"
}

# The captures that there are, as names of cases.
captures() {
	(cd "$GOLDEN" && find real replies hostile -name '*.pcap' -o -name '*.pcapng') | sed 's/\.pcap\(ng\)\?$//' | sort
}

capture_of() { # NAME
	local file
	for file in "$1.pcap" "$1.pcapng"; do
		[[ ! -e $GOLDEN/$file ]] || echo "$file"
	done
}

# Runs the program over a file. Its own words are in RAW and RAW.err. Prints its lines with their keys in order; where
# it failed, also a line that says with which status and which words. In which line of the catalogue a rule stands is
# left out: that moves; and when a process began, which is told by the clocks of the machine that replays.
replayed_file() { # FILE RAW
	local status=0
	(cd "$GOLDEN" && "$DAEMON" --config golden.conf --replay "$1" --format json) >"$2" 2>"$2.err" || status=$?
	jq -ScR 'fromjson? // {"no JSON": .} | del(.rule.reference, .process.start)' "$2"
	[[ $status -eq 0 ]] || jq -ScnR --argjson status "$status" '{status: $status, error: ([inputs | select(contains(" error: "))] | last)}' "$2.err"
}

replayed() { # NAME RAW
	replayed_file "$(capture_of "$1")" "$2"
}

# ---- Observations, made by rules.py

# What is larger is not kept here: it is made when it is needed.
RULE_INPUT_MAX=8192

make_rule_cases() { # DIRECTORY
	/usr/bin/python3 -B "$GOLDEN/rules.py" "$1"
}

# Rows "NAME|section|variant|what is expected|what happens" of rules/cases.psv.
rule_cases() {
	grep -v '^#' "$GOLDEN/rules/cases.psv"
}

# The cases of DIRECTORY whose observations are kept here.
small_rule_cases() { # DIRECTORY
	find "$1" -name '*.jsonl' -size "-$((RULE_INPUT_MAX + 1))c" -printf '%f\n' | sed 's/\.jsonl$//' | sort
}

# Of a case in DIRECTORY, where NAME.raw is left.
rule_case_replayed() { # DIRECTORY NAME
	replayed_file "$1/$2.jsonl" "$1/$2.raw"
}

make_day() { # DAY [OPTION...]
	/usr/bin/python3 -B "$GOLDEN/days.py" "$@"
}

# ---- Files of rules, compared over the busy day

# Rows "NAME|what is changed" of diff/cases.psv.
diff_cases() {
	grep -v '^#' "$GOLDEN/diff/cases.psv"
}

# What --diff says, and with which status it ends if that is not 0; then also what it complains about.
diff_said() { # NAME DAY.jsonl
	local status=0 complaints
	{ complaints=$(cd "$GOLDEN/diff" &&
		"$DAEMON" --config ../golden.conf --replay "$2" --diff "$1.conf" 2>&1 >&3) || status=$?; } 3>&1
	[[ $status -eq 0 ]] || printf '%s\nstatus %d\n' "$complaints" "$status"
}

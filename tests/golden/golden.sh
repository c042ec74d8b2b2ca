# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# shellcheck disable=SC2034 # what is set here is for those who source it
# What the program says of a capture, in a form that can be compared. Sourced by golden.t and regenerate.

GOLDEN=$(cd "${BASH_SOURCE[0]%/*}" && pwd)
REPOSITORY=$(cd "$GOLDEN/../.." && pwd)
DAEMON=${SMTPWATCHD:-$REPOSITORY/build/smtpwatchd}

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

# Runs the program over a capture. Its own words are in RAW and RAW.err. Prints its lines with their keys in order; where
# it failed, also a line that says with which status and which words. In which line of the catalogue a rule stands is
# left out: that moves.
replayed() { # NAME RAW
	local status=0
	(cd "$GOLDEN" && "$DAEMON" --config golden.conf --replay "$(capture_of "$1")" --format json) >"$2" 2>"$2.err" || status=$?
	jq -ScR 'fromjson? // {"no JSON": .} | del(.rule.reference)' "$2"
	[[ $status -eq 0 ]] || jq -ScnR --argjson status "$status" '{status: $status, error: ([inputs | select(contains(" error: "))] | last)}' "$2.err"
}

# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# A line for a result, of what is side by side without and with the daemon.

print_head() { printf '%-42s %9s %9s %9s\n' '' without with added; }

median() { sort -g | awk '{ value[NR] = $1 } END { print value[int((NR + 1) / 2)] }'; }

# row NAME UNIT WITHOUT WITH ADDED
row() {
	awk -v name="$1" -v unit="$2" -v without="$3" -v with="$4" -v added="$5" \
		'BEGIN { printf "%-42s %9.1f %9.1f %+9.1f %s  x%.3f\n", name, without, with, added, unit, 1 + added / without }'
}

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Each rule of the catalogue below, at and above its thresholds: rules/cases.psv, rules/NAME.jsonl and .json. Needs no root.
set -euo pipefail
# shellcheck source=tests/golden/golden.sh
source "${BASH_SOURCE[0]%/*}/golden.sh"
# shellcheck source=tests/system/tap.sh
source "$REPOSITORY/tests/system/tap.sh"
export LC_ALL=C

# Variants that every section has, and those of a section that counts within a window.
VARIANTS=(below at above)
WINDOW_VARIANTS=(window keys)

compare() { # NAME WHAT
	local expected=$GOLDEN/rules/$1.json got=$TMP/$1.json
	rule_case_replayed "$TMP" "$1" >"$got"
	if [[ ! -e $expected ]]; then
		not_ok "$1: $2" "there is no rules/$1.json; look at what the program says, then run tests/golden/regenerate"
	elif cmp -s "$expected" "$got"; then
		ok "$1: $2"
	else
		not_ok "$1: $2" "$(diff -u --label "rules/$1.json" --label "now" <(jq -S . "$expected") <(jq -S . "$got"))"
	fi
}

# Rows "NAME|told instead|why": where the program is known not to do what is expected.
faults() {
	grep -v '^#' "$GOLDEN/rules/faults.psv" || true
}

# The lines as a person expects them, which no regenerate changes.
test_expectations() {
	local -A faulty reasons
	local name told expected fault why
	while IFS='|' read -r name fault why; do
		faulty[$name]=$fault reasons[$name]=$why
	done < <(faults)
	while IFS='|' read -r name told expected; do
		fault=${faulty[$name]-}
		if [[ -n $fault ]]; then
			is "$name does not make $expected: ${reasons[$name]}; when it does, its row of faults.psv goes" "$told" "$fault"
		else
			is "$name makes: $expected" "$told" "$expected"
		fi
	done < <(join -t '|' <(/usr/bin/python3 -B "$GOLDEN/rules.py" --judge "$TMP" | sort -t '|' -k 1,1) \
		<(rule_cases | cut -d'|' -f1,4 | sort -t '|' -k 1,1))
}

# "SECTION|severity" of what is in force of the catalogue.
sections() {
	(cd "$GOLDEN" && "$DAEMON" --config golden.conf --list-rules) |
		sed -nE '/\(catalogue\.conf:[0-9]+\)/!d; s/^enabled +((together )?[^ ]+) +(.*) \(catalogue\.conf:.*/\1|\3/p'
}

test_all_have_cases() {
	local section severity variant variants have
	have=$'\n'$(rule_cases | cut -d'|' -f2,3)$'\n'
	while IFS='|' read -r section severity; do
		variants=("${VARIANTS[@]}")
		[[ ! $severity =~ ' in '[0-9]+[smhd] ]] || variants+=("${WINDOW_VARIANTS[@]}")
		for variant in "${variants[@]}"; do
			check "[$section] has a case $variant" test -z "${have##*$'\n'"$section|$variant"$'\n'*}"
		done
	done < <(sections)
	is "each section of the catalogue is in the list" "$(sections | wc -l)" \
		"$(grep -c '^\[' "$REPOSITORY/userspace/rules/catalogue.conf")"
	is "there are cases of no others" \
		"$(rule_cases | cut -d'|' -f2 | sort -u | grep -vxFf <(sections | cut -d'|' -f1) || true)" ""
}

# Names of the files of rules/ that end so, without that.
kept() { # SUFFIX
	find "$GOLDEN/rules" -name "*$1" -printf '%f\n' | sed "s/\\$1\$//" | sort
}

test_files() {
	local name
	is "rules.py makes the index that is here" "$(diff "$TMP/cases.psv" "$GOLDEN/rules/cases.psv")" ""
	is "what is small is here, and nothing else" "$(diff <(small_rule_cases "$TMP") <(kept .jsonl))" ""
	while read -r name; do
		cmp -s "$TMP/$name.jsonl" "$GOLDEN/rules/$name.jsonl" || echo "$name"
	done < <(small_rule_cases "$TMP") >"$TMP/differ"
	is "rules.py makes the observations that are here" "$(<"$TMP/differ")" ""
	is "there is an expectation of every case, and no other" \
		"$(diff <(rule_cases | cut -d'|' -f1 | sort) <(kept .json))" ""
}

[[ -x $DAEMON ]] || skip_all "$DAEMON is not built"
type -P jq >/dev/null || skip_all "jq is missing"
TMP=$(mktemp -d)
trap 'rm -rf "$TMP"' EXIT
make_rule_cases "$TMP"

while IFS='|' read -r name _ _ _ what; do
	compare "$name" "$what"
done < <(rule_cases)
test_expectations
test_all_have_cases
test_files
tap_done

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What the program says of each capture is what is expected of it: cases.psv, NAME.pcap, NAME.json. Needs no root.
set -euo pipefail
# shellcheck source=tests/golden/golden.sh
source "${BASH_SOURCE[0]%/*}/golden.sh"
# shellcheck source=tests/system/tap.sh
source "$REPOSITORY/tests/system/tap.sh"
export LC_ALL=C

LEAST_CASES=60
# What is said in the captures in places that the program must not tell of: a password, a login name, bodies.
MARKERS=(golden-secret golden-user golden-body)

# For eyes: a value a line.
spread() {
	jq -S .
}

compare() { # NAME WHAT
	local expected=$GOLDEN/$1.json got=$TMP.got raw=$TMP/$1
	mkdir -p "${raw%/*}"
	replayed "$1" "$raw" | spread >"$got"
	if [[ ! -e $expected ]]; then
		not_ok "$1: $2" "there is no $1.json; look at what the program says, then run tests/golden/regenerate"
	elif diff -q <(spread <"$expected") "$got" >/dev/null; then
		ok "$1: $2"
	else
		not_ok "$1: $2" "$(diff -u --label "$1.json" --label "now" <(spread <"$expected") "$got")"
		diagnose "to see it: $DAEMON --replay $GOLDEN/$(capture_of "$1") --format json"
	fi
}

# The parts of a text's base64 that do not depend on what stands before and behind it, for each of the three ways in
# which its bytes can fall (RFC 4648 4).
base64_forms() { # TEXT
	local before coded first end
	for before in 0 1 2; do
		coded=$(printf "%${before}s%s" '' "$1" | base64 -w 0)
		first=$(((8 * before + 5) / 6))
		end=$((8 * (before + ${#1}) / 6))
		printf '%s\n' "${coded:first:end-first}"
	done
}

# A marker that no capture holds would prove nothing.
test_markers() {
	local marker form
	for marker in "${MARKERS[@]}"; do
		check "the captures hold $marker" grep -rqF --include='*.pcap' -- "$marker" "$GOLDEN"
		is "the program does not tell it" "$(grep -rlF -- "$marker" "$TMP" || true)" ""
	done
	for marker in golden-secret golden-user; do
		for form in $(base64_forms "$marker"); do
			check "the captures hold $form, which is $marker" grep -rqF --include='*.pcap' -- "$form" "$GOLDEN"
			is "the program does not tell it" "$(grep -rlF -- "$form" "$TMP" || true)" ""
		done
	done
}

test_text() {
	is "no control character is told" "$(grep -rlP '[\x00-\x09\x0b-\x1f\x7f]' "$TMP" || true)" ""
	is "nothing is told that turns the direction of text" \
		"$(grep -rlP '\xe2\x80[\x8e\x8f\xaa-\xae]|\xe2\x81[\xa6-\xa9]' "$TMP" || true)" ""
	is "all is UTF-8" "$(find "$TMP" -type f ! -exec iconv -f UTF-8 -t UTF-8 -o /dev/null {} \; -print 2>/dev/null)" ""
	is "no expectation holds what is no JSON" "$(grep -rl '"no JSON":' "$GOLDEN" --include='*.json' || true)" ""
	is "nor that the program died" "$(grep -rl '"status":' "$GOLDEN" --include='*.json' | xargs -r grep -L '"status":1}' || true)" ""
}

# The table of replies and the captures know the same receivers.
test_receivers() {
	local table=$REPOSITORY/userspace/capture/replies.psv receiver
	[[ -e $table ]] || { skip "every receiver has a case" "$table is missing" && return; }
	while read -r receiver; do
		check "the table's $receiver has a case" test -e "$GOLDEN/replies/$receiver.pcap"
	done < <(sed '/^#/d; /^$/d; s/|.*//' "$table" | sort -u)
}

# "CODE CLASS" of each reply of a case that has this receiver.
classes_told() { # RECEIVER
	jq -r --arg receiver "$1" 'select(.event.action == "reply") | .smtpwatch.reply
		| select(.receiver == $receiver) | "\(.code) \(.class)"' "$TMP/replies/$1"
}

# What the table's columns of code and class say, as a pattern: "421,5xx" is "421|5..".
class_pattern() { # CODES CLASS
	local codes=${1//,/|}
	printf '^(%s) %s$' "${codes//x/.}" "$2"
}

# Of every row's receiver there is a reply with its class, with one of its codes.
test_classes() {
	local table=$REPOSITORY/userspace/capture/replies.psv receiver stage codes enhanced words class
	while IFS='|' read -r receiver stage codes enhanced words class; do
		[[ $receiver == postfix && $class == POLICY ]] && continue # its case is replies/not-our-domain
		check "$receiver at $stage with $codes $enhanced, \"${words:0:30}\": $class" \
			grep -qE "$(class_pattern "$codes" "$class")" <(classes_told "$receiver")
	done < <(sed '/^#/d; /^$/d' "$table")
}

# What a case says of alerts of the rule "blocked". A receiver whose own look-ups are refused says nothing of this host.
blocked_alerts() { # NAME
	jq -r 'select(.rule.id == "blocked") | .event.action' "$TMP/$1"
}

test_alerts() {
	local name
	for name in replies/any replies/sorbs replies/not-our-address replies/not-our-domain replies/not-a-block; do
		is "$name raises no alert of a block" "$(blocked_alerts "$name")" ""
	done
	for name in replies/gmail replies/spamhaus replies/postfix; do
		like "$name raises one" "$(blocked_alerts "$name")" raised
	done
}

# Every connection is told once, from its attempt to its end.
test_flows() {
	local file told
	while read -r file; do
		told=$(jq -r 'select(.event.action == "attempt" or .event.action == "end") | "\(.smtpwatch.flow) \(.event.action)"' "$file" |
			sort | uniq -c | sort -k2 | awk '$1 != 1 || NR % 2 && $3 != "attempt" || !(NR % 2) && $3 != "end"')
		[[ -z $told ]] || echo "${file#"$TMP/"}: $told"
	done < <(find "$TMP" -type f ! -name '*.err') >"$TMP.flows"
	is "each flow has one attempt and one end" "$(<"$TMP.flows")" ""
}

test_make() {
	/usr/bin/python3 -B "$GOLDEN/make.py" "$TMP.made"
	is "make.py makes what is there: replies" "$(diff -rq "$TMP.made/replies" "$GOLDEN/replies" | grep -v '\.json$' || true)" ""
	is "make.py makes what is there: hostile" "$(diff -rq "$TMP.made/hostile" "$GOLDEN/hostile" | grep -v '\.json$' || true)" ""
}

[[ -x $DAEMON ]] || skip_all "$DAEMON is not built"
type -P jq >/dev/null || skip_all "jq is missing"
TMP=$(mktemp -d)
trap 'rm -rf "$TMP" "$TMP.got" "$TMP.made" "$TMP.flows"' EXIT

while IFS='|' read -r name what; do
	compare "$name" "$what"
done < <(cases)
is "every capture has a row in cases.psv, and every row a capture" "$(diff <(cases | cut -d'|' -f1 | sort) <(captures))" ""
check "there are at least $LEAST_CASES cases" test "$(cases | wc -l)" -ge "$LEAST_CASES"
test_markers
test_text
test_receivers
test_classes
test_alerts
test_flows
test_make
tap_done

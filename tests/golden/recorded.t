#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What is recorded while a capture is replayed gives the alerts again that the capture gave. Needs no root.
set -euo pipefail
# shellcheck source=tests/golden/golden.sh
source "${BASH_SOURCE[0]%/*}/golden.sh"
# shellcheck source=tests/system/tap.sh
source "$REPOSITORY/tests/system/tap.sh"
export LC_ALL=C

LEAST_ALERTS=30 # in all captures; of none, nothing would be compared

alerts() {
	jq -ScR 'fromjson? // {"no JSON": .} | select(.event.kind == "alert" or .["no JSON"])'
}

replay() { # CONFIGURATION FILE...
	local config=$1
	shift
	(cd "$GOLDEN" && "$DAEMON" --config "$config" --format json --replay "$@") 2>"$TMP/err" || :
}

test_capture() { # NAME
	rm -f "$TMP/observations"
	replay "$TMP/conf" "$(capture_of "$1")" | alerts >"$TMP/then"
	touch "$TMP/observations"
	replay golden.conf "$TMP/observations" | alerts >"$TMP/again"
	is "$1: the same alerts" "$(diff "$TMP/then" "$TMP/again")" ""
	cat "$TMP/then" >>"$TMP/all"
	cat "$TMP/observations" >>"$TMP/observed"
}

test_record() {
	is "nobody else can read what is recorded" "$(stat -c %a "$TMP/observations")" 600
	is "it is ASCII without control characters" "$(grep -cP '[^\x20-\x7e]' "$TMP/observed" || :)" 0
	is "each line is JSON" "$(jq -cR 'fromjson? // "none"' "$TMP/observed" | grep -c '^"none"' || :)" 0
	check "there were $LEAST_ALERTS alerts to compare" test "$(wc -l <"$TMP/all")" -ge "$LEAST_ALERTS"
}

# One after the other, from standard input, in any order of keys.
test_ways() {
	local observations="$TMP/ways"
	replay "$TMP/conf" replies/gmail.pcap | alerts >"$TMP/then"
	cp "$TMP/observations" "$observations"
	head -n 3 "$observations" >"$TMP/first"
	tail -n +4 "$observations" >"$TMP/rest"
	replay golden.conf "$TMP/first" "$TMP/rest" | alerts >"$TMP/again"
	is "two files are one" "$(diff "$TMP/then" "$TMP/again")" ""
	replay golden.conf - <"$observations" | alerts >"$TMP/again"
	is "standard input, a file" "$(diff "$TMP/then" "$TMP/again")" ""
	# shellcheck disable=SC2002 # it is to be a pipe
	cat "$observations" | replay golden.conf - | alerts >"$TMP/again"
	is "standard input, a pipe" "$(diff "$TMP/then" "$TMP/again")" ""
	jq -Sc . "$observations" >"$TMP/sorted"
	replay golden.conf "$TMP/sorted" | alerts >"$TMP/again"
	is "keys in another order" "$(diff "$TMP/then" "$TMP/again")" ""
	is "the order was another" "$(cmp -s "$observations" "$TMP/sorted" && echo same)" ""
}

test_bad_lines() {
	local status=0
	{ cat "$TMP/ways" && echo '{"event":' && cat "$TMP/ways"; } >"$TMP/bad"
	"$DAEMON" --config "$GOLDEN/golden.conf" --replay "$TMP/bad" >/dev/null 2>"$TMP/err" || status=$?
	is "a line that is none is a failure" "$status" 1
	like "and told with its place" "$(<"$TMP/err")" "bad:$(($(wc -l <"$TMP/ways") + 1)):10: what stands here"
	like "and the others are asked" "$(<"$TMP/err")" "$((2 * $(wc -l <"$TMP/ways"))) observations"
}

# How many lines of alerts there are as text.
text_lines() { # [LINE...]: of the configuration
	{ cat golden.conf && printf '%s\n' "$@"; } >"$TMP/lines.conf"
	"$DAEMON" --config "$TMP/lines.conf" --replay "$TMP/observed" 2>"$TMP/err" | grep -c '^ALERT ' || :
}

test_lines() {
	local all news
	replay golden.conf "$TMP/observed" | alerts >"$TMP/again"
	all=$(wc -l <"$TMP/again")
	news=$(jq -c 'select(.smtpwatch.news)' "$TMP/again" | wc -l)
	check "not all that JSON has is news" test "$news" -lt "$all"
	is "text has the news" "$(cd "$GOLDEN" && text_lines)" "$news"
	is "or all, if it is to" "$(cd "$GOLDEN" && text_lines '[alerts]' 'lines = rule')" "$all"
}

test_diff() {
	local said
	said=$("$DAEMON" --config "$GOLDEN/golden.conf" --replay "$TMP/ways" --diff /dev/null 2>/dev/null)
	like "--diff says what is the same" "$said" 'are the same'
	local status=0
	"$DAEMON" --config "$GOLDEN/golden.conf" --replay "$GOLDEN/replies/gmail.pcap" --diff /dev/null >/dev/null 2>&1 || status=$?
	is "--diff is not for captures" "$status" 2
}

[[ -x $DAEMON ]] || skip_all "$DAEMON is not built"
type -P jq >/dev/null || skip_all "jq is missing"
TMP=$(mktemp -d)
trap 'rm -rf "$TMP"' EXIT
{ cat "$GOLDEN/golden.conf" && printf '\n[record]\nfile = %s\n' "$TMP/observations"; } >"$TMP/conf"

while IFS='|' read -r name _; do
	test_capture "$name"
done < <(cases)
test_record
rm -f "$TMP/observations"
test_ways
test_bad_lines
test_lines
test_diff
tap_done

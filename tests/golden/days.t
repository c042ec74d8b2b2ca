#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Whole days of days.py: what is told of them, and that it hangs on when things happened and not on when it is asked.
# Needs no root.
set -euo pipefail
# shellcheck source=tests/golden/golden.sh
source "${BASH_SOURCE[0]%/*}/golden.sh"
# shellcheck source=tests/system/tap.sh
source "$REPOSITORY/tests/system/tap.sh"
export LC_ALL=C

SLOW_LINES_MAX=8     # news that a day of a slow spammer is worth
BUSY_ALERTS_MIN=20   # in the busy day: of none, nothing would be compared
DISORDERED_MIN=200   # lines that stand elsewhere
SHIFT_DAYS=400
# The days of observations.py, and those of it shifted.
SHIFTED='s/2027-04-06/2026-03-02/g; s/2027-04-07/2026-03-03/g'

# Of the day in FILE, as the program says it. When a process began is told by the clocks of this machine.
replay() { # FILE RAW
	(cd "$GOLDEN" && "$DAEMON" --config golden.conf --format json --replay "$1") 2>"$TMP/err" >"$2.told" ||
		cat "$TMP/err" >>"$2.told"
	jq -Sc 'del(.process.start)' "$2.told" >"$2"
}

# Alerts of FILE as words: time, what, rule, severity, count.
in_words() {
	jq -r '[."@timestamp", .event.action, .rule.id, .log.level, (.smtpwatch.count | tostring)] | join(" ")'
}

raised() { # RULE USER: their alerts of standard input
	jq -c --arg rule "$1" --arg user "$2" 'select(.rule.id == $rule and .user.name == $user and .event.action == "raised")'
}

# Seconds between one alert line of standard input and the next.
gaps() {
	jq -rs '[.[]."@timestamp" | sub("\\.[0-9]+Z$"; "Z") | fromdate] | [.[1:], .[:-1]] | transpose | map(.[0] - .[1]) | @tsv'
}

# Each is three times as long as the one before, or more.
do_grow() { # SECONDS...
	local before=0 gap
	for gap; do
		((gap > 3 * before)) || return 1
		before=$gap
	done
}

test_slow_spammer() {
	local -a intervals
	make_day slow >"$TMP/slow.jsonl"
	replay "$TMP/slow.jsonl" "$TMP/slow"
	jq -c 'select(.smtpwatch.news)' "$TMP/slow" >"$TMP/slow.news"
	diagnose "a slow spammer's day:"$'\n'"$(in_words <"$TMP/slow.news")"
	is "17 an hour for a day" "$(grep -c '"flow_began":true' "$TMP/slow.jsonl")" 408
	is "are told by one rule" "$(jq -r .rule.id "$TMP/slow" | sort -u)" direct-to-mx
	is "as one incident" "$(jq -r .smtpwatch.incident "$TMP/slow" | sort -u | wc -l)" 1
	is "with the first connection, and with the third, within ten minutes, as high" \
		"$(jq -r 'select(.event.action == "raised" or .event.action == "risen")
			| "\(.event.action) \(.log.level) \(.smtpwatch.count) \(."@timestamp")"' "$TMP/slow")" \
		"raised warning 1 2026-03-02T08:02:59.999Z"$'\n'"risen high 3 2026-03-02T08:10:03.528Z"
	is "and with the last, all counted" "$(jq -r 'select(.event.action == "ended") | .smtpwatch.count' "$TMP/slow")" 408
	check "in few lines" test "$(wc -l <"$TMP/slow.news")" -le "$SLOW_LINES_MAX"
	read -ra intervals < <(jq -c 'select(.log.level == "high" and .event.action != "ended")' "$TMP/slow.news" | gaps)
	check "there are some to be compared" test "${#intervals[@]}" -ge 3
	check "which come more and more seldom: ${intervals[*]} s" do_grow "${intervals[@]}"
}

distinct() { # REGEX
	grep -oE "$1" "$TMP/honest.jsonl" | sort -u | wc -l
}

test_honest_day() {
	make_day honest >"$TMP/honest.jsonl"
	is "two hundred sites send by providers" "$(distinct '"site":"site[0-9]+\.example"')" 200
	is "and a mail server to five hundred domains" "$(distinct '"rcpt_domain":"domain[0-9]+\.example"')" 500
	check "of whom some have no such mailbox" test "$(grep -c '"enhanced":"5.1.1"' "$TMP/honest.jsonl")" -ge 50
	replay "$TMP/honest.jsonl" "$TMP/honest"
	is "and there is no alert" "$(in_words <"$TMP/honest")" ""
	sed 's/"role":"mta"/"role":"application"/' "$TMP/honest.jsonl" >"$TMP/dishonest.jsonl"
	replay "$TMP/dishonest.jsonl" "$TMP/dishonest"
	is "which there would be of anything but a mail server" \
		"$(jq -r 'select(.event.action == "raised" or .event.action == "risen") | .rule.id + " " + .log.level' "$TMP/dishonest" |
			sort -u)" $'direct-to-mx high\ndirect-to-mx warning\nmx-fanout critical'
}

test_same_again() {
	make_day busy >"$TMP/busy.jsonl"
	replay "$TMP/busy.jsonl" "$TMP/busy"
	replay "$TMP/busy.jsonl" "$TMP/again"
	check "a busy day has $BUSY_ALERTS_MIN alerts" test "$(grep -c '"action":"raised"' "$TMP/busy")" -ge "$BUSY_ALERTS_MIN"
	check "of half of the rules or more" test "$(jq -r .rule.id "$TMP/busy" | sort -u | wc -l)" -ge 12
	check "a day that is replayed twice says the same, to the letter" cmp "$TMP/busy" "$TMP/again"
}

# What is counted exactly up to 32 is estimated beyond that, by numbers of chance that each run has of its own.
but_estimates() { # FILE
	jq -Sc '(.smtpwatch.measures[]? | select(.estimate)).value = 0
		| if .smtpwatch.evidence then .smtpwatch.evidence |= sub("about [0-9]+"; "about") else . end' "$1"
}

test_estimates() {
	make_day wide >"$TMP/wide.jsonl"
	replay "$TMP/wide.jsonl" "$TMP/wide"
	replay "$TMP/wide.jsonl" "$TMP/wide.again"
	check "there are estimates" grep -q '"estimate":true' "$TMP/wide"
	but_estimates "$TMP/wide" >"$TMP/wide.exact"
	but_estimates "$TMP/wide.again" >"$TMP/again.exact"
	is "replayed twice, nothing but estimates differs" "$(diff "$TMP/wide.exact" "$TMP/again.exact")" ""
}

# Lines for the record may be of another moment: they come when a connection ends first.
but_records() { # FILE
	jq -c 'select(.event.action != "continuing" or .smtpwatch.news)' "$1"
}

test_disorder() {
	make_day busy --disorder >"$TMP/disorder.jsonl"
	replay "$TMP/disorder.jsonl" "$TMP/disorder"
	is "lines out of order are the same lines" "$(diff <(sort "$TMP/busy.jsonl") <(sort "$TMP/disorder.jsonl"))" ""
	check "and many" test "$(diff "$TMP/busy.jsonl" "$TMP/disorder.jsonl" | grep -c '^<')" -ge "$DISORDERED_MIN"
	is "and make the same alerts" "$(diff <(but_records "$TMP/busy") <(but_records "$TMP/disorder"))" ""
}

incidents() {
	jq -r .smtpwatch.incident | sort -u
}

# Incidents by their number in place of their id.
numbered() {
	jq -Scn '[inputs] | (map(.smtpwatch.incident)) as $ids | .[] | .smtpwatch.incident |= (. as $id | $ids | index($id))'
}

test_shift() {
	make_day busy --shift "$SHIFT_DAYS" >"$TMP/shift.jsonl"
	replay "$TMP/shift.jsonl" "$TMP/shift"
	check "$SHIFT_DAYS days later it is another day" grep -q 2027-04-06 "$TMP/shift"
	is "with other incidents" "$(comm -12 <(incidents <"$TMP/busy") <(incidents <"$TMP/shift"))" ""
	is "and the same alerts" "$(diff <(numbered <"$TMP/busy") <(sed "$SHIFTED" "$TMP/shift" | numbered))" ""
	make_day busy --boot >"$TMP/boot.jsonl"
	replay "$TMP/boot.jsonl" "$TMP/boot"
	# Whole seconds of that clock lie otherwise too, and with them the lines that say that something is going on.
	is "and with the host's own clock, whose buckets lie otherwise" \
		"$(diff <(in_words <"$TMP/busy" | grep -v ' continuing ') <(in_words <"$TMP/boot" | grep -v ' continuing '))" ""
}

test_restart() {
	make_day two --boot >"$TMP/two.jsonl"
	make_day two --restart >"$TMP/restart.jsonl"
	replay "$TMP/two.jsonl" "$TMP/two"
	replay "$TMP/restart.jsonl" "$TMP/restart"
	is "the host's clock begins anew" "$(jq -s 'map(.smtpwatch.time_ns) | [.[1:], .[:-1]] | transpose
		| map(select(.[0] < .[1])) | length' "$TMP/restart.jsonl")" 1
	is "what lies on both sides of that is counted as one" "$(raised submission-rate shop <"$TMP/restart" | wc -l)" 1
	check "two days with a restart between them say the same as without" cmp "$TMP/two" "$TMP/restart"
	head -n 600 "$TMP/restart.jsonl" >"$TMP/first.jsonl"
	tail -n +601 "$TMP/restart.jsonl" >"$TMP/second.jsonl"
	(cd "$GOLDEN" && "$DAEMON" --config golden.conf --format json --replay "$TMP/first.jsonl" "$TMP/second.jsonl" 2>"$TMP/err") |
		jq -Sc 'del(.process.start)' >"$TMP/files"
	check "and so do two files" cmp "$TMP/restart" "$TMP/files"
}

[[ -x $DAEMON ]] || skip_all "$DAEMON is not built"
type -P jq >/dev/null || skip_all "jq is missing"
TMP=$(mktemp -d)
trap 'rm -rf "$TMP"' EXIT

test_slow_spammer
test_honest_day
test_same_again
test_estimates
test_disorder
test_shift
test_restart
tap_done

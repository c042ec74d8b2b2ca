#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# --explain and --learn without files take those of the configuration, with the rotated ones. Needs no root.
set -euo pipefail
# shellcheck source=tests/golden/golden.sh
source "${BASH_SOURCE[0]%/*}/golden.sh"
# shellcheck source=tests/system/tap.sh
source "$REPOSITORY/tests/system/tap.sh"
export LC_ALL=C

TMP=$(mktemp -d)
trap 'rm -rf "$TMP"' EXIT

write_config() { # LINE...
	printf '%s\n' "$@" >"$TMP/conf"
}

# What it says is in $TMP/out and $TMP/err.
run() { # OPTION...
	status=0
	"$DAEMON" --config "$TMP/conf" "$@" >"$TMP/out" 2>"$TMP/err" || status=$?
}

# The oldest lines are in the file that was rotated first.
test_explain() {
	local lines=$GOLDEN/explain/php-fpm.jsonl
	write_config '[json]' "file = $TMP/alerts.json"
	head -n 1 "$lines" >"$TMP/alerts.json.2"
	sed -n 2p "$lines" >"$TMP/alerts.json.1"
	tail -n +3 "$lines" >"$TMP/alerts.json"
	run --explain k3x9ab "$lines"
	mv "$TMP/out" "$TMP/expected"
	run --explain k3x
	is "explain: all files of [json]" "$status $(diff "$TMP/expected" "$TMP/out")" "0 "
	run --explain k3x "$TMP/alerts.json.1"
	check "explain: a file that is named is the only one" test "$(cmp -s "$TMP/expected" "$TMP/out" || echo other)" = other
	rm "$TMP"/alerts.json*
	run --explain k3x
	is "explain: no such file" "$status $(cat "$TMP/err")" \
		"1 smtpwatchd: error: cannot read the file of [json]: No such file or directory"
	write_config '[json]' 'flows = no'
	run --explain k3x
	is "explain: [json] has no file" "$status $(cat "$TMP/err")" \
		"2 smtpwatchd: error: [json] has no file, and the command line names none either"
	write_config '[json]' 'fiel = /x'
	run --explain k3x
	is "explain: a configuration that is not valid" "$status" 2
}

line() { # KIND ACTION EXECUTABLE DAYS_AGO
	jq -cn --arg kind "$1" --arg action "$2" --arg executable "$3" --arg time "$(date -u -d "$4 days ago" +%FT%T.000Z)" '
		{"@timestamp": $time, event: {kind: $kind, action: $action, severity: 3}, process: {pid: 7, $executable},
		 user: {id: "1042", name: "shop42"}, destination: {ip: "203.0.113.25", port: 587, domain: "smtp.provider.example"},
		 smtpwatch: {role: "application", scope: "external", incident: "k3x9ab"}, rule: {id: "masquerade"}}'
}

habit() { # EXECUTABLE
	line event attempt "$1" 3
	line event attempt "$1" 2
	line event attempt "$1" 1
}

is_proposed() { # EXECUTABLE
	grep -qx "executable = $1" "$TMP/out"
}

test_learn() {
	write_config '[record]' "file = $TMP/record" '[json]' "file = $TMP/alerts.json"
	{ habit /usr/bin/good; habit /usr/bin/bad; } >"$TMP/record"
	run --learn 7d
	check "learn: without alerts both are proposed" is_proposed /usr/bin/bad
	is "learn: and it says that none are known" "$status $(cat "$TMP/err")" \
		"0 smtpwatchd: warning: no alert is known of those who are proposed: [json] has no file"

	# The flows that are in both files count once: two of them are no habit.
	{ line alert raised /usr/bin/bad 30; } >"$TMP/alerts.json.1"
	{ line event attempt /usr/bin/twice 2; line event attempt /usr/bin/twice 1; } | tee -a "$TMP/record" >"$TMP/alerts.json"
	run --learn 7d
	is "learn: with alerts nothing is said" "$status $(cat "$TMP/err")" "0 "
	check "learn: who has none is proposed" is_proposed /usr/bin/good
	check "learn: whom an alert in a rotated file names is not" eval '! is_proposed /usr/bin/bad'
	check "learn: for that reason" grep -q 'masquerade, incident k3x9ab' "$TMP/out"
	check "learn: of [json] nothing but alerts is taken" eval '! is_proposed /usr/bin/twice'
	check "learn: it names both" grep -q "$TMP/record, and the alerts in" <(tr -s '\n# ' ' ' <"$TMP/out")
}

[[ -x $DAEMON ]] || skip_all "$DAEMON is not built"
test_explain
test_learn
tap_done

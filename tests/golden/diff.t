#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What --diff says of files of rules: diff/NAME.conf, diff/NAME.txt. Needs no root.
set -euo pipefail
# shellcheck source=tests/golden/golden.sh
source "${BASH_SOURCE[0]%/*}/golden.sh"
# shellcheck source=tests/system/tap.sh
source "$REPOSITORY/tests/system/tap.sh"
export LC_ALL=C

[[ -x $DAEMON ]] || skip_all "$DAEMON is not built"
TMP=$(mktemp -d)
trap 'rm -rf "$TMP"' EXIT
make_day busy >"$TMP/day"

while IFS='|' read -r name what; do
	diff_said "$name" "$TMP/day" >"$TMP/said"
	is "$name: $what" "$(diff "$GOLDEN/diff/$name.txt" "$TMP/said")" ""
done < <(diff_cases)
is "every file has a row in cases.psv, and every row a file" \
	"$(diff <(diff_cases | cut -d'|' -f1 | sort) <(cd "$GOLDEN/diff" && printf '%s\n' *.conf | sed 's/\.conf$//'))" ""
tap_done

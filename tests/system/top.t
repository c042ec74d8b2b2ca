#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What an administrator sees at three in the morning: a php-fpm script spams, while honest programs send more than it. It
# stands first, with its script and what is to be thought of it, in text and on the screen.
set -euo pipefail
# shellcheck source=tests/system/lab.sh
source "${BASH_SOURCE[0]%/*}/lab.sh"
# shellcheck source=tests/system/world.sh
source "${BASH_SOURCE[0]%/*}/world.sh"
# shellcheck source=tests/system/php.sh
source "${BASH_SOURCE[0]%/*}/php.sh"
# shellcheck source=tests/system/ask.sh
source "${BASH_SOURCE[0]%/*}/ask.sh"

SPAMMER=1301
HONEST=1302
SCRIPT=/wp-content/x.php
MAILS=30
TMUX=(tmux -L "sw$$" -f /dev/null)

# ---- A terminal

start_screen() { # WIDTH HEIGHT
	at_end end_screen
	LANG=C.UTF-8 TERM=screen-256color "${TMUX[@]}" new-session -d -x "$1" -y "$2" \
		"'$SMTPWATCH' top --socket '$LAB/run/control.sock' -d 1; echo left with \$?; exec sleep 1000"
}

end_screen() {
	"${TMUX[@]}" kill-server 2>/dev/null || true
}

screen() {
	"${TMUX[@]}" capture-pane -p
}

press() { # KEY...
	"${TMUX[@]}" send-keys "$@"
}

shows() { # REGEX
	screen | grep -Eq -- "$1"
}

# The first row below the title line of the table.
first_row() {
	sed -n '/VERDICT/{n;p;q}'
}

is_first() { # REGEX
	screen | first_row | grep -Eq -- "$1"
}

# Waits for it, and tells what was to be seen where it does not come.
sees() { # NAME COMMAND...
	if wait_for 10 "${@:2}"; then
		ok "$1"
	else
		not_ok "$1" "$(screen)"
	fi
}

# ---- What happens

send_honestly() {
	local i
	for ((i = 0; i < 2 * MAILS; i++)); do
		run_client "$SERVER" "$HONEST" "$CLIENT" connect "$SMARTHOST" 587
	done
}

spam() {
	ask_fpm www "$SCRIPT" "first=0&networks=10&times=$MAILS" >"$LAB/spam.answer"
	wait_for 20 has_said "$is_end and .smtpwatch.script.path == \"$SHOP$SCRIPT\"" "$MAILS" || true
}

test_batch() {
	asked "top -b -n 1" 0 ask top -b -n 1 --width 132
	like "shows it first, with script and verdict" "$(first_row <"$LAB/asked.out")" \
		"direct-to-MX +$SPAMMER .*x\.php .* $MAILS "
	like "the honest program is below" "$(cat "$LAB/asked.out")" "application +$HONEST .* $((2 * MAILS)) "
	like "and the alert is told" "$(cat "$LAB/asked.out")" "critical.*mx-fanout.*x\.php"
	asked "as data" 0 ask top -b -n 1 --json
	is "the same" "$(jq -r --arg path "$SHOP$SCRIPT" '.rows[] | select(.name == $path) |
		[.verdict, .counts.attempts, .counts.accepted, .destinations, .alert.severity] | map(tostring) | join(" ")' \
		"$LAB/asked.out")" "direct-to-mx $MAILS $MAILS 10 critical"
	asked "each way to group it" 0 ask top -b -n 1 --by user --json
	is "by user" "$(jq -r --arg user "$SPAMMER" '.rows[] | select(.name == $user) | .verdict' "$LAB/asked.out")" direct-to-mx
	ask top -b -n 1 --by destination --json >"$LAB/asked.out"
	is "by destination" "$(jq '[.rows[] | select(.name | startswith("198.18."))] | length' "$LAB/asked.out")" 10
}

test_screen() {
	start_screen 80 24
	sees "the screen shows it first" is_first "direct-to-MX.*x\.php"
	press 2
	sees "a key groups by user" is_first "direct-to-MX +.*$SPAMMER"
	press Space
	sees "a row is expanded to its processes" shows "└─ php-fpm[0-9.]+\[[0-9]+"
	press 1
	wait_for 10 is_first "x\.php" || true
	press Enter
	sees "its detail has the whole path" shows "$SHOP$SCRIPT"
	press e
	sees "and what it means" shows "Incident [0-9a-z]{6}: critical"
	press Escape
	press Escape
	wait_for 10 is_first "x\.php" || true
	run_client "$SERVER" 1303 "$CLIENT" connect "$MX" 25
	sees "what comes now comes to the screen" shows "direct-to-MX +1303"
	press /
	press -l 1303
	sees "a filter leaves what was looked for" is_first "direct-to-MX +1303"
	press Enter
}

test_restart() {
	stop_daemon
	sees "when the daemon goes it says so, and keeps the picture" shows "[Cc]onnection.*lost"
	check "with the rows" is_first "1303"
	start_daemon json
	run_client "$SERVER" 1303 "$CLIENT" connect "$MX" 25
	sees "it finds the next one" shows_no "[Cc]onnection.*lost"
	sees "with what that has seen" is_first "direct-to-MX +1303"
	press q
	sees "and leaves at q" shows "left with 0"
	end_screen
}

shows_no() { # REGEX
	! shows "$1"
}

need_daemon
need_client
need_php
type -P tmux >/dev/null || skip_all "tmux is missing"
lab_start
make_site
put_script mailing.php "$SCRIPT"
start_world
start_receivers discard "$MX" 25
start_fpm www "$SPAMMER" "$PHP_FPM" -n
write_config '[identity]' "$SITE_OPTION"
start_daemon json
send_honestly
spam
test_batch
test_screen
test_restart
stop_daemon
tap_done

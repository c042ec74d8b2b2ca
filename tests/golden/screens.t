#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The screen of `smtpwatch top` in a real terminal, as it is in screens/NAME.txt to the letter. SCREENS_REGENERATE=1
# writes these anew: read the difference.
set -u
cd "$(dirname "${BASH_SOURCE[0]}")" || exit
source ../system/tap.sh
source screens/screens.sh

command -v tmux >/dev/null || skip_all "tmux is missing"
screens_begin

# ---- Comparing

is_still() {
	local before
	before=$(screen_colours)
	sleep 0.5
	[[ $(screen_colours) == "$before" ]]
}

is_golden() { # NAME WHAT
	[[ $("$2") == "$(cat "screens/$1.txt")" ]]
}

# The marker is what is not there before: with it a screen that is written anew is whole.
screen_is() { # NAME MARKER [screen_colours]
	local what=${3:-screen_text}
	if [[ -n ${SCREENS_REGENERATE:-} ]]; then
		wait_for_screen "$2" && wait_for "$SCREENS_PATIENCE" is_still && "$what" >"screens/$1.txt"
	fi
	if wait_for "$SCREENS_PATIENCE" is_golden "$1" "$what"; then
		ok "$1"
	else
		not_ok "$1" "$(diff -u "screens/$1.txt" <("$what"))"
	fi
}

# Many keys come at once, and the screen is asked when it says what they lead to.
after() { # TEXT KEY...: waits for the text, and then presses
	wait_for_screen "$1" || not_ok "waits for \"$1\"" "$(screen_text)"
	press "${@:2}"
}

# The keys at the bottom stand there before the rows do, and a key moves among the rows that are there.
drawn='q Quit'
ready='of 6 rows'

# ---- Sizes, colours, characters

sizes() {
	local size
	for size in 80x24 132x43 200x60; do
		open_screen "$size"
		screen_is "busy-$size" "$drawn"
	done
	open_screen 80x24
	screen_is colours-80x24 "$drawn" screen_colours
	open_screen 80x24 NO_COLOR=1
	screen_is colourless-80x24 "$drawn" screen_colours
	open_screen 80x24 TERM=vt100
	screen_is vt100-80x24 "$drawn" screen_colours
	open_screen 80x24 LANG=C
	after "$ready" Space
	screen_is ascii-80x24 '|- php'
}

resizing() {
	open_screen 80x24
	after "$ready" Down
	resize_screen 39x24
	screen_is too-narrow 'too small'
	resize_screen 80x7
	screen_is too-low 'too small'
	resize_screen 40x8
	screen_is smallest 'F1 Help'
	resize_screen 132x43
	screen_is resized-132x43 "$drawn"
}

# ---- Groupings, rows below rows, order

groupings() {
	local by number=1
	open_screen 80x24
	after "$ready" ''
	for by in script user process unit destination receiver; do
		press "$number"
		screen_is "by-$by-80x24" "[$number $by]"
		number=$((number + 1))
	done
	press Tab
	after '[1 script]' b
	after '[2 user]' B
	after '[1 script]' BTab
	check 'Tab, b, B and Shift-Tab go round the groupings' wait_for_screen '[6 receiver]'
}

expanding() {
	local size
	for size in 80x24 132x43; do
		open_screen "$size"
		after "$ready" Space
		after '├─ php' Down Right
		screen_is "expanded-$size" '└─ 203'
	done
	press Down Down Down Enter
	screen_is connection-132x43 'lasted'
	press Escape Left Left
	check 'Left hides what the cursor is in, level by level' wait_for_screen '1-6 of 6 rows'
}

ordering() {
	open_screen 80x24
	after "$ready" s
	screen_is sort-list-80x24 'Enter Choose'
	press Home Down Down Down Down Enter
	screen_is sorted-80x24 'down by CONN'
	press r
	check 'r turns the order round' wait_for_screen 'up by CONN'
	press '>'
	check '> sorts by the column to the right' wait_for_screen 'down by :25'
	press '<' '<'
	check '< sorts by the column to the left' wait_for_screen 'up by SCRIPT'
}

filtering() {
	open_screen 80x24
	after "$ready" / B l o
	screen_is filter-typed-80x24 'filter: Blo_'
	press Space s h o p BSpace BSpace BSpace BSpace BSpace g Enter
	screen_is filter-80x24 '1-1 of 1 rows, 5 hidden'
	press F4 x
	screen_is filter-none-80x24 'no row has'
	press Escape
	check 'Esc shows all rows again' wait_for_screen '1-6 of 6 rows'
}

scrolling() {
	tell_daemon stream "$SCREENS_WORK/crowd.jsonl"
	open_screen 80x24
	after 'of 300 rows' NPage Down
	screen_is scrolled-80x24 'rows'
	press End
	check 'End goes to the last row' wait_for_screen '288-300 of 300 rows'
	press g
	check 'g goes to the first one' wait_for_screen '1-13 of 300 rows'
	tell_daemon stream "$SCREENS_WORK/busy.jsonl"
}

# A press and a release, as X10's protocol has them.
click() { # COLUMN LINE, from 0
	local place
	place=$(printf '%x %x' $(($1 + 33)) $(($2 + 33)))
	# shellcheck disable=SC2086 # two words
	press -H 1b 5b 4d 20 $place 1b 5b 4d 23 $place
}

mouse() {
	open_screen 80x24 --mouse
	after "$ready" ''
	click 55 5
	check 'a click on a title sorts by it' wait_for_screen 'down by CONN'
	click 10 8
	press Enter
	check 'a click on a row selects it' wait_for_screen 'newsletter.service'
}

# ---- Panes

panes() {
	local size
	open_screen 80x24
	after "$ready" F1
	screen_is help-80x24 'Keys'
	press q Enter
	screen_is detail-80x24 'php-fpm: pool'
	press End
	screen_is detail-end-80x24 'TEMP'
	press Escape e
	screen_is explanation-80x24 'Incident j1wdvb: crit'
	press Escape a Down
	screen_is alerts-80x24 'Esc Back'
	press Enter
	check 'Enter shows the incident of an alert' wait_for_screen 'Incident j1wdvb'
	for size in 132x43 200x60; do
		open_screen "$size"
		after "$ready" Enter
		screen_is "detail-$size" 'php-fpm: pool'
		press e
		screen_is "explanation-$size" 'Incident j1wdvb: crit'
		press q '?'
		screen_is "help-$size" 'Keys'
	done
}

copying() {
	open_screen 80x24
	after "$ready" Enter
	after 'php-fpm: pool' Escape c
	screen_is copied-80x24 'any key leads back'
	press x
	screen_is busy-80x24 "$drawn"
}

modes() {
	open_screen 80x24
	after "$ready" p F
	screen_is paused-80x24 'paused'
	tell_daemon stream "$SCREENS_WORK/empty.jsonl"
	press p
	check 'p lets a picture that was stopped go on' wait_for_screen 'nobody has sent'
	tell_daemon stream "$SCREENS_WORK/busy.jsonl"
	press d
	screen_is interval-80x24 'seconds between'
	press 9 9 Enter
	check 'an interval that is too long is refused' wait_for_screen 'from 1 to 60'
}

# ---- The daemon

states() {
	tell_daemon stream "$SCREENS_WORK/empty.jsonl"
	open_screen 80x24
	screen_is empty-80x24 'nobody has'
	tell_daemon stream "$SCREENS_WORK/blind.jsonl"
	screen_is blind-80x24 'direct-to-MX' screen_colours
	tell_daemon stream "$SCREENS_WORK/busy.jsonl"
}

losing() {
	open_screen 80x24
	after "$ready" 2
	after '[2 user]' / s h o p Enter Space
	after '├─ php' Down Down Down
	wait_for_screen "$drawn"
	tell_daemon drop
	screen_is lost-80x24 'connection lost since 03:12:04'
	tell_daemon stream "$SCREENS_WORK/later.jsonl"
	tell_daemon return
	screen_is found-80x24 "$drawn"
	tell_daemon stream "$SCREENS_WORK/busy.jsonl"
}

# ---- Text of others

raw_shows() { # TEXT
	grep -aqF -- "$1" "$SCREENS_WORK/raw"
}

no_hostile_bytes() {
	! LC_ALL=C grep -aqP '\x1b\]|\x1b\[2J\x1b\]|\x07|\xe2\x80[\x8b-\x8f\xa8-\xae]|\xe2\x81[\xa0-\xaf]|\xc2[\x80-\x9f]|\xef\xbb\xbf' "$SCREENS_WORK/raw"
}

hostile() {
	local size
	tell_daemon stream "$SCREENS_WORK/hostile.jsonl"
	for size in 80x24 132x43 200x60; do
		open_screen "$size"
		screen_is "hostile-$size" "$drawn"
	done
	own_tmux pipe-pane -O "cat >'$SCREENS_WORK/raw'"
	wait_for "$SCREENS_PATIENCE" test -e "$SCREENS_WORK/raw"
	press C-l Enter
	screen_is hostile-detail-200x60 'EHLO'
	press e
	wait_for_screen 'Incident'
	press c
	wait_for_screen 'any key leads back'
	check 'what was written to the terminal was caught' wait_for "$SCREENS_PATIENCE" raw_shows 'any key leads back'
	check 'nothing in it is obeyed, hidden or turned round by a terminal' no_hostile_bytes
	open_screen 80x24 LANG=C
	screen_is hostile-ascii-80x24 "$drawn"
	tell_daemon stream "$SCREENS_WORK/busy.jsonl"
}

# ---- The end

is_restored() {
	[[ $(screen_text) == *"ended with 0"*"icanon"* && $(screen_text) != *-icanon* && $(screen_text) != *-echo* ]]
}

ending() {
	local signal
	for key in q F10 C-c; do
		open_screen 80x24
		after "$ready" "$key"
		check "$key ends it, and the terminal is as it was" wait_for "$SCREENS_PATIENCE" is_restored
	done
	for signal in TERM HUP; do
		open_screen 80x24
		wait_for_screen "$ready"
		kill -"$signal" "$(screen_pid)"
		check "SIG$signal ends it, and the terminal is as it was" wait_for "$SCREENS_PATIENCE" is_restored
	done
	open_screen 80x24
	wait_for_screen "$ready"
	kill -SEGV "$(screen_pid)"
	check 'when it crashes the terminal is as it was' wait_for_screen 'icanon'
	is 'a crash leaves no modes of the screen behind' "$(screen_text | grep -c -e '-icanon' -e '-echo')" 0
}

# What the README shows, which tools/screens writes.
in_readme() { # SIZE
	awk -v marker="<!-- screen $1 -->" '/^```$/ { shown = armed && !shown; armed = armed && shown; next }
		$0 == marker { armed = 1 }
		shown' ../../README.md
}

readme() {
	local size
	for size in 80x24 132x43 200x60; do
		is "the README has the screen as it is at $size: tools/screens -w README.md" "$(in_readme "$size")" \
			"$(cat "screens/busy-$size.txt")"
	done
}

nothing_remains() {
	! pgrep -f -- "$SCREENS_WORK" >/dev/null
}

start_daemon busy
sizes
resizing
groupings
expanding
ordering
filtering
scrolling
mouse
panes
copying
modes
states
losing
hostile
ending
open_screen 80x24 TERM=dumb
check 'a terminal that has no screen is told what there is instead' wait_for_screen 'smtpwatch top -b'
readme
stop_daemon
open_screen 80x24
check 'without a daemon it says so, and leaves the terminal alone' wait_for_screen 'ended with'
close_screen
check 'no process remains' wait_for "$SCREENS_PATIENCE" nothing_remains
tap_done

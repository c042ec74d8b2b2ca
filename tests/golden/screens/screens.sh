# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# The screen of `smtpwatch top` in a terminal of its own, fed by a daemon that is not there. Sourced by screens.t and
# tools/screens, behind tests/system/tap.sh. Everything is in $SCREENS_WORK and gone at the end, however that comes.

SCREENS=$(cd "${BASH_SOURCE[0]%/*}" && pwd)
SCREENS_PROGRAM=${SMTPWATCH:-$SCREENS/../../../build/smtpwatch}
SCREENS_PATIENCE=10 # seconds, many times what a screen takes
screens_opened=0

screens_begin() {
	SCREENS_WORK=$(mktemp -d)
	trap screens_end EXIT
	trap 'exit 130' INT
	trap 'exit 143' HUP TERM
	/usr/bin/python3 -B "$SCREENS/streams.py" "$SCREENS_WORK"
}

screens_end() {
	close_screen
	stop_daemon
	rm -rf "$SCREENS_WORK"
}

# ---- The daemon

start_daemon() { # STREAM
	stop_daemon
	coproc FAKE { exec /usr/bin/python3 -B "$SCREENS/daemon.py" "$SCREENS_WORK/socket" "$SCREENS_WORK/$1.jsonl"; }
	daemon_pid=$FAKE_PID
	await_done
}

await_done() {
	local answer
	read -r -t "$SCREENS_PATIENCE" answer <&"${FAKE[0]}" && [[ $answer == "done" ]]
}

tell_daemon() { # COMMAND...
	echo "$*" >&"${FAKE[1]}"
	await_done
}

stop_daemon() {
	[[ -n ${daemon_pid:-} ]] || return 0
	kill "$daemon_pid" 2>/dev/null || true
	wait "$daemon_pid" 2>/dev/null || true
	daemon_pid=
}

# ---- The terminal

own_tmux() {
	env -u TMUX tmux -S "$SCREENS_WORK/tmux.$screens_opened" -f /dev/null "$@"
}

# What is left of the program is to be seen too: how it ended, and whether the terminal is as it was.
readonly screens_shell='trap : INT; "$@"; echo "ended with $?"; stty -a | grep -ow -e "-\?icanon" -e "-\?echo"; read -r line'

open_screen() { # WIDTHxHEIGHT [NAME=VALUE...] [OPTION...]: options of smtpwatch top
	local width=${1%x*} height=${1#*x} variables=()
	shift
	while [[ ${1-} == *=* ]]; do
		variables+=("$1")
		shift
	done
	close_screen
	screens_opened=$((screens_opened + 1)) # a server that is ending still has its socket
	own_tmux new-session -d -x "$width" -y "$height" env -i PATH="$PATH" HOME="$SCREENS_WORK" TZ=UTC LANG=C.UTF-8 \
		TERM=screen-256color "${variables[@]}" sh -c "$screens_shell" sh "$SCREENS_PROGRAM" top \
		--socket "$SCREENS_WORK/socket" "$@" \; set-option -g status off \; set-option -g default-terminal screen-256color
}

# The program goes first: one with sanitizers must not lose its terminal while it looks for leaks.
close_screen() {
	[[ $screens_opened -gt 0 ]] || return 0
	if screen_pid >/dev/null 2>&1; then
		kill "$(screen_pid)" && wait_for "$SCREENS_PATIENCE" screen_is_over
	fi
	own_tmux kill-server 2>/dev/null || true
}

press() { # KEY...: as tmux names them
	own_tmux send-keys "$@"
}

resize_screen() { # WIDTHxHEIGHT
	own_tmux resize-window -x "${1%x*}" -y "${1#*x}"
}

# What stands on the screen.
screen_text() {
	own_tmux capture-pane -p
}

# The same with its colours.
screen_colours() {
	own_tmux capture-pane -p -e
}

screen_shows() { # TEXT
	[[ $(screen_text) == *"$1"* ]]
}

wait_for_screen() { # TEXT
	wait_for "$SCREENS_PATIENCE" screen_shows "$1"
}

# Of the program in the terminal, not of the shell around it. Fails where there is none any more.
screen_pid() {
	pgrep -P "$(own_tmux list-panes -F '#{pane_pid}')"
}

screen_is_over() {
	! screen_pid
}

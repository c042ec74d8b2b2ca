# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Completion of smtpwatch(1) for bash. tools/lint completion compares the words with the program's tables.

_smtpwatch_rules() {
	@sbindir@/smtpwatchd --list-rules 2>/dev/null | awk '$2 != "allow" && $2 != "together" { print $2 }'
}

# The latest incidents, of which explain may be asked; nothing where there is no daemon, or no right to ask it.
_smtpwatch_incidents() {
	timeout 1 smtpwatch alerts -n 100 --json 2>/dev/null | sed -n 's/.*"incident":"\([a-z0-9]*\)".*/\1/p' | sort -u
}

# The command that was given, or top.
_smtpwatch_command() {
	local word
	for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
		[[ " $commands " != *" $word "* ]] || { command=$word && return; }
	done
	return 1
}

_smtpwatch_words() { # WORDS
	mapfile -t COMPREPLY < <(compgen -W "$1" -- "$current")
}

_smtpwatch_value() { # of the option before
	case $1 in
	--by) _smtpwatch_words "$by" ;;
	--sort) _smtpwatch_words "$sort" ;;
	--severity) _smtpwatch_words "$severity" ;;
	--rule) _smtpwatch_words "$(_smtpwatch_rules)" ;;
	--user) mapfile -t COMPREPLY < <(compgen -u -- "$current") ;;
	--socket | --script)
		compopt -o filenames
		mapfile -t COMPREPLY < <(compgen -f -- "$current")
		;;
	esac
}

_smtpwatch() {
	local current=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} command=top is_named=1
	local commands='top events alerts status explain reload help version'
	local by='script user process unit destination receiver'
	local sort='rate verdict user name connections 25 465 587 other open failed destinations accepted refused'
	sort+=' submissions first last rule incident process unit site reply helo'
	local severity='info notice warning high critical'
	local any='--version -V --help -h' asking='--socket --json --no-color --ascii'
	local lines='--last -n --follow -f --user --script --port --destination'
	local -A options=(
		[top]="$asking --delay -d --by --sort --filter --mouse --batch -b --count -n --rows --width $any"
		[events]="$asking $lines $any"
		[alerts]="$asking $lines --rule --severity $any"
		[status]="$asking $any" [explain]="$asking $any" [reload]="$asking $any"
		[help]="$any" [version]="$any"
	)
	local valued=' --socket --delay -d --by --sort --filter --count -n --rows --width --last -n --user --script --port'
	valued+=' --destination --rule --severity '

	COMPREPLY=()
	_smtpwatch_command || is_named=0
	if [[ $valued == *" $before "* ]]; then
		_smtpwatch_value "$before"
	elif [[ $current == -* ]]; then
		_smtpwatch_words "${options[$command]}"
	elif ((!is_named)); then
		_smtpwatch_words "$commands"
	elif [[ $command == explain && $before == explain ]]; then
		_smtpwatch_words "$(_smtpwatch_incidents)"
	fi
}
complete -F _smtpwatch smtpwatch

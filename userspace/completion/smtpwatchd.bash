# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Completion of smtpwatchd(8) for bash. tools/lint completion compares the words with the program's table.

_smtpwatchd() {
	local current=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}
	local options='--config -c --foreground -f --format --debug --check-config --list-mta --list-rules --replay --diff'
	options+=' --explain --learn --version -V --help -h'
	local format='text json'

	COMPREPLY=()
	case $before in
	--format)
		mapfile -t COMPREPLY < <(compgen -W "$format" -- "$current")
		return
		;;
	--explain)
		return
		;;
	esac
	if [[ $current == -* ]]; then
		mapfile -t COMPREPLY < <(compgen -W "$options" -- "$current")
	else
		compopt -o filenames
		mapfile -t COMPREPLY < <(compgen -f -- "$current")
	fi
}
complete -F _smtpwatchd smtpwatchd

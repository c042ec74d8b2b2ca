#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What bash, zsh and fish offer behind smtpwatch and smtpwatchd is what the programs take, by their own --help. Needs no
# root.
set -euo pipefail
# shellcheck source=tests/golden/golden.sh
source "${BASH_SOURCE[0]%/*}/golden.sh"
# shellcheck source=tests/system/tap.sh
source "$REPOSITORY/tests/system/tap.sh"
export LC_ALL=C
CLIENT=${SMTPWATCH:-$REPOSITORY/build/smtpwatch}
[[ -x $CLIENT && -x $DAEMON ]] || skip_all "the programs are not built"

TMP=$(mktemp -d)
trap 'rm -rf "$TMP"' EXIT

# As they are installed, beside programs of these names.
mkdir -p "$TMP/bin" "$TMP/home"
ln -s "$DAEMON" "$TMP/bin/smtpwatchd"
ln -s "$CLIENT" "$TMP/bin/smtpwatch"
for file in "$REPOSITORY"/userspace/completion/*; do
	sed "s,@sbindir@,$TMP/bin," "$file" >"$TMP/${file##*/}"
done

# ---- Each shell: what it offers behind each line, as a line of words.

# shellcheck disable=SC2034 # the completion reads COMP_*
offered_bash() { # LINE...
	bash -c 'cd "$1"; source smtpwatch.bash; source smtpwatchd.bash; shift
		compopt() { :; }
		for line; do
			read -ra COMP_WORDS <<<"$line"
			[[ $line != *" " ]] || COMP_WORDS+=("")
			COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
			"_${COMP_WORDS[0]}" "${COMP_WORDS[@]:0:1}" "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD-1]}" </dev/null
			echo "${COMPREPLY[*]}"
		done' bash "$TMP" "$@"
}

offered_zsh() { # LINE...
	timeout 60 zsh -f "$GOLDEN/completion/offered.zsh" "$TMP" "$@"
}

offered_fish() { # LINE...
	HOME=$TMP/home fish --no-config -c 'cd $argv[1]; source smtpwatch.fish; source smtpwatchd.fish
		for line in $argv[2..-1]
			echo (complete -C $line | string replace -r "\t.*" "")
		end' "$TMP" "$@"
}

# ---- What there is, by --help.

# The options of the sections whose titles match, in a line; with letters.
options_of() { # PROGRAM TITLE_REGEX
	"$1" --help | awk -v titles="$2" '
		/^[A-Z].*:$/ { within = $0 ~ titles; next }
		within && match($0, /^ +(-[a-zA-Z], )?--[a-z-]+/) { gsub(/,/, " "); print $1; if ($1 !~ /^--/) print $2 }'
}

sorted() { # WORD...
	# shellcheck disable=SC2048,SC2086 # a word each
	printf '%s\n' $* | sort -u | xargs
}

# Lines, and the words that belong behind each.
cases=() expected=()
add_case() { # LINE WORDS
	cases+=("$1")
	expected+=("$(sorted "$2")")
}

describe_client() {
	local command
	commands=$("$CLIENT" --help | awk '/^Commands:/ { within = 1; next } /^$/ { within = 0 } within { print $1 }')
	add_case 'smtpwatch ' "$commands"
	add_case 'smtpwatch al' alerts
	add_case 'smtpwatch -' "$(options_of "$CLIENT" '^(Options of all|Options of top|Other)')"
	for command in $commands; do
		case $command in
		top) add_case "smtpwatch $command -" "$(options_of "$CLIENT" '^(Options of all|Options of top|Other)')" ;;
		events) add_case "smtpwatch $command -" "$(options_of "$CLIENT" '^(Options of all|Options of events|Other)')" ;;
		alerts) add_case "smtpwatch $command -" "$(options_of "$CLIENT" '^(Options of all|.*alerts|Other)')" ;;
		help | version) add_case "smtpwatch $command -" "$(options_of "$CLIENT" '^Other')" ;;
		*) add_case "smtpwatch $command -" "$(options_of "$CLIENT" '^(Options of all|Other)')" ;;
		esac
	done
	add_case 'smtpwatch top --by ' 'script user process unit destination receiver'
	add_case 'smtpwatch --by re' receiver
	add_case 'smtpwatch alerts --severity ' 'info notice warning high critical'
	add_case 'smtpwatch alerts --rule mx-' 'mx-fanout mx-lookups'
	add_case 'smtpwatch top --sort re' 'refused reply'
}

describe_client
add_case 'smtpwatchd -' "$(options_of "$DAEMON" '^Options')"
add_case 'smtpwatchd --format ' 'text json'
add_case 'smtpwatchd --list' '--list-mta --list-rules'

for shell in bash zsh fish; do
	if ! command -v "$shell" >/dev/null; then
		skip "$shell" "$shell is missing"
		continue
	fi
	mapfile -t offered < <(PATH=$TMP/bin:$PATH "offered_$shell" "${cases[@]}")
	for index in "${!cases[@]}"; do
		is "$shell: ${cases[index]}" "$(sorted "${offered[index]-}")" "${expected[index]}"
	done
done
tap_done

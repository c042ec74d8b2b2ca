# SPDX-License-Identifier: GPL-2.0-only
# zsh -f offered.zsh FOLDER LINE...: what zsh offers behind each line, with the completions of FOLDER; a line of words for
# each. Completion works in a line editor alone, so that gets a terminal of its own.
zmodload zsh/zpty || exit 1
zpty editor zsh -f -i

# What the editor prints up to a mark.
read_to() { # MARK
	local part
	offered=''
	until [[ $offered == *"$1"* ]]; do
		zpty -r editor part || return 1
		offered+=$part
	done
}

zpty -w editor "PS1= ; bindkey -e; fpath=($1 \$fpath); stty -echo; autoload -Uz compinit && compinit -u -D"
# What compadd would add is asked for and printed instead; calls that only ask go through.
zpty -w editor 'tell() {
	local -a all
	compadd() {
		local -a found
		if [[ ${@[1,(i)(-|--)]} == *-(O|A|D)\ * ]]; then builtin compadd "$@"; return; fi
		builtin compadd -O found "$@"
		all+=($found)
	}
	_main_complete
	print -r -- "[${(uo)all}]"
}
zle -C tell complete-word tell; bindkey "^T" tell; print rea""dy'
read_to ready
for line in "${@[2,-1]}"; do
	zpty -w -n editor $'\C-u'"$line"$'\C-t'
	read_to ']'
	print -r -- "${${offered##*\[}%%\]*}"
done
zpty -d editor

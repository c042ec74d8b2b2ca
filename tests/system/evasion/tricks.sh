# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# shellcheck disable=SC2154 # what it uses is lab.sh's
# The tricks of tricks.psv, and how they are built. Sourced after lab.sh.

EVASION=$SYSTEM_TESTS/evasion

for_each_row() { # FUNCTION: gets the columns
	local row columns
	while read -r row <&8; do
		IFS='|' read -r -a columns <<<"$row"
		"$1" "${columns[@]}"
	done 8< <(grep -v '^#' "$EVASION/tricks.psv")
}

build_tricks() {
	local compiler=${CC:-cc} flags=(-std=gnu17 -D_GNU_SOURCE -O1 -Wall -Wextra -Wconversion -Wshadow -pthread)
	TRICKS=$LAB/evasion
	install -d -m 755 "$TRICKS"
	install -m 644 "$EVASION/raw_packets.py" "$TRICKS"
	at_end rm -f "/dev/shm/sw$$-perl_copy" # should the trick be cut short
	"$compiler" "${flags[@]}" -fPIC -shared -o "$TRICKS/preload.so" "$EVASION/preload.c" "$EVASION/trick.c"
	"$compiler" "${flags[@]}" -c -o "$TRICKS/trick.o" "$EVASION/trick.c"
	for_each_row list_program | xargs -P 2 -I '{}' \
		"$compiler" "${flags[@]}" -o "$TRICKS/{}.built" "$EVASION/{}.c" "$TRICKS/trick.o"
	build_client32 "$TRICKS/client32" || true
}

list_program() { # TRICK...
	[[ ! -f $EVASION/$1.c ]] || echo "$1"
}

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The client under valgrind: its commands against a daemon that is played, honest and mad ones, and its screen for a
# moment. It reads and writes nothing that is not its own, frees what it takes, and prints what it prints without.
set -euo pipefail
GOLDEN=$(cd "${BASH_SOURCE[0]%/*}" && pwd)
# shellcheck source=tests/system/tap.sh
source "$GOLDEN/../system/tap.sh"
CLIENT=${SMTPWATCH:-$GOLDEN/../../build/smtpwatch}
CASES=(status-json alerts-filters events-lost top-rows top-json explain reload-failed mad-status mad-alerts mad-top torn-top)
export LC_ALL=C.UTF-8 TZ=UTC
unset NO_COLOR

[[ -x $CLIENT ]] || skip_all "$CLIENT is not built"
command -v valgrind >/dev/null || skip_all "there is no valgrind"
command -v script >/dev/null || skip_all "there is no script(1)"
if grep -q __asan_init "$CLIENT"; then
	ok "AddressSanitizer watches over this build"
	tap_done
	exit
fi
# shellcheck source=tests/golden/client/played.sh
source "$GOLDEN/client/played.sh"

# Its complaints are in "complaints". Text that ncurses keeps until the end is still reachable, and no fault.
WATCHED=(valgrind -q --error-exitcode=99 --leak-check=full --errors-for-leak-kinds=definite
	--log-file=complaints "$CLIENT")

no_complaint() { # NAME
	is "$1: valgrind has nothing to say" "$(cat complaints 2>&1)" ""
	rm -f complaints
}

test_case() { # NAME SCRIPT ARGUMENTS
	local status=0 words
	read -ra words <<<"$3"
	begin "$2"
	"${WATCHED[@]}" "${words[@]}" --socket "$SOCKET" >said 2>err </dev/null || status=$?
	end
	cat err >>said
	[[ $status -eq 0 ]] || echo "status $status" >>said
	is "$1: smtpwatch $3" "$(diff "$GOLDEN/client/$1.txt" said 2>&1)" ""
	no_complaint "$1"
}

shows() { # TEXT
	grep -qaF -- "$1" screen
}

# Some of its keys, and the one that ends it.
test_screen() {
	local keys screen_pid status=0
	begin well
	mkfifo keys
	TERM=xterm-256color script -qec "stty cols 100 rows 30; exec ${WATCHED[*]@Q} --socket $SOCKET" /dev/null <keys >screen 2>&1 &
	screen_pid=$!
	exec {keys}>keys
	check "screen: rows are shown" wait_for 30 shows shop42
	printf '2' >&"$keys"
	printf 'j\r' >&"$keys"
	printf 'q' >&"$keys"
	printf 'q' >&"$keys"
	wait "$screen_pid" || status=$?
	exec {keys}>&-
	is "screen: it ends" "$status" 0
	no_complaint screen
	end
}

while IFS='|' read -r name script arguments; do
	[[ " ${CASES[*]} " != *" $name "* ]] || test_case "$name" "$script" "$arguments"
done < <(grep -v '^#' "$GOLDEN/client/cases.psv")
test_screen
tap_done

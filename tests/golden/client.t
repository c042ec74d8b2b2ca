#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What smtpwatch prints of what a daemon says, and how it ends: client/cases.psv, client/NAME.txt. Needs no root.
# CLIENT_REGENERATE=1 writes the texts anew.
set -euo pipefail
GOLDEN=$(cd "${BASH_SOURCE[0]%/*}" && pwd)
# shellcheck source=tests/system/tap.sh
source "$GOLDEN/../system/tap.sh"
CLIENT=${SMTPWATCH:-$GOLDEN/../../build/smtpwatch}
export LC_ALL=C.UTF-8 TZ=UTC
unset NO_COLOR

[[ -x $CLIENT ]] || skip_all "$CLIENT is not built"
# shellcheck source=tests/golden/client/played.sh
source "$GOLDEN/client/played.sh"

# Goes on in the background, and has no hold on the daemon.
start() { # OUT ERR ARGUMENT...
	local out=$1 err=$2
	shift 2
	"$CLIENT" "$@" --socket "$SOCKET" >"$out" 2>"$err" </dev/null {feed}>&- &
	client=$!
}

stop() {
	kill "$client"
	wait "$client" 2>/dev/null || :
}

# With standard error behind standard output, and with which status it ended if that is not 0.
printed() { # ARGUMENT...
	local status=0
	"$CLIENT" "$@" >out 2>err </dev/null || status=$?
	cat out err
	[[ $status -eq 0 ]] || echo "status $status"
}

while IFS='|' read -r name script arguments; do
	[[ $script == - ]] || begin "$script"
	read -ra words <<<"$arguments"
	[[ $script == - && $name != no-daemon* ]] || words+=(--socket "$SOCKET")
	printed "${words[@]}" >said
	end
	[[ -z ${CLIENT_REGENERATE:-} ]] || cp said "$GOLDEN/client/$name.txt"
	is "$name: smtpwatch $arguments" "$(diff "$GOLDEN/client/$name.txt" said 2>&1)" ""
done < <(grep -v '^#' "$GOLDEN/client/cases.psv")

# Nothing that is printed of hostile text is obeyed by a terminal.
is "no control character, and nothing that turns text around, is in any of it" \
	"$(LC_ALL=C grep -lP '[\x00-\x09\x0b-\x1f\x7f]|\xc2[\x80-\x9f]|\xe2\x80[\x8b-\x8f\xaa-\xae]' "$GOLDEN"/client/*.txt)" ""

asked() { # TEXT
	grep -qF -- "$1" asked
}

begin well
"$CLIENT" events -n 2 --socket "$SOCKET" >/dev/null
check "without a filter no more is asked for than is wanted" asked '"last":2'
"$CLIENT" events -n 2 --user x --socket "$SOCKET" >/dev/null
check "with one, all that the daemon remembers" asked '"last":1000'
end

# ---- Following

lines_are() { # COUNT FILE
	[[ $(wc -l <"$2") -eq $1 ]]
}

tell() { # LINE
	echo "$1" >&"$feed"
}

readonly news='{"event":{"@timestamp":"2026-11-20T04:00:00.000Z","event":{"action":"attempt"},"user":{"name":"news"}}}'

begin well
start followed followed.err events -f -n 2
check "follow: the past comes first" wait_for 20 lines_are 2 followed
tell "$news"
check "follow: then what happens" wait_for 20 lines_are 3 followed
tell '{"lost":{"alerts":0,"events":7}}'
check "follow: what was not told is told of" wait_for 20 grep -q '^smtpwatch: 7 events were not told' followed.err
end
check "follow: it says that the daemon is gone" wait_for 20 grep -q 'waiting until it is back' followed.err
begin restarted
check "follow: and that it is back" wait_for 20 grep -q 'is back' followed.err
check "follow: what happened in between is told" wait_for 20 grep -q missed followed
tell "${news/news/later}"
check "follow: it goes on" wait_for 20 grep -q later followed
is "follow: nothing is told twice" "$(wc -l <followed)" 5
is "follow: it says each once" "$(wc -l <followed.err)" 3
stop
end

begin well
mkfifo pipe
start pipe piped.err alerts -f --json
head -n 1 <pipe >/dev/null
status=0
wait "$client" || status=$?
check "follow: it ends when nobody reads any more" test "$status" -eq 0 -o "$status" -eq 141
is "follow: without a word" "$(cat piped.err)" ""
end

begin well
start pictures pictures.err top -b -d 1
check "top: a picture comes after the other" wait_for 20 grep -q '^$' pictures
end
check "top: it says that the daemon is gone" wait_for 20 grep -q 'waiting until it is back' pictures.err
begin well
check "top: it goes on when it is back" wait_for 20 asked '"request":"snapshot"'
stop
end

# ---- What a terminal gets

on_terminal() { # COLUMNS ARGUMENT...
	local columns=$1
	shift
	script -qec "stty cols $columns; exec '$CLIENT' ${*@Q}" /dev/null </dev/null | tr -d '\r'
}

if command -v script >/dev/null; then
	begin well
	TERM=xterm on_terminal 80 alerts --socket "$SOCKET" >shown
	check "a terminal gets colours" grep -q $'\033\\[1;31mcritical' shown
	is "and no line that is wider" "$(sed $'s/\033\\[[0-9;]*m//g' shown | wc -L)" 80
	TERM=xterm NO_COLOR=1 on_terminal 80 alerts --socket "$SOCKET" >shown
	is "NO_COLOR: no colours" "$(grep -c $'\033' shown)" 0
	end
else
	skip "what a terminal gets" "there is no script(1)"
fi

is "every text belongs to a case" \
	"$(diff <(grep -v '^#' "$GOLDEN/client/cases.psv" | cut -d'|' -f1 | sort) <(cd "$GOLDEN/client" && printf '%s\n' *.txt | sed 's/\.txt$//' | sort))" ""
tap_done

# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# A daemon that is played (daemon.py), for those who ask it. Sourced by tests that have GOLDEN and tap.sh; it goes into a
# directory of its own and takes it away at the end.

TMP=$(mktemp -d)
SOCKET=control.sock
daemon='' feed=''

begin() { # SCRIPT: its socket is there when this returns; what it is asked goes to "asked"
	mkfifo feed
	"$GOLDEN/client/daemon.py" "$SOCKET" "$TMP/$1.script" <feed >asked 2>daemon.err &
	daemon=$!
	exec {feed}>feed
	rm feed
	wait_for 20 test -S "$SOCKET"
}

end() {
	[[ -z $feed ]] || exec {feed}>&-
	[[ -z $daemon ]] || wait "$daemon" || :
	daemon='' feed=''
	rm -f "$SOCKET"
}

clean() {
	end
	rm -rf "$TMP"
}

trap clean EXIT
cd "$TMP" || exit 1
/usr/bin/python3 -B "$GOLDEN/client/make.py" "$TMP"

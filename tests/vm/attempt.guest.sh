#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Runs in the guest, for attempt.t: one attempt under the eyes of the daemon, with all its programs loaded,
# one call that fails before TCP, a false PHP that connects and starts others, and a connection that was there
# before the daemon. Prints what the daemon wrote, each line led by where it came from,
# and its exit status. Then a crowd that presses upon the one processor, and what was counted of it.

# How many tenths of a second a condition is waited for. Loading the object takes an emulated
# processor some seconds.
readonly patience=300

wait_until() {
	tenths=0
	until "$@"; do
		[ "$tenths" -lt "$patience" ] || return 1
		tenths=$((tenths + 1))
		sleep 0.1
	done
}

is_watching() { grep -q watching /tmp/err || has_ended; }
has_alerted() { grep -q '"kind":"alert"' /tmp/out || has_ended; }
has_told_failure() { grep -q '"outcome":"failed","error":101' /tmp/out || has_ended; }
has_told() { grep -q "$1" /tmp/out || has_ended; }
has_syn_sent() { grep -q ':0019 02 ' /proc/net/tcp; } # toward port 25, state SYN_SENT
has_ended() { ! kill -0 "$daemon" 2>/dev/null; }

# A SYN to 203.0.113.25 leaves through lo and is never answered.
make_silent_internet() {
	ip addr add 192.0.2.1/24 dev lo
	ip route add 203.0.113.0/24 dev lo
}

has_answered() { grep -q 220 /tmp/heard; }

# A receiver and a client, each a busybox nc, whose input stays open: the client speaks when it has heard the banner. The end
# of a flow waits a second for the wire, and an emulated processor may be slower, so that it is tried more than once.
hold_dialogue() {
	rm -f /tmp/banner /tmp/words
	mkfifo /tmp/banner /tmp/words
	: >/tmp/heard
	: >/tmp/said
	exec 3<>/tmp/words 4<>/tmp/banner
	echo '220 mx.example ESMTP' >&4
	nc -l -p 25 <&4 >/tmp/said &
	receiver=$!
	wait_until listens
	nc 192.0.2.1 25 <&3 >/tmp/heard &
	talker=$!
	wait_until has_answered && echo 'EHLO guest.example.com' >&3
	wait_until grep -q EHLO /tmp/said
	kill "$talker" "$receiver"
	wait_until has_told '"outcome":.*"destination":{"ip":"192.0.2.1"'
}

listens() { grep -q ':0019 0*:0000 0A ' /proc/net/tcp /proc/net/tcp6 2>/dev/null; } # on port 25, state LISTEN

report() {
	sed 's/^/out: /' /tmp/out
	sed 's/^/err: /' /tmp/err
	echo "status: $1"
}

echo 'root:x:0:0:root:/root:/bin/sh' >/etc/passwd
echo 'shop42:x:1042:1042::/:/bin/sh' >>/etc/passwd
make_silent_internet

printf '[watch]\nsyscall_tracepoints = yes\n[state]\nenabled = no\n' >/tmp/conf

cp /bin/connect /bin/sendmail # it hands over nothing; that it is started is what is told

# Not answered for as long as this takes.
connect --hold 203.0.113.99 25 &
held=$!
wait_until has_syn_sent

smtpwatchd --config /tmp/conf --foreground --format json >/tmp/out 2>/tmp/err &
daemon=$!
wait_until is_watching && wait_until has_told '"adopted":true'
kill "$held"
connect --uid 1042 203.0.113.25 25 && wait_until has_alerted
php start innocent /bin/connect 203.0.113.26 25 && wait_until has_told '"inherited":true'
php start innocent /bin/sendmail 203.0.113.27 25 && wait_until has_told '"action":"submission"'
php lie innocent 203.0.113.28 &
liar=$!
wait_until has_told '"executable":"/bin/php"'
kill "$liar"
for _ in 1 2 3; do
	grep -q '"ehlo":"guest.example.com"' /tmp/out || hold_dialogue
done
connect --uid 1042 198.51.100.25 25 && wait_until has_told_failure # there is no route to it

kill -TERM "$daemon" 2>/dev/null
wait_until has_ended || kill -KILL "$daemon"
wait "$daemon"
report $?

: >/tmp/err # or the first daemon's word would be taken for the second's
smtpwatchd --config /tmp/conf --foreground --format json >/tmp/out 2>/tmp/err &
daemon=$!
wait_until is_watching && crowd 203.0.113.25 20 100
kill -TERM "$daemon"
wait "$daemon"
tail -n 1 /tmp/out | sed -n 's/.*"action":"summary".*"missed":\([0-9]*\).*"attempts":\([0-9]*\).*/crowd: missed=\1 attempts=\2/p'

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What is private stays so: credentials and bodies are in no output, no file and no memory, while the session lasts and
# afterwards. What is kept on request of an alert's connection has neither, and can be replayed by anybody.
set -euo pipefail
# shellcheck source=tests/system/lab.sh
source "${BASH_SOURCE[0]%/*}/lab.sh"
# shellcheck source=tests/system/dialogue.sh
source "${BASH_SOURCE[0]%/*}/dialogue.sh"

PHP=$(readlink -f /usr/bin/php || true)
LOGIN=lab.mailer.shop42
PASSWORD=Kv7-rainbow-Trout-93-Quartz
BODY='Buy now.' # of all clients
EVIDENCE_FILES=3

is_refusal='.event.action == "reply"'

# ---- What must be nowhere

base64_of() { # FORMAT [ARGUMENT...]
	# shellcheck disable=SC2059 # the format is the caller's
	printf "$@" | base64 -w0
}

# Login and password as they are and as AUTH sends them, one a line. In the middle of a text a password has one of three
# other forms, by the place that it begins at.
list_secrets() {
	printf '%s\n' "$LOGIN" "$PASSWORD" "$BODY"
	base64_of '\0%s\0%s' "$LOGIN" "$PASSWORD" && echo
	base64_of %s "$LOGIN" && echo
	base64_of %s "$PASSWORD" | tr -d = && echo
	base64_of x%s "$PASSWORD" | cut -c5-32
	base64_of xx%s "$PASSWORD" | cut -c5-32
}

write_words() {
	printf '%s\n' "$LOGIN" "$PASSWORD" >"$LAB/credentials"
	list_secrets >"$LAB/secrets"
	echo shop.example >"$LAB/said"
}

in_memory() { # WORDS PID...
	/usr/bin/python3 "$CLIENTS/memory.py" "$@"
}

# Where the daemon said or wrote anything.
has_secret() {
	grep -rlaF -f "$LAB/secrets" "$DAEMON_OUT" "$DAEMON_ERR" "$LAB/syslog.out" "$LAB/evidence"
}

private() { # WHEN
	is_sanitized || is "$1: neither credentials nor body are in memory" \
		"$(in_memory "$LAB/secrets" "$daemon_pid" "$(capture_pid)")" ""
	is "$1: nor in any output or file" "$(has_secret || true)" ""
}

# ---- AUTH

test_auth() { # NAME UID MECHANISM COMMAND...
	local pid until=$LAB/until.$2
	start_in "$SERVER" "$LAB/auth.$2.out" setpriv --reuid "$2" --regid "$2" --clear-groups \
		"${@:4}" "$LAB/credentials" "$MX" "$until"
	pid=$started_pid
	check "$1: logs in and sends" wait_for 10 has_said "$is_refusal and .process.pid == $pid"
	private "$1, while it lasts"
	is_sanitized || is "$1: what is no secret is there to be found" \
		"$(in_memory "$LAB/said" "$daemon_pid" | cut -d' ' -f1-4 | sort -u)" "process $daemon_pid: shop.example in"
	[[ $2 != 1431 ]] || change_addresses
	: >"$until"
	wait "$pid" || diagnose "$(<"$LAB/auth.$2.out")"
	is "$1: the mechanism is told" "$(first_said "$is_end and .process.pid == $pid" \
		'.smtpwatch.dialogue | .auth, .ehlo, .accepted, .unknown_recipients, .quit')" "$3 shop.example 1 1 true"
	private "$1, afterwards"
}

# ---- Evidence

# What a container's start does to the host, in the middle of a session. What comes then is told after it.
change_addresses() {
	ip -n "$SERVER" address add 192.0.2.99/32 dev lo
	run_client "$SERVER" 1439 "$CLIENT" connect "$MX" 587 || true
	has_ended 1439 1
}

evidence() {
	find "$LAB/evidence" -name '*.pcap' | sort
}

evidence_count() {
	evidence | wc -l
}

# The file of the first alert, which is a whole connection.
test_file() {
	local file
	file=$(evidence | head -n 1)
	is "the packets of every alert are kept" "$(evidence_count)" "$EVIDENCE_FILES"
	like "in a file that is named by time and rule" "${file##*/}" '^[0-9]{8}T[0-9]{6}Z-direct-to-mx-1\.pcap$'
	is "for root alone" "$(stat -c '%a %u' "$file" "$LAB/evidence" | paste -sd' ')" "600 0 700 0"
	check "tcpdump reads it" tcpdump -nr "$file" "dst host $MX and dst port 25"
	check "the greeting is in it, which came after the alert" grep -qaF 'ehlo shop.example' "$file"
	check "and so is what comes behind the body" grep -qaF 'nobody@mx.example' "$file"
	check "to its end, though addresses of this host changed meanwhile" grep -qaF '221 2.0.0 Bye' "$file"
	install -m 644 "$(evidence | tail -n 1)" "$LAB/replay.pcap"
}

# Replayed by somebody without any right. Of a session with AUTH a replay knows nothing behind the cut, of a body it does.
test_replay() {
	install -m 755 "$DAEMON" "$LAB/smtpwatchd"
	run_client "$SERVER" 65534 "$LAB/smtpwatchd" --config "$LAB/replay.conf" --replay "$LAB/replay.pcap" --format json
	is "a replay needs no root" "$client_status" 0
	DAEMON_OUT=$LAB/client.out
	is "and says what was said then" "$(first_said "$is_end" \
		'.source.ip, .destination.ip, (.smtpwatch.dialogue | .ehlo, .rcpt_domain, .accepted, .quit)')" \
		"192.0.2.81 $MX shop.example mx.example 1 true"
}

# One more connection of another user, and with it one more file.
test_bound() {
	local uid
	for ((uid = 1441; uid < 1441 + EVIDENCE_FILES + 2; uid++)); do
		talk "$uid" "$MX" 1 "EHLO shop.example" QUIT
	done
	is "no more files are kept than may be" "$(evidence_count)" "$EVIDENCE_FILES"
}

need_daemon
lab_start
write_words
start_dialogue_servers "$MX"
start_in "$SERVER" "$LAB/syslog.out" /usr/bin/python3 "$CLIENTS/syslog.py" "$LAB/syslog"
wait_for 10 grep -q ready "$LAB/syslog.out"
write_config
cp "$DAEMON_CONFIG" "$LAB/replay.conf"
write_config '[syslog]' "socket = $LAB/syslog" '[capture]' 'evidence = yes' "evidence_directory = $LAB/evidence" \
	"evidence_files = $EVIDENCE_FILES"
start_daemon json --debug
test_auth "Python, AUTH PLAIN" 1431 PLAIN /usr/bin/python3 "$CLIENTS/auth.py"
if [[ -n $PHP ]]; then
	test_auth "PHP, AUTH LOGIN" 1432 LOGIN "$PHP" -n "$CLIENTS/auth.php"
else
	skip "PHP, AUTH LOGIN" "php is missing"
fi
run_client "$SERVER" 1433 /usr/bin/python3 "$CLIENTS/send.py" "$MX" news
has_ended 1433 1
private "a mail by smtplib"
check "syslog has the alerts" wait_for 5 grep -q 'ALERT rule=direct-to-mx' "$LAB/syslog.out"
test_file
test_bound
check "every line is a JSON object" only_json
stop_daemon
check "the books balance" books_balance
is "nor does the summary tell" "$(has_secret || true)" ""
test_replay
tap_done

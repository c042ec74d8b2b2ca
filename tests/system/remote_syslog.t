#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Alerts reach a collector through the machine's rsyslog, as tools/packaging/rsyslog.conf has it: TLS, TCP, UDP.
set -euo pipefail
# shellcheck source=tests/system/lab.sh
source "${BASH_SOURCE[0]%/*}/lab.sh"

SERVER_ADDRESS=192.0.2.81
COLLECTOR=192.0.2.82 # the internet's end of the server's cable
RSYSLOG=/usr/sbin/rsyslogd
SNIPPET=$REPOSITORY/tools/packaging/rsyslog.conf

# An authority, and the collector's certificate by it.
make_certificates() {
	local name
	for name in authority collector; do
		openssl req -newkey rsa:2048 -nodes -keyout "$LAB/$name.key" -out "$LAB/$name.csr" \
			-subj "/CN=$name.example.com"
	done
	openssl x509 -req -in "$LAB/authority.csr" -signkey "$LAB/authority.key" -days 2 -out "$LAB/authority.pem" \
		-extfile <(echo basicConstraints=critical,CA:TRUE)
	openssl x509 -req -in "$LAB/collector.csr" -CA "$LAB/authority.pem" -CAkey "$LAB/authority.key" \
		-CAcreateserial -days 2 -out "$LAB/collector.pem" \
		-extfile <(echo subjectAltName=DNS:collector.example.com)
}

start_rsyslog() { # NAME NAMESPACE
	install -d "$LAB/$1.d"
	start_in "$2" "$LAB/$1.out" "$RSYSLOG" -n -f "$LAB/$1.conf" -i "$LAB/$1.pid"
}

# One that has just refused a certificate can wait in a TLS read for ever when it is told to end (8.2302).
stop_rsyslog() { # PID
	kill "$1"
	wait_for 10 is_gone "$1" || kill -KILL "$1"
	wait "$1" 2>/dev/null || true
}

# Takes all three ways, and writes down what it is sent as it comes.
start_collector() {
	cat >"$LAB/collector.conf" <<-TEXT
		global(workDirectory="$LAB/collector.d" maxMessageSize="16k" defaultNetstreamDriverCAFile="$LAB/authority.pem"
			defaultNetstreamDriverCertFile="$LAB/collector.pem" defaultNetstreamDriverKeyFile="$LAB/collector.key")
		module(load="imudp")
		module(load="imptcp")
		module(load="imtcp" streamDriver.name="ossl" streamDriver.mode="1" streamDriver.authMode="anon")
		input(type="imudp" address="$COLLECTOR" port="514")
		input(type="imptcp" address="$COLLECTOR" port="514")
		input(type="imtcp" address="$COLLECTOR" port="6514")
		template(name="raw" type="string" string="%inputname% %rawmsg%\n")
		action(type="omfile" file="$LAB/collected" template="raw")
	TEXT
	start_rsyslog collector "$INTERNET"
	collector_pid=$started_pid
	wait_for 20 listens "$INTERNET" "$COLLECTOR" 6514
}

# As it is installed, but for where things lie: what is behind the socket is the stock input.
start_sender() { # SED_EXPRESSION...
	{
		printf '%s\n' "module(load=\"imuxsock\" SysSock.Name=\"$SYSLOG\")" "global(workDirectory=\"$LAB/sender.d\")"
		sed -e "s,target=\"[^\"]*\",target=\"$COLLECTOR\"," -e "s,CAFile=\"[^\"]*\",CAFile=\"$LAB/authority.pem\"," \
			"$@" "$SNIPPET"
	} >"$LAB/sender.conf"
	start_rsyslog sender "$SERVER"
	sender_pid=$started_pid
	wait_for 20 test -S "$SYSLOG"
}

# What the snippet says about the other two ways.
over_tls=(-e '')
over_tcp=(-e '/^\t*streamDriver/d' -e 's/port="6514"/port="514"/')
over_udp=("${over_tcp[@]}" -e 's/protocol="tcp"/protocol="udp"/' -e '/TCP_Framing/d')

collected() { # UID
	grep -a -- " uid=$1 " "$LAB/collected"
}

alert_of() { # UID
	grep "^ALERT .* uid=$1 " "$DAEMON_OUT"
}

# The line that stdout has, behind a header of RFC 5424.
arrives() { # WAY INPUT UID
	local time='[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}\.[0-9]{6}[+-][0-9]{2}:[0-9]{2}' line
	if ! wait_for 60 collected "$3"; then
		not_ok "$1: an alert reaches the collector" "$(cat "$LAB/sender.out" "$LAB/collector.out")"
		return
	fi
	line=$(collected "$3")
	like "$1: with a header of RFC 5424" "$line" \
		"^$2 <20>1 $time [^ ]+ smtpwatchd $daemon_pid - - ALERT rule=direct-to-mx "
	is "$1: whole" "ALERT ${line#*- - ALERT }" "$(alert_of "$3")"
}

test_way() { # WAY INPUT UID SED_EXPRESSION...
	start_sender "${@:4}"
	run_client "$SERVER" "$3" "$CLIENT" connect "$MX" 25
	arrives "$1" "$2" "$3"
	logger --socket "$SYSLOG" --size 8000 --tag smtpwatchd "ALERT long=$1 $(printf 'x%.0s' {1..7800}) end"
	check "$1: one of 8 KB too" wait_for 20 grep -aqE "ALERT long=$1 x{7800} end$" "$LAB/collected"
	logger --socket "$SYSLOG" --tag smtpwatchd "no alert $1"
	logger --socket "$SYSLOG" --tag other "ALERT other $1"
	logger --socket "$SYSLOG" --tag smtpwatchd "ALERT last $1"
	wait_for 20 grep -aq "ALERT last $1" "$LAB/collected" || true
	is "$1: and nothing else" "$(grep -ac -e "no alert $1" -e "other $1" "$LAB/collected")" 0
	stop_rsyslog "$sender_pid"
}

# The collector is away, and rsyslog is stopped before it is back.
test_absence() {
	stop_rsyslog "$collector_pid"
	start_sender "${over_tls[@]}"
	run_client "$SERVER" 1050 "$CLIENT" connect "$MX" 25
	wait_for 5 alert_of 1050
	logger --socket "$SYSLOG" --tag smtpwatchd "ALERT behind it"
	stop_rsyslog "$sender_pid"
	check "what waits for a collector is kept in files" compgen -G "$LAB/sender.d/smtpwatch*"
	start_collector
	start_sender "${over_tls[@]}"
	arrives "a collector that comes back" imtcp 1050
	stop_rsyslog "$sender_pid"
}

# A collector with another name in its certificate gets nothing. Not every rsyslog says so where it sends: what is to be
# seen is that it leaves again, of which the collector tells.
test_stranger() {
	stop_rsyslog "$collector_pid"
	start_collector
	start_sender -e 's/Peers="[^"]*"/Peers="other.example.com"/'
	run_client "$SERVER" 1060 "$CLIENT" connect "$MX" 25
	check "a collector under another name is told apart" wait_for 20 grep -aq "from $SERVER_ADDRESS will be closed" \
		"$LAB/collector.out"
	check "and gets nothing" test -z "$(collected 1060)"
	stop_rsyslog "$sender_pid"
}

need_daemon
[[ -x $RSYSLOG ]] || skip_all "rsyslog is not installed: sudo tools/deps test"
lab_start
SYSLOG=$LAB/log
start_receivers discard "$MX" 25
make_certificates >"$LAB/openssl.out" 2>&1
start_collector
write_config '[syslog]' "socket = $SYSLOG"
start_daemon text
test_way TLS imtcp 1041 "${over_tls[@]}"
test_way TCP imptcp 1042 "${over_tcp[@]}"
test_way UDP imudp 1043 "${over_udp[@]}"
test_absence
test_stranger
stop_daemon
tap_done

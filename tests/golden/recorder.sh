# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # what is set here is for those who source it, and what it uses is lab.sh's
# Records what programs say to each other in the lab. Sourced after lab.sh and mailservers.sh.

GOLDEN=$(cd "${BASH_SOURCE[0]%/*}" && pwd)
END_MARK_PORT=9 # a datagram to there is the last packet of every recording, and is not kept
recorded=0
not_recorded=()

# Runs a command and keeps its packets as real/NAME.pcap. They are those of the server's cable, unless these say else:
#   record_namespace, record_interface, record_link
record() { # NAME COMMAND...
	local name=$1 raw=$LAB/raw.pcap namespace=${record_namespace:-$SERVER}
	shift
	rm -f "$raw"
	start_in "$namespace" "$LAB/tcpdump.out" tcpdump -n -U --immediate-mode -Z root -i "${record_interface:-internet}" \
		${record_link:+-y "$record_link"} -w "$raw"
	local dumper=$started_pid
	wait_for 10 grep -q 'listening on' "$LAB/tcpdump.out" || { fail_record "$name" "$(cat "$LAB/tcpdump.out")" && return; }
	echo "recording $name" >&2
	"$@" >"$LAB/record.out" 2>&1 </dev/null || true # many of them are to fail
	wait_for 60 connections_are_over || echo "  not over: $(open_connections)" >&2
	wait_for 10 mark_is_in "$raw" "$namespace"
	kill -INT "$dumper"
	wait "$dumper" || true
	mkdir -p "$GOLDEN/real"
	tcpdump -n -r "$raw" -Z root -w "$GOLDEN/real/$name.pcap" "not udp port $END_MARK_PORT and not arp and not icmp and not icmp6" 2>"$LAB/tcpdump.out"
	recorded=$((recorded + 1))
	[[ $(stat -c %s "$GOLDEN/real/$name.pcap") -gt 24 ]] || fail_record "$name" "is empty: $(cat "$LAB/record.out")"
}

fail_record() { # NAME WHY
	not_recorded+=("$1")
	echo "  $1 $2" >&2
}

# What cannot be recorded here leaves the capture that is there.
cannot_record() { # NAME... WHY
	local name
	for name in "${@:1:$#-1}"; do
		fail_record "$name" "cannot be recorded: ${!#}"
	done
}

open_connections() {
	in_net "$SERVER" ss -Htan | grep -vE '^(LISTEN|TIME-WAIT)'
}

connections_are_over() {
	! open_connections
}

mark_is_in() { # FILE NAMESPACE
	local target=192.0.2.82
	[[ $2 != "$CONTAINER" ]] || target=192.0.2.86
	in_net "$2" bash -c "echo end >/dev/udp/$target/$END_MARK_PORT"
	tcpdump -n -r "$1" "udp port $END_MARK_PORT" 2>/dev/null | grep -q .
}

# ---- Servers

# Servers of one recording. They end with it.
with_server() { # FUNCTION ARGUMENTS... -- COMMAND...
	local words=()
	while [[ $1 != -- ]]; do
		words+=("$1") && shift
	done
	shift
	"${words[@]}"
	local server=$started_pid
	"$@"
	kill "$server" 2>/dev/null || true
	wait "$server" 2>/dev/null || true
}

start_refusing_sink() { # OPTIONS...
	start_in "$INTERNET" "$LAB/sink.out" env LD_LIBRARY_PATH="$smtp_sink_libraries" \
		"$smtp_sink" -u nobody "$@" "inet:$MX:25" 100
	wait_for 10 listens "$INTERNET" "$MX" 25
}

start_player() { # ADDRESS PORT STEP...
	start_in "$INTERNET" "$LAB/player.out" /usr/bin/python3 -B "$GOLDEN/player.py" tcp "$@"
	wait_for 10 grep -q ready "$LAB/player.out"
}

start_resolver() { # NAME=TYPE:VALUE...
	start_in "$INTERNET" "$LAB/resolver.out" /usr/bin/python3 -B "$GOLDEN/player.py" dns "$RESOLVER" "$@"
	wait_for 10 grep -q ready "$LAB/resolver.out"
}

make_certificate() {
	CERTIFICATE=$LAB/certificate.pem
	openssl req -x509 -newkey rsa:2048 -nodes -keyout "$CERTIFICATE" -out "$LAB/certificate.only" -days 30 \
		-subj /CN=mx.example -addext "subjectAltName=DNS:mx.example" 2>"$LAB/openssl.log"
	cat "$LAB/certificate.only" >>"$CERTIFICATE"
	chmod 644 "$CERTIFICATE"
}

# A second Postfix, which receives. It delivers nothing.
start_postfix_receiver() {
	local etc=$LAB/postfix-receiver/etc queue=$LAB/postfix-receiver/queue
	POSTFIX=$LAB/postfix-receiver
	install -d -m 755 "$POSTFIX" "$etc" "$queue"
	make_postfix_queue
	sed -e "s,$LAB/postfix/,$POSTFIX/,g" -e "s,= $LAB/postfix$,= $POSTFIX,; /^my\|^inet\|^local_rec\|^smtp_/d" \
		"$LAB/postfix/etc/main.cf" >"$etc/main.cf"
	cat >>"$etc/main.cf" <<-END
		myhostname = mx.example
		mydestination = mx.example, six.example
		local_recipient_maps = inline:{ user=x, greylisted=x, second=x, $(printf 'g\u00fcnther')=x }
		local_transport = discard
		inet_interfaces = $MX, $MX_IPV6
		inet_protocols = all
		mynetworks =
		smtpd_peername_lookup = no
		smtpd_tls_security_level = may
		smtpd_tls_cert_file = $CERTIFICATE
		smtpd_tls_key_file = $CERTIFICATE
		smtpd_recipient_restrictions = reject_unauth_destination, reject_unlisted_recipient,
		  check_recipient_access inline:{ { greylisted@mx.example = 450 4.2.0 Greylisted, see http://postgrey.example/ } }
		smtpd_client_restrictions = check_client_access inline:{ { 192.0.2.81 = OK } }
	END
	sed 's/^pickup.*//' "$LAB/postfix/etc/master.cf" >"$etc/master.cf"
	cat >>"$etc/master.cf" <<-END
		smtp      inet       n - n -   - smtpd
		465       inet       n - n -   - smtpd -o smtpd_tls_wrappermode=yes
		discard   unix       - - n -   - discard
		anvil     unix       - - n -   1 anvil
	END
	start_in "$INTERNET" "$LAB/postfix.receiver.out" /usr/lib/postfix/sbin/master -c "$etc" -d
	wait_for 10 listens "$INTERNET" "$MX" 25 || cat "$LAB/postfix.receiver.out" "$POSTFIX/log" >&2 || true
	POSTFIX=$LAB/postfix
}

# OpenSMTPD knows its directories, users and socket at compile time. It takes mail for mx.example and keeps it queued.
place_opensmtpd() {
	local path
	unavailable=
	for path in /usr/sbin/smtpd /var/spool/smtpd /var/lib/opensmtpd /run/smtpd.sock /etc/mailname; do
		[[ ! -e $path ]] || unavailable="$path is here already, and is left alone"
	done
	[[ -n $unavailable ]] || unpack_package opensmtpd || unavailable="cannot get the package opensmtpd"
	[[ -z $unavailable ]] || return 1
	install -d -m 755 "$LAB/opensmtpd" "$LAB/opensmtpd/empty" "$LAB/opensmtpd/spool"
	chmod 711 "$LAB/opensmtpd/spool"
	put_in_place "$unpacked/usr/sbin/smtpd" /usr/sbin/smtpd
	put_in_place "$LAB/opensmtpd" /var/lib/opensmtpd
	put_in_place "$LAB/opensmtpd/spool" /var/spool/smtpd
	echo mx.example >"$LAB/mailname"
	put_in_place "$LAB/mailname" /etc/mailname
	lab_placed+=(/run/smtpd.sock)
	at_end rm -f /run/smtpd.sock
	ensure_user opensmtpd
	ensure_user opensmtpq
	at_end lab_end_processes
	unavailable=$(missing_libraries /usr/sbin/smtpd)
	[[ -z $unavailable ]]
}

start_opensmtpd() {
	chmod 600 "$CERTIFICATE"
	cat >"$LAB/smtpd.conf" <<-END
		pki mx.example cert "$LAB/certificate.only"
		pki mx.example key "$CERTIFICATE"
		listen on $MX_THIRD tls pki mx.example hostname mx.example
		action keep relay host smtp://$UNANSWERED
		match from any for domain mx.example action keep
	END
	chmod 600 "$LAB/smtpd.conf"
	start_in "$INTERNET" "$LAB/opensmtpd.out" /usr/sbin/smtpd -d -f "$LAB/smtpd.conf"
	opensmtpd_pid=$started_pid
	wait_for 10 listens "$INTERNET" "$MX_THIRD" 25 || cat "$LAB/opensmtpd.out" >&2
	chmod 644 "$CERTIFICATE"
}

# Takes messages of up to 1000 bytes, and says them to nobody.
start_aiosmtpd() {
	local name paths=
	unavailable=
	for name in python3-aiosmtpd python3-public python3-attr; do
		unpack_package "$name" || { unavailable="cannot get the package $name" && return 1; }
		paths+=${paths:+:}$unpacked/usr/lib/python3/dist-packages
	done
	start_in "$INTERNET" "$LAB/aiosmtpd.out" env PYTHONPATH="$paths" /usr/bin/python3 -m aiosmtpd -n -s 1000 \
		-l "$MX_SECOND:25" -c aiosmtpd.handlers.Sink
	wait_for 10 listens "$INTERNET" "$MX_SECOND" 25 || { unavailable=$(cat "$LAB/aiosmtpd.out") && return 1; }
}

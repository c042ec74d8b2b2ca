# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # what is set here is for those who source it, and what it uses is lab.sh's
# Receivers with which whole dialogues are held, and what the daemon says of these. Sourced after lab.sh.

# Starts receivers at port 25 of the addresses, unless another is said (clients/mx.py). What they are to answer stands in
# $ANSWERS/ADDRESS.
start_dialogue_servers() { # ADDRESS[:PORT]...: of IPv4
	local place places=()
	ANSWERS=$LAB/answers
	install -d -m 777 "$ANSWERS"
	for place in "$@"; do
		[[ $place == *:* ]] || place+=:25
		places+=("${place%:*}" "${place#*:}")
	done
	start_in "$INTERNET" "$LAB/mx.$1.out" /usr/bin/python3 "$CLIENTS/mx.py" "$ANSWERS" "${places[@]}"
	wait_for 10 grep -q ready "$LAB/mx.$1.out"
}

# Gives these receivers a certificate: from then on they know TLS.
make_certificate() {
	install -d -m 777 "$LAB/answers"
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=mx.example \
		-keyout "$LAB/answers/key.pem" -out "$LAB/answers/only.pem" 2>"$LAB/openssl.log"
	cat "$LAB/answers/key.pem" "$LAB/answers/only.pem" >"$LAB/answers/certificate.pem"
}

# The capture process of the daemon.
capture_pid() {
	pgrep -P "$daemon_pid" -x smtpw-capture
}

# Whatever was said on so many connections of a user has been told, and judged, when their ends are.
has_ended() { # UID TIMES
	wait_for 8 has_said "$is_end and .user.id == \"$1\"" "$2" ||
		diagnose "of $2 connections of user $1 only $(count_said "$is_end and .user.id == \"$1\"") ended"
}

# Says these lines as a user, and waits until they are told.
talk() { # UID ADDRESS[,ADDRESS]... TIMES LINE...
	run_client "$SERVER" "$1" /usr/bin/python3 "$CLIENTS/talk.py" "${@:2}"
	[[ $client_status -eq 0 ]] || diagnose "$(<"$LAB/client.out")"
	has_ended "$1" "$3"
}


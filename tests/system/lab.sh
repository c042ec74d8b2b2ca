# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# shellcheck disable=SC2034 # what is set here is for those who source it
# The lab: a server, a container beside it and "the internet", each a network namespace, joined by veth
# pairs. Everything in it has a documentation address. Sourced by every system test.
#
#   server     192.0.2.81  2001:db8:1::81 ── internet 192.0.2.82  2001:db8:1::82
#   container  192.0.2.85                 ── internet 192.0.2.86
#
# Nothing of it outlives the test: what is made is registered with at_end() right away, and a trap takes
# it away again in reverse order, whether the test ends, fails, or is interrupted.

SYSTEM_TESTS=$(cd "${BASH_SOURCE[0]%/*}" && pwd)
REPOSITORY=$(cd "$SYSTEM_TESTS/../.." && pwd)

# shellcheck source=tests/system/tap.sh
source "$SYSTEM_TESTS/tap.sh"
# shellcheck source=tests/system/packages.sh
source "$SYSTEM_TESTS/packages.sh"
# shellcheck source=tests/system/daemon.sh
source "$SYSTEM_TESTS/daemon.sh"

SERVER=sw$$-server
CONTAINER=sw$$-container
INTERNET=sw$$-internet

# Receivers in the internet. They lie in different networks; 203.0.113.x are several of one.
MX=203.0.113.25
MX_SECOND=203.0.113.26
MX_THIRD=203.0.113.27
MX_ELSEWHERE=198.51.100.25
MX_IPV6=2001:db8:25::25
SMARTHOST=198.51.100.58
PRIVATE=10.11.12.25
UNANSWERED=198.51.100.99  # takes packets and says nothing
UNREACHABLE=198.51.100.98 # the internet's router says that there is no way
NO_ROUTE=192.0.2.200      # the server has no route there

lab_undo=()
lab_placed=() # files on the host that are not in the lab's directory
lab_names=()  # users and groups

# Registers a command to be run at the end. The last one registered is run first.
at_end() { # COMMAND...
	lab_undo+=("$(printf '%q ' "$@")")
}

lab_end() {
	local index status=$?
	trap - EXIT
	trap '' HUP INT PIPE TERM # a second Ctrl-C must not leave half of it behind
	set +e
	for ((index = ${#lab_undo[@]} - 1; index >= 0; index--)); do
		eval "${lab_undo[index]}"
	done
	lab_is_gone || status=1
	exit "$status"
}

# The last assertion of every test: it comes after the plan, so it speaks through the exit status.
lab_is_gone() {
	local remains
	remains=$(lab_remains)
	[[ -n $remains ]] || return 0
	diagnose "of the lab remains: $remains" >&2
	return 1
}

lab_remains() {
	local name
	lab_processes | sed 's/^/process /'
	ls -d "$LAB" 2>/dev/null
	ip netns list | grep -F "sw$$-"
	grep -F -e "$LAB" -e "sw$$-" /proc/self/mounts
	[[ ${#lab_placed[@]} -eq 0 ]] || ls -d "${lab_placed[@]}" 2>/dev/null
	for name in "${lab_names[@]}"; do
		getent passwd "$name" || getent group "$name"
	done
}

lab_start() {
	[[ $EUID -eq 0 ]] || skip_all "the lab needs root"
	trap lab_end EXIT
	trap 'exit 129' HUP
	trap 'exit 130' INT
	trap 'exit 141' PIPE
	trap 'exit 143' TERM
	LAB=$(mktemp -d /srv/smtpwatch-lab.XXXXXX)
	at_end rm -rf "$LAB"
	chmod 755 "$LAB" # users without privileges run clients from here
	export SMTPWATCH_LAB=$LAB # by this the lab's processes are known
	lab_build_clients
	lab_join_networks
	at_end lab_end_processes
}

# ---- Networks

lab_join_networks() {
	# `ip netns` mounts its directory at the first use and never unmounts it.
	mountpoint -q /run/netns || at_end lab_leave_netns_directory
	local name
	for name in "$INTERNET" "$SERVER" "$CONTAINER"; do
		ip netns add "$name"
		at_end ip netns delete "$name"
		ip -n "$name" link set lo up
	done
	lab_cable "$SERVER" 192.0.2.81 192.0.2.82
	lab_cable "$CONTAINER" 192.0.2.85 192.0.2.86
	lab_cable_ipv6
	lab_make_internet
	# A connection that nobody answers is given up after 1 + 2 seconds instead of two minutes.
	in_net "$SERVER" sysctl -qw net.ipv4.tcp_syn_retries=1 net.ipv4.tcp_fastopen=1
}

lab_leave_netns_directory() {
	[[ -z $(ls -A /run/netns) ]] || return 0 # somebody else uses it by now
	umount /run/netns
	rmdir /run/netns
}

# Joins a namespace with the internet and sends everything that is not its own there: but by routes to the
# documentation and private networks, so that other addresses have none.
lab_cable() { # NAMESPACE ADDRESS PEER_ADDRESS
	local network
	ip -n "$1" link add internet type veth peer name "to-${1##*-}" netns "$INTERNET"
	ip -n "$1" address add "$2/30" dev internet
	ip -n "$1" link set internet up
	ip -n "$INTERNET" address add "$3/30" dev "to-${1##*-}"
	ip -n "$INTERNET" link set "to-${1##*-}" up
	for network in 198.51.100.0/24 203.0.113.0/24 10.11.12.0/24; do
		ip -n "$1" route add "$network" via "$3"
	done
}

lab_cable_ipv6() {
	ip -n "$SERVER" address add 2001:db8:1::81/64 dev internet nodad
	ip -n "$INTERNET" address add 2001:db8:1::82/64 dev to-server nodad
	ip -n "$SERVER" route add 2001:db8:25::/48 via 2001:db8:1::82
}

lab_make_internet() {
	local address
	for address in "$MX" "$MX_SECOND" "$MX_THIRD" "$MX_ELSEWHERE" "$SMARTHOST" "$PRIVATE"; do
		ip -n "$INTERNET" address add "$address/32" dev lo
	done
	ip -n "$INTERNET" address add "$MX_IPV6/128" dev lo nodad
	in_net "$INTERNET" sysctl -qw net.ipv4.ip_forward=1 net.ipv4.tcp_fastopen=3
	ip -n "$INTERNET" route add blackhole "$UNANSWERED"
	ip -n "$INTERNET" route add unreachable "$UNREACHABLE"
}

# Runs a command in a namespace's network. `ip netns exec` would give it a mount namespace of its own as
# well, and a mail server outside the host's mounts is not trusted.
in_net() { # NAMESPACE COMMAND...
	nsenter --net="/run/netns/$1" "${@:2}"
}

# ---- Processes

# Starts a command in a namespace's network, in the background and in the shell's place, so that
# started_pid is the command's own. Its output goes to LOG.
start_in() { # NAMESPACE LOG COMMAND...
	(exec nsenter --net="/run/netns/$1" "${@:3}") >"$2" 2>&1 </dev/null &
	started_pid=$!
}

# Runs a client to its end, as a bare uid. Sets client_pid and client_status; its output is in
# $LAB/client.out.
run_client() { # NAMESPACE UID COMMAND...
	start_in "$1" "$LAB/client.out" setpriv --reuid "$2" --regid "$2" --clear-groups "${@:3}"
	client_pid=$started_pid
	client_status=0
	wait "$client_pid" || client_status=$?
}

# Those in the lab's networks, and those that were started by the test wherever they are. The test itself and
# its subshells are not among them: they do not have the mark in the environment that they began with.
lab_processes() {
	local name
	for name in "$INTERNET" "$SERVER" "$CONTAINER"; do
		ip netns pids "$name" 2>/dev/null
	done
	{ grep -lzx "SMTPWATCH_LAB=$LAB" /proc/[0-9]*/environ 2>/dev/null || true; } | sed "s,/proc/,,; s,/environ,,"
}

lab_has_no_processes() {
	[[ -z $(lab_processes) ]]
}

lab_end_processes() {
	local pids
	declare -g +x SMTPWATCH_LAB # not on what is run to look for them
	disown -a                   # no word of bash about what it finds killed
	mapfile -t pids < <(lab_processes | sort -u)
	[[ ${#pids[@]} -eq 0 ]] || kill -KILL "${pids[@]}" 2>/dev/null
	wait_for 10 lab_has_no_processes || diagnose "processes of the lab remain: $(lab_processes | tr '\n' ' ')"
}

is_gone() { # PID
	[[ ! -e /proc/$1 ]] || grep -q '^State:.[ZX]' "/proc/$1/status"
}

# ---- Clients

# Clients run as users who may not see the repository, so they are built and copied into the lab.
lab_build_clients() {
	CLIENTS=$LAB/clients
	CLIENT=$CLIENTS/client
	install -d -m 755 "$CLIENTS"
	install -m 755 "$SYSTEM_TESTS"/clients/*.{php,pl,py} "$CLIENTS"
	local compiler=${CC:-cc} sources=("$SYSTEM_TESTS"/clients/client/*.c)
	local flags=(-std=gnu11 -O1 -Wall -Wextra -Wconversion -Wshadow)
	"$compiler" "${flags[@]}" -pthread -o "$CLIENT" "${sources[@]}"
	"$compiler" "${flags[@]}" -o "$CLIENTS/deny-bpf" "$SYSTEM_TESTS/clients/deny_bpf.c"
}

# A program of 32 bits, which not every compiler can make. What it says is in $LAB/client32.log.
build_client32() { # PROGRAM
	"${CC:-cc}" -m32 -O1 -Wall -Wextra -ffreestanding -nostdlib -static -fno-pie -no-pie -o "$1" \
		"$SYSTEM_TESTS/clients/client32.c" 2>"$LAB/client32.log"
}

# ---- Receivers

# Starts Postfix's smtp-sink. What it takes is kept, a file a message, in $LAB/mail/ADDRESS.PORT/.
start_sink() { # ADDRESS [PORT]
	local port=${2:-25} directory
	directory=$LAB/mail/$1.$port
	install -d -m 777 "$LAB/mail" "$directory"
	find_smtp_sink || skip_all "smtp-sink, which is in Debian's postfix, cannot be had"
	start_in "$INTERNET" "$directory.log" env LD_LIBRARY_PATH="$smtp_sink_libraries" \
		"$smtp_sink" -u nobody -d "$directory/%M%S." "inet:$1:$port" 100
	wait_for 10 listens "$INTERNET" "$1" "$port"
}

listens() { # NAMESPACE ADDRESS PORT
	[[ -n $(in_net "$1" ss -Hltn "src [$2]:$3") ]]
}

# Starts receivers that misbehave on purpose (clients/receiver.py).
start_receivers() { # MODE ADDRESS PORT [MODE ADDRESS PORT]...
	local output=$LAB/receiver.$1.$2.$3.out
	start_in "$INTERNET" "$output" /usr/bin/python3 "$CLIENTS/receiver.py" "$@"
	wait_for 10 is_ready_or_gone "$started_pid" "$output"
	grep -q ready "$output"
}

is_ready_or_gone() { # PID OUTPUT
	grep -q ready "$2" || is_gone "$1"
}

has_mail() { # ADDRESS PORT TEXT: a message with this text has arrived there
	grep -rqF -- "$3" "$LAB/mail/$1.$2/"
}

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Connects to another port, which the host's own packet filter, that root was made to set, turns into port 25 behind
# the socket's back. Hopes that only sockets are watched, and is right where the wire is not read.
if ! nft add table ip evasion; then
	echo "there is no nft, or the kernel has no nf_tables" >&2
	exit 77
fi
trap 'nft delete table ip evasion' EXIT
nft add chain ip evasion output '{ type nat hook output priority -100; }' || exit 77
nft add rule ip evasion output tcp dport 8025 dnat to "$1:25" || exit 77
setpriv --reuid "$EVADER_UID" --regid "$EVADER_UID" --clear-groups bash -c '
	echo "culprit $$"
	exec 3<>"/dev/tcp/$1/8025"
	read -r banner <&3
	echo "EHLO redirected.example" >&3
	read -r -t "${SMTPWATCH_PATIENCE:-1}" reply <&3 # it has to stay a moment, as one that delivers does
	[[ $banner == 220* ]]' - "$1"

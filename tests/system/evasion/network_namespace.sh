#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Makes a network namespace of its own; whoever helps it, as a container's engine does, gives it a way out. Hopes
# that only the host's network is watched.
unshare --user --map-root-user --net --fork bash -c '
	until { exec 3<>"/dev/tcp/$1/25"; } 2>/dev/null; do
		sleep 0.02
	done
	read -r banner <&3
	[[ $banner == 220* ]]' - "$1" &
until [[ -n ${inner:-} ]]; do
	inner=$(cat "/proc/$!/task/$!/children" 2>/dev/null)
done
echo "culprit ${inner% }"
wait "$!"

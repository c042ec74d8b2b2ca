#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Is pid 1 of a pid namespace of its own. Hopes that pid 1 is named.
mkfifo begin
unshare --user --map-root-user --pid --fork --mount-proc bash -c '
	read -r _ <begin
	exec "$CLIENT" connect "$1" 25' - "$1" &
until [[ -n ${inner:-} ]]; do
	inner=$(cat "/proc/$!/task/$!/children" 2>/dev/null)
done
echo "culprit ${inner% }"
echo >begin
wait "$!"

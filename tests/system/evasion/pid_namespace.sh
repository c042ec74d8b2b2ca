#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Is pid 1 of a pid namespace of its own. Hopes that pid 1 is named.
unshare --user --map-root-user --pid --fork --mount-proc "$CLIENT" connect "$1" 25 &
until [[ -n ${inner:-} ]]; do
	inner=$(cat "/proc/$!/task/$!/children" 2>/dev/null) || break
done
echo "culprit ${inner% }"
wait "$!"

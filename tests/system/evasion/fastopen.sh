#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Connects by sending (MSG_FASTOPEN); the second time the data goes with the first packet. Hopes that only connect()
# is watched.
"$CLIENT" fastopen "$1" 25 &
echo "culprit $!"
wait "$!" || exit
echo "culprit $$"
exec "$CLIENT" fastopen "$1" 25

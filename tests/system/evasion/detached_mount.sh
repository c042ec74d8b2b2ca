#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Runs from a file system that it mounted itself and then took out of the tree: the path ends where that file system
# begins. Hopes to be known by it.
exec unshare --user --map-root-user --mount bash -c '
	mkdir place && mount -t tmpfs none place && mkdir -p "place${POSTFIX_SMTP%/*}" &&
		cp "$CLIENT" "place$POSTFIX_SMTP" && exec {smtp}<"place$POSTFIX_SMTP" && umount --lazy place &&
		exec "/proc/self/fd/$smtp" connect "$1" 25' - "$1"

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A 32-bit program, whose system calls have other numbers. Hopes that only those of 64 bits are watched.
if [[ ! -x $CLIENT32 ]]; then
	echo "it cannot be built here" >&2
	exit 77
fi
exec "$CLIENT32" "$1" 25

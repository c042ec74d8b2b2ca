#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Runs as /usr/lib/postfix/sbin/smtp of a root directory of its own. Hopes that its path is taken as it sees it itself.
mkdir -p ".${POSTFIX_SMTP%/*}"
cp "$CLIENT" ".$POSTFIX_SMTP"
for library in $(ldd "$CLIENT" | grep -o '/[^ ]*'); do
	mkdir -p ".${library%/*}"
	cp "$library" ".$library"
done
exec unshare --user --map-root-user --root . "$POSTFIX_SMTP" connect "$1" 25

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The true smtp as the true user, with a library that delivers loaded into it. Hopes to be trusted, and is: it takes
# root, or Postfix's own user, to do it.
exec setpriv --reuid postfix --regid postfix --clear-groups env LD_PRELOAD="$PRELOAD" "$POSTFIX_SMTP"

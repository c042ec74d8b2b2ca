#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Calls its thread smtp. Hopes to be taken for Postfix by its name.
exec "$CLIENT" named smtp connect "$1" 25

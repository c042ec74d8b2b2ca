#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A library that delivers, loaded into an honest program. Hopes that the honest program is named, and it is.
RECEIVER=$1 LD_PRELOAD=$PRELOAD exec sleep 30

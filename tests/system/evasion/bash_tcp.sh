#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Needs no program but the shell. Hopes that nobody suspects a shell of TCP.
exec 3<>"/dev/tcp/$1/25"
read -r banner <&3
[[ $banner == 220* ]]

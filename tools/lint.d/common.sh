# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# What the checks share. A check is started in the project's top folder, prints its findings as
# "file:line: what", and exits 0 without findings, 1 with some, 2 when it could not run.

set -uo pipefail
export LC_ALL=C

# shellcheck disable=SC2034 # the checks use it
c_flags=(-std=gnu17 -D_GNU_SOURCE '-DSMTPWATCH_VERSION="0"' -Iinclude -Iuserspace)

# The BPF skeleton is made by the build, the newest one counts; as long as there is none, the folder that includes it is not read.
skeleton=$(find build -name '*.skel.h' -printf '%T@ %p\n' 2>/dev/null | sort -rn | sed -n '1s/^[^ ]* //p')
[[ -z $skeleton ]] || c_flags+=(-isystem "${skeleton%/*}")

without_unbuilt() {
	if [[ -n $skeleton ]]; then
		cat
	else
		echo "userspace/sensor: not looked at before the first build" >&2
		grep -v '^userspace/sensor/' || :
	fi
}

cannot_run() {
	echo "tools/lint.d/${0##*/}: $*" >&2
	exit 2
}

need() {
	local tool
	for tool in "$@"; do
		command -v "$tool" >/dev/null || cannot_run "$tool is missing: run sudo tools/deps lint"
	done
}

# Prints the files that git tracks or would track: all, or those that match a pattern. A checkout that
# belongs to someone else (root's CI, a mounted folder) is read all the same.
tree_files() {
	local file
	git -c safe.directory="$PWD" -c core.quotePath=off ls-files -co --exclude-standard -- "$@" |
		sort -u | while read -r file; do
		[[ ! -f $file ]] || echo "$file"
	done
}

# Prints the files whose first line names an interpreter that matches, "file interpreter" each.
interpreted_files() {
	tree_files | xargs -r -d '\n' awk -v wanted="$1" '
		FNR == 1 && /^#!/ && $0 ~ wanted { print FILENAME }
		FNR == 1 { nextfile }'
}

shell_scripts() {
	{
		interpreted_files '[/ ](ba|da)?sh( |$)'
		tree_files '*.sh'
	} | sort -u
}

# Everything that a person wrote for a machine to run.
sources() {
	{
		tree_files '*.[ch]' '*.sh' '*.t' '*.awk' '*.py' '*.pl' '*.php' '*.mk' Makefile
		interpreted_files .
	} | sort -u
}

# Runs a command over the files of stdin on all processors, so many at a time.
on_all_processors() {
	local at_a_time=$1
	shift
	xargs -r -d '\n' -n "$at_a_time" -P "$(nproc)" "$@"
}

# The last of a pipeline: passes the findings on, and fails when there was one.
report() { awk '{ print; found = 1 } END { exit found }'; }

# report_tool STATUS OUTPUT SED-SCRIPT: reports what the script prints of a tool's output. A tool that
# failed and found nothing did not do its work; then its own words are shown.
report_tool() {
	local findings
	findings=$(sed -nE "$3" <<<"$2" | sort -u -t: -k1,1 -k2,2n -k3)
	[[ $1 == 0 || -n $findings ]] || cannot_run "the tool failed:"$'\n'"$2"
	[[ -z $findings ]] || report <<<"$findings"
}

[[ -n $(tree_files Makefile tools/lint) ]] || cannot_run "this is no git checkout of the project, or git is missing"

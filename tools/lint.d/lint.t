#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Each check of tools/lint passes a tree without a fault and finds the fault that is put in.
# Run as: prove tools/lint.d/lint.t
set -euo pipefail
shopt -s lastpipe # finds counts, also at the end of a pipeline

cd "$(dirname "${BASH_SOURCE[0]}")/../.."
project=$PWD
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
tests=0 failed=0

result() {
	tests=$((tests + 1))
	[[ $1 == ok ]] || failed=$((failed + 1))
	echo "$1 $tests - $2"
}

header() {
	printf '/* SPDX-License-Identifier: %s */\n#ifndef %s\n#define %s\n%s\n#endif\n' "$1" "$2" "$2" "${3-}"
}

# A project with one file in each place that the tests of the walls need.
make_tree() {
	local folder
	git -C "$tree" init -q
	cp -r .clang-format .clang-tidy .gitignore tools "$tree"
	mkdir -p "$tree"/{bpf,include/smtpwatch,userspace,tests/unit/rules}
	echo '# SPDX-License-Identifier: GPL-2.0-only' >"$tree/Makefile"
	header 'GPL-2.0-only OR BSD-2-Clause' SMTPWATCH_ABI_H >"$tree/include/smtpwatch/abi.h"
	header 'GPL-2.0-only OR BSD-2-Clause' SMTPWATCH_MAPS_BPF_H >"$tree/bpf/maps.bpf.h"
	for folder in lib config model rules ledger identity capture sinks sensor control client view daemon; do
		mkdir "$tree/userspace/$folder"
		header GPL-2.0-only "SMTPWATCH_${folder^^}_X_H" >"$tree/userspace/$folder/x.h"
	done
	header GPL-2.0-only SMTPWATCH_CONTROL_PROTOCOL_H >"$tree/userspace/control/protocol.h"
}

# finds CHECK FILE PATTERN: with stdin as the file, CHECK prints a line that matches PATTERN and exits 1.
finds() {
	local output status=0
	mkdir -p "$(dirname "$tree/$2")"
	[[ ! -e $tree/$2 ]] || mv "$tree/$2" "$tree/.saved"
	cat >"$tree/$2"
	output=$("$tree/tools/lint" "$1" 2>&1) || status=$?
	rm "$tree/$2"
	[[ ! -e $tree/.saved ]] || mv "$tree/.saved" "$tree/$2"
	if ((status == 1)) && grep -qE "^$2:[0-9]+: .*$3" <<<"$output"; then
		result ok "$1 finds in $2: $3"
	else
		result 'not ok' "$1 finds in $2: $3"
		printf '# status %d\n%s\n' "$status" "${output//$'\n'/$'\n# '}"
	fi
}

passes() {
	local output status=0
	output=$("$tree/tools/lint" "$@" 2>&1) || status=$?
	if ((status == 0)); then
		result ok "passes ${*:-all}"
	else
		result 'not ok' "passes ${*:-all}"
		echo "# ${output//$'\n'/$'\n# '}"
	fi
}

# includes FILE HEADER: FILE, including HEADER, is found by the check of the walls.
includes() { echo "#include $2" | finds walls "$1" "${2//[\"<>]/}"; }

# may_include FILE HEADER: it is not.
may_include() {
	echo "#include $2" >"$tree/$1"
	passes walls
	rm "$tree/$1"
}

test_walls() {
	includes userspace/lib/y.c '<smtpwatch/abi.h>'
	includes userspace/model/y.c '"rules/x.h"'
	includes userspace/rules/y.c '"identity/x.h"'
	includes userspace/sinks/y.c '"sensor/x.h"'
	includes userspace/sensor/y.c '"control/x.h"'
	includes userspace/rules/y.c '"config/x.h"'
	includes userspace/client/y.c '"model/x.h"'
	includes userspace/view/y.c '"control/x.h"'
	includes userspace/control/y.c '"daemon/x.h"'
	includes userspace/model/y.c '"../sinks/x.h"'
	includes include/smtpwatch/y.h '"model/x.h"'
	includes bpf/y.bpf.c '"lib/x.h"'
	includes bpf/y.bpf.c '<smtpwatch/flow.h>'
	includes userspace/sensor/y.c '"maps.bpf.h"'
	includes userspace/model/y.c '<bpf/libbpf.h>'
	includes userspace/daemon/y.c '"smtpwatch.skel.h"'
	includes userspace/client/y.c '<ncurses.h>'
	includes userspace/client/y.c '"control/server.h"'
	includes userspace/control/y.c '"view/x.h"'
	includes userspace/ledger/y.c '"rules/x.h"'
	includes userspace/sensor/y.c '<pcap/pcap.h>'
	includes userspace/sinks/y.c '<sqlite3.h>'
	includes userspace/daemon/y.c '<ini.h>'
	includes userspace/model/y.c '<jansson.h>'
	echo | finds walls userspace/unheard/y.c 'unheard has no row'
	includes tests/unit/rules/y.c '"daemon/x.h"'
	may_include userspace/sinks/store.c '<sqlite3.h>'
	may_include userspace/sensor/y.c '"smtpwatch.skel.h"'
	may_include userspace/client/y.c '"control/protocol.h"'
	may_include userspace/view/y.c '"control/link.h"'
	may_include userspace/view/y.c '<ncurses.h>'
	may_include userspace/daemon/y.c '"config/x.h"'
	may_include tests/unit/rules/y.c '"identity/x.h"'
}

# lines N TEXT: TEXT, N times.
lines() { seq "$1" | sed "s/.*/$2/"; }

test_size() {
	{ echo 'int f(void)' && echo '{' && lines 80 $'\tg();' && echo '}'; } | finds size userspace/lib/y.c 'f\(\) has 8[0-9] lines'
	{ echo 'f() {' && lines 80 $'\tg' && echo '}'; } | finds size tests/y.sh 'f\(\) has 8[0-9] lines'
	lines 501 '# many' | finds size tests/y.t 'more than 500'
}

test_headers() {
	header GPL-2.0-only SMTPWATCH_LIB_Y_H 'size_t f(void);' | finds headers userspace/lib/y.h 'does not compile by itself'
	header GPL-2.0-only LIB_Y_H | finds headers userspace/lib/y.h 'SMTPWATCH_LIB_Y_H'
	header GPL-2.0-only MAPS_H | finds headers bpf/maps.bpf.h 'SMTPWATCH_MAPS_BPF_H'
}

test_spdx() {
	echo 'int x;' | finds spdx userspace/lib/y.c 'GPL-2.0-only$'
	printf '#!/usr/bin/perl\nprint 1;\n' | finds spdx tools/y 'GPL-2.0-only$'
	echo '// SPDX-License-Identifier: GPL-2.0-only' | finds spdx bpf/y.bpf.c 'BSD-2-Clause'
	echo '// SPDX-License-Identifier: MIT' | finds spdx userspace/lib/y.c 'GPL-2.0-only$'
}

# item LINE: a page of the manual with this item.
item() { printf '.Dd January 1, 2026\n.Dt X 8\n.Os\n.Sh NAME\n.Nm x\n.Nd it\n.Sh ITEMS\n.Bl -tag\n%s\nText.\n.El\n' "$1"; }

test_man() {
	printf '.Dd January 1, 2026\n.Dt X 8\n.Os\n.Sh NAME\nx\n' | finds man userspace/man/y.8 'WARNING: '
	printf '\t\t.section = "watch",\n\t\t.key = "ports",\n\t\t.default_text = "25",\n\t},\n' |
		finds man userspace/config/options.c 'lacks \[watch\] \.It Cm ports No = 25$'
	printf '\t{"config", \047c\047, "FILE", "read FILE"},\n' | finds man userspace/config/command_line.c 'lacks \.It Fl c , Fl -config Ar FILE$'
	printf '[masquerade]\n[other]\nalert = masquerade\n' | finds man userspace/rules/catalogue.conf 'lacks \.It Ic masquerade$'
	item '.It Ic masquerade' | finds man userspace/man/y.8 'does not have \.It Ic masquerade$'
	printf '\t[FIELD_RCPT_COUNT] = {"rcpt.count", FIELD_NUMBER, NULL,\n' |
		finds man userspace/rules/fields.c 'lacks Fields \.It Cm rcpt\.count Pq number$'
	printf '\t{"attempt", EVENT_BIT(EVENT_ATTEMPT),\n' | finds man userspace/rules/fields.c 'lacks Names of events \.It Cm attempt$'
	printf '\t{.name = "reason", .kinds = RULE | ALLOW},\n' | finds man userspace/rules/rule_words.c 'lacks Keys of an allowance \.It Cm reason$'
	printf '\t[TEXT_VALUE] = "value",\n' | finds man userspace/rules/rule_text.c 'lacks TEXTS \.It Cm {value}$'
	printf '\t{"json", 0, NULL, "print JSON",\n' | finds man userspace/client/arguments.c 'lacks smtpwatch \.It Fl -json$'
	printf '\t[CLIENT_EXPLAIN] = {"explain", "ID", "what it is",\n' |
		finds man userspace/client/commands.c 'lacks smtpwatch \.It Ic explain Ar ID$'
	printf '\t[EXIT_DONE] = "done",\n' | finds man userspace/client/exit.h 'lacks smtpwatch \.It Er 0 done$'
	item '.It Fl -json' | finds man userspace/man/smtpwatch.1 'does not have smtpwatch \.It Fl -json$'
	item '.It Cm port Pq number' | finds man userspace/man/y-rules.5 'does not have ITEMS \.It Cm port Pq number$'
}

test_completion() {
	printf '\t{"json", 0, NULL, "print JSON",\n' |
		finds completion userspace/client/arguments.c 'userspace/completion/_smtpwatch lacks --json$'
	printf '\t[CLIENT_TOP] = {"top", NULL, "who",\n' |
		finds completion userspace/client/commands.c 'userspace/completion/smtpwatch\.fish lacks commands top$'
	printf "\tlocal any='--version -V'\n" |
		finds completion userspace/completion/smtpwatch.bash 'does not have --version -V$'
	printf '\tlocal by=%s\n' "'script user'" | finds completion userspace/completion/_smtpwatch 'does not have by user$'
	echo 'complete -c smtpwatch -l follow -s f' |
		finds completion userspace/completion/smtpwatch.fish 'does not have --follow -f$'
}

test_others() {
	echo 'int  x;' | finds format userspace/lib/y.c 'clang-format'
	echo 'x' | finds top-level notes.txt 'no place'
	printf '#!/bin/sh\necho $1\n' | finds shell tools/y 'SC2086'
	printf 'int f(int *p);\nint f(int *p)\n{\n\treturn p ? 1 : *p;\n}\n' | finds tidy userspace/lib/y.c 'null pointer'
	echo "// TO""DO" | finds words userspace/lib/y.c 'an issue'
	echo "see https://deb"".debian.org/x" | finds words README.md 'package archive'
}

# A machine without the tools is told what to do. The path has only what the check runs before.
test_missing_tool() {
	local output status=0 tool
	mkdir "$tree/.path"
	for tool in bash git sort awk mawk gawk find mktemp rm cat sed dirname xargs; do
		! command -v "$tool" >/dev/null || ln -s "$(command -v "$tool")" "$tree/.path/"
	done
	output=$(PATH=$tree/.path "$tree/tools/lint" format shell 2>&1) || status=$?
	rm -r "$tree/.path"
	if ((status == 2)) && [[ $output == *'clang-format is missing: run sudo tools/deps lint'* ]]; then
		result ok 'a missing tool is named'
	else
		result 'not ok' 'a missing tool is named'
		printf '# status %d\n# %s\n' "$status" "${output//$'\n'/$'\n# '}"
	fi
}

cd "$project"
make_tree
passes
test_walls
test_size
test_headers
test_spdx
test_man
test_completion
test_others
test_missing_tool
passes
echo "1..$tests"
((failed == 0))

# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# What a guest of system.t printed, as rows. Sourced, in the repository.

# Rows KERNEL|SUBJECT|VALUE of a guest's output: release, programs (those that loaded), TEST (passed or failed), tricks (of
# the evasion suite), and TEST without (a check that was skipped there, a row each).
rows_of() { # KERNEL OUTPUT
	awk -v kernel="$1" '
		function row(subject, value) { print kernel "|" subject "|" value }
		{ sub(/\r$/, "") }
		$1 == "kernel" { row("release", $2 " " $3) }
		$1 == "verifier" { programs = programs (programs ? " " : "") $2 }
		$2 == "|" && $3 == "1..0" { status[$1] = "skipped" }
		$2 == "ended" { row($1, $3 != 0 ? "failed" : $1 in status ? status[$1] : "passed") }
		$2 == "|" && $3 == "ok" && match($0, / # SKIP/) {
			check = substr($0, 1, RSTART - 1)
			sub(/^[^|]*\| ok [0-9]+ - /, "", check)
			row($1 " without", check)
		}
		$1 == "evasion/evasion.t" && $3 == "#" && NF > 6 && split($0, column, " *[|] *") >= 6 && $4 != "trick" {
			tricks++
			seen += column[3] != "no" && column[3] != "cannot run" && column[3] != "as Postfix"
			named += column[4] == "yes"
			judged += column[4] != "-"
			impossible += column[3] == "cannot run"
		}
		END {
			if (programs)
				row("programs", programs)
			if (tricks)
				row("tricks", "of " tricks - impossible " seen " seen ", of " judged " named " named)
		}' "$2"
}

# Rows KERNEL|RELEASE|PROGRAM|INSTRUCTIONS|BYTES.
instructions_of() { # KERNEL OUTPUT
	awk -v kernel="$1" -v OFS='|' '
		{ sub(/\r$/, "") }
		$1 == "kernel" { release = $2 }
		$1 == "verifier" { print kernel, release, $2, $3, $4 }' "$2"
}

# The rows of a table without its head.
table_rows() { # FILE
	[[ ! -e $1 ]] || grep -v '^#' "$1" || :
}

# Writes the table anew: its head, what it has of other kernels, and these rows.
replace_rows() { # FILE KERNEL ROWS
	{
		grep '^#' "$1"
		table_rows "$1" | grep -v "^$2|" || :
		printf '%s\n' "$3"
	} >"$1.new"
	mv "$1.new" "$1"
}

# What results.psv has of a kernel, about the subjects of these rows or about others.
recorded_of_same() { # KERNEL ROWS
	recorded_rows "$1" 1 "$2"
}

recorded_of_others() { # KERNEL ROWS
	recorded_rows "$1" 0 "$2"
}

recorded_rows() { # KERNEL SAME ROWS
	awk -F'|' -v kernel="$1" -v same="$2" '
		{ subject = $2; sub(/ without$/, "", subject) }
		FNR == NR { ran[subject]; next }
		$1 == kernel && (subject in ran) == same' <(printf '%s\n' "$3") <(table_rows tests/vm/results.psv)
}

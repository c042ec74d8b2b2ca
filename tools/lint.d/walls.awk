# SPDX-License-Identifier: GPL-2.0-only
#
# awk -f walls.awk HOUSES BELONGINGS SOURCE...: prints the includes that the two tables, which stand in
# tools/lint.d/walls, do not allow.

function finding(what) { print FILENAME ":" FNR ": " what }

# The text of an #include, or nothing.
function included(line) {
	if (line !~ /^[ \t]*#[ \t]*include[ \t]*["<][^">]+[">]/)
		return ""
	sub(/^[^"<]*["<]/, "", line)
	sub(/[">].*/, "", line)
	return line
}

# A pattern of the table, in which only * is special, as a regular expression.
function as_regex(glob) {
	gsub(/[.+]/, "[&]", glob)
	gsub(/\*/, ".*", glob)
	return "^" glob "$"
}

# Sets where the file stands: its folder, its path from there, and whether it is a test.
function locate(file,    parts) {
	is_test = sub(/^tests\/unit\//, "", file)
	sub(/^(userspace|include)\//, "", file)
	path = file
	folder = split(file, parts, "/") > 1 ? parts[1] : ""
}

function check_belonging(header,    i, j, count, owners) {
	for (i = 1; i <= belonging_count; i++) {
		if (header !~ pattern[i])
			continue
		count = split(owner[i], owners, " ")
		for (j = 1; j <= count; j++)
			if (owners[j] == folder || owners[j] == path || is_test && index(owners[j], folder "/") == 1)
				return
		finding("<" header "> is only for " owner[i])
		return
	}
}

function check_house(header, target) {
	if (target == folder || allowed[folder, target] || allowed[folder, header])
		return
	if (is_test && rank[target] <= rank[folder])
		return
	finding(folder "/ may not include " header ": it may include " (may[folder] == "" ? "only itself" : may[folder]))
}

FNR == 1 { file_number++ }

file_number <= 2 && (/^#/ || NF == 0) { next }

file_number == 1 {
	rank[$2] = $1
	for (i = 3; i <= NF; i++)
		if ($i != "-") {
			allowed[$2, $i] = 1
			may[$2] = may[$2] (may[$2] == "" ? "" : " ") $i
		}
	next
}

file_number == 2 {
	pattern[++belonging_count] = as_regex($1)
	$1 = ""
	owner[belonging_count] = substr($0, 2)
	next
}

FNR == 1 {
	locate(FILENAME)
	if (!(folder in rank) && !is_test)
		finding("the folder " folder " has no row in the table of tools/lint.d/walls")
}

{
	header = included($0)
	if (header == "" || !(folder in rank))
		next
	check_belonging(header)
	if (header ~ /(^|\/)\.\.\//)
		finding("an include names its folder, not the way to it: " header)
	target = header
	if (sub(/\/.*/, "", target) && target in rank && target != "bpf")
		check_house(header, target)
}

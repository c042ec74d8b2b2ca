# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# shellcheck disable=SC2004,SC2034,SC2153,SC2154 # arrays by name; what is set and used here is others', too
# What a soak counts, measures and judges. Sourced by tests/soak/run.

GROWTH_MAX=3072              # KiB that a warm daemon may grow by: an allocator keeps some of what was freed
MARK_SAMPLES=5

# What a log may say of what was done to the daemon. Everything else at warning or error is a complaint.
EXPECTED='the capture process was killed by signal 9|stays in force|smtpwatch\.conf:|soak\.conf:|records were lost'
EXPECTED+='|is read too slowly|more than [0-9]+ different ports|take effect at the next start|connections? (are|were) not looked at'
EXPECTED+='|not seen|self-test|packets|watching ports|was read anew|runs again|addresses changed'

declare -A base=()            # UID: what the daemon had counted when this life began
declare -A object_ids=()      # "prog 7": of the kernel's, that a daemon had
declare -A marks=()           # "resident warm": KiB, "files warm"
complaints=0

complain() { # TEXT
	complaints=$((complaints + 1))
	note "COMPLAINT: $1"
	diagnose "complaint: $1"
}

# ---- Counts

# "UID ATTEMPTS" of each user that the daemon knows. Fails where it does not answer.
read_users() {
	timeout 20 "$SMTPWATCH" top --batch --count 1 --by user --json --socket "$LAB/run/control.sock" 2>>"$DIRECTORY/errors" |
		jq -r '.rows[] | select(.uid) | "\(.uid) \(.counts.attempts)"'
}

# Sets now[UID].
read_now() {
	local uid attempts users
	declare -gA now=()
	users=$(read_users) || return 1
	while read -r uid attempts; do
		[[ -z $uid ]] || now[$uid]=$attempts
	done <<<"$users"
}

# What is under way belongs to no life for certain.
begin_counting() {
	local pid uid count
	counted=() unsure=() base=()
	for pid in "${!units[@]}"; do
		read -r uid count _ <<<"${units[$pid]}"
		add_unsure "$uid" "$count"
		units[$pid]="$uid $count straddled"
	done
	if ! wait_for 10 read_now_well; then
		complain "life $life does not answer"
		return 0
	fi
	for uid in "${!now[@]}"; do
		base[$uid]=${now[$uid]}
	done
}

read_now_well() {
	read_now
}

# Whether each user's connections are within what was made.
counts_agree() {
	local uid seen
	read_now || return 1
	for uid in "${USERS[@]}"; do
		seen=$((${now[$uid]:-0} - ${base[$uid]:-0}))
		((seen >= ${counted[$uid]:-0})) || return 1
	done
}

# With the load at rest.
count_all() { # WHEN
	local uid seen low high exact=0 right=0
	wait_for_units || complain "the load does not end"
	wait_for 20 counts_agree || true
	for uid in "${USERS[@]}"; do
		seen=$((${now[$uid]:-0} - ${base[$uid]:-0}))
		low=${counted[$uid]:-0}
		high=$((low + ${unsure[$uid]:-0}))
		if ((seen >= low && seen <= high)); then
			right=$((right + 1))
		else
			complain "$1, user $uid: $seen connections are counted, $low to $high were made in this life"
		fi
		((low != high)) || exact=$((exact + 1))
	done
	counts_taken=$((${counts_taken:-0} + 1))
	note "counted $1: right for $right of ${#USERS[@]} users, for $exact of them there is no doubt in what was made"
}

# With load under way: there are not more than were made.
count_at_most() {
	local uid seen pid count made
	declare -A under_way=()
	read_now || return 0
	reap_units
	for pid in "${!units[@]}"; do
		read -r uid count _ <<<"${units[$pid]}"
		under_way[$uid]=$((${under_way[$uid]:-0} + count))
	done
	for uid in "${USERS[@]}"; do
		seen=$((${now[$uid]:-0} - ${base[$uid]:-0}))
		made=$((${counted[$uid]:-0} + ${unsure[$uid]:-0} + ${under_way[$uid]:-0}))
		((seen <= made)) || complain "under load, user $uid: $seen connections are counted, $made were made at most"
	done
}

# What was under way when the daemon died.
lose_under_way() {
	local pid uid count
	for pid in "${!units[@]}"; do
		read -r uid count _ <<<"${units[$pid]}"
		missed[$uid]=$((${missed[$uid]:-0} + count))
	done
}

# ---- Sizes

resident_of() { # PID FIELD
	awk -v field="$2:" '$1 == field { print $2 }' "/proc/$1/status" 2>/dev/null
}

count_files() { # PID
	find "/proc/$1/fd" -type l 2>/dev/null | wc -l
}

measure() {
	resident=$(resident_of "$daemon_pid" VmRSS)
	files=$(count_files "$daemon_pid")
	find_capture && capture_resident=$(resident_of "$capture_pid" VmRSS) || capture_resident=0
	[[ ${resident:-0} -le ${resident_most:-0} ]] || resident_most=$resident
}

tell_line() {
	local uid seen=0 made=0
	read_now || true
	for uid in "${USERS[@]}"; do
		seen=$((seen + ${now[$uid]:-0} - ${base[$uid]:-0}))
		made=$((made + ${counted[$uid]:-0}))
	done
	note "life $life: counted $seen of $made and ${#units[@]} units under way; ${resident:-0} KiB, capture ${capture_resident:-0} KiB, ${files:-0} files, ${#pests[@]} clients$(
		[[ -z $stopped_capture ]] || echo ', capture stopped')$([[ $processor_away == no ]] || echo ', a processor is away')"
}

# At rest: the least of some samples.
take_mark() { # NAME
	local sample least=
	wait_for 30 is_at_rest || true
	for ((sample = 0; sample < MARK_SAMPLES; sample++)); do
		measure
		[[ -n $least && $least -le $resident ]] || least=$resident
		sleep 0.3
	done
	marks["resident $1"]=$least
	marks["files $1"]=$files
	marks["second $1"]=$SECONDS
	note "mark $1: $least KiB resident, $files files"
}

# No client, a capture that works, no connection under way.
is_at_rest() {
	local state
	state=$(timeout 10 "$SMTPWATCH" status --json --socket "$LAB/run/control.sock" | jq -r '.checks[] | select(.name == "capture") | .text')
	[[ $state == running* ]] && [[ $(timeout 10 "$SMTPWATCH" top --batch --count 1 --json --socket "$LAB/run/control.sock" |
		jq .head.open) -eq 0 ]]
}

judge_marks() {
	local grown=$((marks["resident end"] - marks["resident warm"])) lasted=$((marks["second end"] - marks["second warm"]))
	per_hour=$((lasted > 0 ? grown * 3600 / lasted : 0))
	is_sanitized || check "memory: $grown KiB more in $lasted s of a warm daemon" test "$grown" -le "$GROWTH_MAX"
	is "descriptors: as many as when it was warm" "${marks["files end"]}" "${marks["files warm"]}"
	[[ -z $memory_group ]] || is "the limit of $((LIMIT / 1048576)) MiB ended nothing" "$(count_limit_kills | sort -u | paste -sd ,)" 0
}

# ---- What is said

judge_status() {
	local wrong
	wait_for 30 is_healthy || true
	wrong=$(jq -r '.checks[] | select(.state != "ok" and .state != "off") | "\(.name): \(.text)"' "$LAB/status.json" | paste -sd '|')
	# What was done to it is told as long as it lives.
	like "status: nothing is wrong but what was done to it" "|$wrong" '^\|((capture: running|records: |tables: |sink |rules: .* counters given up)[^|]*\|?)*$'
	check "status: it is not blind" jq -e '.health != "blind"' "$LAB/status.json"
	cp "$LAB/status.json" "$DIRECTORY/status.json"
}

is_healthy() {
	ask status --json >"$LAB/status.json" 2>/dev/null && jq -e '.health == "ok"' "$LAB/status.json" >/dev/null
}

# The summary of a life that was ended in order.
judge_end() {
	[[ $daemon_status -eq 0 ]] || complain "life $life ended with $daemon_status"
	books_balance || complain "life $life: the books do not balance: $(said '.event.action == "summary"' | head -c 1000)"
	said '.event.action == "summary"' | jq -c .smtpwatch.books >>"$DIRECTORY/books"
	books_balanced=$((${books_balanced:-0} + 1))
}

# Lines of JSON, whole ones but for those that killed daemons had begun.
judge_lines() { # FILE
	local bad
	bad=$(jq -cR 'fromjson? // "bad"' "$1" | grep -c '^"bad"$' || true)
	bad_lines=$((${bad_lines:-0} + bad))
}

judge_files() {
	judge_lines "$LAB/flows.json"
	check "rotated files: at most a line for each killed daemon is torn (${bad_lines:-0})" \
		test "${bad_lines:-0}" -le "${acted[daemon_kill]:-0}"
}

judge_logs() {
	local unexpected
	unexpected=$(cat "$DIRECTORY"/daemon.*.log | grep -vE "$EXPECTED" | sort | uniq -c | sort -rn | head -n 20 || true)
	is "the logs tell of nothing but what was done to it" "$unexpected" ""
	is "no complaint" "$complaints" 0
}

# ---- What remains

# By number, so that daemons of others are left out.
remember_kernel_objects() {
	local kind id
	while read -r kind id; do
		object_ids["${kind%_id:} $id"]=1
	done < <(cat "/proc/$daemon_pid/fdinfo/"* 2>/dev/null | grep -E '^(prog|map|link)_id:')
}

kernel_objects_left() {
	local object
	for object in "${!object_ids[@]}"; do
		# shellcheck disable=SC2086 # a kind and a number
		! "$BPFTOOL" ${object% *} show id "${object#* }" >/dev/null 2>&1 || echo "$object"
	done
}

none_is_left() {
	[[ -z $(kernel_objects_left) ]]
}

judge_remains() {
	BPFTOOL=$(PATH=$PATH:/usr/sbin:$(printf %s: /usr/lib/linux-tools/*/) command -v bpftool)
	check "${#object_ids[@]} programs, maps and links of the kernel: none is left" wait_for 10 none_is_left
	check "no socket is left" test ! -e "$LAB/run/control.sock"
	is "no capture process is left" "$(pgrep -x smtpw-capture | while read -r pid; do
		grep -qzx "SMTPWATCH_LAB=$LAB" "/proc/$pid/environ" 2>/dev/null && echo "$pid"
	done)" ""
}

# ---- The table

sum_of() { # ARRAY
	local -n values=$1
	local key sum=0
	for key in "${!values[@]}"; do
		sum=$((sum + values[$key]))
	done
	echo "$sum"
}

tell_table() {
	local name
	printf '\nseed %s, %s minutes, %d lives of the daemon\n' "$SEED" "$MINUTES" "$life"
	printf '%-44s %s\n' \
		"connections made" "$(sum_of all_made)" \
		"under way when a daemon was killed" "$(sum_of missed)" \
		"times that all users' counts were compared" "${counts_taken:-0}" \
		"lives whose books balanced at the end" "${books_balanced:-0}" \
		"capture processes killed, stopped" "${captures_killed:-0}, ${captures_stopped:-0}" \
		"pids of one user given to another" "${pids_reused:-0}" \
		"times a processor was away" "${processors_taken:-0}" \
		"limit on memory" "$([[ -n $memory_group ]] && echo "$((LIMIT / 1048576)) MiB" || echo none)" \
		"resident, KiB: first, warm, end; most" "${marks["resident first"]}, ${marks["resident warm"]}, ${marks["resident end"]}; $resident_most" \
		"growth of the warm daemon, KiB an hour" "$per_hour" \
		"descriptors: first, warm, end" "${marks["files first"]}, ${marks["files warm"]}, ${marks["files end"]}" \
		"complaints" "$complaints"
	printf 'acts:'
	for name in $(printf '%s\n' "${!acted[@]}" | sort); do
		printf ' %s %d' "$name" "${acted[$name]}"
	done
	echo
}

# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# shellcheck disable=SC2034 # what is set here is for those who source it
# The kernels that a test of this folder runs on. Sourced, in the repository.

kernel_names() {
	if [[ -n ${KERNEL-} ]]; then
		echo "$KERNEL"
	else
		tools/vm --list | cut -d' ' -f1
	fi
}

# Which kernels can be had decides the plan, so it is asked first. Sets available and missing.
fetch_kernels() {
	local kernel why
	available=() missing=()
	for kernel in $(kernel_names); do
		if why=$(tools/vm --fetch "$kernel" 2>&1); then
			available+=("$kernel")
		else
			echo "# ${why//$'\n'/$'\n# '}"
			missing+=("$kernel: $(tail -n 1 <<<"$why")")
		fi
	done
}

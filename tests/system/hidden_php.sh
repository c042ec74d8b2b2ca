# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# PHPs that only their static probes (USDT) tell of. Sourced by php.sh and by tests/bench/requests.

# A copy of a PHP whose request record nobody can find by its name. No extension can either, so it runs with -n.
hide_request_record() { # PROGRAM COPY
	LC_ALL=C sed 's/\x00sapi_globals\x00/\x00sapi_glXbals\x00/' "$1" >"$2"
	chmod 755 "$2"
	! cmp -s "$1" "$2" && "$2" -n -v >/dev/null
}

has_php_probes() { # PROGRAM
	LC_ALL=C grep -q 'request__startup' "$1"
}

# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # what is set here is for those who source it, and what it uses is lab.sh's
# A world to write to: receivers in a hundred networks, half of them with TLS, and a resolver where this host's programs
# look for one, so that real mail servers find their way by MX. Sourced after lab.sh.

WORLD_PROVIDER=198.18.200.58 # takes submissions on port 587, and is no configured smarthost
WORLD_PROVIDERS=("$WORLD_PROVIDER" 198.18.201.58 198.18.202.58 198.18.203.58) # the last one takes no password
WORLD_SERVERS=96             # receivers of which nothing is to be said
WORLD_SILENT=198.18.96.25    # does not answer
WORLD_CLOSED=198.18.97.25    # refuses connections
WORLD_GREYLIST=198.18.98.25  # puts everybody off until end_greylisting()
WORLD_THROTTLE=198.18.99.25  # puts this host off for its rate

world_zone=() # NAME=TYPE:VALUE

# A domain whose mail goes to an address.
add_domain() { # DOMAIN ADDRESS
	world_zone+=("$1=MX:mx.$1" "mx.$1=A:$2")
}

# So many domains, NAME0.example and so on, all over the world.
add_domains() { # NAME COUNT
	local i
	for ((i = 0; i < $2; i++)); do
		add_domain "$1$i.example" "198.18.$((i % WORLD_SERVERS)).25"
	done
}

start_world() {
	local i addresses=("${WORLD_PROVIDERS[@]}" "$WORLD_CLOSED" "$WORLD_GREYLIST" "$WORLD_THROTTLE")
	for ((i = 0; i < WORLD_SERVERS; i++)); do
		addresses+=("198.18.$i.25")
	done
	ip -n "$SERVER" route add 198.18.0.0/16 via 192.0.2.82
	printf 'address add %s/32 dev lo\n' "${addresses[@]}" | ip -n "$INTERNET" -batch -
	ip -n "$INTERNET" route add blackhole "$WORLD_SILENT"
	start_world_receivers
	start_world_resolver
}

start_world_receivers() {
	local i address clear=() tls=("$SMARTHOST" 587 "$SMARTHOST" 25)
	for address in "${WORLD_PROVIDERS[@]}"; do
		tls+=("$address" 587)
	done
	for ((i = 0; i < WORLD_SERVERS; i += 2)); do
		clear+=("198.18.$i.25" 25)
		tls+=("198.18.$((i + 1)).25" 25)
	done
	install -d -m 755 "$LAB/world" "$LAB/world/clear" "$LAB/world/tls"
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=mx.example \
		-keyout "$LAB/world/key.pem" -out "$LAB/world/only.pem" 2>"$LAB/openssl.log"
	cat "$LAB/world/key.pem" "$LAB/world/only.pem" >"$LAB/world/tls/certificate.pem"
	echo 'R 450 4.2.0 <user>: Recipient address rejected: Greylisted' >"$LAB/world/clear/$WORLD_GREYLIST"
	echo 'M 421 4.7.0 [TSS04] Messages from 192.0.2.81 temporarily deferred due to user complaints' \
		>"$LAB/world/clear/$WORLD_THROTTLE"
	echo 'A 535 5.7.8 Authentication credentials invalid' >"$LAB/world/tls/${WORLD_PROVIDERS[3]}"
	start_receivers_of clear "${clear[@]}" "$WORLD_GREYLIST" 25 "$WORLD_THROTTLE" 25
	start_receivers_of tls "${tls[@]}"
}

start_receivers_of() { # KIND ADDRESS PORT...
	start_in "$INTERNET" "$LAB/world/$1.out" /usr/bin/python3 "$CLIENTS/mx.py" "$LAB/world/$1" "${@:2}"
	wait_for 20 grep -q ready "$LAB/world/$1.out"
}

end_greylisting() {
	rm "$LAB/world/clear/$WORLD_GREYLIST"
}

# The resolver has the address that resolv.conf names, in the lab: programs are asked to do nothing unusual.
start_world_resolver() {
	local address namespace=$INTERNET
	address=$(sed -n 's/^nameserver[[:space:]]*\([0-9.]*\)$/\1/p' /etc/resolv.conf | head -n 1)
	address=${address:-127.0.0.1}
	if [[ $address == 127.* ]]; then
		namespace=$SERVER
	else
		ip -n "$INTERNET" address add "$address/32" dev lo
		ip -n "$SERVER" route add "$address/32" via 192.0.2.82
	fi
	start_in "$namespace" "$LAB/world/dns.out" \
		/usr/bin/python3 "$REPOSITORY/tests/golden/player.py" dns "$address+3" "${world_zone[@]}"
	wait_for 20 grep -q ready "$LAB/world/dns.out"
}

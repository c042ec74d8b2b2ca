/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Socket -> flow: where it leads, and how it is followed to its end. */
#ifndef SMTPWATCH_FLOW_BPF_H
#define SMTPWATCH_FLOW_BPF_H

#include "count.bpf.h"
#include "kernel.bpf.h"
#include "maps.bpf.h"
#include "send.bpf.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_endian.h>
#include <stdbool.h>

/* Returns the port's entry in the map `ports`: 0 is not watched, and behind the slots are SW_PORT_SELF_TEST and
 * SW_PORT_RETIRED. */
static __always_inline __u32 port_entry(__be16 port)
{
	__u32 zero = 0;
	const struct sw_ports *watched = bpf_map_lookup_elem(&ports, &zero);
	return watched ? watched->slot[port] : 0;
}

static __always_inline void map_ipv4(__u8 *address, __be32 ipv4)
{
	__builtin_memset(address, 0, 10);
	address[10] = address[11] = 0xff;
	__builtin_memcpy(address + 12, &ipv4, sizeof(ipv4));
}

static __always_inline void read_endpoints(struct sock *sk, struct sw_endpoints *endpoints)
{
	if (BPF_CORE_READ(sk, __sk_common.skc_family) == AF_INET) {
		map_ipv4(endpoints->local, BPF_CORE_READ(sk, __sk_common.skc_rcv_saddr));
		map_ipv4(endpoints->remote, BPF_CORE_READ(sk, __sk_common.skc_daddr));
	} else {
		BPF_CORE_READ_INTO(&endpoints->local, sk, __sk_common.skc_v6_rcv_saddr);
		BPF_CORE_READ_INTO(&endpoints->remote, sk, __sk_common.skc_v6_daddr);
	}
	endpoints->local_port = bpf_ntohs(BPF_CORE_READ((struct inet_sock *)sk, inet_sport));
	endpoints->remote_port = bpf_ntohs(BPF_CORE_READ(sk, __sk_common.skc_dport));
	endpoints->reserved = 0;
}

static __always_inline __u32 scope_of(const __u8 *address)
{
	struct sw_scope_key key = {.prefix_length = 8 * SW_ADDRESS_SIZE};
	__builtin_memcpy(key.address, address, SW_ADDRESS_SIZE);
	const __u32 *found = bpf_map_lookup_elem(&scope, &key);
	return found ? *found : SW_SCOPE_EXTERNAL;
}

static __always_inline __u64 next_flow_id(void)
{
	__u32 zero = 0;
	__u64 *number = bpf_map_lookup_elem(&flow_numbers, &zero);
	if (!number)
		return 0;
	return (__u64)bpf_get_smp_processor_id() << 48 | ++*number;
}

static __always_inline struct sw_scratch *begin_attempt(__u32 owner, __u32 error)
{
	struct sw_scratch *scratch = bpf_map_lookup_elem(&scratch_map, &owner);
	if (!scratch)
		return NULL;
	begin_record(&scratch->record.header, SW_RECORD_ATTEMPT, sizeof(scratch->record));
	scratch->record.header.flow_id = next_flow_id();
	scratch->record.error = error;
	return scratch;
}

static __always_inline void follow_flow(__u64 socket, const struct sw_attempt_record *record, __u32 thinned,
					bool counted)
{
	struct sw_flow_entry flow = {
		.actor = record->identity.key,
		.flow_id = record->header.flow_id,
		.started_ns = record->header.time_ns,
		.thinned = thinned,
		.uncounted = !counted,
	};
	const struct sw_flow_entry *stale = bpf_map_lookup_elem(&flows, &socket);
	if (stale && !stale->uncounted) /* its end was never shown; without this its actor would never be gone */
		count_open_flows(&stale->actor, -1);
	if (bpf_map_update_elem(&flows, &socket, &flow, BPF_ANY) != 0) {
		book_fate(SW_BOOK_LOST_FLOWS);
		return;
	}
	if (counted)
		count_open_flows(&flow.actor, 1);
}

/* Of a flow that was adopted after its handshake. */
static __always_inline void mark_established(__u64 socket)
{
	struct sw_flow_entry *flow = bpf_map_lookup_elem(&flows, &socket);
	if (flow)
		flow->established = 1;
}

#endif

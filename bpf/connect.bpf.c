// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The life of an outbound connection to a watched port.
 *
 * Two programs share the tracepoint inet_sock_set_state. `watch_attempt` takes CLOSE -> SYN_SENT, which
 * happens in the caller's context and needs a microsecond or two to say who that is. `watch_flow` takes
 * the later states, which come in softirq as well. They are two because since 6.1 the kernel skips a raw
 * tracepoint's program that is already running on the CPU: were they one, an interrupt inside the long
 * part would cost another flow its end.
 *
 * Kernels from 7.x on can also preempt such a program, and skip it for everyone else on that CPU until its
 * task runs again: an attempt in that time would not be seen at all. There `watch_states` is attached in
 * place of both, to the same tracepoint in its classic form: it runs with preemption off, and costs every
 * state change of the host some more. sensor/probe.c tells which it has to be.
 */
#include "actor.bpf.h"
#include "count.bpf.h"
#include "flow.bpf.h"
#include "kernel.bpf.h"
#include "maps.bpf.h"
#include "send.bpf.h"

#include <stdbool.h>

char LICENSE[] SEC("license") = "Dual BSD/GPL";

/* Set before the load. False lets the verifier drop what only the syscall tracepoints need. */
const volatile bool syscall_tracepoints = false;

/* Set before the load: the daemon's process. */
const volatile __u32 daemon_pid = 0;

/* The arguments of inet_sock_set_state: (const struct sock *, int oldstate, int newstate). */
#define STATE_SOCK(ctx) ((struct sock *)(ctx)->args[0])
#define STATE_NEW(ctx) ((int)(ctx)->args[2])

/* Counts an attempt whose actor is known. Returns whether its record is one too many. */
static __always_inline __u32 count_and_thin(struct sw_scratch *scratch, __u32 slot, __u32 where, const bool failed)
{
	struct sw_attempt_record *record = &scratch->record;
	__u32 thinned = 0;

	struct sw_actor_entry *actor = find_actor(scratch);
	if (actor) {
		thinned = must_thin(actor, record->identity.key.uid, record->header.time_ns);
		count_attempt(&actor->counters, slot, where);
		if (failed)
			count_end(&actor->counters, SW_OUTCOME_FAILED, 0, 0);
	} else {
		book(SW_BOOK_UNCOUNTED_ACTOR);
	}
	struct sw_counters *user = find_user(record->identity.key.uid);
	if (user) {
		count_attempt(user, slot, where);
		if (failed)
			count_end(user, SW_OUTCOME_FAILED, 0, 0);
	} else {
		book(SW_BOOK_UNCOUNTED_USER);
	}
	return thinned;
}

/*
 * Counts an attempt whose header and network namespace are already filled in, unless it is the self-test's, and tells
 * it unless its actor is in a flood. Returns whether it was thinned.
 */
static __always_inline __u32 take_attempt(struct sw_scratch *scratch, __u32 slot, bool counted,
					  const enum sw_scratch_owner owner)
{
	struct sw_attempt_record *record = &scratch->record;
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();
	struct mm_struct *mm = read_actor(task, &record->identity);
	__u32 where = scope_of(record->header.endpoints.remote);

	if (counted && count_and_thin(scratch, slot, where, owner == SW_SCRATCH_CALL)) {
		book_fate(SW_BOOK_THINNED);
		count_untold(&record->identity.key, slot, where);
		return 1;
	}
	read_details(task, mm, scratch, owner);
	if (send_scratch(scratch) != 0 && counted)
		count_untold(&record->identity.key, slot, where);
	return 0;
}

/* Whether an attempt to a port of this entry is told. */
static __always_inline bool is_due(__u32 entry)
{
	if (entry == SW_PORT_SELF_TEST)
		return bpf_get_current_pid_tgid() >> 32 == daemon_pid;
	return entry != 0 && entry <= SW_PORT_SLOTS;
}

static __always_inline int attempt_begins(struct sock *sk)
{
	__u32 entry = port_entry(BPF_CORE_READ(sk, __sk_common.skc_dport));
	if (!is_due(entry))
		return 0;
	if (BPF_CORE_READ(sk, sk_protocol) != IPPROTO_TCP) /* MPTCP's own socket: its subflow comes too */
		return 0;
	struct sw_scratch *scratch = begin_attempt(SW_SCRATCH_ATTEMPT, 0);
	if (!scratch)
		return 0;
	struct sw_attempt_record *record = &scratch->record;
	read_endpoints(sk, &record->header.endpoints);
	record->network_namespace = BPF_CORE_READ(sk, __sk_common.skc_net.net, ns.inum);
	const bool counted = entry != SW_PORT_SELF_TEST;
	__u32 thinned = take_attempt(scratch, entry - 1, counted, SW_SCRATCH_ATTEMPT);
	follow_flow((__u64)sk, record, thinned, counted);

	if (syscall_tracepoints) {
		__u64 thread = bpf_get_current_pid_tgid();
		struct sw_connect_call *call = bpf_map_lookup_elem(&connecting, &thread);
		if (call)
			call->reached_tcp = 1;
	}
	return 0;
}

SEC("raw_tp/inet_sock_set_state")
int watch_attempt(struct bpf_raw_tracepoint_args *ctx)
{
	if (STATE_NEW(ctx) != TCP_SYN_SENT)
		return 0;
	return attempt_begins(STATE_SOCK(ctx));
}

/* The head of a record of a later state. */
static __always_inline void begin_state(struct sw_record_header *header, __u32 kind, __u32 size, struct sock *sk,
					const struct sw_flow_entry *flow)
{
	begin_record(header, kind, size);
	header->flow_id = flow->flow_id;
	read_endpoints(sk, &header->endpoints);
}

static __always_inline void count_established(const struct sw_flow_entry *flow)
{
	struct sw_actor_entry *actor = bpf_map_lookup_elem(&actors, &flow->actor);
	if (actor)
		add(&actor->counters.established, 1);
	struct sw_counters *user = bpf_map_lookup_elem(&users, &flow->actor.uid);
	if (user)
		add(&user->established, 1);
}

static __always_inline void flow_established(struct sock *sk, struct sw_flow_entry *flow)
{
	flow->established = 1;
	if (!flow->uncounted)
		count_established(flow);
	if (flow->thinned) {
		book_fate(SW_BOOK_THINNED);
		return;
	}
	struct sw_established_record record = {};
	begin_state(&record.header, SW_RECORD_ESTABLISHED, sizeof(record), sk, flow);
	send(&record, sizeof(record), BPF_RB_NO_WAKEUP);
}

/* The socket's last error and what it had reached decide (net/ipv4/tcp_input.c: tcp_reset; tcp_timer.c:
 * tcp_write_err; tcp_ipv4.c: tcp_v4_err). */
static __always_inline __u32 outcome_of(__u32 established, int error, __u32 segments_sent)
{
	if (established) {
		if (error == ECONNRESET || error == EPIPE || error == ETIMEDOUT)
			return SW_OUTCOME_RESET;
		return SW_OUTCOME_CLOSED;
	}
	if (error == ECONNREFUSED)
		return SW_OUTCOME_REFUSED;
	if (error == ETIMEDOUT)
		return SW_OUTCOME_TIMED_OUT;
	if (error)
		return SW_OUTCOME_UNREACHABLE;
	return segments_sent ? SW_OUTCOME_ABORTED : SW_OUTCOME_FAILED;
}

static __always_inline void read_end(struct sock *sk, const struct sw_flow_entry *flow, struct sw_end_record *record)
{
	struct tcp_sock *tcp = (struct tcp_sock *)sk;
	record->error = BPF_CORE_READ(sk, sk_err);
	record->outcome = outcome_of(flow->established, (int)record->error, BPF_CORE_READ(tcp, segs_out));
	record->duration_ns = record->header.time_ns - flow->started_ns;
	if (!flow->established)
		return;
	record->bytes_sent = BPF_CORE_READ(tcp, bytes_sent) - BPF_CORE_READ(tcp, bytes_retrans);
	record->bytes_received = BPF_CORE_READ(tcp, bytes_received);
	/* A FIN takes a sequence number, and bytes_received counts it (net/ipv4/tcp_input.c: tcp_data_queue). */
	if (record->bytes_received && BPF_CORE_READ(sk, __sk_common.skc_flags) >> SOCK_DONE_BIT & 1)
		record->bytes_received--;
}

static __always_inline void count_flow_end(const struct sw_flow_entry *flow, const struct sw_end_record *record)
{
	struct sw_actor_entry *actor = bpf_map_lookup_elem(&actors, &flow->actor);
	if (actor) {
		count_end(&actor->counters, record->outcome, record->bytes_sent, record->bytes_received);
		__sync_fetch_and_add(&actor->open_flows, -1);
	}
	struct sw_counters *user = bpf_map_lookup_elem(&users, &flow->actor.uid);
	if (user)
		count_end(user, record->outcome, record->bytes_sent, record->bytes_received);
}

static __always_inline void flow_ended(struct sock *sk, const struct sw_flow_entry *flow)
{
	struct sw_end_record record = {};
	begin_state(&record.header, SW_RECORD_END, sizeof(record), sk, flow);
	read_end(sk, flow, &record);

	if (!flow->uncounted)
		count_flow_end(flow, &record);
	if (flow->thinned)
		book_fate(SW_BOOK_THINNED);
	else
		send(&record, sizeof(record), BPF_RB_NO_WAKEUP);
}

static __always_inline int flow_changes(struct sock *sk, int state)
{
	if (port_entry(BPF_CORE_READ(sk, __sk_common.skc_dport)) == 0)
		return 0;
	__u64 socket = (__u64)sk;
	struct sw_flow_entry *flow = bpf_map_lookup_elem(&flows, &socket);
	if (!flow)
		return 0;
	if (state == TCP_ESTABLISHED) {
		flow_established(sk, flow);
		return 0;
	}
	struct sw_flow_entry ended = *flow;
	bpf_map_delete_elem(&flows, &socket);
	flow_ended(sk, &ended);
	return 0;
}

SEC("raw_tp/inet_sock_set_state")
int watch_flow(struct bpf_raw_tracepoint_args *ctx)
{
	int state = STATE_NEW(ctx);
	if (state != TCP_ESTABLISHED && state != TCP_CLOSE)
		return 0;
	return flow_changes(STATE_SOCK(ctx), state);
}

SEC("tp/sock/inet_sock_set_state")
int watch_states(struct inet_sock_set_state_args *ctx)
{
	int state = ctx->new_state;
	if (state == TCP_SYN_SENT)
		return attempt_begins(ctx->sk);
	if (state == TCP_ESTABLISHED || state == TCP_CLOSE)
		return flow_changes(ctx->sk, state);
	return 0;
}

/* Reads the destination that a connect() call was given. Returns the entry of its port, as port_entry(). */
static __always_inline __u32 read_sockaddr(const void *address, struct sw_endpoints *endpoints)
{
	struct {
		__u16 family;
		__be16 port;
		__be32 ipv4_or_flow;
		__u8 ipv6[SW_ADDRESS_SIZE];
	} given = {};

	__builtin_memset(endpoints, 0, sizeof(*endpoints));
	if (bpf_probe_read_user(&given, 8, address) != 0)
		return 0;
	endpoints->remote_port = bpf_ntohs(given.port);
	if (given.family == AF_INET) {
		map_ipv4(endpoints->remote, given.ipv4_or_flow);
		return port_entry(given.port);
	}
	if (given.family != AF_INET6 || bpf_probe_read_user(endpoints->remote, SW_ADDRESS_SIZE, address + 8) != 0)
		return 0;
	return port_entry(given.port);
}

SEC("tp/syscalls/sys_enter_connect")
int watch_call(struct sys_enter_connect_args *ctx)
{
	struct sw_connect_call call = {};
	__u32 entry = read_sockaddr(ctx->address, &call.endpoints);
	if (entry == 0 || entry > SW_PORT_SLOTS)
		return 0;
	call.slot = entry - 1;
	__u64 thread = bpf_get_current_pid_tgid();
	bpf_map_update_elem(&connecting, &thread, &call, BPF_ANY);
	return 0;
}

/* Whether the call failed to begin a connection, rather than found one begun or was no use of a socket. */
static __always_inline bool call_failed(long error)
{
	return error > 0 && error != EINPROGRESS && error != EALREADY && error != EISCONN && error != EBADF &&
	       error != ENOTSOCK && error != EFAULT;
}

SEC("tp/syscalls/sys_exit_connect")
int watch_call_end(struct sys_exit_connect_args *ctx)
{
	__u64 thread = bpf_get_current_pid_tgid();
	struct sw_connect_call *found = bpf_map_lookup_elem(&connecting, &thread);
	if (!found)
		return 0;
	struct sw_connect_call call = *found;
	bpf_map_delete_elem(&connecting, &thread);
	if (call.reached_tcp || !call_failed(-ctx->ret))
		return 0;
	struct sw_scratch *scratch = begin_attempt(SW_SCRATCH_CALL, (__u32)-ctx->ret);
	if (!scratch)
		return 0;
	struct sw_attempt_record *record = &scratch->record;
	record->header.endpoints = call.endpoints;
	record->network_namespace = 0;
	take_attempt(scratch, call.slot, true, SW_SCRATCH_CALL);
	return 0;
}

// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What was there before the watch began: programs that run, and connections that are open. Iterators, run once at the
 * start by a read() of the daemon; in them the process that is looked at is not the one that is current.
 */
#include "actor.bpf.h"
#include "count.bpf.h"
#include "flow.bpf.h"
#include "kernel.bpf.h"
#include "maps.bpf.h"
#include "program.bpf.h"
#include "send.bpf.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

/* Whether the parent runs the same file: then what is known of it holds for this one too. */
static __always_inline bool is_fork_of_same(struct task_struct *task, const struct sw_file_id *file)
{
	struct mm_struct *mm = BPF_CORE_READ(task, real_parent, mm);
	struct file *exe = mm ? BPF_CORE_READ(mm, exe_file) : NULL;
	if (!exe)
		return false;
	struct sw_file_id other = file_id_of(exe);
	return other.inode == file->inode && other.device == file->device;
}

/* Writes a struct sw_program_record for each process whose executable has a known name and is not known itself. Those
 * that came by fork from one execution are one. */
SEC("iter/task")
int list_programs(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task;
	struct mm_struct *mm = task ? BPF_CORE_READ(task, mm) : NULL;
	struct file *exe = mm ? BPF_CORE_READ(mm, exe_file) : NULL;
	struct sw_program_record record = {};

	if (!exe || BPF_CORE_READ(task, pid) != BPF_CORE_READ(task, tgid))
		return 0;
	struct sw_file_id file = file_id_of(exe);
	const struct sw_program *program = bpf_map_lookup_elem(&programs, &file);
	if (program && !(program->flags & SW_PROGRAM_PHP_HOST))
		return 0;
	if (is_fork_of_same(task, &file))
		return 0;
	fill_program(task, exe, 0, &record);
	record.flags |= flags_of_name(record.name);
	if (!(record.flags & ~SW_PROGRAM_UNSAFE))
		return 0;
	bpf_seq_write(ctx->meta->seq, &record, sizeof(record));
	return 0;
}

/* The connection behind an open file, if it is one to a watched port. */
static __always_inline struct sock *watched_connection(struct file *file, __u32 *ret_slot)
{
	if (BPF_CORE_READ(file, f_inode, i_sb, s_magic) != SOCKFS_MAGIC)
		return NULL;
	struct socket *socket = BPF_CORE_READ(file, private_data);
	struct sock *sk = socket ? BPF_CORE_READ(socket, sk) : NULL;
	if (!sk || BPF_CORE_READ(sk, sk_protocol) != IPPROTO_TCP)
		return NULL;
	__u16 family = BPF_CORE_READ(sk, __sk_common.skc_family);
	if (family != AF_INET && family != AF_INET6)
		return NULL;
	__u8 state = BPF_CORE_READ(sk, __sk_common.skc_state);
	if (state != TCP_ESTABLISHED && state != TCP_SYN_SENT && state != TCP_CLOSE_WAIT)
		return NULL;
	__u32 entry = port_entry(BPF_CORE_READ(sk, __sk_common.skc_dport));
	if (entry == 0 || entry > SW_PORT_SLOTS)
		return NULL;
	*ret_slot = entry - 1;
	return sk;
}

/* Takes over the connections that are open: they are followed like those whose attempt was seen. A socket that several
 * processes hold is told as the first one's. */
SEC("iter/task_file")
int adopt_connections(struct bpf_iter__task_file *ctx)
{
	struct task_struct *task = ctx->task;
	struct file *file = ctx->file;
	__u32 slot = 0;

	if (!task || !file)
		return 0;
	struct sock *sk = watched_connection(file, &slot);
	__u64 socket = (__u64)sk;
	if (!sk || bpf_map_lookup_elem(&flows, &socket))
		return 0;
	struct sw_scratch *scratch = begin_attempt(SW_SCRATCH_RUNNING, 0);
	if (!scratch)
		return 0;
	struct sw_attempt_record *record = &scratch->record;
	read_endpoints(sk, &record->header.endpoints);
	record->network_namespace = BPF_CORE_READ(sk, __sk_common.skc_net.net, ns.inum);
	struct mm_struct *mm = read_actor(task, &record->identity);
	find_actor(scratch);
	find_user(record->identity.key.uid);
	read_details(task, mm, scratch, SW_SCRATCH_RUNNING);
	send_scratch(scratch);
	follow_flow(socket, record, 0, true);
	if (BPF_CORE_READ(sk, __sk_common.skc_state) != TCP_SYN_SENT)
		mark_established(socket);
	return 0;
}

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Task -> identity: who is calling, captured while it still lives. Runs in the caller's own context. */
#ifndef SMTPWATCH_ACTOR_BPF_H
#define SMTPWATCH_ACTOR_BPF_H

#include "kernel.bpf.h"
#include "maps.bpf.h"
#include "path.bpf.h"
#include "script.bpf.h"

#include <bpf/bpf_core_read.h>

static __always_inline void read_ancestor(struct task_struct *task, struct sw_ancestor *ancestor)
{
	ancestor->start_ns = BPF_CORE_READ(task, start_boottime);
	ancestor->uid = BPF_CORE_READ(task, cred, uid.val);
	BPF_CORE_READ_INTO(&ancestor->comm, task, comm);
}

static __always_inline void read_tracer(struct task_struct *task, struct sw_ancestor *tracer)
{
	__builtin_memset(tracer, 0, sizeof(*tracer));
	if (!BPF_CORE_READ(task, ptrace))
		return;
	task = BPF_CORE_READ(task, parent, group_leader);
	tracer->pid = BPF_CORE_READ(task, tgid);
	read_ancestor(task, tracer);
}

static __always_inline void read_ancestors(struct task_struct *leader, struct sw_ancestor *ancestors)
{
	struct task_struct *task = leader;
	int alive = 1;
#pragma unroll
	for (int i = 0; i < SW_ANCESTOR_COUNT; i++) {
		struct sw_ancestor *ancestor = &ancestors[i];
		__builtin_memset(ancestor, 0, sizeof(*ancestor));
		if (!alive)
			continue;
		task = BPF_CORE_READ(task, real_parent, group_leader);
		ancestor->pid = BPF_CORE_READ(task, tgid);
		if (ancestor->pid == 0) {
			alive = 0;
			continue;
		}
		read_ancestor(task, ancestor);
	}
}

static __always_inline void read_executable(struct file *file, struct sw_identity *identity)
{
	struct inode *inode = BPF_CORE_READ(file, f_inode);
	identity->key.exe_inode = BPF_CORE_READ(inode, i_ino);
	identity->key.exe_device = BPF_CORE_READ(inode, i_sb, s_dev);
	identity->exe_links = BPF_CORE_READ(inode, i_nlink);
	identity->exe_owner = BPF_CORE_READ(inode, i_uid.val);
	identity->exe_mode = BPF_CORE_READ(inode, i_mode);
}

static __always_inline void read_credentials(struct task_struct *task, struct sw_identity *identity)
{
	const struct cred *cred = BPF_CORE_READ(task, cred);
	identity->key.uid = BPF_CORE_READ(cred, uid.val);
	identity->euid = BPF_CORE_READ(cred, euid.val);
	identity->gid = BPF_CORE_READ(cred, gid.val);
	identity->loginuid = -1;
	if (bpf_core_field_exists(task->loginuid))
		identity->loginuid = BPF_CORE_READ(task, loginuid.val);
	if (is_in_user_namespace(cred))
		identity->flags |= SW_IDENTITY_USER_NAMESPACE;
}

/* What decides whose counters an attempt belongs to: cheap, and read for every attempt. */
static __always_inline struct mm_struct *read_actor(struct task_struct *task, struct sw_identity *identity)
{
	struct task_struct *leader = BPF_CORE_READ(task, group_leader);
	struct mm_struct *mm = BPF_CORE_READ(task, mm);
	struct file *exe = mm ? BPF_CORE_READ(mm, exe_file) : NULL;

	__builtin_memset(identity, 0, sizeof(*identity));
	identity->key.pid = BPF_CORE_READ(task, tgid);
	identity->tid = BPF_CORE_READ(task, pid);
	identity->key.start_ns = BPF_CORE_READ(leader, start_boottime);
	read_credentials(task, identity);
	if (exe)
		read_executable(exe, identity);
	if (BPF_CORE_READ(task, flags) & PF_KTHREAD || !mm)
		identity->flags |= SW_IDENTITY_KERNEL_THREAD;
	identity->mount_namespace = BPF_CORE_READ(task, nsproxy, mnt_ns, ns.inum);
	BPF_CORE_READ_INTO(&identity->comm, task, comm);
	return mm;
}

/* Of the process that is asked about itself: what lies in its own memory. */
static __always_inline void read_own_memory(struct task_struct *task, struct mm_struct *mm, struct file *exe,
					    struct sw_scratch *scratch)
{
	struct sw_attempt_record *record = &scratch->record;

	record->argv_size = read_argv(mm, scratch->text, record->path_size, &record->identity.flags);
	if (!exe)
		return;
	const struct sw_file_id file = file_id_of(exe);
	scratch->script.flags = claim_of(task, exe);
	find_script(task, mm, &file, &scratch->script);
}

/* The rest, read only for what is delivered. Fills the record's identity and the text behind it. Of SW_SCRATCH_RUNNING
 * it is another process, whose memory is out of reach. */
static __always_inline void read_details(struct task_struct *task, struct mm_struct *mm, struct sw_scratch *scratch,
					 const enum sw_scratch_owner owner)
{
	const bool adopted = owner == SW_SCRATCH_RUNNING;
	const __u32 text = offsetof(struct sw_scratch, text);
	struct sw_attempt_record *record = &scratch->record;
	struct sw_identity *identity = &record->identity;
	struct file *exe = mm ? BPF_CORE_READ(mm, exe_file) : NULL;
	struct fs_struct *fs = BPF_CORE_READ(task, fs);

	record->path_size = 0;
	record->argv_size = 0;
	record->cwd_size = 0;
	record->script_size = 0;
	identity->cgroup = BPF_CORE_READ(task, cgroups, dfl_cgrp, kn, id);
	read_ancestors(BPF_CORE_READ(task, group_leader), identity->ancestors);
	read_tracer(task, &identity->tracer);
	if (exe)
		record->path_size = read_path(task, __builtin_preserve_access_index(&exe->f_path), owner, text,
					      text + SW_PATH_SIZE, &identity->flags, SW_IDENTITY_PATH_CUT);
	scratch->script.source = SW_SCRIPT_NONE;
	if (mm && !adopted)
		read_own_memory(task, mm, exe, scratch);
	if (adopted)
		identity->flags |= SW_IDENTITY_ADOPTED;
	__u32 offset = (__u32)record->path_size + record->argv_size;
	if (fs)
		record->cwd_size = read_path(task, __builtin_preserve_access_index(&fs->pwd), owner, text + offset,
					     text + SW_CWD_SIZE, &identity->flags, SW_IDENTITY_CWD_CUT);
	if (scratch->script.source != SW_SCRIPT_NONE)
		append_script(scratch, offset + record->cwd_size);
}

#endif

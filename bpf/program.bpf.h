/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Executables that are worth a look, by their name. */
#ifndef SMTPWATCH_PROGRAM_BPF_H
#define SMTPWATCH_PROGRAM_BPF_H

#include "kernel.bpf.h"
#include "maps.bpf.h"
#include "script.bpf.h"

#include <bpf/bpf_core_read.h>
#include <stdbool.h>

/* php-fpm8.2, ea-php81, lsphp: each build has its own name, and all of them contain these three letters. */
static __always_inline bool contains_php(const char *name)
{
#pragma unroll
	for (int i = 0; i + 2 < SW_COMM_SIZE; i++)
		if (!((name[i] ^ 'p') | (name[i + 1] ^ 'h') | (name[i + 2] ^ 'p')))
			return true;
	return false;
}

/* `name` is SW_COMM_SIZE bytes, filled up with NUL. */
static __always_inline __u32 flags_of_name(const char *name)
{
	const __u32 *flags = bpf_map_lookup_elem(&program_names, name);
	if (flags)
		return *flags;
	return contains_php(name) ? SW_PROGRAM_MAY_BE_PHP : 0;
}

/* The name of the file itself, whatever link it was started by. `name` is filled up with NUL by the caller. */
static __always_inline void read_name(struct file *exe, char *name)
{
	const unsigned char *text = BPF_CORE_READ(exe, f_path.dentry, d_name.name);
	bpf_probe_read_kernel_str(name, SW_COMM_SIZE, text);
}

/* Whether opening the file could wait for a server that an ordinary user controls: FUSE, a network, or a file
 * system that was mounted from within a user namespace, such as an overlay over FUSE. */
static __always_inline bool is_unsafe(struct inode *inode)
{
	__u64 magic = BPF_CORE_READ(inode, i_sb, s_magic);
	return magic == FUSE_SUPER_MAGIC || magic == NFS_SUPER_MAGIC ||
	       BPF_CORE_READ(inode, i_sb, s_user_ns, level) > 0;
}

/* Fills in all but the header. */
static __always_inline void fill_program(struct task_struct *task, struct file *exe, __u32 flags,
					 struct sw_program_record *record)
{
	struct inode *inode = BPF_CORE_READ(exe, f_inode);
	record->file = file_id_of(exe);
	record->start_ns = BPF_CORE_READ(task, group_leader, start_boottime);
	record->start_code = BPF_CORE_READ(task, mm, start_code);
	record->start_stack = BPF_CORE_READ(task, mm, start_stack);
	record->pid = BPF_CORE_READ(task, tgid);
	record->uid = BPF_CORE_READ(task, cred, euid.val);
	record->flags = flags | (is_unsafe(inode) ? SW_PROGRAM_UNSAFE : 0);
	record->exe_owner = BPF_CORE_READ(inode, i_uid.val);
	record->exe_mode = BPF_CORE_READ(inode, i_mode);
	read_name(exe, record->name);
}

#endif

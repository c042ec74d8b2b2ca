// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What a script starts carries the script, to the last descendant: handed on at fork, forgotten at exit. And the
 * probes of PHP builds whose request record cannot be found; these alone are attached to PHP.
 */
#include "script.bpf.h"

#include "kernel.bpf.h"
#include "maps.bpf.h"
#include "path.bpf.h"

#include <linux/ptrace.h> /* usdt.bpf.h wants it before it */

#include <bpf/usdt.bpf.h>

char LICENSE[] SEC("license") = "Dual BSD/GPL";

/* Processes that inherit nothing because the map was full. */
__u64 scripts_refused = 0;

/* The arguments of sched_process_fork: (struct task_struct *parent, struct task_struct *child). It runs in the parent.
 */
SEC("raw_tp/sched_process_fork")
int inherit_script(struct bpf_raw_tracepoint_args *ctx)
{
	struct task_struct *parent = (struct task_struct *)ctx->args[0];
	struct task_struct *child = (struct task_struct *)ctx->args[1];
	struct mm_struct *mm = BPF_CORE_READ(parent, mm);
	struct file *exe = mm ? BPF_CORE_READ(mm, exe_file) : NULL;
	__u32 owner = SW_SCRATCH_FORK;

	if (!exe || BPF_CORE_READ(parent, tgid) == BPF_CORE_READ(child, tgid))
		return 0;
	struct sw_scratch *scratch = bpf_map_lookup_elem(&scratch_map, &owner);
	if (!scratch)
		return 0;
	struct sw_script *script = &scratch->script;
	struct sw_file_id file = file_id_of(exe);
	const struct sw_program *program = bpf_map_lookup_elem(&programs, &file);
	script->flags = program ? claim_of(parent, exe) : 0;
	find_script(parent, mm, &file, script);
	/* What it was executed with is known already, unless that was before the watch began. */
	bool is_own = script->source == SW_SCRIPT_ARGV && script->pid == (__u32)BPF_CORE_READ(parent, tgid);
	if ((script->source == SW_SCRIPT_NONE || script->source == SW_SCRIPT_ARGV) && !is_own &&
	    names_script(program, mm))
		read_interpreter(parent, mm, exe, scratch, SW_SCRATCH_FORK);
	if (script->source == SW_SCRIPT_NONE)
		return 0;
	script->flags |= SW_SCRIPT_INHERITED;
	struct sw_task_key key = key_of_task(child);
	if (script->source == SW_SCRIPT_ARGV)
		bpf_map_update_elem(&argv_scripts, &key, script, BPF_ANY);
	else if (bpf_map_update_elem(&scripts, &key, script, BPF_ANY) != 0)
		__sync_fetch_and_add(&scripts_refused, 1);
	return 0;
}

/* The first argument of sched_process_exit is the task. A thread's own entry goes with it, the process's with its
 * last thread. */
SEC("raw_tp/sched_process_exit")
int forget_script(struct bpf_raw_tracepoint_args *ctx)
{
	struct task_struct *task = (struct task_struct *)ctx->args[0];
	struct task_struct *leader = BPF_CORE_READ(task, group_leader);

	if (task != leader) {
		struct sw_task_key key = key_of_task(task);
		bpf_map_delete_elem(&scripts, &key);
	}
	if (BPF_CORE_READ(task, signal, live.counter) != 0)
		return 0;
	struct sw_task_key key = key_of_task(leader);
	bpf_map_delete_elem(&scripts, &key);
	return 0;
}

static const struct sw_script no_script;

/* The entry of the thread, made if there is none. It is filled in where it lies: a probe's program can be preempted by
 * another thread's, so a scratch of the CPU would be shared, and nobody but the thread itself reads its entry. */
static __always_inline struct sw_script *begin_request(const struct sw_task_key *key)
{
	struct sw_script *script = bpf_map_lookup_elem(&scripts, key);
	if (script)
		return script;
	if (bpf_map_update_elem(&scripts, key, &no_script, BPF_NOEXIST) != 0)
		__sync_fetch_and_add(&scripts_refused, 1);
	return bpf_map_lookup_elem(&scripts, key);
}

/* php:request__startup(file, uri, method), from PHP's main/main.c. What a page has started is that page's, also where
 * it is a PHP by itself. */
SEC("usdt")
int php_request_begins(struct pt_regs *ctx)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();
	struct sw_task_key key = key_of_task(task);
	long path = 0, url = 0, method = 0;
	char first = 0;

	if (bpf_usdt_arg(ctx, 0, &path) != 0)
		return 0;
	bpf_usdt_arg(ctx, 1, &url);
	bpf_usdt_arg(ctx, 2, &method);
	struct sw_script *script = begin_request(&key);
	if (!script)
		return 0;
	bpf_probe_read_user(&first, sizeof(first), (const void *)method);
	if (script->flags & SW_SCRIPT_INHERITED && script->method[0] && !first)
		return 0;
	script->source = SW_SCRIPT_PROBE;
	script->flags = is_in_user_namespace(BPF_CORE_READ(task, cred)) ? SW_SCRIPT_CLAIMED : 0;
	script->cwd_size = 0;
	script->pid = bpf_get_current_pid_tgid() >> 32;
	script->path_size = read_request_text(script->path, sizeof(script->path), path, &script->flags);
	read_request_text(script->url, sizeof(script->url), url, &script->flags);
	read_request_text(script->method, sizeof(script->method), method, &script->flags);
	return 0;
}

/* php:request__shutdown. */
SEC("usdt")
int php_request_ends(struct pt_regs *ctx)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();
	struct sw_task_key key = key_of_task(task);
	(void)ctx;
	bpf_map_delete_elem(&scripts, &key);
	return 0;
}

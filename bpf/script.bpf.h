/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Which script: read from PHP's own record of its request, or remembered from the process that started this one.
 * Nothing is attached to PHP, so a request costs what it cost before.
 */
#ifndef SMTPWATCH_SCRIPT_BPF_H
#define SMTPWATCH_SCRIPT_BPF_H

#include "kernel.bpf.h"
#include "maps.bpf.h"
#include "path.bpf.h"

#include <bpf/bpf_core_read.h>
#include <stdbool.h>

/*
 * The head of sapi_globals (PHP's main/SAPI.h), the same from PHP 5.6 to 8 on 64-bit machines without thread safety.
 * Which of it holds when, as measured for each kind of server (userspace/identity/php.h):
 *
 *   server_context  path_translated  method
 *   set             set              set or not  a request: all is its own
 *   NULL            set              NULL        the command line: only the path is
 *   NULL            any              set         between requests: what is left points to freed memory
 *   set             NULL             any         php-fpm and php-cgi: between requests, or in what a request runs after
 *                                                its end (shutdown functions): then it is still `started`
 */
struct sw_php_request {
	__u64 server_context;
	__u64 method;
	__u64 query_string;
	__u64 cookies; /* never followed */
	__s64 content_length;
	__u64 path_translated;
	__u64 uri;
};

static __always_inline struct sw_file_id file_id_of(struct file *file)
{
	struct inode *inode = BPF_CORE_READ(file, f_inode);
	struct sw_file_id id = {
		.inode = BPF_CORE_READ(inode, i_ino),
		.device = BPF_CORE_READ(inode, i_sb, s_dev),
		.size = (__u32)BPF_CORE_READ(inode, i_size),
	};
	return id;
}

static __always_inline bool is_in_user_namespace(const struct cred *cred)
{
	return BPF_CORE_READ(cred, user_ns, level) > 0;
}

/* What a script is marked with that this executable speaks of: others than root can have made it, or have put it on. */
static __always_inline __u32 claim_of(struct task_struct *task, struct file *exe)
{
	struct inode *inode = BPF_CORE_READ(exe, f_inode);
	if (BPF_CORE_READ(inode, i_uid.val) != 0 || BPF_CORE_READ(inode, i_mode) & (S_IWGRP | S_IWOTH))
		return SW_SCRIPT_CLAIMED;
	return is_in_user_namespace(BPF_CORE_READ(task, cred)) ? SW_SCRIPT_CLAIMED : 0;
}

static __always_inline struct sw_task_key key_of_task(struct task_struct *task)
{
	struct sw_task_key key = {
		.start_ns = BPF_CORE_READ(task, start_boottime),
		.pid = BPF_CORE_READ(task, pid),
	};
	return key;
}

static __always_inline __u64 session_of(struct task_struct *task)
{
	return (__u64)BPF_CORE_READ(task, signal, pids[PIDTYPE_SID]);
}

/* Where the object lies in this process, or 0. */
static __always_inline __u64 find_globals(struct mm_struct *mm, const struct sw_file_id *file, __u32 *ret_flags)
{
	const struct sw_program *program = bpf_map_lookup_elem(&programs, file);
	if (!program)
		return 0;
	*ret_flags = program->flags;
	if (program->flags & SW_PROGRAM_PHP)
		return BPF_CORE_READ(mm, start_code) + program->globals;
	if (!(program->flags & SW_PROGRAM_PHP_HOST))
		return 0;
	struct sw_tree_key tree = {
		.file = *file,
		.start_code = BPF_CORE_READ(mm, start_code),
		.start_stack = BPF_CORE_READ(mm, start_stack),
	};
	const __u64 *address = bpf_map_lookup_elem(&php_trees, &tree);
	return address ? *address : 0;
}

/* Returns the text's size with its NUL. */
static __always_inline __u32 read_request_text(char *text, __u32 size, __u64 address, __u32 *flags)
{
	text[0] = '\0';
	if (!address)
		return 1;
	long length = bpf_probe_read_user_str(text, size, (const void *)address);
	if (length <= 0) {
		text[0] = '\0';
		return 1;
	}
	if (length == size)
		*flags |= SW_SCRIPT_CUT;
	return length;
}

/* Whether a request is under way, from startup to the end of its shutdown functions. */
static __always_inline bool is_started(__u64 globals, __u32 program_flags)
{
	__u8 started = 0;
	if (!(program_flags & SW_PROGRAM_PHP_STARTED))
		return false;
	bpf_probe_read_user(&started, sizeof(started), (const void *)(globals + SW_PHP_STARTED_OFFSET));
	return started == 1;
}

/* Reads the request that the calling PHP serves. What is left from an earlier one is not shown. */
static __always_inline bool read_request(struct mm_struct *mm, const struct sw_file_id *file, struct sw_script *script)
{
	struct sw_php_request request;
	__u32 program_flags = 0;

	__u64 globals = find_globals(mm, file, &program_flags);
	if (!globals || bpf_probe_read_user(&request, sizeof(request), (const void *)globals) != 0)
		return false;
	if (!request.server_context && (request.method || !request.path_translated))
		return false;
	if (!request.path_translated && !is_started(globals, program_flags))
		return false;
	if (!request.server_context)
		request.uri = 0;
	script->path_size =
		read_request_text(script->path, sizeof(script->path), request.path_translated, &script->flags);
	read_request_text(script->url, sizeof(script->url), request.uri, &script->flags);
	read_request_text(script->method, sizeof(script->method), request.method, &script->flags);
	if (!script->path[0] && !script->url[0])
		return false;
	script->source = SW_SCRIPT_REQUEST;
	script->cwd_size = 0;
	return true;
}

/*
 * The script of the calling process: its own, or that of the ancestor which started it. A request that came over the
 * web and started a PHP of its own is what one looks for: that PHP shows in argv all the same. `script->flags` is
 * set by the caller to what holds for the process's own word; `source` is SW_SCRIPT_NONE if nothing is known.
 */
static __always_inline void find_script(struct task_struct *task, struct mm_struct *mm, const struct sw_file_id *file,
					struct sw_script *script)
{
	struct task_struct *leader = BPF_CORE_READ(task, group_leader);
	struct sw_task_key thread_key = key_of_task(task);
	struct sw_task_key key = key_of_task(leader);

	script->source = SW_SCRIPT_NONE;
	script->pid = key.pid;
	bool has_own = read_request(mm, file, script);
	if (has_own && script->method[0])
		return;
	const struct sw_script *known = bpf_map_lookup_elem(&scripts, &thread_key);
	if (!known && task != leader)
		known = bpf_map_lookup_elem(&scripts, &key);
	if (!known && !has_own) {
		/* Not beyond its session: what begins one of its own is a daemon, whatever script it was started by. */
		known = bpf_map_lookup_elem(&argv_scripts, &key);
		if (known && known->session != session_of(task))
			return;
	}
	if (known && (!has_own || known->method[0]))
		__builtin_memcpy(script, known, sizeof(*script));
}

/* Whether a shell's arguments say that it runs a script, rather than that another program uses it to start a
 * command: the first one is no option. */
static __always_inline bool shell_runs_script(struct mm_struct *mm)
{
	__u64 start = BPF_CORE_READ(mm, arg_start);
	__u64 size = BPF_CORE_READ(mm, arg_end) - start;
	char text[64];
	char first = 0;
	long length = bpf_probe_read_user_str(text, sizeof(text), (const void *)start);
	if (length <= 0 || length >= (long)sizeof(text) || (__u64)length >= size)
		return false;
	bpf_probe_read_user(&first, sizeof(first), (const void *)(start + length));
	return first && first != '-';
}

/* The arguments of an interpreter and its working directory, for userspace to make a script of, into the scratch of
 * `owner`. */
static __always_inline bool read_interpreter(struct task_struct *task, struct mm_struct *mm, struct file *exe,
					     struct sw_scratch *scratch, const enum sw_scratch_owner owner)
{
	struct sw_script *script = &scratch->script;
	struct fs_struct *fs = BPF_CORE_READ(task, fs);
	__u32 flags = 0;

	/* The directory first: its last component may run over into what lies behind. */
	script->cwd_size = 0;
	if (fs)
		script->cwd_size = read_path(
			task, __builtin_preserve_access_index(&fs->pwd), owner, offsetof(struct sw_scratch, script.url),
			offsetof(struct sw_scratch, script.url) + SW_SCRIPT_URL_SIZE, &flags, SW_IDENTITY_CWD_CUT);
	script->path_size = read_argv(mm, script->path, 0, &flags);
	if (script->path_size == 0) {
		script->source = SW_SCRIPT_NONE; /* the directory is not that of what was inherited */
		return false;
	}
	script->source = SW_SCRIPT_ARGV;
	script->session = session_of(task);
	script->pid = BPF_CORE_READ(task, tgid);
	script->flags = SW_SCRIPT_INHERITED | claim_of(task, exe) | (flags ? SW_SCRIPT_CUT : 0);
	script->method[0] = '\0';
	return true;
}

/* The nearest interpreter with a script of its own is the one to name, unless a PHP request started it all. */
static __always_inline bool names_script(const struct sw_program *program, struct mm_struct *mm)
{
	if (!program || !(program->flags & (SW_PROGRAM_INTERPRETER | SW_PROGRAM_PHP)))
		return false;
	return !(program->flags & SW_PROGRAM_SHELL) || shell_runs_script(mm);
}

/* Puts the script behind what is in the text already. */
static __always_inline void append_script(struct sw_scratch *scratch, __u32 offset)
{
	__u32 size = offsetof(struct sw_script, path) + scratch->script.path_size;
	if (offset > SW_CWD_SIZE || size > sizeof(scratch->script))
		return;
	if (bpf_probe_read_kernel(&scratch->text[offset], size, &scratch->script) == 0)
		scratch->record.script_size = size;
}

#endif

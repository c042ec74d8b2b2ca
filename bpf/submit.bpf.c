// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Mail that is handed to the local mail server: the start of a submission program, sendmail and its kin. They are told
 * by device and inode; a name is only a reason to look at a file that is not known yet.
 */
#include "actor.bpf.h"
#include "count.bpf.h"
#include "kernel.bpf.h"
#include "maps.bpf.h"
#include "program.bpf.h"
#include "send.bpf.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

/* Records of unknown programs in a second; what starts more of them than this is not looked at. */
#define PROGRAMS_A_SECOND 200

__u64 programs_second = 0;
__u64 programs_told = 0;

/* Racing CPUs may tell a few more. */
static __always_inline bool may_tell_program(__u64 now)
{
	__u64 second = now >> 30;
	if (second != programs_second) {
		programs_second = second;
		programs_told = 0;
	}
	return programs_told++ < PROGRAMS_A_SECOND;
}

static __always_inline void tell_program(struct task_struct *task, struct file *exe, __u32 flags)
{
	struct sw_program_record record = {};

	begin_record(&record.header, SW_RECORD_PROGRAM, sizeof(record));
	fill_program(task, exe, flags, &record);
	if (may_tell_program(record.header.time_ns))
		send_and_wake(&record, sizeof(record));
	else
		book_fate(SW_BOOK_THINNED);
}

/* Whether the parent is a submission program itself: for one message Postfix's sendmail starts postdrop, and Exim
 * itself again. One that others than root can have made proves nothing: it could start as many as it likes. */
static __always_inline bool is_step_of_submission(struct task_struct *task)
{
	struct task_struct *parent = BPF_CORE_READ(task, real_parent);
	struct mm_struct *mm = BPF_CORE_READ(parent, mm);
	struct file *exe = mm ? BPF_CORE_READ(mm, exe_file) : NULL;
	if (!exe || claim_of(parent, exe))
		return false;
	struct sw_file_id file = file_id_of(exe);
	const struct sw_program *program = bpf_map_lookup_elem(&programs, &file);
	return program && program->flags & SW_PROGRAM_SUBMITTER;
}

static __always_inline int tell_submission(struct task_struct *task)
{
	__u32 owner = SW_SCRATCH_EXEC;
	struct sw_scratch *scratch = bpf_map_lookup_elem(&scratch_map, &owner);
	if (!scratch || is_step_of_submission(task))
		return 0;
	struct sw_attempt_record *record = &scratch->record;
	begin_record(&record->header, SW_RECORD_SUBMISSION, sizeof(*record));
	record->header.flow_id = 0;
	__builtin_memset(&record->header.endpoints, 0, sizeof(record->header.endpoints));
	record->error = 0;
	record->network_namespace = 0;
	struct mm_struct *mm = read_actor(task, &record->identity);
	read_details(task, mm, scratch, SW_SCRATCH_EXEC);
	send_scratch(scratch);
	return 0;
}

/* An interpreter's arguments are taken down when it is executed, for what it starts, and for what it becomes: a script
 * can execute another program in its own place, and is gone then. Of itself its own arguments are read. */
static __always_inline void remember_script(struct task_struct *task, struct file *exe,
					    const struct sw_program *program)
{
	const enum sw_scratch_owner owner = SW_SCRATCH_EXEC;
	__u32 index = owner;
	struct mm_struct *mm = BPF_CORE_READ(task, mm);
	struct sw_scratch *scratch = bpf_map_lookup_elem(&scratch_map, &index);
	if (!scratch || !mm || !names_script(program, mm) || !read_interpreter(task, mm, exe, scratch, owner))
		return;
	struct sw_task_key key = key_of_task(BPF_CORE_READ(task, group_leader));
	bpf_map_update_elem(&argv_scripts, &key, &scratch->script, BPF_ANY);
}

/* The arguments of sched_process_exec: (struct task_struct *, pid_t old_pid, struct linux_binprm *). */
SEC("raw_tp/sched_process_exec")
int watch_exec(struct bpf_raw_tracepoint_args *ctx)
{
	struct task_struct *task = (struct task_struct *)ctx->args[0];
	struct file *exe = BPF_CORE_READ(task, mm, exe_file);
	if (!exe)
		return 0;
	struct sw_file_id file = file_id_of(exe);
	const struct sw_program *program = bpf_map_lookup_elem(&programs, &file);
	__u32 flags = program ? program->flags : 0;
	if (!program) {
		char name[SW_COMM_SIZE] = {};
		read_name(exe, name);
		flags = flags_of_name(name);
	}
	/* A server may load PHP anew, and elsewhere, each time it is started. */
	if (program ? flags & SW_PROGRAM_PHP_HOST : flags)
		tell_program(task, exe, flags);
	if (flags & SW_PROGRAM_SUBMITTER)
		tell_submission(task);
	else
		remember_script(task, exe, program);
	return 0;
}

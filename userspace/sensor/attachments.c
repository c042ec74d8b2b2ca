// SPDX-License-Identifier: GPL-2.0-only
/* Which programs are attached, and whether they are still. */
#include "lib/array.h"
#include "sensor/internal.h"

#include <bpf/bpf.h>
#include <linux/perf_event.h>
#include <sys/ioctl.h>

#define SHARERS_MAX 64 /* programs on one tracepoint: BPF_TRACE_MAX_PROGS in kernel/trace/bpf_trace.c */

static uint32_t program_id(const struct bpf_program *program)
{
	struct bpf_prog_info info = {0};
	uint32_t size = sizeof(info);

	return bpf_obj_get_info_by_fd(bpf_program__fd(program), &info, &size) == 0 ? info.id : 0;
}

/* Before 5.15 what holds a program at a classic tracepoint is the event alone, which can tell all programs that are
 * there. */
static bool event_has(int event, uint32_t id)
{
	_Alignas(struct perf_event_query_bpf) char
		room[sizeof(struct perf_event_query_bpf) + SHARERS_MAX * sizeof(uint32_t)] = {0};
	struct perf_event_query_bpf *query = (void *)room;

	query->ids_len = SHARERS_MAX;
	if (ioctl(event, PERF_EVENT_IOC_QUERY_BPF, query) != 0)
		return false;
	for (uint32_t i = 0; i < query->prog_cnt && i < SHARERS_MAX; i++)
		if (query->ids[i] == id)
			return true;
	return false;
}

static enum sensor_attachment_state state_of(const struct bpf_program *program, const struct bpf_link *link)
{
	struct bpf_link_info info = {0};
	uint32_t size = sizeof(info);

	if (!bpf_program__autoload(program))
		return SENSOR_NOT_CONFIGURED;
	uint32_t id = program_id(program);
	if (!link || id == 0)
		return SENSOR_DETACHED;
	int fd = bpf_link__fd(link);
	if (bpf_obj_get_info_by_fd(fd, &info, &size) == 0)
		return info.prog_id == id ? SENSOR_ATTACHED : SENSOR_DETACHED;
	return event_has(fd, id) ? SENSOR_ATTACHED : SENSOR_DETACHED;
}

size_t sensor_list_attachments(const struct sensor *sensor, struct sensor_attachment rows[SENSOR_ATTACHMENTS_MAX])
{
	const struct smtpwatch *skeleton = sensor->skeleton;
	struct bpf_link *const *classic = sensor->tracepoint_links;
	const struct bpf_program *states = skeleton->progs.watch_states;
	const bool preemptible = sensor->preemptible;
	const struct {
		struct sensor_attachment row;
		const struct bpf_program *program;
		const struct bpf_link *link;
	} all[] = {
		{{"connection attempts", "inet_sock_set_state", true, preemptible, 0},
		 preemptible ? states : skeleton->progs.watch_attempt,
		 preemptible ? classic[SENSOR_TRACEPOINT_STATES] : skeleton->links.watch_attempt},
		{{"states of flows", "inet_sock_set_state", false, preemptible, 0},
		 preemptible ? states : skeleton->progs.watch_flow,
		 preemptible ? classic[SENSOR_TRACEPOINT_STATES] : skeleton->links.watch_flow},
		{{"exec", "sched_process_exec", false, false, 0},
		 skeleton->progs.watch_exec,
		 skeleton->links.watch_exec},
		{{"fork", "sched_process_fork", false, false, 0},
		 skeleton->progs.inherit_script,
		 skeleton->links.inherit_script},
		{{"exit", "sched_process_exit", false, false, 0},
		 skeleton->progs.forget_script,
		 skeleton->links.forget_script},
		{{"connect() calls", "sys_enter_connect", false, true, 0},
		 skeleton->progs.watch_call,
		 classic[SENSOR_TRACEPOINT_CALL]},
		{{"ends of connect() calls", "sys_exit_connect", false, true, 0},
		 skeleton->progs.watch_call_end,
		 classic[SENSOR_TRACEPOINT_CALL_END]},
	};
	static_assert(COUNT_OF(all) <= SENSOR_ATTACHMENTS_MAX, "a row for each");

	for (size_t i = 0; i < COUNT_OF(all); i++) {
		rows[i] = all[i].row;
		rows[i].state = state_of(all[i].program, all[i].link);
	}
	return COUNT_OF(all);
}

// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/health.h"

#include "daemon/health_checks.h"
#include "lib/array.h"
#include "lib/clock.h"
#include "lib/log.h"
#include "lib/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#define NOTE_NS (10 * NANOSECONDS_A_SECOND) /* how fresh the numbers of a tick are: what is recent is ten minutes */
#define CLOCK_JUMP_NS ((int64_t)NANOSECONDS_A_SECOND)
#define TYPES_FILE "/sys/kernel/btf/vmlinux"
#define MEMORY_FILE "/proc/self/statm" /* proc_pid_statm(5): the second number is of resident pages */

static void note_kernel(struct health_memory *memory, const struct health_sources *sources, uint64_t time_ns)
{
	struct sw_books books;

	if (sensor_read_books(sources->sensor, &books) == 0)
		recent_note(&memory->records, books.entries[SW_BOOK_LOST_RING] + books.entries[SW_BOOK_LOST_FLOWS],
			    time_ns);
	recent_note(&memory->skipped_calls, sensor_missed(sources->sensor), time_ns);
	recent_note(&memory->scripts, sensor_scripts_refused(sources->sensor), time_ns);
}

static void note_sinks(struct health_memory *memory, const struct health_sources *sources, uint64_t time_ns)
{
	struct sink_loss losses[SINKS_MAX];
	size_t count = sinks_losses(sources->sinks, losses);

	for (size_t i = 0; i < count; i++)
		recent_note(&memory->sinks[i], losses[i].count, time_ns);
}

static void note(struct health_memory *memory, const struct health_sources *sources, uint64_t time_ns)
{
	const struct counters_totals counters = pipeline_rules_totals(sources->pipeline);
	const struct model_totals model = pipeline_totals(sources->pipeline);

	memory->noted_ns = time_ns;
	note_kernel(memory, sources, time_ns);
	note_sinks(memory, sources, time_ns);
	recent_note(&memory->memory_losses, pipeline_lost_to_memory(sources->pipeline), time_ns);
	recent_note(&memory->keys, counters.forgotten, time_ns);
	recent_note(&memory->sketches, counters.sketches_missed, time_ns);
	recent_note(&memory->actors, model.actors_forgotten, time_ns);
	recent_note(&memory->flows, model.flows_forgotten, time_ns);
	recent_note(&memory->smarthosts, smarthosts_totals(sources->smarthosts).forgotten, time_ns);
	if (!sources->listener)
		return;
	const struct capture_status capture = listener_status(sources->listener);
	recent_note(&memory->packets, capture.counts.dropped, time_ns);
	recent_note(&memory->restarts, capture.restarts, time_ns);
}

/* NTP slews the clock and sets it only where it is off by more than 128 ms (STEPT of RFC 5905, A.1.1). */
static void note_clock(struct health_memory *memory, uint64_t boot_ns, uint64_t wall_ns)
{
	const int64_t offset_ns = (int64_t)(wall_ns - boot_ns);
	const int64_t jump_ns = offset_ns - memory->clock_offset_ns;

	if (memory->clock_offset_ns != 0 && llabs(jump_ns) >= CLOCK_JUMP_NS) {
		log_warning("the clock was set by %+.1f s: times of earlier lines are those of the old clock",
			    (double)jump_ns / (double)NANOSECONDS_A_SECOND);
		memory->clock_jump_ns = jump_ns;
		recent_note(&memory->clock_jumps, memory->clock_jumps.count + 1, boot_ns);
	}
	memory->clock_offset_ns = offset_ns;
}

void health_tick(struct health_memory *memory, const struct health_sources *sources, uint64_t time_ns, uint64_t wall_ns)
{
	note_clock(memory, time_ns, wall_ns);
	if (time_ns - memory->noted_ns >= NOTE_NS)
		note(memory, sources, time_ns);
}

static void gather_kernel(const struct health_memory *memory, const struct health_sources *sources, uint64_t time_ns,
			  struct health *health)
{
	struct utsname system = {.release = "?"};
	struct sensor_attachment attachments[SENSOR_ATTACHMENTS_MAX];
	struct health_records records = {
		.lost = &memory->records,
		.skipped_calls = &memory->skipped_calls,
		.scripts = &memory->scripts,
	};

	uname(&system);
	health_check_kernel(health, system.release, access(TYPES_FILE, R_OK) == 0);
	size_t count = sensor_list_attachments(sources->sensor, attachments);
	health_check_programs(health, attachments, count);
	const struct self_test_status self_test = self_test_status(sources->self_test);
	health_check_self_test(health, &self_test);
	records.error = -sensor_read_books(sources->sensor, &records.books);
	health_check_records(health, &records, time_ns);
}

static void gather_capture(const struct health_memory *memory, const struct health_sources *sources, uint64_t time_ns,
			   struct health *health)
{
	struct health_capture capture = {
		.is_configured = sources->config->capture_enabled,
		.is_there = sources->listener != NULL,
		.packets = &memory->packets,
		.restarts = &memory->restarts,
	};

	if (sources->listener)
		capture.status = listener_status(sources->listener);
	health_check_capture(health, &capture, time_ns);
}

static void count_rules(const struct rule_set *set, struct health_rules *rules)
{
	for (size_t i = 0; i < set->rule_count; i++) {
		rules->rules += set->rules[i].is_enabled;
		rules->local += set->rules[i].is_enabled && set->rules[i].is_local;
	}
	for (size_t i = 0; i < set->allowance_count; i++) {
		rules->allowances += set->allowances[i].is_enabled;
		rules->local += set->allowances[i].is_enabled && set->allowances[i].is_local;
	}
}

static void gather_rules(const struct health_memory *memory, const struct health_sources *sources, uint64_t time_ns,
			 struct health *health)
{
	struct health_rules rules = {.keys = &memory->keys, .sketches = &memory->sketches};
	struct allowances *allowances = pipeline_allowances(sources->pipeline);
	size_t count = 0;

	count_rules(sources->rules, &rules);
	const struct allowance_use *uses = allowances ? allowances_uses(allowances, &count) : NULL;
	for (size_t i = 0; i < count; i++)
		rules.unused += uses[i].is_unused_told;
	health_check_rules(health, &rules, time_ns);
}

static void gather_sinks(const struct health_memory *memory, const struct health_sources *sources, uint64_t time_ns,
			 struct health *health)
{
	struct sink_loss losses[SINKS_MAX];
	size_t count = sinks_losses(sources->sinks, losses);

	for (size_t i = 0; i < count; i++)
		health_check_sink(health, losses[i].name, losses[i].problem, &memory->sinks[i], time_ns);
}

static uint64_t read_memory(void)
{
	_cleanup_fclose_ FILE *file = fopen(MEMORY_FILE, "re");
	char line[128];
	char *rest;

	if (!file || !fgets(line, sizeof(line), file))
		return 0;
	strtoull(line, &rest, 10);
	return strtoull(rest, NULL, 10) * (uint64_t)sysconf(_SC_PAGESIZE);
}

void health_gather(struct health_memory *memory, const struct health_sources *sources, uint64_t time_ns,
		   struct health *ret_health)
{
	const struct smarthosts_totals smarthosts = smarthosts_totals(sources->smarthosts);
	char names[HEALTH_TEXT_SIZE];
	char escaped[HEALTH_TEXT_SIZE];

	note(memory, sources, time_ns);
	ret_health->count = 0;
	gather_kernel(memory, sources, time_ns, ret_health);
	gather_capture(memory, sources, time_ns, ret_health);
	health_check_php(ret_health, scout_php_builds(sources->scout));
	size_t count = mta_list_name_present(sources->mta_list, names, sizeof(names));
	text_escape(escaped, sizeof(escaped), names, strlen(names));
	health_check_mail_servers(ret_health, count, escaped);
	gather_rules(memory, sources, time_ns, ret_health);
	gather_sinks(memory, sources, time_ns, ret_health);
	health_check_smarthosts(ret_health, sources->config->smarthost_count, &smarthosts, &memory->smarthosts,
				time_ns);
	health_check_tables(ret_health, &memory->actors, &memory->flows, time_ns);
	health_check_clock(ret_health, &memory->clock_jumps, memory->clock_jump_ns, time_ns);
	if (sources->gap)
		health_check_gap(ret_health, sources->gap);
	health_check_memory(ret_health, read_memory(), &memory->memory_losses, time_ns);
}

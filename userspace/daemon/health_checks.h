/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The checks of health.h, one by one: numbers in, a row out. What they are made of is plain, so that each state can be
 * had without a daemon. A time is CLOCK_BOOTTIME.
 */
#ifndef SMTPWATCH_DAEMON_HEALTH_CHECKS_H
#define SMTPWATCH_DAEMON_HEALTH_CHECKS_H

#include "capture/capture.h"
#include "daemon/health.h"
#include "daemon/php_builds.h"

/* So long ago is not now. */
#define HEALTH_LATELY_NS (600 * NANOSECONDS_A_SECOND)

/* Takes in what the number is now. */
void recent_note(struct recent *recent, uint64_t count, uint64_t time_ns);
bool recent_is_lately(const struct recent *recent, uint64_t time_ns);
/* And whether it goes on: within the last minute. */
bool recent_goes_on(const struct recent *recent, uint64_t time_ns);

/* Adds a row, without text and HEALTH_OK. The last row there is room for is written over. */
struct health_check *health_add(struct health *health, const char *name);

/* Adds to a row's text. */
void health_say(struct health_check *check, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Makes it worse, if it is; the advice is that of the worst. */
void health_object(struct health_check *check, enum health_state state, const char *advice);

void health_check_kernel(struct health *health, const char *release, bool has_types);

void health_check_programs(struct health *health, const struct sensor_attachment *rows, size_t count);

void health_check_self_test(struct health *health, const struct self_test_status *status);

struct health_records {
	int error; /* errno: the books cannot be read; 0 */
	struct sw_books books;
	const struct recent *lost; /* of the books */
	const struct recent *skipped_calls;
	const struct recent *scripts; /* processes that did not inherit theirs */
};
void health_check_records(struct health *health, const struct health_records *records, uint64_t time_ns);

struct health_capture {
	bool is_configured;
	bool is_there; /* it could be begun */
	struct capture_status status;
	const struct recent *packets; /* dropped */
	const struct recent *restarts;
};
void health_check_capture(struct health *health, const struct health_capture *capture, uint64_t time_ns);

/* A row for each of the first HEALTH_PHP_MAX. */
#define HEALTH_PHP_MAX 16
void health_check_php(struct health *health, const struct php_builds *builds);

void health_check_mail_servers(struct health *health, size_t count, const char *names);

struct health_rules {
	size_t rules;
	size_t allowances;
	size_t local;  /* of both: the administrator's own, or changed by him */
	size_t unused; /* allowances that nothing has needed for long */
	const struct recent *keys;
	const struct recent *sketches;
};
void health_check_rules(struct health *health, const struct health_rules *rules, uint64_t time_ns);

/* `problem`: -errno of what keeps it from writing now, or 0. */
void health_check_sink(struct health *health, const char *name, int problem, const struct recent *losses,
		       uint64_t time_ns);

/* `networks`: how many are given as such. */
void health_check_smarthosts(struct health *health, size_t networks, const struct smarthosts_totals *totals,
			     const struct recent *forgotten, uint64_t time_ns);

void health_check_tables(struct health *health, const struct recent *actors, const struct recent *flows,
			 uint64_t time_ns);

/* What happened before the start is no fault of this run. */
void health_check_gap(struct health *health, const struct watch_gap *gap);

/* `jumps`: how often the clock was set while this daemon ran; `jump_ns`: by how much it was the last time. */
void health_check_clock(struct health *health, const struct recent *jumps, int64_t jump_ns, uint64_t time_ns);

/* `bytes`: VmRSS, 0: not known; `losses`: observations, for want of memory. */
void health_check_memory(struct health *health, uint64_t bytes, const struct recent *losses, uint64_t time_ns);

#endif

// SPDX-License-Identifier: GPL-2.0-only
/* What programs, rules, sinks and tables of this side are found to be like. */
#include "daemon/gap.h"
#include "daemon/health_checks.h"
#include "lib/array.h"
#include "lib/clock.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <string.h>

static const char *file_name(const char *path)
{
	const char *slash = strrchr(path, '/');
	return slash ? slash + 1 : path;
}

static const char *const reading_names[] = {
	[PHP_READING_REQUEST] = "its request record is read",
	[PHP_READING_PROBES] = "its probes are used",
	[PHP_READING_NONE] = "its request cannot be read",
};
static_assert(COUNT_OF(reading_names) == PHP_READING_COUNT, "a name for each");

static void check_build(struct health *health, const struct php_build_seen *build)
{
	char name[HEALTH_NAME_SIZE];

	snprintf(name, sizeof(name), "php %s", file_name(build->path));
	struct health_check *check = health_add(health, name);
	health_say(check, "%s: %s", build->path, reading_names[build->reading]);
	if (build->reading != PHP_READING_NONE)
		return;
	health_say(check, " (%s)", build->why);
	health_object(
		check, HEALTH_DEGRADED,
		"its scripts are known from pool, arguments or working directory only: use a 64-bit build without "
		"threads of PHP 5.6 or newer, or one with probes (--enable-dtrace)");
}

void health_check_php(struct health *health, const struct php_builds *builds)
{
	const size_t shown = builds->count < HEALTH_PHP_MAX ? builds->count : HEALTH_PHP_MAX;

	for (size_t i = 0; i < shown; i++)
		check_build(health, &builds->builds[i]);
	if (builds->count == 0)
		health_say(health_add(health, "php"), "none found");
	else if (builds->count > shown || builds->left_out > 0)
		health_say(health_add(health, "php"), "and %s%zu more", builds->left_out > 0 ? "at least " : "",
			   builds->count - shown + (builds->left_out > 0));
}

void health_check_mail_servers(struct health *health, size_t count, const char *names)
{
	struct health_check *check = health_add(health, "mail servers");

	if (count == 0)
		health_say(check, "none known on this host");
	else
		health_say(check, "%zu: %s", count, names);
}

void health_check_rules(struct health *health, const struct health_rules *rules, uint64_t time_ns)
{
	struct health_check *check = health_add(health, "rules");

	health_say(check, "%zu rules, %zu allowances", rules->rules, rules->allowances);
	if (rules->local)
		health_say(check, ", %zu of them with words of local files", rules->local);
	if (rules->unused)
		health_say(check, ", %zu allowances unused for long", rules->unused);
	if (rules->keys->count)
		health_say(check, "; %" PRIu64 " counters given up", rules->keys->count);
	if (rules->sketches->count)
		health_say(check, "; %" PRIu64 " counts of different values cut short", rules->sketches->count);
	if (rules->rules == 0)
		health_object(check, HEALTH_BLIND,
			      "no rule is enabled, so nothing raises an alert: smtpwatchd --list-rules");
	if (recent_is_lately(rules->keys, time_ns) || recent_is_lately(rules->sketches, time_ns))
		health_object(check, HEALTH_DEGRADED, "rules forgot what they had counted: raise [rules] max_keys");
}

/* A log daemon that is being restarted is no disk that is full: alerts wait for it, and for a disk too, but a disk does
 * not come back by itself. */
static void judge_problem(struct health_check *check, int problem)
{
	const bool has_no_reader = problem == -ENOENT || problem == -ECONNREFUSED || problem == -ENOTCONN;

	health_say(check, "cannot be written (%s): lines wait; ", strerror(-problem));
	health_object(check, has_no_reader ? HEALTH_DEGRADED : HEALTH_BLIND,
		      has_no_reader ? "alerts do not arrive there: start what should read them, or switch it off"
				    : "what is seen is told nowhere there: make room, or see to what the error says; "
				      "what waits is written then");
}

void health_check_sink(struct health *health, const char *name, int problem, const struct recent *losses,
		       uint64_t time_ns)
{
	char row[HEALTH_NAME_SIZE];

	snprintf(row, sizeof(row), "sink %s", name);
	struct health_check *check = health_add(health, row);
	if (problem)
		judge_problem(check, problem);
	if (losses->count == 0) {
		health_say(check, "nothing lost");
		return;
	}
	health_say(check, "%" PRIu64 " lines lost", losses->count);
	if (recent_is_lately(losses, time_ns))
		health_object(check, HEALTH_DEGRADED,
			      "its reader does not take what is written, or not fast enough: see whether it runs");
}

void health_check_smarthosts(struct health *health, size_t networks, const struct smarthosts_totals *totals,
			     const struct recent *forgotten, uint64_t time_ns)
{
	struct health_check *check = health_add(health, "smarthosts");

	if (networks == 0 && totals->names == 0 && totals->wildcards == 0) {
		health_say(check, "none configured");
		return;
	}
	health_say(check, "%zu addresses or networks, %zu names and %zu wildcards", networks, totals->names,
		   totals->wildcards);
	if (totals->without_address) {
		health_say(check, "; %zu names without an address", totals->without_address);
		health_object(check, HEALTH_DEGRADED,
			      "deliveries to them are taken for direct ones: the log says why they are not resolved");
	}
	if (forgotten->count)
		health_say(check, "; %" PRIu64 " names below wildcards forgotten", forgotten->count);
	if (recent_is_lately(forgotten, time_ns))
		health_object(check, HEALTH_DEGRADED,
			      "more names below the wildcards than are kept: give the networks instead");
}

void health_check_tables(struct health *health, const struct recent *actors, const struct recent *flows,
			 uint64_t time_ns)
{
	struct health_check *check = health_add(health, "tables");

	if (actors->count == 0 && flows->count == 0) {
		health_say(check, "nothing forgotten");
		return;
	}
	health_say(check, "%" PRIu64 " actors and %" PRIu64 " flows forgotten while they lived", actors->count,
		   flows->count);
	if (recent_is_lately(actors, time_ns))
		health_object(check, HEALTH_DEGRADED,
			      "more live at a time than there is room for: raise [kernel] max_actors");
	if (recent_is_lately(flows, time_ns))
		health_object(check, HEALTH_DEGRADED,
			      "more are open at a time than there is room for: raise [kernel] max_flows");
}

void health_check_gap(struct health *health, const struct watch_gap *gap)
{
	char text[GAP_TEXT_SIZE];

	health_say(health_add(health, "gap"), "%s", gap_describe(gap, text, sizeof(text)));
}

void health_check_clock(struct health *health, const struct recent *jumps, int64_t jump_ns, uint64_t time_ns)
{
	struct health_check *check = health_add(health, "clock");

	if (jumps->count == 0) {
		health_say(check, "never set since the start");
		return;
	}
	health_say(check, "set %" PRIu64 " times, the last time by %+.1f s", jumps->count,
		   (double)jump_ns / (double)NANOSECONDS_A_SECOND);
	if (recent_is_lately(jumps, time_ns))
		health_object(check, HEALTH_DEGRADED,
			      "times of earlier lines are those of the old clock: let NTP keep it");
}

void health_check_memory(struct health *health, uint64_t bytes, const struct recent *losses, uint64_t time_ns)
{
	struct health_check *check = health_add(health, "memory");

	if (bytes == 0)
		health_say(check, "not known");
	else
		health_say(check, "%" PRIu64 " KiB resident", bytes / 1024);
	if (losses->count == 0)
		return;
	health_say(check, ", %" PRIu64 " observations lost for want of memory", losses->count);
	if (recent_is_lately(losses, time_ns))
		health_object(check, recent_goes_on(losses, time_ns) ? HEALTH_BLIND : HEALTH_DEGRADED,
			      "connections are counted in the kernel, but rules do not see all of them: give it more, "
			      "or free some");
}

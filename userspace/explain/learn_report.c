// SPDX-License-Identifier: GPL-2.0-only
#include "explain/learn.h"

#include "explain/moment.h"
#include "explain/page.h"
#include "explain/section.h"
#include "lib/array.h"
#include "lib/clock.h"

#include <inttypes.h>
#include <string.h>

#define LEFT_OUT_SHOWN 200
#define WHO_SIZE (4 * PAGE_SHOWN_SIZE)
#define PORT_SIZE sizeof("65535")
#define SLACK_PART 10 /* of the period that was asked for, so much may be missing without a word */

/* Rules of rules/catalogue.conf about how much is sent to mail relays, and to how many of them. What a program is, what
 * it says and who refuses it stays watched; of what knows no destination no section here could allow anything. */
static const char *const habit_rules[] = {"envelope-rate", "stolen-submission"};

static const char *format_who(const struct learned_group *group, char text[WHO_SIZE])
{
	const char *place = group->container ? group->container : group->unit;
	const char *program = group->site ? group->site : group->script;

	snprintf(text, WHO_SIZE, "user %s, %s%s%s%s%s", SHOW(group->user ? group->user : "?"),
		 SHOW(group->executable ? group->executable : "?"), place ? ", in " : "", SHOW(place),
		 program ? (group->site ? ", site " : ", script ") : "", SHOW(program));
	return text;
}
#define WHO(group) format_who(group, (char[WHO_SIZE]){""})

static void add_text(struct section *section, const char *key, char *const *text)
{
	section_add(section, key, (const char *const *)text, 1);
}

/* The values are borrowed from the group and the destination, `port` too. */
static struct section make_section(const struct learned_group *group, const struct learned_destination *destination,
				   const char *const *port, unsigned int number)
{
	struct section section = {
		.rules = habit_rules,
		.rule_count = COUNT_OF(habit_rules),
		.reason = "learned from a record, and here why it is right",
	};

	snprintf(section.name, sizeof(section.name), "learned-%u", number);
	add_text(&section, "container", &group->container);
	add_text(&section, "unit", &group->unit);
	add_text(&section, "executable", &group->executable);
	add_text(&section, "user", &group->user);
	add_text(&section, "site", &group->site);
	add_text(&section, "script", &group->script);
	section_add(&section, destination->is_named ? "destination.domain" : "destination",
		    (const char *const *)destination->names.texts, destination->names.count);
	section_add(&section, "port", port, 1);
	return section;
}

static void print_scripts(const struct learned_group *group, FILE *out)
{
	if (!group->site || group->scripts.count == 0)
		return;
	page_comment(out, "The site's scripts that did:");
	for (size_t i = 0; i < group->scripts.count; i++)
		page_comment(out, "    %s", SHOW(group->scripts.texts[i]));
	if (group->scripts.has_more)
		page_comment(out, "    and more");
	page_comment(out, "It would let through all scripts of the site, those too that are put there later.");
}

static void print_destination(const struct learned_group *group, const struct learned_destination *destination,
			      unsigned int *number, FILE *out)
{
	char port[PORT_SIZE];
	const char *const port_text = port;
	const char *reason;

	snprintf(port, sizeof(port), "%u", destination->port);
	const struct section section = make_section(group, destination, &port_text, *number + 1);
	fputc('\n', out);
	page_comment(out, "%s", WHO(group));
	page_comment(out, "to %s, port %s: %" PRIu64 " connections on %s%zu days, %s to %s", SHOW(destination->key),
		     port, destination->attempts, destination->days.count == LEARN_DAYS_MAX ? "at least " : "",
		     destination->days.count, MOMENT_DAY(destination->first_wall_ns),
		     MOMENT_DAY(destination->last_wall_ns));
	const struct section_field *field = section_refuse(&section, &reason);
	if (field) {
		page_comment(out, "Not proposed: the %s %s.", field->key, reason);
		return;
	}
	(*number)++;
	print_scripts(group, out);
	section_write(&section, out);
}

static void print_habits(const struct learn *learn, FILE *out)
{
	unsigned int number = 0;

	for (size_t i = 0; i < learn->group_count; i++) {
		const struct learned_group *group = learn->groups[i];
		for (size_t j = 0; group->reasons == 0 && j < group->destination_count; j++)
			print_destination(group, &group->destinations[j], &number, out);
	}
	if (number == 0) {
		fputc('\n', out);
		page_comment(out, "There is nothing to propose.");
	}
}

static void print_left_out(const struct learned_group *group, FILE *out)
{
	page_comment(out,
		     "%s: %" PRIu64 " connections to %s%zu destinations, %" PRIu64 " failed, %" PRIu64 " submissions",
		     WHO(group), group->attempts, group->has_more_destinations ? "more than " : "",
		     group->destination_count, group->failed, group->submissions);
	for (unsigned int reason = 0; reason < REASON_COUNT; reason++)
		if (group->reasons & 1U << reason)
			page_comment(out, "    %s%s%s%s", learn_reason_text(reason), reason == REASON_ALERT ? " (" : "",
				     reason == REASON_ALERT ? group->alert : "", reason == REASON_ALERT ? ")" : "");
}

static void print_all_left_out(const struct learn *learn, FILE *out)
{
	size_t count = 0;

	for (size_t i = 0; i < learn->group_count; i++) {
		if (learn->groups[i]->reasons == 0 || count++ >= LEFT_OUT_SHOWN)
			continue;
		if (count == 1) {
			fputc('\n', out);
			page_comment(out, "Left out, and why:");
		}
		fputs("#\n", out);
		print_left_out(learn->groups[i], out);
	}
	if (count > LEFT_OUT_SHOWN)
		page_comment(out, "and %zu more", count - LEFT_OUT_SHOWN);
}

/* Says that there is less than was asked for. */
static void print_shortness(const struct learn *learn, const struct learn_source *source, FILE *out)
{
	uint64_t seen = (learn->last_wall_ns - learn->first_wall_ns) / NANOSECONDS_A_SECOND;
	uint64_t begin = learn->from_wall_ns + source->asked_seconds / SLACK_PART * NANOSECONDS_A_SECOND;

	if (source->asked_seconds && learn->first_wall_ns > begin)
		page_comment(out, "WARNING: %s were asked for, and the record begins at %s: it has %s.",
			     SPAN(source->asked_seconds), MOMENT(learn->first_wall_ns), SPAN(seen));
}

static const struct {
	size_t offset;
	const char *what;
} sums[] = {
	{offsetof(struct learn, older), "were older than what was asked for"},
	{offsetof(struct learn, of_mta), "were mail servers', which need no allowance"},
	{offsetof(struct learn, of_machines), "had no process of this host"},
	{offsetof(struct learn, beyond_table),
	 "were of so many different programs that they had no room, and are not judged"},
};

static void print_head(const struct learn *learn, const struct learn_source *source, FILE *out)
{
	page_comment(out,
		     "A proposal of smtpwatchd --learn, from %s. Nothing of this is in force: read it, leave "
		     "out what you do not know, give reasons, and put the rest into " SECTION_FILE ".",
		     SHOW(source->what));
	page_comment(out, "What an intruder did before the record began looks like a habit here.");
	fputs("#\n", out);
	page_comment(out, "Lines read: %" PRIu64 ", of which %" PRIu64 " told of connections, submissions and alerts.",
		     source->lines, learn->flows);
	if (source->bad_lines)
		page_comment(out, "%" PRIu64 " line%s no JSON.", source->bad_lines,
			     source->bad_lines == 1 ? " was" : "s were");
	for (size_t i = 0; i < COUNT_OF(sums); i++) {
		uint64_t sum = *(const uint64_t *)((const char *)learn + sums[i].offset);
		if (sum)
			page_comment(out, "%" PRIu64 " %s.", sum, sums[i].what);
	}
	if (learn->first_wall_ns)
		page_comment(out, "From %s to %s.", MOMENT(learn->first_wall_ns), MOMENT(learn->last_wall_ns));
	else
		page_comment(out, "WARNING: there is nothing to learn from in it.");
	if (learn->first_wall_ns)
		print_shortness(learn, source, out);
}

void learn_print(const struct learn *learn, const struct learn_source *source, FILE *out)
{
	print_head(learn, source, out);
	print_habits(learn, out);
	print_all_left_out(learn, out);
}

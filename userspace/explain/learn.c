// SPDX-License-Identifier: GPL-2.0-only
#include "explain/learn.h"

#include "explain/section.h"
#include "lib/array.h"
#include "lib/clock.h"
#include "signals/domain.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define NANOSECONDS_A_DAY (86400 * NANOSECONDS_A_SECOND)
#define SMTP_PORT 25

static const uint16_t mail_ports[] = {25, 465, 587, 2525};

static const char *const reason_texts[] = {
	[REASON_ALERT] = "an alert named it",
	[REASON_GONE] = "its executable was deleted, replaced, or never a file",
	[REASON_EXECUTABLE_FOLDER] = "its executable lies in a folder that others may write to, or that takes uploads",
	[REASON_SCRIPT_FOLDER] = "a script lies in a folder that others may write to, or that takes uploads",
	[REASON_SCRIPT_GONE] = "a script was deleted",
	[REASON_SCRIPT_CLAIMED] = "a script is the word of a program that the user may have written himself",
	[REASON_NO_PATH] = "a script is not known by a whole path",
	[REASON_DIRECT] =
		"it delivered straight to mail servers of others, port 25; a relay of yours belongs into smarthost",
	[REASON_PORT] = "it went to ports that are none of mail",
	[REASON_MANY] = "it went to more than 3 destinations",
	[REASON_NAMES] = "a destination has more names or addresses than a list should",
	[REASON_FAILED] = "most of its connections failed",
	[REASON_FEW] = "it was seen too seldom: 3 times on 2 days is the least",
	[REASON_SUBMISSIONS] =
		"it only hands mail to the local mail server, for which limits are set and nothing is learned",
	[REASON_UNKNOWN] = "its user or executable is not known",
};
static_assert(COUNT_OF(reason_texts) == REASON_COUNT, "a text for each reason");
static_assert(LEARN_FEW_DESTINATIONS == 3 && LEARN_OCCASION_ATTEMPTS == 3 && LEARN_OCCASION_DAYS == 2,
	      "the texts name these");

const char *learn_reason_text(enum learn_reason reason)
{
	return reason_texts[reason];
}

static void free_group(struct learned_group *group)
{
	char *const texts[] = {group->executable, group->user, group->unit,
			       group->container,  group->site, group->script};

	for (size_t i = 0; i < COUNT_OF(texts); i++)
		free(texts[i]);
	for (size_t i = 0; i < group->destination_count; i++) {
		free(group->destinations[i].key);
		text_set_clear(&group->destinations[i].names);
	}
	text_set_clear(&group->scripts);
	free(group);
}

void learn_clear(struct learn *learn)
{
	for (size_t i = 0; i < learn->group_count; i++)
		free_group(learn->groups[i]);
	free(learn->groups);
	*learn = (struct learn){0};
}

static int compare_texts(const char *left, const char *right)
{
	if (!left || !right)
		return (left != NULL) - (right != NULL);
	return strncmp(left, right, TEXT_SET_TEXT_MAX);
}

/* What a group is told apart by, of a line. A site stands for all of its scripts. */
struct group_key {
	const char *texts[6];
};

static struct group_key key_of_line(const struct who *who)
{
	return (struct group_key){{who->executable, who->user, who->container ? NULL : who_lasting_unit(who),
				   who->container, who->site, who->site ? NULL : who->script}};
}

static struct group_key key_of_group(const struct learned_group *group)
{
	return (struct group_key){
		{group->executable, group->user, group->unit, group->container, group->site, group->script}};
}

static int compare_keys(const struct group_key *left, const struct group_key *right)
{
	int order = 0;

	for (size_t i = 0; i < COUNT_OF(left->texts) && order == 0; i++)
		order = compare_texts(left->texts[i], right->texts[i]);
	return order;
}

static struct learned_group *make_group(const struct group_key *key)
{
	struct learned_group *group = calloc(1, sizeof(*group));
	if (!group)
		return NULL;
	char **const targets[] = {&group->executable, &group->user, &group->unit,
				  &group->container,  &group->site, &group->script};
	for (size_t i = 0; i < COUNT_OF(targets); i++) {
		if (!key->texts[i])
			continue;
		*targets[i] = strndup(key->texts[i], TEXT_SET_TEXT_MAX);
		if (!*targets[i]) {
			free_group(group);
			return NULL;
		}
	}
	return group;
}

/* Where it stands, or would. Returns whether it does. */
static bool find_place(const struct learn *learn, const struct group_key *key, size_t *ret_place)
{
	size_t low = 0;
	size_t high = learn->group_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		struct group_key there = key_of_group(learn->groups[middle]);
		int order = compare_keys(key, &there);
		if (order == 0) {
			*ret_place = middle;
			return true;
		}
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	*ret_place = low;
	return false;
}

/* The group of a line, made where there is none. -ENOSPC: there is no room for another one. */
static int find_group(struct learn *learn, const struct who *who, struct learned_group **ret_group)
{
	struct group_key key = key_of_line(who);
	size_t place;

	if (!learn->groups)
		learn->groups = calloc(LEARN_GROUPS_MAX, sizeof(*learn->groups));
	if (!learn->groups)
		return -ENOMEM;
	if (!find_place(learn, &key, &place)) {
		if (learn->group_count == LEARN_GROUPS_MAX)
			return -ENOSPC;
		struct learned_group *group = make_group(&key);
		if (!group)
			return -ENOMEM;
		memmove(learn->groups + place + 1, learn->groups + place,
			(learn->group_count - place) * sizeof(*learn->groups));
		learn->groups[place] = group;
		learn->group_count++;
	}
	*ret_group = learn->groups[place];
	return 0;
}

static void take_day(struct learned_days *days, uint64_t wall_ns)
{
	uint32_t day = (uint32_t)(wall_ns / NANOSECONDS_A_DAY);

	for (size_t i = 0; i < days->count; i++)
		if (days->days[i] == day)
			return;
	if (days->count < LEARN_DAYS_MAX)
		days->days[days->count++] = day;
}

static void widen(uint64_t wall_ns, uint64_t *first_wall_ns, uint64_t *last_wall_ns)
{
	if (*first_wall_ns == 0 || wall_ns < *first_wall_ns)
		*first_wall_ns = wall_ns;
	if (wall_ns > *last_wall_ns)
		*last_wall_ns = wall_ns;
}

/* The end of the name that somebody registered, or the network. */
static const char *destination_key(const struct learned_flow *flow, char key[NAME_SIZE])
{
	if (!flow->domain)
		return address_format_network(&flow->address, key);
	return domain_registrable(domain_plain(flow->domain, key));
}

/* Made where there is none. -ENOSPC: there are too many of them. */
static int find_destination(struct learned_group *group, const struct learned_flow *flow,
			    struct learned_destination **ret_destination)
{
	char buffer[NAME_SIZE];
	const char *key = destination_key(flow, buffer);

	for (size_t i = 0; i < group->destination_count; i++) {
		struct learned_destination *destination = &group->destinations[i];
		if (destination->port == flow->port && strcmp(destination->key, key) == 0) {
			*ret_destination = destination;
			return 0;
		}
	}
	if (group->destination_count == LEARN_DESTINATIONS_MAX)
		return -ENOSPC;
	char *copy = strdup(key);
	if (!copy)
		return -ENOMEM;
	*ret_destination = &group->destinations[group->destination_count++];
	**ret_destination =
		(struct learned_destination){.key = copy, .port = flow->port, .is_named = flow->domain != NULL};
	return 0;
}

static int take_destination(struct learned_group *group, const struct learned_flow *flow)
{
	struct learned_destination *destination;
	char name[NAME_SIZE];
	char address[ADDRESS_TEXT_SIZE];

	int error = find_destination(group, flow, &destination);
	if (error == -ENOSPC) {
		group->has_more_destinations = true;
		return 0;
	}
	if (error)
		return error;
	destination->attempts++;
	widen(flow->wall_ns, &destination->first_wall_ns, &destination->last_wall_ns);
	take_day(&destination->days, flow->wall_ns);
	return text_set_add(&destination->names,
			    flow->domain ? domain_plain(flow->domain, name) : address_format(&flow->address, address));
}

static bool is_mail_port(uint16_t port)
{
	for (size_t i = 0; i < COUNT_OF(mail_ports); i++)
		if (mail_ports[i] == port)
			return true;
	return false;
}

static void take_reason(struct learned_group *group, enum learn_reason reason, bool holds)
{
	if (holds)
		group->reasons |= 1U << reason;
}

static void take_reasons(struct learned_group *group, const struct learned_flow *flow)
{
	const struct who *who = &flow->who;
	bool is_connection = flow->kind == LEARNED_ATTEMPT || flow->kind == LEARNED_END;

	take_reason(group, REASON_GONE, who->is_executable_gone);
	take_reason(group, REASON_EXECUTABLE_FOLDER, who_open_folder(who->executable));
	take_reason(group, REASON_SCRIPT_FOLDER, who_open_folder(who->script));
	take_reason(group, REASON_SCRIPT_GONE, who->is_script_gone);
	take_reason(group, REASON_SCRIPT_CLAIMED, who->is_script_claimed);
	take_reason(group, REASON_NO_PATH, who->is_one_liner || who->is_script_cut);
	take_reason(group, REASON_DIRECT, is_connection && flow->is_external && flow->port == SMTP_PORT);
	take_reason(group, REASON_PORT, is_connection && !is_mail_port(flow->port));
	take_reason(group, REASON_UNKNOWN, !who->user || !who->executable);
}

static const char *name_or_unknown(const char *name)
{
	return name && section_is_rule_name(name) ? name : "?";
}

static void take_alert(struct learned_group *group, const struct learned_flow *flow)
{
	if (!flow->is_heavy)
		return;
	if (!(group->reasons & 1U << REASON_ALERT))
		snprintf(group->alert, sizeof(group->alert), "%s, incident %s", name_or_unknown(flow->rule),
			 name_or_unknown(flow->incident));
	take_reason(group, REASON_ALERT, true);
}

static int take_into(struct learned_group *group, const struct learned_flow *flow)
{
	take_reasons(group, flow);
	group->submissions += flow->kind == LEARNED_SUBMISSION;
	group->attempts += flow->kind == LEARNED_ATTEMPT;
	group->ended += flow->kind == LEARNED_END;
	group->failed += flow->kind == LEARNED_END && flow->has_failed;
	if (flow->kind == LEARNED_ALERT)
		take_alert(group, flow);
	int error = text_set_add(&group->scripts, flow->who.script);
	return !error && flow->kind == LEARNED_ATTEMPT ? take_destination(group, flow) : error;
}

int learn_take(struct learn *learn, const struct learned_flow *flow)
{
	struct learned_group *group;

	/* An alert makes somebody suspicious however long ago it was. */
	if (flow->wall_ns < learn->from_wall_ns && flow->kind != LEARNED_ALERT) {
		learn->older++;
		return 0;
	}
	learn->flows++;
	if (flow->kind != LEARNED_ALERT)
		widen(flow->wall_ns, &learn->first_wall_ns, &learn->last_wall_ns);
	if (flow->who.origin) {
		learn->of_machines++;
		return 0;
	}
	if (flow->who.role && strcmp(flow->who.role, "mta") == 0 && flow->kind != LEARNED_ALERT) {
		learn->of_mta++;
		return 0;
	}
	int error = find_group(learn, &flow->who, &group);
	if (error == -ENOSPC)
		learn->beyond_table++;
	return error ? (error == -ENOSPC ? 0 : error) : take_into(group, flow);
}

static int compare_destinations(const void *left, const void *right)
{
	const struct learned_destination *first = left;
	const struct learned_destination *second = right;
	int order = strcmp(first->key, second->key);

	return order ? order : (first->port > second->port) - (first->port < second->port);
}

static void conclude_group(struct learned_group *group)
{
	bool is_habit = group->destination_count > 0;

	for (size_t i = 0; i < group->destination_count; i++) {
		const struct learned_destination *destination = &group->destinations[i];
		is_habit &= destination->days.count >= LEARN_OCCASION_DAYS &&
			    destination->attempts >= LEARN_OCCASION_ATTEMPTS;
		take_reason(group, REASON_NAMES, destination->names.has_more);
	}
	qsort(group->destinations, group->destination_count, sizeof(group->destinations[0]), compare_destinations);
	take_reason(group, REASON_MANY,
		    group->has_more_destinations || group->destination_count > LEARN_FEW_DESTINATIONS);
	take_reason(group, REASON_FAILED, group->failed * 2 > group->ended);
	take_reason(group, REASON_SUBMISSIONS, group->attempts == 0 && group->submissions > 0);
	take_reason(group, REASON_FEW, group->attempts > 0 && !is_habit);
}

/* Of who ran no script that is known, an alert can be about any of his scripts. */
static void spread_alert(struct learn *learn, const struct learned_group *from)
{
	if (!(from->reasons & 1U << REASON_ALERT) || from->site || from->script)
		return;
	for (size_t i = 0; i < learn->group_count; i++) {
		struct learned_group *group = learn->groups[i];
		if ((group->reasons & 1U << REASON_ALERT) || compare_texts(group->user, from->user) != 0 ||
		    compare_texts(group->executable, from->executable) != 0)
			continue;
		memcpy(group->alert, from->alert, sizeof(group->alert));
		take_reason(group, REASON_ALERT, true);
	}
}

void learn_conclude(struct learn *learn)
{
	for (size_t i = 0; i < learn->group_count; i++)
		conclude_group(learn->groups[i]);
	for (size_t i = 0; i < learn->group_count; i++)
		spread_alert(learn, learn->groups[i]);
}

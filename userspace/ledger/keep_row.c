// SPDX-License-Identifier: GPL-2.0-only
#include "ledger/keep_row.h"

#include "lib/array.h"

#include <errno.h>
#include <string.h>

#define NUMBER_MAX (1ULL << 62) /* so that nothing that is added to it comes round to 0 */

static const struct {
	const char *name;
	size_t offset;
} counted[] = {
	{"attempts", offsetof(struct ledger_counts, attempts)},
	{"port_25", offsetof(struct ledger_counts, ports[LEDGER_PORT_SMTP])},
	{"port_465", offsetof(struct ledger_counts, ports[LEDGER_PORT_SUBMISSIONS])},
	{"port_587", offsetof(struct ledger_counts, ports[LEDGER_PORT_SUBMISSION])},
	{"port_other", offsetof(struct ledger_counts, ports[LEDGER_PORT_OTHER])},
	{"failed", offsetof(struct ledger_counts, failed)},
	{"accepted", offsetof(struct ledger_counts, accepted)},
	{"refused", offsetof(struct ledger_counts, refused)},
	{"refusals", offsetof(struct ledger_counts, refusals)},
	{"submissions", offsetof(struct ledger_counts, submissions)},
};
static_assert(COUNT_OF(counted) * sizeof(uint64_t) == sizeof(struct ledger_counts), "each count has a name");

static const char *const helo_names[] = {"helo", "helo2", "helo3", "helo4"};
static_assert(COUNT_OF(helo_names) == LEDGER_HELO_MAX, "each has a name");

/* Of one reply; what is not there has no code. */
static const struct reply_names {
	const char *numbers; /* when, code, class of the enhanced code, its subject, its detail */
	const char *class;
	const char *receiver;
	const char *text;
} reply_names[] = {
	{"reply", "reply_class", "reply_receiver", "reply_text"},
	{"reply2", "reply2_class", "reply2_receiver", "reply2_text"},
	{"reply3", "reply3_class", "reply3_receiver", "reply3_text"},
};
static_assert(COUNT_OF(reply_names) == LEDGER_REPLIES_MAX, "each has names");

static const char *by_name(size_t number)
{
	return ledger_by_name((enum ledger_by)number);
}

static const char *verdict_name(size_t number)
{
	return ledger_verdict_name((enum ledger_verdict)number);
}

static const char *severity_name(size_t number)
{
	return alert_severity_name((enum alert_severity)number);
}

static const char *class_name(size_t number)
{
	return reply_class_name((enum reply_class)number);
}

void keep_row_put_counts(FILE *stream, const struct ledger_counts *counts)
{
	for (size_t i = 0; i < COUNT_OF(counted); i++)
		keep_put_number(stream, counted[i].name, *(const uint64_t *)((const char *)counts + counted[i].offset));
}

struct ledger_counts keep_row_counts(struct keep_line *line)
{
	struct ledger_counts counts = {.attempts = 0};

	for (size_t i = 0; i < COUNT_OF(counted); i++)
		*(uint64_t *)((char *)&counts + counted[i].offset) = keep_number(line, counted[i].name, NUMBER_MAX);
	return counts;
}

static void keep_reply(FILE *stream, const struct ledger_reply *reply, const struct reply_names *names)
{
	const uint64_t numbers[] = {
		reply->wall_ns, reply->code, reply->enhanced.class, reply->enhanced.subject, reply->enhanced.detail,
	};

	if (reply->code == 0)
		return;
	keep_put_numbers(stream, names->numbers, numbers, COUNT_OF(numbers));
	keep_put_text(stream, names->class, reply_class_name(reply->class));
	keep_put_text(stream, names->receiver, reply->receiver);
	keep_put_text(stream, names->text, reply->text);
}

static void keep_alert(FILE *stream, const struct ledger_row *row)
{
	if (!row->rule)
		return;
	keep_put_text(stream, "rule", row->rule);
	keep_put_text(stream, "severity", alert_severity_name(row->severity));
	keep_put_text(stream, "incident", row->incident);
}

void keep_row(FILE *stream, const struct row_slot *slot, uint64_t actor)
{
	const struct ledger_row *row = &slot->row;
	uint64_t recent[LEDGER_RECENT];

	for (size_t i = 0; i < LEDGER_RECENT; i++)
		recent[i] = row->recent[i];
	keep_begin(stream, KEEP_ROW_KIND);
	keep_put_text(stream, "by", ledger_by_name(row->by));
	keep_put_number(stream, "number", row->number);
	keep_put_numbers(stream, "key", (const uint64_t[]){slot->key.low, slot->key.high}, 2);
	keep_put_text(stream, "name", row->name);
	keep_put_text(stream, "verdict", ledger_verdict_name(row->verdict));
	keep_put_number(stream, "actor", actor);
	keep_put_number(stream, "user", row->user);
	keep_put_number(stream, "script", row->script);
	keep_put_number(stream, "unit", row->unit);
	keep_row_put_counts(stream, &row->counts);
	keep_put_number(stream, "first", row->first_wall_ns);
	keep_put_number(stream, "last", row->last_wall_ns);
	keep_put_number(stream, "newest_stretch", row->newest_stretch);
	keep_put_numbers(stream, "recent", recent, LEDGER_RECENT);
	keep_put_text(stream, "domain", row->domain);
	distinct_count_keep(&slot->distinct, stream, "different");
	keep_alert(stream, row);
	for (size_t i = 0; i < LEDGER_HELO_MAX; i++)
		keep_put_text(stream, helo_names[i], row->helo[i]);
	for (size_t i = 0; i < LEDGER_REPLIES_MAX; i++)
		keep_reply(stream, &row->replies[i], &reply_names[i]);
	keep_end(stream);
}

/* The receiver stands behind the text, in the same memory, as in any other row. */
static void take_reply(struct keep_line *line, struct ledger_reply *reply, const struct reply_names *names)
{
	const char *text = keep_text(line, names->text);
	const char *receiver = keep_text(line, names->receiver);
	enum reply_class class = (enum reply_class)keep_choice(line, names->class, class_name, REPLY_CLASS_COUNT);
	uint64_t numbers[5];

	keep_numbers(line, names->numbers, NUMBER_MAX, numbers, COUNT_OF(numbers));
	if (!text || numbers[1] == 0 || line->is_bad)
		return;
	size_t text_size = strlen(text) + 1;
	size_t receiver_size = receiver ? strlen(receiver) + 1 : 0;
	char *own = malloc(text_size + receiver_size);
	if (!own)
		return;
	memcpy(own, text, text_size);
	if (receiver)
		memcpy(own + text_size, receiver, receiver_size);
	*reply = (struct ledger_reply){
		.wall_ns = numbers[0],
		.code = (uint16_t)numbers[1],
		.enhanced = {.class = (uint8_t)numbers[2],
			     .subject = (uint16_t)numbers[3],
			     .detail = (uint16_t)numbers[4]},
		.class = class,
		.receiver = receiver ? own + text_size : NULL,
		.text = own,
	};
}

/* A row as it is shown is ended by the first that is not there. */
static void take_texts(struct keep_line *line, struct ledger_row *row)
{
	const char *domain = keep_text(line, "domain");
	size_t helos = 0;
	size_t replies = 0;

	row->domain = domain ? strdup(domain) : NULL;
	for (size_t i = 0; i < LEDGER_HELO_MAX; i++) {
		const char *helo = keep_text(line, helo_names[i]);
		char *own = helo ? strdup(helo) : NULL;
		if (own)
			row->helo[helos++] = own;
	}
	for (size_t i = 0; i < LEDGER_REPLIES_MAX; i++) {
		take_reply(line, &row->replies[replies], &reply_names[i]);
		replies += row->replies[replies].code != 0;
	}
}

static void take_alert(struct keep_line *line, struct ledger_row *row, ledger_namer name_for_good)
{
	const char *rule = keep_text(line, "rule");

	row->severity = (enum alert_severity)keep_choice(line, "severity", severity_name, ALERT_SEVERITY_COUNT);
	keep_copy_text(line, "incident", row->incident, sizeof(row->incident));
	if (strspn(row->incident, "0123456789abcdefghijklmnopqrstuvwxyz") != strlen(row->incident))
		line->is_bad = true;
	if (rule && !line->is_bad)
		row->rule = name_for_good(rule);
}

static void take_numbers(struct keep_line *line, struct ledger_row *row)
{
	uint64_t recent[LEDGER_RECENT];

	row->verdict = (enum ledger_verdict)keep_choice(line, "verdict", verdict_name, LEDGER_VERDICT_COUNT);
	row->user = keep_number(line, "user", UINT64_MAX);
	row->script = keep_number(line, "script", UINT64_MAX);
	row->unit = keep_number(line, "unit", UINT64_MAX);
	row->counts = keep_row_counts(line);
	row->first_wall_ns = keep_number(line, "first", NUMBER_MAX);
	row->last_wall_ns = keep_number(line, "last", NUMBER_MAX);
	row->newest_stretch = keep_number(line, "newest_stretch", NUMBER_MAX);
	keep_numbers(line, "recent", UINT32_MAX, recent, LEDGER_RECENT);
	for (size_t i = 0; i < LEDGER_RECENT; i++)
		row->recent[i] = (uint32_t)recent[i];
}

int keep_row_restore(struct books *books, struct keep_line *line, ledger_namer name_for_good,
		     struct row_slot **ret_slot)
{
	enum ledger_by by = (enum ledger_by)keep_choice(line, "by", by_name, LEDGER_BY_COUNT);
	const char *name = keep_text(line, "name");
	uint64_t numbers[2];

	keep_numbers(line, "key", UINT64_MAX, numbers, 2);
	const struct fingerprint key = {.low = numbers[0], .high = numbers[1]};
	if (line->is_bad || !name || !keep_text(line, "by") || books_find(books, by, &key))
		return -EINVAL;
	struct row_slot *slot = books_add(books, by, &key, name);
	if (!slot)
		return -ENOMEM;
	take_numbers(line, &slot->row);
	take_texts(line, &slot->row);
	take_alert(line, &slot->row, name_for_good);
	distinct_count_restore(&slot->distinct, line, "different");
	slot->row.destinations = slot->distinct.count;
	slot->row.destinations_estimated = slot->distinct.is_estimate;
	if (line->is_bad) {
		books_remove(books, slot);
		return -EINVAL;
	}
	*ret_slot = slot;
	return 0;
}

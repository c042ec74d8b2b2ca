// SPDX-License-Identifier: GPL-2.0-only
#include "view/columns.h"

#include "lib/array.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <strings.h>
#include <time.h>

const char *column_shorten(uint64_t number, size_t width, char text[COLUMN_NUMBER_SIZE])
{
	static const char suffixes[] = "kMGTPE";
	uint64_t tenths = number;
	size_t suffix = 0;

	if ((size_t)snprintf(text, COLUMN_NUMBER_SIZE, "%" PRIu64, number) <= width)
		return text;
	for (tenths /= 100; tenths >= 10000; tenths /= 1000)
		suffix++;
	if (tenths < 100)
		snprintf(text, COLUMN_NUMBER_SIZE, "%" PRIu64 ".%" PRIu64 "%c", tenths / 10, tenths % 10,
			 suffixes[suffix]);
	else
		snprintf(text, COLUMN_NUMBER_SIZE, "%" PRIu64 "%c", tenths / 10, suffixes[suffix]);
	return text;
}

const char *column_age(double moment, double now, char text[COLUMN_AGE_SIZE])
{
	static const struct {
		uint64_t below;
		uint64_t unit;
		char suffix;
	} steps[] = {
		{100, 1, 's'},
		{100 * 60, 60, 'm'},
		{48 * 3600, 3600, 'h'},
		{UINT64_MAX, 86400, 'd'},
	};
	uint64_t seconds = now > moment ? (uint64_t)(now - moment) : 0;
	size_t step = 0;

	while (seconds >= steps[step].below)
		step++;
	snprintf(text, COLUMN_AGE_SIZE, "%" PRIu64 "%c", seconds / steps[step].unit % 100000, steps[step].suffix);
	return text;
}

/* What a column is sorted by. */

#define NUMBER_OF(function, member)                                         \
	static uint64_t function(const struct picture_row *row, double now) \
	{                                                                   \
		(void)now;                                                  \
		return row->member;                                         \
	}

NUMBER_OF(attempts_of, counts.attempts)
NUMBER_OF(port_25_of, counts.ports[LEDGER_PORT_SMTP])
NUMBER_OF(port_465_of, counts.ports[LEDGER_PORT_SUBMISSIONS])
NUMBER_OF(port_587_of, counts.ports[LEDGER_PORT_SUBMISSION])
NUMBER_OF(port_other_of, counts.ports[LEDGER_PORT_OTHER])
NUMBER_OF(open_of, open)
NUMBER_OF(failed_of, counts.failed)
NUMBER_OF(destinations_of, destinations)
NUMBER_OF(accepted_of, counts.accepted)
NUMBER_OF(refused_of, counts.refused)
NUMBER_OF(submissions_of, counts.submissions)

#define TEXT_OF(function, member)                                  \
	static const char *function(const struct picture_row *row) \
	{                                                          \
		return row->member;                                \
	}

TEXT_OF(user_of, user)
TEXT_OF(name_of, name)
TEXT_OF(rule_of, rule)
TEXT_OF(incident_of, incident)
TEXT_OF(process_of, process)
TEXT_OF(unit_of, unit)
TEXT_OF(site_of, site)
TEXT_OF(reply_of, reply)
TEXT_OF(helo_of, helo)

/* Times are never negative. */
static uint64_t microseconds(double seconds)
{
	return (uint64_t)(seconds * 1e6);
}

static uint64_t first_of(const struct picture_row *row, double now)
{
	(void)now;
	return microseconds(row->first);
}

static uint64_t last_of(const struct picture_row *row, double now)
{
	(void)now;
	return microseconds(row->last);
}

static uint64_t at_most(uint64_t number, unsigned int bits)
{
	uint64_t maximum = (UINT64_C(1) << bits) - 1;
	return number < maximum ? number : maximum;
}

#define URGENCY_RATE_BITS 27
#define URGENCY_ATTEMPTS_BITS 32

/* From the highest bits: the severity of alerts that go on, whether the verdict is a bad one, rate, attempts. A bad
 * verdict of the past comes before all that is well, however much that sends. */
static uint64_t urgency_of(const struct picture_row *row, double now)
{
	uint64_t urgency = row->is_alerting ? (uint64_t)row->severity + 1 : 0;
	uint64_t is_bad = row->verdict >= LEDGER_VERDICT_SUSPICIOUS && !row->is_flow ? 1 : 0;
	uint64_t is_direct = row->verdict == LEDGER_VERDICT_DIRECT ? 1 : 0;

	urgency = urgency << 2 | (is_bad + is_direct);
	urgency = urgency << URGENCY_RATE_BITS | at_most(picture_rate(row, now), URGENCY_RATE_BITS);
	return urgency << URGENCY_ATTEMPTS_BITS | at_most(row->counts.attempts, URGENCY_ATTEMPTS_BITS);
}

/* What stands in a cell. */

static const char *const verdict_words[] = {
	[LEDGER_VERDICT_MTA] = "MTA",
	[LEDGER_VERDICT_RELAY] = "relay",
	[LEDGER_VERDICT_APPLICATION] = "application",
	[LEDGER_VERDICT_ALLOWED] = "allowed",
	[LEDGER_VERDICT_SUSPICIOUS] = "suspicious",
	[LEDGER_VERDICT_DIRECT] = "direct-to-MX",
	[LEDGER_VERDICT_COUNT] = "not known",
};
static_assert(COUNT_OF(verdict_words) == LEDGER_VERDICT_COUNT + 1, "a word for each verdict");

/* Of a flow: what became of it. */
static void write_verdict(const struct picture_row *row, double now, size_t width, char *text, size_t size)
{
	const char *outcome = row->error ? row->error : row->outcome;

	(void)now;
	(void)width;
	if (row->is_flow)
		snprintf(text, size, "%s", row->open || !outcome ? "open" : outcome);
	else
		snprintf(text, size, "%s", verdict_words[row->verdict]);
}

static void append(char *text, size_t size, const char *before, const char *what, const char *behind)
{
	size_t length = strlen(text);

	if (what)
		snprintf(text + length, size - length, "%s%s%s", length ? before : "", what, behind);
}

static void append_flow(const struct picture_row *row, char *text, size_t size)
{
	char duration[32];

	if (!row->open) {
		snprintf(duration, sizeof(duration), "%.1f", row->duration);
		append(text, size, " ", duration, "s");
	}
	append(text, size, " ", row->tls, "");
}

/* Whose site it is tells more than where sites lie. */
static void begin_with_site(const struct picture_row *row, size_t width, char *text)
{
	const char *site = strstr(text, row->site);

	if (site && cells_width(text, false) > width)
		memmove(text, site, strlen(site) + 1);
}

/* With what tells people more than the name alone. */
static void write_name(const struct picture_row *row, double now, size_t width, char *text, size_t size)
{
	(void)now;
	text[0] = '\0';
	append(text, size, "", row->name, "");
	if (row->is_flow || row->by == LEDGER_BY_DESTINATION)
		append(text, size, " ", row->domain, "");
	if (row->is_flow)
		append_flow(row, text, size);
	else if (row->by == LEDGER_BY_PROCESS)
		append(text, size, " ", row->script, "");
	else if (row->by == LEDGER_BY_SCRIPT && row->site && !strstr(text, row->site))
		append(text, size, " (", row->site, ")");
	else if (row->by == LEDGER_BY_SCRIPT && row->site)
		begin_with_site(row, width, text);
}

static void write_destinations(const struct picture_row *row, double now, size_t width, char *text, size_t size)
{
	char number[COLUMN_NUMBER_SIZE];
	bool is_about = row->destinations_estimated;

	(void)now;
	column_shorten(row->destinations, width - is_about, number);
	snprintf(text, size, "%s%s", is_about ? "~" : "", row->destinations ? number : row->is_flow ? "" : "-");
}

/* "03:12" of this day, else the date. */
static void write_first(const struct picture_row *row, double now, size_t width, char *text, size_t size)
{
	time_t moment = (time_t)row->first;
	time_t present = (time_t)now;
	struct tm then = {0};
	struct tm today = {0};

	(void)width;
	text[0] = '\0';
	if (moment <= 0 || !localtime_r(&moment, &then) || !localtime_r(&present, &today))
		return;
	bool is_today = then.tm_yday == today.tm_yday && then.tm_year == today.tm_year;
	bool is_this_year = now - row->first < 300 * 86400.0;
	strftime(text, size, is_today ? "%H:%M" : is_this_year ? "%d%b" : "%b'%y", &then);
}

static void write_last(const struct picture_row *row, double now, size_t width, char *text, size_t size)
{
	char age[COLUMN_AGE_SIZE];

	(void)width;
	snprintf(text, size, "%s", row->last > 0 ? column_age(row->last, now, age) : "");
}

static void write_process(const struct picture_row *row, double now, size_t width, char *text, size_t size)
{
	char pid[COLUMN_NUMBER_SIZE];

	(void)now;
	(void)width;
	text[0] = '\0';
	append(text, size, "", row->process, "");
	if (!row->pid)
		return;
	snprintf(pid, sizeof(pid), "[%" PRIu64 "]", row->pid);
	append(text, size, "", pid, "");
}

#define BY(grouping) (1U << LEDGER_BY_##grouping)

const struct column_row columns[COLUMN_COUNT] = {
	[COLUMN_RATE] = {"rate", "C/MIN", "connections in the last minute", 5, 990, .is_right = true,
			 .number = picture_rate},
	[COLUMN_VERDICT] = {"verdict", "VERDICT", "what to think of it; sorts by what is urgent", 12, 980,
			    .number = urgency_of, .write = write_verdict},
	[COLUMN_USER] = {"user", "USER", "effective user, the latest one", 10, 900, BY(USER), .is_ascending = true,
			 .text = user_of},
	[COLUMN_NAME] = {"name", "NAME", "who, or where to", 20, 1000, .cut = CELLS_CUT_MIDDLE, .is_ascending = true,
			 .text = name_of, .write = write_name},
	[COLUMN_ATTEMPTS] = {"connections", "CONN", "connections that were tried", 5, 880, .is_right = true,
			     .number = attempts_of},
	[COLUMN_PORT_25] = {"25", ":25", "of these to port 25, from server to server", 5, 850, .is_right = true,
			    .number = port_25_of},
	[COLUMN_PORT_465] = {"465", ":465", "to port 465, submission under TLS", 5, 600, .is_right = true,
			     .number = port_465_of},
	[COLUMN_PORT_587] = {"587", ":587", "to port 587, submission", 5, 720, .is_right = true, .number = port_587_of},
	[COLUMN_PORT_OTHER] = {"other", "OTHER", "to other watched ports", 5, 590, .is_right = true,
			       .number = port_other_of},
	[COLUMN_OPEN] = {"open", "OPEN", "connections that are open now", 4, 800, .is_right = true, .number = open_of},
	[COLUMN_FAILED] = {"failed", "FAIL", "connections that never came to be", 5, 830, .is_right = true,
			   .number = failed_of},
	[COLUMN_DESTINATIONS] = {"destinations", "DEST", "different destinations, or users of a destination", 5, 870,
				 .is_right = true, .number = destinations_of, .write = write_destinations},
	[COLUMN_ACCEPTED] = {"accepted", "ACC", "messages that receivers took, where it was heard", 5, 820,
			     .is_right = true, .number = accepted_of},
	[COLUMN_REFUSED] = {"refused", "REF", "messages and sessions that receivers refused, where it was heard", 5,
			    860, .is_right = true, .number = refused_of},
	[COLUMN_SUBMISSIONS] = {"submissions", "SUBM", "mail handed to this host's mail server", 5, 710,
				.is_right = true, .number = submissions_of},
	[COLUMN_FIRST] = {"first", "FIRST", "when it was first seen", 6, 810, .is_right = true, .number = first_of,
			  .write = write_first},
	[COLUMN_LAST] = {"last", "LAST", "how long ago it was last seen", 4, 890, .is_right = true, .number = last_of,
			 .write = write_last},
	[COLUMN_RULE] = {"rule", "RULE", "rule of the latest alert", 18, 750, .is_ascending = true, .text = rule_of},
	[COLUMN_INCIDENT] = {"incident", "INCIDENT", "of the latest alert, for smtpwatch explain", 8, 790,
			     .is_ascending = true, .text = incident_of},
	[COLUMN_PROCESS] = {"process", "PROCESS", "the latest process and its PID", 20, 740, BY(PROCESS),
			    .is_ascending = true, .text = process_of, .write = write_process},
	[COLUMN_UNIT] = {"unit", "UNIT", "systemd unit or container", 22, 580, BY(UNIT), CELLS_CUT_MIDDLE,
			 .is_ascending = true, .text = unit_of},
	[COLUMN_SITE] = {"site", "SITE", "website, of the latest script", 16, 585, .is_ascending = true,
			 .text = site_of},
	[COLUMN_REPLY] = {"reply", "REPLY", "the latest refusal", 40, 700, .is_ascending = true, .text = reply_of},
	[COLUMN_HELO] = {"helo", "HELO", "name in the latest EHLO or HELO", 20, 610, .is_ascending = true,
			 .text = helo_of},
};

void column_write(enum column column, const struct picture_row *row, double now, size_t width,
		  char text[COLUMN_TEXT_SIZE])
{
	const struct column_row *entry = &columns[column];
	const char *zero = row->is_flow ? "" : "-"; /* most is counted of rows alone */
	char shortened[COLUMN_NUMBER_SIZE];
	uint64_t number;

	text[0] = '\0';
	if (entry->write) {
		entry->write(row, now, width, text, COLUMN_TEXT_SIZE);
	} else if (entry->text) {
		append(text, COLUMN_TEXT_SIZE, "", entry->text(row), "");
	} else {
		number = entry->number(row, now);
		snprintf(text, COLUMN_TEXT_SIZE, "%s", number ? column_shorten(number, width, shortened) : zero);
	}
}

static const char *const name_titles[] = {
	[LEDGER_BY_SCRIPT] = "SCRIPT",           [LEDGER_BY_USER] = "USER",
	[LEDGER_BY_PROCESS] = "PROCESS",         [LEDGER_BY_UNIT] = "UNIT OR CONTAINER",
	[LEDGER_BY_DESTINATION] = "DESTINATION", [LEDGER_BY_RECEIVER] = "RECEIVER",
};
static_assert(COUNT_OF(name_titles) == LEDGER_BY_COUNT, "a title for each grouping");

const char *column_title(enum column column, enum ledger_by by)
{
	if (column == COLUMN_NAME)
		return name_titles[by];
	if (column == COLUMN_DESTINATIONS && (by == LEDGER_BY_DESTINATION || by == LEDGER_BY_RECEIVER))
		return "USERS";
	return columns[column].title;
}

int column_parse(const char *name, enum column *ret_column)
{
	for (int i = 0; i < COLUMN_COUNT; i++) {
		if (strcasecmp(name, columns[i].name) == 0 || strcasecmp(name, columns[i].title) == 0) {
			*ret_column = (enum column)i;
			return 0;
		}
	}
	return -EINVAL;
}

#define NAME_WIDTH_MAX 60 /* of what is given up for other columns */

/* How wide the name is before further columns come. */
static size_t wanted_name_width(size_t width)
{
	size_t minimum = columns[COLUMN_NAME].width;
	size_t wanted = width > 80 ? minimum + (width - 80) * 3 / 10 : minimum;

	if (wanted > NAME_WIDTH_MAX)
		wanted = NAME_WIDTH_MAX;
	return wanted < width ? wanted : width;
}

/* The next one below a weight that says something in this grouping; COLUMN_COUNT: there is none. */
static enum column next_by_weight(enum ledger_by by, unsigned int below)
{
	enum column best = COLUMN_COUNT;

	for (int i = 0; i < COLUMN_COUNT; i++) {
		const struct column_row *column = &columns[i];
		if (column->weight >= below || column->without & 1U << by)
			continue;
		if (best == COLUMN_COUNT || column->weight > columns[best].weight)
			best = (enum column)i;
	}
	return best;
}

size_t columns_choose(enum ledger_by by, size_t width, enum column ret_columns[COLUMN_COUNT],
		      size_t ret_widths[COLUMN_COUNT])
{
	bool is_chosen[COLUMN_COUNT] = {[COLUMN_NAME] = true};
	size_t room = width - wanted_name_width(width);
	size_t taken = 0;
	size_t count = 0;
	enum column next = next_by_weight(by, columns[COLUMN_NAME].weight);

	while (next != COLUMN_COUNT && taken + columns[next].width + 1 <= room) {
		taken += columns[next].width + 1;
		is_chosen[next] = true;
		next = next_by_weight(by, columns[next].weight);
	}
	for (int i = 0; i < COLUMN_COUNT; i++) {
		if (!is_chosen[i])
			continue;
		ret_columns[count] = (enum column)i;
		ret_widths[count++] = i == COLUMN_NAME ? width - taken : columns[i].width;
	}
	return count;
}

// SPDX-License-Identifier: GPL-2.0-only
#include "view/plain.h"

#include "explain/moment.h"
#include "lib/array.h"

#include <assert.h>
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#define PIECE_SIZE 512
#define PIECES_MAX 8
#define SEPARATOR "  "

/* A line is put together of pieces; where there is no room for all, those of the highest rank are left out first, those
 * of rank 0 never. */
struct pieces {
	struct {
		unsigned int rank;
		char text[PIECE_SIZE];
	} list[PIECES_MAX];
	size_t count;
	size_t width; /* of the line; 0: as wide as it takes */
	bool is_ascii;
};

/* A piece that says nothing is none. */
__attribute__((format(printf, 3, 4))) static void add(struct pieces *pieces, unsigned int rank, const char *format, ...)
{
	va_list arguments;
	char *text = pieces->list[pieces->count].text;

	assert(pieces->count < PIECES_MAX);
	va_start(arguments, format);
	vsnprintf(text, PIECE_SIZE, format, arguments);
	va_end(arguments);
	pieces->list[pieces->count].rank = rank;
	pieces->count += text[0] != '\0';
}

static size_t pieces_width(const struct pieces *pieces)
{
	size_t width = 0;

	for (size_t i = 0; i < pieces->count; i++)
		width += cells_width(pieces->list[i].text, pieces->is_ascii) + (i ? strlen(SEPARATOR) : 0);
	return width;
}

/* False: none may be, and the line is cut. */
static bool leave_one_out(struct pieces *pieces)
{
	size_t worst = 0;

	for (size_t i = 1; i < pieces->count; i++) {
		if (pieces->list[i].rank >= pieces->list[worst].rank)
			worst = i;
	}
	if (pieces->list[worst].rank == 0)
		return false;
	pieces->count--;
	memmove(&pieces->list[worst], &pieces->list[worst + 1], (pieces->count - worst) * sizeof(pieces->list[0]));
	return true;
}

static void join(struct pieces *pieces, char line[PLAIN_LINE_SIZE])
{
	const struct cells_form form = {.is_ascii = pieces->is_ascii};
	char whole[PIECES_MAX * (PIECE_SIZE + sizeof(SEPARATOR))] = "";
	size_t length = 0;

	while (pieces->width && pieces_width(pieces) > pieces->width && leave_one_out(pieces))
		continue;
	for (size_t i = 0; i < pieces->count; i++)
		length += (size_t)snprintf(whole + length, sizeof(whole) - length, "%s%s", i ? SEPARATOR : "",
					   pieces->list[i].text);
	cells_fit(line, PLAIN_LINE_SIZE, whole, pieces->width ? pieces->width : sizeof(whole), &form);
}

#define NUMBER_WIDTH 6
/* Of one there is no plural. */
#define S(number) ((number) == 1 ? "" : "s")

#define SHORT(number) column_shorten(number, NUMBER_WIDTH, (char[COLUMN_NUMBER_SIZE]){""})

/* With what stands before it, where it is known. */
static void add_text(struct pieces *pieces, unsigned int rank, const char *before, const char *text)
{
	add(pieces, rank, "%s%s", text ? before : "", text ? text : "");
}

static void put_host(const struct picture_head *head, struct pieces *pieces)
{
	double uptime = head->now - head->started;

	add_text(pieces, 0, "", head->host);
	add_text(pieces, 3, "smtpwatch ", head->version);
	if (head->started > 0 && uptime >= 0)
		add(pieces, 2, "up %s", SPAN((uint64_t)uptime));
	add_text(pieces, 4, "kernel ", head->kernel);
	add_text(pieces, 1, "capture ", head->capture);
	add_text(pieces, 5, "watches ", head->attached);
}

static void append_loss(char *text, size_t size, uint64_t count, const char *what)
{
	size_t length = strlen(text);

	if (count)
		snprintf(text + length, size - length, "%s %s %s", length ? "," : "LOST", SHORT(count), what);
}

static const char *const health_words[] = {
	[HEALTH_OK] = "all is seen",
	[HEALTH_OFF] = "what is switched on is seen",
	[HEALTH_DEGRADED] = "DEGRADED",
	[HEALTH_BLIND] = "BLIND",
};
static_assert(COUNT_OF(health_words) == HEALTH_STATE_COUNT, "a word for each state");

/* What is bad stands first, so nothing can push it out; the reason takes the rest. */
static void put_health(const struct picture_head *head, struct pieces *pieces)
{
	char losses[PIECE_SIZE] = "";
	bool is_bad = head->health >= HEALTH_DEGRADED;

	append_loss(losses, sizeof(losses), head->lost_records, head->lost_records == 1 ? "record" : "records");
	append_loss(losses, sizeof(losses), head->lost_packets, head->lost_packets == 1 ? "packet" : "packets");
	append_loss(losses, sizeof(losses), head->lost_lines, head->lost_lines == 1 ? "line" : "lines");
	if (is_bad)
		add(pieces, 0, "%s", health_words[head->health]);
	add(pieces, 0, "%s", losses);
	if (!losses[0])
		add(pieces, 0, "%s%snothing lost", is_bad ? "" : health_words[head->health], is_bad ? "" : ", ");
	add_text(pieces, 0, "", head->health_text);
	if (head->thinned)
		add(pieces, 1, "%s records of floods only counted", SHORT(head->thinned));
}

/* Attempts in the stretch so many before the one that `now` lies in. */
static uint64_t attempts_at(const struct picture_head *head, size_t age)
{
	uint64_t present = (uint64_t)(head->now / LEDGER_STRETCH_SECONDS);
	uint64_t silent = present > head->newest_stretch ? present - head->newest_stretch : 0;

	return age < silent || age - silent >= LEDGER_SERIES ? 0 : head->series[age - silent];
}

/* Of the stretches that a cell stands for. */
static uint64_t attempts_in_cell(const struct picture_head *head, size_t cell, size_t cells)
{
	uint64_t sum = 0;

	for (size_t age = cell * LEDGER_SERIES / cells; age < (cell + 1) * LEDGER_SERIES / cells; age++)
		sum += attempts_at(head, age);
	return sum;
}

void plain_format_sparkline(const struct picture_head *head, size_t cells, bool is_ascii,
			    char text[PLAIN_SPARKLINE_SIZE])
{
	static const char *const blocks[] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
	static const char *const characters[] = {" ", ".", ":", "-", "=", "+", "*", "#"};
	const char *const *levels = is_ascii ? characters : blocks;
	uint64_t most = 1;
	size_t length = 0;

	static_assert(COUNT_OF(blocks) == COUNT_OF(characters), "as many levels");
	text[0] = '\0';
	if (cells > LEDGER_SERIES)
		cells = LEDGER_SERIES;
	for (size_t cell = 0; cell < cells; cell++) {
		uint64_t attempts = attempts_in_cell(head, cell, cells);
		most = attempts > most ? attempts : most;
	}
	/* Any attempt is above the lowest level, which is none. */
	for (size_t cell = cells; cell-- > 0;) {
		uint64_t attempts = attempts_in_cell(head, cell, cells);
		size_t level = (size_t)((attempts * (COUNT_OF(blocks) - 1) + most - 1) / most);
		length += (size_t)snprintf(text + length, PLAIN_SPARKLINE_SIZE - length, "%s", levels[level]);
	}
}

static void put_rate(const struct picture_head *head, enum ledger_by by, struct pieces *pieces)
{
	char sparkline[PLAIN_SPARKLINE_SIZE];
	size_t cells = pieces->width >= 120 || !pieces->width ? LEDGER_SERIES / 2 : LEDGER_SERIES / 3;

	if (pieces->width >= 160)
		cells = LEDGER_SERIES;
	plain_format_sparkline(head, cells, pieces->is_ascii, sparkline);
	add(pieces, 0, "%s/min", SHORT(picture_total_rate(head, head->now)));
	add(pieces, 1, "15 min [%s]", sparkline);
	add(pieces, 2, "%s open", SHORT(head->open));
	if (head->forgotten[by])
		add(pieces, 3, "%s rows forgotten", SHORT(head->forgotten[by]));
	/* Sums can be older than the daemon, which outlive it. */
	if (head->since > 0 && head->since + 1 < head->started && head->since < head->now)
		add(pieces, 4, "%s connection%s in %s", SHORT(head->all.attempts), S(head->all.attempts),
		    SPAN((uint64_t)(head->now - head->since)));
	else
		add(pieces, 4, "%s connection%s since the start", SHORT(head->all.attempts), S(head->all.attempts));
}

static void put_today(const struct picture_head *head, struct pieces *pieces)
{
	const struct ledger_counts *today = &head->today;

	add(pieces, 0, "today %s connection%s", SHORT(today->attempts), S(today->attempts));
	add(pieces, 3, "%s receiver%s", SHORT(head->receivers_today), S(head->receivers_today));
	add(pieces, 5, "%s destination%s", SHORT(head->destinations_today), S(head->destinations_today));
	add(pieces, 2, "%s accepted", SHORT(today->accepted));
	add(pieces, 1, "%s refused", SHORT(today->refused));
	add(pieces, 4, "%s refusal%s", SHORT(today->refusals), S(today->refusals));
	add(pieces, 6, "%s failed", SHORT(today->failed));
	add(pieces, 7, "%s handed to the mail server", SHORT(today->submissions));
}

size_t plain_format_head(const struct picture *picture, size_t width, bool is_ascii,
			 char lines[PLAIN_HEAD_LINES][PLAIN_LINE_SIZE])
{
	const struct picture_head *head = picture_head(picture);
	struct pieces pieces[PLAIN_HEAD_LINES] = {0};

	for (size_t i = 0; i < PLAIN_HEAD_LINES; i++) {
		pieces[i].width = width;
		pieces[i].is_ascii = is_ascii;
	}
	if (!head->is_known) {
		add(&pieces[0], 0, "nothing is known yet");
		join(&pieces[0], lines[0]);
		return 1;
	}
	put_host(head, &pieces[0]);
	put_health(head, &pieces[1]);
	put_rate(head, picture_by(picture), &pieces[2]);
	put_today(head, &pieces[3]);
	for (size_t i = 0; i < PLAIN_HEAD_LINES; i++)
		join(&pieces[i], lines[i]);
	return PLAIN_HEAD_LINES;
}

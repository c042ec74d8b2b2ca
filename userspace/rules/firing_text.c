// SPDX-License-Identifier: GPL-2.0-only
/* Evidence: the rule's text with values in place of what stands in braces. */
#include "lib/array.h"
#include "lib/clock.h"
#include "rules/firing.h"

#include <assert.h>
#include <string.h>

#define MINUTE_S 60
#define HOUR_S 3600

struct writer {
	const struct firing_source *source;
	const struct firing *firing;
	char *text;
	size_t used;
};

/* A rule fires as often as it sees something: this is written without the C library's formats, which take ten times as
 * long. */
static void put_bytes(struct writer *writer, const char *bytes, size_t size)
{
	size_t room = FIRING_EVIDENCE_SIZE - 1 - writer->used;

	if (size > room)
		size = room;
	memcpy(writer->text + writer->used, bytes, size);
	writer->used += size;
}

static void put(struct writer *writer, const char *text)
{
	put_bytes(writer, text, strlen(text));
}

static void put_number(struct writer *writer, uint64_t number)
{
	char digits[sizeof("18446744073709551615")];
	char *first = digits + sizeof(digits);

	do
		*--first = (char)('0' + number % 10);
	while ((number /= 10) != 0);
	put_bytes(writer, first, (size_t)(digits + sizeof(digits) - first));
}

static void put_with_unit(struct writer *writer, uint64_t number, const char *unit)
{
	put_number(writer, number);
	put(writer, unit);
}

/* "60 s", "10 min", "1 h", "24 h", "7 d". */
static void put_duration(struct writer *writer, uint64_t window_ns)
{
	uint64_t seconds = window_ns / NANOSECONDS_A_SECOND;

	if (seconds % MINUTE_S != 0 || seconds < 2 * MINUTE_S)
		put_with_unit(writer, seconds, " s");
	else if (seconds % HOUR_S != 0)
		put_with_unit(writer, seconds / MINUTE_S, " min");
	else if (seconds <= 48 * HOUR_S)
		put_with_unit(writer, seconds / HOUR_S, " h");
	else
		put_with_unit(writer, seconds / (24 * HOUR_S), " d");
}

static void put_quantity(struct writer *writer, const struct alert_measure *measure)
{
	put(writer, measure->is_estimate ? "about " : "");
	put_number(writer, measure->value);
}

static const char *noun_of(const struct rule *rule)
{
	for (size_t i = 0; i < event_name_count; i++)
		if (event_names[i].events & rule->listens && event_names[i].noun)
			return event_names[i].noun;
	return "times";
}

/* What is put in place of each kind of piece. */

static void put_field(struct writer *writer, const struct text_piece *piece)
{
	char text[FIRING_EVIDENCE_SIZE];

	put_bytes(writer, text, field_write(writer->source->question, piece->field, text, sizeof(text)));
}

static void put_value(struct writer *writer, const struct text_piece *piece)
{
	(void)piece;
	put_quantity(writer, &writer->firing->measures[0]);
}

static void put_second(struct writer *writer, const struct text_piece *piece)
{
	(void)piece;
	put_quantity(writer, &writer->firing->measures[writer->firing->measure_count > 1]);
}

static void put_limit(struct writer *writer, const struct text_piece *piece)
{
	(void)piece;
	put_number(writer, writer->firing->measures[0].limit);
}

static void put_window(struct writer *writer, const struct text_piece *piece)
{
	(void)piece;
	put_duration(writer, writer->firing->measures[0].window_ns);
}

/* Of the rule's share, whichever step was reached: how many were counted, and of how many. */
static const struct measure *share_of(const struct rule *rule)
{
	for (size_t i = 0; i < rule->step_count; i++)
		for (size_t j = 0; j < rule->steps[i].measure_count; j++)
			if (rule->steps[i].measures[j].kind == MEASURE_SHARE)
				return &rule->steps[i].measures[j];
	return NULL;
}

static void put_share(struct writer *writer, const struct text_piece *piece)
{
	const struct firing_source *source = writer->source;
	const struct measure *share = share_of(source->rule);

	if (share)
		put_number(writer, counter_value(source->counters, source->counter,
						 piece->value == TEXT_WHOLE ? share->whole_slot : share->slot, NULL));
}

/* Whether it lies in the window, has a text, and none behind it has the same. */
static bool is_told(const struct firing *firing, size_t index)
{
	const struct alert_sample *sample = &firing->samples[index];

	if (sample->wall_ns + firing->measures[0].window_ns <= firing->wall_ns || !sample->text[0])
		return false;
	for (size_t later = index + 1; later < firing->sample_count; later++)
		if (strcmp(firing->samples[later].text, sample->text) == 0)
			return false;
	return true;
}

/* The texts that were looked at, the oldest first. */
static void put_samples(struct writer *writer, const struct text_piece *piece)
{
	static const char more[] = " ...";
	const struct firing *firing = writer->firing;
	const char *before = "";

	(void)piece;
	for (size_t i = 0; i < firing->sample_count; i++) {
		const char *text = firing->samples[i].text;
		if (!is_told(firing, i))
			continue;
		if (writer->used + strlen(text) + sizeof(more) + 1 > FIRING_EVIDENCE_SIZE) {
			put(writer, more);
			return;
		}
		put(writer, before);
		put(writer, text);
		before = " ";
	}
}

static void put_key(struct writer *writer, const struct text_piece *piece)
{
	(void)piece;
	put(writer, writer->firing->subject ? writer->firing->subject : "");
}

static void put_words(struct writer *writer, const char *words)
{
	put(writer, " ");
	put(writer, words);
}

/* "20 connections", "10 networks", "50%". */
static void put_measure(struct writer *writer, const struct measure *measure, const struct alert_measure *told)
{
	const struct field *field = &fields[measure->field];

	put_quantity(writer, told);
	if (measure->kind == MEASURE_SHARE)
		put(writer, "%");
	else if (measure->kind == MEASURE_COUNT)
		put_words(writer, noun_of(writer->source->rule));
	else
		put_words(writer, field->plural ? field->plural : field->name);
}

static void put_reached(struct writer *writer, const struct text_piece *piece)
{
	const struct firing *firing = writer->firing;

	(void)piece;
	for (size_t i = 0; i < firing->measure_count; i++) {
		put(writer, i ? " and " : "");
		put_measure(writer, &writer->source->step->measures[i], &firing->measures[i]);
	}
	if (firing->measures[0].window_ns) {
		put(writer, " in ");
		put_duration(writer, firing->measures[0].window_ns);
	}
}

static void (*const putters[])(struct writer *, const struct text_piece *) = {
	[TEXT_FIELD] = put_field,     [TEXT_VALUE] = put_value,     [TEXT_SECOND] = put_second,
	[TEXT_LIMIT] = put_limit,     [TEXT_WINDOW] = put_window,   [TEXT_COUNTED] = put_share,
	[TEXT_WHOLE] = put_share,     [TEXT_SAMPLES] = put_samples, [TEXT_KEY] = put_key,
	[TEXT_REACHED] = put_reached,
};
static_assert(COUNT_OF(putters) == TEXT_VALUE_COUNT, "one for each");

void firing_write_text(const struct firing_source *source, const struct firing *firing, char text[FIRING_EVIDENCE_SIZE])
{
	struct writer writer = {.source = source, .firing = firing, .text = text};

	for (size_t i = 0; i < source->rule->piece_count; i++) {
		const struct text_piece *piece = &source->rule->pieces[i];
		if (piece->literal)
			put_bytes(&writer, piece->literal, piece->length);
		else
			putters[piece->value](&writer, piece);
	}
	text[writer.used] = '\0';
}

// SPDX-License-Identifier: GPL-2.0-only
#include "capture/report.h"

#include "capture/report_samples.h"
#include "support/test.h"

#include <errno.h>
#include <stdalign.h>
#include <stdlib.h>

static alignas(8) uint8_t message[REPORT_MESSAGE_SIZE];

/* What comes back of a report that goes there and back; the texts lie in `message`. */
static struct report pass(const struct report *report)
{
	struct report got;
	size_t used = 0;
	size_t size;

	memset(message, 0xa5, sizeof(message));
	assert_int_equal(report_encode(report, message, &used), 0);
	assert_int_equal(used % 8, 0);
	assert_true(used <= REPORT_SIZE);
	assert_int_equal(message[used], 0xa5);
	assert_int_equal(report_decode(message, used, &got, &size), 0);
	assert_int_equal(size, used);
	assert_int_equal(got.kind, report->kind);
	return got;
}

static void assert_same_text(const char *left, const char *right)
{
	assert_int_equal(left == NULL, right == NULL);
	if (left)
		assert_string_equal(left, right);
}

static void assert_same_endpoint(const struct endpoint *left, const struct endpoint *right)
{
	assert_memory_equal(&left->address, &right->address, sizeof(left->address));
	assert_int_equal(left->port, right->port);
}

static void assert_same_source(const struct wire_source *left, const struct wire_source *right)
{
	assert_memory_equal(&left->address, &right->address, sizeof(left->address));
	assert_memory_equal(left->mac, right->mac, sizeof(left->mac));
	assert_int_equal(left->interface, right->interface);
	assert_int_equal(left->has_mac, right->has_mac);
}

static void assert_same_dialogue(const struct dialogue_event *left, const struct dialogue_event *right)
{
	assert_int_equal(left->kind, right->kind);
	assert_int_equal(left->wire_id, right->wire_id);
	assert_int_equal(left->wall_ns, right->wall_ns);
	assert_same_endpoint(&left->local, &right->local);
	assert_same_endpoint(&left->remote, &right->remote);
	assert_same_text(left->name, right->name);
	assert_same_text(left->text, right->text);
	assert_same_text(left->address, right->address);
	assert_int_equal(left->code, right->code);
	assert_int_equal(left->enhanced.class, right->enhanced.class);
	assert_int_equal(left->enhanced.subject, right->enhanced.subject);
	assert_int_equal(left->enhanced.detail, right->enhanced.detail);
	assert_int_equal(left->stage, right->stage);
	assert_int_equal(left->extensions, right->extensions);
	assert_int_equal(left->is_extended, right->is_extended);
	assert_int_equal(left->tls, right->tls);
	assert_int_equal(left->misfit, right->misfit);
	assert_int_equal(left->bytes, right->bytes);
	assert_same_source(&left->source, &right->source);
	assert_int_equal(left->incoming, right->incoming);
	assert_int_equal(left->has_syn, right->has_syn);
	assert_same_endpoint(&left->alias_local, &right->alias_local);
	assert_same_endpoint(&left->alias_remote, &right->alias_remote);
	assert_int_equal(left->ending, right->ending);
	assert_int_equal(left->bytes_sent, right->bytes_sent);
	assert_int_equal(left->bytes_received, right->bytes_received);
	assert_int_equal(left->duration_ns, right->duration_ns);
	assert_int_equal(left->class, REPLY_CLASS_NONE);
	assert_null(left->receiver);
}

static void assert_same_name(const struct name_event *left, const struct name_event *right)
{
	assert_int_equal(left->kind, right->kind);
	assert_int_equal(left->wall_ns, right->wall_ns);
	assert_int_equal(left->ttl, right->ttl);
	assert_int_equal(left->preference, right->preference);
	assert_same_text(left->owner, right->owner);
	assert_same_text(left->target, right->target);
	assert_memory_equal(&left->address, &right->address, sizeof(left->address));
	assert_same_endpoint(&left->asker, &right->asker);
	assert_same_endpoint(&left->server, &right->server);
	assert_int_equal(left->protocol, right->protocol);
}

/* A text of `size` bytes with NUL, as long as it can be. */
static const char *longest(size_t size)
{
	static char text[8192];

	assert_true(size <= sizeof(text));
	memset(text, 0xff, size - 1);
	text[size - 1] = '\0';
	return text;
}

static void test_dialogue_events_pass(void **state)
{
	bool seen[DIALOGUE_EVENT_COUNT] = {false};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(dialogues); i++) {
		const struct report report = dialogue_report(&dialogues[i]);
		const struct report got = pass(&report);

		assert_same_dialogue(&got.dialogue, &report.dialogue);
		seen[dialogues[i].kind] = true;
	}
	for (size_t kind = 0; kind < ARRAY_SIZE(seen); kind++)
		assert_true(seen[kind]);
}

static void test_name_events_pass(void **state)
{
	bool seen[NAME_EVENT_COUNT] = {false};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		const struct report report = name_report(&names[i]);
		const struct report got = pass(&report);

		assert_same_name(&got.name, &report.name);
		seen[names[i].kind] = true;
	}
	for (size_t kind = 0; kind < ARRAY_SIZE(seen); kind++)
		assert_true(seen[kind]);
}

static void test_what_a_kind_does_not_name_stays_here(void **state)
{
	struct dialogue_event event = {.kind = DIALOGUE_QUIT, .name = "n", .text = "t", .code = 1, .bytes = 1};
	struct report report = dialogue_report(&event);

	(void)state;
	const struct report got = pass(&report);
	assert_null(got.dialogue.name);
	assert_null(got.dialogue.text);
	assert_int_equal(got.dialogue.code, 0);
	assert_int_equal(got.dialogue.bytes, 0);
}

static void test_other_kinds_pass(void **state)
{
	const struct report ready = {.kind = REPORT_READY, .link_type = 276};
	const struct report failed = {.kind = REPORT_FAILED, .text = "no permission"};
	const struct report counts = {.kind = REPORT_COUNTS,
				      .counts = {{1, 2, 3, UINT64_MAX}, UINT64_MAX - 1, UINT64_MAX - 2, 7}};

	(void)state;
	assert_int_equal(pass(&ready).link_type, 276);
	assert_string_equal(pass(&failed).text, "no permission");
	const struct report got = pass(&counts);
	assert_memory_equal(&got.counts, &counts.counts, sizeof(got.counts));
}

static void test_evidence_passes_and_is_cut(void **state)
{
	static uint8_t bytes[REPORT_FRAME_SIZE + 100];
	struct report report = {
		.kind = REPORT_EVIDENCE, .wire_id = 7, .link_type = 1, .frame = {5, bytes, sizeof(bytes), 70000}};

	(void)state;
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)i;
	struct report got = pass(&report);
	assert_int_equal(got.wire_id, 7);
	assert_int_equal(got.link_type, 1);
	assert_int_equal(got.frame.wall_ns, 5);
	assert_int_equal(got.frame.length, 70000);
	assert_int_equal(got.frame.size, REPORT_FRAME_SIZE);
	assert_memory_equal(got.frame.bytes, bytes, REPORT_FRAME_SIZE);
	report.frame.size = 61;
	got = pass(&report);
	assert_int_equal(got.frame.size, 61);
	assert_memory_equal(got.frame.bytes, bytes, 61);
	report.frame = (struct frame){.wall_ns = 1};
	assert_int_equal(pass(&report).frame.size, 0);
}

static void test_long_texts_lose_their_end(void **state)
{
	struct dialogue_event event = {.kind = DIALOGUE_RCPT};
	char address[2000];

	(void)state;
	memset(address, 'a', sizeof(address));
	address[sizeof(address) - 1] = '\0';
	event.name = longest(1000);
	event.address = address;
	struct report report = dialogue_report(&event);
	struct report got = pass(&report);
	assert_int_equal(strlen(got.dialogue.name), DIALOGUE_NAME_SIZE - 1);
	assert_int_equal(strlen(got.dialogue.address), DIALOGUE_ADDRESS_SIZE - 1);
	report.dialogue.kind = DIALOGUE_AUTH;
	got = pass(&report);
	assert_int_equal(strlen(got.dialogue.name), DIALOGUE_MECHANISM_SIZE - 1);
	report.dialogue.kind = DIALOGUE_REPLY;
	report.dialogue.text = longest(8000);
	got = pass(&report);
	assert_int_equal(strlen(got.dialogue.text), DIALOGUE_TEXT_SIZE - 1);
	report.dialogue.text = NULL;
	assert_string_equal(pass(&report).dialogue.text, "");
	report = (struct report){.kind = REPORT_FAILED, .text = longest(8000)};
	assert_int_equal(strlen(pass(&report).text), 511);
}

/* A message is filled to the last byte and no further, and what did not fit leaves no trace. */
static void test_a_message_is_filled_and_not_more(void **state)
{
	const struct report report = dialogue_report(&dialogues[3]);
	uint8_t *exact = aligned_alloc(8, REPORT_MESSAGE_SIZE);
	struct report got;
	size_t used = 0;
	size_t at = 0;
	size_t count = 0;
	size_t size;

	(void)state;
	assert_non_null(exact);
	while (report_encode(&report, exact, &used) == 0)
		count++;
	assert_int_equal(report_encode(&report, exact, &used), -ENOSPC);
	for (; at < used; at += size, count--)
		assert_int_equal(report_decode(exact + at, used - at, &got, &size), 0);
	assert_int_equal(count, 0);
	assert_int_equal(report_decode(exact + at, used - at, &got, &size), -EBADMSG);
	free(exact);
}

static void assert_not_encoded(const struct report *report)
{
	size_t used = 16;

	assert_int_equal(report_encode(report, message, &used), -EINVAL);
	assert_int_equal(used, 16);
}

static void test_what_would_not_be_decoded_is_not_encoded(void **state)
{
	struct report report = dialogue_report(&dialogues[4]);

	(void)state;
	report.dialogue.code = 1000;
	assert_not_encoded(&report);
	report.dialogue.code = 250;
	report.dialogue.wire_id = 0;
	assert_not_encoded(&report);
	report.dialogue.wire_id = 1;
	report.dialogue.kind = DIALOGUE_EVENT_COUNT;
	assert_not_encoded(&report);
	report.kind = 0;
	assert_not_encoded(&report);
	report.kind = REPORT_KIND_COUNT;
	assert_not_encoded(&report);
	report = (struct report){.kind = REPORT_READY, .link_type = -1};
	assert_not_encoded(&report);
	report = name_report(&names[5]);
	report.name.protocol = 1;
	assert_not_encoded(&report);
	report = (struct report){.kind = REPORT_EVIDENCE, .wire_id = 1, .frame = {.bytes = message, .size = 2}};
	assert_not_encoded(&report);
}

/* ---- Hostile bytes */

static void assert_text_within(const char *text, size_t limit)
{
	if (text)
		assert_true(strnlen(text, limit) < limit);
}

/* Whatever was decoded, those who read it can rely on this. */
static void assert_decoded_well(const struct report *report)
{
	const struct dialogue_event *event = &report->dialogue;

	assert_true(report->kind > 0 && report->kind < REPORT_KIND_COUNT);
	assert_true(event->kind < DIALOGUE_EVENT_COUNT && event->stage < DIALOGUE_STAGE_COUNT);
	assert_true(event->tls < DIALOGUE_TLS_COUNT && event->misfit < DIALOGUE_MISFIT_COUNT);
	assert_true(event->ending < DIALOGUE_ENDING_COUNT && event->class == REPLY_CLASS_NONE);
	assert_true(event->extensions < 1U << DIALOGUE_EXTENSION_COUNT && event->code <= 999);
	const bool flags[] = {event->is_extended, event->incoming, event->has_syn, event->source.has_mac};
	for (size_t i = 0; i < ARRAY_SIZE(flags); i++)
		assert_true(*(const uint8_t *)&flags[i] <= 1);
	assert_text_within(event->name, event->kind == DIALOGUE_AUTH ? DIALOGUE_MECHANISM_SIZE : DIALOGUE_NAME_SIZE);
	assert_text_within(event->text, DIALOGUE_TEXT_SIZE);
	assert_text_within(event->address, DIALOGUE_ADDRESS_SIZE);
	assert_true(report->name.kind < NAME_EVENT_COUNT);
	assert_text_within(report->name.owner, NAME_SIZE);
	assert_text_within(report->name.target, NAME_SIZE);
	assert_text_within(report->text, 512);
	assert_true(report->link_type >= 0 && report->link_type <= 65535);
	assert_true(report->frame.size <= REPORT_FRAME_SIZE && report->frame.size <= report->frame.length);
	if (report->kind == REPORT_DIALOGUE)
		assert_int_equal(event->wire_id == 0, event->kind == DIALOGUE_OFF_PORT);
}

/* The same bytes in memory that ends where they do, so that a sanitizer sees a step outside. */
static int decode_exactly(const uint8_t *bytes, size_t size, struct report *ret_report)
{
	uint8_t *exact = malloc(size ? size : 1);
	size_t used;

	assert_non_null(exact);
	memcpy(exact, bytes, size);
	int error = report_decode(exact, size, ret_report, &used);
	if (!error) {
		assert_decoded_well(ret_report);
		assert_true(used <= size && used % 8 == 0);
	}
	free(exact);
	return error;
}

static void corrupt_each_byte(const struct report *report)
{
	static const uint8_t masks[] = {0x01, 0x80, 0xff, 0x10};
	struct report got;
	size_t used = 0;

	assert_int_equal(report_encode(report, message, &used), 0);
	for (size_t i = 0; i < used; i++)
		for (size_t m = 0; m < ARRAY_SIZE(masks); m++) {
			message[i] ^= masks[m];
			decode_exactly(message, used, &got);
			message[i] ^= masks[m];
		}
	for (size_t size = 0; size < used; size++)
		assert_int_equal(decode_exactly(message, size, &got), -EBADMSG);
}

static void test_corrupted_reports(void **state)
{
	const struct report others[] = {
		{.kind = REPORT_READY, .link_type = 1},
		{.kind = REPORT_FAILED, .text = "why"},
		{.kind = REPORT_COUNTS},
		{.kind = REPORT_EVIDENCE, .wire_id = 1, .frame = {1, (const uint8_t *)"abcdefghi", 9, 10}},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(dialogues); i++) {
		const struct report report = dialogue_report(&dialogues[i]);
		corrupt_each_byte(&report);
	}
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		const struct report report = name_report(&names[i]);
		corrupt_each_byte(&report);
	}
	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		corrupt_each_byte(&others[i]);
}

/* Encodes, puts `value` in the 8 bytes at `slot`, and expects a refusal. */
static void refuses_slot(const struct report *report, size_t slot, uint64_t value)
{
	struct report got;
	size_t used = 0;
	size_t size;

	assert_int_equal(report_encode(report, message, &used), 0);
	assert_true(8 * slot < used);
	memcpy(message + 8 * slot, &value, sizeof(value));
	assert_int_equal(report_decode(message, used, &got, &size), -EBADMSG);
}

static void test_values_out_of_range(void **state)
{
	const struct dialogue_event helo = {.kind = DIALOGUE_HELO, .name = "name"};
	const struct dialogue_event reply = {.kind = DIALOGUE_REPLY, .code = 550, .text = "text"};
	struct report report = dialogue_report(&helo);

	(void)state;
	refuses_slot(&report, 1, 0);              /* the connection */
	refuses_slot(&report, 5, 65536);          /* a port */
	refuses_slot(&report, 9, 5);              /* no NUL, no zero padding */
	refuses_slot(&report, 9, 3);              /* padding that is not zero */
	refuses_slot(&report, 9, UINT64_MAX);     /* no text at all */
	refuses_slot(&report, 9, UINT64_MAX - 7); /* a length that would overflow */
	refuses_slot(&report, 10, 'n');           /* a NUL within */
	refuses_slot(&report, 11, 2);             /* a flag */
	report = dialogue_report(&reply);
	refuses_slot(&report, 9, DIALOGUE_STAGE_COUNT);
	refuses_slot(&report, 10, 1000);
	refuses_slot(&report, 11, 10);
	refuses_slot(&report, 12, 65536);
	report = name_report(&names[5]);
	refuses_slot(&report, 2, 300);
	report = (struct report){.kind = REPORT_EVIDENCE, .wire_id = 1, .frame = {1, message, 0, 0}};
	refuses_slot(&report, 1, 0);
	refuses_slot(&report, 5, 1);
	refuses_slot(&report, 5, REPORT_FRAME_SIZE + 1);
}

/* One character more than the size has room for, in the place of the NUL, and a NUL behind it. */
static void test_a_text_that_is_too_long_by_one(void **state)
{
	const struct dialogue_event auth = {.kind = DIALOGUE_AUTH, .name = "12345678901234567890"};
	const struct report report = dialogue_report(&auth);
	const uint64_t length = DIALOGUE_MECHANISM_SIZE;
	struct report got;
	size_t used = 0;
	size_t size;

	(void)state;
	assert_int_equal(report_encode(&report, message, &used), 0);
	memcpy(message + 72, &length, sizeof(length));
	message[80 + 20] = 'x';
	assert_int_equal(report_decode(message, used, &got, &size), -EBADMSG);
}

static void test_headers_that_lie(void **state)
{
	const struct report report = {.kind = REPORT_READY, .link_type = 1};
	struct report got;
	size_t used = 0;
	size_t size;

	(void)state;
	memset(message, 0, sizeof(message));
	assert_int_equal(report_encode(&report, message, &used), 0);
	static const uint32_t sizes[] = {0, 7, 8, 12, 24, 32, REPORT_SIZE + 8, UINT32_MAX, UINT32_MAX - 7};
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		memcpy(message + 4, &sizes[i], sizeof(sizes[i]));
		assert_int_equal(report_decode(message, sizeof(message), &got, &size), -EBADMSG);
	}
	memset(message, 0, 16);
	assert_int_equal(report_decode(message, sizeof(message), &got, &size), -EBADMSG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_dialogue_events_pass),
		cmocka_unit_test(test_name_events_pass),
		cmocka_unit_test(test_what_a_kind_does_not_name_stays_here),
		cmocka_unit_test(test_other_kinds_pass),
		cmocka_unit_test(test_evidence_passes_and_is_cut),
		cmocka_unit_test(test_long_texts_lose_their_end),
		cmocka_unit_test(test_a_message_is_filled_and_not_more),
		cmocka_unit_test(test_what_would_not_be_decoded_is_not_encoded),
		cmocka_unit_test(test_corrupted_reports),
		cmocka_unit_test(test_values_out_of_range),
		cmocka_unit_test(test_a_text_that_is_too_long_by_one),
		cmocka_unit_test(test_headers_that_lie),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-only
#include "capture/record.h"

#include "capture/record_samples.h"
#include "support/test.h"

#include <errno.h>
#include <stdalign.h>
#include <stdlib.h>

static alignas(8) uint8_t message[RECORD_MESSAGE_SIZE];

/* What comes back of a record that goes there and back; the texts lie in `message`. */
static struct record pass(const struct record *record)
{
	struct record got;
	size_t used = 0;
	size_t size;

	memset(message, 0xa5, sizeof(message));
	assert_int_equal(record_encode(record, message, &used), 0);
	assert_int_equal(used % 8, 0);
	assert_true(used <= RECORD_SIZE);
	assert_int_equal(message[used], 0xa5);
	assert_int_equal(record_decode(message, used, &got, &size), 0);
	assert_int_equal(size, used);
	assert_int_equal(got.kind, record->kind);
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
		const struct record record = dialogue_record(&dialogues[i]);
		const struct record got = pass(&record);

		assert_same_dialogue(&got.dialogue, &record.dialogue);
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
		const struct record record = name_record(&names[i]);
		const struct record got = pass(&record);

		assert_same_name(&got.name, &record.name);
		seen[names[i].kind] = true;
	}
	for (size_t kind = 0; kind < ARRAY_SIZE(seen); kind++)
		assert_true(seen[kind]);
}

static void test_what_a_kind_does_not_name_stays_here(void **state)
{
	struct dialogue_event event = {.kind = DIALOGUE_QUIT, .name = "n", .text = "t", .code = 1, .bytes = 1};
	struct record record = dialogue_record(&event);

	(void)state;
	const struct record got = pass(&record);
	assert_null(got.dialogue.name);
	assert_null(got.dialogue.text);
	assert_int_equal(got.dialogue.code, 0);
	assert_int_equal(got.dialogue.bytes, 0);
}

static void test_other_kinds_pass(void **state)
{
	const struct record ready = {.kind = RECORD_READY, .link_type = 276};
	const struct record failed = {.kind = RECORD_FAILED, .text = "no permission"};
	const struct record counts = {.kind = RECORD_COUNTS,
				      .counts = {{1, 2, 3, UINT64_MAX}, UINT64_MAX - 1, UINT64_MAX - 2, 7}};

	(void)state;
	assert_int_equal(pass(&ready).link_type, 276);
	assert_string_equal(pass(&failed).text, "no permission");
	const struct record got = pass(&counts);
	assert_memory_equal(&got.counts, &counts.counts, sizeof(got.counts));
}

static void test_evidence_passes_and_is_cut(void **state)
{
	static uint8_t bytes[RECORD_FRAME_SIZE + 100];
	struct record record = {
		.kind = RECORD_EVIDENCE, .wire_id = 7, .link_type = 1, .frame = {5, bytes, sizeof(bytes), 70000}};

	(void)state;
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)i;
	struct record got = pass(&record);
	assert_int_equal(got.wire_id, 7);
	assert_int_equal(got.link_type, 1);
	assert_int_equal(got.frame.wall_ns, 5);
	assert_int_equal(got.frame.length, 70000);
	assert_int_equal(got.frame.size, RECORD_FRAME_SIZE);
	assert_memory_equal(got.frame.bytes, bytes, RECORD_FRAME_SIZE);
	record.frame.size = 61;
	got = pass(&record);
	assert_int_equal(got.frame.size, 61);
	assert_memory_equal(got.frame.bytes, bytes, 61);
	record.frame = (struct frame){.wall_ns = 1};
	assert_int_equal(pass(&record).frame.size, 0);
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
	struct record record = dialogue_record(&event);
	struct record got = pass(&record);
	assert_int_equal(strlen(got.dialogue.name), DIALOGUE_NAME_SIZE - 1);
	assert_int_equal(strlen(got.dialogue.address), DIALOGUE_ADDRESS_SIZE - 1);
	record.dialogue.kind = DIALOGUE_AUTH;
	got = pass(&record);
	assert_int_equal(strlen(got.dialogue.name), DIALOGUE_MECHANISM_SIZE - 1);
	record.dialogue.kind = DIALOGUE_REPLY;
	record.dialogue.text = longest(8000);
	got = pass(&record);
	assert_int_equal(strlen(got.dialogue.text), DIALOGUE_TEXT_SIZE - 1);
	record.dialogue.text = NULL;
	assert_string_equal(pass(&record).dialogue.text, "");
	record = (struct record){.kind = RECORD_FAILED, .text = longest(8000)};
	assert_int_equal(strlen(pass(&record).text), 511);
}

/* A message is filled to the last byte and no further, and what did not fit leaves no trace. */
static void test_a_message_is_filled_and_not_more(void **state)
{
	const struct record record = dialogue_record(&dialogues[3]);
	uint8_t *exact = aligned_alloc(8, RECORD_MESSAGE_SIZE);
	struct record got;
	size_t used = 0;
	size_t at = 0;
	size_t count = 0;
	size_t size;

	(void)state;
	assert_non_null(exact);
	while (record_encode(&record, exact, &used) == 0)
		count++;
	assert_int_equal(record_encode(&record, exact, &used), -ENOSPC);
	for (; at < used; at += size, count--)
		assert_int_equal(record_decode(exact + at, used - at, &got, &size), 0);
	assert_int_equal(count, 0);
	assert_int_equal(record_decode(exact + at, used - at, &got, &size), -EBADMSG);
	free(exact);
}

static void assert_not_encoded(const struct record *record)
{
	size_t used = 16;

	assert_int_equal(record_encode(record, message, &used), -EINVAL);
	assert_int_equal(used, 16);
}

static void test_what_would_not_be_decoded_is_not_encoded(void **state)
{
	struct record record = dialogue_record(&dialogues[4]);

	(void)state;
	record.dialogue.code = 1000;
	assert_not_encoded(&record);
	record.dialogue.code = 250;
	record.dialogue.wire_id = 0;
	assert_not_encoded(&record);
	record.dialogue.wire_id = 1;
	record.dialogue.kind = DIALOGUE_EVENT_COUNT;
	assert_not_encoded(&record);
	record.kind = 0;
	assert_not_encoded(&record);
	record.kind = RECORD_KIND_COUNT;
	assert_not_encoded(&record);
	record = (struct record){.kind = RECORD_READY, .link_type = -1};
	assert_not_encoded(&record);
	record = name_record(&names[5]);
	record.name.protocol = 1;
	assert_not_encoded(&record);
	record = (struct record){.kind = RECORD_EVIDENCE, .wire_id = 1, .frame = {.bytes = message, .size = 2}};
	assert_not_encoded(&record);
}

/* ---- Hostile bytes */

static void assert_text_within(const char *text, size_t limit)
{
	if (text)
		assert_true(strnlen(text, limit) < limit);
}

/* Whatever was decoded, those who read it can rely on this. */
static void assert_decoded_well(const struct record *record)
{
	const struct dialogue_event *event = &record->dialogue;

	assert_true(record->kind > 0 && record->kind < RECORD_KIND_COUNT);
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
	assert_true(record->name.kind < NAME_EVENT_COUNT);
	assert_text_within(record->name.owner, NAME_SIZE);
	assert_text_within(record->name.target, NAME_SIZE);
	assert_text_within(record->text, 512);
	assert_true(record->link_type >= 0 && record->link_type <= 65535);
	assert_true(record->frame.size <= RECORD_FRAME_SIZE && record->frame.size <= record->frame.length);
	if (record->kind == RECORD_DIALOGUE)
		assert_int_equal(event->wire_id == 0, event->kind == DIALOGUE_OFF_PORT);
}

/* The same bytes in memory that ends where they do, so that a sanitizer sees a step outside. */
static int decode_exactly(const uint8_t *bytes, size_t size, struct record *ret_record)
{
	uint8_t *exact = malloc(size ? size : 1);
	size_t used;

	assert_non_null(exact);
	memcpy(exact, bytes, size);
	int error = record_decode(exact, size, ret_record, &used);
	if (!error) {
		assert_decoded_well(ret_record);
		assert_true(used <= size && used % 8 == 0);
	}
	free(exact);
	return error;
}

static void corrupt_each_byte(const struct record *record)
{
	static const uint8_t masks[] = {0x01, 0x80, 0xff, 0x10};
	struct record got;
	size_t used = 0;

	assert_int_equal(record_encode(record, message, &used), 0);
	for (size_t i = 0; i < used; i++)
		for (size_t m = 0; m < ARRAY_SIZE(masks); m++) {
			message[i] ^= masks[m];
			decode_exactly(message, used, &got);
			message[i] ^= masks[m];
		}
	for (size_t size = 0; size < used; size++)
		assert_int_equal(decode_exactly(message, size, &got), -EBADMSG);
}

static void test_corrupted_records(void **state)
{
	const struct record others[] = {
		{.kind = RECORD_READY, .link_type = 1},
		{.kind = RECORD_FAILED, .text = "why"},
		{.kind = RECORD_COUNTS},
		{.kind = RECORD_EVIDENCE, .wire_id = 1, .frame = {1, (const uint8_t *)"abcdefghi", 9, 10}},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(dialogues); i++) {
		const struct record record = dialogue_record(&dialogues[i]);
		corrupt_each_byte(&record);
	}
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		const struct record record = name_record(&names[i]);
		corrupt_each_byte(&record);
	}
	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		corrupt_each_byte(&others[i]);
}

/* Encodes, puts `value` in the 8 bytes at `slot`, and expects a refusal. */
static void refuses_slot(const struct record *record, size_t slot, uint64_t value)
{
	struct record got;
	size_t used = 0;
	size_t size;

	assert_int_equal(record_encode(record, message, &used), 0);
	assert_true(8 * slot < used);
	memcpy(message + 8 * slot, &value, sizeof(value));
	assert_int_equal(record_decode(message, used, &got, &size), -EBADMSG);
}

static void test_values_out_of_range(void **state)
{
	const struct dialogue_event helo = {.kind = DIALOGUE_HELO, .name = "name"};
	const struct dialogue_event reply = {.kind = DIALOGUE_REPLY, .code = 550, .text = "text"};
	struct record record = dialogue_record(&helo);

	(void)state;
	refuses_slot(&record, 1, 0);              /* the connection */
	refuses_slot(&record, 5, 65536);          /* a port */
	refuses_slot(&record, 9, 5);              /* no NUL, no zero padding */
	refuses_slot(&record, 9, 3);              /* padding that is not zero */
	refuses_slot(&record, 9, UINT64_MAX);     /* no text at all */
	refuses_slot(&record, 9, UINT64_MAX - 7); /* a length that would overflow */
	refuses_slot(&record, 10, 'n');           /* a NUL within */
	refuses_slot(&record, 11, 2);             /* a flag */
	record = dialogue_record(&reply);
	refuses_slot(&record, 9, DIALOGUE_STAGE_COUNT);
	refuses_slot(&record, 10, 1000);
	refuses_slot(&record, 11, 10);
	refuses_slot(&record, 12, 65536);
	record = name_record(&names[5]);
	refuses_slot(&record, 2, 300);
	record = (struct record){.kind = RECORD_EVIDENCE, .wire_id = 1, .frame = {1, message, 0, 0}};
	refuses_slot(&record, 1, 0);
	refuses_slot(&record, 5, 1);
	refuses_slot(&record, 5, RECORD_FRAME_SIZE + 1);
}

/* One character more than the size has room for, in the place of the NUL, and a NUL behind it. */
static void test_a_text_that_is_too_long_by_one(void **state)
{
	const struct dialogue_event auth = {.kind = DIALOGUE_AUTH, .name = "12345678901234567890"};
	const struct record record = dialogue_record(&auth);
	const uint64_t length = DIALOGUE_MECHANISM_SIZE;
	struct record got;
	size_t used = 0;
	size_t size;

	(void)state;
	assert_int_equal(record_encode(&record, message, &used), 0);
	memcpy(message + 72, &length, sizeof(length));
	message[80 + 20] = 'x';
	assert_int_equal(record_decode(message, used, &got, &size), -EBADMSG);
}

static void test_headers_that_lie(void **state)
{
	const struct record record = {.kind = RECORD_READY, .link_type = 1};
	struct record got;
	size_t used = 0;
	size_t size;

	(void)state;
	memset(message, 0, sizeof(message));
	assert_int_equal(record_encode(&record, message, &used), 0);
	static const uint32_t sizes[] = {0, 7, 8, 12, 24, 32, RECORD_SIZE + 8, UINT32_MAX, UINT32_MAX - 7};
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		memcpy(message + 4, &sizes[i], sizeof(sizes[i]));
		assert_int_equal(record_decode(message, sizeof(message), &got, &size), -EBADMSG);
	}
	memset(message, 0, 16);
	assert_int_equal(record_decode(message, sizeof(message), &got, &size), -EBADMSG);
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
		cmocka_unit_test(test_corrupted_records),
		cmocka_unit_test(test_values_out_of_range),
		cmocka_unit_test(test_a_text_that_is_too_long_by_one),
		cmocka_unit_test(test_headers_that_lie),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

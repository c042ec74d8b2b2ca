// SPDX-License-Identifier: GPL-2.0-only
#include "ledger/books.h"

#include "support/test.h"

#define MAX_ROWS 50

static struct fingerprint key_of(uint64_t number)
{
	struct fingerprint key = fingerprint_begin();

	fingerprint_add_number(&key, number);
	return key;
}

static struct row_slot *find(const struct books *books, enum ledger_by by, uint64_t number)
{
	const struct fingerprint key = key_of(number);

	return books_find(books, by, &key);
}

/* The row of this number, made at need. */
static struct row_slot *touch(struct books *books, enum ledger_by by, uint64_t number)
{
	const struct fingerprint key = key_of(number);
	struct row_slot *slot = find(books, by, number);

	if (!slot)
		slot = books_add(books, by, &key, "a name");
	else
		books_touch(books, slot);
	assert_non_null(slot);
	return slot;
}

static size_t changed(const struct books *books, uint64_t after, const struct ledger_row **rows, size_t max)
{
	return books_changed(books, LEDGER_BY_USER, after, rows, max);
}

static void test_what_changed_last_stays(void **state)
{
	_cleanup_(cleanup_books_free) struct books *books = books_new(3);

	(void)state;
	for (uint64_t number = 1; number <= 3; number++)
		touch(books, LEDGER_BY_USER, number);
	touch(books, LEDGER_BY_USER, 1);
	assert_int_equal(books_forgotten(books, LEDGER_BY_USER), 0);
	touch(books, LEDGER_BY_USER, 4);
	touch(books, LEDGER_BY_UNIT, 2); /* another book */
	assert_null(find(books, LEDGER_BY_USER, 2));
	assert_non_null(find(books, LEDGER_BY_USER, 1));
	assert_int_equal(books_count(books, LEDGER_BY_USER), 3);
	assert_int_equal(books_count(books, LEDGER_BY_UNIT), 1);
	assert_int_equal(books_forgotten(books, LEDGER_BY_USER), 1);
	assert_int_equal(books_forgotten(books, LEDGER_BY_UNIT), 0);
}

static void test_numbers_are_never_used_again(void **state)
{
	_cleanup_(cleanup_books_free) struct books *books = books_new(1);
	uint64_t before = 0;

	(void)state;
	assert_null(books_at(books, 0));
	assert_null(books_at(books, 12345));
	for (uint64_t number = 1; number < 100; number++) {
		struct row_slot *slot = touch(books, number % 2 ? LEDGER_BY_USER : LEDGER_BY_SCRIPT, number);
		assert_true(slot->row.number > before);
		assert_ptr_equal(books_at(books, slot->row.number), slot);
		before = slot->row.number;
	}
	touch(books, LEDGER_BY_USER, 1000);
	assert_null(books_at(books, before));
	assert_int_equal(books_count(books, LEDGER_BY_USER), 1);
}

static void test_revisions(void **state)
{
	_cleanup_(cleanup_books_free) struct books *books = books_new(2);
	const struct ledger_row *rows[4];

	(void)state;
	assert_int_equal(books_newest_revision(books), 0);
	assert_int_equal(books_oldest_revision(books, LEDGER_BY_USER), 0);
	assert_int_equal(changed(books, 0, rows, 4), 0);
	uint64_t first = touch(books, LEDGER_BY_USER, 1)->row.revision;
	uint64_t second = touch(books, LEDGER_BY_USER, 2)->row.revision;
	uint64_t third = touch(books, LEDGER_BY_UNIT, 1)->row.revision;
	assert_true(first < second && second < third);
	assert_int_equal(books_newest_revision(books), third);
	assert_int_equal(books_oldest_revision(books, LEDGER_BY_USER), first);
	assert_int_equal(changed(books, first, rows, 4), 1);
	assert_int_equal(rows[0]->revision, second);
	assert_int_equal(changed(books, second, rows, 4), 0);
	assert_int_equal(changed(books, third, rows, 4), 0);
	touch(books, LEDGER_BY_USER, 3);
	assert_int_equal(books_oldest_revision(books, LEDGER_BY_USER), second);
	assert_int_equal(changed(books, 0, rows, 4), 2);
}

/* What a reader has by now: the revision of each row, 0: none. */
struct reader {
	uint64_t after;
	uint64_t revisions[2 * MAX_ROWS];
};

static void read_page(const struct books *books, struct reader *reader, size_t max)
{
	const struct ledger_row *rows[2 * MAX_ROWS];
	size_t count = changed(books, reader->after, rows, max);

	assert_true(count <= max);
	for (size_t i = 0; i < count; i++) {
		assert_true(rows[i]->revision > reader->after);
		reader->after = rows[i]->revision;
		reader->revisions[rows[i]->open] = rows[i]->revision;
	}
}

static void assert_reader_has_all(const struct books *books, const struct reader *reader)
{
	uint64_t oldest = books_oldest_revision(books, LEDGER_BY_USER);

	for (uint64_t number = 0; number < 2 * MAX_ROWS; number++) {
		const struct row_slot *slot = find(books, LEDGER_BY_USER, number);
		if (slot)
			assert_int_equal(reader->revisions[number], slot->row.revision);
		else
			assert_true(reader->revisions[number] < oldest);
	}
}

/* Two readers, at paces of their own, and rows that change and are forgotten between their pages. */
static void test_readers_miss_nothing(void **state)
{
	unsigned int seed = 1;

	(void)state;
	for (size_t run = 0; run < 200; run++) {
		_cleanup_(cleanup_books_free) struct books *books = books_new(MAX_ROWS);
		struct reader readers[2] = {{0}, {0}};
		for (size_t step = 0; step < 300; step++) {
			uint64_t number = (uint64_t)rand_r(&seed) % (2 * MAX_ROWS);
			touch(books, LEDGER_BY_USER, number)->row.open = (uint32_t)number;
			if (rand_r(&seed) % 4 == 0)
				read_page(books, &readers[rand_r(&seed) % 2], 1 + (size_t)rand_r(&seed) % 8);
		}
		for (size_t i = 0; i < 2; i++) {
			while (readers[i].after < books_newest_revision(books))
				read_page(books, &readers[i], 7);
			assert_reader_has_all(books, &readers[i]);
		}
	}
}

static void test_sizes(void **state)
{
	(void)state;
	assert_null(books_new(UINT32_MAX));
	assert_null(books_new(SIZE_MAX));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_changed_last_stays),
		cmocka_unit_test(test_numbers_are_never_used_again),
		cmocka_unit_test(test_revisions),
		cmocka_unit_test(test_readers_miss_nothing),
		cmocka_unit_test(test_sizes),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("books", tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-only
#include "lib/table.h"

#include "support/test.h"

#include <errno.h>

struct item {
	struct table_link link;
	char before;
	uint32_t key;
	int value;
};

static size_t freed;

static void free_item(void *entry)
{
	freed++;
	free(entry);
}

static struct table *new_table(size_t capacity)
{
	freed = 0;
	return table_new(capacity, offsetof(struct item, key), sizeof(uint32_t), free_item);
}

static struct item *new_item(uint32_t key)
{
	struct item *item = calloc(1, sizeof(*item));

	assert_non_null(item);
	item->before = (char)key;
	item->key = key;
	return item;
}

static struct item *insert(struct table *table, uint32_t key)
{
	struct item *item = new_item(key);

	assert_int_equal(table_insert(table, item), 0);
	return item;
}

static struct item *find(const struct table *table, uint32_t key)
{
	return table_find(table, &key);
}

/* The keys from the oldest on, in a row that `count` ends. */
static void assert_order(const struct table *table, const uint32_t *keys, size_t count)
{
	const struct item *item = table_oldest(table);

	assert_int_equal(table_count(table), count);
	for (size_t i = 0; i < count; i++) {
		assert_non_null(item);
		assert_int_equal(item->key, keys[i]);
		item = table_newer(item);
	}
	assert_null(item);
	item = table_newest(table);
	for (size_t i = count; i > 0; i--) {
		assert_int_equal(item->key, keys[i - 1]);
		item = table_older(item);
	}
	assert_null(item);
}

#define ASSERT_ORDER(table, ...) \
	assert_order(table, (const uint32_t[]){__VA_ARGS__}, ARRAY_SIZE(((const uint32_t[]){__VA_ARGS__})))

static void test_empty(void **state)
{
	_cleanup_(cleanup_table_free) struct table *table = new_table(2);

	(void)state;
	assert_int_equal(table_count(table), 0);
	assert_false(table_is_full(table));
	assert_null(table_oldest(table));
	assert_null(find(table, 0));
}

static void test_find(void **state)
{
	_cleanup_(cleanup_table_free) struct table *table = new_table(3);
	struct item *first = insert(table, 7);
	struct item *second = insert(table, 0);

	(void)state;
	assert_ptr_equal(find(table, 7), first);
	assert_ptr_equal(find(table, 0), second);
	assert_null(find(table, 8));
	assert_false(table_is_full(table));
}

static void test_full_takes_nothing(void **state)
{
	_cleanup_(cleanup_table_free) struct table *table = new_table(2);
	_cleanup_free_ struct item *third = new_item(3);

	(void)state;
	insert(table, 1);
	insert(table, 2);
	assert_true(table_is_full(table));
	assert_int_equal(table_insert(table, third), -ENOSPC);
	assert_null(find(table, 3));
	ASSERT_ORDER(table, 1, 2);
	assert_int_equal(freed, 0);

	table_remove(table, table_oldest(table));
	assert_int_equal(table_insert(table, third), 0);
	third = NULL;
	ASSERT_ORDER(table, 2, 3);
}

static void test_push(void **state)
{
	_cleanup_(cleanup_table_free) struct table *table = new_table(2);

	(void)state;
	assert_false(table_push(table, new_item(1)));
	assert_false(table_push(table, new_item(2)));
	assert_true(table_push(table, new_item(3)));
	ASSERT_ORDER(table, 2, 3);
	assert_int_equal(freed, 1);
}

static void test_order(void **state)
{
	_cleanup_(cleanup_table_free) struct table *table = new_table(10);
	struct item *one = insert(table, 1);
	struct item *two = insert(table, 2);
	struct item *three = insert(table, 3);

	(void)state;
	ASSERT_ORDER(table, 1, 2, 3);
	table_touch(table, three);
	ASSERT_ORDER(table, 1, 2, 3);
	table_touch(table, two);
	ASSERT_ORDER(table, 1, 3, 2);
	table_touch(table, one);
	ASSERT_ORDER(table, 3, 2, 1);
	insert(table, 4);
	ASSERT_ORDER(table, 3, 2, 1, 4);
}

static void test_remove(void **state)
{
	_cleanup_(cleanup_table_free) struct table *table = new_table(10);
	struct item *items[6];

	(void)state;
	for (uint32_t key = 1; key <= 5; key++)
		items[key] = insert(table, key);
	table_remove(table, items[3]);
	ASSERT_ORDER(table, 1, 2, 4, 5);
	table_remove(table, items[1]);
	ASSERT_ORDER(table, 2, 4, 5);
	table_remove(table, items[5]);
	ASSERT_ORDER(table, 2, 4);
	insert(table, 6);
	ASSERT_ORDER(table, 2, 4, 6);
	assert_null(find(table, 3));
	assert_ptr_equal(find(table, 4), items[4]);
	assert_int_equal(freed, 3);
	table_remove(table, items[2]);
	table_remove(table, items[4]);
	table_remove(table, find(table, 6));
	assert_null(table_oldest(table));
	insert(table, 7);
	ASSERT_ORDER(table, 7);
}

/* Far beyond the first buckets: everything is found, nothing else is, and the order stays. */
static void test_growth(void **state)
{
	enum { COUNT = 5000 };
	_cleanup_(cleanup_table_free) struct table *table = new_table(COUNT);
	const struct item *item;

	(void)state;
	for (uint32_t key = 0; key < COUNT; key++)
		insert(table, key * 64);
	assert_true(table_is_full(table));
	for (uint32_t key = 0; key < COUNT; key++) {
		assert_non_null(find(table, key * 64));
		assert_int_equal(find(table, key * 64)->key, key * 64);
		assert_null(find(table, key * 64 + 1));
	}
	item = table_oldest(table);
	for (uint32_t key = 0; key < COUNT; key++, item = table_newer(item))
		assert_int_equal(item->key, key * 64);
	assert_null(item);
}

static void test_frees_entries(void **state)
{
	struct table *table = new_table(100);

	(void)state;
	for (uint32_t key = 0; key < 100; key++)
		insert(table, key);
	table_free(table);
	assert_int_equal(freed, 100);
	table_free(NULL);
}

static void test_owner_keeps_entries(void **state)
{
	struct item item = {.key = 5};
	_cleanup_(cleanup_table_free) struct table *table =
		table_new(1, offsetof(struct item, key), sizeof(uint32_t), NULL);

	(void)state;
	assert_int_equal(table_insert(table, &item), 0);
	table_remove(table, &item);
	assert_int_equal(table_insert(table, &item), 0);
	assert_int_equal(item.key, 5);
}

/* Keys are all their bytes, whatever the size. */
static void test_key_sizes(void **state)
{
	struct wide {
		struct table_link link;
		char key[29];
	};

	(void)state;
	for (size_t size = 1; size <= sizeof(((struct wide *)NULL)->key); size++) {
		_cleanup_(cleanup_table_free) struct table *table =
			table_new(100, offsetof(struct wide, key), size, free);
		char key[29] = {0};

		for (size_t i = 0; i < size; i++) {
			struct wide *entry = calloc(1, sizeof(*entry));
			assert_non_null(entry);
			entry->key[i] = 1;
			assert_int_equal(table_insert(table, entry), 0);
		}
		assert_null(table_find(table, key));
		for (size_t i = 0; i < size; i++) {
			key[i] = 1;
			assert_non_null(table_find(table, key));
			key[i] = 0;
		}
	}
}

#define MODEL_KEYS 300
#define MODEL_CAPACITY 200

/* The same in the simplest way: the keys that are held, the oldest first. */
struct naive {
	uint32_t keys[MODEL_CAPACITY];
	size_t count;
};

static size_t naive_find(const struct naive *naive, uint32_t key)
{
	size_t place = 0;
	while (place < naive->count && naive->keys[place] != key)
		place++;
	return place;
}

static void naive_remove(struct naive *naive, size_t place)
{
	memmove(&naive->keys[place], &naive->keys[place + 1], (naive->count - place - 1) * sizeof(*naive->keys));
	naive->count--;
}

static void step(struct table *table, struct naive *naive, unsigned int action, uint32_t key)
{
	struct item *item = find(table, key);
	size_t place = naive_find(naive, key);

	assert_int_equal(item != NULL, place < naive->count);
	if (!item && action < 6) {
		struct item *added = new_item(key);
		int error = table_insert(table, added);
		assert_int_equal(error, naive->count == MODEL_CAPACITY ? -ENOSPC : 0);
		if (error)
			free(added);
		else
			naive->keys[naive->count++] = key;
	} else if (item && action < 6) {
		table_touch(table, item);
		naive_remove(naive, place);
		naive->keys[naive->count++] = key;
	} else if (item) {
		table_remove(table, item);
		naive_remove(naive, place);
	}
	assert_int_equal(table_is_full(table), naive->count == MODEL_CAPACITY);
}

static void test_against_naive_model(void **state)
{
	_cleanup_(cleanup_table_free) struct table *table = new_table(MODEL_CAPACITY);
	struct naive naive = {.count = 0};
	unsigned int seed = 20260725;
	size_t full = 0;

	(void)state;
	for (int i = 0; i < 20000; i++) {
		/* By turns mostly filling and mostly emptying. */
		unsigned int action = (unsigned int)rand_r(&seed) % 8 + (i / 1000 % 2 ? 3 : 0);
		step(table, &naive, action, (uint32_t)rand_r(&seed) % MODEL_KEYS);
		if (i % 16 == 0)
			assert_order(table, naive.keys, naive.count);
		full += naive.count == MODEL_CAPACITY;
	}
	assert_in_range(full, 1, 19999);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_find),
		cmocka_unit_test(test_full_takes_nothing),
		cmocka_unit_test(test_push),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_remove),
		cmocka_unit_test(test_growth),
		cmocka_unit_test(test_frees_entries),
		cmocka_unit_test(test_owner_keeps_entries),
		cmocka_unit_test(test_key_sizes),
		cmocka_unit_test(test_against_naive_model),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("table", tests, NULL, NULL);
}

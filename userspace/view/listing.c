// SPDX-License-Identifier: GPL-2.0-only
#include "view/listing.h"

#include "lib/array.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

/* Only numbers are compared for most rows: of a text the first bytes are in `key`. */
struct sorted {
	uint64_t key;
	const char *text; /* NULL: the key says all */
	struct picture_row *row;
};

static int compare_numbers(uint64_t left, uint64_t right)
{
	return (left > right) - (left < right);
}

static int compare_keys(const struct sorted *left, const struct sorted *right)
{
	int order = compare_numbers(left->key, right->key);

	return order || !left->text || !right->text ? order : strcmp(left->text, right->text);
}

static int compare_ascending(const void *left_item, const void *right_item)
{
	const struct sorted *left = left_item;
	const struct sorted *right = right_item;
	int order = compare_keys(left, right);

	return order ? order : compare_numbers(left->row->number, right->row->number);
}

static int compare_descending(const void *left_item, const void *right_item)
{
	const struct sorted *left = left_item;
	const struct sorted *right = right_item;
	int order = compare_keys(right, left);

	return order ? order : compare_numbers(left->row->number, right->row->number);
}

/* In the order of strcmp(). */
static uint64_t first_bytes(const char *text)
{
	uint64_t key = 0;

	for (size_t i = 0; i < sizeof(key); i++) {
		key = key << 8 | (unsigned char)*text;
		text += *text != '\0';
	}
	return key;
}

static struct sorted sorted_of(struct picture_row *row, const struct column_row *column, double now)
{
	struct sorted item = {.row = row};

	if (column->number)
		item.key = column->number(row, now);
	else
		item.text = column->text(row);
	if (item.text)
		item.key = first_bytes(item.text);
	return item;
}

/* Words of the filter: all of them must occur. */
struct filter {
	char text[sizeof(((struct listing *)NULL)->filter)];
	const char *words[sizeof(((struct listing *)NULL)->filter) / 2];
	size_t count;
};

static void read_filter(struct filter *filter, const char *text)
{
	char *rest = NULL;

	filter->count = 0;
	snprintf(filter->text, sizeof(filter->text), "%s", text);
	for (char *word = strtok_r(filter->text, " ", &rest); word; word = strtok_r(NULL, " ", &rest))
		filter->words[filter->count++] = word;
}

static bool occurs(const char *word, const char *text)
{
	return text && strcasestr(text, word);
}

static bool occurs_in_row(const char *word, const struct picture_row *row)
{
	const char *const texts[] = {
		row->name, row->user,   row->process, row->executable, row->unit, row->site,  row->script,
		row->url,  row->domain, row->rule,    row->incident,   row->helo, row->reply,
	};
	char verdict[COLUMN_TEXT_SIZE];

	for (size_t i = 0; i < COUNT_OF(texts); i++) {
		if (occurs(word, texts[i]))
			return true;
	}
	column_write(COLUMN_VERDICT, row, 0, SIZE_MAX, verdict);
	return occurs(word, verdict);
}

static bool passes(const struct filter *filter, const struct picture_row *row)
{
	for (size_t i = 0; i < filter->count; i++) {
		if (!occurs_in_row(filter->words[i], row))
			return false;
	}
	return true;
}

/* With the children that are shown, whether or not their parents pass the filter. */
static size_t count_shown(const struct picture_row *row)
{
	size_t count = 1;

	for (size_t i = 0; row->is_expanded && i < row->child_count; i++)
		count += count_shown(row->children[i]);
	return count;
}

static int make_room(struct listing *listing, struct picture_row *const *rows, size_t count)
{
	size_t needed = 0;

	for (size_t i = 0; i < count; i++)
		needed += count_shown(rows[i]);
	if (needed <= listing->capacity)
		return 0;
	struct listing_item *items = reallocarray(listing->items, needed + needed / 2, sizeof(*items));
	if (!items)
		return -ENOMEM;
	listing->items = items;
	listing->capacity = needed + needed / 2;
	return 0;
}

/* Children stay in the order in which the daemon sent them: the latest first. */
static void list(struct listing *listing, struct picture_row *row, unsigned int depth, bool is_last, size_t left_out)
{
	listing->items[listing->count++] = (struct listing_item){
		.row = row,
		.depth = depth,
		.is_last = is_last,
		.left_out = is_last ? left_out : 0,
	};
	for (size_t i = 0; row->is_expanded && i < row->child_count; i++)
		list(listing, row->children[i], depth + 1, i + 1 == row->child_count,
		     row->child_total - row->child_count);
}

int listing_make(struct listing *listing, const struct picture *picture, double now)
{
	size_t count;
	struct picture_row *const *rows = picture_rows(picture, &count);
	_cleanup_free_ struct sorted *sorted = calloc(count + 1, sizeof(*sorted));
	struct filter filter;
	size_t passed = 0;

	if (!sorted || make_room(listing, rows, count) < 0)
		return -ENOMEM;
	read_filter(&filter, listing->filter);
	for (size_t i = 0; i < count; i++) {
		if (passes(&filter, rows[i]))
			sorted[passed++] = sorted_of(rows[i], &columns[listing->sort], now);
	}
	qsort(sorted, passed, sizeof(*sorted), listing->is_ascending ? compare_ascending : compare_descending);
	listing->count = 0;
	listing->hidden = count - passed;
	for (size_t i = 0; i < passed; i++)
		list(listing, sorted[i].row, 0, i + 1 == passed, 0);
	return 0;
}

void listing_set_sort(struct listing *listing, enum column sort)
{
	listing->sort = sort;
	listing->is_ascending = columns[sort].is_ascending;
}

void listing_release(struct listing *listing)
{
	free(listing->items);
	listing->items = NULL;
	listing->count = 0;
	listing->capacity = 0;
}

size_t listing_find(const struct listing *listing, uint64_t number)
{
	for (size_t i = 0; i < listing->count; i++) {
		if (listing->items[i].row->number == number)
			return i;
	}
	return SIZE_MAX;
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a refresh of the view costs with 10,000 rows of which 100 have changed: reading them, listing all, and writing
 * the cells of 60 rows, in CPU time. Curses is not in it. With a number as argument, only so many refreshes are made,
 * for perf stat.
 */
#include "lib/array.h"
#include "view/listing.h"

#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define ROWS 10000
#define CHANGED 100
#define SHOWN 60
#define WIDTH 200
#define REFRESHES 100
#define NOW 1795317124.0

static const char *const verdicts[] = {"application", "mta", "relay", "allowed", "suspicious", "direct-to-mx"};

/* A row of a site, as long as they are on a hosting server. */
static void write_row(FILE *out, unsigned int number, unsigned int revision)
{
	bool is_alerting = number % 100 == 5;

	fprintf(out,
		"%s{\"row\":%u,\"revision\":%u,\"by\":\"script\",\"verdict\":\"%s\","
		"\"name\":\"/var/www/shop%u.example/htdocs/wp-content/plugins/contact-form/includes/send.php\","
		"\"user\":\"shop%u\",\"uid\":%u,\"process\":\"php-fpm8.2\",\"pid\":%u,"
		"\"executable\":\"/usr/sbin/php-fpm8.2\",\"unit\":\"php8.2-fpm.service\",\"site\":\"shop%u.example\","
		"\"script\":\"/var/www/shop%u.example/htdocs/wp-content/plugins/contact-form/includes/send.php\","
		"\"url\":\"/contact/send.php?form=%u\",\"domain\":\"gmail-smtp-in.l.google.com\","
		"\"counts\":{\"attempts\":%u,\"ports\":{\"25\":%u,\"465\":0,\"587\":0,\"other\":0},\"failed\":3,"
		"\"accepted\":88,\"refused\":12,\"refusals\":14,\"submissions\":0},\"open\":2,\"destinations\":23,"
		"\"estimated\":true,\"first\":1795317000.123,\"last\":1795317124.234,"
		"\"recent\":{\"newest\":179531712,\"counts\":[%u,0,12,0,0,0,0]},%s"
		"\"helo\":\"localhost\",\"reply\":\"550 5.7.1 [203.0.113.25] Our system has detected that this message "
		"is "
		"likely unsolicited mail\"}",
		number % CHANGED ? "," : "", number + 1, revision, verdicts[number % 97 % COUNT_OF(verdicts)], number,
		number, number, number, number, number, number, revision, revision, number % 50,
		is_alerting ? "\"alert\":{\"rule\":\"direct-to-mx\",\"severity\":\"high\",\"incident\":\"j1wdvb\","
			      "\"active\":true},"
			    : "");
}

/* A message with the rows from `first` on. */
static char *make_message(unsigned int first, unsigned int revision)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		exit(1);
	fputs("{\"rows\":{\"by\":\"script\",\"oldest\":1,\"rows\":[", out);
	for (unsigned int i = 0; i < CHANGED; i++)
		write_row(out, (first + i) % ROWS, revision + i);
	fputs("]}}", out);
	fclose(out);
	return text;
}

static void take(struct picture *picture, const char *text)
{
	json_t *message = json_loads(text, 0, NULL);

	if (!message || picture_take(picture, message) != 0)
		exit(1);
	json_decref(message);
}

static size_t written; /* so that it has to be done */

static void write_cells(const struct listing *listing, size_t rows)
{
	enum column chosen[COLUMN_COUNT];
	size_t widths[COLUMN_COUNT];
	size_t count = columns_choose(LEDGER_BY_SCRIPT, WIDTH, chosen, widths);
	char text[COLUMN_TEXT_SIZE];
	char fitted[CELLS_SIZE(WIDTH)];

	for (size_t row = 0; row < rows; row++) {
		for (size_t i = 0; i < count; i++) {
			const struct cells_form form = {.cut = columns[chosen[i]].cut, .is_padded = true};
			column_write(chosen[i], listing->items[row].row, NOW, widths[i], text);
			written += cells_fit(fitted, sizeof(fitted), text, widths[i], &form);
		}
	}
}

static double cpu_us(void)
{
	struct timespec used;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
	return (double)used.tv_sec * 1e6 + (double)used.tv_nsec / 1e3;
}

struct cost {
	double read;
	double list;
	double write;
};

static void refresh(struct picture *picture, struct listing *listing, unsigned int at, struct cost *cost)
{
	char *message = make_message(at * CHANGED, ROWS + at * CHANGED);
	double start = cpu_us();

	take(picture, message);
	double read = cpu_us();
	if (listing_make(listing, picture, NOW) < 0)
		exit(1);
	double listed = cpu_us();
	write_cells(listing, SHOWN < listing->count ? SHOWN : listing->count);
	cost->write += cpu_us() - listed;
	cost->list += listed - read;
	cost->read += read - start;
	free(message);
}

static void measure(struct picture *picture, const char *what, enum column sort, const char *filter,
		    unsigned int refreshes)
{
	struct listing listing = {0};
	struct cost cost = {0};

	listing_set_sort(&listing, sort);
	snprintf(listing.filter, sizeof(listing.filter), "%s", filter);
	for (unsigned int i = 0; i < refreshes; i++)
		refresh(picture, &listing, i, &cost);
	double all = (cost.read + cost.list + cost.write) / refreshes;
	printf("%-28s %7.0f us: %d rows read %5.0f, %d listed %5.0f, %d written %5.0f; %.2f%% of a core at one a "
	       "second\n",
	       what, all, CHANGED, cost.read / refreshes, ROWS, cost.list / refreshes, SHOWN, cost.write / refreshes,
	       all / 1e4);
	listing_release(&listing);
}

int main(int argc, char *argv[])
{
	struct picture *picture = picture_new();
	unsigned int refreshes = argc > 1 ? (unsigned int)atoi(argv[1]) : REFRESHES;

	if (!picture || !setlocale(LC_CTYPE, "C.UTF-8"))
		return 1;
	for (unsigned int first = 0; first < ROWS; first += CHANGED) {
		char *message = make_message(first, first + 1);
		take(picture, message);
		free(message);
	}
	if (refreshes)
		measure(picture, "refresh, by urgency", COLUMN_VERDICT, "", refreshes);
	if (argc == 1) {
		measure(picture, "refresh, by name", COLUMN_NAME, "", refreshes);
		measure(picture, "refresh, filter of two words", COLUMN_VERDICT, "shop7 direct", refreshes);
	}
	picture_free(picture);
	return written == 0 && refreshes > 0;
}

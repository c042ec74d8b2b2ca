// SPDX-License-Identifier: GPL-2.0-only
/* Whatever a daemon says: the picture, the list and the plain text of it keep their bounds. Lines of JSON; one that is
 * none turns something over, as a user would. */
#include "lib/array.h"
#include "view/cells.h"
#include "view/plain.h"

#include <locale.h>
#include <stdlib.h>
#include <string.h>

#define WIDTH 100

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct scene {
	struct picture *picture;
	struct listing listing;
};

static void check(bool holds)
{
	if (!holds)
		abort();
}

static void check_text(const char *text)
{
	check(!text || (text[0] && strlen(text) <= PICTURE_TEXT_MAX));
}

static void check_row(const struct picture_row *row)
{
	const char *const texts[] = {
		row->name,   row->user,    row->process,  row->executable, row->unit,   row->site,
		row->script, row->url,     row->tls,      row->local,      row->domain, row->rule,
		row->helo,   row->outcome, row->incident, row->reply,      row->error,
	};

	for (size_t i = 0; i < COUNT_OF(texts); i++)
		check_text(texts[i]);
	check(row->number && row->verdict <= LEDGER_VERDICT_COUNT && row->by < LEDGER_BY_COUNT);
	check(row->severity < ALERT_SEVERITY_COUNT && row->child_count <= row->child_total);
	check(row->first >= 0 && row->last >= 0 && row->duration >= 0);
}

/* What a user does: opens a row, groups otherwise, sorts, filters, loses the connection. */
static void turn(struct scene *scene, const char *line)
{
	unsigned int what = (unsigned char)line[0];
	unsigned int which = line[0] ? (unsigned char)line[1] : 0;
	size_t count = scene->listing.count;

	if (what < 0x40 && count)
		scene->listing.items[which % count].row->is_expanded ^= true;
	else if (what < 0x50)
		picture_set_by(scene->picture, (enum ledger_by)(which % LEDGER_BY_COUNT));
	else if (what < 0x60)
		listing_set_sort(&scene->listing, (enum column)(which % COLUMN_COUNT));
	else if (what < 0x70)
		picture_begin_anew(scene->picture);
	else
		snprintf(scene->listing.filter, sizeof(scene->listing.filter), "%s", line + 1);
}

static void show(struct scene *scene, FILE *out)
{
	const struct picture_head *head = picture_head(scene->picture);
	const struct plain_options wide = {.alerts = PICTURE_ALERTS, .is_ascii = true};
	const struct plain_options narrow = {.width = WIDTH, .rows = 5, .alerts = 2};

	check(listing_make(&scene->listing, scene->picture, head->now) == 0);
	for (size_t i = 0; i < scene->listing.count; i++)
		check_row(scene->listing.items[i].row);
	plain_print(scene->picture, &scene->listing, &narrow, out);
	plain_print(scene->picture, &scene->listing, &wide, out);
}

static void check_output(char *text)
{
	char *rest = NULL;

	for (char *at = text; *at; at++)
		check(*at == '\n' || ((unsigned char)*at >= 0x20 && *at != 0x7f));
	for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
		check(cells_width(line, false) < 100000);
}

static void take_line(struct scene *scene, const char *line, FILE *out)
{
	json_t *message = json_loads(line, 0, NULL);

	if (message)
		picture_take(scene->picture, message);
	else
		turn(scene, line);
	json_decref(message);
	show(scene, out);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	check(setlocale(LC_CTYPE, "C.UTF-8") != NULL);
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct scene scene = {.picture = picture_new()};
	char *input = strndup((const char *)data, size);
	char *output = NULL;
	char *rest = NULL;
	size_t output_size;
	FILE *out = open_memstream(&output, &output_size);

	check(scene.picture && input && out);
	for (char *line = strtok_r(input, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
		take_line(&scene, line, out);
	fclose(out);
	check_output(output);
	listing_release(&scene.listing);
	picture_free(scene.picture);
	free(output);
	free(input);
	return 0;
}

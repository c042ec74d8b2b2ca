// SPDX-License-Identifier: GPL-2.0-only
#include "rules/rule_set.h"

#include "lib/array.h"
#include "lib/ini_directory.h"
#include "lib/path.h"
#include "rules/rule_file.h"
#include "rules/rule_section.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

/* The shipped files, as they lie in the tree. */
__asm__(".section .rodata\n"
	"rules_catalogue: .incbin \"userspace/rules/catalogue.conf\"\n"
	"rules_catalogue_end:\n"
	"rules_presets: .incbin \"userspace/rules/presets.conf\"\n"
	"rules_presets_end:\n"
	".previous\n");
extern const char rules_catalogue[];
extern const char rules_catalogue_end[];
extern const char rules_presets[];
extern const char rules_presets_end[];

static const struct {
	const char *name;
	const char *begin;
	const char *end;
} shipped[] = {
	{"catalogue.conf", rules_catalogue, rules_catalogue_end},
	{"presets.conf", rules_presets, rules_presets_end},
};

static void clear_sections(struct rule_sections *sections)
{
	rule_sections_clear(sections);
}

static int read_shipped(struct rule_sections *sections, struct ini_error *error)
{
	int result = 0;

	for (size_t i = 0; i < COUNT_OF(shipped) && !result; i++) {
		size_t size = (size_t)(shipped[i].end - shipped[i].begin);
		_cleanup_fclose_ FILE *stream = fmemopen((void *)(uintptr_t)shipped[i].begin, size, "r");

		result = stream ? rule_sections_read(sections, stream, shipped[i].name, false, error) : -errno;
	}
	return result;
}

static int refuse_path(const char *path, struct ini_error *error)
{
	int reason = errno;
	char shown[INI_SHOWN_SIZE];

	snprintf(error->message, sizeof(error->message), "cannot read %s: %s", ini_show(shown, path, strlen(path)),
		 strerror(reason));
	return -reason;
}

/* The reading of a directory's files, one of which may have another in its place. */
struct local_files {
	struct rule_sections *sections;
	const char *changed; /* stands in for the file of the same name; NULL: none does */
	bool is_read;        /* it has been read */
};

static int read_file(struct rule_sections *sections, const char *path, struct ini_error *ret_error)
{
	_cleanup_fclose_ FILE *stream = fopen(path, "re");

	return stream ? rule_sections_read(sections, stream, path, true, ret_error) : refuse_path(path, ret_error);
}

/* Takes a file of the directory. */
static int take_file(void *context, const char *path, struct ini_error *ret_error)
{
	struct local_files *files = context;

	if (!files->changed || strcmp(path_file_name(path), path_file_name(files->changed)) != 0)
		return read_file(files->sections, path, ret_error);
	files->is_read = true;
	return read_file(files->sections, files->changed, ret_error);
}

static int read_local(struct local_files *files, const char *path, bool must_exist, struct ini_error *error)
{
	struct stat status;

	if (!path)
		return 0;
	if (stat(path, &status) != 0)
		return errno == ENOENT && !must_exist ? 0 : refuse_path(path, error);
	if (S_ISDIR(status.st_mode))
		return ini_directory_read(path, take_file, files, error);
	return take_file(files, path, error);
}

/* Room for all that there are of each kind. */
static struct rule_set *new_set(const struct rule_sections *sections)
{
	size_t counts[RULE_SECTION_KIND_COUNT] = {0};
	struct rule_set *set = calloc(1, sizeof(*set));

	if (!set)
		return NULL;
	for (size_t i = 0; i < sections->count; i++)
		counts[sections->sections[i].kind]++;
	set->rules = calloc(counts[RULE_SECTION_RULE] + 1, sizeof(*set->rules));
	set->combinations = calloc(counts[RULE_SECTION_TOGETHER] + 1, sizeof(*set->combinations));
	set->allowances = calloc(counts[RULE_SECTION_ALLOW] + 1, sizeof(*set->allowances));
	if (set->rules && set->combinations && set->allowances)
		return set;
	rule_set_free(set);
	return NULL;
}

static int compile_section(struct rule_set *set, const struct rule_section *section,
			   const struct rule_sections *sections, struct ini_error *error)
{
	switch (section->kind) {
	case RULE_SECTION_TOGETHER:
		return combination_compile(section, sections, error, &set->combinations[set->combination_count++]);
	case RULE_SECTION_ALLOW:
		return allowance_compile(section, sections, error, &set->allowances[set->allowance_count++]);
	default:
		return rule_compile(section, sections, error, &set->rules[set->rule_count++]);
	}
}

static int compile(const struct rule_sections *sections, struct rule_set **ret_set, struct ini_error *error)
{
	_cleanup_(cleanup_rule_set_free) struct rule_set *set = new_set(sections);

	if (!set)
		return -ENOMEM;
	/* Rules first: what allows them is measured by what they listen to. */
	for (int kind = 0; kind < RULE_SECTION_KIND_COUNT; kind++) {
		for (size_t i = 0; i < sections->count; i++) {
			const struct rule_section *section = &sections->sections[i];
			int result = (int)section->kind == kind ? compile_section(set, section, sections, error) : 0;

			if (result)
				return result;
		}
	}
	*ret_set = TAKE_PTR(set);
	return 0;
}

int rule_set_load(const char *path, const char *changed, struct rule_set **ret_set, struct ini_error *ret_error)
{
	_cleanup_(clear_sections) struct rule_sections sections = {0};
	struct local_files files = {.sections = &sections, .changed = changed};
	struct ini_error problem = {.message = "cannot read the rules: no memory"};

	int error = read_shipped(&sections, &problem);
	if (!error)
		error = read_local(&files, path, false, &problem);
	if (!error && changed && !files.is_read)
		error = read_local(&files, changed, true, &problem);
	if (!error)
		error = compile(&sections, ret_set, &problem);
	if (error)
		*ret_error = problem;
	return error;
}

int rule_set_read(FILE *stream, const char *name, struct rule_set **ret_set, struct ini_error *ret_error)
{
	_cleanup_(clear_sections) struct rule_sections sections = {0};
	struct ini_error problem = {.message = "cannot read the rules: no memory"};

	int error = rule_sections_read(&sections, stream, name, true, &problem);
	if (!error)
		error = compile(&sections, ret_set, &problem);
	if (error)
		*ret_error = problem;
	return error;
}

bool rule_is_per(const struct rule *rule, enum field_id id)
{
	for (size_t i = 0; i < rule->per_count; i++)
		if (rule->per[i] == id)
			return true;
	return false;
}

void rule_set_free(struct rule_set *set)
{
	if (!set)
		return;
	for (size_t i = 0; i < set->rule_count; i++)
		rule_clear(&set->rules[i]);
	for (size_t i = 0; i < set->combination_count; i++)
		combination_clear(&set->combinations[i]);
	for (size_t i = 0; i < set->allowance_count; i++)
		allowance_clear(&set->allowances[i]);
	free(set->rules);
	free(set->combinations);
	free(set->allowances);
	free(set);
}

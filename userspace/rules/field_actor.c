// SPDX-License-Identifier: GPL-2.0-only
/* Who: fields of the process, or of the machine, behind an observation. */
#include "lib/path.h"
#include "rules/field_readers.h"
#include "signals/descriptions.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const struct actor *actor_of(const struct rule_question *question)
{
	return question->sighting.actor;
}

static bool is_process(const struct rule_question *question)
{
	return actor_of(question)->origin == ACTOR_ORIGIN_PROCESS;
}

bool field_origin(struct rule_question *question, union field_value *ret_value)
{
	return field_give_number(actor_of(question)->origin, ret_value);
}

bool field_role(struct rule_question *question, union field_value *ret_value)
{
	return field_give_number(actor_of(question)->role, ret_value);
}

bool field_mta(struct rule_question *question, union field_value *ret_value)
{
	return field_give_text(actor_of(question)->mta_name, ret_value);
}

/* A user without a name is told by his number. */
bool field_user(struct rule_question *question, union field_value *ret_value)
{
	const struct actor *actor = actor_of(question);

	if (!is_process(question))
		return false;
	if (actor->user_name[0])
		return field_give_text(actor->user_name, ret_value);
	char *text = question_scratch(question, sizeof("4294967295"));
	if (text)
		sprintf(text, "%" PRIu32, actor->identity.key.uid);
	return field_give_text(text, ret_value);
}

bool field_executable(struct rule_question *question, union field_value *ret_value)
{
	return field_give_text(actor_of(question)->executable, ret_value);
}

bool field_comm(struct rule_question *question, union field_value *ret_value)
{
	const char *comm = actor_of(question)->identity.comm;
	size_t length = strnlen(comm, SW_COMM_SIZE);
	char *text = is_process(question) ? question_scratch(question, length + 1) : NULL;

	if (!text)
		return false;
	memcpy(text, comm, length);
	text[length] = '\0';
	return field_give_text(text, ret_value);
}

bool field_kernel_thread(struct rule_question *question, union field_value *ret_value)
{
	bool is_thread = actor_of(question)->identity.flags & SW_IDENTITY_KERNEL_THREAD;

	return is_process(question) && field_give_number(is_thread, ret_value);
}

/* The script of the flow, as the actor may run another one by now. */
bool field_script(struct rule_question *question, union field_value *ret_value)
{
	return field_give_text(script_file_path(script_of_flow(&question->sighting)), ret_value);
}

bool field_url(struct rule_question *question, union field_value *ret_value)
{
	const struct script *script = script_of_flow(&question->sighting);

	return script && field_give_text(script->url, ret_value);
}

bool field_site(struct rule_question *question, union field_value *ret_value)
{
	const struct script *script = script_of_flow(&question->sighting);

	return script && field_give_text(script->site, ret_value);
}

/* Where others than root could have made the executable, which site it is of is its own word. */
bool field_site_or_script(struct rule_question *question, union field_value *ret_value)
{
	const struct script *script = script_of_flow(&question->sighting);

	if (!script)
		return false;
	return field_give_text(script->site && !script->claimed ? script->site : script->path, ret_value);
}

/* The script's, else the process's own. The root is where every daemon stands: it says nothing. */
bool field_directory(struct rule_question *question, union field_value *ret_value)
{
	const struct actor *actor = actor_of(question);
	const char *path = script_file_path(script_of_flow(&question->sighting));
	size_t length = path ? (size_t)(path_file_name(path) - path) : 0;

	if (length <= 1)
		return actor->cwd && strcmp(actor->cwd, "/") != 0 && field_give_text(actor->cwd, ret_value);
	char *text = question_scratch(question, length);
	if (!text)
		return false;
	memcpy(text, path, length - 1);
	text[length - 1] = '\0';
	return field_give_text(text, ret_value);
}

bool field_unit(struct rule_question *question, union field_value *ret_value)
{
	const struct unit *unit = actor_of(question)->unit;

	return unit && field_give_text(unit->name, ret_value);
}

bool field_container(struct rule_question *question, union field_value *ret_value)
{
	const struct unit *unit = actor_of(question)->unit;

	return unit && field_give_text(unit->container_name ? unit->container_name : unit->container_id, ret_value);
}

bool field_image(struct rule_question *question, union field_value *ret_value)
{
	const struct unit *unit = actor_of(question)->unit;

	return unit && field_give_text(unit->container_image, ret_value);
}

bool field_source(struct rule_question *question, union field_value *ret_value)
{
	char *text = is_process(question) ? NULL : question_scratch(question, SIGNAL_TEXT_SIZE);

	return text && field_give_text(describe_source(actor_of(question), text), ret_value);
}

bool field_web_user(struct rule_question *question, union field_value *ret_value)
{
	return is_process(question) && field_give_number(is_web_user(actor_of(question)), ret_value);
}

bool field_process(struct rule_question *question, union field_value *ret_value)
{
	return is_process(question) && field_give_number(actor_of(question)->identity.key.pid, ret_value);
}

bool field_web(struct rule_question *question, union field_value *ret_value)
{
	const struct script *script = script_of_flow(&question->sighting);
	bool serves =
		script && (script->source == SCRIPT_SOURCE_PHP_REQUEST || script->source == SCRIPT_SOURCE_PHP_PROBE);

	return is_process(question) && field_give_number(serves || is_web_user(actor_of(question)), ret_value);
}

bool field_resolver(struct rule_question *question, union field_value *ret_value)
{
	return is_process(question) && field_give_number(is_resolver(actor_of(question)), ret_value);
}

bool field_upload_folder(struct rule_question *question, union field_value *ret_value)
{
	return field_give_text(upload_folder_find(actor_of(question)), ret_value);
}

/* A signal's verdict and its words are two fields, and found at once. Kernel threads have no executable of their own
 * to be judged by, and of who is no process nothing is known. */
static bool may_be_judged(const struct rule_question *question)
{
	return is_process(question) && !(actor_of(question)->identity.flags & SW_IDENTITY_KERNEL_THREAD);
}

static void keep_finding(struct rule_question *question, enum field_id id, const char *finding)
{
	question->field_states[id] |= FIELD_IS_READ;
	if (finding && field_give_text(finding, &question->values[id]))
		question->field_states[id] |= FIELD_IS_KNOWN;
}

bool field_orphan(struct rule_question *question, union field_value *ret_value)
{
	char *finding = may_be_judged(question) ? question_scratch(question, SIGNAL_TEXT_SIZE) : NULL;
	bool is_orphan = finding && orphan_find(&question->sighting, finding);

	keep_finding(question, FIELD_ORPHAN_FINDING, is_orphan ? finding : NULL);
	return field_give_number(is_orphan, ret_value);
}

bool field_masquerade(struct rule_question *question, union field_value *ret_value)
{
	char *finding = may_be_judged(question) ? question_scratch(question, SIGNAL_TEXT_SIZE) : NULL;
	enum masquerade found = finding ? masquerade_find(&question->sighting, finding) : MASQUERADE_NONE;

	keep_finding(question, FIELD_MASQUERADE_FINDING, found != MASQUERADE_NONE ? finding : NULL);
	return field_give_number(found, ret_value);
}

bool field_hidden(struct rule_question *question, union field_value *ret_value)
{
	char *finding = may_be_judged(question) ? question_scratch(question, SIGNAL_TEXT_SIZE) : NULL;
	enum hidden found = finding ? hidden_find(&question->sighting, finding) : HIDDEN_NONE;

	keep_finding(question, FIELD_HIDDEN_FINDING, found != HIDDEN_NONE ? finding : NULL);
	return field_give_number(found, ret_value);
}

/* The words where the verdict was not asked for before. */
static bool find_words(struct rule_question *question, enum field_id verdict, enum field_id id,
		       union field_value *ret_value)
{
	union field_value unused;

	field_read(question, verdict, &unused);
	if (!(question->field_states[id] & FIELD_IS_KNOWN))
		return false;
	*ret_value = question->values[id];
	return true;
}

bool field_orphan_finding(struct rule_question *question, union field_value *ret_value)
{
	return find_words(question, FIELD_ORPHAN, FIELD_ORPHAN_FINDING, ret_value);
}

bool field_masquerade_finding(struct rule_question *question, union field_value *ret_value)
{
	return find_words(question, FIELD_MASQUERADE, FIELD_MASQUERADE_FINDING, ret_value);
}

bool field_hidden_finding(struct rule_question *question, union field_value *ret_value)
{
	return find_words(question, FIELD_HIDDEN, FIELD_HIDDEN_FINDING, ret_value);
}

// SPDX-License-Identifier: GPL-2.0-only
#include "rules/fields.h"

#include "lib/array.h"
#include "rules/field_readers.h"
#include "signals/domain.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define ACTS (EVENT_BIT(EVENT_ATTEMPT) | EVENT_BIT(EVENT_SUBMISSION))
#define SAID                                                                                                 \
	(EVENT_BIT(EVENT_BANNER) | EVENT_BIT(EVENT_HELO) | EVENT_BIT(EVENT_AUTH) | EVENT_BIT(EVENT_TLS) |    \
	 EVENT_BIT(EVENT_MAIL) | EVENT_BIT(EVENT_RCPT) | EVENT_BIT(EVENT_REPLY) | EVENT_BIT(EVENT_MESSAGE) | \
	 EVENT_BIT(EVENT_QUIT) | EVENT_BIT(EVENT_NOT_SMTP) | EVENT_BIT(EVENT_OFF_PORT) | EVENT_BIT(EVENT_END))
#define FLOWS (EVENT_BIT(EVENT_ATTEMPT) | EVENT_BIT(EVENT_ESTABLISHED) | SAID)
#define EVERYTHING (EVENT_BIT(EVENT_COUNT) - 1)

const struct event_name event_names[] = {
	{"attempt", EVENT_BIT(EVENT_ATTEMPT), "connections", "a connection is begun"},
	{"untold", EVENT_BIT(EVENT_UNTOLD), "connections", "counters tell of attempts that no record told of: a flood"},
	{"established", EVENT_BIT(EVENT_ESTABLISHED), "connections", "a connection is answered"},
	{"end", EVENT_BIT(EVENT_END), "sessions", "a connection has ended"},
	{"submission", EVENT_BIT(EVENT_SUBMISSION), "submissions", "mail is handed to the local mail server"},
	{"script", ACTS, NULL, "the same as attempt, submission: what a script does"},
	{"mx-lookup", EVENT_BIT(EVENT_MX_LOOKUP), "MX look-ups", "DNS is asked for a domain's mail exchangers"},
	{"banner", EVENT_BIT(EVENT_BANNER), "banners", "the server's first reply"},
	{"helo", EVENT_BIT(EVENT_HELO), "greetings", "EHLO or HELO"},
	{"auth", EVENT_BIT(EVENT_AUTH), "AUTH", "the client logs in"},
	{"tls", EVENT_BIT(EVENT_TLS), "TLS", "from here on nothing can be read"},
	{"mail", EVENT_BIT(EVENT_MAIL), "MAIL", "a message's sender is named"},
	{"rcpt", EVENT_BIT(EVENT_RCPT), "RCPT", "a recipient is named"},
	{"reply", EVENT_BIT(EVENT_REPLY), "replies", "a reply of 400 or above"},
	{"message", EVENT_BIT(EVENT_MESSAGE), "messages", "a message was sent and answered"},
	{"quit", EVENT_BIT(EVENT_QUIT), "QUIT", "the client ends the session"},
	{"not-smtp", EVENT_BIT(EVENT_NOT_SMTP), "connections", "what is spoken is no SMTP"},
	{"off-port", EVENT_BIT(EVENT_OFF_PORT), "connections", "SMTP on a port that is not watched"},
	{"dialogue", SAID & ~EVENT_BIT(EVENT_END), NULL, "all that is said, from banner to off-port"},
};
const size_t event_name_count = COUNT_OF(event_names);

/* The words of others' enums, in their order; tests compare them with the names that are printed. */
static const char *const origins[] = {"process", "forwarded", "no-socket", "wire", NULL};
static_assert(COUNT_OF(origins) == ACTOR_ORIGIN_COUNT + 1, "a word for each");
static const char *const roles[] = {"unknown", "application", "mta", "relay-client", NULL};
static_assert(COUNT_OF(roles) == ACTOR_ROLE_COUNT + 1, "a word for each");
static const char *const masquerades[] = {"no", "own-name", "false-name", "mail-server", NULL};
static_assert(COUNT_OF(masquerades) == MASQUERADE_COUNT + 1, "a word for each");
static const char *const hiddens[] = {"no", "replaced", "deep", "detached", "open-to-all", "deleted", "memfd", NULL};
static_assert(COUNT_OF(hiddens) == HIDDEN_COUNT + 1, "a word for each");
static const char *const scopes[] = {"external", "internal", "host", "smarthost", NULL};
static_assert(COUNT_OF(scopes) == SW_SCOPE_COUNT + 1, "a word for each");
static const char *const outcomes[] = {"pending",     "closed",  "reset",  "refused", "timed_out",
				       "unreachable", "aborted", "failed", NULL};
static_assert(COUNT_OF(outcomes) == SW_OUTCOME_COUNT + 1, "a word for each");
static const char *const tls_kinds[] = {"none", "starttls", "implicit", NULL};
static_assert(COUNT_OF(tls_kinds) == DIALOGUE_TLS_COUNT + 1, "a word for each");
static const char *const reply_classes[] = {"NONE", "BLOCK",  "DNSBL",    "TEMP",   "PTR", "AUTH",
					    "HELO", "POLICY", "RECEIVER", "IGNORE", NULL};
static_assert(COUNT_OF(reply_classes) == REPLY_CLASS_COUNT + 1, "a word for each");
static const char *const stages[] = {"banner", "helo", "starttls", "auth",  "mail",
				     "rcpt",   "data", "message",  "other", NULL};
static_assert(COUNT_OF(stages) == DIALOGUE_STAGE_COUNT + 1, "a word for each");

const struct field fields[FIELD_COUNT] = {
	[FIELD_ACTOR] = {"actor", FIELD_TEXT, NULL, "actors", EVERYTHING, NULL,
			 "user, executable and what that was running: only as a key"},
	[FIELD_HOST] = {"host", FIELD_TEXT, NULL, NULL, EVERYTHING, NULL,
			"this host, whoever was at it: only as a key"},
	[FIELD_ORIGIN] = {"origin", FIELD_WORD, origins, NULL, EVERYTHING, field_origin,
			  "what is behind it: a process of this host, a machine behind it, a raw socket, or only "
			  "packets are known"},
	[FIELD_ROLE] = {"role", FIELD_WORD, roles, NULL, EVERYTHING, field_role,
			"what this host takes the program for"},
	[FIELD_MTA] = {"mta", FIELD_TEXT, NULL, NULL, EVERYTHING, field_mta,
		       "the entry of the list of mail programs that it was recognised by"},
	[FIELD_USER] = {"user", FIELD_TEXT, NULL, "users", EVERYTHING, field_user,
			"name of the real user, or his number"},
	[FIELD_EXECUTABLE] = {"executable", FIELD_TEXT, NULL, "executables", EVERYTHING, field_executable,
			      "path of the file that is run"},
	[FIELD_COMM] = {"comm", FIELD_TEXT, NULL, "names", EVERYTHING, field_comm, "what the process calls itself"},
	[FIELD_PROCESS] = {"process", FIELD_NUMBER, NULL, "processes", EVERYTHING, field_process,
			   "one process, whichever users it becomes: its number"},
	[FIELD_KERNEL_THREAD] = {"kernel_thread", FIELD_FLAG, NULL, NULL, EVERYTHING, field_kernel_thread,
				 "whether it is a thread of the kernel"},
	[FIELD_SCRIPT] = {"script", FIELD_TEXT, NULL, "scripts", EVERYTHING, field_script,
			  "path of the script that an interpreter runs, by its own word"},
	[FIELD_URL] = {"url", FIELD_TEXT, NULL, "URLs", EVERYTHING, field_url, "of the request that the script serves"},
	[FIELD_SITE] = {"site", FIELD_TEXT, NULL, "sites", EVERYTHING, field_site,
			"name of the site that the script lies in"},
	[FIELD_SITE_OR_SCRIPT] = {"site_or_script", FIELD_TEXT, NULL, "sites", EVERYTHING, field_site_or_script,
				  "the site, or the script where no site is known"},
	[FIELD_DIRECTORY] = {"directory", FIELD_TEXT, NULL, "directories", EVERYTHING, field_directory,
			     "folder of the script, or the working directory"},
	[FIELD_UNIT] = {"unit", FIELD_TEXT, NULL, "units", EVERYTHING, field_unit, "systemd unit"},
	[FIELD_CONTAINER] = {"container", FIELD_TEXT, NULL, "containers", EVERYTHING, field_container,
			     "name of the container, or its id"},
	[FIELD_IMAGE] = {"image", FIELD_TEXT, NULL, "images", EVERYTHING, field_image,
			 "image that the container was made from"},
	[FIELD_SOURCE] = {"source", FIELD_TEXT, NULL, "machines", EVERYTHING, field_source,
			  "of what is no process: address, interface and MAC"},
	[FIELD_WEB_USER] = {"web_user", FIELD_FLAG, NULL, NULL, EVERYTHING, field_web_user,
			    "whether the user is one that web servers and PHP run as"},
	[FIELD_WEB] = {"web", FIELD_FLAG, NULL, NULL, EVERYTHING, field_web,
		       "whether it is a web application: such a user's process, or one that serves a request"},
	[FIELD_ORPHAN] = {"orphan", FIELD_FLAG, NULL, NULL, ACTS, field_orphan,
			  "a process of the web server whose parent is gone, older than [alerts] orphan_age"},
	[FIELD_ORPHAN_FINDING] = {"orphan.finding", FIELD_TEXT, NULL, NULL, ACTS, field_orphan_finding,
				  "the same in words"},
	[FIELD_MASQUERADE] = {"masquerade", FIELD_WORD, masquerades, NULL, ACTS, field_masquerade,
			      "a name that is not the process's own"},
	[FIELD_MASQUERADE_FINDING] = {"masquerade.finding", FIELD_TEXT, NULL, NULL, ACTS, field_masquerade_finding,
				      "the same in words"},
	[FIELD_HIDDEN] = {"hidden", FIELD_WORD, hiddens, NULL, ACTS, field_hidden,
			  "what is run cannot be looked at, or lies where everybody may write"},
	[FIELD_HIDDEN_FINDING] = {"hidden.finding", FIELD_TEXT, NULL, NULL, ACTS, field_hidden_finding,
				  "the same in words"},
	[FIELD_UPLOAD_FOLDER] = {"upload_folder", FIELD_TEXT, NULL, "folders", EVERYTHING, field_upload_folder,
				 "folder for visitors' or temporary files that a PHP script lies in"},
	[FIELD_RESOLVER] = {"resolver", FIELD_FLAG, NULL, NULL, EVERYTHING, field_resolver,
			    "whether it asks DNS on behalf of others: a resolver, or Exim that routes"},
	[FIELD_DESTINATION] = {"destination", FIELD_ADDRESS, NULL, "destinations", FLOWS, field_destination,
			       "address of the other side"},
	[FIELD_PORT] = {"port", FIELD_NUMBER, NULL, "ports", FLOWS, field_port, "its port"},
	[FIELD_NETWORK] = {"destination.network", FIELD_TEXT, NULL, "networks", FLOWS, field_network,
			   "its /24, or /48 of IPv6"},
	[FIELD_DOMAIN] = {"destination.domain", FIELD_NAME, NULL, "names", FLOWS, field_domain,
			  "its name, by DNS answers seen before"},
	[FIELD_MX_DOMAIN] = {"mx.domain", FIELD_NAME, NULL, "domains", FLOWS, field_mx_domain,
			     "the domain that it is a mail exchanger of"},
	[FIELD_SUBMISSION_HOST] = {"submission_host", FIELD_TEXT, NULL, "submission hosts", FLOWS,
				   field_submission_host,
				   "whose server it is: the registered part of its name, or its network"},
	[FIELD_SCOPE] = {"scope", FIELD_WORD, scopes, NULL, FLOWS, field_scope, "where it lies"},
	[FIELD_EXTERNAL] = {"external", FIELD_FLAG, NULL, NULL, FLOWS, field_external,
			    "whether that is the world; a smarthost is not"},
	[FIELD_DIRECT] = {"direct", FIELD_FLAG, NULL, NULL, EVENT_BIT(EVENT_ATTEMPT) | EVENT_BIT(EVENT_UNTOLD),
			  field_direct, "an attempt to port 25 of the world"},
	[FIELD_OUTCOME] = {"outcome", FIELD_WORD, outcomes, NULL, EVENT_BIT(EVENT_END), field_outcome,
			   "how the connection ended"},
	[FIELD_DURATION] = {"duration", FIELD_SECONDS, NULL, NULL, EVENT_BIT(EVENT_END), field_duration,
			    "how long it was"},
	[FIELD_BYTES_SENT] = {"bytes.sent", FIELD_NUMBER, NULL, NULL, EVENT_BIT(EVENT_END), field_bytes_sent,
			      "payload that was sent"},
	[FIELD_SILENCE] = {"silence", FIELD_NUMBER, NULL, "silences", EVENT_BIT(EVENT_END), field_silence,
			   "nobody answered, nor any since a time that this number stands for, though one did within "
			   "the day before"},
	[FIELD_SILENCE_FINDING] = {"silence.finding", FIELD_TEXT, NULL, NULL, EVENT_BIT(EVENT_END),
				   field_silence_finding, "the same in words"},
	[FIELD_TLS] = {"tls", FIELD_WORD, tls_kinds, NULL, FLOWS, field_tls, "how what is said became unreadable"},
	[FIELD_HELO] = {"helo", FIELD_NAME, NULL, "EHLO names", SAID, field_helo, "name in EHLO or HELO"},
	[FIELD_GREETING] = {"greeting", FIELD_TEXT, NULL, "greetings", SAID, field_greeting,
			    "EHLO, its name, and to whom"},
	[FIELD_HELO_FAULT] = {"helo.fault", FIELD_TEXT, NULL, NULL, SAID, field_helo_fault,
			      "why no host can be found by that name"},
	[FIELD_HELO_DYNAMIC] = {"helo.dynamic", FIELD_TEXT, NULL, NULL, SAID, field_helo_dynamic,
				"why it is a name of a dial-up line, and not this host's"},
	[FIELD_HELO_IMPOSSIBLE] = {"helo.impossible", FIELD_TEXT, NULL, NULL,
				   EVENT_BIT(EVENT_HELO) | EVENT_BIT(EVENT_RCPT), field_helo_impossible,
				   "why this host cannot have that name"},
	[FIELD_HELO_FOREIGN] = {"helo.foreign", FIELD_FLAG, NULL, NULL, SAID, field_helo_foreign,
				"whether it is neither this host's nor the site's name"},
	[FIELD_MAIL_DOMAIN] = {"mail.domain", FIELD_NAME, NULL, "senders' domains", SAID, field_mail_domain,
			       "domain of the sender"},
	[FIELD_RCPT_DOMAIN] = {"rcpt.domain", FIELD_NAME, NULL, "recipients' domains", SAID, field_rcpt_domain,
			       "domain of the recipient"},
	[FIELD_RCPT_COUNT] = {"rcpt.count", FIELD_NUMBER, NULL, NULL, SAID, field_rcpt_count,
			      "recipients named so far"},
	[FIELD_ACCEPTED] = {"accepted", FIELD_NUMBER, NULL, NULL, SAID, field_accepted, "messages taken so far"},
	[FIELD_REFUSED] = {"refused", FIELD_NUMBER, NULL, NULL, SAID, field_refused, "messages refused so far"},
	[FIELD_PROBE] = {"probe", FIELD_FLAG, NULL, NULL, EVENT_BIT(EVENT_END), field_probe,
			 "recipients were taken, and no message was tried"},
	[FIELD_QUIT] = {"quit", FIELD_FLAG, NULL, NULL, EVENT_BIT(EVENT_END), field_quit,
			"whether the client said QUIT; not known where it can not be told"},
	[FIELD_MISFIT] = {"misfit", FIELD_TEXT, NULL, NULL, EVENT_BIT(EVENT_NOT_SMTP), field_misfit,
			  "why it is no SMTP"},
	[FIELD_REPLY_CODE] = {"reply.code", FIELD_NUMBER, NULL, "codes", EVENT_BIT(EVENT_REPLY), field_reply_code,
			      "three digits"},
	[FIELD_REPLY_CLASS] = {"reply.class", FIELD_WORD, reply_classes, NULL, EVENT_BIT(EVENT_REPLY),
			       field_reply_class, "what it says of this host, by the table of replies"},
	[FIELD_REPLY_STAGE] = {"reply.stage", FIELD_WORD, stages, NULL, EVENT_BIT(EVENT_REPLY), field_reply_stage,
			       "what it answers"},
	[FIELD_RECEIVER] = {"receiver", FIELD_TEXT, NULL, "receivers", EVENT_BIT(EVENT_REPLY), field_receiver,
			    "who said it"},
	[FIELD_BLOCKED_FINDING] = {"blocked.finding", FIELD_TEXT, NULL, NULL, EVENT_BIT(EVENT_REPLY),
				   field_blocked_finding, "who refuses this host, since when and why"},
	[FIELD_THROTTLED_FINDING] = {"throttled.finding", FIELD_TEXT, NULL, NULL, EVENT_BIT(EVENT_REPLY),
				     field_throttled_finding, "who slows this host down, and since when"},
	[FIELD_UNKNOWN_RECIPIENT] = {"unknown_recipient", FIELD_FLAG, NULL, NULL, EVENT_BIT(EVENT_REPLY),
				     field_unknown_recipient, "there is no such mailbox"},
	[FIELD_MX_QUERY] = {"mx.query", FIELD_NAME, NULL, "domains", EVENT_BIT(EVENT_MX_LOOKUP), field_mx_query,
			    "the domain that is asked for"},
};

enum field_id field_find(const char *name)
{
	enum field_id id = 0;

	while (id < FIELD_COUNT && strcmp(fields[id].name, name) != 0)
		id++;
	return id;
}

bool field_read(struct rule_question *question, enum field_id id, union field_value *ret_value)
{
	uint8_t *state = &question->field_states[id];

	if (!(*state & FIELD_IS_READ)) {
		*state |= FIELD_IS_READ;
		if (fields[id].read && fields[id].read(question, &question->values[id]))
			*state |= FIELD_IS_KNOWN;
	}
	if (!(*state & FIELD_IS_KNOWN))
		return false;
	*ret_value = question->values[id];
	return true;
}

bool field_is_known(struct rule_question *question, enum field_id id)
{
	union field_value value;

	return field_read(question, id == FIELD_NETWORK ? FIELD_DESTINATION : id, &value);
}

bool field_give_text(const char *text, union field_value *ret_value)
{
	if (!text || !text[0])
		return false;
	ret_value->text = text;
	return true;
}

bool field_give_number(uint64_t number, union field_value *ret_value)
{
	ret_value->number = number;
	return true;
}

bool field_give_name(struct rule_question *question, const char *name, union field_value *ret_value)
{
	size_t length = name ? strnlen(name, NAME_SIZE - 1) : 0;
	char plain[NAME_SIZE];
	char *text = length ? question_scratch(question, length + 1) : NULL;

	if (!text)
		return false;
	memcpy(text, domain_plain(name, plain), length + 1);
	return field_give_text(text, ret_value);
}

bool field_give_network(struct rule_question *question, const struct address *address, union field_value *ret_value)
{
	char *text = question_scratch(question, NETWORK_TEXT_SIZE);

	return text && field_give_text(address_format_network(address, text), ret_value);
}

/* Workers of one program are one actor, whatever their process. */
static void print_actor(struct rule_question *question, struct fingerprint *print)
{
	const struct actor *actor = question->sighting.actor;
	const struct sw_actor_key *key = &actor->identity.key;
	union field_value script = {.text = NULL};

	if (actor->origin != ACTOR_ORIGIN_PROCESS) {
		fingerprint_add(print, &actor->source.address, sizeof(actor->source.address));
		return;
	}
	fingerprint_add_number(print, (uint64_t)key->uid << 32 | key->exe_device);
	fingerprint_add_number(print, key->exe_inode);
	fingerprint_add_text(print, field_read(question, FIELD_SCRIPT, &script) ? script.text : NULL);
}

static void print_process(const struct actor *actor, struct fingerprint *print)
{
	fingerprint_add_number(print, actor->identity.key.pid);
	fingerprint_add_number(print, actor->identity.key.start_ns);
}

static void print_network(struct rule_question *question, struct fingerprint *print)
{
	union field_value destination;

	if (!field_read(question, FIELD_DESTINATION, &destination))
		return;
	const struct prefix network = address_network(destination.address);
	fingerprint_add(print, &network.address, sizeof(network.address));
}

static void print_value(const struct field *field, const union field_value *value, struct fingerprint *print)
{
	if (field->type == FIELD_TEXT || field->type == FIELD_NAME)
		fingerprint_add_text(print, value->text);
	else if (field->type == FIELD_ADDRESS)
		fingerprint_add(print, value->address, sizeof(*value->address));
	else
		fingerprint_add_number(print, value->number);
}

const struct fingerprint *field_print(struct rule_question *question, enum field_id id)
{
	struct fingerprint *print = &question->prints[id];
	union field_value value;

	if (question->field_states[id] & FIELD_IS_PRINTED)
		return print;
	question->field_states[id] |= FIELD_IS_PRINTED;
	*print = fingerprint_begin();
	if (id == FIELD_ACTOR)
		print_actor(question, print);
	else if (id == FIELD_USER) /* names can be given twice */
		fingerprint_add_number(print, question->sighting.actor->identity.key.uid);
	else if (id == FIELD_NETWORK) /* without its text, which nobody may ever read */
		print_network(question, print);
	else if (id == FIELD_PROCESS) /* and so can the numbers of processes */
		print_process(question->sighting.actor, print);
	else if (field_read(question, id, &value))
		print_value(&fields[id], &value, print);
	else
		fingerprint_add_text(print, NULL);
	return print;
}

static size_t copy_text(const char *from, char *text, size_t size)
{
	size_t length = strnlen(from, size - 1);

	memcpy(text, from, length);
	text[length] = '\0';
	return length;
}

size_t field_write(struct rule_question *question, enum field_id id, char *text, size_t size)
{
	const struct field *field = &fields[id];
	union field_value value;
	char address[ADDRESS_TEXT_SIZE];
	int length;

	text[0] = '\0';
	if (!field_read(question, id, &value))
		return 0;
	if (field->type == FIELD_TEXT || field->type == FIELD_NAME)
		return copy_text(value.text, text, size);
	if (field->type == FIELD_ADDRESS)
		length = snprintf(text, size, "%s", address_format(value.address, address));
	else if (field->type == FIELD_WORD)
		length = snprintf(text, size, "%s", field->words[value.number]);
	else if (field->type == FIELD_FLAG)
		length = snprintf(text, size, "%s", value.number ? "yes" : "no");
	else
		length = snprintf(text, size, "%" PRIu64, value.number);
	return (size_t)length < size ? (size_t)length : size - 1;
}

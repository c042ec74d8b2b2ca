/* SPDX-License-Identifier: GPL-2.0-only */
/* Inside rules/: how each field is read. False: it is not known. */
#ifndef SMTPWATCH_RULES_FIELD_READERS_H
#define SMTPWATCH_RULES_FIELD_READERS_H

#include "rules/rule.h"

typedef bool field_reader(struct rule_question *question, union field_value *ret_value);

/* Gives a text that is known where there is one and it is not empty. */
bool field_give_text(const char *text, union field_value *ret_value);
bool field_give_number(uint64_t number, union field_value *ret_value);
/* A name of DNS, as it is or in its plain form. */
bool field_give_name(struct rule_question *question, const char *name, union field_value *ret_value);
/* 203.0.113.0/24 or an IPv6 /48, as a text. */
bool field_give_network(struct rule_question *question, const struct address *address, union field_value *ret_value);

/* field_actor.c */
field_reader field_origin, field_role, field_mta, field_user, field_executable, field_comm, field_kernel_thread;
field_reader field_script, field_url, field_site, field_site_or_script, field_directory, field_unit, field_container;
field_reader field_image, field_source, field_web_user, field_web, field_process, field_resolver, field_upload_folder;
field_reader field_orphan, field_orphan_finding, field_masquerade, field_masquerade_finding;
field_reader field_hidden, field_hidden_finding;

/* field_flow.c */
field_reader field_destination, field_port, field_network, field_domain, field_mx_domain, field_submission_host;
field_reader field_scope, field_external, field_direct, field_outcome, field_duration, field_bytes_sent;
field_reader field_silence, field_silence_finding, field_mx_query;

/* field_said.c */
field_reader field_tls, field_helo, field_greeting, field_helo_fault, field_helo_dynamic, field_helo_impossible;
field_reader field_helo_foreign, field_mail_domain, field_rcpt_domain, field_rcpt_count, field_accepted;
field_reader field_refused, field_probe, field_quit, field_misfit, field_reply_code, field_reply_class;
field_reader field_reply_stage, field_receiver, field_blocked_finding, field_throttled_finding;
field_reader field_unknown_recipient;

#endif

// SPDX-License-Identifier: GPL-2.0-only
/* What is wrong in a rule file, and the sentence that says so. */
#include "rules/rule_reading.h"

static const struct {
	const char *text;
	const char *message;
} texts[] = {
	{"port = 25", "x.conf:1: key \"port\" before any section"},
	{"[Big]\nlistens = attempt", "x.conf:1: \"Big\" is no name: a section is [NAME], [together NAME] or [allow "
				     "NAME], and a name has a-z, 0-9, - and _"},
	{"[]\nlistens = attempt", "x.conf:1: \"\" is no name: a section is [NAME], [together NAME] or [allow NAME], "
				  "and a name has a-z, 0-9, - and _"},
	{"[together]\nlistens = attempt", "x.conf:1: [together] needs \"severity\""},
	{"[togther x]\nany = y", "x.conf:1: \"togther x\" is no name: a section is [NAME], [together NAME] or [allow "
				 "NAME], and a name has a-z, 0-9, - and _"},
	{"[aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa]\nlistens = attempt",
	 "x.conf:1: the name is too long: it may have 40 characters"},
	{"[x]\nlistens = attempt\nseverity = info\n\n[x]\nenabled = no",
	 "x.conf:5: [x] is given twice, first in line 1"},
	{"[x]", "x.conf:1: [x] needs \"listens\" and \"severity\""},
	{"[x]\nlistens = attempt", "x.conf:1: [x] needs \"severity\""},
	{"[x]\nseverity = info", "x.conf:1: [x] needs \"listens\""},
	{"[allow x]\nonly.port = 25", "x.conf:2: an allowance counts nothing: write \"port\" without \"only.\""},
	{"[allow x]\nlistens = attempt", "x.conf:2: unknown key \"listens\"; valid are reason, enabled, rules, until, "
					 "unused_after, and the names of fields, see smtpwatch-rules(5)"},
	{"[together x]\nport = 25", "x.conf:2: unknown key \"port\"; valid are reason, enabled, severity, any, all"},
	{"[x]\nlistens = attempt\nport = 25\nport = 26\nseverity = info",
	 "x.conf:4: \"port\" is given twice, first in line 3; a list goes on in indented lines"},
	{"[x]\n  listens = attempt\n  severity = info",
	 "x.conf:3: an indented line continues \"listens\" above it; a key begins in the first column"},
	{"[x]\nlistens = attemp\nseverity = info",
	 "x.conf:2: unknown event \"attemp\"; there are attempt, untold, established, end, submission, script, "
	 "mx-lookup, banner, helo, auth, tls, mail, rcpt, reply, message, quit, not-smtp, off-port, dialogue; did you "
	 "mean \"attempt\"?"},
	{"[x]\nlistens = zzzzzzzzzz\nseverity = info",
	 "x.conf:2: unknown event \"zzzzzzzzzz\"; there are attempt, untold, established, end, submission, script, "
	 "mx-lookup, banner, helo, auth, tls, mail, rcpt, reply, message, quit, not-smtp, off-port, dialogue"},
	{"[x]\nlistens = submission\nseverity = info\nport = 25",
	 "x.conf:4: \"port\" is not known of what the rule listens to; it is of dialogue, attempt, established, end"},
	{"[x]\nlistens = end\nseverity = info\nduration = 5 m",
	 "x.conf:4: \"5 m\" is not valid for duration: it is a duration like 90, 90s, 5m, 2h or 1d, two of them as in "
	 "1m-5m, or one behind >, >=, < or <="},
	{"[x]\nlistens = attempt\nonly.external = yes\nseverity = high at 50% of 0",
	 "x.conf:4: \"high at 50% of 0\" is not valid for severity: behind \"of\" stands a number from 1 on, as in 50% "
	 "of 10"},
	{"[x]\nlistens = attempt\nnarrowest = user\nseverity = high at 2 in 1s, high at 2 in 2s, high at 2 in 3s, high "
	 "at 2 in 4s",
	 "x.conf:4: severity: the rule counts more than 3 things: each window and each field of \"distinct\" is one, "
	 "and a share two"},
	{"[x]\nlistens = attempt\nnarrowest = user\nseverity = high at 2 distinct port",
	 "x.conf:4: \"high at 2 distinct port\" is not valid for severity: with \"narrowest\" nothing distinct is "
	 "counted"},
	{"[x]\nlistens = attempt\nseverity = info\nper = user\nnarrowest = script",
	 "x.conf:4: a rule has either \"per\" or \"narrowest\""},
	{"[x]\nlistens = attempt\nseverity = info\n[xy]\nlistens = attempt\nseverity = info\nalert = xyz",
	 "x.conf:7: \"xyz\" is not valid for alert: there is no such rule; did you mean \"xy\"?"},
	{"[x]\nlistens = attempt\nseverity = info\n[xy]\nlistens = attempt\nseverity = info\nalert = x\n[z]\nlistens = "
	 "attempt\nseverity = info\nalert = xy",
	 "x.conf:11: \"xy\" is not valid for alert: that rule alerts under another name itself"},
	{"[together x]\nany = y", "x.conf:1: [together x] needs \"severity\""},
	{"[together x]\nseverity = high", "x.conf:1: [together x] needs \"any\" or \"all\""},
	{"[together x]\nseverity = score\nany = y",
	 "x.conf:2: \"score\" is no severity; there are info, notice, warning, high and critical"},
	{"[together x]\nseverity = high at 3\nany = y",
	 "x.conf:2: \"high at 3\" is no severity; there are info, notice, warning, high and critical"},
	{"[together x]\nseverity = high\nany = yx", "x.conf:3: \"yx\" is not valid for any: there is no such rule"},
	{"[allow x]", "x.conf:1: [allow x] needs a condition: it would allow everybody"},
	{"[allow x]\nreason = y", "x.conf:1: [allow x] needs a condition: it would allow everybody"},
	{"[allow x]\nuser = a\nuntil = 2027-02-30",
	 "x.conf:3: \"2027-02-30\" is not valid for until: it is a day, written like 2027-01-31"},
	{"[allow x]\nuser = a\nuntil = tomorrow",
	 "x.conf:3: \"tomorrow\" is not valid for until: it is a day, written like 2027-01-31"},
	{"[allow x]\nuser = a\nunused_after = never", "x.conf:3: \"never\" is not valid for unused_after: a duration "
						      "is like 90s, 5m, 2h or 30d, up to 3650d; 0: never"},
	{"[allow x]\nuser = a\nrules = y", "x.conf:3: \"y\" is not valid for rules: there is no such rule"},
	{"[x]\nlistens = reply\nseverity = info\n[allow a]\nrules = x\norphan = yes",
	 "x.conf:6: \"orphan\" is not known of what the rule listens to; it is of script"},
};

static const struct {
	const char *line;
	const char *message;
} keys[] = {
	{"prot = 25", "unknown key \"prot\"; did you mean \"port\"?"},
	{"only.prot = 25", "unknown key \"only.prot\"; did you mean \"only.port\"?"},
	{"qqqqqqqqqq = 25",
	 "unknown key \"qqqqqqqqqq\"; valid are reason, enabled, listens, whole, per, narrowest, severity, window, "
	 "cooldown, alert, sample, text, and the names of fields, see smtpwatch-rules(5)"},
	{"any = y", "unknown key \"any\"; valid are reason, enabled, listens, whole, per, narrowest, severity, window, "
		    "cooldown, alert, sample, text, and the names of fields, see smtpwatch-rules(5)"},
	{"actor = y", "\"actor\" is for \"per\" and \"narrowest\", and takes no condition"},
	{"helo = a", "\"helo\" is not known of what the rule listens to; it is of dialogue, end"},
	{"reply.code = 500", "\"reply.code\" is not known of what the rule listens to; it is of reply"},
	{"role = mtaa",
	 "\"mtaa\" is not valid for role: it is unknown, application, mta or relay-client; did you mean \"mta\"?"},
	{"role = zzzzzzzzz", "\"zzzzzzzzz\" is not valid for role: it is unknown, application, mta or relay-client"},
	{"external = maybe", "\"maybe\" is not valid for external: it is yes or no"},
	{"port = smtp",
	 "\"smtp\" is not valid for port: it is a number, two of them as in 10-20, or one behind >, >=, < or <="},
	{"port = 25 465",
	 "\"25 465\" is not valid for port: it is a number, two of them as in 10-20, or one behind >, >=, < or <="},
	{"port = 30-20", "\"30-20\" is not valid for port: the range ends before it begins"},
	{"port = < 0",
	 "\"< 0\" is not valid for port: it is a number, two of them as in 10-20, or one behind >, >=, < or <="},
	{"port = > 18446744073709551615", "\"> 18446744073709551615\" is not valid for port: it is a number, two of "
					  "them as in 10-20, or one behind >, >=, < or <="},
	{"port = 10-",
	 "\"10-\" is not valid for port: it is a number, two of them as in 10-20, or one behind >, >=, < or <="},
	{"port = 25,,26", "port: there is nothing before a comma"},
	{"port = ,", "port: there is nothing before a comma"},
	{"port =", "\"port\" has no value"},
	{"destination = 192.0.2.1/24", "\"192.0.2.1/24\" is not valid for destination: it is an address, or "
				       "ADDRESS/BITS with nothing but zeros behind the bits"},
	{"destination = example.org", "\"example.org\" is not valid for destination: it is an address, or ADDRESS/BITS "
				      "with nothing but zeros behind the bits"},
	{"script = /tmp/*/x",
	 "\"/tmp/*/x\" is not valid for script: a \"*\" stands at the end, for whatever follows, and nowhere else"},
	{"script = *, /tmp/x", "script: \"*\" is any value that is known, and stands alone"},
	{"script = /tmp/x, *", "script: \"*\" is any value that is known, and stands alone"},
	{"script = \"a", "script: the quotes have no end"},
	{"script = \"a\" b", "script: behind the quotes, a comma or nothing has to stand"},
	{"script = a\"b\"", "\"a\"b\"\" is not valid for script: quotes are around the whole of an item"},
	{"per = usr", "unknown field \"usr\"; did you mean \"user\"?"},
	{"per = helo", "\"helo\" is not known of what the rule listens to; it is of dialogue, end"},
	{"per = user, user", "\"user\" is not valid for per: it is given twice"},
	{"per = user, script, site, port, comm, url, mta", "\"per\" has at most 6 fields"},
	{"window = 0", "\"0\" is not valid for window: a duration is like 90, 90s, 5m, 2h or 1d, from 1s to 30d"},
	{"window = 31d", "\"31d\" is not valid for window: a duration is like 90, 90s, 5m, 2h or 1d, from 1s to 30d"},
	{"cooldown = 8d", "\"8d\" is not valid for cooldown: a duration is like 90, 90s, 5m, 2h or 1d, from 1s to 7d"},
	{"cooldown = 5m, 6m", "\"cooldown\" has one value, and no list"},
	{"enabled = maybe", "\"maybe\" is not valid for enabled: it is yes or no"},
	{"sample = helo", "\"helo\" is not known of what the rule listens to; it is of dialogue, end"},
	{"sample = zzzzzzzzzzz", "unknown field \"zzzzzzzzzzz\"; smtpwatch-rules(5) has them all"},
	{"text = {valu}", "text: {valu} is no field, and none of {value}, {second}, {limit}, {window}, {reached}, "
			  "{counted}, {whole}, {samples} and {key}; did you mean \"value\"?"},
	{"text = {zzzzzzzzz}", "text: {zzzzzzzzz} is no field, and none of {value}, {second}, {limit}, {window}, "
			       "{reached}, {counted}, {whole}, {samples} and {key}"},
	{"text = {value", "text: a brace is not closed; \"{{\" writes one"},
	{"text = {helo}", "\"helo\" is not known of what the rule listens to; it is of dialogue, end"},
	{"text = {actor}", "\"actor\" is for \"per\" and \"narrowest\" only"},
	{"alert = y", "\"y\" is not valid for alert: there is no such rule; did you mean \"x\"?"},
};

static const struct {
	const char *value;
	const char *message;
} severities[] = {
	{"hgh",
	 "\"hgh\" is no severity; there are info, notice, warning, high, critical and score; did you mean \"high\"?"},
	{"zzzzzzzzz", "\"zzzzzzzzz\" is no severity; there are info, notice, warning, high, critical and score"},
	{"high 3", "\"high 3\" is not valid for severity: a step is LEVEL at MEASURE and MEASURE in DURATION"},
	{"high at", "\"high at\" is not valid for severity: behind \"at\" and \"and\" stands a number from 1 on, as in "
		    "10, 10 distinct FIELD, or 50%"},
	{"high at 0", "\"high at 0\" is not valid for severity: behind \"at\" and \"and\" stands a number from 1 on, "
		      "as in 10, 10 distinct FIELD, or 50%"},
	{"high at 101%", "\"high at 101%\" is not valid for severity: behind \"at\" and \"and\" stands a number from 1 "
			 "on, as in 10, 10 distinct FIELD, or 50%"},
	{"high at 3 distinct",
	 "\"high at 3 distinct\" is not valid for severity: behind \"distinct\" stands the name of a field"},
	{"high at 3 distinct netwrk", "unknown field \"netwrk\"; did you mean \"destination.network\"?"},
	{"high at 3 distinct helo", "\"helo\" is not known of what the rule listens to; it is of dialogue, end"},
	{"high at 3 distinct actor", "\"actor\" is for \"per\" and \"narrowest\" only"},
	{"high at 3 in", "\"high at 3 in\" is not valid for severity: behind \"in\" stands a duration like 90s, 5m, 2h "
			 "or 1d, from 1s to 30d"},
	{"high at 3 in 0s", "\"high at 3 in 0s\" is not valid for severity: behind \"in\" stands a duration like 90s, "
			    "5m, 2h or 1d, from 1s to 30d"},
	{"high at 3 in 31d", "\"high at 3 in 31d\" is not valid for severity: behind \"in\" stands a duration like "
			     "90s, 5m, 2h or 1d, from 1s to 30d"},
	{"high at 3 in 5m now",
	 "\"high at 3 in 5m now\" is not valid for severity: a step is LEVEL at MEASURE and MEASURE in DURATION"},
	{"high at 3 and 4", "\"high at 3 and 4\" is not valid for severity: it measures one thing twice"},
	{"high at 3 and", "\"high at 3 and\" is not valid for severity: behind \"at\" and \"and\" stands a number from "
			  "1 on, as in 10, 10 distinct FIELD, or 50%"},
	{"high at 1 and 2 distinct port and 3 distinct user and 4 distinct script",
	 "\"high at 1 and 2 distinct port and 3 distinct user and 4 distinct script\" is not valid for severity: a "
	 "step has at most 3 measures"},
	{"high at 50%", "\"high at 50%\" is not valid for severity: a share needs a number beside it, as in 5 and 50%, "
			"or in 50% of 10"},
	{"high at 50% of 10", "\"high at 50% of 10\" is not valid for severity: a share needs a condition with "
			      "\"only.\", or \"whole\": without one it is always 100%"},
	{"info,info,info,info,info,info,info,info,info", "severity: a rule has at most 8 steps"},
	{"high at 2 in 1s, high at 2 in 2s, high at 2 in 3s, high at 2 in 4s, high at 2 in 5s, high at 2 in 6s, high "
	 "at 2 in 7s",
	 "severity: the rule counts more than 6 things: each window and each field of \"distinct\" is one, and a share "
	 "two"},
};

static void test_texts(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		assert_rules_refused(texts[i].text, texts[i].message);
}

/* A line too many in a sound rule. */
static void test_keys(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		char text[512];
		char message[INI_MESSAGE_SIZE];

		snprintf(text, sizeof(text), "[x]\nlistens = attempt\nseverity = info\n%s\n", keys[i].line);
		snprintf(message, sizeof(message), "x.conf:4: %s", keys[i].message);
		assert_rules_refused(text, message);
	}
}

static void test_severities(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(severities); i++) {
		char text[512];
		char message[INI_MESSAGE_SIZE];

		snprintf(text, sizeof(text), "[x]\nlistens = attempt\nseverity = %s\n", severities[i].value);
		snprintf(message, sizeof(message), "x.conf:3: %s", severities[i].message);
		assert_rules_refused(text, message);
	}
}

static void test_bounds(void **state)
{
	_cleanup_free_ char *text = NULL;
	size_t size;
	FILE *stream = open_memstream(&text, &size);

	(void)state;
	for (int i = 0; i < 2048; i++)
		fprintf(stream, "[r%d]\nlistens = attempt\nseverity = info\n", i);
	fflush(stream);
	_cleanup_(cleanup_rule_set_free) struct rule_set *set = read_rules(text);
	assert_int_equal(set->rule_count, 2048);
	fputs("[one-more]\n", stream);
	fclose(stream);
	assert_rules_refused(text, "x.conf:6145: there are more than 2048 sections");
}

/* A text's length counts all its lines. */
static void test_length_of_texts(void **state)
{
	char text[512];
	char line[129];

	(void)state;
	memset(line, 'a', sizeof(line) - 1);
	line[sizeof(line) - 1] = '\0';
	snprintf(text, sizeof(text), "[x]\nlistens = attempt\nseverity = info\ntext = %s\n  %s\n", line, line + 1);
	_cleanup_(cleanup_rule_set_free) struct rule_set *set = read_rules(text);
	assert_int_equal(strlen(set->rules[0].text), 256);
	snprintf(text, sizeof(text), "[x]\nlistens = attempt\nseverity = info\ntext = %s\n  %s\n", line, line);
	assert_rules_refused(text, "x.conf:4: a text has at most 256 bytes");
}

/* What is shown of a file is escaped, and cut. */
static void test_hostile_text(void **state)
{
	char text[512] = "[x]\nlistens = attempt\nseverity = info\nrole = \xe2\x80\xae\xff";
	size_t length = strlen(text);

	(void)state;
	assert_rules_refused(text,
			     "x.conf:4: \"\\u{202e}\\xff\" is not valid for role: it is unknown, application, mta or "
			     "relay-client");
	memset(text + length, '\xff', 150);
	text[length + 150] = '\0';
	struct rule_set *set = NULL;
	struct ini_error error = {""};
	assert_int_equal(read_text(text, &set, &error), -EINVAL);
	assert_non_null(strstr(error.message, "\" is not valid for role: it is unknown"));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_texts),           cmocka_unit_test(test_keys),
		cmocka_unit_test(test_severities),      cmocka_unit_test(test_bounds),
		cmocka_unit_test(test_length_of_texts), cmocka_unit_test(test_hostile_text),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("rule_errors", tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-only
/* Files: their forms, their faults and what is said of them. */
#include "config_file.h"

static void test_lists_replace_then_add(void **state)
{
	(void)state;
	ASSERT_PORTS("[watch]\nports = 26\n", 26);
	ASSERT_PORTS("[watch]\nports = 65535,1\n", 65535, 1);
	ASSERT_PORTS("[watch]\nports = 25 465\t587,,2525,\n", 25, 465, 587, 2525);
	ASSERT_PORTS("[watch]\nports = 25\nports = 26, 27\n", 25, 26, 27);
	ASSERT_PORTS("[watch]\nports = 25,\n  26\n\t27 ; more\n# none\n 28\n", 25, 26, 27, 28);
	ASSERT_PORTS("[watch]\nports = 25\n[syslog]\n[watch]\nports = 26\n", 25, 26);
	ASSERT_PORTS("[watch]\nports = 1 2 3 4 5 6 7 8\nports = 9 10 11 12 13 14 15 16\n", 1, 2, 3, 4, 5, 6, 7, 8, 9,
		     10, 11, 12, 13, 14, 15, 16);
	assert_refused("[watch]\nports = 25\nports = 25\n",
		       "x.conf:3: \"25\" is not valid for ports: each port is given once");
}

static void test_forms_of_a_file(void **state)
{
	static const char *const contents[] = {
		"[kernel]\nthin_rate = 7\n",
		"[kernel]\nthin_rate=7",
		"[kernel]\nthin_rate: 7\n",
		"[kernel]\r\nthin_rate = 7\r\n",
		"\xef\xbb\xbf[kernel]\nthin_rate = 7\n",
		"  [kernel]  \n  thin_rate  =  7  \n",
		"[watch]\nports = 25\n[kernel]\n  thin_rate = 7\n",
		"[kernel] ; comment\nthin_rate = 7 ; comment\n",
		"[kernel] # comment\nthin_rate = 7\t; comment # comment\n",
		"# \xe9\xff any bytes\n[kernel]\nthin_rate = 7\n",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(contents); i++) {
		_cleanup_(cleanup_config_free) struct config *config = load(contents[i]);

		assert_int_equal(config->thin_rate, 7);
	}
}

static void test_refused_files(void **state)
{
	static const char *const cases[][2] = {
		{"[alerts]\ncooldwon = 5m\n",
		 "x.conf:2: unknown key \"cooldwon\" in [alerts]; did you mean \"cooldown\"?"},
		{"[kernel]\nmax_flow = 5\n",
		 "x.conf:2: unknown key \"max_flow\" in [kernel]; did you mean \"max_flows\"?"},
		{"[kernel]\nthin_brst = 5\n",
		 "x.conf:2: unknown key \"thin_brst\" in [kernel]; did you mean \"thin_burst\"?"},
		{"[watch]\nsyscalltracepts = no\n",
		 "x.conf:2: unknown key \"syscalltracepts\" in [watch]; did you mean \"syscall_tracepoints\"?"},
		{"[alerts]\nbanana = 5m\n",
		 "x.conf:2: unknown key \"banana\" in [alerts]; valid keys: cooldown, orphan_age, lines"},
		{"[watch]\nbanana = 5m\n",
		 "x.conf:2: unknown key \"banana\" in [watch]; valid keys: ports, smarthost, smarthost_refresh, "
		 "smarthost_keep, syscall_tracepoints, self_test"},
		{"[kernel]\nx = 5m\n", "x.conf:2: unknown key \"x\" in [kernel]; "
				       "valid keys: ring_size, max_flows, max_actors, thin_burst, thin_rate"},
		{"[watch]\ncooldown = 5m\n", "x.conf:2: unknown key \"cooldown\" in [watch]; it belongs in [alerts]"},
		{"[watch]\nPorts = 25\n", "x.conf:2: unknown key \"Ports\" in [watch]; did you mean \"ports\"?"},
		{"[alerts]\n= 5m\n", "x.conf:2: unknown key \"\" in [alerts]; valid keys: cooldown, orphan_age, lines"},
		{"[alerts]\n\x1b[2J\xe2\x80\xae = 5m\n", "x.conf:2: control character \\x1b: this is no text file"},
		{"[alerts]\n\xe2\x80\xae\xff = 5m\n",
		 "x.conf:2: unknown key \"\\u{202e}\\xff\" in [alerts]; valid keys: cooldown, orphan_age, lines"},
		{"\n\n[sinks]\nx = 1\n",
		 "x.conf:3: unknown section [sinks]; valid sections: watch, alerts, syslog, "
		 "journal, json, command, identity, capture, rules, record, state, control, kernel"},
		{"[sinks]\n", "x.conf:1: unknown section [sinks]; "
			      "valid sections: watch, alerts, syslog, journal, json, command, identity, capture, "
			      "rules, record, state, control, kernel"},
		{"\xef\xbb\xbf[wacth]\n", "x.conf:1: unknown section [wacth]; did you mean [watch]?"},
		{"[wacth]\n", "x.conf:1: unknown section [wacth]; did you mean [watch]?"},
		{"[ watch ]\n", "x.conf:1: unknown section [ watch ]; did you mean [watch]?"},
		{"[]\n", "x.conf:1: unknown section []; valid sections: watch, alerts, syslog, journal, json, command, "
			 "identity, capture, rules, record, state, control, kernel"},
		{"[watch] ports = 25\n",
		 "x.conf:1: \"ports = 25\" stands behind a section; it needs a line of its own"},
		{"[watch\nports = 25\n", "x.conf:1: not a section, comment or key = value"},
		{"[watch]\nports\n", "x.conf:2: not a section, comment or key = value"},
		{"hello\n", "x.conf:1: not a section, comment or key = value"},
		{"ports = 25\n", "x.conf:1: key \"ports\" before any section; it belongs in [watch]"},
		{"banana = 25\n", "x.conf:1: key \"banana\" before any section; "
				  "valid sections: watch, alerts, syslog, journal, json, command, identity, capture, "
				  "rules, record, state, control, kernel"},
		{"[alerts]\ncooldown = 5m\n\ncooldown = 5m\n",
		 "x.conf:4: \"cooldown\" is given twice, first in line 2"},
		{"[alerts]\ncooldown = 5m\n[alerts]\ncooldown = 6m\n",
		 "x.conf:4: \"cooldown\" is given twice, first in line 2"},
		{"[alerts]\ncooldown =\n", "x.conf:2: \"cooldown\" has no value; without the line it has its default"},
		{"[alerts]\ncooldown = ; 5m\n",
		 "x.conf:2: \"cooldown\" has no value; without the line it has its default"},
		{"[watch]\nsmarthost =\n", "x.conf:2: \"smarthost\" has no value; without the line it has its default"},
		{"[syslog]\nsocket = /dev/log # x\n",
		 "x.conf:2: a comment behind a value begins with \";\", not with \"#\""},
		{"[watch]\nports = #25\n", "x.conf:2: a comment behind a value begins with \";\", not with \"#\""},
		{"[alerts]\ncooldown = 5m\n  6m\n",
		 "x.conf:3: an indented line continues \"cooldown\" above it; a key begins in the first column"},
		{"[watch]\n  ports = 25\n  smarthost = 192.0.2.1\n",
		 "x.conf:3: an indented line continues \"ports\" above it; a key begins in the first column"},
		{"[watch]\nports = 25\n  [alerts]\n",
		 "x.conf:3: \"[alerts]\" is not valid for ports: a port is a number from 1 to 65535"},
		{"[watch]\nports = 25\rsmarthost = 192.0.2.1\n",
		 "x.conf:2: control character \\x0d: this is no text file"},
		{"[watch]\nports = 25\f\n", "x.conf:2: control character \\x0c: this is no text file"},
		{"\x7f"
		 "ELF\x02\x01\x01",
		 "x.conf:1: control character \\x7f: this is no text file"},
		{"\x89PNG\r\n", "x.conf:1: not a section, comment or key = value"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_refused(cases[i][0], cases[i][1]);
}

/* Of several faults the first is told, whoever finds it: inih, its handler or its reader. */
static void test_first_fault_is_told(void **state)
{
	(void)state;
	assert_refused("[watch]\nnonsense\nports = x\n", "x.conf:2: not a section, comment or key = value");
	assert_refused("[watch]\nnonsense\n[nowhere]\n", "x.conf:2: not a section, comment or key = value");
	assert_refused("[watch]\nnonsense\n\x01\n", "x.conf:2: not a section, comment or key = value");
	assert_refused("[watch]\nports = 0\nnonsense\n",
		       "x.conf:2: \"0\" is not valid for ports: a port is a number from 1 to 65535");
	assert_refused("[nowhere]\nnonsense\n",
		       "x.conf:1: unknown section [nowhere]; valid sections: watch, alerts, syslog, journal, json, "
		       "command, identity, capture, rules, record, state, control, kernel");
}

static void test_nul_bytes(void **state)
{
	static const char content[] = "[watch]\nports = 25\0 26\n";
	char zeros[4096] = {0};

	(void)state;
	assert_refused_bytes(content, sizeof(content) - 1, "x.conf:2: control character \\x00: this is no text file");
	assert_refused_bytes(zeros, sizeof(zeros), "x.conf:1: control character \\x00: this is no text file");
}

/* inih's line holds 200 bytes with its NUL. */
static void test_long_lines(void **state)
{
	char content[1024] = "[watch]\nports = 25";
	size_t line_start = strlen("[watch]\n");

	(void)state;
	memset(content + strlen(content), ' ', 199 - strlen("ports = 25"));
	content[line_start + 198] = ',';
	ASSERT_PORTS(content, 25);
	strcat(content, "\r\nports = 26\r\n");
	ASSERT_PORTS(content, 25, 26);

	content[line_start + 199] = ' ';
	assert_refused(content, "x.conf:2: the line is too long: it may have 199 bytes");

	memset(content, '#', 1000);
	assert_refused(content, "x.conf:1: the line is too long: it may have 199 bytes");
}

static void test_endless_file(void **state)
{
	char content[65537];

	(void)state;
	memset(content, '\n', sizeof(content));
	write_file(content, 65536);
	_cleanup_(cleanup_config_free) struct config *config = NULL;
	struct ini_error error;
	assert_int_equal(config_load("x.conf", false, &config, &error), 0);
	assert_refused_bytes(content, sizeof(content), "x.conf:65537: a configuration has at most 65536 lines");
}

static void test_unreadable_files(void **state)
{
	struct config *config = (struct config *)&config;
	struct ini_error error;

	(void)state;
	assert_int_equal(config_load("absent.conf", false, &config, &error), -ENOENT);
	assert_string_equal(error.message, "cannot read absent.conf: No such file or directory");
	assert_int_equal(config_load("", false, &config, &error), -ENOENT);
	assert_int_equal(config_load(".", false, &config, &error), -EISDIR);
	assert_string_equal(error.message, "cannot read .: Is a directory");
	assert_int_equal(config_load(".", true, &config, &error), -EISDIR);
	write_file("", 0);
	assert_int_equal(config_load("x.conf/y.conf", true, &config, &error), -ENOTDIR);
	assert_string_equal(error.message, "cannot read x.conf/y.conf: Not a directory");
	assert_ptr_equal(config, &config);
}

static void test_optional_file(void **state)
{
	_cleanup_(cleanup_config_free) struct config *config = NULL;
	struct config *none = NULL;
	struct ini_error error;

	(void)state;
	assert_int_equal(config_load("absent.conf", true, &config, &error), 0);
	assert_int_equal(config->cooldown_seconds, 300);
	assert_int_equal(config->port_count, 4);

	write_file("[watch]\nports = 0\n", strlen("[watch]\nports = 0\n"));
	assert_int_equal(config_load("x.conf", true, &none, &error), -EINVAL);
	assert_null(none);
}

static void test_hostile_path(void **state)
{
	struct config *config = NULL;
	struct ini_error error;
	char path[5000];

	(void)state;
	assert_int_equal(config_load("a\n\x1b[2J", false, &config, &error), -ENOENT);
	assert_string_equal(error.message, "cannot read a\\x0a\\x1b[2J: No such file or directory");

	memset(path, '\n', sizeof(path));
	path[sizeof(path) - 1] = '\0';
	assert_int_equal(config_load(path, false, &config, &error), -ENAMETOOLONG);
	assert_non_null(strstr(error.message, "\\x0a: File name too long"));
}

/* The longest of everything at once: the message still ends with what would be valid. */
static void test_longest_message(void **state)
{
	_cleanup_fclose_ FILE *stream = NULL;
	struct config *config = NULL;
	struct ini_error error;
	char path[256];

	(void)state;
	memset(path, 'p', sizeof(path));
	path[250] = '\0';
	stream = fopen(path, "we");
	assert_non_null(stream);
	fputs("[watch]\nsmarthost = ", stream);
	for (unsigned int i = 0; i < 180; i++)
		fputc(0xff, stream);
	fflush(stream);
	assert_int_equal(config_load(path, false, &config, &error), -EINVAL);
	assert_non_null(strstr(error.message,
			       "\\xff\" is not valid for smarthost: it is a name, an address, or ADDRESS/BITS "
			       "with nothing but zeros behind the bits"));
	assert_int_equal(unlink(path), 0);
}

/* Any bytes at all: refused or taken, with one line of text to show for it. AddressSanitizer does the rest. */
static void test_random_files(void **state)
{
	static const char *const pieces[] = {"[watch]", "[alerts]", "ports",     "cooldown", "smarthost", " = ",
					     ":",       "25",       "5m",        "\n",       "\n",        "\n  ",
					     ";",       " #",       "192.0.2.1", "\xff",     "]",         "["};
	uint32_t seed = 4242;

	(void)state;
	for (unsigned int round = 0; round < 3000; round++) {
		char content[512] = "";
		struct config *config = NULL;
		struct ini_error error = {""};

		for (unsigned int i = 0; i < 30; i++) {
			seed = seed * 1664525 + 1013904223;
			strcat(content, pieces[(seed >> 16) % ARRAY_SIZE(pieces)]);
			if (seed >> 24 < 4)
				content[strlen(content) - 1] = (char)(seed >> 8);
		}
		write_file(content, strlen(content));
		if (config_load("x.conf", false, &config, &error) == 0) {
			config_free(config);
			continue;
		}
		assert_null(config);
		assert_int_equal(strncmp(error.message, "x.conf:", 7), 0);
		for (const char *c = error.message; *c != '\0'; c++)
			assert_true((unsigned char)*c >= ' ' && *c != 0x7f);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lists_replace_then_add),
		cmocka_unit_test(test_forms_of_a_file),
		cmocka_unit_test(test_refused_files),
		cmocka_unit_test(test_first_fault_is_told),
		cmocka_unit_test(test_nul_bytes),
		cmocka_unit_test(test_long_lines),
		cmocka_unit_test(test_endless_file),
		cmocka_unit_test(test_unreadable_files),
		cmocka_unit_test(test_optional_file),
		cmocka_unit_test(test_hostile_path),
		cmocka_unit_test(test_longest_message),
		cmocka_unit_test(test_random_files),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("config", tests, enter_directory, leave_directory);
}

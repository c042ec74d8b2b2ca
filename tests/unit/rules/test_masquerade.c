// SPDX-License-Identifier: GPL-2.0-only
#include "rules/watch.h"

#define RULE "masquerade"

static void test_malware(void **state)
{
	static const struct {
		const char *comm;
		const char *executable;
		const char *argv;
		const char *evidence;
	} cases[] = {
		{"httpd", "/usr/bin/perl", "httpd", "named \"httpd\", runs /usr/bin/perl, 1 link"},
		{"mail", "/usr/bin/perl", "mail", "named \"mail\", runs /usr/bin/perl, 1 link"},
		{"init", "/usr/bin/perl", "init", "named \"init\", runs /usr/bin/perl, 1 link"},
		{"perl", "/usr/bin/perl", "/usr/sbin/httpd -DSSL", "named \"httpd\", runs /usr/bin/perl, 1 link"},
		{"perl", "/usr/bin/perl", "nginx: worker process", "named \"nginx\", runs /usr/bin/perl, 1 link"},
		{"perl", "/usr/bin/perl", "  crond", "named \"crond\", runs /usr/bin/perl, 1 link"},
		{"php", "/usr/bin/php8.2", "php-fpm: pool www", "named \"php-fpm\", runs /usr/bin/php8.2, 1 link"},
		{"python3", "/usr/bin/python3.11", "[kworker/0:1]",
		 "named \"kworker/0:1\", runs /usr/bin/python3.11, 1 link"},
		{"python3", "/usr/bin/python3.11", "[sshd]", "named \"sshd\", runs /usr/bin/python3.11, 1 link"},
		{"kworker/u8:2", "/usr/bin/perl", "perl", "named \"kworker/u8:2\", runs /usr/bin/perl, 1 link"},
		{"kswapd0", "/home/x/.a/kswapd0", "./kswapd0", "named \"kswapd0\", runs /home/x/.a/kswapd0, 1 link"},
		{"perl", "/usr/bin/perl", "cleanup -z -t unix -u -c", "named \"cleanup\", runs /usr/bin/perl, 1 link"},
		{"smtp", "/usr/bin/perl", "smtp -t unix -u -c", "named \"smtp\", runs /usr/bin/perl, 1 link"},
		{"bash", "/bin/bash", "rcu_sched", NULL},
		{"bash", "/bin/bash", "[rcu_sched]", "named \"rcu_sched\", runs /bin/bash, 1 link"},
		{"httpd", "/memfd:httpd", "httpd", "named \"httpd\", runs /memfd:httpd, 1 link"},
		{"httpd", NULL, "httpd", NULL},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct suspect suspect = suspect_of(cases[i].comm, cases[i].executable, cases[i].argv);
		if (cases[i].evidence)
			assert_fires(RULE, &suspect, ALERT_SEVERITY_CRITICAL, cases[i].evidence);
		else
			assert_silent(RULE, &suspect);
	}
}

/* Files of root's, as distributions install them, and what interpreters call themselves. */
static void test_honest(void **state)
{
	static const struct {
		const char *comm;
		const char *executable;
		const char *argv;
	} cases[] = {
		{"apache2", "/usr/sbin/apache2", "/usr/sbin/apache2 -k start"},
		{"httpd", "/usr/sbin/httpd", "/usr/sbin/httpd -DFOREGROUND"},
		{"nginx", "/usr/sbin/nginx", "nginx: worker process"},
		{"nginx", "/usr/local/openresty/nginx/sbin/nginx", "nginx: master process /usr/local/openresty/nginx"},
		{"php-fpm8.2", "/usr/sbin/php-fpm8.2", "php-fpm: pool shop42"},
		{"php-fpm", "/www/server/php/74/sbin/php-fpm", "php-fpm: pool www"},
		{"php-fpm", "/opt/cpanel/ea-php81/root/usr/sbin/php-fpm", "php-fpm: pool x"},
		{"sshd", "/usr/sbin/sshd", "sshd: shop42@pts/0"},
		{"sshd-session", "/usr/lib/openssh/sshd-session", "sshd-session: shop42 [priv]"},
		{"cron", "/usr/sbin/cron", "/usr/sbin/CRON"},
		{"crond", "/bin/busybox", "crond"},
		{"systemd", "/usr/lib/systemd/systemd", "/sbin/init"},
		{"(sd-pam)", "/usr/lib/systemd/systemd", "(sd-pam)"},
		{"systemd-udevd", "/usr/bin/udevadm", "/lib/systemd/systemd-udevd"},
		{"systemd-journal", "/usr/lib/systemd/systemd-journald", "/lib/systemd/systemd-journald"},
		{"init", "/sbin/init", "init [2]"},
		{"smtp", "/usr/lib/postfix/sbin/lmtp", "smtp -t unix -u -c"},
		{"smtp", "/usr/lib/nullmailer/smtp", "smtp"},
		{"master", "/usr/lib/postfix/sbin/master", "/usr/lib/postfix/sbin/master -w"},
		{"qmgr", "/usr/lib/postfix/sbin/qmgr", "qmgr -l -t unix -u"},
		{"sendmail", "/usr/sbin/exim4", "/usr/sbin/sendmail -t -i"},
		{"sendmail", "/usr/bin/msmtp", "/usr/sbin/sendmail"},
		{"sendmail", "/usr/libexec/sendmail/sendmail", "sendmail: accepting connections"},
		{"sendmail", "/usr/sbin/sendmail.postfix", "/usr/sbin/sendmail"},
		{"sendmail", "/usr/sbin/ssmtp", "sendmail"},
		{"postdrop", "/usr/sbin/postdrop", "/usr/sbin/postdrop -r"},
		{"mail", "/usr/bin/bsd-mailx", "mail -s x root"},
		{"mail", "/usr/bin/mail.mailutils", "mail"},
		{"rsyslogd", "/usr/sbin/rsyslogd", "/usr/sbin/rsyslogd -n"},
		{"mysqld", "/usr/sbin/mariadbd", "/usr/sbin/mysqld"},
		{"perl", "/usr/bin/perl", "amavisd (ch3-avail)"},
		{"spamd child", "/usr/bin/perl", "spamd child"},
		{"postgrey", "/usr/bin/perl", "postgrey --pidfile=/run/postgrey.pid -d"},
		{"python3", "/usr/bin/python3.11", "/usr/bin/python3 /usr/bin/supervisord -n"},
		{"gunicorn", "/usr/bin/python3.11", "gunicorn: master [app]"},
		{"node", "/usr/bin/node", "node /srv/app/mail"},
		{"python3", "/usr/bin/python3.11", "[celeryd: celery@host:MainProcess] -active-"},
		{"ruby", "/usr/bin/ruby3.1", "unicorn master -c /etc/unicorn.rb"},
		{"php8.2", "/usr/bin/php8.2", "mail worker of the shop"},
		{"php8.2", "/usr/bin/php8.2", "cleanup: old sessions"},
		{"java", "/usr/lib/jvm/java-17/bin/java", "java -jar mail.jar"},
		{"bash", "/usr/bin/bash", "-bash"},
		{"x", "/usr/bin/x", ""},
		{"x", "/usr/bin/x", NULL},
		{"x", "/usr/bin/x", "["},
		{"x", "/usr/bin/x", "/"},
		{"x", "/usr/bin/x", "   "},
		{"kdevtmpfsi-not", "/usr/bin/x", "kernel"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct suspect suspect = suspect_of(cases[i].comm, cases[i].executable, cases[i].argv);
		assert_silent(RULE, &suspect);
	}
}

/* The name fits, but anybody could have put the file there. */
static void test_whose_file(void **state)
{
	struct suspect suspect = suspect_of("nginx", "/home/x/nginx", "nginx: worker process");

	(void)state;
	assert_silent(RULE, &suspect);
	suspect.identity.exe_mode = 0100775;
	assert_fires(RULE, &suspect, ALERT_SEVERITY_CRITICAL, "named \"nginx\", runs /home/x/nginx, 1 link");
	suspect.identity.exe_mode = 0100757;
	assert_fires(RULE, &suspect, ALERT_SEVERITY_CRITICAL, "named \"nginx\", runs /home/x/nginx, 1 link");
	suspect.identity.exe_mode = 0100755;
	suspect.identity.exe_owner = 1042;
	suspect.identity.exe_links = 0;
	assert_fires(RULE, &suspect, ALERT_SEVERITY_CRITICAL, "named \"nginx\", runs /home/x/nginx, 0 links");
	suspect.executable = NULL;
	assert_fires(RULE, &suspect, ALERT_SEVERITY_CRITICAL, "named \"nginx\", runs a file without a path, 0 links");
}

/* In a user namespace of his own anybody can put on any file. */
static void test_file_put_on(void **state)
{
	struct suspect suspect = suspect_of("nginx", "/usr/sbin/nginx", "nginx: worker process");

	(void)state;
	suspect.identity.flags = SW_IDENTITY_USER_NAMESPACE;
	assert_fires(RULE, &suspect, ALERT_SEVERITY_CRITICAL, "named \"nginx\", runs /usr/sbin/nginx, 1 link");
	suspect.unit = (struct unit){.container_runtime = (char *)"podman", .container_id = (char *)"0123"};
	assert_silent(RULE, &suspect);
}

/* The true file of a mail server, under a user that the server does not have. Who hands mail over runs it, too. */
static void test_wears_mail_server(void **state)
{
	struct suspect suspect = suspect_of("smtp", "/usr/lib/postfix/sbin/smtp", "smtp -t unix -u -c");

	assert_silent(RULE, &suspect);
	suspect.wears_mta = true;
	assert_fires(RULE, &suspect, ALERT_SEVERITY_CRITICAL,
		     "a mail server's program, /usr/lib/postfix/sbin/smtp, under another user");
	assert_int_equal(watch_set_up(state), 0);
	submit(*state, &suspect);
	attempt(*state, &suspect, "127.0.0.1", 25);
	assert_int_equal(count_lines(*state, RULE), 0);
	watch_tear_down(state);
}

/* There root is another user; the place of the file has to do. */
static void test_container_of_a_user(void **state)
{
	struct suspect suspect = suspect_of("nginx", "/usr/sbin/nginx", "nginx: worker process");

	(void)state;
	suspect.identity.exe_owner = 100000;
	assert_fires(RULE, &suspect, ALERT_SEVERITY_CRITICAL, "named \"nginx\", runs /usr/sbin/nginx, 1 link");
	suspect.unit = (struct unit){.name = (char *)"nginx.service"};
	assert_fires(RULE, &suspect, ALERT_SEVERITY_CRITICAL, "named \"nginx\", runs /usr/sbin/nginx, 1 link");
	suspect.unit = (struct unit){.container_runtime = (char *)"podman", .container_id = (char *)"0123"};
	assert_silent(RULE, &suspect);
	suspect.identity.flags = SW_IDENTITY_PATH_CUT;
	assert_fires(RULE, &suspect, ALERT_SEVERITY_CRITICAL, "named \"nginx\", runs /usr/sbin/nginx, 1 link");
	suspect.identity.flags = 0;
	suspect.executable = "/var/www/nginx";
	assert_fires(RULE, &suspect, ALERT_SEVERITY_CRITICAL, "named \"nginx\", runs /var/www/nginx, 1 link");
	suspect.executable = "/usr/bin/perl";
	assert_fires(RULE, &suspect, ALERT_SEVERITY_CRITICAL, "named \"nginx\", runs /usr/bin/perl, 1 link");
}

/* Its comm is the script's own name: told, but no alarm where programs are installed. */
static void test_script_by_its_first_line(void **state)
{
	static const char evidence[] = "named \"sendmail\", runs /usr/bin/perl, 1 link";
	struct suspect suspect = suspect_of("sendmail", "/usr/bin/perl", "/usr/bin/perl");

	(void)state;
	suspect.script = script_at(SCRIPT_SOURCE_ARGV, "/usr/sbin/sendmail");
	assert_fires(RULE, &suspect, ALERT_SEVERITY_NOTICE, evidence);
	suspect.argv = "sendmail: working";
	assert_fires(RULE, &suspect, ALERT_SEVERITY_CRITICAL, evidence);
	suspect.argv = "/usr/bin/perl";
	suspect.script.inherited = true;
	assert_fires(RULE, &suspect, ALERT_SEVERITY_CRITICAL, evidence);
	suspect.script.inherited = false;
	suspect.script.source = SCRIPT_SOURCE_PHP_REQUEST;
	assert_fires(RULE, &suspect, ALERT_SEVERITY_CRITICAL, evidence);
	suspect.script = script_at(SCRIPT_SOURCE_ARGV, "/usr/../var/www/sendmail");
	assert_fires(RULE, &suspect, ALERT_SEVERITY_CRITICAL, evidence);
	suspect.script.path = (char *)"/usr/sbin/another";
	assert_fires(RULE, &suspect, ALERT_SEVERITY_CRITICAL, evidence);
}

/* A file that really is called "cleanup" is a notice wherever it lies. */
static void test_words_that_people_use(void **state)
{
	struct suspect script = suspect_of("cleanup", "/usr/bin/bash", "/bin/bash");
	struct suspect program = suspect_of("mail", "/srv/app/mail", "./mail");

	(void)state;
	assert_fires(RULE, &script, ALERT_SEVERITY_CRITICAL, "named \"cleanup\", runs /usr/bin/bash, 1 link");
	script.script = script_at(SCRIPT_SOURCE_ARGV, "/home/x/bin/cleanup");
	assert_fires(RULE, &script, ALERT_SEVERITY_NOTICE, "named \"cleanup\", runs /usr/bin/bash, 1 link");
	program.identity.exe_owner = 1042;
	assert_fires(RULE, &program, ALERT_SEVERITY_NOTICE, "named \"mail\", runs /srv/app/mail, 1 link");
}

/* A thread's name is its work; only a kernel thread's is false in any thread. */
static void test_threads(void **state)
{
	struct suspect suspect = suspect_of("cleanup", "/usr/bin/java", "java");

	(void)state;
	suspect.identity.tid = suspect.identity.key.pid + 1;
	assert_silent(RULE, &suspect);
	memcpy(suspect.identity.comm, "ksoftirqd/0", sizeof("ksoftirqd/0"));
	assert_fires(RULE, &suspect, ALERT_SEVERITY_CRITICAL, "named \"ksoftirqd/0\", runs /usr/bin/java, 1 link");
	suspect.identity.flags = SW_IDENTITY_KERNEL_THREAD;
	suspect.executable = NULL;
	assert_silent(RULE, &suspect);
}

static void test_hostile_text(void **state)
{
	static char argv[4096];
	struct suspect suspect = suspect_of("kworker\x1b[2J\"\n", "/usr/bin/perl", argv);
	enum alert_severity severity;

	(void)state;
	memset(argv, 'a', sizeof(argv) - 1);
	memcpy(argv, "[kworker", strlen("[kworker"));
	assert_non_null(evidence_of(RULE, &suspect, &severity));
	memset(argv, '/', sizeof(argv) - 1);
	memset(suspect.identity.comm, 'a', sizeof(suspect.identity.comm));
	assert_silent(RULE, &suspect);
	suspect.executable = argv;
	memcpy(suspect.identity.comm, "httpd", sizeof("httpd"));
	assert_non_null(evidence_of(RULE, &suspect, &severity));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_malware),
		cmocka_unit_test(test_honest),
		cmocka_unit_test(test_whose_file),
		cmocka_unit_test(test_file_put_on),
		cmocka_unit_test(test_wears_mail_server),
		cmocka_unit_test(test_container_of_a_user),
		cmocka_unit_test(test_script_by_its_first_line),
		cmocka_unit_test(test_words_that_people_use),
		cmocka_unit_test(test_threads),
		cmocka_unit_test(test_hostile_text),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("masquerade", tests, NULL, NULL);
}

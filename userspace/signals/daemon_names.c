// SPDX-License-Identifier: GPL-2.0-only
#include "signals/daemon_names.h"

#include "lib/array.h"

#include <stddef.h>
#include <string.h>

#define WORDS(...) ((const char *const[]){__VA_ARGS__, NULL})

/*
 * The names that ESET saw on Mumblehard's bots (httpd, mail, init), and those of what a server usually runs, with the
 * files that distributions install for it. BusyBox is one file for many of them, /usr/sbin/sendmail a link to whichever
 * mail program is installed, and Postfix's smtp and lmtp are one inode.
 */
static const struct daemon_name daemons[] = {
	{DAEMON, WORDS("httpd", "apache", "apache2", "httpd.worker", "httpd.event"),
	 WORDS("httpd*", "apache*", "busybox")},
	{DAEMON, WORDS("nginx", "openresty"), WORDS("nginx*", "openresty*")},
	{DAEMON, WORDS("lighttpd"), WORDS("lighttpd*")},
	{DAEMON, WORDS("php-fpm"), WORDS("php-fpm*", "php5-fpm")},
	{DAEMON, WORDS("sshd", "sshd-session", "sshd-auth"), WORDS("sshd*")},
	{DAEMON, WORDS("cron", "crond", "CRON", "CROND", "anacron", "atd"),
	 WORDS("cron*", "crond*", "anacron", "atd", "busybox", "fcron")},
	{DAEMON, WORDS("systemd*", "(sd-pam)"), WORDS("systemd*", "udevadm")},
	{DAEMON, WORDS("udevd", "eudevd"), WORDS("udevd", "udevadm", "systemd-udevd", "eudevd")},
	{DAEMON_WORD, WORDS("init"),
	 WORDS("init", "systemd*", "busybox", "openrc-init", "runit*", "upstart", "s6-svscan")},
	{DAEMON_WORD, WORDS("mail", "mailx"),
	 WORDS("mail*", "bsd-mailx", "s-nail", "nail", "heirloom-mailx", "busybox")},
	{DAEMON_WORD, WORDS("smtp", "lmtp"), WORDS("smtp*", "lmtp*")},
	{DAEMON, WORDS("smtpd"), WORDS("smtpd*")},
	{DAEMON, WORDS("qmgr"), WORDS("qmgr", "nqmgr")},
	{DAEMON, WORDS("tlsmgr"), WORDS("tlsmgr")},
	{DAEMON, WORDS("trivial-rewrite"), WORDS("trivial-rewrite")},
	{DAEMON_WORD, WORDS("master"), WORDS("master")},
	{DAEMON_WORD, WORDS("pickup"), WORDS("pickup")},
	{DAEMON_WORD, WORDS("cleanup"), WORDS("cleanup")},
	{DAEMON, WORDS("postfix", "postdrop"), WORDS("postfix*", "postdrop", "postmulti")},
	{DAEMON, WORDS("exim", "exim4"), WORDS("exim*")},
	{DAEMON, WORDS("sendmail", "sm-mta", "sm-msp"),
	 WORDS("sendmail*", "exim*", "msmtp*", "ssmtp*", "esmtp*", "dma", "nullmailer*", "smtpctl", "opensmtpd*",
	       "masqmail*", "postfix*", "courier*", "qmail*", "busybox", "mailpit*", "mhsendmail*")},
	{DAEMON, WORDS("dovecot"), WORDS("dovecot*")},
	{DAEMON, WORDS("mysqld", "mariadbd"), WORDS("mysqld*", "mariadbd*")},
	{DAEMON, WORDS("postgres", "postmaster"), WORDS("postgres*", "postmaster")},
	{DAEMON_WORD, WORDS("named"), WORDS("named*")},
	{DAEMON, WORDS("syslogd", "rsyslogd", "syslog-ng", "klogd"),
	 WORDS("syslogd*", "rsyslogd*", "syslog-ng*", "inetutils-syslo*", "klogd", "busybox")},
	{DAEMON, WORDS("dbus-daemon", "dbus-broker"), WORDS("dbus-daemon*", "dbus-broker*")},
	{DAEMON, WORDS("acpid"), WORDS("acpid", "busybox")},
	{DAEMON, WORDS("agetty", "getty", "mingetty"), WORDS("agetty", "getty", "mingetty", "busybox")},
	{DAEMON_WORD, WORDS("login"), WORDS("login", "busybox")},
	{DAEMON, WORDS("auditd", "irqbalance", "polkitd", "ntpd", "chronyd", "dhclient"),
	 WORDS("auditd", "irqbalance", "polkitd", "ntpd*", "chronyd", "dhclient*", "busybox", "ntpsec*")},
	/* As kthread_create() is called for them in the kernel. */
	{KERNEL_THREAD,
	 WORDS("kworker*", "kthreadd", "ksoftirqd*", "migration/*", "rcu_*", "rcuop/*", "rcuos/*", "rcuog/*", "rcub/*",
	       "kswapd*", "jbd2/*", "khugepaged", "kcompactd*", "kauditd", "kdevtmpfs", "kblockd", "kintegrityd",
	       "khungtaskd", "ksmd", "watchdog/*", "cpuhp/*", "idle_inject/*", "irq/*", "scsi_eh_*", "scsi_tmf_*",
	       "xfsaild/*", "ecryptfs-kthr*", "kthrotld", "oom_reaper", "mm_percpu_wq"),
	 NULL},
};

static bool is_among(const char *text, const char *const *words)
{
	for (; words && *words; words++) {
		if (**words != *text)
			continue;
		size_t length = strlen(*words);
		bool is_beginning = (*words)[length - 1] == '*';

		if (is_beginning ? strncmp(text, *words, length - 1) == 0 : strcmp(text, *words) == 0)
			return true;
	}
	return false;
}

const struct daemon_name *daemon_name_find(const char *text)
{
	for (size_t i = 0; i < COUNT_OF(daemons); i++)
		if (is_among(text, daemons[i].names))
			return &daemons[i];
	return NULL;
}

bool daemon_name_is_borne_by(const struct daemon_name *name, const char *executable)
{
	return is_among(executable, name->executables);
}

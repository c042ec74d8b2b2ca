// SPDX-License-Identifier: GPL-2.0-only
#include "signals/mail_providers.h"

#include "lib/array.h"
#include "signals/domain.h"

#include <string.h>

/* Domains of mailboxes. A host of a provider's customer may lie below one that is not among `hosts` too. */
static const char *const mailboxes[] = {
	/* the world */
	"googlemail.com", "ymail.com", "rocketmail.com", "aol.com", "aim.com", "icloud.com", "me.com", "mac.com",
	"proton.me", "protonmail.com", "pm.me", "zoho.com", "fastmail.com", "tutanota.com", "mail.com",
	/* Europe */
	"web.de", "freenet.de", "t-online.de", "arcor.de", "posteo.de", "orange.fr", "wanadoo.fr", "laposte.net",
	"sfr.fr", "free.fr", "libero.it", "virgilio.it", "alice.it", "btinternet.com", "telenet.be", "ziggo.nl",
	"bluewin.ch", "wp.pl", "o2.pl", "onet.pl", "interia.pl", "seznam.cz", "abv.bg", "ukr.net", "mail.ru", "bk.ru",
	"inbox.ru", "list.ru", "yandex.ru", "yandex.com", "ya.ru", "rambler.ru",
	/* Asia */
	"qq.com", "foxmail.com", "163.com", "126.com", "yeah.net", "sina.com", "sohu.com", "naver.com", "daum.net",
	"hanmail.net", "rediffmail.com", "docomo.ne.jp",
	/* the Americas */
	"comcast.net", "verizon.net", "att.net", "sbcglobal.net", "bellsouth.net", "cox.net", "charter.net",
	"earthlink.net", "uol.com.br", "bol.com.br", "terra.com.br", "live.com", "msn.com"};

/* Names that a provider has below the suffixes of many countries. */
static const char *const everywhere[] = {"gmail", "gmx", "hotmail", "outlook", "yahoo"};

/* Where nobody but the provider has hosts; cloud customers' have other names. */
static const char *const hosts[] = {
	"google.com",    "googlemail.com", "gmail.com", "outlook.com", "hotmail.com", "live.com",     "office.com",
	"office365.com", "yahoodns.net",   "yahoo.com", "aol.com",     "icloud.com",  "apple.com",    "mail.ru",
	"qq.com",        "163.com",        "126.com",   "gmx.net",     "web.de",      "pphosted.com", "protonmail.ch",
};

static bool is_mailbox_domain(const char *name)
{
	for (size_t i = 0; i < COUNT_OF(mailboxes); i++)
		if (*name == *mailboxes[i] && strcmp(name, mailboxes[i]) == 0)
			return true;
	return false;
}

static bool is_name_everywhere(const char *name)
{
	size_t length = strcspn(name, ".");

	if (name[length] == '\0' || domain_registrable(name) != name)
		return false;
	for (size_t i = 0; i < COUNT_OF(everywhere); i++)
		if (strlen(everywhere[i]) == length && memcmp(name, everywhere[i], length) == 0)
			return true;
	return false;
}

static bool is_host(const char *name)
{
	size_t length = strlen(name);

	for (size_t i = 0; i < COUNT_OF(hosts); i++) {
		size_t host_length = strlen(hosts[i]);
		/* Most are told apart by a look at one letter. */
		if (length >= host_length && name[length - host_length] == *hosts[i] &&
		    domain_is_within(name, hosts[i]))
			return true;
	}
	return false;
}

bool mail_provider_has(const char *name)
{
	return is_mailbox_domain(name) || is_name_everywhere(name) || is_host(name);
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* Pictures made of messages as text; ' stands for ". */
#ifndef SMTPWATCH_TESTS_VIEW_PICTURES_H
#define SMTPWATCH_TESTS_VIEW_PICTURES_H

#include "view/picture.h"

#include "support/test.h"

#include <stdarg.h>

#define NOW 1795317125.0

static inline int tell(struct picture *picture, const char *format, ...) __attribute__((format(printf, 2, 3)));
static inline int tell(struct picture *picture, const char *format, ...)
{
	_cleanup_free_ char *text = NULL;
	va_list arguments;

	va_start(arguments, format);
	assert_true(vasprintf(&text, format, arguments) >= 0);
	va_end(arguments);
	for (char *at = text; *at; at++)
		*at = *at == '\'' ? '"' : *at;
	json_t *message = json_loads(text, 0, NULL);
	assert_non_null(message);
	int error = picture_take(picture, message);
	json_decref(message);
	return error;
}

static inline size_t row_count(const struct picture *picture)
{
	size_t count;

	picture_rows(picture, &count);
	return count;
}

#define HEAD                                                                                                          \
	"{'head':{'now':1795317124.25,'host':'web1','version':'0.1.0','kernel':'6.1.0-30-amd64','pid':812,"           \
	"'started':1795310000.5,'attached':'connect, exec, fork','capture':'running','health':'ok','health_text':''," \
	"'lost':{'records':0,'packets':0,'lines':0},'thinned':0,'since':1795310000.5,"                                \
	"'all':{'attempts':900},'today':{'attempts':120,'ports':{'25':118,'465':0,'587':2,'other':0},'failed':3,"     \
	"'accepted':88,'refused':12,'refusals':14,'submissions':0},'destinations_today':14,'receivers_today':9,"      \
	"'open':3,'series':{'stretch':10,'newest':179531712,'counts':[3,0,12]},"                                      \
	"'total':{'script':4},'forgotten':{'process':2}}}"

#define ROW                                                                                                 \
	"{'row':17,'revision':912,'by':'script','verdict':'direct-to-mx','name':'/var/www/shop42/x.php',"   \
	"'user':'shop42','uid':1042,'process':'php-fpm8.2','pid':4121,'executable':'/usr/sbin/php-fpm8.2'," \
	"'unit':'php8.2-fpm.service','site':'shop42','script':'/var/www/shop42/x.php','url':'/x.php',"      \
	"'domain':'gmail-smtp-in.l.google.com','counts':{'attempts':120,'ports':{'25':118,'465':0,'587':2," \
	"'other':0},'failed':3,'accepted':88,'refused':12,'refusals':14,'submissions':0},'open':2,"         \
	"'destinations':23,'estimated':true,'first':1795317000.1,'last':1795317124.2,"                      \
	"'recent':{'newest':179531712,'counts':[3,0,12,0,0,0,0]},'alert':{'rule':'direct-to-mx',"           \
	"'severity':'critical','incident':'j1wdvb','active':true},'helo':'localhost','reply':'550 5.7.1 blocked'}"

#define FLOW                                                                                            \
	"{'flow':4711,'local':'192.0.2.81:40112','remote':'203.0.113.25:25','domain':'mx.example.com'," \
	"'started':1795317124.1,'open':false,'duration':0.21,'outcome':'closed','error':'ECONNRESET',"  \
	"'bytes_sent':812,'bytes_received':420,'accepted':1,'refused':0,'code':550,'tls':'starttls','helo':'a.b'}"

#endif

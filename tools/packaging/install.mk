# SPDX-License-Identifier: GPL-2.0-only
#
# make install, make uninstall. Neither starts, stops, enables or disables anything, and with DESTDIR neither needs root.
# What an administrator may have changed is written only where nothing is, and removed only as it was written.
#
# DESTDIR is put before every path and written into no file. The daemon looks for its configuration in /etc, whatever
# PREFIX is: another sysconfdir is for whoever moves it there afterwards.

PREFIX ?= /usr/local
prefix ?= $(PREFIX)
exec_prefix ?= $(prefix)
bindir ?= $(exec_prefix)/bin
sbindir ?= $(exec_prefix)/sbin
datarootdir ?= $(prefix)/share
datadir ?= $(datarootdir)
mandir ?= $(datarootdir)/man
docdir ?= $(datarootdir)/doc/smtpwatch
sysconfdir ?= /etc

# systemd and its helpers also look below /usr/local/lib, so the prefix does where nothing says otherwise.
unitdir ?= $(call systemd_directory,systemdsystemunitdir,systemd/system)
sysusersdir ?= $(call systemd_directory,sysusersdir,sysusers.d)
tmpfilesdir ?= $(call systemd_directory,tmpfilesdir,tmpfiles.d)
bashcompletiondir ?= $(datadir)/bash-completion/completions
zshcompletiondir ?= $(datadir)/zsh/site-functions
fishcompletiondir ?= $(datadir)/fish/vendor_completions.d

systemd_directory = $(or $(shell $(PKG_CONFIG) --variable=$(1) systemd 2>/dev/null),$(prefix)/lib/$(2))

INSTALL ?= install
packaging := tools/packaging
manual := $(wildcard userspace/man/*.[1-9])
examples := $(wildcard $(packaging)/examples/* $(packaging)/fail2ban/*) $(packaging)/rsyslog.conf

# from:to, with mode 644.
installed_data = $(foreach page,$(manual),$(page):$(mandir)/man$(patsubst .%,%,$(suffix $(page)))/$(notdir $(page))) \
	userspace/systemd/smtpwatchd.service.in:$(unitdir)/smtpwatchd.service \
	userspace/systemd/smtpwatch-capture.socket:$(unitdir)/smtpwatch-capture.socket \
	userspace/systemd/smtpwatch-capture@.service.in:$(unitdir)/smtpwatch-capture@.service \
	userspace/systemd/smtpwatch.sysusers:$(sysusersdir)/smtpwatch.conf \
	userspace/systemd/smtpwatch.tmpfiles:$(tmpfilesdir)/smtpwatch.conf \
	$(foreach program,smtpwatch smtpwatchd, \
		userspace/completion/$(program).bash:$(bashcompletiondir)/$(program) \
		userspace/completion/_$(program):$(zshcompletiondir)/_$(program) \
		userspace/completion/$(program).fish:$(fishcompletiondir)/$(program).fish) \
	$(foreach example,$(examples),$(example):$(docdir)/examples/$(notdir $(example)))
installed_programs = $(BUILD)/smtpwatchd:$(sbindir)/smtpwatchd $(BUILD)/smtpwatch:$(bindir)/smtpwatch
installed_configuration = $(packaging)/smtpwatch.conf:$(sysconfdir)/smtpwatch/smtpwatch.conf \
	$(packaging)/smtpwatch.logrotate:$(sysconfdir)/logrotate.d/smtpwatch
installed_folders = $(sysconfdir)/smtpwatch/rules.d $(sysconfdir)/smtpwatch/mta.d $(sysconfdir)/smtpwatch $(docdir)/examples $(docdir)

# What a file says of where the others are.
substitute = sed -e "s|@sbindir@|$(sbindir)|g" -e "s|@bindir@|$(bindir)|g" -e "s|/usr/share/doc/smtpwatch|$(docdir)|g" \
	-e "s|^\.Os smtpwatch\$$|& $(VERSION)|"

.PHONY: install uninstall

install: all
	@set -e; umask 022; \
	for folder in $(installed_folders); do $(INSTALL) -d -m 755 "$(DESTDIR)$$folder"; done; \
	for pair in $(installed_programs); do $(INSTALL) -D -m 755 "$${pair%%:*}" "$(DESTDIR)$${pair#*:}"; done; \
	for pair in $(installed_data); do \
		to="$(DESTDIR)$${pair#*:}"; \
		$(INSTALL) -d -m 755 "$$(dirname "$$to")"; \
		$(substitute) "$${pair%%:*}" >"$$to.new"; chmod 644 "$$to.new"; mv -f "$$to.new" "$$to"; \
	done; \
	for pair in $(installed_configuration); do \
		to="$(DESTDIR)$${pair#*:}"; \
		if [ -e "$$to" ] || [ -L "$$to" ]; then cmp -s "$${pair%%:*}" "$$to" || echo "  KEEP $$to"; \
		else $(INSTALL) -D -m 644 "$${pair%%:*}" "$$to"; fi; \
	done

uninstall:
	@for pair in $(installed_programs) $(installed_data); do rm -f "$(DESTDIR)$${pair#*:}"; done; \
	for pair in $(installed_configuration); do \
		to="$(DESTDIR)$${pair#*:}"; \
		if cmp -s "$${pair%%:*}" "$$to"; then rm -f "$$to"; elif [ -e "$$to" ]; then echo "  KEEP $$to"; fi; \
	done; \
	for folder in $(installed_folders); do rmdir "$(DESTDIR)$$folder" 2>/dev/null || :; done

# SPDX-License-Identifier: GPL-2.0-only
"""What receivers say when they refuse, a capture a receiver, a connection a reply. RECEIVERS: name -> (stage, lines).

Stages: b banner, E EHLO, M MAIL, R RCPT, D end of DATA. `$` at the head of a line is the code of the first one, with
its enhanced code where it has one: receivers differ in whether they repeat it.
"""
from wire import CLIENT, Capture, Connection

ME = CLIENT
OTHER = "198.51.100.7"  # an address that is none of ours

RECEIVERS = {
    "gmail": [
        ("D", f"421 4.7.0 [{ME}      15] Gmail has detected that this message is\n$ suspicious due to the very low reputation of the sending\n"
              "$ IP address. To best protect our users from spam, the message has been\n$ blocked. For more information, go to\n"
              "$  https://support.google.com/mail/answer/188131 5b1f17b1804b1-gsmtp"),
        ("D", f"550 5.7.1 [{ME}      19] Gmail has detected that this message is\n$ likely suspicious due to the very low reputation of the\n"
              "$ sending IP address. To best protect our users from spam, the message\n$ has been blocked. Please visit\n"
              "$ https://support.google.com/mail/answer/188131 for more information. gsmtp"),
        ("D", f"421 4.7.28 [{ME}      15] Our system has detected an unusual rate of\n$ unsolicited mail originating from your IP address. To protect our\n"
              "$ users from spam, mail sent from your IP address has been temporarily\n$ rate limited. gsmtp"),
        ("D", "421 4.7.28 Gmail has detected an unusual rate of unsolicited mail originating\n$ from your DKIM domain [shop.example]. gsmtp"),
        ("D", f"550 5.7.28 [{ME}      18] Our system has detected an unusual rate of\n$ unsolicited mail originating from your IP address. To protect our\n"
              "$ users from spam, mail sent from your IP address has been blocked. gsmtp"),
        ("D", f"550 5.7.1 [{ME}] The IP you're using to send mail is not authorized to\n$ send email directly to our servers. Please use the SMTP relay at your\n"
              "$ service provider instead. gsmtp"),
        ("D", f"550 5.7.25 [{ME}] The IP address sending this message does not have a PTR\n$ record setup, or the corresponding forward DNS entry does not match\n"
              "$ the sending IP. As a policy, Gmail does not accept messages from IPs\n$ with missing PTR records. gsmtp"),
        ("D", f"421 4.7.23 [{ME}] This IP address sending this message does not have a PTR record\n$ setup. gsmtp"),
        ("D", "550 5.7.26 Your email has been blocked because the sender is unauthenticated.\n$ Gmail requires all senders to authenticate with either SPF or DKIM.\n"
              "$\n$  Authentication results:\n$  DKIM = did not pass\n$  SPF [shop.example] with ip: [192.0.2.81] = did not pass\n$ gsmtp"),
        ("D", f"421 4.7.27 [{ME}] Gmail requires bulk senders to authenticate with SPF. gsmtp"),
        ("D", "550 5.7.30 Gmail requires large senders to authenticate with DKIM. gsmtp"),
        ("D", f"550 5.7.1 [{ME}] This message does not have authentication information or\n$ fails to pass authentication checks. gsmtp"),
        ("E", "501 5.5.4 HELO/EHLO argument \"shop_42\" invalid, closing connection. gsmtp"),
    ],
    "outlook": [
        ("M", f"550 5.7.1 Unfortunately, messages from [{ME}] weren't sent. Please contact your Internet service provider since part of their network "
              "is on our block list (S3150). You can also refer your provider to http://mail.live.com/mail/troubleshooting.aspx#errors. "
              "[AM6EUR05FT035.eop-eur05.prod.protection.outlook.com]"),
        ("M", "550 DY-001 (BAY004-MC1F1) Unfortunately, messages weren't sent. Mail is rejected because Outlook.com does not relay dynamically-assigned IP ranges."),
        ("M", f"451 4.7.650 The mail server [{ME}] has been temporarily rate limited due to IP reputation. For e-mail delivery information, see "
              "https://postmaster.live.com (S775)"),
    ],
    "microsoft365": [
        ("R", f"550 5.7.606 Access denied, banned sending IP [{ME}]. To request removal from this list please visit https://sender.office.com/ and follow "
              "the directions. For more information please go to http://go.microsoft.com/fwlink/?LinkID=526655 (AS16012609)"),
        ("R", "550 5.7.506 Access Denied, Bad HELO [LO1PEPF000022FC.GBRP265.PROD.OUTLOOK.COM]"),
        ("R", f"451 4.7.500 Server busy. Access denied, please try again later [{ME}] (S77714)"),
        ("R", "451 4.7.850 Access denied, please try again later"),
        ("R", f"550 5.7.1 Service unavailable, Client host [{ME}] blocked using Spamhaus. To request removal from this list see "
              "https://www.spamhaus.org/query/ip/192.0.2.81 (AS16012611)"),
    ],
    "yahoo": [
        ("M", f"421 4.7.0 [TSS04] Messages from {ME} temporarily deferred due to unexpected volume or user complaints - 4.16.55.1; see "
              "https://postmaster.yahooinc.com/error-codes"),
        ("M", f"553 5.7.2 [TSS09] All messages from {ME} will be permanently deferred; Retrying will NOT succeed. See https://postmaster.yahooinc.com/error-codes"),
        ("M", f"553 5.7.1 [BL21] Connections will not be accepted from {ME}, because the ip is in Spamhaus's list; see https://postmaster.yahooinc.com/error-codes"),
    ],
    "icloud": [
        ("b", "554 p00-icloudmta-asmtp-us-east-1a.icloud.example ESMTP not accepting connections"),
        ("R", f"550 5.7.1 Mail from IP {ME} was rejected due to listing in Spamhaus PBL. For details please see http://www.spamhaus.org/query/bl?ip={ME}"),
        ("D", "550 5.7.1 [CS01] Message rejected due to local policy. Please visit https://support.apple.com/en-us/HT204137"),
    ],
    "proofpoint": [
        ("b", f"554 Blocked - see https://ipcheck.proofpoint.com/?ip={ME}"),
        ("b", f"554 5.7.0 Blocked - see https://ipcheck.proofpoint.com/?ip={ME}"),
        ("b", f"550 5.7.0 Local Policy Violation - {ME} see https://support.proofpoint.com/dnsbl-lookup.cgi?ip={ME}"),
        ("R", "554 5.7.1 Service unavailable; blocked using Proofpoint Dynamic Reputation"),
    ],
    "t-online": [
        ("b", f"554 IP={ME} - None/bad reputation. Ask your postmaster for help or to contact tobr@rx.t-online.example for reset. (NOWL)"),
        ("b", f"554 IP={ME} - A problem occurred. (Ask your postmaster for help or to contact tosa@rx.t-online.example to clarify.)"),
    ],
    "gmx": [
        ("b", f"554 gmx.example (mxgmx017) Nemesis ESMTP Service not available\nNo SMTP service\nIP address is block listed.\n"
              f"For explanation visit https://postmaster.gmx.example/en/case?c=r0103&i=ip&v={ME}&r=1MtyOy"),
        ("b", f"554 gmx.example (mxgmx117) Nemesis ESMTP Service not available\nNo SMTP service\nBad DNS PTR resource record.\n"
              f"For explanation visit https://postmaster.gmx.example/en/error-messages?ip={ME}&c=rdns"),
    ],
    "ionos": [
        ("E", "450 Requested mail action not taken: mailbox unavailable\nReject due to policy violations\n"
              f"For explanation visit https://postmaster.1und1.example/en/case?c=hi&i=ip&v={ME}&r=0Mcu"),
        ("E", "421 Reject due to policy violations"),
    ],
    "swisscom": [
        ("R", f"554 5.7.1 <{ME}>: Client host rejected: You are not allowed to send us mail. Please contact the postmaster"),
        ("D", f"554 5.2.0 {ME} IP reputation ratelimit in effect"),
    ],
    "mimecast": [
        ("R", "550 Local CT IP Reputation - Rejected [cUv8QVdNPh-ct1] https://community.mimecast.example/docs/DOC-1369#550"),
        ("R", "554 Poor Reputation Sender. - https://community.mimecast.example/docs/DOC-1369#554"),
        ("R", f"451 IP temporarily blacklisted - https://community.mimecast.example/docs/DOC-1369#451 [{ME}]"),
    ],
    "ironport": [
        ("b", "554 esa1.corp.example\nYour access to this mail system has been rejected due to the sending MTA's poor reputation. If you believe that this "
              "failure is in error, please contact the intended recipient via alternate means."),
        ("b", f"554 Your message was rejected. See https://www.senderbase.org/lookup/?search_string={ME}"),
    ],
    "barracuda": [
        ("R", f"554 5.7.1 Service unavailable; Client host [{ME}] blocked using Barracuda Reputation; http://www.barracudanetworks.com/reputation/?r=1&ip={ME}"),
        ("R", f"554 5.7.1 Client {ME} is listed in b.barracudacentral.org"),
    ],
    "cloudmark": [("b", f"554 resimta-c1p-022911 cmsmtp {ME} rejected; see https://csi.cloudmark.com/reset-request/?ip={ME}")],
    "orange": [
        ("b", f"550 mwinf5c04 ME Client host blocked for spamming issues. OFR006_104 Ask for help [{ME}]"),
        ("D", "421 mwinf5c33 ME Service refused, please try later. OFR_506 [506]"),
        ("D", "550 5.7.0 mwinf5c33 ME Service refused, please try later. OFR_510 [510]"),
    ],
    "free.fr": [("b", f"421 Too many spams from your IP ({ME}), please visit http://postmaster.free.fr/")],
    "sfr": [("R", f"550 5.7.1 Abus detecte GU_EIB_02 [{ME}]")],
    "comcast": [
        ("b", f"554 resimta-a1p-077.sys.comcast.example comcast {ME} Comcast block for spam. Please see http://postmaster.comcast.net/smtp-error-codes.php#BL000000"),
        ("b", f"554 resimta-a1p-078.sys.comcast.example comcast {ME} found on one or more DNSBLs, see http://postmaster.comcast.net/smtp-error-codes.php#BL000001"),
        ("b", f"554 resimta-a1p-079.sys.comcast.example comcast {ME} has no reputation, see http://postmaster.comcast.net/smtp-error-codes.php#BL000010"),
    ],
    "cox": [
        ("b", f"554 cxr.smtp.a.cloudfilter.example cxsmtp {ME} blocked. CXBL. For more information see https://www.cox.example/error-codes"),
        ("b", f"554 cxr.smtp.a.cloudfilter.example cxsmtp - CDRBL - {ME} rejected"),
        ("b", f"554 cxr.smtp.a.cloudfilter.example cxsmtp IPBL0001 {ME} rejected"),
    ],
    "spectrum": [("b", f"550 5.7.1 {ME} rejected. AUP#I-1000 see https://www.spectrum.example/aup")],
    "mail.ru": [("R", f"550 We do not accept mail from dynamic IPs. Your host {ME} is in a dynamic pool. Please use your provider's SMTP server")],
    "alibaba": [("R", "554 Reject by behaviour spam at Rcpt State(Connection IP address:192.0.2.81)ANTISPAM_BAT[01201311R156bS8081], CONTINUE_REJECT")],
    "qq": [
        ("R", f"550 Suspected spam ip [{ME} IP: {ME}]. https://open.work.mail.example/help2/detail.html?id=20056"),
        ("R", f"550 Ip frequency limited [M5TRS8081 IP: {ME}]. http://service.mail.example/cgi-bin/help?id=20022"),
    ],
    "symantec": [("b", "553 Connection rejected by policy [7.7] 36016, please visit www.messagelabs.example/support for more details about this error message.")],
    "trendmicro": [("R", f"550 5.7.1 Service unavailable; Client host [{ME}] blocked by Trend Micro Email Reputation Service. Please see http://www.mail-abuse.example")],
    "spamhaus": [
        ("R", f"554 5.7.1 Rejected: {ME} is listed, see https://www.spamhaus.org/query/ip/{ME}"),
        ("R", f"550 {ME} rejected: https://www.spamhaus.org/sbl/query/SBLCSS"),
        ("M", f"571 {ME}: listed in Spamhaus SBL"),
    ],
    "spamcop": [
        ("R", f"554 5.7.1 Denied; see http://www.spamcop.net/bl.shtml?{ME}"),
        ("R", f"451 4.7.1 Try later; https://www.spamcop.net/bl.shtml?{ME}"),
    ],
    "uceprotect": [("R", f"550 5.7.1 Listed: http://www.uceprotect.net/rblcheck.php?ipr={ME}")],
    "abusix": [("R", f"554 5.7.1 {ME} is listed by Abusix Mail Intelligence, https://lookup.abusix.com/search?q={ME}")],
    "any": [
        ("R", f"554 5.7.1 Service unavailable; Client host [{ME}] blocked using zen.spamhaus.org; Error: open resolver; "
              "https://www.spamhaus.org/returnc/pub/198.51.100.53"),
        ("R", "554 5.7.1 Rejected; https://www.spamhaus.org/returnc/vol/"),
        ("M", "450 4.7.1 Try again later: Error: open resolver; https://www.spamhaus.org/returnc/pub/198.51.100.53"),
    ],
    "postfix": [
        ("R", f"554 5.7.1 Service unavailable; Client host [{ME}] blocked using bl.list.example; listed for spam"),
        ("R", f"450 4.7.1 Service unavailable; Client host [{ME}] blocked using bl.list.example"),
        ("R", f"450 4.7.25 Client host rejected: cannot find your hostname, [{ME}]"),
        ("R", f"550 5.7.1 Client host rejected: cannot find your reverse hostname, [{ME}]"),
    ],
    "sorbs": [("R", f"554 5.7.1 Rejected; Currently Sending Spam See: http://www.sorbs.net/lookup.shtml?{ME}")],
    # Those that must not be taken for one of the above.
    "not-our-address": [
        ("R", f"554 5.7.1 Service unavailable; Client host [{OTHER}] blocked using bl.list.example; https://www.spamhaus.org/query/ip/{OTHER}"),
        ("D", f"550 5.7.1 [{OTHER}      19] Gmail has detected that this message is\n$ likely suspicious due to the very low reputation of the\n$ sending IP address."),
        ("b", f"554 IP={OTHER} - None/bad reputation."),
        ("R", f"554 5.7.1 {ME[:-1]} is listed, see https://www.spamhaus.org/query/ip/{ME[:-1]}"),
    ],
    "not-our-domain": [
        ("D", "550 5.7.1 Message contains a domain listed in dbl.spamhaus.org; https://www.spamhaus.org/query/domain/shop.example"),
        ("R", "554 5.7.1 Service unavailable; Sender address [spam@shop.example] blocked using dbl.spamhaus.org; https://www.spamhaus.org/query/dbl?domain=shop.example"),
        ("D", "554 5.7.1 Blocked, URL listed: http://lookup.uribl.com/?domain=shop.example"),
    ],
    "not-a-block": [
        ("R", "550 5.1.1 <nobody@mx.example>: Recipient address rejected: User unknown in local recipient table"),
        ("R", "450 4.2.0 <user@mx.example>: Recipient address rejected: Greylisted, see http://postgrey.schweikert.ch/help/mx.example.html"),
        ("R", "552 5.2.2 <user@mx.example>: mailbox is full"),
        ("R", "554 5.7.1 <user@elsewhere.example>: Relay access denied"),
        ("D", "552 5.3.4 Message size exceeds fixed limit"),
        ("b", "421 mx.example Service not available, too busy"),
        ("M", "530 5.7.0 Must issue a STARTTLS command first"),
    ],
}


def reply_lines(text):
    """As a server writes it: every line with its code, the last one with a space behind it."""
    first, *others = text.split("\n")
    words = first.split(" ")
    head = " ".join(words[:2]) if words[1][:2] in ("4.", "5.") else words[0]
    lines = [first] + [head + line[1:] if line[:1] == "$" else f"{words[0]} {line}" for line in others]
    marks = "-" * len(others) + " "
    return "".join(line[:3] + mark + line[4:] + "\r\n" for line, mark in zip(lines, marks))


STEPS = (
    ("b", None, "220 mx.example ESMTP"),
    ("E", "EHLO shop.example", "250-mx.example\r\n250-SIZE 52428800\r\n250 8BITMIME"),
    ("M", "MAIL FROM:<spam@shop.example>", "250 2.1.0 Ok"),
    ("R", "RCPT TO:<user@mx.example>", "250 2.1.5 Ok"),
    ("d", "DATA", "354 End data with <CR><LF>.<CR><LF>"),
    ("D", "From: <spam@shop.example>\r\nSubject: golden-body\r\n\r\ngolden-body buy now\r\n.", "250 2.0.0 Ok: queued as 4ABC"),
)


def refuse(connection, stage, text):
    """A dialogue that comes to this stage and no further."""
    connection.open()
    for step, command, answer in STEPS:
        if command:
            connection.client(command + "\r\n")
        if step == stage:
            break
        connection.server(answer + "\r\n")
    connection.server(reply_lines(text))
    if text.startswith("421") or stage == "b":
        connection.close("server")
        return
    connection.talk("C: QUIT\nS: 221 2.0.0 Bye")
    connection.close("server")


def captures():
    for name, replies in RECEIVERS.items():
        capture = Capture()
        for index, (stage, text) in enumerate(replies):
            isn = (1000 + 100000 * index, 500000 + 100000 * index)
            refuse(Connection(capture, client=(CLIENT, 40001 + index), isn=isn), stage, text)
            capture.wait(1)
        yield f"replies/{name}.pcap", capture.file()

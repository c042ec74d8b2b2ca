# SPDX-License-Identifier: GPL-2.0-only
# Completion of smtpwatch(1) for fish. tools/lint completion compares the words with the program's tables.

# Whether the command that was given, or else top, is one of these.
function __smtpwatch_is
    set -l commands top events alerts status explain reload help version
    for word in (commandline -opc)[2..-1]
        if contains -- $word $commands
            contains -- $word $argv
            return
        end
    end
    contains top $argv
end

function __smtpwatch_has_no_command
    set -l commands top events alerts status explain reload help version
    for word in (commandline -opc)[2..-1]
        contains -- $word $commands; and return 1
    end
    return 0
end

function __smtpwatch_rules
    @sbindir@/smtpwatchd --list-rules 2>/dev/null | awk '$2 != "allow" && $2 != "together" { print $2 }'
end

# The latest ones; nothing where there is no daemon, or no right to ask it.
function __smtpwatch_incidents
    timeout 1 smtpwatch alerts -n 100 --json 2>/dev/null | sed -n 's/.*"incident":"\([a-z0-9]*\)".*/\1/p' | sort -u
end

set -l by script user process unit destination receiver
set -l sort rate verdict user name connections 25 465 587 other open failed destinations accepted refused
set -a sort submissions first last rule incident process unit site reply helo
set -l severity info notice warning high critical
set -l asking '__smtpwatch_is top events alerts status explain reload'
set -l lines '__smtpwatch_is events alerts'
set -l top '__smtpwatch_is top'
set -l alerts '__smtpwatch_is alerts'
set -l first __smtpwatch_has_no_command

complete -c smtpwatch -f
complete -c smtpwatch -n $first -a top -d 'who sends how much, and whether it should be'
complete -c smtpwatch -n $first -a events -d 'the latest connections, refusals and submissions'
complete -c smtpwatch -n $first -a alerts -d 'the latest alerts'
complete -c smtpwatch -n $first -a status -d 'whether all is seen, and what to do where it is not'
complete -c smtpwatch -n $first -a explain -d 'what an incident is, and what would allow it'
complete -c smtpwatch -n $first -a reload -d 'make the daemon read its configuration anew'
complete -c smtpwatch -n $first -a help -d 'print the help'
complete -c smtpwatch -n $first -a version -d 'print the version'
complete -c smtpwatch -n '__smtpwatch_is explain' -a '(__smtpwatch_incidents)'

complete -c smtpwatch -n $asking -l socket -r -F -d 'ask the daemon at a path'
complete -c smtpwatch -n $asking -l json -d 'print JSON, an object a line'
complete -c smtpwatch -n $asking -l no-color -d 'no colours'
complete -c smtpwatch -n $asking -l ascii -d 'no other characters than those of ASCII'
complete -c smtpwatch -n $top -l delay -s d -x -d 'between two pictures, in seconds'
complete -c smtpwatch -n $top -l by -x -a "$by" -d 'what a row is of'
complete -c smtpwatch -n $top -l sort -x -a "$sort" -d 'sort by a column'
complete -c smtpwatch -n $top -l filter -x -d 'only rows in which all words occur'
complete -c smtpwatch -n $top -l mouse -d 'take the mouse in the view'
complete -c smtpwatch -n $top -l batch -s b -d 'print plain text instead of a view'
complete -c smtpwatch -n $top -l count -s n -x -d 'end after so many pictures'
complete -c smtpwatch -n $top -l rows -x -d 'at most so many rows'
complete -c smtpwatch -n $top -l width -x -d 'at most so many columns of a terminal'
complete -c smtpwatch -n $lines -l last -s n -x -d 'so many of the past'
complete -c smtpwatch -n $lines -l follow -s f -d 'go on with what happens'
complete -c smtpwatch -n $lines -l user -x -a '(__fish_complete_users)' -d 'only of this user'
complete -c smtpwatch -n $lines -l script -r -F -d 'only where the path of script or program has it'
complete -c smtpwatch -n $lines -l port -x -d 'only to this port'
complete -c smtpwatch -n $lines -l destination -x -d 'only to this address, network or part of a name'
complete -c smtpwatch -n $alerts -l rule -x -a '(__smtpwatch_rules)' -d 'only of this rule'
complete -c smtpwatch -n $alerts -l severity -x -a "$severity" -d 'only of at least this severity'
complete -c smtpwatch -l version -s V -d 'print the version'
complete -c smtpwatch -l help -s h -d 'print the help'

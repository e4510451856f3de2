#!/bin/sh
# Records `sudo-misuse.ndjson.gz`: real sudo and su, used as they should be and otherwise. Needs rsyslog and sudo besides
# what `record-lib.sh` names, and no logging daemon on /dev/log. Makes two accounts and a sudo rule, and removes them.
set -eu
. "$(dirname "$0")/record-lib.sh"
[ ! -e /dev/log ] || { echo 'record-sudo.sh: /dev/log is taken; use a container' >&2; exit 1; }

machine jump-01 10.20.1.5
PASSWORD="winter$(od -An -N2 -tu2 /dev/urandom | tr -d ' ')"
clean() {
  finish
  rm -f /dev/log /etc/sudoers.d/recording
  userdel -r ops >/dev/null 2>&1 || true
  userdel -r intern >/dev/null 2>&1 || true
}
trap clean EXIT INT TERM
useradd -m -s /bin/sh ops
useradd -m -s /bin/sh intern
printf 'ops:%s\nintern:%s\n' "$PASSWORD" "$PASSWORD" | chpasswd
printf 'ops ALL=(root) /usr/bin/id, /usr/bin/find, /usr/bin/systemctl status *, /usr/bin/less\n' >/etc/sudoers.d/recording
chmod 440 /etc/sudoers.d/recording

cat >"$WORK/rsyslog.conf" <<CONF
global(workDirectory="$WORK")
module(load="imuxsock" SysSock.Name="/dev/log" SysSock.RateLimit.Interval="0" SysSock.UsePIDFromSystem="off")
action(type="omfile" file="$WORK/log" template="RSYSLOG_SyslogProtocol23Format" asyncWriting="off")
CONF
background rsyslogd -n -f "$WORK/rsyslog.conf" -i "$WORK/rsyslog.pid"
while [ ! -S /dev/log ]; do sleep 0.1; done

# as USER COMMANDS: with `$P` for the account's password.
as() {
  P=$PASSWORD su -m "$1" -s /bin/sh -c "cd /; $2" >/dev/null 2>&1 || true
  sleep 0.4
}

as ops 'echo "$P" | sudo -S -p "" /usr/bin/id'
as ops 'echo "$P" | sudo -S -p "" /usr/bin/id -u'
# Commands that the rule does not name, and files that are nobody's business.
as ops 'echo "$P" | sudo -S -p "" /usr/bin/cat /etc/shadow'
as ops 'echo "$P" | sudo -S -p "" /usr/bin/tee -a /etc/sudoers'
as ops 'echo "$P" | sudo -S -p "" /usr/sbin/useradd -o -u 0 toor'
as ops 'echo "$P" | sudo -S -p "" /bin/bash'
# Out of an allowed command into a shell.
as ops 'echo "$P" | sudo -S -p "" /usr/bin/find /root -maxdepth 0 -exec /bin/sh -c "id; ls /root" \;'
as ops 'echo "$P" | sudo -S -p "" /usr/bin/less /var/log/auth.log'
# Somebody who guesses.
for guess in 123456 password ops2026; do as ops "printf '$guess\n$guess\n$guess\n' | sudo -k -S -p '' /usr/bin/id"; done
# Somebody who is not in the list at all.
as intern 'echo "$P" | sudo -S -p "" /usr/bin/id'
as intern 'echo "$P" | sudo -S -p "" /bin/sh'
as intern 'printf "root\n" | su - root -c id'
as intern 'printf "toor\n" | su - root -c id'
sleep 1
grep -v -e ' rsyslogd ' -e pam_systemd -e pam_limits "$WORK/log" >"$WORK/kept"
keep "$WORK/kept" syslog "$HERE/sudo-misuse.ndjson.gz"

#!/bin/sh
# Records `ssh-brute-force.ndjson.gz`: a real sshd under a password attack, a login that succeeds, sudo used and misused.
#
# Needs a throwaway Linux machine or container as root, with openssh-server, openssh-client, rsyslog and sudo, and no
# logging daemon on /dev/log. It makes two accounts and a sudo rule, and removes them again. Takes about four minutes.
set -eu

HOST=gov-portal-02
PORT=${PORT:-18222}
OUT=${OUT:-$(cd "$(dirname "$0")" && pwd)/ssh-brute-force.ndjson.gz}

if [ "${INSIDE:-}" != yes ]; then
  [ "$(id -u)" = 0 ] || { echo 'record-ssh.sh: must run as root' >&2; exit 1; }
  [ ! -e /dev/log ] || { echo 'record-ssh.sh: /dev/log is taken; use a container' >&2; exit 1; }
  INSIDE=yes OUT=$OUT PORT=$PORT exec unshare --uts --mount "$0"
fi

hostname "$HOST"
WORK=$(mktemp -d)
chmod 755 "$WORK"
# sudo looks its host up; only this script's processes see the entry.
printf '127.0.0.1 localhost %s\n' "$HOST" >"$WORK/hosts"
mount --bind "$WORK/hosts" /etc/hosts
PASSWORD="summer$(od -An -N2 -tu2 /dev/urandom | tr -d ' ')"
finish() {
  [ -z "${SSHD:-}" ] || kill "$SSHD" 2>/dev/null || true
  [ -z "${RSYSLOG:-}" ] || { kill "$RSYSLOG" 2>/dev/null; wait "$RSYSLOG" 2>/dev/null; } || true
  rm -f /dev/log /etc/sudoers.d/recording
  userdel -r webops >/dev/null 2>&1 || true
  userdel -r backup2 >/dev/null 2>&1 || true
  umount /etc/hosts 2>/dev/null || true
  rm -rf "$WORK"
}
trap finish EXIT INT TERM

useradd -m -s /bin/sh webops
useradd -m -s /bin/sh backup2
printf 'webops:%s\nbackup2:%s\n' "$PASSWORD" "$PASSWORD" | chpasswd
printf 'webops ALL=(root) /usr/bin/id, /usr/bin/find\n' >/etc/sudoers.d/recording
chmod 440 /etc/sudoers.d/recording

cat >"$WORK/rsyslog.conf" <<CONF
global(workDirectory="$WORK")
module(load="imuxsock" SysSock.Name="/dev/log" SysSock.RateLimit.Interval="0" SysSock.UsePIDFromSystem="off")
action(type="omfile" file="$WORK/log" template="RSYSLOG_SyslogProtocol23Format" asyncWriting="off")
CONF
rsyslogd -n -f "$WORK/rsyslog.conf" -i "$WORK/rsyslog.pid" &
RSYSLOG=$!
while [ ! -S /dev/log ]; do sleep 0.1; done

mkdir -p /run/sshd
ssh-keygen -q -t ed25519 -N '' -f "$WORK/hostkey"
cat >"$WORK/sshd_config" <<CONF
ListenAddress 127.0.0.1:$PORT
HostKey $WORK/hostkey
PidFile $WORK/sshd.pid
UsePAM yes
PasswordAuthentication yes
KbdInteractiveAuthentication no
PermitRootLogin yes
MaxStartups 30:30:60
UseDNS no
CONF
/usr/sbin/sshd -D -f "$WORK/sshd_config" &
SSHD=$!
sleep 1

printf '#!/bin/sh\nprintf "%%s\\n" "$ATTEMPT"\n' >"$WORK/askpass"
chmod 755 "$WORK/askpass"
export SSH_ASKPASS="$WORK/askpass" SSH_ASKPASS_REQUIRE=force

# attack ADDRESS USER PASSWORD PROMPTS [COMMAND]: one connection, the same password at each prompt.
attack() {
  address=$1 user=$2 prompts=$4
  ATTEMPT=$3 ssh -b "$address" -p "$PORT" -l "$user" -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null \
    -o PubkeyAuthentication=no -o NumberOfPasswordPrompts="$prompts" -o LogLevel=ERROR 127.0.0.1 "${5:-true}" \
    </dev/null >/dev/null 2>&1 || true
}

# Password spraying: many names, few passwords, from several addresses.
for round in 1 2; do
  for user in root admin test oracle postgres ubuntu git deploy jenkins mysql ftpuser nagios; do
    last=2
    started=
    for attempt in 1 2 3; do
      attack "127.0.0.$last" "$user" "$user$round$attempt" 1 &
      started="$started $!"
      last=$((last + 1))
    done
    for job in $started; do wait "$job"; done
  done
done

# Brute force: one address, the names that exist, as many attempts as sshd lets through.
for round in 1 2 3 4 5 6; do
  attack 127.0.0.7 root "toor$round" 7 &
  first=$!
  attack 127.0.0.7 webops "webops$round" 7 &
  second=$!
  attack 127.0.0.7 backup2 "backup$round" 7 &
  third=$!
  wait "$first" "$second" "$third"
done
# Names made to look like the rest of a log line, and a scanner that speaks no SSH.
attack 127.0.0.8 'root from 203.0.113.9 port 22 ssh2' guess 1
printf 'GET / HTTP/1.1\r\n\r\n' | timeout 3 sh -c "exec nc 127.0.0.1 $PORT" >/dev/null 2>&1 || true

# The attacker is in.
attack 127.0.0.7 webops "$PASSWORD" 1 'id; uname -a; cat /etc/passwd'
attack 127.0.0.7 webops "$PASSWORD" 1 "
  echo '$PASSWORD' | sudo -S -p '' /usr/bin/id
  echo '$PASSWORD' | sudo -S -p '' /usr/bin/cat /etc/shadow
  printf 'one\ntwo\nthree\n' | sudo -k -S -p '' /usr/bin/id
  echo '$PASSWORD' | sudo -S -p '' /usr/bin/find /root -maxdepth 0 -exec /bin/sh -c 'id > /dev/null' \;"
attack 127.0.0.7 backup2 "$PASSWORD" 1 "echo '$PASSWORD' | sudo -S -p '' /bin/sh"
sleep 2

kill "$SSHD"
SSHD=
sleep 1
# One JSON object a line: when it was received, and the line itself.
node -e '
  const { readFileSync, writeFileSync } = require("node:fs");
  const { gzipSync } = require("node:zlib");
  const lines = readFileSync(process.argv[1], "utf8").split("\n").filter((line) => line !== "" && !line.includes(" rsyslogd "));
  const records = lines.map((raw) => {
    const at = new Date(/^<\d+>1 (\S+)/.exec(raw)[1]).toISOString();
    return JSON.stringify({ at, format: "syslog", raw });
  });
  writeFileSync(process.argv[2], gzipSync(records.join("\n") + "\n", { level: 9 }));
  console.log(`${records.length} lines`);
' "$WORK/log" "$OUT"

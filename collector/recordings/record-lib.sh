# Shared by the `record-*.sh`: a machine of its own (host name, network, mounts) that is gone with the script, and the
# writing of what was recorded. Needs a throwaway Linux machine or container as root, with iproute2 and Node.
#
# The addresses are those kept for documentation (RFC 5737) and private ones (RFC 1918); all lie on the loopback device
# of a network of its own, so nothing leaves the machine.

[ "$(id -u)" = 0 ] || { echo "$0: must run as root" >&2; exit 1; }
HERE=$(cd "$(dirname "$0")" && pwd)
if [ "${INSIDE:-}" != yes ]; then
  INSIDE=yes exec unshare --uts --mount --net "$0" "$@"
fi

WORK=$(mktemp -d)
chmod 755 "$WORK"
STARTED=
finish() {
  for job in $STARTED; do kill "$job" 2>/dev/null || true; done
  sleep 0.3
  rm -rf "$WORK"
}
trap finish EXIT INT TERM

# machine NAME ADDRESS…
machine() {
  hostname "$1"
  printf '127.0.0.1 localhost %s\n' "$1" >"$WORK/hosts"
  mount --bind "$WORK/hosts" /etc/hosts
  shift
  ip link set lo up
  for address in "$@"; do ip addr add "$address/32" dev lo; done
}

# background COMMAND…: stopped with the script.
background() {
  "$@" &
  STARTED="$STARTED $!"
}

# keep FILE FORMAT OUT: one JSON object a line of FILE, with the time that the line itself tells.
keep() {
  node -e '
    const { readFileSync, writeFileSync } = require("node:fs");
    const { gzipSync } = require("node:zlib");
    const [file, format, out] = process.argv.slice(1);
    const lines = readFileSync(file, "utf8").split("\n").filter((line) => line !== "");
    const timeOf = (line) => {
      const iso = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)/.exec(line)?.[0];
      const web = /\[(\d\d)\/(\w{3})\/(\d{4}):([\d:]+) ([+-]\d{4})\]/.exec(line);
      const bind = /^(\d\d)-(\w{3})-(\d{4}) ([\d:.]+)/.exec(line);
      const squid = /^(\d{10}\.\d{3}) /.exec(line);
      if (iso) return new Date(iso);
      if (web) return new Date(`${web[1]} ${web[2]} ${web[3]} ${web[4]} ${web[5]}`);
      if (bind) return new Date(`${bind[1]} ${bind[2]} ${bind[3]} ${bind[4]} UTC`);
      return new Date(Number(squid[1]) * 1000);
    };
    const records = lines.map((raw) => JSON.stringify({ at: timeOf(raw).toISOString(), format, raw }));
    writeFileSync(out, gzipSync(records.join("\n") + "\n", { level: 9 }));
    console.log(`${records.length} lines`);
  ' "$@"
}

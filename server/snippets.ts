/** Configurations to paste into shippers, with this server's own addresses in them. */
import type { Snippets } from './routes/sources.js';

export interface SnippetFacts {
  /** `http://host:port`; undefined where ingest is off. */
  readonly ingestUrl?: string;
  /** `host:port`; undefined where syslog is off. */
  readonly syslog?: string;
  /** A key must be sent: the texts show where. */
  readonly keyed: boolean;
}

const KEY = 'YOUR_KEY';

export function makeSnippets({ ingestUrl, syslog, keyed }: SnippetFacts): Snippets {
  const texts: Snippets['snippets'] = [];
  if (syslog !== undefined) texts.push({ shipper: 'rsyslog', language: 'conf', text: rsyslog(syslog) });
  if (ingestUrl !== undefined) {
    texts.push({ shipper: 'rsyslog-http', language: 'conf', text: rsyslogHttp(ingestUrl, keyed) });
    texts.push({ shipper: 'filebeat', language: 'yaml', text: filebeat(ingestUrl, keyed) });
    texts.push({ shipper: 'vector', language: 'yaml', text: vector(ingestUrl, keyed) });
    texts.push({ shipper: 'fluent-bit', language: 'conf', text: fluentBit(ingestUrl, keyed) });
  }
  return { ingestUrl: ingestUrl ?? null, syslog: syslog ?? null, snippets: texts };
}

function rsyslog(address: string): string {
  const at = new URL(`tcp://${address}`);
  return `# /etc/rsyslog.d/60-fenghuo.conf
*.* action(
  type="omfwd" target="${at.hostname.replace(/^\[|\]$/g, '')}" port="${at.port}" protocol="tcp"
  template="RSYSLOG_SyslogProtocol23Format" TCP_Framing="octet-counted"
  queue.type="LinkedList" queue.filename="fenghuo" queue.saveOnShutdown="on"
  action.resumeRetryCount="-1"
)
`;
}

/**
 * Over HTTP with batches and answers: what the server did not accept stays in rsyslog's queue. `searchType=""` sends no
 * mapping type, which Elasticsearch 8 has no more; `apikey` needs rsyslog 8.2406 or later.
 */
function rsyslogHttp(url: string, keyed: boolean): string {
  const { hostname, port, protocol } = new URL(url);
  const tls = protocol === 'https:';
  return `# /etc/rsyslog.d/60-fenghuo.conf (apt-get install rsyslog-elasticsearch)
module(load="omelasticsearch")
template(name="fenghuo" type="list" option.jsonf="on") {
  property(outname="@timestamp" name="timereported" dateFormat="rfc3339" format="jsonf")
  property(outname="host.name" name="hostname" format="jsonf")
  property(outname="log.syslog.appname" name="programname" format="jsonf")
  property(outname="process.pid" name="procid" format="jsonf")
  property(outname="message" name="msg" format="jsonf")
}
*.* action(
  type="omelasticsearch" server="${hostname.replace(/^\[|\]$/g, '')}" serverport="${port || (tls ? '443' : '80')}"${tls ? ' usehttps="on"' : ''}
  template="fenghuo" searchIndex="logs-rsyslog" searchType="" bulkmode="on"
${keyed ? `  apikey="${KEY}"  # rsyslog 8.2406 or later\n` : ''}  queue.type="LinkedList" queue.filename="fenghuo-http" queue.saveOnShutdown="on"
  action.resumeRetryCount="-1"
)
`;
}

function filebeat(url: string, keyed: boolean): string {
  return `# filebeat.yml
filebeat.inputs:
  - type: filestream
    id: logs
    paths: [/var/log/*.log]
setup.ilm.enabled: false
setup.template.enabled: false
output.elasticsearch:
  hosts: ["${url}"]
  allow_older_versions: true
${keyed ? `  headers:\n    Authorization: "ApiKey ${KEY}"\n` : ''}`;
}

function vector(url: string, keyed: boolean): string {
  return `# vector.yaml
sources:
  logs:
    type: file
    include: [/var/log/*.log]
sinks:
  fenghuo:
    type: elasticsearch
    inputs: [logs]
    endpoints: ["${url}"]
    mode: bulk
${keyed ? `    request:\n      headers:\n        Authorization: "ApiKey ${KEY}"\n` : ''}`;
}

function fluentBit(url: string, keyed: boolean): string {
  const { hostname, port, protocol } = new URL(url);
  const host = hostname.replace(/^\[|\]$/g, '');
  const tls = protocol === 'https:' ? 'on' : 'off';
  // The es output of released versions sends no header of one's own: with a key, the http output.
  const output = keyed
    ? `    Name              http
    Match             *
    Host              ${host}
    Port              ${port}
    URI               /ingest
    Format            json_lines
    Json_date_key     @timestamp
    Json_date_format  iso8601
    Header            Authorization ApiKey ${KEY}
    tls               ${tls}
    Retry_Limit       no_limits
`
    : `    Name                es
    Match               *
    Host                ${host}
    Port                ${port}
    Index               fenghuo
    Suppress_Type_Name  On
    Buffer_Size         512KB
    tls                 ${tls}
    Retry_Limit         no_limits
`;
  return `# fluent-bit.conf
[INPUT]
    Name  tail
    Path  /var/log/*.log
    Key   message
    DB    /var/lib/fluent-bit/fenghuo.db
[OUTPUT]
${output}`;
}

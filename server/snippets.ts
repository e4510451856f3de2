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
  return `# fluent-bit.conf
[INPUT]
    Name  tail
    Path  /var/log/*.log
[OUTPUT]
    Name    http
    Match   *
    Host    ${hostname.replace(/^\[|\]$/g, '')}
    Port    ${port}
    URI     /ingest
    Format  json_lines
    tls     ${protocol === 'https:' ? 'on' : 'off'}
${keyed ? `    Header  Authorization ApiKey ${KEY}\n` : ''}`;
}

/** The host that a shipper's document names, under the names that shippers use. */
import { isIP } from 'node:net';
import type { Draft } from './draft.js';

const HOST_PATHS = ['host', 'hostname', '_HOSTNAME', 'fromhost', 'log.syslog.hostname', 'host.hostname'];

export function setHost(draft: Draft): void {
  for (const path of HOST_PATHS) {
    const host = draft.text(path);
    if (host === undefined || host === '') continue;
    if (isIP(host) === 0) draft.set('host.name', host);
    break;
  }
  // A scalar `host` and an object `host` cannot live side by side in Elasticsearch.
  if (draft.fields['host'] !== undefined && draft.text('host') === draft.text('host.name'))
    draft.drop('host');
}

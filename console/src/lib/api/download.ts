/** A file of the server, by the browser's own download: it sends no header of ours, so the realm goes with the address. */
import { queryText, type QueryFields } from './client.js';
import { realm } from './server.js';

export function download(path: string, query: QueryFields): void {
  const link = document.createElement('a');
  link.href = `/api/v1${path}${queryText({ ...query, realm: realm.current })}`;
  link.download = '';
  link.click();
}

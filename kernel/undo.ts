/** Names changes of alerts, so that they can be taken back. Without a schema: the console reads it, too. */

/** Names the change that gave an alert this version. */
export function undoOf(alert: string, version: number): string {
  return `${alert}@${version}`;
}

/** What kinds of things Windows events tell of, by channel and event id: category, type, action. */

/** `category|category: type type: action`. */
export interface WindowsEventKind {
  readonly category: readonly string[];
  readonly type: readonly string[];
  readonly action?: string;
  /** Fixed outcome; otherwise it comes from the audit keywords. */
  readonly outcome?: 'success' | 'failure';
}

function kind(
  category: string,
  type: string,
  action?: string,
  outcome?: 'success' | 'failure',
): WindowsEventKind {
  return {
    category: category.split(' '),
    type: type.split(' '),
    ...(action && { action }),
    ...(outcome && { outcome }),
  };
}

const SECURITY: Readonly<Record<string, WindowsEventKind>> = {
  1100: kind('process', 'end', 'logging-service-shutdown'),
  1102: kind('iam', 'admin change', 'audit-log-cleared', 'success'),
  1104: kind('iam', 'admin', 'logging-full'),
  4608: kind('host', 'start', 'windows-starting'),
  4616: kind('configuration', 'change', 'system-time-changed'),
  4624: kind('authentication', 'start', 'logged-in', 'success'),
  4625: kind('authentication', 'start', 'logon-failed', 'failure'),
  4634: kind('authentication', 'end', 'logged-out'),
  4647: kind('authentication', 'end', 'logged-out'),
  4648: kind('authentication', 'start', 'logged-in-explicit'),
  4649: kind('authentication', 'admin info', 'replay-attack-detected'),
  4656: kind('file', 'access', 'handle-requested'),
  4657: kind('registry configuration', 'change', 'registry-value-modified'),
  4660: kind('file', 'deletion', 'object-deleted'),
  4661: kind('iam', 'access', 'handle-requested'),
  4662: kind('iam', 'access', 'object-operation-performed'),
  4663: kind('file', 'access', 'object-access-attempted'),
  4670: kind('iam configuration', 'admin change', 'permissions-changed'),
  4672: kind('iam', 'admin', 'logged-in-special'),
  4673: kind('iam', 'admin', 'privileged-service-called'),
  4674: kind('iam', 'admin', 'privileged-operation'),
  4688: kind('process', 'start', 'created-process'),
  4689: kind('process', 'end', 'exited-process'),
  4697: kind('iam configuration', 'admin change', 'service-installed'),
  4698: kind('iam configuration', 'creation admin', 'scheduled-task-created'),
  4699: kind('iam configuration', 'deletion admin', 'scheduled-task-deleted'),
  4700: kind('iam configuration', 'change admin', 'scheduled-task-enabled'),
  4701: kind('iam configuration', 'change admin', 'scheduled-task-disabled'),
  4702: kind('iam configuration', 'change admin', 'scheduled-task-updated'),
  4719: kind('iam configuration', 'admin change', 'changed-audit-config'),
  4720: kind('iam', 'user creation', 'added-user-account'),
  4722: kind('iam', 'user change', 'enabled-user-account'),
  4723: kind('iam', 'user change', 'changed-password'),
  4724: kind('iam', 'user change', 'reset-password'),
  4725: kind('iam', 'user change', 'disabled-user-account'),
  4726: kind('iam', 'user deletion', 'deleted-user-account'),
  4727: kind('iam', 'group creation', 'added-group-account'),
  4728: kind('iam', 'group change', 'added-member-to-group'),
  4729: kind('iam', 'group change', 'removed-member-from-group'),
  4730: kind('iam', 'group deletion', 'deleted-group-account'),
  4731: kind('iam', 'group creation', 'added-group-account'),
  4732: kind('iam', 'group change', 'added-member-to-group'),
  4733: kind('iam', 'group change', 'removed-member-from-group'),
  4734: kind('iam', 'group deletion', 'deleted-group-account'),
  4735: kind('iam', 'group change', 'modified-group-account'),
  4737: kind('iam', 'group change', 'modified-group-account'),
  4738: kind('iam', 'user change', 'modified-user-account'),
  4739: kind('configuration', 'change', 'domain-policy-changed'),
  4740: kind('iam', 'user change', 'locked-out-user-account'),
  4741: kind('iam', 'creation admin', 'added-computer-account'),
  4742: kind('iam', 'change admin', 'changed-computer-account'),
  4743: kind('iam', 'deletion admin', 'deleted-computer-account'),
  4754: kind('iam', 'group creation', 'added-group-account'),
  4755: kind('iam', 'group change', 'modified-group-account'),
  4756: kind('iam', 'group change', 'added-member-to-group'),
  4757: kind('iam', 'group change', 'removed-member-from-group'),
  4767: kind('iam', 'user change', 'unlocked-user-account'),
  4768: kind('authentication', 'start', 'kerberos-authentication-ticket-requested'),
  4769: kind('authentication', 'start', 'kerberos-service-ticket-requested'),
  4770: kind('authentication', 'start', 'kerberos-service-ticket-renewed'),
  4771: kind('authentication', 'start', 'kerberos-preauth-failed'),
  4776: kind('authentication', 'start', 'credential-validated'),
  4778: kind('authentication session', 'start', 'session-reconnected'),
  4779: kind('authentication session', 'end', 'session-disconnected'),
  4781: kind('iam', 'user change', 'renamed-user-account'),
  4798: kind('iam', 'user info', 'group-membership-enumerated'),
  4799: kind('iam', 'group info', 'user-member-enumerated'),
  4946: kind('configuration', 'creation', 'firewall-rule-added'),
  4964: kind('iam', 'admin group', 'logged-in-special'),
  5140: kind('network file', 'info access', 'network-share-object-accessed'),
  5145: kind('network file', 'info access', 'network-share-object-access-checked'),
  5152: kind('network', 'denied connection', 'windows-firewall-packet-block', 'failure'),
  5156: kind('network', 'allowed connection start', 'windows-firewall-connection', 'success'),
  5157: kind('network', 'denied connection', 'windows-firewall-connection-block', 'failure'),
  5158: kind('network', 'allowed', 'windows-firewall-port-bind', 'success'),
  5380: kind('iam', 'user info', 'vault-credential-find'),
  5381: kind('iam', 'user info', 'vault-credentials-were-read'),
  5382: kind('iam', 'user info', 'vault-credentials-were-read'),
};

const SYSMON: Readonly<Record<string, WindowsEventKind>> = {
  1: kind('process', 'start'),
  2: kind('file', 'change'),
  3: kind('network', 'start connection protocol'),
  4: kind('process', 'change'),
  5: kind('process', 'end'),
  6: kind('driver', 'start'),
  7: kind('process', 'change'),
  8: kind('process', 'change'),
  9: kind('process', 'access'),
  10: kind('process', 'access'),
  11: kind('file', 'creation'),
  12: kind('configuration registry', 'change'),
  13: kind('configuration registry', 'change'),
  14: kind('configuration registry', 'change'),
  15: kind('file', 'access'),
  16: kind('configuration', 'change'),
  17: kind('file', 'creation'),
  18: kind('file', 'access'),
  19: kind('configuration', 'change'),
  20: kind('configuration', 'change'),
  21: kind('configuration', 'change'),
  22: kind('network', 'connection protocol info'),
  23: kind('file', 'deletion'),
  24: kind('process', 'change'),
  25: kind('process', 'change'),
  26: kind('file', 'deletion'),
  27: kind('file', 'denied creation'),
  28: kind('file', 'denied deletion'),
  29: kind('file', 'creation'),
};

const POWERSHELL: Readonly<Record<string, WindowsEventKind>> = {
  400: kind('process', 'start', 'Engine Lifecycle'),
  403: kind('process', 'end', 'Engine Lifecycle'),
  600: kind('process', 'info', 'Provider Lifecycle'),
  800: kind('process', 'info', 'Pipeline Execution Details'),
  4103: kind('process', 'info', 'Executing Pipeline'),
  4104: kind('process', 'info', 'Execute a Remote Command'),
  4105: kind('process', 'start', 'Starting Command'),
  4106: kind('process', 'end', 'Stopping Command'),
};

const SYSTEM: Readonly<Record<string, WindowsEventKind>> = {
  104: kind('iam', 'admin change', 'log-cleared', 'success'),
  7036: kind('process', 'info', 'service-state-changed'),
  7040: kind('configuration', 'change', 'service-start-type-changed'),
  7045: kind('configuration iam', 'creation admin', 'service-installed'),
};

const CHANNELS: Readonly<Record<string, Readonly<Record<string, WindowsEventKind>>>> = {
  security: SECURITY,
  'microsoft-windows-sysmon/operational': SYSMON,
  'linux-sysmon/operational': SYSMON,
  'windows powershell': POWERSHELL,
  'microsoft-windows-powershell/operational': POWERSHELL,
  'powershellcore/operational': POWERSHELL,
  system: SYSTEM,
};

/** `channel` is in lower case. Undefined for events that are not in the tables. */
export function windowsEventKind(channel: string, code: string): WindowsEventKind | undefined {
  const table = Object.hasOwn(CHANNELS, channel) ? CHANNELS[channel] : undefined;
  return table && Object.hasOwn(table, code) ? table[code] : undefined;
}

/** Every word of the tables. */
export const WINDOWS_EVENT_WORDS: readonly string[] = Object.values(CHANNELS).flatMap((table) =>
  Object.values(table).flatMap(({ category, type, action }) => [...category, ...type, action ?? '']),
);

/** Logon types of 4624 and its kin, in Winlogbeat's words. */
export const LOGON_TYPES: ReadonlyMap<string, string> = new Map([
  ['2', 'Interactive'],
  ['3', 'Network'],
  ['4', 'Batch'],
  ['5', 'Service'],
  ['7', 'Unlock'],
  ['8', 'NetworkCleartext'],
  ['9', 'NewCredentials'],
  ['10', 'RemoteInteractive'],
  ['11', 'CachedInteractive'],
  ['12', 'CachedRemoteInteractive'],
  ['13', 'CachedUnlock'],
]);

/** Fields of Sigma's taxonomy as paths of our events. Data: a field may stand for several paths, any of which may hold. */

export type FieldTable = Readonly<Record<string, readonly string[]>>;

/** Windows fields that are no plain datum of the event (those are `winlog.event_data.<Name>`). */
export const WINDOWS_FIELDS: FieldTable = {
  EventID: ['event.code'],
  Channel: ['winlog.channel'],
  Provider_Name: ['winlog.provider_name'],
  ProviderName: ['winlog.provider_name'],
  Computer: ['winlog.computer_name'],
  ComputerName: ['winlog.computer_name'],
  Keywords: ['winlog.keywords'],
  Level: ['winlog.level', 'log.level'],
  Task: ['winlog.task'],
  Opcode: ['winlog.opcode'],
  Message: ['message'],
  EventRecordID: ['winlog.record_id'],
  UserID: ['winlog.user.identifier', 'winlog.event_data.UserID'],
  SourceName: ['winlog.provider_name', 'winlog.event_data.SourceName'],
};

/** Process creation is Sysmon 1 or Security 4688, which names the same things otherwise. */
export const WINDOWS_PROCESS_FIELDS: FieldTable = {
  Image: ['winlog.event_data.Image', 'winlog.event_data.NewProcessName'],
  ParentImage: ['winlog.event_data.ParentImage', 'winlog.event_data.ParentProcessName'],
  LogonId: ['winlog.event_data.LogonId', 'winlog.event_data.SubjectLogonId'],
};

/** Processes, files and connections of Linux and macOS in ECS, and as Sysmon for Linux has them. */
export const UNIX_FIELDS: FieldTable = {
  Image: ['process.executable', 'winlog.event_data.Image'],
  CommandLine: ['process.command_line', 'winlog.event_data.CommandLine'],
  ParentImage: ['process.parent.executable', 'winlog.event_data.ParentImage'],
  ParentCommandLine: ['process.parent.command_line', 'winlog.event_data.ParentCommandLine'],
  CurrentDirectory: ['process.working_directory', 'winlog.event_data.CurrentDirectory'],
  ProcessId: ['process.pid'],
  User: ['user.name', 'winlog.event_data.User'],
  LogonId: ['winlog.event_data.LogonId'],
  TargetFilename: ['file.path', 'winlog.event_data.TargetFilename'],
  DestinationIp: ['destination.ip'],
  DestinationPort: ['destination.port'],
  DestinationHostname: ['destination.domain', 'winlog.event_data.DestinationHostname'],
  SourceIp: ['source.ip'],
  SourcePort: ['source.port'],
  Initiated: ['winlog.event_data.Initiated'],
};

/** Web servers and proxies, after W3C extended log names. Rules look for whole requests in the query: both are searched. */
export const WEB_FIELDS: FieldTable = {
  'c-ip': ['source.ip'],
  client_ip: ['source.ip'],
  src_ip: ['source.ip'],
  's-ip': ['destination.ip'],
  dst_ip: ['destination.ip'],
  's-port': ['destination.port', 'url.port'],
  'cs-method': ['http.request.method'],
  'cs-uri': ['url.original'],
  'c-uri': ['url.original'],
  'cs-uri-stem': ['url.path'],
  'c-uri-stem': ['url.path'],
  'cs-uri-query': ['url.query', 'url.original'],
  'c-uri-query': ['url.query', 'url.original'],
  'c-uri-extension': ['url.extension'],
  'cs-host': ['url.domain'],
  'r-dns': ['url.domain'],
  'sc-status': ['http.response.status_code'],
  'c-useragent': ['user_agent.original'],
  'cs-user-agent': ['user_agent.original'],
  'cs-User-Agent': ['user_agent.original'],
  'cs-referer': ['http.request.referrer'],
  'cs-referrer': ['http.request.referrer'],
  'cs-username': ['user.name'],
  'cs-cookie': ['http.request.cookie'],
  'cs-version': ['http.version'],
  'sc-bytes': ['http.response.body.bytes'],
  'cs-bytes': ['http.request.body.bytes'],
  'cs-content-type': ['http.request.mime_type'],
};

/** Log lines of Linux services, where rules name what auditd or sudo name. */
export const LINUX_FIELDS: FieldTable = {
  USER: ['USER', 'system.auth.sudo.user', 'user.effective.name'],
  CommandLine: ['process.command_line'],
};

/** DNS, firewalls and what else has a place of its own in ECS. */
export const NETWORK_FIELDS: FieldTable = {
  query: ['dns.question.name', 'query'],
  record_type: ['dns.question.type', 'record_type'],
  answer: ['dns.answers.data', 'answer'],
  src_ip: ['source.ip'],
  dst_ip: ['destination.ip'],
  src_port: ['source.port'],
  dst_port: ['destination.port'],
  'destination.port': ['destination.port'],
  action: ['event.action', 'action'],
};

/** The forms of Elasticsearch's answers: what it is, errors, and the no-ops that shippers ask for first. */
import { sentenceOf, ERRORS, type Fault } from '#kernel/errors.js';

/**
 * The version we answer for: 8, which Filebeat and Logstash 8 and 9, Vector, Fluent Bit and rsyslog all write to.
 * Beats refuse servers older than themselves only where `allow_older_versions` is switched off.
 */
export const ELASTIC_VERSION = '8.19.0';

export function clusterInfo(name: string) {
  return {
    name,
    cluster_name: 'fenghuo',
    cluster_uuid: 'fenghuo-ingest-0000000',
    version: {
      number: ELASTIC_VERSION,
      build_flavor: 'default',
      build_type: 'tar',
      build_hash: 'fenghuo',
      build_date: '2025-01-01T00:00:00.000Z',
      build_snapshot: false,
      lucene_version: '9.12.2',
      minimum_wire_compatibility_version: '7.17.0',
      minimum_index_compatibility_version: '7.0.0',
    },
    tagline: 'You Know, for Search',
  };
}

export const LICENSE = {
  license: {
    status: 'active',
    uid: 'fenghuo',
    type: 'basic',
    issue_date: '2025-01-01T00:00:00.000Z',
    issue_date_in_millis: 1_735_689_600_000,
    max_nodes: 1000,
    issued_to: 'fenghuo',
    issuer: 'fenghuo',
    start_date_in_millis: -1,
  },
} as const;

export const XPACK = {
  build: { hash: 'fenghuo', date: '2025-01-01T00:00:00.000Z' },
  license: { uid: 'fenghuo', type: 'basic', mode: 'basic', status: 'active' },
  features: {
    ilm: { available: false, enabled: false },
    security: { available: true, enabled: true },
    monitoring: { available: false, enabled: false },
  },
  tagline: 'You know, for X',
} as const;

export const HEALTH = {
  cluster_name: 'fenghuo',
  status: 'green',
  timed_out: false,
  number_of_nodes: 1,
  number_of_data_nodes: 1,
  active_primary_shards: 1,
  active_shards: 1,
  relocating_shards: 0,
  initializing_shards: 0,
  unassigned_shards: 0,
  delayed_unassigned_shards: 0,
  number_of_pending_tasks: 0,
  number_of_in_flight_fetch: 0,
  task_max_waiting_in_queue_millis: 0,
  active_shards_percent_as_number: 100,
} as const;

export interface ElasticError {
  readonly error: {
    readonly root_cause: readonly { readonly type: string; readonly reason: string }[];
    readonly type: string;
    readonly reason: string;
  };
  readonly status: number;
}

export function elasticError(status: number, type: string, reason: string): ElasticError {
  return { error: { root_cause: [{ type, reason }], type, reason }, status };
}

const TYPES: Partial<Record<Fault['code'], string>> = {
  not_authenticated: 'security_exception',
  not_permitted: 'security_exception',
  wrong_origin: 'security_exception',
  journal_full: 'es_rejected_execution_exception',
  disk_full: 'es_rejected_execution_exception',
  too_many_requests: 'es_rejected_execution_exception',
  too_large: 'content_too_long_exception',
  too_many_records: 'content_too_long_exception',
  decode_failed: 'parse_exception',
  not_found: 'resource_not_found_exception',
};

/** Type of Elasticsearch for a fault. */
export function elasticType(fault: Fault): string {
  return TYPES[fault.code] ?? 'illegal_argument_exception';
}

export function elasticFault(fault: Fault): ElasticError {
  return elasticError(ERRORS[fault.code].status, elasticType(fault), sentenceOf(fault));
}

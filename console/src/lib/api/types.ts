/** The answers of the API, put together from the kernel's schemas. */
import type { Alert, AlertSummary, Incident } from '#kernel/schema/alert.js';
import type { PublicUser } from '#kernel/schema/account.js';
import type { Page } from '#kernel/schema/pieces.js';
import type { Hunt } from '#kernel/schema/hunt.js';
import type { LedgerCounts } from '#kernel/schema/judgement.js';
import type { Diagnostic, Rule } from '#kernel/schema/rule.js';
import type { Job, Source } from '#kernel/schema/source.js';
import type { Observable } from '#kernel/schema/workspace.js';
import type { Event } from '#kernel/event.js';
import type { EventDay } from '#kernel/ports/event-store.js';
import type { Disposition, Outcome, Severity, Stage } from '#kernel/vocabulary.js';

/** A record with the version that its next change must name. */
export type Versioned<T> = T & { version: number };

export interface FacetValue {
  readonly value: string;
  readonly count: number;
}
export type Facets = Readonly<Record<string, readonly FacetValue[]>>;
export type FacetedPage<T> = Page<T> & { readonly facets?: Facets };

export type AlertRow = Versioned<AlertSummary>;
export type AlertDetail = Versioned<Alert> & { ledger?: LedgerCounts; ruleText?: string };
export type IncidentRow = Versioned<Incident>;
export type IncidentDetail = Versioned<Incident> & { next: readonly { to: Stage; back: boolean }[] };
export type SourceRow = Versioned<Source>;
export type UserRow = Versioned<PublicUser>;

export interface SessionAnswer {
  readonly user: PublicUser;
  readonly permissions: readonly string[];
}
export interface PersonName {
  readonly id: string;
  readonly displayName: string;
}
export interface BulkAnswer {
  readonly changed: number;
  readonly conflicts: readonly string[];
  readonly undo: string;
}
export type EventPageAnswer = Page<Event> & { readonly totalExact: boolean };
export interface HistogramAnswer {
  readonly stepMs: number;
  readonly buckets: readonly { readonly fromMs: number; readonly count: number }[];
}
export interface TermsAnswer {
  readonly items: readonly FacetValue[];
}
export interface FieldsAnswer {
  /** Events that were read to find them. */
  readonly sampled: number;
  readonly total: number;
  readonly totalExact: boolean;
  readonly items: readonly { readonly path: string; readonly count: number; readonly kind: string }[];
}
export type RulePage = Page<Rule> & { readonly failed: number };
export type RuleDetail = Rule & { text: string; diagnostics: readonly Diagnostic[] };
export interface LocalFile {
  readonly path: string;
  readonly format: string;
  readonly readable: boolean;
  readonly reason?: string;
  /** Stable word for the reason. */
  readonly cause?: string;
  readonly group?: string;
}
export interface LocalSources {
  readonly journald: {
    readonly available: boolean;
    readonly reason?: string;
    readonly cause?: string;
    readonly group?: string;
  };
  readonly files: readonly LocalFile[];
}
export interface SnippetAnswer {
  /** null: switched off. */
  readonly ingestUrl: string | null;
  readonly syslog: string | null;
  readonly snippets: readonly {
    readonly shipper: string;
    readonly language: string;
    readonly text: string;
  }[];
}
export interface Recording {
  readonly id: string;
  readonly title: string;
  readonly description: string;
  readonly events: number;
  readonly bytes: number;
  readonly titles?: Readonly<Record<string, string>>;
  readonly descriptions?: Readonly<Record<string, string>>;
  /** What of it lies in the stores now. */
  readonly loaded?: { readonly events: number; readonly alerts: number; readonly incidents: number };
}
export interface SourceHealth {
  readonly hours: readonly { readonly from: string; readonly events: number }[];
  /** Milliseconds from the event's own time to its acceptance. */
  readonly lateness?: {
    readonly events: number;
    readonly p50Ms: number;
    readonly p95Ms: number;
    readonly mostMs: number;
  };
  readonly unread: {
    readonly events: number;
    readonly exact: boolean;
    readonly grouped: number;
    readonly shapes: readonly {
      readonly shape: string;
      readonly events: number;
      readonly reason: string;
      readonly lastAt: string;
      readonly example: string;
    }[];
  };
}
export interface StorageAnswer {
  readonly eventBytes: number;
  readonly recordBytes: number;
  readonly journalBytes: number;
  readonly days: readonly EventDay[];
  readonly bytesPerDay: number;
  readonly freeBytes: number;
  readonly daysLeft: number | null;
  readonly retentionDays: number;
  readonly diskTotal: number;
}
/** One row for all alerts that share a value. */
export interface AlertGroup {
  readonly key: readonly (string | null)[];
  readonly alerts: number;
  readonly events: number;
  readonly severity: Severity;
  readonly outcome: Outcome;
  readonly lastEventAt: string;
  readonly newest: Pick<AlertSummary, 'id' | 'title' | 'host' | 'user' | 'sourceIp' | 'destinationIp'> & {
    readonly ruleId: string;
  };
}
export interface GroupPageAnswer {
  readonly total: number;
  readonly groups: number;
  readonly items: readonly AlertGroup[];
  readonly next: string | null;
}
export interface SearchHit {
  readonly kind: string;
  readonly value: string;
  readonly title: string;
  readonly count?: number;
  /** False: `count` is a lower bound. */
  readonly countExact?: boolean;
  /** Page of the console. */
  readonly href: string;
  readonly titles?: Readonly<Record<string, string>>;
}
export interface SearchAnswer {
  readonly items: readonly SearchHit[];
  readonly unfinished: readonly string[];
}
export interface SimilarAnswer {
  readonly total: number;
  readonly open: number;
  readonly lastDay: number;
  readonly last30Days: number;
  readonly dispositions: readonly {
    readonly value: Disposition;
    readonly count: number;
    readonly conclusion?: string;
  }[];
  readonly items: readonly AlertRow[];
}
export interface RuleHistoryAnswer {
  readonly versions: readonly {
    readonly version: string;
    readonly title: string;
    readonly text: string;
    readonly firstLoadedAt: string;
  }[];
  readonly switches: readonly {
    readonly at: string;
    readonly enabled: boolean;
    readonly by: string;
    readonly reason?: string;
  }[];
}
export interface ObservableRow {
  /** Of one that a person added. */
  readonly id?: string;
  readonly kind: Observable['kind'];
  readonly value: string;
  readonly note?: string;
  readonly origin: Observable['origin'];
  readonly alerts: number;
}
export interface RelatedIncident {
  readonly incident: Incident;
  readonly shared: readonly { readonly kind: Observable['kind']; readonly value: string }[];
}
/** An event that an alert of the incident kept, with both clocks. */
export interface IncidentEvent {
  readonly id: string;
  readonly at: string;
  readonly ingestedAt: string;
  readonly alert: string;
  readonly title: string;
  readonly rule: string;
  readonly host?: string;
  readonly text: string;
}
/** A retro-hunt with how far its job is. */
export type HuntRow = Hunt & {
  readonly progress: Pick<Job, 'state' | 'done' | 'total' | 'endedAt' | 'message' | 'code'>;
};

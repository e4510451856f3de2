/** Identifiers and a true audit log for tests of the rooms that may not import trust/ themselves. */
export { openAuditLog } from '#trust/audit/audit-log.js';
export { verifyEntries } from '#trust/audit/verify.js';
export { createIdentifiers } from '#trust/crypto/identifiers.js';

/** Which roles may go together: the three administrators are kept apart (三员分立), and audit stands alone. */
import { ADMINISTRATORS, type Role } from '#kernel/vocabulary.js';

export type RoleConflict = 'administrators' | 'audit_alone';

export function roleConflict(roles: readonly Role[]): RoleConflict | undefined {
  if (roles.includes('audit') && roles.length > 1) return 'audit_alone';
  return roles.filter((role) => ADMINISTRATORS.includes(role)).length > 1 ? 'administrators' : undefined;
}

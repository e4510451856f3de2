import { signedInAt } from '$lib/session/guard.js';
import type { LayoutLoad } from './$types.js';

export const load: LayoutLoad = ({ url }) => signedInAt(url);

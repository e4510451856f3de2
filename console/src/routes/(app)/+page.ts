/** The first place that is open to the person. */
import { redirect } from '@sveltejs/kit';
import { homeFor } from '$lib/shell/navigation.js';
import { session } from '$lib/session/session.svelte.js';
import type { PageLoad } from './$types.js';

export const load: PageLoad = async ({ parent }) => {
  const { problem } = await parent();
  if (!problem)
    redirect(
      307,
      homeFor((permission) => session.can(permission)),
    );
};

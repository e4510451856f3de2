/** Nobody gets past here without a session. */
import { redirect } from '@sveltejs/kit';
import type { ApiProblem } from '$lib/api/answer.js';
import { server } from '$lib/api/server.js';
import { session } from './session.svelte.js';

/** For a layout's `load`: goes to set-up or sign-in, and says what keeps the server from answering. */
export async function signedInAt(url: URL): Promise<{ problem: ApiProblem | undefined }> {
  const here = `${url.pathname}${url.search}`;
  const answer = await session.ready();
  if (answer.ok) return { problem: undefined };
  if (answer.problem.status !== 401 && answer.problem.code !== 'setup_required')
    return { problem: answer.problem };
  const setup = await server.get<{ required: boolean }>('/setup');
  if (setup.ok && setup.value.required) redirect(307, '/setup');
  redirect(307, here === '/' ? '/login' : `/login?next=${encodeURIComponent(here)}`);
}

/** Who is signed in, and what they may do. */
import { goto } from '$app/navigation';
import { onSignedOut, realm, server } from '$lib/api/server.js';
import type { Answer } from '$lib/api/answer.js';
import type { PersonName, SessionAnswer } from '$lib/api/types.js';
import { live } from '$lib/live/live.svelte.js';

class SessionState {
  #answer = $state.raw<SessionAnswer | undefined>(undefined);
  /** Display names by user id. */
  names = $state.raw<ReadonlyMap<string, string>>(new Map());

  get user() {
    return this.#answer?.user;
  }

  can(permission: string): boolean {
    return this.#answer?.permissions.includes(permission) ?? false;
  }

  #asked: Promise<Answer<SessionAnswer>> | undefined;

  /** Whether somebody is signed in; asked of the server once at a time, and not again once somebody is. */
  ready(): Promise<Answer<SessionAnswer>> {
    if (this.#answer) return Promise.resolve({ ok: true, value: this.#answer });
    return (this.#asked ??= this.#read().finally(() => (this.#asked = undefined)));
  }

  async #read(): Promise<Answer<SessionAnswer>> {
    let answer = await server.get<SessionAnswer>('/session');
    if (!answer.ok && answer.problem.code === 'not_permitted' && realm.current !== 'live') {
      // The realm that this tab kept is not this person's.
      realm.choose('live');
      answer = await server.get<SessionAnswer>('/session');
    }
    if (answer.ok) this.begin(answer.value);
    return answer;
  }

  begin(answer: SessionAnswer): void {
    this.#answer = answer;
    const { realms } = answer.user;
    if (!realms.includes(realm.current))
      realm.choose(realms.includes('live') ? 'live' : (realms[0] ?? 'live'));
    live.start(realm.current);
    void this.readNames();
  }

  async readNames(): Promise<void> {
    const answer = await server.get<PersonName[] | { items: PersonName[] }>('/users/names');
    if (!answer.ok) return;
    const people = Array.isArray(answer.value) ? answer.value : answer.value.items;
    this.names = new Map(people.map((person) => [person.id, person.displayName]));
  }

  /** The name of a person; a stranger's id as it is. */
  nameOf(id: string | undefined): string | undefined {
    if (!id) return undefined;
    return this.names.get(id) ?? (id === this.user?.id ? this.user.displayName : id);
  }

  async signOut(): Promise<void> {
    await server.delete('/session');
    this.end();
    await goto('/login');
  }

  end(): void {
    this.#answer = undefined;
    live.stop();
  }
}

export const session = new SessionState();

onSignedOut(() => {
  if (!session.user) return;
  session.end();
  const here = `${location.pathname}${location.search}`;
  void goto(`/login?next=${encodeURIComponent(here)}&ended=1`);
});

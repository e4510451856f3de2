/** About what deferred matches were: the first different ones, and whether there were others. */
import { MOST_DEFERRED_ENTITIES, type Deferred, type Entity } from './schema/alert.js';

export class DeferredEntities {
  readonly #known = new Map<string, Entity>();
  #further = false;

  add(entity: Entity): void {
    const key = `${entity.kind}:${entity.value}`;
    if (this.#known.has(key)) return;
    if (this.#known.size < MOST_DEFERRED_ENTITIES) this.#known.set(key, entity);
    else this.#further = true;
  }

  join({ entities, further }: Deferred): this {
    for (const entity of entities) this.add(entity);
    this.#further ||= further;
    return this;
  }

  all(): Deferred {
    return { entities: [...this.#known.values()], further: this.#further };
  }
}

import type { Store } from './store.ts'

/** Tokens that have not expired and are good no longer: used tickets, sessions that were logged out. */
export class Spent {
  private constructor(
    private readonly store: Store,
    private readonly ids: Map<string, number>,
  ) {}

  static async load(store: Store, now: number): Promise<Spent> {
    const rows = await store.call('spent', now)
    return new Spent(store, new Map(rows.map(({ id, expires }) => [id, expires])))
  }

  has(id: string): boolean {
    return this.ids.has(id)
  }

  /**
   * Resolves when it would survive a power cut. Known from the first moment on: of two who present one ticket one is late.
   * @returns false where it was spent before
   */
  async spend(id: string, expires: number): Promise<boolean> {
    if (this.ids.has(id)) return false
    this.ids.set(id, expires)
    await this.store.call('spend', id, expires)
    return true
  }

  /** Forgets what has expired by itself. */
  prune(now: number): void {
    for (const [id, expires] of this.ids) if (expires <= now) this.ids.delete(id)
  }
}

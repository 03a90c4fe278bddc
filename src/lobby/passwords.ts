import { availableParallelism } from 'node:os'
import type { ScryptCalls } from './scrypt.ts'
import { Thread } from './thread.ts'

/** Passwords that wait to be hashed or checked; some seconds' work. */
const MAX_WAITING = 32
/** One core is the rooms'. */
const THREADS = Math.max(1, Math.min(4, availableParallelism() - 1))

/**
 * Hashes and checks passwords by scrypt, in threads of low priority: not in libuv's pool, whose four threads files and name
 * look-ups need as well.
 */
export class Passwords {
  private threads: Thread<ScryptCalls>[] = []

  /** @returns what to keep, or undefined where too many wait */
  hash(password: string): Promise<string> | undefined {
    return this.thread()?.call('hash', password)
  }

  /** @param stored undefined where there is no such account: it takes as long @returns undefined where too many wait */
  verify(password: string, stored: string | undefined): Promise<boolean> | undefined {
    return this.thread()?.call('verify', password, stored)
  }

  async close(): Promise<void> {
    await Promise.all(this.threads.map((thread) => thread.close()))
  }

  /** The one with the least to do; a further one is started when all have something. */
  private thread(): Thread<ScryptCalls> | undefined {
    this.threads = this.threads.filter(({ dead }) => !dead)
    const waiting = this.threads.reduce((sum, { size }) => sum + size, 0)
    if (waiting >= MAX_WAITING) return undefined
    const [idlest] = this.threads.toSorted((a, b) => a.size - b.size)
    if (idlest && (idlest.size === 0 || this.threads.length === THREADS)) return idlest
    const thread = new Thread<ScryptCalls>('scrypt-thread')
    this.threads.push(thread)
    return thread
  }
}

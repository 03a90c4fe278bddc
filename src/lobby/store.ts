import { closeSync, openSync } from 'node:fs'
import { join } from 'node:path'
import { ConfigError } from '../values.ts'
import type { Operations } from './database.ts'
import { Thread } from './thread.ts'

/** The database, asked from the event loop: what a call has answered is on the disk. */
export type Store = Pick<Thread<Operations>, 'call' | 'close'>

/**
 * Opens, or makes, the database of a data folder, in a thread of its own: a sync of the disk takes 0.2 ms at best, some 8 ms now and
 * then, and more on a slow disk; what comes in meanwhile shares the next one.
 * @throws ConfigError where it can't be had
 */
export async function openStore(folder: string): Promise<Store> {
  const file = join(folder, 'lobby.db')
  // Before SQLite makes it, readable by everyone.
  closeSync(openSync(file, 'a', 0o600))
  const thread = new Thread<Operations>('database-thread', file)
  try {
    await thread.call('prune', 0, 0)
    return thread
  } catch (error) {
    const { message } = error as Error
    const why = /locked|busy/i.test(message) ? 'another server has its database' : message
    throw new ConfigError(`--data ${folder}: ${why}`)
  }
}

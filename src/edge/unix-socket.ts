import { accessSync, chmodSync, constants, lstatSync, rmSync } from 'node:fs'
import { createConnection } from 'node:net'
import { dirname } from 'node:path'
import { ListenError } from './transport.ts'

/** The owner and the group: the proxy in front is made a member of it. */
const MODE = 0o660

/**
 * Makes a path free for listening: what a dead server left there goes.
 * @throws ListenError where a server listens there, or something else lies there
 */
export async function claimPath(path: string): Promise<void> {
  try {
    accessSync(dirname(path), constants.W_OK)
    const found = lstatSync(path, { throwIfNoEntry: false })
    if (!found) return
    if (!found.isSocket()) throw new ListenError('what lies there is no socket')
  } catch (error) {
    if (error instanceof ListenError) throw error
    throw new ListenError(`its folder can't be written to (${(error as NodeJS.ErrnoException).code})`)
  }
  const answer = await knock(path)
  if (answer === undefined) throw new ListenError('it is in use')
  if (answer !== 'ECONNREFUSED') throw new ListenError(`whether a server listens there can't be found out (${answer})`)
  rmSync(path, { force: true })
}

/** Lets the owner and the group in. */
export function openPath(path: string): void {
  chmodSync(path, MODE)
}

export function releasePath(path: string): void {
  rmSync(path, { force: true })
}

/** @returns the code of the error; undefined where somebody answers */
function knock(path: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const visitor = createConnection(path)
    visitor.once('connect', () => {
      visitor.destroy()
      resolve(undefined)
    })
    visitor.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message))
  })
}

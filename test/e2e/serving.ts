import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, onTestFinished } from 'vitest'
import { startServer, type TestServer } from '../helpers.ts'

type Options = Parameters<typeof startServer>[1]

/** Starts the real binary, with a short grace for its children; it ends with the test. */
export async function serving(args: readonly string[], options?: Options): Promise<TestServer> {
  const server = await startServer(['--killgrace', '0.3', ...args], options)
  onTestFinished(async () => {
    await server.stop()
  })
  return server
}

/** One server for all tests of a `describe`: they use rooms of their own. */
export function sharedServer(args: readonly string[], options?: Options): () => TestServer {
  let server: TestServer
  beforeAll(async () => {
    server = await startServer(['--killgrace', '0.3', ...args], options)
  })
  afterAll(async () => {
    await server?.stop()
  })
  return () => server
}

/** `cat` by another name: a text in its command line finds it again among all processes. */
export const markedCat = (mark: string): string[] => ['sed', '--', '-u', '-e', `#${mark}`]

let marks = 0
/** A text that no other process has in its command line. */
export const newMark = (): string => `playpipe-test-${process.pid}-${Date.now()}-${++marks}`

/** A folder that goes with the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'playpipe-test-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** A folder for `--games`, that goes with the test: what stands in the game.json of each. */
export function folderOfGames(games: Record<string, unknown>): string {
  const folder = temporaryFolder()
  for (const [name, content] of Object.entries(games)) {
    mkdirSync(join(folder, name))
    writeFileSync(join(folder, name, 'game.json'), JSON.stringify(content))
  }
  return folder
}

/** What Playpipe owes, given what ScaleSocket did; and where both are written down. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { play, type Transcript } from './run.ts'
import type { Scenario } from './scenarios.ts'
import type { Program } from './server.ts'

export const VERSION = '0.2.4'

export interface Stored {
  readonly program: string
  readonly version: string
  readonly transcripts: { readonly [scenario: string]: Transcript }
}

const place = (root: string) => join(root, `test/compat/transcripts/scalesocket-${VERSION}.json`)

export function load(root: string): Stored {
  const path = place(root)
  if (!existsSync(path)) return { program: 'scalesocket', version: VERSION, transcripts: {} }
  return JSON.parse(readFileSync(path, 'utf8')) as Stored
}

export function store(root: string, transcripts: Stored['transcripts']): void {
  const kept: Stored = { program: 'scalesocket', version: VERSION, transcripts }
  writeFileSync(place(root), `${JSON.stringify(kept, null, 2)}\n`)
}

export function expected(scenario: Scenario, real: Transcript): Transcript {
  const merged = { ...real, ...scenario.differs?.expect }
  return Object.fromEntries(Object.entries(merged).filter(([, value]) => value !== undefined))
}

/** Labels that `differs` names although both programs agree there: a difference that has vanished. */
export function vanished(scenario: Scenario, real: Transcript): string[] {
  const claims = Object.entries(scenario.differs?.expect ?? {})
  return claims.filter(([label, value]) => isDeepStrictEqual(real[label], value)).map(([label]) => label)
}

/** `undefined` when they agree, or the labels where they do not. */
export function quarrel(want: Transcript, got: Transcript): string[] | undefined {
  const labels = [...new Set([...Object.keys(want), ...Object.keys(got)])]
  const bad = labels.filter((label) => !isDeepStrictEqual(want[label], got[label]))
  return bad.length === 0 ? undefined : bad
}

/** A racy scenario is played until it tells what was stored; the last transcript is returned otherwise. */
export async function replay(scenario: Scenario, real: Program, root: string, stored: Transcript): Promise<Transcript> {
  let seen = await play(scenario, real, root)
  for (let more = scenario.racy ? 9 : 0; more > 0 && quarrel(stored, seen); more--)
    seen = await play(scenario, real, root)
  return seen
}

/** The transcript to store: of a racy scenario the fullest of several. */
export async function record(scenario: Scenario, real: Program, root: string): Promise<Transcript> {
  let best = await play(scenario, real, root)
  for (let more = scenario.racy ? 7 : 0; more > 0; more--) {
    const next = await play(scenario, real, root)
    if (JSON.stringify(next).length > JSON.stringify(best).length) best = next
  }
  return best
}

/** The named rows of docs/compat.md: lines of a table that begin with a name in backquotes. */
export function documented(root: string): Set<string> {
  const text = readFileSync(join(root, 'docs/compat.md'), 'utf8')
  return new Set([...text.matchAll(/^\| `([a-z][a-z0-9-]*)` \|/gm)].map((match) => match[1]!))
}

/** Runs the work for each item, a few at a time, and keeps the order. */
export async function each<T, R>(items: readonly T[], atOnce: number, work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = []
  let next = 0
  const worker = async () => {
    while (next < items.length) {
      const index = next++
      results[index] = await work(items[index]!)
    }
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
  return results
}

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { lacking, play, versionOf } from './run.ts'
import { FLAGS, scenarios } from './scenarios.ts'
import type { Program } from './server.ts'
import { documented, expected, load, quarrel, replay, VERSION, vanished } from './verdict.ts'

const root = join(import.meta.dirname, '../..')
const stored = load(root)
// PLAYPIPE_FLAGS="--transport ws" plays the list on the other transport.
const flags = process.env.PLAYPIPE_FLAGS?.split(' ') ?? []
const playpipe: Program = { name: 'playpipe', argv: [process.execPath, join(root, 'bin/playpipe.js'), ...flags] }
const real: Program = { name: 'scalesocket', argv: ['scalesocket'] }
const version = versionOf('scalesocket')

for (const scenario of scenarios) {
  const tool = lacking(scenario)
  if (tool) console.log(`skipped: "${scenario.name}" needs ${tool}`)
}

describe.concurrent('Playpipe does what ScaleSocket did, or what docs/compat.md says', () => {
  for (const scenario of scenarios) {
    test.skipIf(lacking(scenario))(scenario.name, { timeout: 60_000 }, async ({ expect }) => {
      const told = stored.transcripts[scenario.name]
      expect(told, 'no transcript of the real program: npm run compat -- --record').toBeDefined()
      expect(vanished(scenario, told!), 'these differences have vanished').toEqual([])
      expect(await play(scenario, playpipe, root)).toEqual(expected(scenario, told!))
    })
  }
})

describe.concurrent('the real program still does what its transcript tells', () => {
  if (version !== VERSION)
    console.log(`skipped: no scalesocket ${VERSION} on the PATH, the stored transcripts speak for it`)
  for (const scenario of scenarios) {
    test.skipIf(version !== VERSION || lacking(scenario))(scenario.name, { timeout: 60_000 }, async ({ expect }) => {
      const told = stored.transcripts[scenario.name] ?? {}
      const seen = await replay(scenario, real, root, told)
      expect(quarrel(told, seen), JSON.stringify({ told, seen }, null, 1)).toBeUndefined()
    })
  }
})

describe('the record is whole', () => {
  test('every scenario has a name of its own, and every transcript its scenario', () => {
    const names = scenarios.map((scenario) => scenario.name)
    expect(new Set(names).size).toBe(names.length)
    expect(Object.keys(stored.transcripts).sort()).toEqual([...names].sort())
  })

  test('every flag of ScaleSocket is used by a scenario', () => {
    const used = scenarios.flatMap((scenario) =>
      [...scenario.flags, ...scenario.command].map((flag) => flag.split('=')[0]),
    )
    // Each scenario is started with --addr.
    expect(FLAGS.filter((flag) => flag !== '--addr' && !used.includes(flag))).toEqual([])
  })

  test('every deliberate difference has its row in docs/compat.md, and every row its scenario', () => {
    const rows = [...documented(root)].sort()
    const named = [...new Set(scenarios.flatMap((scenario) => scenario.differs?.rows ?? []))].sort()
    expect(rows).toEqual(named)
  })

  test('docs/compat.md names every flag of ScaleSocket', () => {
    const text = readFileSync(join(root, 'docs/compat.md'), 'utf8')
    expect(FLAGS.filter((flag) => !text.includes(`\`${flag}`))).toEqual([])
  })
})

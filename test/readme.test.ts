import { chmodSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
// @ts-expect-error: a script without types
import { withBench, withOptions } from '../scripts/readme.mjs'
import { connect, ROOT, startServer } from './helpers.ts'

const readme = readFileSync(join(ROOT, 'README.md'), 'utf8')

it('the table of options is the one that the option table gives', async () => {
  expect(await withOptions(readme)).toBe(readme)
})

it('the table of figures is the one that the bench printed, here and in docs/performance.md', () => {
  expect(withBench(readme)).toBe(readme)
  const performance = readFileSync(join(ROOT, 'docs', 'performance.md'), 'utf8')
  expect(withBench(performance)).toBe(performance)
})

it('the game on the first screen plays as it is printed there', async () => {
  const source = /```python\n([\s\S]*?)```/.exec(readme)![1]!
  const game = join(mkdtempSync(join(tmpdir(), 'playpipe-readme-')), 'game.py')
  writeFileSync(game, source)
  chmodSync(game, 0o755)
  const server = await startServer(['--json', '--staticdir', 'public', '--', game])
  const ada = await connect(server, '/lobby')
  expect(await ada.json()).toEqual({ players: { 1: { t: 'Join', _from: 1 } } })
  const bob = await connect(server, '/lobby')
  expect(Object.keys((await bob.json()).players as object)).toEqual(['1', '2'])
  await ada.next()
  ada.send({ x: 3, y: 4 })
  expect(await bob.json()).toEqual({ players: { 1: { _from: 1, x: 3, y: 4 }, 2: { t: 'Join', _from: 2 } } })
  expect(await server.stop()).toBe(0)
})

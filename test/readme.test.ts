import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
// @ts-expect-error: a script without types
import { withBench, withOptions } from '../scripts/readme.mjs'
import { connect, launchChromium, ROOT, startServer } from './helpers.ts'

const readme = readFileSync(join(ROOT, 'README.md'), 'utf8')

it('the table of options is the one that the option table gives', async () => {
  expect(await withOptions(readme)).toBe(readme)
})

it('the table of figures is the one that the bench printed, here and in docs/performance.md', () => {
  expect(withBench(readme)).toBe(readme)
  const performance = readFileSync(join(ROOT, 'docs', 'performance.md'), 'utf8')
  expect(withBench(performance)).toBe(performance)
})

describe('the game on the first screen', async () => {
  const browser = await launchChromium()
  const cwd = mkdtempSync(join(tmpdir(), 'playpipe-readme-'))
  afterAll(async () => {
    await browser?.close()
    rmSync(cwd, { recursive: true })
  })
  /** Written and started as it is printed there, at another port. */
  const start = () => {
    mkdirSync(join(cwd, 'public'), { recursive: true })
    writeFileSync(join(cwd, 'game.py'), /```python\n([\s\S]*?)```/.exec(readme)![1]!)
    writeFileSync(join(cwd, 'public', 'index.html'), /```html\n([\s\S]*?)```/.exec(readme)![1]!)
    const [, words] = /^ {4}playpipe (.*game\.py)$/m.exec(readme)!
    return startServer(words!.split(' '), { cwd })
  }

  it('plays', async () => {
    const server = await start()
    const ada = await connect(server, '/lobby')
    expect(await ada.json()).toEqual({ players: { 1: { t: 'Join', _from: 1 } } })
    const bob = await connect(server, '/lobby')
    expect(Object.keys((await bob.json()).players as object)).toEqual(['1', '2'])
    await ada.next()
    ada.send({ x: 3, y: 4 })
    expect(await bob.json()).toEqual({ players: { 1: { _from: 1, x: 3, y: 4 }, 2: { t: 'Join', _from: 2 } } })
    expect(await server.stop()).toBe(0)
  })

  it.skipIf(!browser)('shows each player as a dot on its page', async () => {
    const server = await start()
    const [ada, bob] = [await browser!.newPage(), await browser!.newPage()]
    for (const page of [ada, bob]) await page.goto(server.url)
    // The first move brings the sockets up: what is sent before waits for them.
    await ada.mouse.move(30, 40)
    await bob.mouse.move(50, 60)
    for (const page of [ada, bob]) await page.waitForFunction('document.querySelectorAll("b").length === 2')
    expect(await bob.locator('b').evaluateAll((dots) => dots.map((dot) => dot.getAttribute('style')))).toEqual([
      'position:fixed;left:30px;top:40px',
      'position:fixed;left:50px;top:60px',
    ])
    await bob.close()
    await ada.waitForFunction('document.querySelectorAll("b").length === 1')
    expect(await server.stop()).toBe(0)
  })
})

import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { launchChromium, ROOT } from '../helpers.ts'
import { sharedServer } from './serving.ts'
import { Player } from './xo-player.ts'
import { prepare, Visit } from './xo-visit.ts'

/** A small phone, upright and held sideways, and larger ones held sideways. */
const SIZES = [[360, 640], [640, 360], [667, 375], [740, 360], [844, 390]] as const // biome-ignore format: pairs

const browser = await launchChromium()

describe.skipIf(!browser)('the layout of XO', () => {
  const chromium = browser as Browser
  const shared = sharedServer(['--resume', '60', '--games', join(ROOT, 'games'), '--staticdir', 'public', '--api'])
  const open = (query: string, width: number, height: number) =>
    Visit.open(chromium, `${shared().url}/xo/?${query}`, { viewport: { width, height }, hasTouch: true })

  beforeAll(prepare)
  afterEach(() => Promise.all(chromium.contexts().map((context) => context.close())))
  afterAll(() => chromium.close())

  /** Two on a board of 3 cells a side: X first. */
  async function two(room: string, width: number, height: number): Promise<[Visit, Visit]> {
    const ada = await open(`room=${room}&name=Ada`, width, height)
    await ada.until('Ada sits', ({ seat }) => seat === 0)
    await ada.button('Board').click()
    await ada.button(/^Classic/).click()
    await ada.button('Play on this board').click()
    await ada.until('the board is small', ({ state }) => state.side === 3)
    const grace = await open(`room=${room}&name=Grace`, width, height)
    const { state, seat } = await ada.until('they play', (seen) => seen.state.phase === 'playing')
    await grace.until('they play', (seen) => seen.state.phase === 'playing')
    return state.first === seat ? [ada, grace] : [grace, ada]
  }

  async function win([x, o]: [Visit, Visit]): Promise<void> {
    for (const [i, [column, row]] of [[0, 0], [0, 1], [1, 0], [1, 1], [2, 0]].entries()) // biome-ignore format: pairs
      await (i % 2 === 0 ? x : o).move(column!, row!)
    for (const visit of [x, o]) await visit.until('X has won', (seen) => seen.state.phase === 'over')
  }

  it('keeps the drawing on the sheet, wherever what is around it pushes it', async () => {
    const [x, o] = await two('pushed', 360, 700)
    await win([x, o])
    await x.inPlace()
    const { top } = await x.sheet()
    await x.button('Change your name').click()
    await x.page.getByRole('textbox', { name: 'Your name' }).fill('Wilhelmina Wolfe')
    await x.button('Save').click()
    await x.page.locator('.player-name', { hasText: 'Wilhelmina' }).waitFor()
    expect((await x.sheet()).top).not.toBe(top)
    await x.inPlace()

    await x.page.setViewportSize({ width: 360, height: 420 })
    await x.inPlace()
    await x.page.locator('.table').evaluate((table) => table.scrollBy(0, 60))
    expect(await x.page.locator('.table').evaluate((table) => table.scrollTop)).toBeGreaterThan(20)
    await x.inPlace()
    expect([...x.errors, ...o.errors]).toEqual([])
  }, 60_000)

  it('has all that can be done in sight on a phone, whichever way it is held', async () => {
    const ada = await open(`room=sight&name=${encodeURIComponent('Wilhelmina Wolfe')}`, 360, 640)
    const fits = async (when: string) => {
      for (const [width, height] of SIZES) {
        await ada.page.setViewportSize({ width, height })
        expect(await ada.outside(), `${when}, ${width} × ${height}`).toEqual([])
      }
    }
    await ada.until('Ada sits', ({ seat }) => seat === 0)
    await fits('waiting')
    const bob = await Player.join(shared(), 'sight', `?name=${'W'.repeat(24)}`)
    await bob.until(() => bob.state.phase === 'playing')
    const cells = [[2, 2], [3, 3], [2, 3]] as const // biome-ignore format: pairs
    for (const [x, y] of cells) {
      if (bob.state.turn === bob.seat) await bob.move(x, y)
      else await Promise.all([ada.move(x, y), bob.until(() => bob.state.turn === bob.seat)])
    }
    await fits('playing')
    await bob.ask('resign')
    await ada.button('Rematch').click()
    await ada.page.getByText('again?').waitFor()
    await fits('asked for a rematch')
    await ada.button('Replay').click()
    await ada.until('it runs', ({ replay }) => replay !== null)
    await fits('replay')
    await ada.inPlace()
    expect(ada.errors).toEqual([])
  }, 60_000)
})

import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { launchChromium, ROOT } from '../helpers.ts'
import { Asking } from '../lobby/asking.ts'
import { serving, temporaryFolder } from './serving.ts'
import { DESK, PHONE, prepare, Visit } from './xo-visit.ts'

const browser = await launchChromium()
const SMALL = { ...PHONE, viewport: { width: 360, height: 640 } }
const GAMES = ['--games', join(ROOT, 'games'), '--staticdir', 'public', '--api']

describe.skipIf(!browser)('the hall of XO', () => {
  const chromium = browser as Browser

  beforeAll(prepare)
  afterEach(() => Promise.all(chromium.contexts().map((context) => context.close())))
  afterAll(() => chromium.close())

  it('lets two meet through the list of waiting games and play, while a third watches', async () => {
    const data = join(temporaryFolder(), 'data')
    const server = await serving(['--lobby', '--guests', '--data', data, ...GAMES])
    const enter = async (options: object) => {
      const visit = await Visit.open(chromium, `${server.url}/xo/`, options)
      await visit.until('the hall is open', ({ hall }) => hall)
      return visit
    }
    const ada = await enter(PHONE)
    const grace = await enter(DESK)
    const tim = await enter({ ...DESK, colorScheme: 'dark' })

    await ada.page.getByRole('tab', { name: 'Sign up' }).click()
    await ada.page.getByRole('textbox', { name: 'Your name' }).fill('Ada')
    await ada.page.getByRole('textbox', { name: 'Password' }).fill('correct horse')
    await ada.shot('hall-sign-up-phone')
    await ada.button('Make an account').click()
    await ada.button('New game').click()
    await ada.button(/^Quick/).click()
    await ada.button('Play on this board').click()
    const { room, state } = await ada.until('Ada waits', ({ seat }) => seat === 0)
    expect(state).toMatchObject({ side: 4, line: 3, seats: [{ name: 'Ada', bot: false }, null] })

    // It appears where others look, by itself.
    for (const visit of [grace, tim]) {
      await visit.until('the game is listed', ({ games }) => games.some(({ id, open }) => id === room && open))
      await visit.page.getByRole('textbox', { name: 'Your name' }).fill(visit === grace ? 'Grace' : 'Tim')
      await visit.button('Play').click()
      await visit.page.getByText('a guest').waitFor()
    }
    await grace.shot('hall-desk-light')
    await grace.button('Join').click()
    await grace.until('they play', (seen) => seen.state.phase === 'playing' && seen.seat === 1)
    await tim.until('it is taken', ({ games }) => games.every(({ open }) => !open))
    await tim.shot('hall-desk-dark')
    await tim.button(/^Watch/).click()
    await tim.until('Tim watches', (seen) => seen.seat === null && seen.state.phase === 'playing')
    expect((await tim.seen())!.state.seats.map((seat) => seat?.name)).toEqual(['Ada', 'Grace'])

    const first = (await ada.seen())!.state.first
    const [x, o] = first === 0 ? [ada, grace] : [grace, ada]
    const moves = [[0, 0], [3, 3], [1, 1], [2, 3], [2, 2]] as const // biome-ignore format: pairs
    for (const [i, [column, row]] of moves.entries()) await (i % 2 === 0 ? x : o).move(column, row)
    for (const visit of [ada, grace, tim]) await visit.until('X has won', (seen) => seen.state.phase === 'over')

    await ada.button('All games').click()
    await ada.until('Ada is back in the hall', ({ hall }) => hall)
    await ada.page.reload()
    await ada.page.locator('.hall-hello', { hasText: 'You are Ada' }).waitFor()
    await ada.button('Sign out').click()
    await ada.page.getByRole('tab', { name: 'Sign in' }).click()
    await ada.page.getByRole('textbox', { name: 'Your name' }).fill('Ada')
    await ada.page.getByRole('textbox', { name: 'Password' }).fill('wrong battery')
    await ada.button('Sign in').click()
    await ada.page.getByText('The name or the password is wrong.').waitFor()
    const refused = (error: string) => /status of 401/.test(error)
    expect([...ada.errors, ...grace.errors, ...tim.errors].filter((error) => !refused(error))).toEqual([])
  }, 90_000)

  /** A lobby in which Ada makes games over its API, and others come by links. */
  async function lobby() {
    const { url } = await serving(['--lobby', '--guests', '--data', join(temporaryFolder(), 'data'), ...GAMES])
    const api = await Asking.of({ url })
    const { token } = (await api.post('/guests', { name: 'Ada' })).json
    return {
      come: (query = '') => Visit.open(chromium, `${url}/xo/${query && `?${query}`}`, SMALL),
      make: async () => {
        const made = await api.post('/games', { kind: 'xo', parameters: { side: 5, line: 4 } }, { token })
        return made.json.game.id as string
      },
      leave: (id: string) => api.post(`/games/${id}/leave`, {}, { token }),
    }
  }

  async function enterAs(name: string, { page, button }: Visit): Promise<void> {
    await page.getByRole('textbox', { name: 'Your name' }).fill(name)
    await button('Play').click()
  }
  const told = ({ page }: Visit, words: string | RegExp) => page.getByRole('status').getByText(words).waitFor()
  const failed = (error: string) => /Failed to load resource/.test(error)

  it('says what a link leads to before it asks who comes', async () => {
    const { come, make, leave } = await lobby()
    const eve = await come(`room=${await make()}`)
    await told(eve, 'Ada invites you: 5 × 5, 4 in a row')
    await eve.shot('invited-phone')
    await enterAs('Eve', eve)
    const { state } = await eve.until('Eve sits', ({ seat }) => seat === 0)
    expect(state).toMatchObject({ side: 5, line: 4 })

    const over = await make()
    await leave(over)
    for (const visit of [eve, await come()]) {
      await visit.page.goto(visit.page.url().replace(/\/xo\/.*/, `/xo/?room=${over}`))
      await told(visit, 'That game has ended.')
      expect(await visit.seen()).toMatchObject({ hall: true, status: 'closed', seat: null })
    }
    expect(eve.errors).toEqual([])
  }, 60_000)

  it('says that no such game waits where a link leads nowhere, and opens a room of that name if that was meant', async () => {
    const { come } = await lobby()
    const tim = await come('room=AbCd-1234_xy')
    await told(tim, 'No such game is waiting.')
    await tim.shot('no-such-game-phone')
    expect(await tim.seen()).toMatchObject({ hall: true, status: 'closed' })
    await tim.button('Open a room of that name').click()
    await tim.until('Tim sits in a room', ({ hall, room, seat }) => !hall && room === 'AbCd-1234_xy' && seat === 0)
    expect(tim.errors.filter((error) => !failed(error))).toEqual([])
  }, 60_000)

  it('has in the address whether somebody watches or plays', async () => {
    const { come, make } = await lobby()
    const id = await make()
    const tim = await come()
    await enterAs('Tim', tim)
    const watching = async (visit: Visit) => {
      const { room, seat } = await visit.until(
        'Tim is there',
        ({ presence }) => presence.here.length + presence.watching > 0,
      )
      expect([room, seat]).toEqual([id, null])
    }
    await tim.button(/^Watch/).click()
    await watching(tim)
    await watching(await tim.anotherTab())
    await tim.button('All games').click()
    await tim.button('Join').click()
    await tim.until('Tim sits', ({ seat }) => seat === 0)
    expect(new URL(tim.page.url()).search).toBe(`?room=${id}`)
    expect(tim.errors).toEqual([])
  }, 60_000)

  it('forgets neither the lobby nor who is there over a request that fails, and asks again', async () => {
    const { come, make } = await lobby()
    const id = await make()
    const eve = await come()
    await enterAs('Eve', eve)
    await eve.page.getByText('a guest').waitFor()
    const busy = { status: 503, json: { error: { code: 'busy', message: 'Too much is going on at once; try again.' } } }
    await eve.page.route('**/api/v1/openapi.json', (route) => route.abort(), { times: 1 })
    await eve.page.route('**/api/v1/me', (route) => route.fulfill(busy), { times: 1 })
    await eve.page.reload()
    await eve.page.getByText('You are Eve').waitFor()

    await eve.page.route(`**/api/v1/games/${id}`, (route) => route.fulfill(busy), { times: 1 })
    await eve.page.goto(`${eve.page.url()}?room=${id}`)
    await told(eve, 'Too much is going on at once; try again. Trying again…')
    await eve.until('Eve sits', ({ seat }) => seat === 0)
    expect(eve.errors.filter((error) => !failed(error))).toEqual([])
  }, 60_000)

  it('has a sentence for a name that is refused, and room for a long one', async () => {
    const { come } = await lobby()
    const eve = await come()
    await enterAs('Eve\u3164', eve)
    await eve.page.getByText("name has characters that can't stand there.").waitFor()
    await enterAs('W'.repeat(32), eve)
    await eve.button('New game').waitFor()
    expect(await eve.outside()).toEqual([])
    await eve.shot('long-name-phone')
    expect(eve.errors.filter((error) => !failed(error))).toEqual([])
  }, 60_000)
})

import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { pointsOf } from '../bigtwo/reference.ts'
import { connect, eventually, launchChromium, ROOT, startServer, type TestClient, type TestServer } from '../helpers.ts'
import { FaultyProxy } from '../proxy.ts'
import { folderOfGames } from './serving.ts'

const browser = await launchChromium()
const SHOTS = join(ROOT, 'test-results')
const GAME = join(ROOT, 'games', 'bigtwo')
const PAGE = join(ROOT, 'public', 'bigtwo')
const PHONE: BrowserContextOptions = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, hasTouch: true }
const SIDEWAYS: BrowserContextOptions = { viewport: { width: 844, height: 390 }, deviceScaleFactor: 2, hasTouch: true }
const DESK: BrowserContextOptions = { viewport: { width: 1280, height: 800 } }
const SMALL: BrowserContextOptions = { viewport: { width: 360, height: 640 }, deviceScaleFactor: 2, hasTouch: true }
type Line = Record<string, unknown> & { t: string }

/** `window.bigtwo`: what the page shows. */
interface Seen {
  room: string
  you: number | null
  status: string
  name: string
  phase: string
  seats: ({ id: number; name: string; cards: number; score: number } | null)[]
  hand: { card: string; x: number; y: number; selected: boolean }[]
  selected: string[]
  cursor?: string
  turn: number | null
  trick: { seat: number; cards: string[] } | null
  myTurn: boolean
  result: { winner: number; left: number[]; points: number[]; scores: number[] } | null
  advice: { text: string; play: boolean; pass: boolean }
  offers: { kind: string; plays: string[][] }[]
  chat: { name: string; text: string }[]
  announced: string
  log: string[]
  moving: boolean
}

const player = (id: number, name: string, more: object = {}) => ({
  id,
  name,
  bot: false,
  away: false,
  cards: 13,
  score: 0,
  ...more,
})
const HAND = '3D 4C 4H 5D 6S 7H 8D 9C TS JH QD KS 2H'.split(' ')
const NOBODY = [null, null, null, null]
const NONE = [false, false, false, false]
/** Ada at her turn, who leads and may play anything. */
const TABLE = {
  t: 'Table',
  you: 0,
  seats: [
    player(2, 'Ada', { score: -4 }),
    player(3, 'Grace', { cards: 9, score: 12 }),
    player(4, 'Bo', { bot: true }),
    player(5, 'Tim', { cards: 3, away: true, score: -8 }),
  ],
  phase: 'playing',
  deal: 1,
  hand: HAND,
  turn: 0,
  ms: 30_000,
  left: 21_000,
  trick: null,
  passed: NONE,
  last: NOBODY,
  opening: false,
  result: null,
}
const THREES = { seat: 1, cards: ['3C', '3S'] }
/** Ada alone, before the first deal. */
const ALONE = { ...TABLE, phase: 'waiting', hand: [], turn: null, left: 0, seats: [player(2, 'Ada'), null, null, null] }
const BEHIND = { ...TABLE, trick: THREES, last: [null, THREES, 'pass', null] }

/** Big Two, with a program in the place of its own. */
function bigTwo(command: readonly string[]): string[] {
  const own = JSON.parse(readFileSync(join(GAME, 'game.json'), 'utf8'))
  const bigtwo = { ...own, staticdir: PAGE, bot: `"${join(GAME, 'play')}" bot`, command }
  return ['--games', folderOfGames({ bigtwo }), '--staticdir', 'public']
}

interface Box {
  what?: string
  x: number
  y: number
  width: number
  height: number
}

const inside = (box: Box, outer: Box) =>
  box.x >= outer.x - 0.5 &&
  box.y >= outer.y - 0.5 &&
  box.x + box.width <= outer.x + outer.width + 0.5 &&
  box.y + box.height <= outer.y + outer.height + 0.5

/** Which of these boxes lie upon each other. */
const overlaps = (boxes: readonly Box[]) =>
  boxes.flatMap((one, i) =>
    boxes
      .slice(i + 1)
      .filter(
        (other) =>
          one.x < other.x + other.width &&
          other.x < one.x + one.width &&
          one.y < other.y + other.height &&
          other.y < one.y + one.height,
      )
      .map((other) => `${one.what} and ${other.what}`),
  )

/** One page: its state, its player's hands, and what went wrong in it. */
class Visit {
  readonly errors: string[] = []
  readonly hosts = new Set<string>()

  private constructor(
    readonly page: Page,
    private readonly touch: boolean,
  ) {
    page.on('console', (message) => message.type() === 'error' && this.errors.push(message.text()))
    page.on('pageerror', (error) => this.errors.push(String(error)))
    page.on(
      'request',
      (request) => /^(https?|wss?):/.test(request.url()) && this.hosts.add(new URL(request.url()).host),
    )
    page.on('websocket', (socket) => this.hosts.add(new URL(socket.url()).host))
  }

  static async open(chromium: Browser, url: string, options: BrowserContextOptions): Promise<Visit> {
    const context = await chromium.newContext(options)
    const visit = new Visit(await context.newPage(), options.hasTouch === true)
    await visit.page.goto(url)
    return visit
  }

  seen = () => this.page.evaluate('window.bigtwo') as Promise<Seen>

  /** Looked at from here: the page's policy forbids the eval that Playwright's own waiting wants. */
  until = (what: string, holds: (seen: Seen) => boolean, patience?: number) =>
    eventually(
      what,
      async () => {
        const seen = await this.seen()
        return seen !== undefined && holds(seen) && seen
      },
      patience,
    )

  /** Where cards lie, once they lie still. */
  async at(...cards: string[]) {
    const { hand } = await this.until('the cards lie still', ({ moving }) => !moving)
    return cards.map((name) => hand.find(({ card }) => card === name)!)
  }

  async tap(...cards: string[]) {
    for (const { x, y } of await this.at(...cards)) {
      if (this.touch) await this.page.touchscreen.tap(x, y)
      else await this.page.mouse.click(x, y)
    }
  }

  /** The pointer goes down on the first card and up on the last. */
  async sweep(from: string, to: string) {
    const [start, end] = await this.at(from, to)
    await this.drag(start!, end!)
  }

  /** Pulls a card, and all that are chosen, towards the middle of the table. */
  async pull(card: string) {
    const { x, y } = (await this.at(card))[0]!
    await this.drag({ x, y }, { x: x + 10, y: y - 240 })
  }

  private async drag(from: { x: number; y: number }, to: { x: number; y: number }) {
    const { mouse } = this.page
    await mouse.move(from.x, from.y)
    await mouse.down()
    await mouse.move(to.x, to.y, { steps: 6 })
    await mouse.up()
  }

  /** Where these parts of the page are, those that are shown; looked at until there are enough. */
  boxes = (
    what: string,
    selectors: readonly string[],
    enough: (boxes: Box[]) => boolean = ({ length }) => length > 0,
  ) =>
    eventually(what, async () => {
      const look = `${JSON.stringify(selectors)}.flatMap((selector) => [...document.querySelectorAll(selector)].map((part) => {
        const { x, y, width, height } = part.getBoundingClientRect()
        return { what: selector, x, y, width, height }
      })).filter(({ width }) => width > 0)`
      const boxes = (await this.page.evaluate(look)) as Box[]
      return enough(boxes) && boxes
    })

  button = (name: string) => this.page.getByRole('button', { name, exact: true })
  status = () => this.page.locator('#status').textContent()
}

/** Chromium reports a refused WebSocket as an error, whatever the page does. */
const refused = (error: string) => /WebSocket connection to .* failed/.test(error)

// Pages are drawn without a GPU here.
describe.skipIf(!browser)('the page of Big Two', { timeout: 60_000 }, () => {
  let server: TestServer
  let network: FaultyProxy
  let url: string
  /** The test as the game: what it says, the page hears, and the other way round. */
  let game: TestClient
  const chromium = browser as Browser

  beforeAll(() => {
    mkdirSync(SHOTS, { recursive: true })
    execFileSync(process.execPath, [join(ROOT, 'scripts', 'vendor.mjs')])
    if (!existsSync(join(PAGE, 'rules.js'))) execFileSync(process.execPath, [join(ROOT, 'scripts', 'build.mjs')])
  })
  beforeEach(async () => {
    // Whatever a client says, everyone hears, addresses included: so the test itself can be the game.
    server = await startServer(bigTwo(['cat']))
    network = new FaultyProxy(server.port)
    url = `http://127.0.0.1:${await network.start()}`
    game = await connect(server, '/bigtwo/lobby')
  })
  afterEach(async () => {
    await Promise.all(chromium.contexts().map((context) => context.close()))
    await network.stop()
    await server.stop()
  })
  /** The next line of that kind that the page sent. */
  async function heard(t: string): Promise<Line> {
    const frames = await game.until((frame) => JSON.parse(frame).t === t && JSON.parse(frame)._from !== 1)
    return JSON.parse(frames.at(-1)!)
  }

  /** Ada comes, and the game shows her this. */
  async function sit(table: object = TABLE, options = DESK): Promise<Visit> {
    const ada = await Visit.open(chromium, `${url}/bigtwo/?room=lobby&name=Ada`, options)
    await game.until((frame) => JSON.parse(frame)._name === 'Ada')
    game.send(table)
    await ada.until('Ada sees the table', ({ log }) => log.includes('Table'))
    return ada
  }

  for (const [name, options] of Object.entries({ phone: PHONE, sideways: SIDEWAYS, desk: DESK })) {
    for (const colorScheme of ['light', 'dark'] as const) {
      it(`fits a ${name} in the ${colorScheme}, every card and button within reach`, async () => {
        const ada = await sit(BEHIND, { ...options, colorScheme })
        const { width, height } = options.viewport!
        for (const { card, x, y } of await ada.at(...HAND)) {
          const inside = x > 0 && x < width && y > 0 && y < height
          const top = await ada.page.evaluate(`document.elementFromPoint(${x}, ${y}).tagName`)
          expect({ card, inside, top }).toEqual({ card, inside: true, top: 'CANVAS' })
        }
        for (const label of [
          'Play',
          'Pass',
          'Hint',
          'Sort by suit',
          'Sound',
          'How to play',
          'Share a link to this room',
        ]) {
          const box = (await ada.button(label).boundingBox())!
          expect(box.x >= 0 && box.x + box.width <= width && box.y >= 0 && box.y + box.height <= height, label).toBe(
            true,
          )
          expect(Math.min(box.width, box.height), label).toBeGreaterThanOrEqual(40)
        }
        expect(await ada.page.evaluate('document.documentElement.scrollWidth')).toBe(width)
        await ada.page.screenshot({ path: join(SHOTS, `bigtwo-${name}-${colorScheme}.png`) })
        expect(ada.errors).toEqual([])
        expect([...ada.hosts]).toEqual([new URL(url).host])
      })
    }
  }

  for (const [name, options] of Object.entries({ 'small phone': SMALL, sideways: SIDEWAYS, desk: DESK })) {
    it(`covers no word of the notice on a ${name} while players are missing`, async () => {
      const ada = await sit({ ...ALONE, seats: [player(2, 'W'.repeat(16)), null, null, null] }, options)
      game.send({ t: 'Refused', why: 'You are Ada. Press ? for the rules.' })
      const parts = ['.waiting', '.me', '.chat-toggle', '.pp-toast']
      const visible = await ada.boxes('a note is shown', parts, ({ length }) => length >= 3)
      expect(overlaps(visible)).toEqual([])
      await ada.page.screenshot({ path: join(SHOTS, `bigtwo-waiting-${name.replace(' ', '-')}.png`) })
      await network.stop()
      await ada.until('lost', ({ status }) => status === 'waiting')
      const lost = await ada.boxes('the notice stays', ['.waiting', '.me', '.status'])
      expect(overlaps(lost)).toEqual([])
      expect(ada.errors.filter((error) => !refused(error))).toEqual([])
    })
  }

  it('shows beside a long name whose it is', async () => {
    const long = 'W'.repeat(16)
    const ada = await sit({ ...ALONE, seats: [player(2, long), player(3, long), null, null] }, SMALL)
    const [place] = await ada.boxes('her place', ['.places li'])
    const [you] = await ada.boxes('her mark', ['.places li span:last-child'])
    expect(inside(you!, place!)).toBe(true)
    const ends = `[...document.querySelectorAll('.place-name')].map((name) => getComputedStyle(name).textOverflow)`
    expect(new Set((await ada.page.evaluate(ends)) as string[])).toEqual(new Set(['ellipsis']))
  })

  it('keeps the bar, the hand and the dock off the edges of a small phone', async () => {
    const ada = await sit(BEHIND, SMALL)
    for (const [width, height] of [
      [360, 640],
      [320, 568],
    ] as const) {
      await ada.page.setViewportSize({ width, height })
      await ada.until('all is laid out anew', ({ hand }) => hand.every(({ x }) => x < width))
      const buttons = await ada.boxes('buttons', ['.pp-bar > button', '.pp-bar > .pp-badge', '.pp-dock button'])
      for (const box of buttons)
        expect(inside(box, { x: 12, y: 12, width: width - 24, height: height - 24 })).toBe(true)
      expect(overlaps(buttons)).toEqual([])
    }
  })

  for (const [name, options] of Object.entries({ 'small phone': SMALL, sideways: SIDEWAYS, desk: DESK })) {
    it(`shows on a ${name} what fits of a long line, and all of it in the chat`, async () => {
      const ada = await sit(BEHIND, options)
      const text = 'a long line of many words '.repeat(8).trim()
      for (const id of [3, 4, 5]) game.send({ t: 'Chat', id, name: `${id}`, text })
      await ada.until('all have spoken', ({ chat }) => chat.length === 3)
      const [bar, ...bubbles] = await ada.boxes('bubbles', ['.pp-room', '.bubble'], ({ length }) => length === 4)
      const { width, height } = options.viewport!
      for (const box of bubbles) {
        expect(inside(box, { x: 0, y: 0, width, height })).toBe(true)
        expect(overlaps([bar!, box])).toEqual([])
      }
      expect(await ada.page.locator('.chat-lines li').last().textContent()).toBe(`5 ${text}`)
      await ada.page.screenshot({ path: join(SHOTS, `bigtwo-chat-${name.replace(' ', '-')}.png`) })
    })
  }

  it('chooses cards by tap, and by a sweep over several', async () => {
    const ada = await sit(TABLE, PHONE)
    await ada.tap('4C', '4H')
    await ada.until('the fours are chosen', ({ selected }) => selected.join() === '4C,4H')
    await ada.tap('4C')
    await ada.until('a second tap leaves it', ({ selected }) => selected.join() === '4H')
    await ada.sweep('9C', 'QD')
    await ada.until('all on the way', ({ selected }) => selected.join() === '4H,9C,TS,JH,QD')
    await ada.sweep('9C', 'JH')
    await ada.until('a sweep from a chosen card leaves', ({ selected }) => selected.join() === '4H,QD')
    await ada.page.keyboard.press('Escape')
    await ada.until('nothing', ({ selected }) => selected.length === 0)
  })

  it('plays what is pulled up, and puts back what is not allowed', async () => {
    const ada = await sit(BEHIND)
    await ada.pull('KS')
    await ada.until('the king is back', ({ selected, moving }) => !moving && selected.join() === 'KS')
    expect(await ada.status()).toBe('Play a pair or pass.')
    await ada.tap('KS', '4C')
    await ada.pull('4H')
    expect(await heard('Play')).toMatchObject({ cards: ['4C', '4H'] })
    game.send({ t: 'Played', seat: 0, cards: ['4C', '4H'], left: 11, timer: false })
    const { hand, trick } = await ada.until('they lie on the table', ({ hand }) => hand.length === 11)
    expect(hand.some(({ card }) => card === '4C')).toBe(false)
    expect(trick).toEqual({ seat: 0, cards: ['4C', '4H'] })
    expect(ada.errors).toEqual([])
  })

  it('offers what is legal, one after the other, and hints', async () => {
    const ada = await sit({ ...BEHIND, hand: '3D 4C 4H 5D 9S 9H 9C KS KD 2H'.split(' ') })
    const { offers } = await ada.seen()
    expect(offers).toEqual([
      {
        kind: 'pair',
        plays: [
          ['4C', '4H'],
          ['9C', '9H'],
          ['9C', '9S'],
          ['KD', 'KS'],
        ],
      },
    ])
    const chip = ada.page.locator('.chip[data-kind="pair"]')
    await chip.click()
    await ada.until('the first', ({ selected }) => selected.join() === '4C,4H')
    await chip.click()
    await ada.until('the second', ({ selected, advice }) => selected.join() === '9C,9H' && advice.play)
    await ada.button('Hint').click()
    await ada.until('the hint is cheap', ({ selected }) => selected.join() === '4C,4H')
    await ada.button('Play').click()
    expect(await heard('Play')).toMatchObject({ cards: ['4C', '4H'] })
    expect(ada.errors).toEqual([])
  })

  it('lets Play and Pass be pressed only when they are legal, and says why not', async () => {
    const ada = await sit(BEHIND)
    const able = async () => [
      await ada.button('Play').getAttribute('aria-disabled'),
      await ada.button('Pass').getAttribute('aria-disabled'),
    ]
    expect(await able()).toEqual(['true', 'false'])
    expect(await ada.status()).toBe('Your turn: beat a pair of threes, or pass.')
    await ada.tap('4C', '5D')
    await ada.until('no pair', ({ advice }) => /Play a single card, a pair/.test(advice.text))
    await ada.page.keyboard.press('Enter')
    await ada.tap('5D', '4H')
    await ada.until('a pair', ({ advice }) => advice.play)
    expect(await able()).toEqual(['false', 'false'])
    expect(await ada.status()).toBe('A pair of fours.')

    game.send({ t: 'Turn', seat: 1, ms: 30_000, trick: THREES, passed: NONE, opening: false })
    await ada.until('Grace', ({ turn }) => turn === 1)
    expect(await able()).toEqual(['true', 'true'])
    expect(await ada.status()).toBe('It is Grace’s turn.')
    await ada.page.keyboard.press('Enter')
    await ada.page.keyboard.press('p')

    game.send({ t: 'Turn', seat: 0, ms: 30_000, trick: null, passed: NONE, opening: true })
    await ada.until('Ada opens', ({ advice }) => /must contain the 3♦/.test(advice.text))
    await ada.page.keyboard.press('Escape')
    expect(await able()).toEqual(['true', 'true'])
    await ada.page.keyboard.press('p')
    await ada.page.getByText('Who leads a trick can’t pass.').first().waitFor()

    // Nothing of all that was sent: the first that comes is what is said now.
    await ada.page.keyboard.press('c')
    await ada.page.keyboard.type('well')
    await ada.page.keyboard.press('Enter')
    const frames = await game.until((frame) => JSON.parse(frame).t === 'Chat')
    expect(frames.map((frame) => JSON.parse(frame).t).filter((t) => t === 'Play' || t === 'Pass')).toEqual([])
    expect(ada.errors).toEqual([])
  })

  it('can be played by keyboard alone', async () => {
    const ada = await sit(BEHIND)
    const { keyboard } = ada.page
    await keyboard.press('ArrowRight')
    await keyboard.press('ArrowRight')
    await ada.until('the second card', ({ cursor }) => cursor === '4C')
    expect(await ada.page.evaluate(`document.activeElement.getAttribute('aria-activedescendant')`)).toBe('card-4C')
    await keyboard.press(' ')
    await keyboard.press('ArrowRight')
    await keyboard.press(' ')
    await ada.until('both', ({ selected }) => selected.join() === '4C,4H')
    expect(await ada.page.getByRole('option', { selected: true }).allTextContents()).toEqual([
      'four of clubs',
      'four of hearts',
    ])
    await ada.page.screenshot({ path: join(SHOTS, 'bigtwo-keyboard.png') })
    await keyboard.press('Enter')
    expect(await heard('Play')).toMatchObject({ cards: ['4C', '4H'] })
    game.send({ t: 'Refused', why: 'You were too late.', _to: 2 })
    await ada.page.getByText('You were too late.').first().waitFor()
    await keyboard.press('p')
    await heard('Pass')
    game.send(BEHIND)
    await ada.until('again', ({ log }) => log.filter((t) => t === 'Table').length === 2)
    await keyboard.press('s')
    const { hand } = await ada.until('by suit', ({ hand }) => hand[1]!.card === '5D')
    expect(hand.map(({ card }) => card[1]).join('')).toBe('DDDDCCHHHHSSS')
    await keyboard.press('h')
    await ada.until('a hint', ({ selected }) => selected.join() === '4C,4H')
    await keyboard.press('?')
    await ada.page.getByRole('dialog', { name: 'How to play' }).waitFor()
    await keyboard.press('Escape')
    expect(ada.errors).toEqual([])
  })

  it('tells what happens in words', async () => {
    const ada = await sit(TABLE)
    await ada.until('where she is', ({ announced }) => /You sit at the table with 3 others.*your turn/.test(announced))
    const told: [Line, string][] = [
      [
        { t: 'Played', seat: 1, cards: ['KC', 'KS'], left: 7, timer: false },
        'Grace plays a pair of kings. 7 cards left.',
      ],
      [{ t: 'Passed', seat: 2, timer: false }, 'Bo passes.'],
      [{ t: 'Trick', seat: 1 }, 'Grace wins the trick.'],
      [
        { t: 'Turn', seat: 0, ms: 30_000, trick: { seat: 1, cards: ['9C'] }, passed: NONE, opening: false },
        'Your turn. Beat the nine of clubs.',
      ],
      [
        { t: 'Over', winner: 1, left: [13, 0, 2, 3], points: [-39, 44, -2, -3], scores: [-43, 56, -2, -11], ms: 6000 },
        'Grace wins the deal. −39 points for you.',
      ],
    ]
    for (const [line, words] of told) {
      game.send(line)
      await ada.until(words, ({ announced }) => announced === words)
    }
    expect(await ada.page.locator('[aria-live][role=log]').last().textContent()).toContain('Grace wins the trick.')
    const result = ada.page.getByRole('region', { name: 'The deal is over' })
    expect(await result.locator('li').allTextContents()).toEqual([
      'Graceout+44now +56',
      'Bo2 cards−2now −2',
      'Tim3 cards−3now −11',
      'Ada13 cards−39now −43',
    ])
    expect(await result.textContent()).toMatch(/Next deal in [56] s/)
    await ada.page.screenshot({ path: join(SHOTS, 'bigtwo-result.png') })
    expect(ada.errors).toEqual([])
  })

  it('deals, and shows to each seat what it played last', async () => {
    const ada = await sit(ALONE)
    const waiting = ada.page.getByRole('region', { name: 'Waiting for players' })
    expect(await waiting.locator('li').allTextContents()).toEqual(['Ada (you)', 'Free seat', 'Free seat', 'Free seat'])
    expect(await waiting.getByRole('button', { name: 'Invite friends' }).isVisible()).toBe(true)
    await waiting.getByText('Bots take seats that stay free for a while.').waitFor()
    game.send({ t: 'Seats', seats: ALONE.seats, fill: 600_000 })
    await waiting.getByText(/Bots take the free seats in \d+ s/).waitFor()
    await ada.page.screenshot({ path: join(SHOTS, 'bigtwo-waiting.png') })
    game.send({ t: 'Deal', deal: 1, seats: TABLE.seats })
    game.send({ t: 'Hand', cards: HAND, _to: 2 })
    game.send({ t: 'Turn', seat: 1, ms: 30_000, trick: null, passed: NONE, opening: true })
    await ada.until('thirteen cards', ({ hand, moving }) => hand.length === 13 && !moving)
    expect(await waiting.isVisible()).toBe(false)
    game.send({ t: 'Played', seat: 1, cards: ['5C', '6H', '7S', '8C', '9D'], left: 8, timer: false })
    await ada.page.getByText('Straight to the nine · Grace').waitFor()
    const grace = ada.page.getByRole('region', { name: 'Grace, 8 cards' })
    expect(await grace.getByRole('img').getAttribute('aria-label')).toMatch(/^five of clubs, six of hearts/)
    game.send({ t: 'Passed', seat: 2, timer: false })
    await ada.page.getByRole('region', { name: 'Bo, 13 cards' }).getByText('Pass').waitFor()
    expect(ada.errors).toEqual([])
  })

  it('shows the table to who watches, and no hand', async () => {
    const ada = await sit({ ...BEHIND, you: null, hand: [], turn: 3 }, PHONE)
    expect(await ada.status()).toMatch(/^You are watching/)
    expect(await ada.button('Play').isVisible()).toBe(false)
    expect(await ada.page.locator('.chair-name:visible').count()).toBe(4)
    expect((await ada.seen()).hand).toEqual([])
    await ada.page.screenshot({ path: join(SHOTS, 'bigtwo-watching.png') })
    expect(ada.errors).toEqual([])
  })

  it('chats, and shows markup as it is', async () => {
    const ada = await sit(TABLE, PHONE)
    game.send({ t: 'Chat', id: 3, name: 'Grace', text: '<b>hello</b>' })
    await ada.page.locator('.bubble', { hasText: '<b>hello</b>' }).waitFor()
    await ada.button('Chat').click()
    await ada.page.getByLabel('Say something to the table').fill('  good   evening ')
    await ada.button('Send').click()
    expect(await heard('Chat')).toMatchObject({ text: 'good evening' })
    await ada.page.getByRole('log', { name: 'Table talk' }).getByText('<b>hello</b>').waitFor()
    expect(ada.errors).toEqual([])
  })

  it('offers the open rooms of this game alone, without the name of the game', async () => {
    const ada = await sit()
    await ada.page.route('**/api/rooms/', (route) =>
      route.fulfill({
        json: [
          { name: 'bigtwo/harbour', connections: 3 },
          { name: 'bigtwo/friday-night', connections: 2 },
          { name: 'bunnies/moon', connections: 9 },
        ],
      }),
    )
    await ada.page.getByRole('button', { name: 'Room: lobby' }).click()
    await ada.page.getByRole('button', { name: 'friday-night' }).waitFor()
    const rooms = await ada.page.locator('.pp-room-title').allTextContents()
    expect(rooms).toEqual(['lobby', 'teahouse', 'harbour', 'nightmarket', 'friday-night'])
    await ada.page.getByRole('button', { name: 'friday-night' }).click()
    await ada.until('there', ({ room }) => room === 'friday-night')
    expect(new URL(ada.page.url()).searchParams.get('room')).toBe('friday-night')
    expect(ada.errors).toEqual([])
  })

  it('changes the name, and remembers it', async () => {
    const ada = await sit()
    await ada.page.getByRole('button', { name: 'You are Ada' }).click()
    await ada.page.getByRole('textbox', { name: 'Your name' }).fill('Countess')
    await ada.button('Save').click()
    expect(await heard('Me')).toMatchObject({ name: 'Countess' })
    await ada.page.reload()
    await ada.until('the name is kept', ({ name }) => name === 'Countess')
    expect(ada.errors).toEqual([])
  })

  it('has the hand again after a reload', async () => {
    const ada = await sit(BEHIND)
    await ada.tap('4C')
    await ada.page.reload()
    expect(await heard('Back')).toMatchObject({ _from: 2, fresh: true })
    game.send({ ...BEHIND, _to: 2 })
    await ada.until('the hand', ({ hand, you }) => you === 0 && hand.map(({ card }) => card).join() === HAND.join())
    expect(ada.errors).toEqual([])
  })

  it('plays nothing while the connection is lost, and says so; then the same seat goes on', async () => {
    const ada = await sit(BEHIND)
    await ada.tap('4C', '4H')
    await ada.until('ready', ({ advice }) => advice.play)
    await network.stop()
    await ada.until('lost', ({ status }) => status === 'waiting')
    await ada.page.keyboard.press('Enter')
    expect(await ada.status()).toBe('Not connected: nothing can be played now.')
    await ada.page.screenshot({ path: join(SHOTS, 'bigtwo-lost.png') })

    const { port } = new URL(url)
    network = new FaultyProxy(server.port)
    await network.start(Number(port))
    await ada.page
      .getByRole('button', { name: 'Try now' })
      .click({ timeout: 2000 })
      .catch(() => undefined)
    await ada.until('back, with the cards still chosen', ({ advice, status }) => status === 'open' && advice.play)
    await ada.page.keyboard.press('Enter')
    const frames = await game.until((frame) => JSON.parse(frame).t === 'Play')
    expect(frames.map((frame) => JSON.parse(frame).t).filter((t) => t === 'Play' || t === 'Join')).toEqual(['Play'])
    expect(ada.errors.filter((error) => !refused(error))).toEqual([])
  })

  it('does without motion for who wants none', async () => {
    const ada = await sit(TABLE, { ...DESK, reducedMotion: 'reduce' })
    game.send({ t: 'Deal', deal: 2, seats: TABLE.seats })
    game.send({ t: 'Hand', cards: HAND, _to: 2 })
    await ada.until('dealt', ({ log }) => log.includes('Hand'))
    // One frame draws it all: two later nothing moves.
    await ada.page.evaluate(
      'new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done, 50))))',
    )
    expect((await ada.seen()).moving).toBe(false)
    expect(ada.errors).toEqual([])
  })

  it('draws in WebGL without eval, under its Content-Security-Policy', async () => {
    const ada = await Visit.open(chromium, `${url}/bigtwo/?room=lobby&name=Ada&renderer=webgl`, DESK)
    await game.until((frame) => JSON.parse(frame)._name === 'Ada')
    game.send(BEHIND)
    await ada.until('the table', ({ hand }) => hand.length === 13)
    expect(await ada.page.evaluate(`document.querySelector('canvas:not(.felt)').getContext('webgl2') !== null`)).toBe(
      true,
    )
    await ada.at('3D')
    await ada.page.screenshot({ path: join(SHOTS, 'bigtwo-webgl.png') })
    expect(ada.errors).toEqual([])
  })

  it('is offered on the start page beside Bunnies; old links still lead to Bunnies', async () => {
    const home = await Visit.open(chromium, `${url}/`, PHONE)
    expect(await home.page.locator('.game-title').allTextContents()).toEqual(['Bunnies', 'Big Two', 'XO'])
    await home.page.screenshot({ path: join(SHOTS, 'home.png') })
    await home.page.getByRole('link', { name: 'Big Two' }).click()
    await home.page.waitForURL('**/bigtwo/')
    await home.page.goto(`${url}/?room=meadow`)
    await home.page.waitForURL('**/bunnies/?room=meadow')
  })
})

describe.skipIf(!browser)('a whole deal of Big Two', () => {
  const chromium = browser as Browser
  afterAll(() => chromium.close())

  /** Plays whatever the page's hint proposes, by its buttons, until the deal is over. @returns how often */
  async function play(visit: Visit, over: () => boolean): Promise<number> {
    // While the page is loaded anew there is nothing to see; when the turn is over before the button is pressed, it can't be.
    const seen = () => visit.seen().catch(() => undefined)
    const press = (name: string) =>
      visit
        .button(name)
        .click({ timeout: 1500 })
        .then(
          () => true,
          () => false,
        )
    let plays = 0
    while (!over()) {
      const before = await seen()
      if (before?.phase !== 'playing' || !before.myTurn || before.moving) {
        await new Promise((wake) => setTimeout(wake, 50))
        continue
      }
      if (!before.advice.play) await press('Hint')
      if (await press((await seen())?.advice.play ? 'Play' : 'Pass')) plays++
    }
    return plays
  }

  it('is played by clicks on four pages, one of which reloads, and one is left to the timer', {
    timeout: 300_000,
  }, async () => {
    const server = await startServer(
      bigTwo([join(GAME, 'play'), 'game', ...'--turn 5000 --rest 600000 --seed 11'.split(' ')]),
    )
    onTestFinished(async () => {
      await Promise.all(chromium.contexts().map((context) => context.close()))
      await server.stop()
    })
    const options = [DESK, PHONE, DESK, { ...PHONE, colorScheme: 'dark' as const }]
    const names = ['Ada', 'Grace', 'Tim', 'Barbara']
    const visits: Visit[] = []
    for (const [n, name] of names.entries())
      visits.push(await Visit.open(chromium, `${server.url}/bigtwo/?room=friends&name=${name}`, options[n]!))
    const [ada, grace, tim, barbara] = visits as [Visit, Visit, Visit, Visit]
    await Promise.all(visits.map((visit) => visit.until('cards are dealt', ({ hand }) => hand.length === 13)))
    const hands = await Promise.all(visits.map(async (visit) => (await visit.seen()).hand.map(({ card }) => card)))
    expect(new Set(hands.flat()).size).toBe(52)

    let over = false
    const players = [ada, grace, tim].map((visit) => play(visit, () => over))
    await grace.until('a few cards are gone', ({ seats }) => seats.some((seat) => seat!.cards <= 10))
    await ada.page.screenshot({ path: join(SHOTS, 'bigtwo-deal-desk.png') })
    await grace.page.screenshot({ path: join(SHOTS, 'bigtwo-deal-phone.png') })
    const before = await tim.seen()
    await tim.page.reload()
    const after = await tim.until('Tim has his hand again', ({ you, hand }) => you !== null && hand.length > 0)
    expect(after.you).toBe(before.you)
    expect(hands[2]).toEqual(expect.arrayContaining(after.hand.map(({ card }) => card)))

    await barbara.until('the deal is over', ({ phase }) => phase === 'over', 240_000)
    over = true
    const clicks = await Promise.all(players)
    expect(
      clicks.every((n) => n >= 3),
      `${clicks}`,
    ).toBe(true)
    const ends = await Promise.all(
      visits.map((visit) => visit.until('the result is shown', ({ result }) => result !== null)),
    )
    const { winner, left, points, scores } = ends[0]!.result!
    expect(ends.map(({ result }) => result!.points)).toEqual([points, points, points, points])
    expect(left[winner]).toBe(0)
    expect(points).toEqual(pointsOf(left))
    expect(scores).toEqual(points)
    expect(ends.map(({ hand }) => hand.length)).toEqual(ends.map(({ you }) => left[you!]))
    await ada.page.screenshot({ path: join(SHOTS, 'bigtwo-over-desk.png') })
    await barbara.page.screenshot({ path: join(SHOTS, 'bigtwo-over-phone.png') })
    for (const { errors, hosts } of visits) {
      expect(errors).toEqual([])
      expect([...hosts]).toEqual([new URL(server.url).host])
    }
  })
})

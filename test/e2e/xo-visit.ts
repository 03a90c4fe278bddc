import { execFileSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import type { State } from '../../public/xo/fold.js'
import { eventually, ROOT } from '../helpers.ts'

const SHOTS = join(ROOT, 'test-results')
export const PHONE: BrowserContextOptions = {
  viewport: { width: 390, height: 844 },
  deviceScaleFactor: 2,
  hasTouch: true,
}
export const DESK: BrowserContextOptions = { viewport: { width: 1280, height: 800 } }

/** `window.xo`: what the page shows. */
export interface Seen {
  room: string
  name: string
  status: string
  hall: boolean
  games: { id: string; open: boolean; players: { name: string }[] }[]
  you: string | null
  seat: 0 | 1 | null
  state: State
  shown: State
  events: { seq: number; at: number; name: string }[]
  presence: { here: string[]; away: string[]; watching: number }
  replay: { game: number; move: number; of: number; running: boolean } | null
  myTurn: boolean
  drawn: number
  /** The middle of each mark as it is drawn, in pixels of the page. */
  spots: { x: number; y: number }[]
  moving: boolean
  announced: string
}

/** What pages need that is built, and where their pictures go. */
export function prepare(): void {
  mkdirSync(SHOTS, { recursive: true })
  execFileSync(process.execPath, [join(ROOT, 'scripts', 'vendor.mjs')])
}

/** One page: its state, its player's hands, and what went wrong in it. */
export class Visit {
  readonly errors: string[] = []
  readonly hosts = new Set<string>()

  private constructor(readonly page: Page) {
    page.on('console', (message) => {
      // Whether there is a lobby can only be asked.
      const asked = message.location().url.endsWith('/api/v1/openapi.json')
      if (message.type() === 'error' && !asked) this.errors.push(message.text())
    })
    page.on('pageerror', (error) => this.errors.push(String(error)))
    page.on(
      'request',
      (request) => /^(https?|wss?):/.test(request.url()) && this.hosts.add(new URL(request.url()).host),
    )
    page.on('websocket', (socket) => this.hosts.add(new URL(socket.url()).host))
  }

  static async open(chromium: Browser, url: string, options: BrowserContextOptions = DESK): Promise<Visit> {
    const context = await chromium.newContext(options)
    const visit = new Visit(await context.newPage())
    await visit.page.goto(url)
    return visit
  }

  /** The same address in another tab of the same browser: nothing is known there of a place in the room. */
  async anotherTab(): Promise<Visit> {
    const visit = new Visit(await this.page.context().newPage())
    await visit.page.goto(this.page.url())
    return visit
  }

  seen = () => this.page.evaluate('window.xo') as Promise<Seen | undefined>

  /** Looked at from here: the page's policy forbids the eval that Playwright's own waiting wants. */
  until = (what: string, holds: (seen: Seen) => boolean): Promise<Seen> =>
    eventually(what, async () => {
      const seen = await this.seen()
      return seen !== undefined && holds(seen) && seen
    })

  button = (name: string | RegExp) => this.page.getByRole('button', { name, exact: typeof name === 'string' })
  cell = (x: number, y: number) => this.page.getByRole('gridcell', { name: `Column ${x + 1}, row ${y + 1}:` })
  headline = () => this.page.locator('.head').textContent()

  /** A click, at its turn; everything is drawn when it resolves. */
  async move(x: number, y: number): Promise<void> {
    const { state } = await this.until('it is my turn', ({ myTurn }) => myTurn)
    await this.cell(x, y).click()
    await this.until('the move is made', (seen) => seen.state.moves.length > state.moves.length)
  }

  /** Each drawn mark lies in the middle of its cell. */
  async inPlace(): Promise<void> {
    await eventually('marks lie in their cells', async () => {
      const { spots, shown } = (await this.seen())!
      if (spots.length !== shown.moves.length) return false
      const cells = await Promise.all(shown.moves.map(([x, y]) => this.cell(x, y).boundingBox()))
      return spots.every(({ x, y }, i) => {
        const { x: left, y: top, width, height } = cells[i]!
        return Math.hypot(left + width / 2 - x, top + height / 2 - y) < 1
      })
    })
  }

  /** Where the sheet of paper is, in pixels of the page. */
  sheet = () => this.page.locator('.sheet').evaluate((node) => node.getBoundingClientRect().toJSON() as DOMRect)

  /** What can be used or is said, and is not wholly to be seen. */
  outside = () =>
    this.page.locator('button, input, select, .head, .below').evaluateAll((nodes) =>
      nodes
        .map((node) => ({ node, box: node.getBoundingClientRect() }))
        .filter(({ node, box }) => box.width > 0 && node.checkVisibility({ visibilityProperty: true }))
        .filter(({ box }) => box.left < 0 || box.top < 0 || box.right > innerWidth || box.bottom > innerHeight)
        .map(
          ({ node, box }) =>
            `${node.getAttribute('aria-label') ?? node.textContent} ends at ${box.right},${box.bottom}`,
        ),
    )

  async still(): Promise<void> {
    await this.until('nothing moves', ({ moving }) => !moving)
  }

  shot = (name: string) => this.page.screenshot({ path: join(SHOTS, `xo-${name}.png`) })
}

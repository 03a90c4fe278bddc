import { execFileSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { connect, eventually, freePort, launchChromium, ROOT, startServer, type TestServer } from '../helpers.ts'
import { FaultyProxy } from '../proxy.ts'
import { folderOfGames } from './serving.ts'

const browser = await launchChromium()
const SHOTS = join(ROOT, 'test-results')
const PHONE: BrowserContextOptions = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, hasTouch: true }
const DESK: BrowserContextOptions = { viewport: { width: 1280, height: 800 } }

interface Player {
  id: number
  name: string
  carrots: number
  x: number
  y: number
  away: boolean
  /** `label`: where its name lies on the screen. */
  shown: { x: number; y: number; hopping: boolean; label?: { x: number; width: number } }
}

/** `window.bunnies`: what the page shows. */
interface Seen {
  room: string
  you: number
  status: string
  players: Player[]
}

interface Visit {
  page: Page
  errors: string[]
  hosts: Set<string>
  player(name: string): Promise<Player>
  /** The frames that the page's sockets were given so far. */
  heard(): Promise<string[]>
  until(what: string, holds: (seen: Seen) => boolean): Promise<unknown>
}

/** A socket that is closing gives no frame any more, so this is what the client was given. */
const RECORD = `window.heard = []
window.WebSocket = class extends WebSocket {
  constructor(...args) {
    super(...args)
    this.addEventListener('message', ({ data }) => typeof data === 'string' && heard.push(data))
  }
}`

async function visit(browser: Browser, url: string, options: BrowserContextOptions = DESK): Promise<Visit> {
  const context = await browser.newContext(options)
  await context.addInitScript(RECORD)
  const page = await context.newPage()
  const errors: string[] = []
  const hosts = new Set<string>()
  page.on('console', (message) => message.type() === 'error' && errors.push(message.text()))
  page.on('pageerror', (error) => errors.push(String(error)))
  page.on('request', (request) => /^(https?|wss?):/.test(request.url()) && hosts.add(new URL(request.url()).host))
  page.on('websocket', (socket) => hosts.add(new URL(socket.url()).host))
  const seen = () => page.evaluate('window.bunnies') as Promise<Seen>
  await page.goto(url)
  return {
    page,
    errors,
    hosts,
    player: async (name) => one(await seen(), name)!,
    heard: () => page.evaluate('heard'),
    // Looked at from here: the page's policy forbids the eval that Playwright's own waiting wants.
    until: (what, holds) =>
      eventually(what, async () => {
        const now = await seen()
        return now !== undefined && holds(now)
      }),
  }
}

/** The page and its game, or another one in its place. Without seats of its own: a page that is closed is gone at once. */
function bunnies(command = [join(ROOT, 'games', 'bunnies', 'game.py')]): string[] {
  return ['--games', folderOfGames({ bunnies: { command, json: true } }), '--staticdir', 'public']
}

/** Keeps what the badge says from now on, in `window.told`. */
const tellBadge = ({ page }: Visit) =>
  page.evaluate(`{
    const badge = document.querySelector('.pp-badge-text')
    window.told = []
    new MutationObserver(() => told.push(badge.textContent)).observe(badge, { childList: true, subtree: true })
  }`)

/** Chromium reports a refused WebSocket as an error, whatever the page does. */
const refused = (error: string) => /WebSocket connection to .* failed/.test(error)
const one = (seen: Seen, name: string) => seen.players.find((player) => player.name === name)
const names = (seen: Seen) => seen.players.map(({ name }) => name).join()
const apart = (a: Player, b: Player) => Math.hypot(a.x - b.x, a.y - b.y)

// Pages are drawn without a GPU here, three at a time.
describe.skipIf(!browser)('bunnies', { timeout: 60_000 }, () => {
  let server: TestServer
  const chromium = browser as Browser

  beforeAll(() => {
    mkdirSync(SHOTS, { recursive: true })
    execFileSync(process.execPath, [join(ROOT, 'scripts', 'vendor.mjs')])
  })
  afterEach(async () => {
    await Promise.all(chromium.contexts().map((context) => context.close()))
    await server.stop()
  })
  afterAll(() => chromium.close())

  it('shows players of one room to each other, and to nobody else', async () => {
    server = await startServer(bunnies())
    const ada = await visit(chromium, `${server.url}/bunnies/?room=meadow&name=Ada`)
    const grace = await visit(chromium, `${server.url}/bunnies/?room=meadow&name=Grace`, PHONE)
    const tim = await visit(chromium, `${server.url}/bunnies/?room=moon&name=Tim`)
    await ada.until('Ada sees Grace', (seen) => names(seen) === 'Ada,Grace')
    await grace.until('Grace sees Ada', (seen) => names(seen) === 'Ada,Grace')
    await tim.until('Tim is there', (seen) => names(seen) === 'Tim')
    expect(await ada.page.locator('.players-name').allTextContents()).toEqual(['Ada', 'Grace'])

    // Ada clicks far away; on Grace's phone her bunny goes there.
    const before = await grace.player('Ada')
    await ada.page.mouse.click(before.x > 800 ? 200 : 1080, 620)
    await grace.until('Grace sees Ada hop', (seen) => apart(one(seen, 'Ada')!, before) > 200)

    // Grace takes the keys.
    const start = await grace.player('Grace')
    const key = start.x > 800 ? 'a' : 'ArrowRight'
    await grace.page.keyboard.down(key)
    await ada.until('Ada sees Grace hop', (seen) => apart(one(seen, 'Grace')!, start) > 200)
    await grace.page.keyboard.up(key)

    // Both pages end with the same picture.
    await ada.until('all sit', (seen) => seen.players.every(({ shown }) => !shown.hopping))
    await grace.until('all sit', (seen) => seen.players.every(({ shown }) => !shown.hopping))
    for (const name of ['Ada', 'Grace']) {
      await eventually(`${name} is at the same place on both pages`, async () => {
        const [here, there] = [await ada.player(name), await grace.player(name)]
        const told = JSON.stringify({ ...here, shown: 0 }) === JSON.stringify({ ...there, shown: 0 })
        return told && Math.hypot(here.shown.x - there.shown.x, here.shown.y - there.shown.y) < 1
      })
    }
    await grace.page.getByRole('button', { name: 'Heart' }).click()
    await ada.page.screenshot({ path: join(SHOTS, 'bunnies-desk.png') })
    await grace.page.screenshot({ path: join(SHOTS, 'bunnies-phone.png') })

    // A hop of his own is Tim's proof that nothing of the others was still to come.
    const his = await tim.player('Tim')
    const tims = his.x > 800 ? 'ArrowLeft' : 'ArrowRight'
    await tim.page.keyboard.down(tims)
    await tim.until('Tim hops', (seen) => apart(one(seen, 'Tim')!, his) > 0)
    await tim.page.keyboard.up(tims)
    await tim.until('Tim is alone', (seen) => names(seen) === 'Tim')

    await ada.page.close()
    await grace.until('Ada is gone', (seen) => names(seen) === 'Grace')
    await grace.page.getByText('Ada left').waitFor()
    expect(await grace.page.locator('.players-name').allTextContents()).toEqual(['Grace'])
    for (const { errors, hosts } of [ada, grace, tim]) {
      expect(errors).toEqual([])
      expect([...hosts]).toEqual([new URL(server.url).host])
    }
  })

  it('says that the connection is lost and why, and comes back whole', async () => {
    const addr = `127.0.0.1:${await freePort()}`
    server = await startServer(bunnies(), { addr })
    const ada = await visit(chromium, `${server.url}/bunnies/?room=garden&name=Ada`, { ...PHONE, colorScheme: 'dark' })
    await ada.until('Ada is there', (seen) => names(seen) === 'Ada')
    const badge = ada.page.locator('.pp-badge-text')
    expect(await badge.textContent()).toMatch('Connected')
    await tellBadge(ada)
    await server.stop()
    await badge.filter({ hasText: "Connection lost The server can't be reached." }).waitFor()
    expect(await ada.page.evaluate('told')).toContain('Connection lost The server is going away.')
    await ada.page.screenshot({ path: join(SHOTS, 'bunnies-lost.png') })

    server = await startServer(bunnies(), { addr })
    await badge.filter({ hasText: 'Connected' }).waitFor()
    await ada.until('Ada is back', (seen) => names(seen) === 'Ada' && one(seen, 'Ada')?.id === seen.you)
    expect(ada.errors.filter((error) => !refused(error))).toEqual([])
  })

  it('tells a crash of the game by its exit status', async () => {
    server = await startServer(bunnies(['sh', '-c', 'read line; exit 3']))
    const ada = await visit(chromium, `${server.url}/bunnies/?room=lobby&name=Ada`)
    await ada.page.locator('.pp-badge-text', { hasText: /^Connection lost The game crashed: .*3\.$/ }).waitFor()
  })

  it('does not come back to a room that has removed the player', async () => {
    const kick = 'read line; echo \'{"_kick":1,"reason":"no carrots left"}\'; while read line; do :; done'
    server = await startServer(bunnies(['sh', '-c', kick]))
    const ada = await visit(chromium, `${server.url}/bunnies/?room=lobby&name=Ada`)
    await ada.until('Ada is out', ({ status }) => status === 'closed')
    expect(await ada.page.locator('.pp-badge-text').textContent()).toBe(
      'Disconnected You were removed from the room: no carrots left.',
    )
    expect(await ada.page.getByRole('button', { name: 'Join again' }).isVisible()).toBe(true)
    expect(ada.errors).toEqual([])
  })

  it('keeps long names on a small screen, also those of bunnies at its sides', async () => {
    // Whatever a client says, everyone hears: so the test itself can be the game.
    server = await startServer(bunnies(['cat']))
    const game = await connect(server, '/bunnies/meadow')
    const small = { viewport: { width: 360, height: 640 }, deviceScaleFactor: 2, hasTouch: true }
    const ada = await visit(chromium, `${server.url}/bunnies/?room=meadow&name=Ada`, small)
    await game.until((frame) => frame.includes('"Ada"'))
    const bunny = (id: number, x: number, y: number) => ({ id, name: 'W'.repeat(16), hue: 120, carrots: 0, x, y })
    const there = [bunny(2, 1540, 500), bunny(3, 1545, 700), bunny(4, 1060, 900)]
    game.send({ t: 'World', you: 2, bounds: [50, 350, 1550, 950], carrots: [], bunnies: there })
    await ada.until('the camera is there, and all names are on the screen', ({ players }) => {
      const sides = players.flatMap(({ shown: { label } }) =>
        label ? [label.x - label.width / 2, label.x + label.width / 2] : [],
      )
      return sides.length === 6 && sides.every((x) => x >= 0 && x <= 360)
    })
    await ada.page.screenshot({ path: join(SHOTS, 'bunnies-names.png') })
    expect(ada.errors).toEqual([])
  })

  it('offers rooms with their numbers of players, and changes room without a reload', async () => {
    server = await startServer(['--api', ...bunnies()])
    const tim = await visit(chromium, `${server.url}/bunnies/?room=moon&name=Tim`)
    const ada = await visit(chromium, `${server.url}/?room=meadow&name=Ada`)
    await ada.page.waitForURL('**/bunnies/?room=meadow&name=Ada')
    await ada.until('Ada is there', (seen) => names(seen) === 'Ada')
    await tim.until('Tim is there', (seen) => names(seen) === 'Tim')
    await ada.page.getByRole('button', { name: 'Room: meadow' }).click()
    const moon = ada.page.getByRole('button', { name: 'moon' })
    await moon.getByText('1').waitFor()
    await ada.page.screenshot({ path: join(SHOTS, 'bunnies-rooms.png') })

    await ada.page.getByLabel('Or name a room of your own').fill('metrics')
    await ada.page.getByRole('button', { name: 'Go' }).click()
    expect(await ada.page.getByRole('alert').textContent()).toMatch('reserved')
    await moon.click()
    await ada.until('Ada meets Tim', (seen) => seen.room === 'moon' && names(seen) === 'Tim,Ada')
    await tim.until('Tim meets Ada', (seen) => names(seen) === 'Tim,Ada')
    expect(new URL(ada.page.url()).searchParams.get('room')).toBe('moon')

    await ada.page.goBack()
    await ada.until('Ada is back', (seen) => seen.room === 'meadow' && names(seen) === 'Ada')
    await tim.until('Tim is alone', (seen) => names(seen) === 'Tim')
    expect([...ada.errors, ...tim.errors]).toEqual([])
  })

  it('remembers a name, and shows markup in names as it is', async () => {
    server = await startServer(bunnies())
    const ada = await visit(chromium, `${server.url}/bunnies/?room=lobby`)
    await ada.until('somebody is there', (seen) => seen.players.length === 1)
    await ada.page.getByRole('button', { name: 'You are' }).click()
    await ada.page.getByRole('textbox', { name: 'Your name' }).fill('<b>Ada</b>')
    await ada.page.getByRole('button', { name: 'Save' }).click()
    await ada.until('the name is new', (seen) => names(seen) === '<b>Ada</b>')
    await ada.page.reload()
    await ada.until('the name is kept', (seen) => names(seen) === '<b>Ada</b>')
    expect(await ada.page.locator('.players-name').allTextContents()).toEqual(['<b>Ada</b>'])
    expect(ada.errors).toEqual([])
  })

  it('keeps the bunny of a player whose network is cut, grey meanwhile, and of one who reloads', async () => {
    server = await startServer(['--resume', '60', ...bunnies()])
    let proxy = new FaultyProxy(server.port)
    const port = await proxy.start()
    const ada = await visit(chromium, `http://127.0.0.1:${port}/bunnies/?room=meadow&name=Ada`, PHONE)
    await ada.until('Ada is there', (seen) => names(seen) === 'Ada')
    const tim = await visit(chromium, `${server.url}/bunnies/?room=meadow&name=Tim`)
    await ada.until('Ada sees Tim', (seen) => names(seen) === 'Ada,Tim')
    const { id } = await ada.player('Ada')
    await proxy.stop()
    await tim.until('Ada is grey', (seen) => one(seen, 'Ada')!.away)
    await ada.until('the badge tells it', (seen) => seen.status === 'waiting')
    await ada.page.getByText('Connection lost').waitFor()
    await ada.page.screenshot({ path: join(SHOTS, 'bunnies-cut.png') })
    await tim.page.screenshot({ path: join(SHOTS, 'bunnies-grey.png') })

    // Tim hops while Ada is away: she sees it when she is back.
    const before = await tim.player('Tim')
    await tim.page.keyboard.down(before.x > 800 ? 'ArrowLeft' : 'ArrowRight')
    await tim.until('Tim hops', (seen) => apart(one(seen, 'Tim')!, before) > 100)
    await tim.page.keyboard.up(before.x > 800 ? 'ArrowLeft' : 'ArrowRight')
    proxy = new FaultyProxy(server.port)
    await proxy.start(port)
    await ada.until('Ada is connected', (seen) => seen.status === 'open')
    await tim.until('Ada has her colour', (seen) => !one(seen, 'Ada')!.away)
    await tim.until('Tim sits', (seen) => !one(seen, 'Tim')!.shown.hopping)
    const now = await tim.player('Tim')
    await ada.until('Ada saw Tim hop', (seen) => apart(one(seen, 'Tim')!, now) === 0)
    expect((await ada.player('Ada')).id).toBe(id)

    await ada.page.reload()
    await ada.until('the whole room again', (seen) => names(seen) === 'Ada,Tim' && seen.you === id)
    await tim.until('nobody left', (seen) => names(seen) === 'Ada,Tim' && !one(seen, 'Ada')!.away)
    expect((await ada.player('Ada')).id).toBe(id)
    await ada.page.screenshot({ path: join(SHOTS, 'bunnies-back.png') })
    expect(tim.errors).toEqual([])
    await proxy.stop()
  })

  it('says that the browser is offline, and misses nothing of five seconds', async () => {
    server = await startServer(['--resume', '60', ...bunnies()])
    const ada = await visit(chromium, `${server.url}/bunnies/?room=meadow&name=Ada`, PHONE)
    await ada.until('Ada is there', (seen) => names(seen) === 'Ada')
    const tim = await visit(chromium, `${server.url}/bunnies/?room=meadow&name=Tim`)
    await ada.until('Ada sees Tim', (seen) => names(seen) === 'Ada,Tim')
    const { id } = await ada.player('Ada')
    await tellBadge(ada)

    // Chromium fails new connections from now on. An open one stays so: what comes and goes on it is held until the network is back.
    const network = await ada.page.context().newCDPSession(ada.page)
    await network.send('Network.enable')
    const set = (offline: boolean) =>
      network.send('Network.emulateNetworkConditions', {
        ...{ offline, latency: 0, downloadThroughput: -1, uploadThroughput: -1 },
      })
    await set(true)
    const fiveSeconds = new Promise((end) => setTimeout(end, 5000))
    await ada.page.locator('.pp-badge-text', { hasText: 'Connection lost You are offline.' }).waitFor({ timeout: 3000 })
    const heard = (await ada.heard()).length
    for (const [key, x] of [
      ['ArrowLeft', 100],
      ['ArrowRight', 700],
    ] as const) {
      await tim.page.keyboard.down(key)
      await tim.until('Tim hops there', (seen) =>
        key === 'ArrowLeft' ? one(seen, 'Tim')!.x <= x : one(seen, 'Tim')!.x >= x,
      )
      await tim.page.keyboard.up(key)
    }
    await ada.page.screenshot({ path: join(SHOTS, 'bunnies-offline.png') })
    await fiveSeconds
    expect((await ada.heard()).length).toBe(heard)
    expect(await ada.page.evaluate('told')).toEqual(['Connection lost You are offline.'])
    await set(false)
    await ada.until('Ada is connected', (seen) => seen.status === 'open')
    await tim.until('Tim sits', (seen) => !one(seen, 'Tim')!.shown.hopping)

    // From Tim's coming on both were sent the same, and both got it, each frame once.
    const sinceTim = (frames: string[]) => {
      const forAll = frames.filter((frame) => !frame.includes('"_to"'))
      return forAll.slice(forAll.findIndex((frame) => frame.includes('"Tim"')))
    }
    await eventually('both heard the same', async () => {
      const [hers, his] = [sinceTim(await ada.heard()), sinceTim(await tim.heard())]
      return hers.join('\n') === his.join('\n')
    })
    const missed = (await ada.heard()).slice(heard).filter((frame) => frame.includes('"Hop"'))
    expect(missed.length).toBeGreaterThan(5)
    expect((await ada.player('Ada')).id).toBe(id)
    expect(apart(await ada.player('Tim'), await tim.player('Tim'))).toBe(0)
    expect(await ada.page.evaluate('told')).toEqual(['Connection lost You are offline.', 'Connected '])
    await ada.page.screenshot({ path: join(SHOTS, 'bunnies-online.png') })
    expect(ada.errors.filter((error) => !refused(error))).toEqual([])
    expect(tim.errors).toEqual([])
  })

  it('draws in WebGL without eval, under its Content-Security-Policy', async () => {
    server = await startServer(bunnies())
    const ada = await visit(chromium, `${server.url}/bunnies/?room=lobby&name=Ada&renderer=webgl`)
    await ada.until('Ada is there', (seen) => names(seen) === 'Ada')
    expect(await ada.page.evaluate(`document.querySelector('canvas').getContext('webgl2') !== null`)).toBe(true)
    await ada.page.screenshot({ path: join(SHOTS, 'bunnies-webgl.png') })
    expect(ada.errors).toEqual([])
  })
})

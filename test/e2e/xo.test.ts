import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { launchChromium, ROOT, startServer, type TestServer } from '../helpers.ts'
import { FaultyProxy } from '../proxy.ts'
import { Player } from './xo-player.ts'
import { DESK, PHONE, prepare, Visit } from './xo-visit.ts'

const browser = await launchChromium()
const GAMES = ['--games', join(ROOT, 'games'), '--staticdir', 'public', '--api']
const refused = (error: string) => /WebSocket connection to .* failed/.test(error)

describe.skipIf(!browser)('the page of XO', () => {
  let server: TestServer
  const chromium = browser as Browser
  const open = (query: string, options = DESK) => Visit.open(chromium, `${server.url}/xo/?${query}`, options)

  /** Two who play on a board of 3 cells a side: X first. */
  async function two(room: string, options = PHONE): Promise<[Visit, Visit]> {
    const ada = await open(`room=${room}&name=Ada`, options)
    await ada.until('Ada sits', ({ seat }) => seat === 0)
    await ada.button('Board').click()
    await ada.button(/^Classic/).click()
    await ada.button('Play on this board').click()
    await ada.until('the board is small', ({ state }) => state.side === 3)
    const grace = await open(`room=${room}&name=Grace`)
    const { state, seat } = await ada.until('they play', (seen) => seen.state.phase === 'playing')
    await grace.until('they play', (seen) => seen.state.phase === 'playing')
    return state.first === seat ? [ada, grace] : [grace, ada]
  }

  beforeAll(prepare)
  beforeEach(async () => {
    server = await startServer(['--resume', '60', '--killgrace', '0.3', ...GAMES])
  })
  afterEach(async () => {
    await Promise.all(chromium.contexts().map((context) => context.close()))
    await server.stop()
  })
  afterAll(() => chromium.close())

  it('is played by two to the end by clicks, while a third watches and a fourth replays', async () => {
    const ada = await open('room=den&name=Ada', PHONE)
    await ada.until('Ada sits', ({ seat }) => seat === 0)
    await ada.page.getByRole('heading', { name: 'Waiting for a second player' }).waitFor()
    await ada.still()
    await ada.shot('waiting-phone')
    const grace = await open('room=den&name=Grace', { ...DESK, colorScheme: 'dark' })
    const tim = await open('room=den&name=Tim')
    const { state } = await ada.until('they play', (seen) => seen.state.phase === 'playing')
    await tim.until('Tim watches', (seen) => seen.state.phase === 'playing' && seen.presence.watching === 1)
    const [x, o] = state.first === 0 ? [ada, grace] : [grace, ada]
    expect([await x.headline(), await o.headline()]).toEqual(['Your turn', `${x === ada ? 'Ada' : 'Grace'}’s turn`])

    const moves = [[2, 2], [2, 3], [3, 3], [1, 1], [3, 2], [3, 1], [1, 2], [4, 2]] as const // biome-ignore format: pairs
    for (const [i, [column, row]] of moves.entries()) await (i % 2 === 0 ? x : o).move(column, row)
    for (const visit of [ada, grace, tim]) {
      await visit.until('all marks are drawn', ({ drawn, moving }) => drawn === moves.length && !moving)
      expect((await visit.seen())!.state).toEqual((await ada.seen())!.state)
    }
    await ada.shot('play-phone-light')
    await grace.shot('play-desk-dark')
    await tim.shot('watch-desk-light')
    await x.move(0, 2)
    const winner = x === ada ? 'Ada' : 'Grace'
    expect(await x.headline()).toBe('You win!')
    await tim.page.getByRole('heading', { name: `${winner} wins` }).waitFor()
    await o.page.getByRole('heading', { name: `${winner} wins` }).waitFor()
    await tim.still()
    await tim.shot('won-desk-light')

    // Who comes when all is over sees how it went.
    const eve = await open('room=den&name=Eve', { ...PHONE, colorScheme: 'dark' })
    const { events } = await eve.until('Eve sees the end', (seen) => seen.state.phase === 'over')
    expect(events.at(-1)!.name).toBe('game_over')
    await eve.button('Replay').click()
    await eve.until('it runs by itself', ({ replay }) => replay !== null && replay.move >= 2 && replay.running)
    await eve.button('Pause').click()
    await eve.button('To the beginning').click()
    await eve.until('the sheet is blank', ({ replay, shown }) => replay!.move === 0 && shown.moves.length === 0)
    await eve.button('One move on').click()
    await eve.button('One move on').click()
    await eve.button('One move back').click()
    await eve.until('one move', ({ shown }) => shown.cells.replaceAll('.', '') === 'X')
    await eve.page.getByRole('slider', { name: 'Move' }).fill('5')
    await eve.until('five moves', ({ shown, moving }) => shown.moves.length === 5 && !moving)
    expect((await eve.seen())!.shown.moves).toEqual(moves.slice(0, 5))
    await eve.shot('replay-phone-dark')
    await eve.button('To the end').click()
    const { shown } = await eve.until('the end', ({ replay }) => replay!.move === 9)
    expect(shown).toEqual((await ada.seen())!.state)
    await eve.button('Back to the table').click()

    await o.button('Rematch').click()
    await x.page.getByText('again?').waitFor()
    await x.still()
    await x.shot(`rematch-${x === ada ? 'phone-light' : 'desk-dark'}`)
    await x.button('Accept the rematch').click()
    await o.until('O begins', (seen) => seen.state.game === 2 && seen.myTurn)
    for (const { errors, hosts } of [ada, grace, tim, eve]) {
      expect(errors).toEqual([])
      expect([...hosts]).toEqual([new URL(server.url).host])
    }
  }, 90_000)

  it('is played by keys alone, and says what happens', async () => {
    const [x, o] = await two('keys', { ...DESK, reducedMotion: 'reduce' })
    await x.cell(1, 1).focus()
    for (const key of ['ArrowUp', 'ArrowLeft', 'ArrowLeft', 'Enter']) await x.page.keyboard.press(key)
    const { state } = await x.until('the corner is X', (seen) => seen.state.cells[0] === 'X')
    const name = state.seats[state.first!]!.name
    await o.until('it is told', ({ announced }) => announced === `${name}: X at column 1, row 1. Your turn.`)
    await o.move(1, 1)
    await x.page.keyboard.press('ArrowRight')
    await x.page.keyboard.press('Space')
    await x.until('two X', (seen) => seen.state.moves.length === 3)
    expect(await x.cell(0, 0).getAttribute('aria-label')).toBe('Column 1, row 1: X')
    await x.button('Resign').click()
    expect((await x.seen())!.state.phase).toBe('playing')
    await x.button('Really resign?').click()
    await o.until('it is over', ({ announced }) => /^You win. .* resigned\.$/.test(announced))
    expect([...x.errors, ...o.errors]).toEqual([])
  }, 60_000)

  it('has a bot for who is alone, and a large board', async () => {
    const ada = await open('room=alone&name=Ada', { ...PHONE, colorScheme: 'dark' })
    await ada.until('Ada sits', ({ seat }) => seat === 0)
    await ada.button('Board').click()
    await ada.button(/^Long evening/).click()
    await ada.shot('board-phone-dark')
    await ada.button('Play on this board').click()
    await ada.until('a large board', ({ state }) => state.side === 10 && state.line === 5)
    await ada.button('Play a bot').click()
    for (let i = 0; i < 3; i++) {
      const { state } = await ada.until('it is my turn', ({ myTurn }) => myTurn)
      const at = [44, 55, 45, 54, 35, 64, 66, 33, 34].find((cell) => state.cells[cell] === '.')!
      await ada.move(at % 10, Math.floor(at / 10))
    }
    await ada.until('it answers', ({ myTurn, moving }) => myTurn && !moving)
    await ada.shot('bot-phone-dark')
    expect(ada.errors).toEqual([])
  }, 60_000)

  it('keeps the seat through a reload and a cut, which the other one sees', async () => {
    let proxy = new FaultyProxy(server.port)
    const port = await proxy.start()
    const ada = await Visit.open(chromium, `http://127.0.0.1:${port}/xo/?room=cut&name=Ada`, PHONE)
    await ada.until('Ada sits', ({ seat }) => seat === 0)
    const grace = await open('room=cut&name=Grace')
    const before = await ada.until('they play', (seen) => seen.state.phase === 'playing')
    const [x] = before.state.first === 0 ? [ada] : [grace]
    await x!.move(2, 2)
    await ada.page.reload()
    const after = await ada.until('all is back', (seen) => seen.state.moves.length === 1)
    expect(after.you).toBe(before.you)
    await proxy.stop()
    await grace.page.locator('.player').getByText('away').waitFor()
    await ada.page.getByText('Connection lost').waitFor()
    await ada.still()
    await ada.shot('lost-phone')
    proxy = new FaultyProxy(server.port)
    await proxy.start(port)
    await grace.until('Ada is back', ({ presence }) => presence.away.length === 0)
    const [mover] = x === ada ? [grace] : [ada]
    await mover!.move(3, 3)
    for (const visit of [ada, grace]) await visit.until('both see it', ({ state }) => state.moves.length === 2)
    await proxy.stop()
    expect([...ada.errors, ...grace.errors].filter((error) => !refused(error))).toEqual([])
  }, 60_000)

  it('lets who comes late watch, take a free seat, and be called by another name', async () => {
    const [x, o] = await two('late')
    const eve = await open('room=late&name=Eve', PHONE)
    await eve.until('Eve watches', ({ seat, state }) => seat === null && state.phase === 'playing')
    await o.button(/^Room: /).click()
    await o.button(/^kitchen-table/).click()
    await o.until('O is elsewhere', ({ room, seat }) => room === 'kitchen-table' && seat === 0)
    await eve.button('Take the seat').click()
    const { state } = await eve.until('a new game', (seen) => seen.state.game === 2 && seen.seat !== null)
    expect(state.phase).toBe('playing')
    await eve.button('Resign').click()
    await eve.button('Really resign?').click()
    await eve.button('Change your name').click()
    await eve.page.getByRole('textbox', { name: 'Your name' }).fill('<b>Eve</b>')
    await eve.button('Save').click()
    await x.page.locator('.player-name', { hasText: '<b>Eve</b>' }).waitFor()
    await eve.still()
    await eve.shot('lost-game-phone')
    expect([...x.errors, ...eve.errors]).toEqual([])
  }, 60_000)

  it('lists the open rooms again after a request for them has failed', async () => {
    await Player.join(server, 'attic')
    const ada = await open('room=den&name=Ada', PHONE)
    await ada.until('Ada sits', ({ seat }) => seat === 0)
    await ada.page.route('**/api/rooms/', (route) => route.fulfill({ status: 503 }), { times: 1 })
    const failed = ada.page.waitForResponse('**/api/rooms/')
    await ada.button(/^Room: /).click()
    await failed
    await ada.button('Close').click()
    await ada.button(/^Room: /).click()
    await ada.button(/^attic/).waitFor()
  }, 60_000)

  it('begins anew for who has asked for a rematch and is left alone', async () => {
    const [x, o] = await two('alone-again')
    await o.button('Resign').click()
    await o.button('Really resign?').click()
    await x.button('Rematch').click()
    await x.button(/^Waiting for/).waitFor()
    await o.button(/^Room: /).click()
    await o.button(/^kitchen-table/).click()
    await x.button('New game').click()
    await x.until('a new game waits', ({ state }) => state.game === 2 && state.phase === 'waiting')
    expect([...x.errors, ...o.errors]).toEqual([])
  }, 60_000)

  it('shows who was away the game that is played, not one of before a restart', async () => {
    const gate = new FaultyProxy(server.port)
    const door = await gate.start()
    const tim = await Visit.open(chromium, `http://127.0.0.1:${door}/xo/?room=anew&watch=1`)
    /** Two without a page play a game to its end. */
    const play = async (...cells: [number, number][]) => {
      const ada = await Player.join(server, 'anew', '?name=Ada')
      await ada.until(() => ada.seat === 0)
      await ada.ask('game_init', { side: 3, line: 3 })
      const pair = [ada, await Player.join(server, 'anew', '?name=Grace')]
      for (const player of pair) await player.until(() => player.state.phase === 'playing')
      if (ada.state.first === 1) pair.reverse()
      for (const [i, [column, row]] of cells.entries()) {
        await pair[i % 2]!.move(column, row)
        await pair[1 - (i % 2)]!.until(() => pair[1 - (i % 2)]!.state.moves.length > i)
      }
    }
    await play([0, 0], [1, 0], [0, 1], [1, 1], [0, 2])
    const { events } = await tim.until('Tim sees X win', ({ spots }) => spots.length === 5)
    await tim.button('Replay').click()
    await tim.until('he sees it again', ({ replay }) => replay !== null)

    await gate.stop()
    await server.stop()
    server = await startServer(['--resume', '60', '--killgrace', '0.3', ...GAMES])
    await play([2, 2], [1, 1], [1, 2], [0, 1], [0, 2])
    const again = new FaultyProxy(server.port)
    await again.start(door)
    const { shown, replay } = await tim.until('Tim is back', (seen) => (seen.events[0]?.at ?? 0) > events[0]!.at)
    expect([replay, shown.moves[0]]).toEqual([null, [2, 2]])
    await tim.inPlace()
    await again.stop()
    expect(tim.errors.filter((error) => !refused(error))).toEqual([])
  }, 60_000)

  it('finds its way back when the server comes again', async () => {
    const probe = createServer().listen(0, '127.0.0.1')
    await once(probe, 'listening')
    const { port } = probe.address() as AddressInfo
    probe.close()
    await server.stop()
    server = await startServer(GAMES, { addr: `127.0.0.1:${port}` })
    const ada = await open('room=again&name=Ada')
    await ada.until('Ada sits', ({ seat }) => seat === 0)
    await server.stop()
    await ada.page.getByText("The server can't be reached.").waitFor()
    server = await startServer(GAMES, { addr: `127.0.0.1:${port}` })
    await ada.until(
      'Ada sits at a new table',
      ({ status, seat, state }) => status === 'open' && seat === 0 && state.seq === 2,
    )
    expect(ada.errors.filter((error) => !refused(error))).toEqual([])
  }, 60_000)
})

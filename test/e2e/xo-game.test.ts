import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import fc from 'fast-check'
import { describe, expect, onTestFinished, test } from 'vitest'
import { fold, type GameEvent, START, type State, seatOf } from '../../public/xo/fold.js'
import { connect, eventually, ROOT, startServer, type TestClient, type TestServer } from '../helpers.ts'
import { serving, sharedServer, temporaryFolder } from './serving.ts'

const GAMES = ['--games', join(ROOT, 'games'), '--api']

interface Answer {
  ref: unknown
  ok: boolean
  error: string | null
}

/** One player's end of a room: what it was told, and the state that follows from it. */
class Player {
  you = ''
  state: State = START
  told: State = START
  events: GameEvent[] = []
  presence = { here: [] as string[], away: [] as string[], watching: 0 }
  private refs = 0

  private constructor(readonly client: TestClient) {}

  static async join(server: { url: string }, room: string, query = ''): Promise<Player> {
    const player = new Player(await connect(server, `/xo/${room}${query}`))
    await player.until(() => player.you !== '')
    return player
  }

  /** Reads until this holds. */
  async until(holds: () => boolean): Promise<void> {
    while (!holds()) this.hear(await this.client.json())
  }

  private hear(line: Record<string, unknown>): void {
    if (line.type === 'welcome') {
      this.you = line.you as string
      this.events = line.events as GameEvent[]
      this.told = line.state as State
      this.state = this.events.reduce(fold, START)
      // What a newcomer is told is the fold of the events.
      expect(this.state).toEqual(this.told)
    }
    // What happened while the newcomer was at the door is in its welcome.
    if (line.type === 'event' && this.you) this.take(line as unknown as GameEvent)
    if (line.type === 'presence') this.presence = line as unknown as Player['presence']
  }

  private take(event: GameEvent): void {
    expect(event.seq).toBe(this.state.seq + 1)
    this.events.push(event)
    this.state = fold(this.state, event)
    check(this.state, event)
  }

  /** Sends a command and reads up to its answer. */
  async ask(type: string, data: object = {}): Promise<Answer> {
    const ref = ++this.refs
    this.client.send({ type, data, ref })
    return this.answer(ref)
  }

  async answer(ref: unknown): Promise<Answer> {
    for (;;) {
      const line = await this.client.json()
      if (line.type === 'answer' && line.ref === ref) return line as unknown as Answer
      this.hear(line)
    }
  }

  async move(x: number, y: number): Promise<void> {
    expect(await this.ask('move', { x, y })).toMatchObject({ ok: true, error: null })
  }

  get seat() {
    return seatOf(this.state, this.you)
  }

  get names() {
    return this.events.map(({ name }) => name)
  }
}

/** Every line of `line` cells of one mark, by looking at each stretch of the board: slow, and nothing like the game's own way. */
function linesOf(cells: string, side: number, line: number, mark: string): Set<string> {
  const won = new Set<string>()
  for (let y = 0; y < side; y++)
    for (let x = 0; x < side; x++)
      for (const [dx, dy] of [
        [1, 0],
        [0, 1],
        [1, 1],
        [-1, 1],
      ] as const) {
        const stretch = Array.from({ length: line }, (_, i) => [x + dx * i, y + dy * i] as const)
        const owned = stretch.every(([cx, cy]) => cx >= 0 && cx < side && cy < side && cells[cy * side + cx] === mark)
        if (owned) for (const cell of stretch) won.add(cell.join())
      }
  return won
}

/** What must be true of every state, whatever the players do. */
function check(state: State, event: GameEvent): void {
  const { cells, side, line, moves, phase, turn, first, result, seats } = state
  const count = (mark: string) => cells.split(mark).length - 1
  expect(cells).toHaveLength(side * side)
  expect([0, 1]).toContain(count('X') - count('O'))
  expect(count('X') + count('O')).toBe(moves.length)
  if (seats[0] && seats[1]) expect(seats[0].player).not.toBe(seats[1].player)
  const [x, o] = [linesOf(cells, side, line, 'X'), linesOf(cells, side, line, 'O')]
  if (phase === 'playing' && event.name !== 'move_made') {
    expect(seats).not.toContain(null)
    expect(turn).toBe(moves.length % 2 === 0 ? first : 1 - first!)
    expect([x.size, o.size, cells.includes('.')]).toEqual([0, 0, true])
  }
  if (event.name === 'game_over') {
    const won = new Set(result!.cells.map((cell) => cell.join()))
    if (result!.by === 'line') {
      expect(won).toEqual(result!.winner === first ? x : o)
      expect(won.size).toBeGreaterThanOrEqual(line)
    } else {
      expect([x.size, o.size, won.size]).toEqual([0, 0, 0])
      expect(result!.by === 'full').toBe(result!.winner === null)
      if (result!.by === 'full') expect(cells).not.toContain('.')
    }
  }
}

let rooms = 0
const newRoom = () => `room-${++rooms}`

describe('a game of XO', () => {
  const shared = sharedServer([...GAMES, '--resume', '60'])

  /** Two who play: X first. */
  async function two(room = newRoom(), board?: object): Promise<[Player, Player]> {
    const ada = await Player.join(shared(), room, '?name=Ada')
    await ada.until(() => ada.seat === 0)
    if (board) expect(await ada.ask('game_init', board)).toMatchObject({ ok: true })
    const bob = await Player.join(shared(), room, '?name=Bob')
    await Promise.all([ada, bob].map((player) => player.until(() => player.state.phase === 'playing')))
    return ada.state.first === 0 ? [ada, bob] : [bob, ada]
  }

  /** Moves in turns, each `xy`; both have heard them at the end. */
  async function play([x, o]: [Player, Player], ...moves: string[]): Promise<void> {
    for (const [i, [column, row]] of moves.entries()) {
      const [mover, waiter] = i % 2 === 0 ? [x, o] : [o, x]
      await mover.move(Number(column), Number(row))
      await waiter.until(() => waiter.state.moves.length === i + 1)
    }
    for (const player of [x, o])
      await player.until(() => player.state.phase === 'over' || !['X', 'O'].some((mark) => won(player, mark)))
  }
  const won = ({ state }: Player, mark: string) => linesOf(state.cells, state.side, state.line, mark).size > 0

  test('goes from the first who comes to a line, and tells lobbies of it', async () => {
    const room = newRoom()
    const meta = async () =>
      ((await (await fetch(`${shared().url}/api/xo%2F${room}/`)).json()) as { metadata: unknown }).metadata
    const ada = await Player.join(shared(), room, '?name=Ada')
    await ada.until(() => ada.seat === 0)
    expect(ada.state).toMatchObject({ side: 6, line: 4, phase: 'waiting' })
    expect(await ada.ask('move', { x: 0, y: 0 })).toMatchObject({ ok: false, error: 'No game is being played' })
    expect(await ada.ask('game_init', { side: 3, line: 3 })).toMatchObject({ ok: true, error: null })
    expect(await meta()).toEqual({ open: true, state: 'waiting', players: ['Ada'], side: 3, line: 3 })
    const bob = await Player.join(shared(), room, '?name=Bob')
    for (const player of [ada, bob]) await player.until(() => player.state.phase === 'playing')
    expect(await meta()).toMatchObject({ open: false, state: 'playing', players: ['Ada', 'Bob'] })
    const pair: [Player, Player] = ada.state.first === 0 ? [ada, bob] : [bob, ada]
    await play(pair, '00', '01', '10', '11', '20')
    expect(ada.state).toEqual(bob.state)
    expect(ada.state).toMatchObject({ phase: 'over', cells: 'XXXOO....', turn: null })
    expect(ada.state.result).toEqual({
      winner: ada.state.first,
      by: 'line',
      cells: [
        [0, 0],
        [1, 0],
        [2, 0],
      ],
    })
    expect(await meta()).toMatchObject({ open: false, state: 'over' })
  })

  test('refuses what breaks a rule, with a reason and without an event', async () => {
    const [x, o] = await two(newRoom(), { side: 4, line: 3 })
    const before = x.state.seq
    const refused = async (player: Player, type: string, data: object, why: RegExp) => {
      const answer = await player.ask(type, data)
      expect(answer, `${type} ${JSON.stringify(data)}`).toMatchObject({ ok: false })
      expect(answer.error).toMatch(why)
    }
    await refused(o, 'move', { x: 0, y: 0 }, /other player's turn/)
    for (const cell of [
      { x: -1, y: 0 },
      { x: 4, y: 0 },
      { x: 1.5, y: 0 },
      { x: '1', y: 0 },
      { x: true, y: 0 },
      { x: 1 },
      {},
    ])
      await refused(x, 'move', cell, /no such cell/)
    await refused(x, 'game_init', { side: 3 }, /being played/)
    await refused(x, 'rematch', {}, /no game to play again/)
    await refused(x, 'stand', {}, /resign first/)
    await refused(x, 'sit', {}, /have a seat/)
    await refused(x, 'rename', { name: 'Eve' }, /being played/)
    await refused(x, 'invite_bot', {}, /waits alone/)
    await refused(x, 'hello', { have: '1' }, /number/)
    await refused(x, 'fly', {}, /no such command/)
    await x.move(1, 1)
    await refused(o, 'move', { x: 1, y: 1 }, /taken/)
    expect(x.state.seq).toBe(before + 1)
    await x.client.close(1000)
    await o.until(() => o.state.phase === 'over')
    expect(o.state.result).toEqual({ winner: o.seat, by: 'left', cells: [] })
  })

  test('ends in a draw on a full board', async () => {
    const pair = await two(newRoom(), { side: 3, line: 3 })
    await play(pair, '00', '10', '20', '11', '01', '21', '12', '02', '22')
    await pair[0].until(() => pair[0].state.phase === 'over')
    expect(pair[0].state).toMatchObject({ result: { winner: null, by: 'full', cells: [] }, score: [0, 0, 1] })
  })

  test('may be resigned, and played again with X and O in turns and the score kept', async () => {
    const [x, o] = await two(newRoom(), { side: 3, line: 3 })
    const first = x.state.first
    await o.ask('resign')
    for (const player of [x, o]) await player.until(() => player.state.phase === 'over')
    expect(x.state.result).toEqual({ winner: x.seat, by: 'resign', cells: [] })
    expect(await x.ask('rematch')).toMatchObject({ ok: true })
    expect(await x.ask('rematch')).toMatchObject({ ok: false })
    expect(x.state.phase).toBe('over')
    expect(await o.ask('rematch')).toMatchObject({ ok: true })
    await x.until(() => x.state.phase === 'playing')
    expect(x.state).toMatchObject({ game: 2, first: 1 - first!, moves: [], cells: '.........' })
    expect(x.state.score[x.seat!]).toBe(1)
    await x.until(() => x.state.seq === o.state.seq)
    expect(x.state).toEqual(o.state)
  })

  test('is watched by who comes third, who sits down when a seat is free', async () => {
    const [x, o] = await two(newRoom(), { side: 3, line: 3 })
    const room = x.client.ws.url.split('/').at(-1)!.split('?')[0]!
    const eve = await Player.join(shared(), room, '?name=Eve')
    await eve.until(() => eve.presence.watching === 1)
    expect(eve.seat).toBeNull()
    expect(await eve.ask('move', { x: 0, y: 0 })).toMatchObject({ ok: false, error: 'You are watching' })
    expect(await eve.ask('sit')).toMatchObject({ ok: false })
    await x.move(0, 0)
    await eve.until(() => eve.state.moves.length === 1)
    await o.client.close(1000)
    await eve.until(() => eve.state.seats.includes(null))
    expect(await eve.ask('sit')).toMatchObject({ ok: true })
    await x.until(() => x.state.phase === 'playing' && x.state.game === 2)
    expect(x.state).toMatchObject({ score: [0, 0, 0], moves: [] })
  })

  test('leaves who comes to watch without a seat', async () => {
    const room = newRoom()
    const eve = await Player.join(shared(), room, '?name=Eve&watch=1')
    await eve.until(() => eve.presence.watching === 1)
    expect(eve.state.seats).toEqual([null, null])
    const ada = await Player.join(shared(), room, '?name=Ada')
    await ada.until(() => ada.seat === 0)
    expect(await ada.ask('stand')).toMatchObject({ ok: true })
    expect(ada.state.seats).toEqual([null, null])
  })

  test('gives who says what it has the events that it lacks, and no others', async () => {
    const [x, o] = await two()
    await x.move(2, 3)
    await o.until(() => o.state.moves.length === 1)
    for (const have of [0, 3, o.state.seq, 99]) {
      o.client.send({ type: 'hello', data: { have }, ref: `have ${have}` })
      const line = await o.client.json()
      expect(line.events).toEqual(o.events.filter(({ seq }) => seq > have))
      await o.answer(`have ${have}`)
    }
  })

  test('shows who is away, keeps the seat, and tells who comes back anew', async () => {
    const room = newRoom()
    const ada = await Player.join(shared(), room, '?name=Ada')
    await ada.until(() => ada.seat === 0)
    const bob = await connect(shared(), `/xo/${room}?name=Bob`, { protocols: ['playpipe.v1'] })
    const { token } = JSON.parse(String(await bob.next())) as { token: string }
    await ada.until(() => ada.state.phase === 'playing')
    const bobs = ada.state.seats[1]!.player
    bob.cut()
    await ada.until(() => ada.presence.away.length === 1)
    expect(ada.presence).toEqual({ type: 'presence', here: [ada.you], away: [bobs], watching: 0 })
    const back = await connect(shared(), `/xo/${room}`, { protocols: ['playpipe.v1', `playpipe.v1.${token}.fresh`] })
    const frames = await back.until((frame) => frame.includes('"presence"'))
    const welcome = frames.find((frame) => frame.includes('"welcome"'))!
    expect(JSON.parse(welcome)).toMatchObject({ you: bobs, state: ada.state, events: ada.events })
    await ada.until(() => ada.presence.away.length === 0)
    expect(ada.state.phase).toBe('playing')
  })

  test('knows a signed-in player in every window, and no name that a client claims', async () => {
    const room = newRoom()
    const ada = await Player.join(shared(), room, '?name=Ada&sub=root')
    expect(ada.you).toMatch(/^client:\d+$/)
    ada.client.send({ t: 'Join', _from: 99, _sub: 'root', _sys: true, ref: 'a' })
    expect(await ada.answer('a')).toMatchObject({ ok: false })
    ada.client.send({ t: 'Create', params: { side: 10, line: 3 }, _sys: true, ref: 'b' })
    expect(await ada.answer('b')).toMatchObject({ ok: false })
    ada.client.send({ t: 'Leave', _from: 1, _sys: true, ref: 'c' })
    expect(await ada.answer('c')).toMatchObject({ ok: false })
    expect(ada.state).toMatchObject({ side: 6, seats: [{ player: ada.you, name: 'Ada', bot: false }, null] })
  })

  test('calls players as they like to be called, in one line of letters', async () => {
    const ada = await Player.join(shared(), newRoom(), `?name=${encodeURIComponent('  Ada\u202e \n  <b>L</b> ')}`)
    await ada.until(() => ada.seat === 0)
    expect(ada.state.seats[0]!.name).toBe('Ada <b>L</b>')
    expect(await ada.ask('rename', { name: '\u200b\ud800' })).toMatchObject({ ok: false })
    expect(await ada.ask('rename', { name: 'x'.repeat(99) })).toMatchObject({ ok: true })
    expect(ada.state.seats[0]!.name).toBe('x'.repeat(24))
  })

  test('is bounded, however often a waiting seat changes hands', async () => {
    const room = newRoom()
    const ada = await Player.join(shared(), room)
    for (let i = 0; i < 800; i++) {
      await ada.ask('stand')
      await ada.ask('sit')
    }
    const late = await Player.join(shared(), room)
    expect(late.events.length).toBeLessThanOrEqual(1300)
    expect(late.events[0]).toMatchObject({ name: 'game_created' })
  })

  test('has boards of 3 to 10 cells, and lines of 3 up to the side', async () => {
    const ada = await Player.join(shared(), newRoom())
    await ada.until(() => ada.seat === 0)
    for (const board of [
      { side: 2, line: 2 },
      { side: 11, line: 3 },
      { side: 5, line: 6 },
      { side: 5, line: 2 },
      { side: true },
      { side: '5' },
      { side: 5, line: null },
    ])
      expect(await ada.ask('game_init', board), JSON.stringify(board)).toMatchObject({ ok: false })
    for (let side = 3; side <= 10; side++)
      for (let line = 3; line <= side; line++) {
        expect(await ada.ask('game_init', { side, line })).toMatchObject({ ok: true })
        expect(ada.state).toMatchObject({ side, line, cells: '.'.repeat(side * side) })
      }
    expect(await ada.ask('game_init', { side: 3 })).toMatchObject({ ok: true })
    expect(ada.state).toMatchObject({ side: 3, line: 3 })
  })

  test('finds the winning lines that a slow search finds, in dozens of games at random', async () => {
    let seed = 7
    const random = (below: number) => {
      seed = (seed * 1103515245 + 12345) % 2147483648
      return Math.floor((seed / 2147483648) * below)
    }
    // `check` compares after every event.
    for (let game = 0; game < 60; game++) {
      const side = 3 + random(4)
      const room = newRoom()
      const pair = await two(room, { side, line: 3 + random(side - 2) })
      const cells = Array.from({ length: side * side }, (_, at) => at)
      while (pair[0].state.phase === 'playing') {
        const [at] = cells.splice(random(cells.length), 1)
        const mover = pair.find((player) => player.seat === player.state.turn)!
        await mover.move(at! % side, Math.floor(at! / side))
        for (const player of pair)
          await player.until(
            () => player.state.seq >= mover.state.seq && player.state.moves.length > side * side - cells.length - 1,
          )
        if (pair[0].state.moves.length === side * side || won(pair[0], 'X') || won(pair[0], 'O'))
          for (const player of pair) await player.until(() => player.state.phase === 'over')
      }
      for (const player of pair) await player.client.close(1000)
    }
  }, 60_000)
})

describe('whatever clients send', () => {
  const shared = sharedServer([...GAMES])
  const small = fc.integer({ min: -1, max: 5 })
  const junk = fc.oneof(fc.jsonValue(), fc.constantFrom(1e300, -0, 2 ** 60, '\ud800', '', [[[]]], true, null))
  const command = fc.oneof(
    { weight: 12, arbitrary: fc.record({ type: fc.constant('move'), data: fc.record({ x: small, y: small }) }) },
    {
      weight: 6,
      arbitrary: fc.record({
        type: fc.constantFrom('resign', 'rematch', 'sit', 'stand', 'hello', 'invite_bot', 'rename'),
        data: fc.record({ have: junk, name: junk }, { requiredKeys: [] }),
      }),
    },
    {
      weight: 3,
      arbitrary: fc.record({
        type: fc.constant('game_init'),
        data: fc.record({ side: fc.integer({ min: 2, max: 5 }), line: small, alone: junk }, { requiredKeys: [] }),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record(
        {
          type: junk,
          t: fc.constantFrom('Join', 'Leave', 'Create', 'Timer', 'Away'),
          data: junk,
          _sys: junk,
          _from: junk,
          params: junk,
          timer: junk,
        },
        { requiredKeys: [] },
      ),
    },
  )
  const act = fc.oneof(
    { weight: 20, arbitrary: fc.tuple(fc.constant('send' as const), fc.nat(3), command, junk) },
    { weight: 1, arbitrary: fc.tuple(fc.constant('again' as const), fc.nat(3), fc.constant({}), fc.constant(0)) },
  )

  test('the game stands, its states are sound, and a newcomer is told the fold of the events', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(act, { minLength: 20, maxLength: 120 }), async (acts) => {
        const room = newRoom()
        const players: Player[] = []
        for (let i = 0; i < 4; i++) players.push(await Player.join(shared(), room, `?name=P${i}`))
        for (const [kind, who, message, ref] of acts) {
          if (kind === 'again') {
            await players[who]!.client.close(1000)
            players[who] = await Player.join(shared(), room, '?name=again')
          } else players[who]!.client.send({ ...message, ref })
        }
        // The answer to each one's last question stands behind everything that it was told.
        for (const player of players) {
          player.client.send({ type: 'hello', data: { have: 1e9 }, ref: 'last' })
          await player.answer('last')
        }
        // Read up to the newcomer: its events are everybody's, and its state theirs.
        const late = await Player.join(shared(), room, '?name=late&watch=1')
        for (const player of players) {
          await player.until(() => player.state.seq >= late.state.seq)
          if (player.state.seq === late.state.seq) expect(player.state).toEqual(late.state)
          const known = late.events.filter(({ seq }) => seq >= player.events[0]!.seq)
          expect(player.events.slice(-known.length).map(({ seq, name }) => [seq, name])).toEqual(
            expect.arrayContaining(known.slice(0, 5).map(({ seq, name }) => [seq, name])),
          )
        }
        for (const player of [...players, late]) await player.client.close(1000)
        expect(shared().log()).not.toContain('Traceback')
      }),
      { numRuns: 12, seed: 42 },
    )
  }, 120_000)
})

describe('a table that a lobby has set', () => {
  /** The game's program alone, as a lobby starts it. */
  function program(...args: string[]) {
    const child = spawn('python3', ['game.py', '--seed', '5', ...args], { cwd: join(ROOT, 'games', 'xo') })
    onTestFinished(() => void child.kill())
    const lines = createInterface(child.stdout)[Symbol.asyncIterator]()
    return {
      write: (line: unknown) => child.stdin.write(`${typeof line === 'string' ? line : JSON.stringify(line)}\n`),
      /** Lines up to one of this type. */
      async until(holds: (line: Record<string, unknown>) => boolean) {
        const seen: Record<string, unknown>[] = []
        for (;;) {
          const { value, done } = await lines.next()
          if (done) throw new Error('the program has ended')
          seen.push(JSON.parse(value))
          if (holds(seen.at(-1)!)) return seen
        }
      },
      async end() {
        child.stdin.end()
        return (await once(child, 'exit'))[0]
      },
    }
  }
  const join_ = (_from: number, more: object = {}) => ({
    t: 'Join',
    _from,
    _sub: '',
    _name: '',
    _guest: '',
    _bot: false,
    _sys: true,
    ...more,
  })

  test('has its parameters, which no player changes', async () => {
    const game = program()
    game.write({ t: 'Create', params: { side: 5, line: 5 }, _sys: true })
    game.write(join_(1, { _sub: 'u1', _name: 'Ada', _guest: 'Eve' }))
    const welcome = (await game.until(({ type }) => type === 'welcome')).at(-1)!
    expect(welcome).toMatchObject({ you: 'user:u1', set: true, state: { side: 5, line: 5 } })
    game.write({ type: 'game_init', data: { side: 3 }, ref: 1, _from: 1 })
    expect((await game.until(({ type }) => type === 'answer')).at(-1)).toMatchObject({ ok: false, ref: 1 })
    game.write({ type: 'rename', data: { name: 'Eve' }, ref: 2, _from: 1 })
    expect((await game.until(({ type }) => type === 'answer')).at(-1)).toMatchObject({ ok: false, ref: 2 })
    game.write({ t: 'Create', params: { side: 3, line: 3 }, _sys: true })
    game.write({ t: 'Join', _from: 7, _sub: 'u1', ref: 3 })
    game.write(join_(2, { _sub: 'u1', _name: 'Ada' }))
    const again = (await game.until(({ type }) => type === 'welcome')).at(-1)!
    expect(again).toMatchObject({ _to: 2, you: 'user:u1', state: { side: 5, seats: [{ name: 'Ada' }, null] } })
    // Gone in one window, here in the other; then in neither.
    game.write({ t: 'Leave', _from: 1, _sys: true })
    game.write({ type: 'move', ref: 4, _from: 2 })
    const lines = await game.until(({ type }) => type === 'answer')
    expect(lines.filter(({ name }) => name === 'player_left')).toEqual([])
    game.write({ t: 'Leave', _from: 2, _sys: true })
    await game.until(({ name }) => name === 'player_left')
    expect(await game.end()).toBe(0)
  })

  test.each([[{}], [{ side: 99 }], [{ side: 4, line: 9 }], [{ side: '5' }]])(
    'is the usual one where there is none like %j',
    async (params) => {
      const game = program()
      game.write({ t: 'Create', params, _sys: true })
      game.write(join_(1))
      const [welcome] = (await game.until(({ type }) => type === 'welcome')).slice(-1)
      expect(welcome).toMatchObject({ state: { side: 6, line: 4 } })
    },
  )

  test('asks for a bot when somebody has waited alone, and sends it away when it is not needed', async () => {
    const game = program()
    game.write({ t: 'Create', params: { side: 3, line: 3, alone: 20 }, _sys: true })
    game.write(join_(1))
    await game.until((line) => line._timer === 'alone' && line.ms === 20_000)
    game.write({ t: 'Timer', timer: 'alone', _sys: true })
    await game.until((line) => line._bots === 1)
    game.write(join_(2, { _bot: true }))
    await game.until(({ name }) => name === 'game_started')
    // It breaks down, and has its place when it is back.
    game.write({ t: 'Leave', _from: 2, _sys: true })
    await game.until((line) => line._timer === 'bot')
    game.write(join_(3, { _bot: true }))
    const [back] = (await game.until(({ type }) => type === 'welcome')).slice(-1)
    expect(back).toMatchObject({ you: 'bot', state: { phase: 'playing' } })
    game.write({ t: 'Leave', _from: 3, _sys: true })
    game.write({ t: 'Timer', timer: 'bot', _sys: true })
    const end = await game.until((line) => line._bots === 0)
    expect(end.find(({ name }) => name === 'game_over')).toMatchObject({ data: { winner: 0, by: 'left' } })
  })

  test('reads on after lines that make no sense', async () => {
    const game = program()
    for (const line of [
      '',
      'x',
      '[]',
      '7',
      'null',
      '{}',
      '{"t":"Join"}',
      '{"t":"Join","_sys":true,"_from":"1"}',
      '{"t":"Create","_sys":true,"params":3}',
      `${'['.repeat(99_999)}`,
      `{"a":${'9'.repeat(9999)}}`,
      '{"_from":5,"type":"move"}',
      '{"t":"Leave","_from":9,"_sys":true}',
      '{"t":"Timer","timer":"bot","_sys":true}',
    ])
      game.write(line)
    game.write(join_(1, { _guest: '\ud800' }))
    await game.until(({ name }) => name === 'player_joined')
    for (const ref of [1.5, 1e308, 2 ** 60, [1], { a: 1 }, 'x'.repeat(65)]) {
      game.write({ type: 'move', ref, _from: 1 })
      expect((await game.until(({ type }) => type === 'answer')).at(-1)!.ref).toBeNull()
    }
    expect(await game.end()).toBe(0)
  })
})

describe('the bot', () => {
  /** The bot's program: shown a board, it says its move. */
  function bot(...args: string[]) {
    const child = spawn('python3', ['bot.py', '--pace', '0', '--seed', '3', ...args], {
      cwd: join(ROOT, 'games', 'xo'),
    })
    onTestFinished(() => void child.kill())
    const lines = createInterface(child.stdout)[Symbol.asyncIterator]()
    let seq = 0
    return async (cells: string, side: number, line: number): Promise<number> => {
      const moves = cells.replaceAll('.', '').length
      const seats = [
        { player: 'bot', name: 'Pip', bot: true },
        { player: 'client:1', name: 'Ada', bot: false },
      ]
      const first = moves % 2 === 0 ? 0 : 1
      const state = { ...START, seq: ++seq, side, line, phase: 'playing', seats, first, turn: 0, cells, moves: [] }
      child.stdin.write(`${JSON.stringify({ type: 'welcome', you: 'bot', state, events: [], _to: 1 })}\n`)
      const { value } = await lines.next()
      const { data } = JSON.parse(value) as { data: { x: number; y: number } }
      return data.y * side + data.x
    }
  }
  const put = (cells: string, at: number, mark: string) => cells.slice(0, at) + mark + cells.slice(at + 1)

  test('never loses on 3×3, whatever the other one plays', async () => {
    const ask = bot()
    const ends = { won: 0, drawn: 0 }
    const seen = new Set<string>()
    /** The bot is to move, or the other one is; every move of his is tried. */
    async function explore(cells: string, mine: 'X' | 'O', myTurn: boolean): Promise<void> {
      if (seen.has(cells + mine)) return
      seen.add(cells + mine)
      const theirs = mine === 'X' ? 'O' : 'X'
      expect(linesOf(cells, 3, 3, theirs).size, cells).toBe(0)
      if (linesOf(cells, 3, 3, mine).size > 0) ends.won++
      else if (!cells.includes('.')) ends.drawn++
      else if (myTurn) {
        const at = await ask(cells, 3, 3)
        expect(cells[at], cells).toBe('.')
        await explore(put(cells, at, mine), mine, false)
      } else for (let at = 0; at < 9; at++) if (cells[at] === '.') await explore(put(cells, at, theirs), mine, true)
    }
    await explore('.........', 'X', true)
    await explore('.........', 'O', false)
    expect(ends.won).toBeGreaterThan(20)
    expect(ends.drawn).toBeGreaterThan(5)
  })

  test('takes a win, stops one, and is not slow', async () => {
    const ask = bot()
    const row = (...rows: string[]) => rows.join('')
    // Three of four: X wins at once.
    expect([3]).toContain(await ask(row('XXX...', 'OOO...', '......', '......', '......', '......'), 6, 4))
    // O has three of four with one end open: X stops it.
    expect(await ask(row('OOO...', 'X.X...', '......', '..X...', '......', '......'), 6, 4)).toBe(3)
    // A middle with both ends open becomes four for sure; the other's three are still two.
    expect([0, 3]).toContain(await ask(row('.XX.', 'O...', '.O..', '....'), 4, 3))
    const begun = performance.now()
    for (const [side, line] of [
      [10, 5],
      [10, 10],
      [7, 4],
      [4, 4],
    ] as const)
      expect(await ask('.'.repeat(side * side), side, line)).toBeLessThan(side * side)
    expect(performance.now() - begun).toBeLessThan(4 * 1500)
  })

  test('comes when it is invited, plays to the end and again, and gives way to a person', async () => {
    const server: TestServer = await serving(GAMES)
    const ada = await Player.join(server, 'den', '?name=Ada')
    await ada.until(() => ada.seat === 0)
    await ada.ask('game_init', { side: 3, line: 3 })
    expect(await ada.ask('invite_bot')).toMatchObject({ ok: true })
    await ada.until(() => ada.state.phase === 'playing')
    expect(ada.state.seats[1]).toEqual({ player: 'bot', name: 'Pip', bot: true })
    const over = () => ada.state.phase === 'over'
    const finish = async () => {
      while (ada.state.phase === 'playing') {
        await ada.until(() => ada.state.turn === ada.seat || over())
        if (over()) return
        const at = ada.state.cells.indexOf('.')
        // The line behind a winning move says that the game is over.
        const { ok } = await ada.ask('move', { x: at % 3, y: Math.floor(at / 3) })
        if (!ok || !ada.state.cells.includes('.')) await ada.until(over)
      }
    }
    await finish()
    expect(ada.state.result!.winner).not.toBe(ada.seat)
    expect(await ada.ask('rematch')).toMatchObject({ ok: true })
    expect(ada.state).toMatchObject({ phase: 'playing', game: 2 })
    await finish()
    const bob = await Player.join(server, 'den', '?name=Bob')
    await bob.until(() => bob.state.phase === 'playing')
    expect(bob.state.seats.map((seat) => seat!.name)).toEqual(['Ada', 'Bob'])
    await eventually('the bot is gone', () => /client 2 left/.test(server.log()))
  }, 60_000)

  test('comes by itself where the game is told to send one', async () => {
    const folder = temporaryFolder()
    mkdirSync(join(folder, 'xo'))
    for (const file of 'bot brain fold game people rules table'.split(' '))
      symlinkSync(join(ROOT, 'games', 'xo', `${file}.py`), join(folder, 'xo', `${file}.py`))
    writeFileSync(
      join(folder, 'xo', 'game.json'),
      JSON.stringify({
        command: ['./game.py', '--alone', '1'],
        bot: './bot.py --pace 0',
        frame: 'json',
        joinmsg: '{"t":"Join","_from":#ID,"_guest":"#PARAM_NAME","_bot":#BOT,"_sys":true}',
        leavemsg: '{"t":"Leave","_from":#ID,"_sys":true}',
      }),
    )
    const server = await startServer(['--games', folder])
    onTestFinished(async () => void (await server.stop()))
    const ada = await Player.join(server, 'den', '?name=Ada')
    await ada.until(() => ada.state.phase === 'playing')
    expect(ada.state.seats[1]).toMatchObject({ bot: true })
  })
})

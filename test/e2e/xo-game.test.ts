import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { connect } from '../helpers.ts'
import { sharedServer } from './serving.ts'
import { GAMES, linesOf, Player } from './xo-player.ts'

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
    for (let game = 0; game < 30; game++) {
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

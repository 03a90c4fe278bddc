import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Fields, GameView } from '../../src/lobby/game.ts'
import { type Declined, Games, type Wish } from '../../src/lobby/games.ts'
import { storeInMemory } from './fixtures.ts'

const ADA = { sub: 'a', name: 'Ada' }
const BOB = { sub: 'b', name: 'Bob' }
const EVE = { sub: 'e', name: 'Eve', guest: true } as const
const MINUTE = 60_000

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

async function newGames(store = storeInMemory(), kinds = { xo: true, text: false }) {
  const rooms = new Map<string, { connections: number; meta: Fields | null }>()
  const failures: string[] = []
  const games = await Games.load({
    kinds: new Map(Object.entries(kinds).map(([name, takesParameters]) => [name, { takesParameters }])),
    store,
    now: Date.now,
    room: (name) => rooms.get(name),
    failed: ({ message }) => failures.push(message),
  })
  const told: GameView[] = []
  games.on('changed', (game) => told.push(game))
  const create = async (player: typeof ADA = ADA, wish: Wish = { kind: 'xo' }) => made(await games.create(player, wish))
  /** What its program says, with so many people there. */
  const say = async (game: GameView, meta: Fields | null, connections = 1) => {
    rooms.set(game.room, { connections, meta })
    games.roomChanged(game.room)
    await vi.advanceTimersByTimeAsync(150)
  }
  const end = async (game: GameView, code: number, empty = false) => {
    rooms.delete(game.room)
    games.roomEnded(game.room, code, empty)
    await vi.advanceTimersByTimeAsync(150)
  }
  return { games, store, rooms, told, create, say, end, failures }
}

function made<T extends object>(outcome: T | Declined): Exclude<T, Declined> {
  if ('refused' in outcome) throw new Error(outcome.refused as string)
  return outcome as Exclude<T, Declined>
}

const found = async (games: Games, { id }: GameView) => (await games.find(id))!

describe('a game', () => {
  it('waits with its maker, and its parameters are the first line of its room', async () => {
    const { games, create } = await newGames()
    const game = await create(ADA, { kind: 'xo', parameters: { size: 6 } })
    expect(game).toMatchObject({ kind: 'xo', room: `xo/${game.id}`, state: 'waiting', open: true, players: [ADA] })
    expect(games.list()).toEqual([game])
    expect(games.opening(game.room)).toEqual({ t: 'Game', id: game.id, kind: 'xo', parameters: { size: 6 } })
    for (const other of [game.id, `text/${game.id}`, 'xo/lobby', 'lobby']) expect(games.opening(other)).toBeUndefined()
  })

  it('is of a kind that there is, and has parameters where it can read them', async () => {
    const { games } = await newGames()
    expect(await games.create(ADA, { kind: 'chess' })).toEqual({ refused: 'no such kind' })
    expect(await games.create(ADA, {})).toEqual({ refused: 'no such kind' })
    expect(await games.create(ADA, { kind: 'text', parameters: { a: 1 } })).toEqual({ refused: 'no parameters' })
    expect(await games.create(ADA, { kind: 'text', parameters: {} })).toMatchObject({ kind: 'text' })
    const long = (characters: number) => ({ kind: 'xo', parameters: { a: 'x'.repeat(characters - '{"a":""}'.length) } })
    expect(await games.create(ADA, long(4097))).toEqual({ refused: 'parameters too long' })
    expect(await games.match(ADA, long(4097))).toEqual({ refused: 'parameters too long' })
    expect(await games.create(ADA, long(4096))).toMatchObject({ kind: 'xo' })
    const lone = await newGames(storeInMemory(), { '': true } as never)
    expect(await lone.games.create(ADA, {})).toMatchObject({ kind: '', room: expect.stringMatching(/^[\w-]{12}$/) })
  })

  it.each<[Fields, object]>([
    [{}, { state: 'waiting', open: true }],
    [{ open: false }, { state: 'running', open: false }],
    [{ full: true }, { state: 'running', open: false }],
    [{ state: 'running' }, { state: 'running', open: true }],
    [
      { state: 'waiting', open: false },
      { state: 'waiting', open: false },
    ],
    [{ state: 'ended' }, { state: 'ended', open: false }],
    [
      { state: 'nonsense', open: 'no' },
      { state: 'waiting', open: true },
    ],
    [{ seats: 1 }, { state: 'running', open: false, seats: 1 }],
    [{ seats: 3 }, { state: 'waiting', open: true, seats: 3 }],
    [{ seats: -1 }, { state: 'waiting', open: true, seats: null }],
  ])('that says %j is %j', async (meta, expected) => {
    const { games, create, say, told } = await newGames()
    const game = await create()
    await say(game, meta)
    expect(await found(games, game)).toMatchObject({ ...expected, metadata: meta, connections: 1 })
    expect(told.at(-1)).toMatchObject(expected)
  })

  it('tells what has changed, at most ten times a second, and nothing twice', async () => {
    const { games, rooms, create, say, told } = await newGames()
    const game = await create()
    await say(game, null)
    const before = told.length
    for (let i = 0; i < 50; i++) {
      rooms.set(game.room, { connections: 1, meta: { turn: i } })
      games.roomChanged(game.room)
    }
    await vi.advanceTimersByTimeAsync(50)
    expect(told).toHaveLength(before)
    await vi.advanceTimersByTimeAsync(5000)
    expect(told.slice(before).map(({ metadata }) => metadata)).toEqual([{ turn: 49 }])
    await say(game, { turn: 49 })
    expect(told).toHaveLength(before + 1)
  })

  it('shows no metadata that is too large for a list', async () => {
    const { games, create, say } = await newGames()
    const game = await create()
    await say(game, { open: false, text: 'x'.repeat(5000) })
    expect(await found(games, game)).toMatchObject({ open: false, metadata: {} })
  })

  it('has ended when its program has, and is known for a while', async () => {
    const { games, create, say, end, told } = await newGames()
    for (const code of [1000, 1011]) {
      const game = await create()
      await say(game, { open: false, winner: 1 })
      await end(game, code)
      expect(games.list()).toEqual([])
      expect(told.at(-1)).toMatchObject({ id: game.id, state: 'ended' })
      expect(await found(games, game)).toMatchObject({ state: 'ended', open: false, metadata: { winner: 1 } })
      expect(await games.enter(game.id, BOB, Date.now() + 1)).toEqual({ refused: 'ended' })
    }
  })

  it('that is over is forgotten, also one that had said so itself, and one that could not be kept', async () => {
    const store = storeInMemory()
    let full = false
    const { games, create, say, end, told } = await newGames({
      ...store,
      call: (name, ...args) =>
        full && name === 'saveGame' ? Promise.reject(new Error('disk full')) : store.call(name, ...args),
    })
    const { told: remembered } = games as unknown as { told: Map<string, unknown> }
    const game = await create()
    await say(game, { state: 'ended' })
    expect(remembered.size).toBe(1)
    await end(game, 1000)
    expect(remembered.size).toBe(0)
    full = true
    await expect(create()).rejects.toThrow('disk full')
    await vi.advanceTimersByTimeAsync(150)
    expect(remembered.size).toBe(0)
    expect(told.at(-1)).toMatchObject({ state: 'ended' })
  })

  it('waits for players who have left its room, for some minutes', async () => {
    const { games, create, say, end, told } = await newGames()
    const game = await create()
    games.arrived(game.room, ADA)
    await say(game, null)
    await end(game, 1000, true)
    await vi.advanceTimersByTimeAsync(4 * MINUTE)
    expect(await found(games, game)).toMatchObject({ state: 'waiting', connections: 0 })
    await say(game, null)
    await vi.advanceTimersByTimeAsync(60 * MINUTE)
    expect(games.list()).toHaveLength(1)
    await end(game, 1000, true)
    await vi.advanceTimersByTimeAsync(6 * MINUTE)
    expect(games.list()).toEqual([])
    expect(told.at(-1)).toMatchObject({ state: 'ended' })
  })

  it('that nobody came to ends, and one that its last player leaves', async () => {
    const { games, create } = await newGames()
    await create()
    await vi.advanceTimersByTimeAsync(6 * MINUTE)
    expect(games.list()).toEqual([])
    const game = await create()
    await games.leave(game.id, 'nobody')
    expect(games.list()).toHaveLength(1)
    await games.leave(game.id, ADA.sub)
    expect(games.list()).toEqual([])
  })
})

describe('a place', () => {
  it('is for as many as there are seats', async () => {
    const { games, create } = await newGames()
    const game = await create(ADA, { kind: 'xo', seats: 2 })
    const soon = Date.now() + MINUTE
    const entered = await Promise.all([BOB, EVE].map((player) => games.enter(game.id, player, soon)))
    expect(entered).toEqual([expect.objectContaining({ state: 'running', players: [ADA, BOB] }), { refused: 'full' }])
    expect(await games.enter(game.id, BOB, soon)).toMatchObject({ players: [ADA, BOB] })
    await games.leave(game.id, BOB.sub)
    expect(await games.enter(game.id, EVE, soon)).toMatchObject({ players: [ADA, EVE] })
  })

  it('lapses where its player does not come, and after a minute where the player goes', async () => {
    const { games, create, say } = await newGames()
    const game = await create(ADA, { kind: 'xo', seats: 2 })
    games.arrived(game.room, ADA)
    await say(game, null)
    await games.enter(game.id, BOB, Date.now() + MINUTE)
    await vi.advanceTimersByTimeAsync(MINUTE + 5000)
    expect(await found(games, game)).toMatchObject({ state: 'waiting', players: [ADA] })
    games.departed(game.room, ADA)
    await vi.advanceTimersByTimeAsync(MINUTE / 2)
    games.arrived(game.room, ADA)
    await vi.advanceTimersByTimeAsync(10 * MINUTE)
    expect((await found(games, game)).players).toEqual([ADA])
    games.departed(game.room, ADA)
    await vi.advanceTimersByTimeAsync(MINUTE + 5000)
    expect((await found(games, game)).players).toEqual([])
  })

  it('is its player’s while there is a seat of theirs, and nobody’s who watches', async () => {
    const { games, create, say } = await newGames()
    const game = await create()
    await say(game, null)
    const watching = { ...ADA, watch: true }
    for (const seat of [ADA, ADA, watching]) games.arrived(game.room, seat)
    for (const seat of [watching, ADA]) games.departed(game.room, seat)
    games.arrived(game.room, { ...EVE, watch: true })
    await vi.advanceTimersByTimeAsync(10 * MINUTE)
    expect((await found(games, game)).players).toEqual([ADA])
    games.departed(game.room, ADA)
    games.arrived(game.room, watching)
    await vi.advanceTimersByTimeAsync(MINUTE + 5000)
    expect((await found(games, game)).players).toEqual([])
  })

  it('that is given up and taken again is safe for who has sat there all the while', async () => {
    const { games, create, say } = await newGames()
    const game = await create()
    games.arrived(game.room, ADA)
    await say(game, null)
    await games.leave(game.id, ADA.sub)
    await games.enter(game.id, ADA, Date.now() + MINUTE)
    await vi.advanceTimersByTimeAsync(10 * MINUTE)
    expect((await found(games, game)).players).toEqual([ADA])
  })
})

describe('quick match', () => {
  it('joins what has waited longest of a kind, or makes a game', async () => {
    const { games, create } = await newGames()
    await create(ADA, { kind: 'text' })
    const first = await create(ADA, { kind: 'xo', seats: 2 })
    await create(ADA, { kind: 'xo', seats: 2 })
    const match = async (player: typeof ADA) => made(await games.match(player, { kind: 'xo', seats: 2 }))
    expect(await match(BOB)).toMatchObject({ created: false, game: { id: first.id, players: [ADA, BOB] } })
    const second = await match(EVE)
    expect(second).toMatchObject({ created: false, game: { players: [ADA, EVE] } })
    expect(second.game.id).not.toBe(first.id)
    expect(await match({ sub: 'z', name: 'Zoë' })).toMatchObject({ created: true, game: { seats: 2 } })
  })

  it('brings who asks twice to the game that waits for them already', async () => {
    const { games } = await newGames()
    const [one, two] = await Promise.all([1, 2].map(() => games.match(ADA, { kind: 'xo' })))
    expect(made(two!).game.id).toBe(made(one!).game.id)
    expect(games.list()).toHaveLength(1)
  })

  it('begins another game where one that says no number of seats has as many players as a game can have', async () => {
    const { games } = await newGames()
    const players = Array.from({ length: 257 }, (_, i) => ({ sub: `s${i}`, name: `P${i}` }))
    const matches = await Promise.all(players.map((player) => games.match(player, { kind: 'xo' })))
    expect(matches.at(-1)).toMatchObject({ created: true, game: { players: [players.at(-1)] } })
    expect(games.list().map(({ players, open }) => [players.length, open])).toEqual([
      [256, false],
      [1, true],
    ])
    expect(await games.enter(games.list()[0]!.id, ADA, Date.now() + MINUTE)).toEqual({ refused: 'full' })
  })

  it('brings any number together in pairs', async () => {
    const { games } = await newGames()
    const players = Array.from({ length: 20 }, (_, i) => ({ sub: `s${i}`, name: `P${i}` }))
    await Promise.all(players.map((player) => games.match(player, { kind: 'xo', seats: 2 })))
    expect(games.list().map((game) => game.players.length)).toEqual(Array(10).fill(2))
  })
})

describe('bounds', () => {
  it('nobody fills the list alone', async () => {
    const { games, create } = await newGames()
    for (let i = 0; i < 10; i++) await create()
    expect(await games.create(ADA, { kind: 'xo' })).toEqual({ refused: 'too many games' })
    expect(await games.create(BOB, { kind: 'xo' })).toMatchObject({ players: [BOB] })
  })

  it('nor takes a place in every game', async () => {
    const { games, create } = await newGames()
    const others = await Promise.all(Array.from({ length: 11 }, (_, i) => create({ sub: `s${i}`, name: `P${i}` })))
    const enter = ({ id }: GameView) => games.enter(id, ADA, Date.now() + MINUTE)
    for (const game of others.slice(0, 10)) expect(await enter(game)).toMatchObject({ state: 'waiting' })
    expect(await enter(others[10]!)).toEqual({ refused: 'too many games' })
    expect(await enter(others[0]!)).toMatchObject({ id: others[0]!.id })
    expect(await games.match(ADA, { kind: 'xo' })).toMatchObject({ game: { id: others[0]!.id } })
    await games.create(BOB, { kind: 'text' })
    expect(await games.match(ADA, { kind: 'text' })).toEqual({ refused: 'too many games' })
    await games.leave(others[0]!.id, ADA.sub)
    expect(await enter(others[10]!)).toMatchObject({ id: others[10]!.id })
  })

  it('nor makes and leaves games without end', async () => {
    const { games, create } = await newGames()
    for (let i = 0; i < 20; i++) await games.leave((await create()).id, ADA.sub)
    expect(await games.create(ADA, { kind: 'xo' })).toEqual({ refused: 'too fast', after: 2 })
    await vi.advanceTimersByTimeAsync(2000)
    await create()
  })
})

describe('a restart', () => {
  it('finds waiting and running games as they were, for their players to come back', async () => {
    const store = storeInMemory()
    const before = await newGames(store)
    const waiting = await before.create(ADA, { kind: 'xo', seats: 2, parameters: { size: 3 } })
    await vi.advanceTimersByTimeAsync(1)
    const running = await before.create(BOB)
    before.games.arrived(running.room, BOB)
    await before.say(running, { open: false, turn: 4 })
    const over = await before.create()
    await before.end(over, 1000)
    await before.say(waiting, null)
    await before.end(waiting, 1001)
    before.games.close()
    const { games } = await newGames(store)
    expect(games.list()).toEqual([
      { ...waiting, connections: 0 },
      { ...running, state: 'running', open: false, metadata: { open: false, turn: 4 } },
    ])
    expect(games.opening(waiting.room)).toMatchObject({ parameters: { size: 3 } })
    await vi.advanceTimersByTimeAsync(6 * MINUTE)
    expect(games.list()).toEqual([])
  })

  it('holds places for their players to come back, and no longer', async () => {
    const store = storeInMemory()
    const before = await newGames(store)
    const game = await before.create(ADA, { kind: 'xo', seats: 2 })
    await before.games.enter(game.id, BOB, Date.now() + MINUTE)
    before.games.close()
    const { games, say } = await newGames(store)
    await vi.advanceTimersByTimeAsync(4 * MINUTE)
    expect(await found(games, game)).toMatchObject({ state: 'running', players: [ADA, BOB] })
    games.arrived(game.room, ADA)
    await say(game, null)
    await vi.advanceTimersByTimeAsync(2 * MINUTE)
    expect(await found(games, game)).toMatchObject({ state: 'waiting', players: [ADA] })
  })

  it('ends games of a kind that is not served any more', async () => {
    const store = storeInMemory()
    const before = await newGames(store)
    const game = await before.create()
    const { games } = await newGames(store, { text: true } as never)
    expect(games.list()).toEqual([])
    expect(await found(games, game)).toMatchObject({ state: 'ended' })
  })

  it('a game that can not be kept is none', async () => {
    const store = storeInMemory()
    const { games } = await newGames({
      ...store,
      call: (name, ...args) =>
        name === 'saveGame' ? Promise.reject(new Error('disk full')) : store.call(name, ...args),
    })
    await expect(games.create(ADA, { kind: 'xo' })).rejects.toThrow('disk full')
    expect(games.list()).toEqual([])
  })
})

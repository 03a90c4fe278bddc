import { join } from 'node:path'
import { expect } from 'vitest'
import { fold, type GameEvent, START, type State, seatOf } from '../../public/xo/fold.js'
import { connect, ROOT, type TestClient } from '../helpers.ts'

export const GAMES = ['--games', join(ROOT, 'games'), '--api']
export const PROGRAMS = join(ROOT, 'games', 'xo')

interface Answer {
  ref: unknown
  ok: boolean
  error: string | null
}

/** One player's end of a room: what it was told, and the state that follows from it. */
export class Player {
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
export function linesOf(cells: string, side: number, line: number, mark: string): Set<string> {
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

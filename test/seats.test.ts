import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { RawOptions } from '../src/options.ts'
import type { Seat } from '../src/rooms/seat.ts'
import { createRoom, type FakeSocket, KiB, leave, seats, turn, VISITOR } from './fakes.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const much = (n: number, size = 16 * KiB) => ({ n, fill: 'x'.repeat(size) })
/** What a client was sent: the numbers of the game's frames, and the types of control frames. */
const told = ({ frames }: FakeSocket) => frames.map((frame) => JSON.parse(frame)).map(({ n, type }) => n ?? type)

/** A room with --resume, two quick clients, and one whose seat is kept. */
function createSeats(options: RawOptions = {}) {
  const all = createRoom({ json: 'true', resume: '30', ...options })
  const [ann] = [all.join(), all.join()]
  const first = all.socket(3)
  const seat = all.room.join(first, { ...VISITOR, controls: true })
  seats.set(first, seat)
  const back = (has: number | 'fresh', backlog = 0): FakeSocket => {
    const socket = all.socket(3)
    socket.waiting = backlog
    seats.set(socket, all.room.resume(socket, { token: seat.token, has }))
    return socket
  }
  return { ...all, ann, first, seat, back }
}

/** A client's backlog makes it wait alone. */
function slow({ child }: Pick<ReturnType<typeof createSeats>, 'child'>, socket: FakeSocket): void {
  socket.waiting = 65 * KiB
  child.print(much(1))
  vi.advanceTimersByTime(150)
}

describe('a seat that is kept', () => {
  it('misses nothing in silence when its client is closed for falling behind', () => {
    const kept = createSeats({ maxbacklog: '40k', maxmissed: '40k' })
    const { child, first, back } = kept
    slow(kept, first)
    child.print(much(2), much(3), much(4), { n: 5 }, { n: 6 })
    expect(first.closed).toMatch(/^1013 /)
    const second = back(1)
    expect(told(second)).toEqual(['seat', 2, 3, 'gap'])
    expect(second.frames.at(-1)).toBe('{"type":"gap","missed":3}')
    child.print({ n: 7 })
    expect(told(second).at(-1)).toBe(7)
    turn()
    expect(child.heard.at(-1)).toBe('{"t":"Back","_from":3,"missed":3,"_sys":true}')
  })

  it('keeps the frame that was too much for its client, where there is room for it in its absence', () => {
    const kept = createSeats({ maxbacklog: '40k', maxmissed: '60k' })
    const { child, first, back } = kept
    slow(kept, first)
    child.print(much(2), much(3), much(4), { n: 5 })
    expect(first.closed).toMatch(/^1013 /)
    expect(told(back(1))).toEqual(['seat', 2, 3, 4, 5])
  })

  it('tells of a gap again until its client has it, and then no more', () => {
    const { child, room, first, back } = createSeats({ maxmissed: '1k' })
    leave(room, first, '1006')
    child.print({ n: 1 }, much(2, 2 * KiB), { n: 3 })
    const second = back(0)
    expect(told(second)).toEqual(['seat', 1, 'gap'])
    child.print({ n: 4 })
    leave(room, second, '1006')
    const third = back(1)
    expect(told(third)).toEqual(['seat', 'gap', 4])
    leave(room, third, '1006')
    expect(told(back(2))).toEqual(['seat', 4])
  })

  it('holds no more than --maxmissed and --maxbacklog, however often its client comes and reads nothing', () => {
    const { child, room, first, seat, back } = createSeats({ maxmissed: '64k', maxbacklog: '64k' })
    const waiting = (seat: Seat, socket: FakeSocket) => seat.waiting - socket.waiting
    let socket = first
    for (let n = 0; n < 8; n++) {
      leave(room, socket, '1006')
      for (let i = 0; i < 20; i++) child.print(much(i, 8 * KiB))
      expect(seat.waiting).toBeLessThan(128 * KiB)
      socket = back(0, 100 * KiB)
      for (let i = 0; i < 7 && !socket.closed; i++) child.print(much(i, 8 * KiB))
      if (!socket.closed) expect(waiting(seat, socket)).toBeLessThan(129 * KiB)
    }
  })
})

describe('a ping', () => {
  it('of a client that does not read is answered when it has read, and of several the last', () => {
    const { room, say, first } = createSeats()
    const ping = (n: number) => say(first, { type: 'ping', n }, true)
    ping(1)
    first.waiting = 65 * KiB
    for (let n = 2; n <= 1000; n++) ping(n)
    room.drained(seats.get(first)!)
    expect(told(first)).toEqual(['seat', 1])
    first.waiting = 64 * KiB
    room.drained(seats.get(first)!)
    room.drained(seats.get(first)!)
    expect(told(first)).toEqual(['seat', 1, 1000])
  })

  it('of a connection that broke is not answered on the next one', () => {
    const { room, say, first, back } = createSeats()
    first.waiting = 65 * KiB
    say(first, { type: 'ping', n: 1 }, true)
    leave(room, first, '1006')
    const second = back(0)
    room.drained(seats.get(second)!)
    expect(told(second)).toEqual(['seat'])
  })

  it('has with --ratelimit a limit of its own, and is dropped beyond it; acks have none', () => {
    const { child, say, first } = createSeats({ ratelimit: '10:3' })
    for (let n = 1; n <= 100; n++) {
      say(first, { type: 'ping', n }, true)
      say(first, { type: 'ack', taken: 0 }, true)
    }
    for (let n = 1; n <= 3; n++) say(first, { n })
    expect(first.closed).toBeUndefined()
    expect(told(first)).toEqual(['seat', ...Array.from({ length: 20 }, (_, i) => i + 1)])
    turn()
    expect(child.heard.slice(-3)).toEqual([1, 2, 3].map((n) => `{"_from":3,"n":${n}}`))
    vi.advanceTimersByTime(100)
    say(first, { type: 'ping', n: 101 }, true)
    expect(told(first).at(-1)).toBe(101)
  })
})

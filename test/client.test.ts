import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type JoinOptions, join, type Status } from '../src/client/client.ts'

const SEAT = { type: 'seat', id: 1, room: 'r', token: '', grace: 0, taken: 0, resumed: false }

/** Sockets as the client makes them, the newest last. */
let sockets: FakeSocket[] = []

/** A socket to a server that says what the test lets it say, and answers pings by itself. */
class FakeSocket {
  protocol = ''
  closed: number | undefined
  readonly sent: unknown[] = []
  onopen!: () => void
  onmessage!: (event: { data: unknown }) => void
  onclose!: (event: { code: number; reason: string }) => void

  constructor() {
    sockets.push(this)
  }

  send(data: unknown): void {
    this.sent.push(data)
    const text = typeof data === 'string' ? data : new TextDecoder().decode(data as Uint8Array)
    const { type, n } = JSON.parse(text.startsWith('{') ? text : '{}')
    if (type === 'ping') this.control({ type: 'pong', n })
  }

  close(code: number): void {
    this.closed = code
  }

  open(protocol = 'playpipe.v1'): void {
    this.protocol = protocol
    this.onopen()
  }

  /** In a room of text. */
  control(message: object): void {
    this.onmessage({ data: new TextEncoder().encode(JSON.stringify(message)).buffer })
  }

  end(code: number): void {
    this.onclose({ code, reason: '' })
  }
}

function player(options: JoinOptions = {}) {
  const room = join('r', {
    url: 'http://game',
    storage: null,
    WebSocket: FakeSocket as unknown as JoinOptions['WebSocket'],
    ...options,
  })
  const statuses: Status[] = []
  room.on('status', (status) => statuses.push(status))
  return { room, statuses, states: () => statuses.map(({ state }) => state) }
}

/** The socket of the room's last try. */
const last = () => sockets.at(-1)!

beforeEach(() => {
  sockets = []
  vi.useFakeTimers()
  // No jitter: the longest wait.
  vi.spyOn(Math, 'random').mockReturnValue(1)
})
afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
})

describe('between tries', () => {
  /** How long the client waits after a connection that ended with this code. */
  function waitAfter(code: number, statuses: Status[]): number {
    last().end(code)
    const { retryIn } = statuses.at(-1)!
    vi.advanceTimersByTime(retryIn!)
    return retryIn!
  }

  it.each([
    ['refused', 4503, () => last().open()],
    ['refused without an upgrade', 1006, () => {}],
    [
      'closed by a game that crashes at once',
      1011,
      () => {
        last().open()
        last().control(SEAT)
      },
    ],
  ])('it waits twice as long each time that it is %s', async (_what, code, begin) => {
    const { statuses } = player()
    await Promise.resolve()
    const waits = Array.from({ length: 8 }, () => {
      begin()
      return waitAfter(code, statuses)
    })
    expect(waits).toEqual([250, 500, 1000, 2000, 4000, 8000, 15_000, 15_000])
  })

  it('it begins anew once a connection has lasted', async () => {
    const { statuses } = player()
    await Promise.resolve()
    for (let n = 0; n < 5; n++) waitAfter(1006, statuses)
    last().open()
    last().control(SEAT)
    vi.advanceTimersByTime(5000)
    expect(waitAfter(1006, statuses)).toBe(250)
    expect(waitAfter(1006, statuses)).toBe(500)
  })
})

describe('who leaves', () => {
  it('in the turn in which it joined, is never connected', async () => {
    const { room, states } = player()
    room.leave()
    await vi.runAllTimersAsync()
    expect(sockets).toEqual([])
    expect(states()).toEqual(['closed'])
  })

  it.each(['connecting', 'open'] as const)('when told that it is %s, is gone', async (moment) => {
    const { room, states } = player()
    room.on('status', ({ state }) => state === moment && room.leave())
    await Promise.resolve()
    for (const socket of sockets) socket.open()
    await vi.advanceTimersByTimeAsync(60_000)
    expect(sockets.map(({ closed }) => closed)).toEqual(moment === 'open' ? [1000] : [])
    expect(states().at(-1)).toBe('closed')
    expect(vi.getTimerCount()).toBe(0)
  })

  it('and retries when told that it is connecting, is connected once', async () => {
    const { room } = player()
    let told = 0
    room.on('status', ({ state }) => {
      if (state !== 'connecting' || ++told > 1) return
      room.leave()
      room.retry()
    })
    await vi.advanceTimersByTimeAsync(0)
    expect(sockets).toHaveLength(1)
  })
})

it('a retry in the turn of the join makes no second connection', async () => {
  const { room } = player()
  room.retry()
  await vi.advanceTimersByTimeAsync(0)
  expect(sockets).toHaveLength(1)
})

it.each([
  ['a Uint8Array', new Uint8Array([1, 2, 3])],
  ['a Buffer', Buffer.from([1, 2, 3])],
])('bytes that wait are those of the call, whatever becomes of %s', async (_what, buffer) => {
  const { room } = player()
  room.send(buffer)
  buffer.fill(9)
  await Promise.resolve()
  last().open('')
  expect(last().sent).toEqual([new Uint8Array([1, 2, 3])])
})

describe('in a room without control frames', () => {
  async function plain() {
    const { room, statuses, states } = player({ pingEvery: 100, raw: true })
    const seen: unknown[] = []
    room.on('message', (message) => seen.push(message))
    room.send('early')
    await Promise.resolve()
    last().open()
    last().control({ ...SEAT, id: 7, controls: false })
    return { room, statuses, states, seen }
  }

  it('it has its number, sends, and hears frames of both opcodes', async () => {
    const { room, seen } = await plain()
    expect(room.id).toBe(7)
    room.send('late')
    const frame = new Uint8Array([1, 2]).buffer
    for (const data of ['{"type":"gap","missed":1}', frame]) last().onmessage({ data })
    expect(seen).toEqual(['{"type":"gap","missed":1}', frame])
    expect(last().sent).toEqual(['early', 'late'])
  })

  it('it neither pings nor acknowledges, and stays', async () => {
    const { states } = await plain()
    for (let n = 0; n < 10; n++) {
      last().onmessage({ data: 'x'.repeat(100_000) })
      vi.advanceTimersByTime(1000)
    }
    expect(last().sent).toEqual(['early'])
    expect(states()).toEqual(['connecting', 'open'])
  })

  it('a later connection may have them', async () => {
    await plain()
    last().end(1006)
    vi.advanceTimersByTime(250)
    last().open()
    last().control(SEAT)
    expect(last().sent.map((data) => JSON.parse(new TextDecoder().decode(data as Uint8Array)).type)).toEqual(['ping'])
  })
})

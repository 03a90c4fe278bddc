import { EventEmitter } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createConnection } from 'node:net'
import { expect, it, onTestFinished, vi } from 'vitest'
import { EventStreams } from '../../src/edge/api/event-streams.ts'
import { UwsTransport } from '../../src/edge/uws.ts'
import { findUws } from '../../src/edge/uws-library.ts'
import { WsTransport } from '../../src/edge/ws.ts'
import type { Games } from '../../src/lobby/games.ts'
import { TRANSPORTS } from '../helpers.ts'

class FakeResponse extends EventEmitter {
  readonly written: string[] = []
  /** Told when the list is through. */
  through = () => {}
  /** What waits for a reader that reads nothing. */
  writableLength = 0
  writableEnded = false
  ended = false
  constructor(private readonly reads: boolean) {
    super()
  }
  setHeader(): void {}
  write(text: string, through?: () => void): void {
    this.written.push(text)
    this.through = through ?? this.through
    if (!this.reads) this.writableLength += text.length
  }
  end(): void {
    this.ended = true
  }
  destroy(): void {
    this.emit('close')
  }
}

function newStreams(list = [{ id: 'first' }]) {
  const games = Object.assign(new EventEmitter(), { list: () => list })
  const streams = new EventStreams(games as unknown as Games)
  const open = (ip = '1.1.1.1', reads = true) => {
    const response = new FakeResponse(reads)
    streams.open(response as unknown as ServerResponse, ip)
    return response
  }
  return { games, streams, open }
}

it('a stream begins with the list, goes on with what changes, and beats in between', () => {
  vi.useFakeTimers()
  const { games, streams, open } = newStreams()
  const response = open()
  games.emit('changed', { id: 'second' })
  vi.advanceTimersByTime(4000)
  expect(response.written).toEqual([
    'retry: 2000\nevent: games\ndata: {"games":[{"id":"first"}]}\n\n',
    'event: game\ndata: {"id":"second"}\n\n',
    ':\n\n',
  ])
  streams.close()
  expect(response.ended).toBe(true)
  expect(games.listenerCount('changed')).toBe(0)
  vi.useRealTimers()
})

it('who does not read is cut off, and nothing is kept for them', () => {
  const { games, streams, open } = newStreams()
  const [slow, other] = [open('1.1.1.1', false), open()]
  for (let i = 0; i < 8; i++) games.emit('changed', { id: 'x'.repeat(100_000) })
  expect(slow.written).toHaveLength(7)
  expect(other.written).toHaveLength(9)
  streams.close()
})

it('a long list that is on its way counts for nothing, and what waits behind it is bounded as ever', () => {
  const { games, streams, open } = newStreams([{ id: 'x'.repeat(2_000_000) }])
  const [slow, done] = [open('1.1.1.1', false), open('1.1.1.1', false)]
  done.writableLength = 0
  done.through()
  for (let i = 0; i < 8; i++) {
    games.emit('changed', { id: 'x'.repeat(100_000) })
    expect(slow.written).toHaveLength(Math.min(i + 2, 7))
    expect(done.written).toHaveLength(Math.min(i + 2, 7))
  }
  streams.close()
})

it.each(TRANSPORTS)('who is slow over a long list gets it to its end, and what came after it, on %s', async (name) => {
  const { games, streams } = newStreams([{ id: 'x'.repeat(32_000_000) }])
  const options = { maxPayload: 1000, idle: 30 }
  const handlers = {
    upgrade: () => ({ kind: 'refuse', status: 404, body: '' }) as const,
    http: (_request: IncomingMessage, response: ServerResponse) => {
      streams.open(response, '1.1.1.1')
      for (let i = 0; i < 3; i++) games.emit('changed', { id: `after ${i}` })
    },
  }
  const driver =
    name === 'ws' ? new WsTransport(options, handlers) : new UwsTransport(findUws().library!, options, handlers)
  const port = await driver.listen({ host: '127.0.0.1', port: 0 })
  const reader = createConnection(port, '127.0.0.1')
  onTestFinished(async () => {
    reader.destroy()
    streams.close()
    await driver.close(1001, '')
  })
  reader.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n')
  let bytes = 0
  let last = ''
  for await (const chunk of reader) {
    bytes += chunk.length
    last = (last + chunk).slice(-100)
    if (last.includes('"after 2"')) break
  }
  expect(bytes).toBeGreaterThan(32_000_000)
})

it('who was told the end is told nothing more', () => {
  const { games, streams, open } = newStreams()
  const response = open()
  response.writableEnded = true
  games.emit('changed', { id: 'a' })
  expect(response.written).toHaveLength(1)
  streams.close()
})

it('one address has so many, and all together so many', () => {
  const { streams, open } = newStreams()
  const own = Array.from({ length: 40 }, () => open())
  expect(streams.refuses('1.1.1.1')).toBe('too many')
  expect(streams.refuses('1.1.1.2')).toBeUndefined()
  own[0]!.destroy()
  expect(streams.refuses('1.1.1.1')).toBeUndefined()
  for (let i = 0; i < 1961; i++) open(`2.${i}`)
  expect(streams.refuses('1.1.1.2')).toBe('busy')
  streams.close()
})

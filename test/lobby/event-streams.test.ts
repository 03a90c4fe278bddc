import { EventEmitter } from 'node:events'
import type { ServerResponse } from 'node:http'
import { expect, it, vi } from 'vitest'
import { EventStreams } from '../../src/edge/api/event-streams.ts'
import type { Games } from '../../src/lobby/games.ts'

class FakeResponse extends EventEmitter {
  readonly written: string[] = []
  writableLength = 0
  ended = false
  setHeader(): void {}
  write(text: string): void {
    this.written.push(text)
  }
  end(): void {
    this.ended = true
  }
  destroy(): void {
    this.emit('close')
  }
}

function newStreams() {
  const games = Object.assign(new EventEmitter(), { list: () => [{ id: 'first' }] })
  const streams = new EventStreams(games as unknown as Games)
  const open = (ip = '1.1.1.1') => {
    const response = new FakeResponse()
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
  const [slow, other] = [open(), open()]
  slow.writableLength = 600_000
  games.emit('changed', { id: 'a' })
  games.emit('changed', { id: 'b' })
  expect(slow.written).toHaveLength(1)
  expect(other.written).toHaveLength(3)
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

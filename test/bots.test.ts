import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Exit } from '../src/child/child.ts'
import type { RawOptions } from '../src/options.ts'
import { createRoom, KiB, leave, turn } from './fakes.ts'

const BOT: RawOptions = { json: 'true', bot: './bot' }
const STATUS_1: Exit = { kind: 'status', status: 1 }
const numbers = (frames: readonly string[]) => frames.map((frame) => JSON.parse(frame).n)

/** A frame for everyone, as gwsocket's strict mode writes it. */
function gwBinary(size: number): Buffer {
  const head = Buffer.alloc(12)
  head.writeUInt32BE(2, 4)
  head.writeUInt32BE(size, 8)
  return Buffer.concat([head, Buffer.alloc(size, 'x')])
}

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

describe('bots', () => {
  it('that the game asks for are clients like any other, and their Join says what they are', () => {
    const { child, bots, join } = createRoom(BOT)
    const ann = join()
    child.print({ _bots: 2 }, { n: 1 }, { n: 2, _to: 3 }, { n: 3, _except: 2 })
    turn()
    expect(bots.map(({ heard }) => numbers(heard))).toEqual([[1], [1, 2, 3]])
    expect(bots[1]!.heard[1]).toBe('{"n":2,"_to":3}')
    expect(numbers(ann.frames)).toEqual([1, 3])
    bots[0]!.print({ play: 7, _from: 9, _bot: false }, 'not JSON')
    turn()
    expect(child.heard).toEqual([
      '{"t":"Join","_from":1}',
      '{"t":"Join","_from":2,"_bot":true}',
      '{"t":"Join","_from":3,"_bot":true}',
      '{"_from":2,"play":7}',
      '{"t":"Leave","_from":2}',
    ])
  })

  it('are what #BOT says in a join message of the author’s own', () => {
    const { child, join } = createRoom({ frame: 'json', bot: './bot', joinmsg: '{"id":#ID,"bot":#BOT}' })
    join()
    child.print({ _bots: 1 })
    turn()
    expect(child.heard).toEqual(['{"id":1,"bot":false}', '{"id":2,"bot":true}'])
  })

  it('can be members of groups, are shown the history, and count for no limit', () => {
    const { child, bots, room, join } = createRoom({ ...BOT, cache: 'tagged:2' })
    join()
    child.print(
      { n: 1, _cache: true },
      { _bots: 1 },
      { _group: 'red', join: 2 },
      { n: 2, _to: 'red' },
      { n: 3, _to: 1 },
    )
    turn()
    expect(numbers(bots[0]!.heard)).toEqual([1, 2])
    expect(room.connections).toBe(1)
  })

  it('leave as fewer are wanted, the last one first', () => {
    const { child, bots, join } = createRoom(BOT)
    join()
    child.print({ _bots: 3 }, { n: 1 }, { _bots: 1 }, { n: 2 })
    turn()
    expect(bots.map(({ heard }) => heard.length)).toEqual([2, 1, 1])
    expect(child.heard.slice(-2)).toEqual(['{"t":"Leave","_from":4}', '{"t":"Leave","_from":3}'])
  })

  it.each<[RawOptions, object, string]>([
    [{ json: 'true' }, { _bots: 1 }, '--bot'],
    [BOT, { _bots: 17 }, '--maxbots 16'],
    [{ ...BOT, maxbots: '2' }, { _bots: 3 }, '--maxbots 2'],
    [BOT, { _bots: -1 }, '_bots'],
    [BOT, { _bots: 'two' }, '_bots'],
  ])('with %j are refused to %j, and the log says why', (options, line, why) => {
    const { child, bots, join, complaints } = createRoom(options)
    const ann = join()
    child.print(line, { n: 1 })
    expect(bots).toEqual([])
    expect(complaints().join()).toContain(why)
    expect(numbers(ann.frames)).toEqual([1])
  })

  it('fill a room: they leave as people come, and come as people leave', () => {
    const { child, bots, room, join } = createRoom({ ...BOT, fill: '3' })
    const ann = join()
    expect(bots).toHaveLength(2)
    const bob = join()
    turn()
    expect(child.heard.at(-1)).toBe('{"t":"Leave","_from":3}')
    join()
    expect(bots).toHaveLength(2)
    leave(room, ann, '1000')
    leave(room, bob, '1000')
    turn()
    expect(bots).toHaveLength(4)
    expect(child.heard.slice(-4)).toEqual([
      '{"t":"Leave","_from":1}',
      '{"t":"Join","_from":6,"_bot":true}',
      '{"t":"Leave","_from":4}',
      '{"t":"Join","_from":7,"_bot":true}',
    ])
  })

  it('that fill the seat of a client who is closed for falling behind are shown the frame that was too much once', () => {
    const { child, bots, join } = createRoom({ ...BOT, fill: '3', maxbacklog: '40k', cache: '1' })
    join()
    join()
    const slow = join()
    slow.waiting = 65 * KiB
    const much = (n: number) => ({ n, filler: 'x'.repeat(16 * KiB) })
    child.print(much(1))
    vi.advanceTimersByTime(150)
    child.print(much(2), much(3), much(4), { n: 5 })
    turn()
    expect(slow.closed).toMatch(/^1013 /)
    expect(numbers(bots.at(-1)!.heard)).toEqual([4, 5])
  })

  it('are the game’s to number once it has asked for some, whatever --fill says', () => {
    const { child, bots, join } = createRoom({ ...BOT, fill: '3' })
    join()
    child.print({ _bots: 0 })
    turn()
    expect(child.heard.slice(-2)).toEqual(['{"t":"Leave","_from":3}', '{"t":"Leave","_from":2}'])
    join()
    expect(bots).toHaveLength(2)
  })

  it('alone keep no room alive', () => {
    const { child, bots, room, join, ends, complaints } = createRoom(BOT)
    const ann = join()
    child.print({ _bots: 2 })
    leave(room, ann, '1000')
    expect(ends()).toBe(1)
    bots[0]!.print({ n: 1 })
    bots[0]!.events.ended(STATUS_1)
    vi.advanceTimersByTime(60_000)
    expect(bots).toHaveLength(2)
    expect(complaints()).toEqual([])
  })

  it('that crash leave, are started again after growing delays, three times, and then reported', () => {
    const { child, bots, join, complaints, metrics } = createRoom(BOT)
    join()
    child.print({ _bots: 1 })
    for (const [after, ms] of [1000, 2000, 4000].entries()) {
      bots[after]!.events.ended(STATUS_1)
      vi.advanceTimersByTime(ms - 1)
      expect(bots).toHaveLength(after + 1)
      vi.advanceTimersByTime(1)
      expect(bots).toHaveLength(after + 2)
    }
    bots[3]!.events.ended(STATUS_1)
    vi.advanceTimersByTime(600_000)
    expect(bots).toHaveLength(4)
    expect(complaints().at(-1)).toBe('a bot is given up: it ended with 1')
    expect(metrics.botFailures).toBe(4)
    expect(child.heard.filter((line) => line.includes('Leave'))).toHaveLength(4)
  })

  it('that run well for a while have all their tries again', () => {
    const { child, bots, join, complaints } = createRoom(BOT)
    join()
    child.print({ _bots: 1 })
    for (let n = 0; n < 6; n++) {
      vi.advanceTimersByTime(61_000)
      bots.at(-1)!.events.ended(STATUS_1)
      vi.advanceTimersByTime(1000)
    }
    expect(bots).toHaveLength(7)
    expect(complaints().join()).not.toContain('given up')
  })

  it('that flood are limited like any client', () => {
    const { child, bots, join, complaints } = createRoom({ ...BOT, ratelimit: '2' })
    join()
    child.print({ _bots: 1 })
    bots[0]!.print({ n: 1 }, { n: 2 }, { n: 3 }, { n: 4 })
    turn()
    expect(child.heard.slice(2)).toEqual(['{"_from":2,"n":1}', '{"_from":2,"n":2}', '{"t":"Leave","_from":2}'])
    expect(complaints().join()).toContain('closed with 4429')
    bots[0]!.print({ n: 5 })
    turn()
    expect(child.heard).toHaveLength(5)
  })

  it('that say too much at once are closed', () => {
    const { child, bots, join, complaints } = createRoom(BOT)
    join()
    child.print({ _bots: 1 })
    bots[0]!.print({ text: 'x'.repeat(2000) })
    turn()
    expect(child.heard.at(-1)).toBe('{"t":"Leave","_from":2}')
    expect(complaints().join()).toContain('closed with 1009')
  })

  it('that the game kicks are closed, and come again', () => {
    const { child, bots, join, complaints } = createRoom(BOT)
    join()
    child.print({ _bots: 1 }, { _kick: 2, reason: 'cheat' })
    turn()
    expect(child.heard.at(-1)).toBe('{"t":"Leave","_from":2}')
    expect(complaints().join()).toContain('closed with 4000: cheat')
    vi.advanceTimersByTime(1000)
    expect(bots).toHaveLength(2)
  })

  it('that hang delay nobody, and are closed when too much waits for them', () => {
    const { child, bots, join, complaints } = createRoom({ ...BOT, maxbacklog: '100k' })
    const ann = join()
    child.print({ _bots: 1 })
    bots[0]!.taking = false
    for (let n = 1; n <= 20; n++) child.print({ n, filler: 'x'.repeat(20 * KiB) })
    expect(child.reading).toBe(true)
    expect(numbers(ann.frames)).toHaveLength(20)
    expect(complaints().join()).toContain('closed with 1013')
    turn()
    expect(child.heard.at(-1)).toBe('{"t":"Leave","_from":2}')
  })

  it('of a gwsocket room take more bytes than may wait at once, as long as they do not wait at once', () => {
    const { child, bots, join, complaints } = createRoom({
      frame: 'gwsocket',
      bot: './bot',
      fill: '2',
      maxbacklog: '100k',
    })
    join()
    const bot = bots[0]!
    for (let n = 1; n <= 5; n++) {
      bot.taking = false
      child.events.output(gwBinary(70 * KiB))
      turn()
      child.events.output(gwBinary(40 * KiB))
      bot.taking = true
      bot.events.drained()
      turn()
    }
    expect(complaints()).toEqual([])
    expect(bot.written.join('').length).toBe(5 * 110 * KiB)
  })

  it('that were slow hear all of it in order when they read again', () => {
    const { child, bots, join } = createRoom(BOT)
    join()
    child.print({ _bots: 1 })
    const bot = bots[0]!
    bot.taking = false
    for (let n = 1; n <= 10; n++) child.print({ n, filler: 'x'.repeat(20 * KiB) })
    turn()
    bot.taking = true
    for (let n = 1; n <= 10; n++) {
      bot.events.drained()
      turn()
    }
    expect(numbers(bot.heard)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
  })
})

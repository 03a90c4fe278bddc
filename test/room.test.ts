import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Exit } from '../src/child/child.ts'
import { resolveConfig } from '../src/config.ts'
import type { Metrics } from '../src/metrics.ts'
import type { RawOptions } from '../src/options.ts'
import { Rooms } from '../src/rooms/rooms.ts'
import {
  createRoom,
  createWorld,
  FakeBot,
  FakeChild,
  type FakeSocket,
  KiB,
  leave,
  seats,
  turn,
  VISITOR,
} from './fakes.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

describe('to the child', () => {
  it('goes nothing before it is ready, then everything in one write, in order', () => {
    const { child, join, say } = createRoom({ json: 'true', maxinbox: '1k' })
    turn()
    child.taking = false
    const ann = join()
    turn()
    expect(child.written).toEqual(['{"t":"Join","_from":1}\n'])
    say(ann, { n: 1 })
    say(ann, { n: 2 })
    join()
    turn()
    expect(child.written).toHaveLength(1)
    child.taking = true
    child.events.drained()
    turn()
    expect(child.written.slice(1)).toEqual(['{"_from":1,"n":1}\n{"_from":1,"n":2}\n{"t":"Join","_from":2}\n'])
  })

  it('a message is stamped with its sender, and keys of ours are taken out', () => {
    const { child, join, say } = createRoom()
    const [ann, bob] = [join(), join()]
    say(ann, '{"n": 12345678901234567890, "_from": 9, "_kick": 2, "_to": 2}')
    say(bob, '{"\\u005fend":true,"x":1}')
    turn()
    const [fromAnn, fromBob] = child.heard.slice(2)
    expect(fromAnn).toMatch(/"n": *12345678901234567890\b/)
    expect(JSON.parse(fromAnn!)).toEqual({ _from: 1, n: expect.any(Number), _to: 2 })
    expect(fromBob).toBe('{"_from":2,"x":1}')
  })

  it('a message without framing is a line', () => {
    const { child, join, say } = createRoom({})
    const ann = join()
    say(ann, 'one\r\ntwo\n')
    say(ann, '')
    turn()
    expect(child.written.join('')).toBe('one  two\n\n')
  })

  it.each([
    ['text that is no JSON', 'hello', false, 1008],
    ['a list', '[1]', false, 1008],
    ['bytes that are not UTF-8', '\xff', true, 1007],
  ])('does not go %s: its sender is closed', (_what, message, binary, code) => {
    const { child, room, join, complaints } = createRoom()
    const ann = join()
    const bob = join()
    room.message(seats.get(bob)!, Buffer.from(message, 'latin1'), binary)
    turn()
    expect(bob.closed).toMatch(new RegExp(`^${code} .+`))
    expect(child.heard.slice(2)).toEqual(['{"t":"Leave","_from":2}'])
    expect(ann.closed).toBeUndefined()
    expect(room.connections).toBe(1)
    expect(complaints()).toEqual([])
  })

  it('goes nothing of a client that has left', () => {
    const { child, room, join, say } = createRoom()
    join()
    const bob = join()
    leave(room, bob, '1000')
    say(bob, { late: true })
    leave(room, bob, '1000')
    turn()
    expect(child.heard.slice(2)).toEqual(['{"t":"Leave","_from":2}'])
  })

  it('goes nothing any more once it has closed its input, and nobody suffers', () => {
    const { child, join, say } = createRoom({ json: 'true', maxinbox: '1k' })
    const ann = join()
    turn()
    child.events.deaf()
    for (let n = 0; n < 100; n++) say(ann, { text: 'x'.repeat(100) })
    turn()
    expect(child.heard).toHaveLength(1)
    expect(ann.closed).toBeUndefined()
    child.print({ still: 'printing' })
    expect(ann.frames).toEqual(['{"still":"printing"}'])
  })

  it('that it has closed its input is told where it lives on, and not where it has crashed', () => {
    const [lives, crashes] = [createRoom(), createRoom()]
    for (const { child, join } of [lives, crashes]) {
      join()
      child.events.deaf()
    }
    crashes.child.events.ended({ kind: 'status', status: 1 })
    vi.advanceTimersByTime(10_000)
    expect(lives.complaints()).toEqual(['the game has closed its input: what clients send is dropped'])
    expect(crashes.complaints()).toEqual(['ended with 1011: the game crashed: exit status 1'])
  })

  describe('while it does not read', () => {
    function stalled() {
      const all = createRoom({ json: 'true', maxinbox: '1000' })
      const [ann, bob] = [all.join(), all.join()]
      all.child.taking = false
      turn()
      all.child.events.drained()
      return { ...all, ann, bob }
    }

    it('the sender whose message does not fit is closed with 1013, and who fits stays', () => {
      const { child, room, ann, bob, say } = stalled()
      say(ann, { text: 'x'.repeat(600) })
      say(bob, { text: 'y'.repeat(600) })
      expect(bob.closed).toMatch(/^1013 /)
      say(ann, { text: 'z'.repeat(100) })
      expect(ann.closed).toBeUndefined()
      expect(room.connections).toBe(1)
      child.taking = true
      for (let n = 0; n < 3; n++) {
        turn()
        child.events.drained()
      }
      turn()
      const senders = child.heard.slice(2).map((line) => line.replace(/"text":"(.).*"/, '$1'))
      expect(senders).toEqual(['{"_from":1,x}', '{"t":"Leave","_from":2}', '{"_from":1,z}'])
    })

    it('what was handed over and is not taken counts as waiting', () => {
      const { room, ann, say } = stalled()
      say(ann, { text: 'x'.repeat(600) })
      turn()
      expect(room.inboxSize).toBeGreaterThan(600)
      say(ann, { text: 'x'.repeat(600) })
      expect(ann.closed).toMatch(/^1013 /)
    })

    it('there is room again once it has read', () => {
      const { child, ann, say } = stalled()
      for (let n = 0; n < 5; n++) {
        say(ann, { text: 'x'.repeat(600) })
        turn()
        child.events.drained()
      }
      expect(ann.closed).toBeUndefined()
    })

    it('Join and Leave lines are never lost', () => {
      const { child, room, ann, join, say } = stalled()
      say(ann, { text: 'x'.repeat(900) })
      const many = Array.from({ length: 100 }, () => join())
      for (const one of many) leave(room, one, 'gone')
      for (const one of many) expect(one.closed).toBeUndefined()
      child.taking = true
      turn()
      child.events.drained()
      turn()
      const joins = child.heard.filter((line) => line.includes('Join'))
      const leaves = child.heard.filter((line) => line.includes('Leave'))
      expect([joins.length, leaves.length]).toEqual([102, 100])
    })

    it('a message larger than all that may wait closes its sender at once', () => {
      const { bob, say } = stalled()
      say(bob, { text: 'x'.repeat(1001) })
      expect(bob.closed).toMatch(/^1013 /)
    })
  })

  it('with --ratelimit who sends faster is closed with 4429, and time makes room', () => {
    const { child, join, say } = createRoom({ json: 'true', ratelimit: '10:3' })
    const ann = join()
    for (let n = 1; n <= 3; n++) say(ann, { n })
    vi.advanceTimersByTime(100)
    say(ann, { n: 4 })
    expect(ann.closed).toBeUndefined()
    const bob = join()
    say(bob, { n: 5 })
    say(ann, { n: 6 })
    expect(ann.closed).toMatch(/^4429 /)
    expect(bob.closed).toBeUndefined()
    turn()
    expect(child.heard.map((line) => JSON.parse(line).n).filter(Boolean)).toEqual([1, 2, 3, 4, 5])
  })
})

describe('a newcomer', () => {
  it('is shown the history, then hears the room, then the child hears of it: one step', () => {
    const { child, join, trace } = createRoom({ json: 'true', cache: '2' })
    child.print({ n: 1 }, { n: 2 }, { n: 3 })
    const ann = join()
    child.print({ n: 4 })
    expect(ann.frames).toEqual(['{"n":2}', '{"n":3}', '{"n":4}'])
    turn()
    expect(trace).toEqual([
      'send 1 {"n":2}',
      'send 1 {"n":3}',
      'subscribe 1',
      'send 1 {"n":4}',
      'write {"t":"Join","_from":1}',
    ])
  })

  it('is shown what is tagged only with --cache tagged', () => {
    const { child, join } = createRoom({ json: 'true', cache: 'tagged:10' })
    child.print({ n: 1, _cache: true }, { n: 2 }, { n: 3, _cache: true }, { n: 4, _cache: false })
    expect(join().frames).toEqual(['{"n":1,"_cache":true}', '{"n":3,"_cache":true}'])
  })

  it('is never shown what was for others', () => {
    const { child, join } = createRoom({ json: 'true', cache: '10' })
    join()
    child.print({ _to: 1, secret: 1 }, { _to: [1, 7], secret: 2 }, { _to: null, open: 3 }, { _except: 1, open: 4 })
    child.print({ _meta: true }, { _kick: 9 }, { n: 5 })
    expect(join().frames).toEqual(['{"_to":null,"open":3}', '{"_except":1,"open":4}', '{"n":5}'])
  })

  it('is announced with its template', () => {
    const { child, join } = createRoom({
      frame: 'json',
      joinmsg: '{"hi":"#PARAM_NAME","id":"#ID","at":"#REMOTE_ADDR"}',
    })
    join()
    turn()
    expect(child.heard).toEqual(['{"hi":"Ann","id":"1","at":"192.0.2.1:5000"}'])
  })

  it('is not announced where there is no template', () => {
    const { child, room, join } = createRoom({ frame: 'json' })
    join()
    leave(room, join(), '1000')
    turn()
    expect(child.heard).toEqual([])
  })
})

describe('from the child', () => {
  it('a frame goes to everyone, byte for byte, in the order of its printing', () => {
    const { child, join } = createRoom()
    const clients = [join(), join()]
    child.print('{ "n" : 1.0 }', '{"_to":1,"n":2}', '{"n":3}', '{"_to":[1,2],"n":4}', '')
    expect(clients[0]!.frames).toEqual(['{ "n" : 1.0 }', '{"_to":1,"n":2}', '{"n":3}', '{"_to":[1,2],"n":4}', ''])
    expect(clients[1]!.frames).toEqual(['{ "n" : 1.0 }', '{"n":3}', '{"_to":[1,2],"n":4}', ''])
  })

  it('a frame may come in pieces', () => {
    const { child, join } = createRoom()
    const [ann, bob] = [join(), join()]
    for (const byte of Buffer.from('{"_to":1,"t":"é"}\n')) child.events.output(Buffer.from([byte]))
    expect([ann.frames, bob.frames]).toEqual([['{"_to":1,"t":"é"}'], []])
  })

  it.each<[string, object, number[]]>([
    ['a number', { _to: 2 }, [2]],
    ['a list', { _to: [3, 1, 3] }, [1, 3]],
    ['null', { _to: null }, [1, 2, 3]],
    ['an exception', { _except: 2 }, [1, 3]],
    ['exceptions', { _except: [1, 3] }, [2]],
    ['both', { _to: [1, 2], _except: 1 }, [2]],
    ['somebody who is not there', { _to: 9 }, []],
    ['nobody', { _to: [] }, []],
    ['a group that has no members', { _to: 'team:red' }, []],
    ['an exception of somebody who is not there', { _except: 9 }, [1, 2, 3]],
    ['a spelling that needs a parser', JSON.parse('{"\\u005fto":2}'), [2]],
  ])('a frame for %s reaches these', (_what, envelope, ids) => {
    const { child, join, complaints } = createRoom()
    const clients = [join(), join(), join()]
    child.print({ ...envelope, n: 1 }, { last: true })
    const reached = clients.filter(({ frames }) => frames.length === 2).map(({ id }) => id)
    expect(reached).toEqual(ids)
    for (const { frames } of clients) expect(frames.at(-1)).toBe('{"last":true}')
    expect(complaints()).toEqual([])
  })

  it.each([true, 1.5, {}, [[1]], -1])(
    'a frame for %j, which is no address, reaches nobody; the log says so once',
    (to) => {
      const { child, join, complaints, metrics } = createRoom()
      const clients = [join(), join()]
      child.print({ _to: to, secret: 1 }, { _to: to, secret: 2 }, { last: true })
      for (const { frames } of clients) expect(frames).toEqual(['{"last":true}'])
      expect(complaints()).toHaveLength(1)
      expect(metrics.ignored).toBe(2)
    },
  )

  it('each key that can’t be obeyed is named once, whatever was wrong before it', () => {
    const { child, join, complaints, metrics } = createRoom({ json: 'true', bot: './bot' })
    join()
    child.print({ _bots: 'two' }, { _bots: 99 }, { _to: true }, { _to: {}, _key: 5 })
    expect(complaints().map((line) => line.split(' ', 1)[0])).toEqual(['_bots', '_to', '_key'])
    expect(complaints().at(-1)).toMatch(/no text; in \{"_to":\{\},"_key":5\}$/)
    expect(metrics.ignored).toBe(5)
  })

  it('a list reaches those in it that can be addressed', () => {
    const { child, join } = createRoom()
    const [ann, bob] = [join(), join()]
    child.print({ _to: [2, true], n: 1 }, { last: true })
    expect([ann.frames.length, bob.frames.length]).toEqual([1, 2])
  })

  it('a line that is no JSON goes to everyone; the log says so once', () => {
    const { child, join, complaints } = createRoom()
    const ann = join()
    const lines = ['loading…', '{"n":2,', '[1]', '"_to"', 'sent {"_to":1', '{"text":"\\"_to\\"', '{"fine":1}']
    child.print(...lines)
    expect(ann.frames).toEqual(lines)
    expect(complaints()).toHaveLength(1)
  })

  it.each([
    ['that breaks off', '{"_to":1,"secret":"abc'],
    ['with what Python writes for a number that is none', '{"_to": 1, "secret": NaN}'],
    ['with an exception', '{"_except":2,"secret":NaN}'],
    ['behind another one', '{"n":1}{"_to":1,"secret":2}'],
    ['behind a mark of the byte order', '\ufeff {"_to":1,"secret":2}'],
  ])('a line with an address %s reaches nobody, now or later; the log says so once', async (_what, line) => {
    const { child, join, complaints, metrics } = createRoom({ json: 'true', cache: '10' })
    const [ann, bob] = [join(), join()]
    child.print(line, line, { last: true })
    for (const { frames } of [ann, bob, join()]) expect(frames).toEqual(['{"last":true}'])
    expect(complaints()).toHaveLength(1)
    expect(complaints()[0]).toContain(line)
    expect(await scrape(metrics)).toContain('playpipe_frames_skipped_total{reason="address"} 2\n')
  })

  it('last words that break off behind an address reach nobody', () => {
    const { child, join } = createRoom()
    const [ann, bob] = [join(), join()]
    child.events.output(Buffer.from('{"n":1}\n{"_to":1,"secret":"abc'))
    child.events.ended({ kind: 'status', status: 1 })
    for (const { frames } of [ann, bob]) expect(frames).toEqual(['{"n":1}'])
  })

  it('without framing every line goes to everyone, and nothing is a control line', () => {
    const { child, room, join, complaints } = createRoom({})
    const [ann, bob] = [join(), join()]
    child.print({ _to: 1 }, { _end: true }, { _kick: 1 }, 'plain')
    for (const { frames } of [ann, bob]) expect(frames).toEqual(['{"_to":1}', '{"_end":true}', '{"_kick":1}', 'plain'])
    expect(room.connections).toBe(2)
    expect(complaints()).toEqual([])
  })

  it('a frame reaches clients that no topic reaches as well', () => {
    const { child, room, join } = createRoom()
    const ann = join()
    const bot = new FakeBot(77)
    seats.set(bot, room.join(bot, VISITOR))
    child.print({ n: 1 }, { _to: 77, n: 2 }, { _except: 77, n: 3 })
    expect(ann.frames).toEqual(['{"n":1}', '{"_except":77,"n":3}'])
    expect(bot.frames).toEqual(['{"n":1}', '{"_to":77,"n":2}'])
    child.print({ _kick: 77, reason: 'bye' })
    expect(bot.closed).toBe('4000 bye')
  })

  it('a frame that is too long is skipped, counted and logged, and the next one comes', async () => {
    const { child, join, complaints, metrics } = createRoom({ json: 'true', maxline: '100' })
    const ann = join()
    child.print({ text: 'x'.repeat(200) }, { n: 2 })
    expect(ann.frames).toEqual(['{"n":2}'])
    expect(complaints()).toHaveLength(1)
    expect(await scrape(metrics)).toMatch(/playpipe_frames_skipped_total\{reason="[^"]+"\} 1\n/)
  })

  it('bytes that are not UTF-8 become U+FFFD, counted', () => {
    const { child, join, metrics } = createRoom({})
    const ann = join()
    child.events.output(Buffer.from([0x61, 0xff, 0x62, 0x0a]))
    expect(ann.frames).toEqual(['a\ufffdb'])
    expect(metrics.repaired).toBe(1)
  })

  it('stderr goes to the log', () => {
    const { child, logged } = createRoom()
    child.events.said('stderr', 'warning: low on carrots')
    expect(logged.at(-1)!.msg).toContain('warning: low on carrots')
  })

  it('nothing in answer to messages for a while is worth a word', () => {
    const { child, join, say, complaints } = createRoom()
    const ann = join()
    say(ann, { n: 1 })
    vi.advanceTimersByTime(9_999)
    expect(complaints()).toEqual([])
    vi.advanceTimersByTime(1)
    expect(complaints().join()).toContain('`playpipe -- stdbuf -oL ./game`')
    child.print({ n: 1 })
    say(ann, { n: 1 })
    vi.advanceTimersByTime(60_000)
    expect(complaints()).toHaveLength(1)
  })
})

describe('metadata', () => {
  it('is set and replaced by frames that are not sent', () => {
    const { child, room, join } = createRoom({ json: 'true', cache: '10' })
    const ann = join()
    expect(room.meta).toBeNull()
    child.print({ _meta: true, title: 'Chess', seats: { free: 1 } })
    expect(room.meta).toEqual({ title: 'Chess', seats: { free: 1 } })
    child.print({ _meta: true }, { _meta: false, n: 1 })
    expect(room.meta).toEqual({})
    expect(ann.frames).toEqual(['{"_meta":false,"n":1}'])
    expect(join().frames).toEqual(['{"_meta":false,"n":1}'])
  })
})

describe('a timer', () => {
  it('whose keys can be read and not written is refused when it is set, and not found out when it goes off', () => {
    const { child, join, complaints } = createRoom()
    join()
    child.print(`{"_timer":"deep","ms":10,"list":${'['.repeat(100_000)}${']'.repeat(100_000)}}`)
    expect(complaints().join()).toMatch(/_timer deep .* can't be written/)
    child.print({ _timer: 'turn', ms: 10, player: 3 })
    vi.advanceTimersByTime(11)
    expect(child.heard.slice(1)).toEqual(['{"player":3,"t":"Timer","timer":"turn","_sys":true}'])
  })
})

describe('a kick', () => {
  it('closes the client after what it was owed, gives up its seat and is not sent', () => {
    const { child, room, join, say, trace } = createRoom()
    const [ann, bob] = [join(), join()]
    turn()
    child.print({ n: 1 }, { _kick: 2, reason: 'cheating', code: 4010 }, { n: 2 }, { _to: 2, n: 3 })
    expect(bob.frames).toEqual(['{"n":1}'])
    expect(bob.closed).toBe('4010 cheating')
    expect(ann.frames).toEqual(['{"n":1}', '{"n":2}'])
    say(bob, { late: true })
    turn()
    expect(child.heard.slice(2)).toEqual(['{"t":"Leave","_from":2}'])
    expect(room.connections).toBe(1)
    expect(trace.filter((event) => event.endsWith('Leave","_from":2}'))).toHaveLength(1)
  })

  it('of several closes each once, and of nobody does nothing', () => {
    const { child, join, metrics } = createRoom()
    const clients = [join(), join(), join()]
    child.print({ _kick: [1, 3, 1, 9] }, { _kick: [] }, { _kick: 9 })
    expect(clients.map(({ closed }) => closed)).toEqual(['4000 ', undefined, '4000 '])
    expect(metrics.kicks).toBe(2)
  })

  it.each([4100, 3999, 1000, '4001', 4000.5])('with the code %j uses 4000 and says so', (code) => {
    const { child, join, complaints } = createRoom()
    join()
    const bob = join()
    child.print({ _kick: 2, code, reason: 'out' })
    expect(bob.closed).toBe('4000 out')
    expect(complaints()).toHaveLength(1)
  })

  it('has a reason that fits a close frame, cut at a whole character', () => {
    const { child, join } = createRoom()
    const [ann, bob] = [join(), join()]
    child.print({ _kick: 1, reason: 'é'.repeat(200) }, { _kick: 2, reason: `x${'🎲'.repeat(50)}` })
    expect(ann.closed).toBe(`4000 ${'é'.repeat(61)}`)
    expect(bob.closed).toBe(`4000 x${'🎲'.repeat(30)}`)
  })

  it('of the last client ends the room', () => {
    const { child, room, join, trace } = createRoom()
    const ann = join()
    turn()
    child.print({ _kick: 1, code: 4001, reason: 'out' })
    expect(ann.closed).toBe('4001 out')
    expect(trace).toContain('farewell')
    expect(room.connections).toBe(0)
  })

  it('beside another control key is obeyed as well', () => {
    const { child, room, join } = createRoom()
    const [ann, bob] = [join(), join()]
    child.print({ _kick: 2, _meta: true, phase: 'over', reason: 'out' })
    expect(bob.closed).toBe('4000 out')
    expect(room.meta).toMatchObject({ phase: 'over' })
    child.print({ _kick: 1, _end: true })
    expect(ann.closed).toMatch(/^4000 /)
  })
})

it('a seat says once that it is given up, and not while its client is away', () => {
  const { child, room, socket } = createRoom({ json: 'true', resume: '5', linger: '60' })
  const given: string[] = []
  const join = (name: string, id: number) => {
    const client = socket(id)
    const seat = room.join(client, { ...VISITOR, controls: true })
    seats.set(client, seat)
    seat.vacated = () => given.push(name)
    return client
  }
  const [leaver, away, back] = [join('leaver', 1), join('away', 2), join('back', 3)]
  join('kicked', 4)
  join('last', 5)
  leave(room, leaver, '1000')
  leave(room, away, '1006')
  leave(room, back, '1006')
  expect(given).toEqual(['leaver'])
  room.resume(socket(3), { token: seats.get(back)!.token, has: 0 })
  vi.advanceTimersByTime(5000)
  expect(given).toEqual(['leaver', 'away'])
  child.print({ _kick: 4 })
  expect(given).toEqual(['leaver', 'away', 'kicked'])
  child.print({ _end: true })
  expect(given).toEqual(['leaver', 'away', 'kicked', 'back', 'last'])
})

describe('the end of a room', () => {
  it('by _end: 1000 to everyone after what was printed before, nothing after, then the farewell', () => {
    const { child, join, trace, ends } = createRoom()
    const clients = [join(), join()]
    turn()
    child.print({ n: 1 }, { _end: true, reason: 'white wins' }, { n: 2 }, { _kick: 1 })
    for (const { frames, closed } of clients) {
      expect(frames).toEqual(['{"n":1}'])
      expect(closed).toBe('1000 white wins')
    }
    expect(ends()).toBe(1)
    expect(trace.slice(trace.indexOf('ended'))).toEqual(['ended', 'close 1 1000', 'close 2 1000', 'farewell'])
  })

  it('comes with the last client, whose Leave line reaches the child before the end of its input', () => {
    const { child, room, join, trace } = createRoom()
    const [ann, bob] = [join(), join()]
    turn()
    child.taking = false
    leave(room, ann, '1001')
    turn()
    expect(trace).not.toContain('ended')
    leave(room, bob, '1001')
    expect(child.heard.slice(2)).toEqual(['{"t":"Leave","_from":1}', '{"t":"Leave","_from":2}'])
    expect(trace.at(-1)).toBe('farewell')
  })

  it.each<[Exit, string]>([
    [{ kind: 'status', status: 0 }, '1000 the game ended'],
    [{ kind: 'status', status: 3 }, '1011 the game crashed: exit status 3'],
    [{ kind: 'signal', signal: 'SIGSEGV' }, '1011 the game crashed: SIGSEGV'],
    [{ kind: 'failed', why: 'spawn ENOENT' }, '1011 spawn ENOENT'],
  ])('comes with %j of the child, after its last words', (exit, closed) => {
    const { child, join, complaints } = createRoom()
    const ann = join()
    child.events.output(Buffer.from('{"n":1}\n{"last":"words"}'))
    child.events.ended(exit)
    expect(ann.frames).toEqual(['{"n":1}', '{"last":"words"}'])
    expect(ann.closed).toBe(closed)
    expect(complaints()).toHaveLength(closed.startsWith('1000') ? 0 : 1)
  })

  it('has a reason that fits a close frame whatever went wrong', () => {
    const { child, join } = createRoom()
    const ann = join()
    child.events.ended({ kind: 'failed', why: `spawn ${'/long/path'.repeat(50)} ENOENT` })
    expect(Buffer.byteLength(ann.closed!)).toBeLessThanOrEqual('1011 '.length + 123)
  })

  it('may stand in the last words', () => {
    const { child, join } = createRoom()
    const ann = join()
    child.events.output(Buffer.from('{"_end":true,"reason":"that was it"}'))
    child.events.ended({ kind: 'status', status: 1 })
    expect(ann.closed).toBe('1000 that was it')
  })

  it('comes once, whatever follows', () => {
    const { child, room, join, ends, trace } = createRoom()
    join()
    room.end(1001, 'the server is going away')
    room.end(1000, 'again')
    child.events.ended({ kind: 'signal', signal: 'SIGTERM' })
    expect(ends()).toBe(1)
    expect(trace.filter((event) => event === 'farewell')).toHaveLength(1)
  })

  it('touches nobody afterwards: fakes that are closed and are called fail this test', () => {
    const { child, room, join, say, trace } = createRoom()
    const [ann, bob] = [join(), join()]
    turn()
    room.end(1001, 'the server is going away')
    const before = [...trace]
    child.print({ n: 1 }, { _to: 1, n: 2 }, { _kick: 2 }, { _meta: true, late: 1 }, { _end: true })
    child.events.output(Buffer.from('{"partial'))
    child.events.drained()
    child.events.deaf()
    child.events.said('stderr', 'late')
    say(ann, { late: true })
    leave(room, ann, '1006')
    room.drained(seats.get(bob)!)
    child.events.ended({ kind: 'status', status: 1 })
    vi.advanceTimersByTime(60_000)
    expect(trace).toEqual(before)
    expect(room.meta).toBeNull()
  })

  it('waits for the child to be gone', async () => {
    const { child, room } = createRoom()
    room.end(1000, '')
    let gone = false
    void room.gone().then(() => {
      gone = true
    })
    await Promise.resolve()
    expect(gone).toBe(false)
    child.vanish()
    await room.gone()
    await Promise.resolve()
    expect(gone).toBe(true)
  })

  describe('with --linger', () => {
    const lingering = () => createRoom({ json: 'true', linger: '5' })

    it('comes when nobody came back in time', () => {
      const { room, join, ends } = lingering()
      leave(room, join(), '1001')
      vi.advanceTimersByTime(4_999)
      expect(ends()).toBe(0)
      vi.advanceTimersByTime(1)
      expect(ends()).toBe(1)
    })

    it('does not come while somebody is there, and the time begins anew', () => {
      const { child, room, join, ends } = lingering()
      leave(room, join(), '1001')
      vi.advanceTimersByTime(4_000)
      const bob = join()
      vi.advanceTimersByTime(60_000)
      expect(ends()).toBe(0)
      child.print({ still: 'here' })
      expect(bob.frames).toEqual(['{"still":"here"}'])
      leave(room, bob, '1001')
      vi.advanceTimersByTime(4_999)
      expect(ends()).toBe(0)
      vi.advanceTimersByTime(1)
      expect(ends()).toBe(1)
    })

    it('comes at once when the child ends meanwhile', () => {
      const { child, room, join, ends } = lingering()
      leave(room, join(), '1001')
      child.events.ended({ kind: 'status', status: 0 })
      expect(ends()).toBe(1)
      vi.advanceTimersByTime(60_000)
      expect(ends()).toBe(1)
    })
  })
})

describe('the older id field', () => {
  const OLD = { frame: 'json', joinmsg: '{"t":"Join","id":#ID}', leavemsg: '{"t":"Leave","id":#ID}' }

  it('tags and routes where the join message speaks it', () => {
    const { child, join, say } = createRoom(OLD)
    const [ann, bob] = [join(), join()]
    say(bob, { id: 9, n: 1 })
    turn()
    expect(child.heard.at(-1)).toBe('{"_from":2,"id":2,"n":1}')
    child.print({ id: 1, n: 1 }, { id: null, n: 2 }, { n: 3 }, { id: 'x', n: 4 }, { id: 9, n: 5 })
    expect(ann.frames).toHaveLength(4)
    expect(bob.frames).toEqual(['{"id":null,"n":2}', '{"n":3}', '{"id":"x","n":4}'])
  })

  it('is switched off by the first frame with _to, both ways, in this room', () => {
    const { child, join, say, logged } = createRoom(OLD)
    const [ann, bob] = [join(), join()]
    child.print({ id: 1, n: 1 }, { _to: 2, id: 1, n: 2 }, { id: 1, n: 3 })
    expect(ann.frames).toEqual(['{"id":1,"n":1}', '{"id":1,"n":3}'])
    expect(bob.frames).toEqual(['{"_to":2,"id":1,"n":2}', '{"id":1,"n":3}'])
    say(bob, { id: 9 })
    turn()
    expect(child.heard.at(-1)).toBe('{"_from":2,"id":9}')
    expect(logged.filter(({ msg }) => msg.includes('_to'))).toHaveLength(1)
  })

  it('is an address in a line that is no JSON, too, as long as the room uses it', () => {
    const { child, join } = createRoom(OLD)
    const [ann, bob] = [join(), join()]
    child.print('{"id":1,"secret":NaN}', { _to: [1, 2], n: 1 }, '{"id":1,"x":NaN}')
    for (const { frames } of [ann, bob]) expect(frames).toEqual(['{"_to":[1,2],"n":1}', '{"id":1,"x":NaN}'])
  })

  it('that was asked for stays', () => {
    const { child, join } = createRoom({ json: 'true', idfield: 'player' })
    const [ann, bob] = [join(), join()]
    child.print({ _to: 2, n: 1 }, { player: 1, n: 2 })
    expect([ann.frames, bob.frames]).toEqual([['{"player":1,"n":2}'], ['{"_to":2,"n":1}']])
  })

  it('is no field of new programs', () => {
    const { child, join } = createRoom()
    const [ann, bob] = [join(), join()]
    child.print({ id: 1, n: 1 })
    expect([ann.frames.length, bob.frames.length]).toEqual([1, 1])
  })
})

describe('slow clients', () => {
  /** 16 KiB of output, so that backlogs are looked at. */
  const much = (n: number) => ({ n, fill: 'x'.repeat(16 * KiB) })
  const numbers = (socket: FakeSocket) => socket.frames.map((frame) => JSON.parse(frame).n)

  it('hold the child while most are behind, and let it go when they have caught up', () => {
    const { child, room, join } = createRoom()
    const clients = [join(), join(), join()]
    for (const client of clients.slice(1)) client.waiting = 65 * KiB
    child.print(much(1))
    expect(child.reading).toBe(false)
    vi.advanceTimersByTime(60_000)
    expect(child.reading).toBe(false)
    clients[1]!.waiting = 0
    room.drained(seats.get(clients[1]!)!)
    clients[2]!.waiting = 0
    room.drained(seats.get(clients[2]!)!)
    expect(child.reading).toBe(true)
    for (const client of clients) expect(numbers(client)).toEqual([1])
  })

  it('do not hold it when they leave, or the room ends', () => {
    const { child, room, join } = createRoom()
    const [ann, bob] = [join(), join()]
    for (const client of [ann, bob]) client.waiting = 65 * KiB
    child.print(much(1))
    expect(child.reading).toBe(false)
    leave(room, ann, '1001')
    expect(child.reading).toBe(false)
    leave(room, bob, '1001')
    expect(child.reading).toBe(true)
  })

  it.each([
    ['a short read', 100],
    ['a full read', 64 * KiB],
  ])('a room that ends in %s leaves its child to be read to its end', (_what, size) => {
    const { child, join } = createRoom()
    const ann = join()
    child.print({ _end: true }, { fill: 'x'.repeat(size) })
    expect(ann.closed).toMatch(/^1000/)
    vi.advanceTimersByTime(1000)
    expect(child.reading).toBe(true)
  })

  it('a room that ends while it is held leaves its child to be read to its end', () => {
    const { child, room, join } = createRoom()
    join().waiting = 65 * KiB
    child.print(much(1))
    expect(child.reading).toBe(false)
    room.end(1001, 'going away')
    vi.advanceTimersByTime(1000)
    expect(child.reading).toBe(true)
  })

  it('that are few hold it for a moment, then wait alone, and hear all of it in order later', () => {
    const { child, room, join } = createRoom()
    const [ann, bob, slow] = [join(), join(), join()]
    slow.waiting = 65 * KiB
    child.print(much(1))
    expect(child.reading).toBe(false)
    vi.advanceTimersByTime(150)
    expect(child.reading).toBe(true)
    child.print({ n: 2 }, { _to: 3, n: 3 }, { _to: 1, n: 4 }, { n: 5 })
    expect(numbers(slow)).toEqual([1])
    expect(numbers(ann)).toEqual([1, 2, 4, 5])
    expect(numbers(bob)).toEqual([1, 2, 5])
    slow.waiting = 0
    room.drained(seats.get(slow)!)
    expect(numbers(slow)).toEqual([1, 2, 3, 5])
    child.print({ n: 6 })
    expect(numbers(slow)).toEqual([1, 2, 3, 5, 6])
    expect(numbers(ann)).toEqual([1, 2, 4, 5, 6])
  })

  it('that wait alone are shown the newest frame of a key', () => {
    const { child, room, join } = createRoom()
    const [, , slow] = [join(), join(), join()]
    slow.waiting = 65 * KiB
    child.print(much(1))
    vi.advanceTimersByTime(150)
    child.print({ n: 2, _key: 'a' }, { n: 3, _key: 'b' }, { n: 4 }, { n: 5, _key: 'a' })
    slow.waiting = 0
    room.drained(seats.get(slow)!)
    expect(numbers(slow)).toEqual([1, 3, 4, 5])
  })

  it('that wait alone are given what is urgent first, and what is not last', () => {
    const { child, room, join } = createRoom()
    const [, , slow] = [join(), join(), join()]
    slow.waiting = 65 * KiB
    child.print(much(1))
    vi.advanceTimersByTime(150)
    child.print(
      { n: 2, _priority: 'low' },
      { n: 3 },
      { n: 4, _priority: 'high' },
      { n: 5 },
      { n: 6, _priority: 'high' },
    )
    child.print({ n: 7, _key: 'a' }, { n: 8, _key: 'a', _priority: 'high' })
    slow.waiting = 0
    room.drained(seats.get(slow)!)
    expect(numbers(slow)).toEqual([1, 4, 6, 8, 3, 5, 2])
    child.print({ n: 9, _priority: 'low' }, { n: 10, _priority: 'high' })
    expect(numbers(slow).slice(-2)).toEqual([9, 10])
  })

  it('that fall too far behind get what fitted, then 1013; the others go on', () => {
    const { child, room, join, metrics } = createRoom({ json: 'true', maxbacklog: '40k' })
    const [ann, , slow] = [join(), join(), join()]
    slow.waiting = 65 * KiB
    child.print(much(1))
    vi.advanceTimersByTime(150)
    child.print(much(2), much(3), much(4), { n: 5 })
    expect(numbers(slow)).toEqual([1, 2, 3])
    expect(slow.closed).toMatch(/^1013 /)
    expect(numbers(ann)).toEqual([1, 2, 3, 4, 5])
    expect(room.connections).toBe(2)
    expect(metrics.evictions).toBe(1)
    turn()
    expect(child.heard.at(-1)).toBe('{"t":"Leave","_from":3}')
  })

  it('that wait alone are told the end of the room after what they are owed', () => {
    const { child, join } = createRoom()
    const [, , slow] = [join(), join(), join()]
    slow.waiting = 65 * KiB
    child.print(much(1))
    vi.advanceTimersByTime(150)
    child.print({ n: 2 }, { _end: true, reason: 'over' })
    expect(numbers(slow)).toEqual([1, 2])
    expect(slow.closed).toBe('1000 over')
  })
})

describe('the registry of rooms', () => {
  function createRooms(options: RawOptions = { json: 'true' }) {
    const world = createWorld()
    const children: FakeChild[] = []
    let broken = false
    const rooms = new Rooms({
      configOf: () => resolveConfig(options, ['game']).room!,
      log: world.log,
      metrics: world.metrics,
      publish: world.publish,
      maxPayload: 1024,
      startBot: () => new FakeChild(world.trace),
      start: (_room, _visitor, events) => {
        if (broken) throw new Error('out of descriptors')
        const child = new FakeChild(world.trace)
        child.events = events
        children.push(child)
        events.drained()
        return child
      },
      ended: () => {},
      changed: () => {},
      joined: () => {},
      left: () => {},
      opening: () => undefined,
    })
    const enter = (name: string) => {
      const room = rooms.enter(name, VISITOR)
      const client = world.socket(rooms.nextId())
      seats.set(client, room.join(client, VISITOR))
      return { room, client }
    }
    const breakStart = (value: boolean) => {
      broken = value
    }
    return { ...world, rooms, children, enter, breakStart }
  }

  it('one name is one room and one child, numbers count over all rooms', () => {
    const { rooms, children, enter } = createRooms()
    const [first, second, third] = [enter('a'), enter('a'), enter('b')]
    expect(first.room).toBe(second.room)
    expect(third.room).not.toBe(first.room)
    expect([first, second, third].map(({ client }) => client.id)).toEqual([1, 2, 3])
    expect([rooms.size, children.length]).toEqual([2, 2])
    expect([...rooms.values()].map(({ name }) => name)).toEqual(['a', 'b'])
  })

  it('what one room prints is not heard in another', () => {
    const { children, enter } = createRooms()
    const [one, two] = [enter('a'), enter('b')]
    children[0]!.print({ n: 1 }, { _to: 2, n: 2 })
    children[1]!.print({ n: 3 }, { _kick: 1 })
    expect(one.client.frames).toEqual(['{"n":1}'])
    expect(two.client.frames).toEqual(['{"n":3}'])
    expect(one.client.closed).toBeUndefined()
  })

  it('nothing of an ended room touches the next one of its name', async () => {
    const { rooms, children, enter, metrics } = createRooms({ json: 'true', cache: '10' })
    const old = enter('a')
    children[0]!.print({ old: 1 })
    leave(old.room, old.client, '1001')
    expect(rooms.get('a')).toBeUndefined()
    const { room, client } = enter('a')
    expect(room).not.toBe(old.room)
    children[0]!.print({ old: 2 }, { _to: 2, old: 3 }, { _kick: 2 }, { _meta: true, old: 4 }, { _end: true })
    children[0]!.events.ended({ kind: 'status', status: 1 })
    leave(old.room, old.client, '1006')
    children[1]!.print({ new: 1 })
    expect(client.frames).toEqual(['{"new":1}'])
    expect(client.closed).toBeUndefined()
    expect(room.meta).toBeNull()
    expect(rooms.get('a')).toBe(room)
    expect(await scrape(metrics)).toContain('playpipe_websocket_connections_open{room="a"} 1\n')
  })

  it('with --cachepersist the next one of its name shows the history of the last, and not what it printed later', () => {
    const { children, enter } = createRooms({ json: 'true', cache: '10', cachepersist: 'true' })
    const old = enter('a')
    children[0]!.print({ old: 1 })
    leave(old.room, old.client, '1001')
    children[0]!.print({ old: 2 })
    const next = enter('a')
    children[0]!.print({ old: 3 })
    children[1]!.print({ new: 1 })
    expect(next.client.frames).toEqual(['{"old":1}', '{"new":1}'])
    expect(enter('b').client.frames).toEqual([])
    expect(enter('a').client.frames).toEqual(['{"old":1}', '{"new":1}'])
  })

  it('a child that can not be started leaves no room behind', () => {
    const { rooms, enter, breakStart } = createRooms()
    breakStart(true)
    expect(() => enter('a')).toThrow('out of descriptors')
    expect(rooms.size).toBe(0)
    breakStart(false)
    expect(enter('a').room.connections).toBe(1)
  })

  it('stopAll ends everyone and waits for every child, those in farewell too', async () => {
    const { rooms, children, enter } = createRooms()
    const leaving = enter('a')
    leave(leaving.room, leaving.client, '1001')
    const staying = enter('b')
    let done = false
    const stopped = rooms.stopAll(1001, 'going away').then(() => {
      done = true
    })
    expect(staying.client.closed).toBe('1001 going away')
    children[1]!.vanish()
    await vi.advanceTimersByTimeAsync(0)
    expect(done).toBe(false)
    children[0]!.vanish()
    await stopped
    expect(rooms.size).toBe(0)
  })

  it('killAll reaches every child that is left, those in farewell too', async () => {
    const { rooms, children, enter, trace } = createRooms()
    const leaving = enter('a')
    leave(leaving.room, leaving.client, '1001')
    const vanished = enter('b')
    leave(vanished.room, vanished.client, '1001')
    children[1]!.vanish()
    enter('c')
    await vi.advanceTimersByTimeAsync(0)
    rooms.killAll()
    expect(trace.filter((event) => event === 'kill')).toHaveLength(2)
  })
})

describe('metrics', () => {
  it('count what goes in and out', () => {
    const { child, join, say, metrics } = createRoom()
    const [ann, bob] = [join(), join()]
    say(ann, '{"n":1}')
    say(bob, '{"n":22}')
    child.print('{"n":1}', '{"_to":1}', '{"_to":9}', '{"_meta":true}')
    expect(metrics).toMatchObject({
      messagesIn: 2,
      bytesIn: 15,
      framesOut: 4,
      messagesOut: 3,
      bytesOut: 2 * 7 + 9,
      kicks: 0,
      ignored: 0,
    })
  })

  it('count clients in all, clients now, refusals and exits', async () => {
    const { child, room, join, say, metrics } = createRoom()
    const [ann, bob] = [join(), join()]
    join()
    leave(room, ann, '1001')
    say(bob, 'no JSON')
    child.events.ended({ kind: 'signal', signal: 'SIGKILL' })
    const text = await scrape(metrics)
    expect(text).toContain('playpipe_websocket_connections_total{room="lobby"} 3\n')
    expect(text).toContain('playpipe_refusals_total{reason="1008"} 1\n')
    expect(text).toContain('playpipe_child_exits_total{status="SIGKILL"} 1\n')
  })

  it('forget a room when it ends', async () => {
    const world = createWorld()
    world.metrics.connected('lobby')
    world.metrics.disconnected('lobby')
    expect(await scrape(world.metrics)).toContain('playpipe_websocket_connections_open{room="lobby"} 0\n')
    world.metrics.forget('lobby')
    world.metrics.disconnected('lobby')
    expect(await scrape(world.metrics)).not.toContain('lobby')
  })
})

function scrape(metrics: Metrics): Promise<string> {
  vi.useRealTimers()
  return metrics.registry().metrics()
}

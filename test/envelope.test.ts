import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { type Address, type Envelope, KICKED, mayHoldEnvelope, readEnvelope } from '../src/wire/envelope.ts'

function read(frame: string, idField?: string): Envelope {
  const envelope = readEnvelope(frame, idField)
  expect(envelope).toBeDefined()
  return envelope!
}

/** JSON that parses but that no careless recursion survives. */
const DEEP = `${'['.repeat(200_000)}${']'.repeat(200_000)}`

describe('_to', () => {
  test.each<[string, string, Address]>([
    ['a number is one client', '3', [3]],
    ['0 is a client that nobody is', '0', [0]],
    ['99 is a client that may not be here', '99', [99]],
    ['2^32 is a client that nobody is', '4294967296', [4294967296]],
    ['1.0 is the client 1', '1.0', [1]],
    ['null is everyone', 'null', null],
    ['a list is those in it', '[3,4]', [3, 4]],
    ['an empty list is nobody', '[]', []],
    ['a string is a group', '"sector:7"', ['sector:7']],
    ['a string of digits is a group, not a client', '"1"', ['1']],
    ['an empty string is a group', '""', ['']],
    ['a list may mix groups and clients', '["team:red",9]', ['team:red', 9]],
  ])('%s', (_name, to, expected) => {
    const envelope = read(`{"_to":${to},"x":1}`)
    expect(envelope.to).toEqual(expected)
    expect(envelope.faults).toEqual([])
    expect(envelope.addressed).toBe(true)
  })

  test.each<[string, Address]>([
    ['true', []],
    ['false', []],
    ['1.5', []],
    ['-1', []],
    ['1e999', []],
    ['{}', []],
    ['{"id":1}', []],
    ['[null]', []],
    ['[[1]]', []],
    ['[true]', []],
    ['[1.5,-1]', []],
    ['[3,true]', [3]],
    ['[3,null,"a"]', [3, 'a']],
  ])('%s is no address: it is told of, and no more than %j gets the frame', (to, expected) => {
    const envelope = read(`{"_to":${to}}`)
    expect(envelope.to).toEqual(expected)
    expect(envelope.faults).toHaveLength(1)
    expect(envelope.faults[0]).toContain('_to')
  })

  it('is everyone where there is none', () => {
    expect(read('{"x":1}')).toMatchObject({ to: null, except: [], cache: false, addressed: false, faults: [] })
    expect(read('{"x":{"_to":1}}')).toMatchObject({ to: null, addressed: false })
  })

  it('may be spelt with escapes', () => {
    expect(read('{"\\u005fto":3}').to).toEqual([3])
  })

  it('counts as JSON counts where it is given twice: the last one', () => {
    expect(read('{"_to":3,"_to":4}').to).toEqual([4])
  })

  it('is only the game’s own, not of its values’ prototype', () => {
    expect(read('{"__proto__":{"_to":3,"_end":true}}')).toMatchObject({ to: null, addressed: false, end: undefined })
  })
})

describe('_except', () => {
  test.each<[string, Address]>([
    ['3', [3]],
    ['[3,4]', [3, 4]],
    ['["team:red",9]', ['team:red', 9]],
    ['"1"', ['1']],
    ['[]', []],
    ['null', []],
  ])('%s is %j', (except, expected) => {
    expect(read(`{"_except":${except}}`)).toMatchObject({ to: null, except: expected, faults: [], addressed: false })
    expect(read(`{"_to":[3,4],"_except":${except}}`)).toMatchObject({ to: [3, 4], except: expected, faults: [] })
  })

  it.each(['true', '1.5', '{}', '-1', '[3,true]'])(
    '%s is told of, and nobody gets what was hidden from somebody',
    (except) => {
      const envelope = read(`{"_except":${except}}`)
      expect(envelope.to).toEqual([])
      expect(envelope.faults).toHaveLength(1)
      expect(envelope.faults[0]).toContain('_except')
    },
  )
})

describe('_cache', () => {
  test.each<[string, boolean]>([
    ['{"_cache":true}', true],
    ['{"_cache":true,"_to":3}', true],
    ['{"_cache":false}', false],
    ['{"_cache":null}', false],
    ['{"_cache":1}', false],
    ['{"_cache":"true"}', false],
    ['{"cache":true}', false],
    ['{}', false],
  ])('of %s is %s', (frame, expected) => {
    expect(read(frame).cache).toBe(expected)
    expect(read(frame).control).toBe(false)
  })
})

describe('_meta', () => {
  it('makes the rest of the frame the room’s metadata', () => {
    const envelope = read('{"_meta":true,"name":"x","players":{"a":[1]}}')
    expect(envelope.meta).toEqual({ name: 'x', players: { a: [1] } })
    expect(envelope.control).toBe(true)
    expect(envelope.faults).toEqual([])
  })

  it('alone is empty metadata', () => {
    expect(read('{"_meta":true}').meta).toEqual({})
  })

  it('keeps a key called __proto__ as a key', () => {
    const { meta } = read('{"_meta":true,"__proto__":{"a":1}}')
    expect(Object.keys(meta!)).toEqual(['__proto__'])
    expect(Object.getPrototypeOf(meta)).toBe(Object.prototype)
  })

  it.each(['false', 'null'])('that is %s asks for nothing', (value) => {
    expect(read(`{"_meta":${value},"a":1}`)).toMatchObject({ meta: undefined, to: null, faults: [] })
  })

  it.each(['1', '"yes"', '{"a":1}', '[]'])('that is %s can’t be obeyed and is told of', (value) => {
    const envelope = read(`{"_meta":${value},"a":1}`)
    expect(envelope.meta).toBeUndefined()
    expect(envelope.faults.join()).toContain('_meta')
  })
})

describe('_kick', () => {
  it('closes a client with 4000 unless said', () => {
    const envelope = read('{"_kick":3}')
    expect(envelope.kick).toEqual({ who: [3], code: 4000, reason: '' })
    expect(envelope.control).toBe(true)
    expect(envelope.faults).toEqual([])
    expect(KICKED).toBe(4000)
  })

  it('takes a list, a code and a reason', () => {
    expect(read('{"_kick":[3,4],"code":4042,"reason":"too slow"}')).toMatchObject({
      kick: { who: [3, 4], code: 4042, reason: 'too slow' },
      faults: [],
    })
  })

  it('takes a group', () => {
    expect(read('{"_kick":["team:red",9]}').kick?.who).toEqual(['team:red', 9])
  })

  it.each([4000, 4001, 4098, 4099])('takes the code %d', (code) => {
    expect(read(`{"_kick":3,"code":${code}}`)).toMatchObject({ kick: { code }, faults: [] })
  })

  it.each(['3999', '4100', '1000', '1006', '0', '-1', '4000.5', '"4001"', 'true', '{}', '[4001]', '1e999'])(
    'kicks with 4000 and tells of the code %s',
    (code) => {
      const envelope = read(`{"_kick":3,"code":${code}}`)
      expect(envelope.kick).toMatchObject({ who: [3], code: 4000 })
      expect(envelope.faults).toHaveLength(1)
      expect(envelope.faults[0]).toContain('code')
    },
  )

  it.each(['5', 'true', 'null', '{}', '["a"]'])('has no reason where it is %s', (reason) => {
    expect(read(`{"_kick":3,"reason":${reason}}`).kick).toEqual({ who: [3], code: 4000, reason: '' })
  })

  it.each(['true', 'null', '{}', '1.5', '-1', '[true]'])('of %s kicks nobody, is told of and is not sent', (who) => {
    const envelope = read(`{"_kick":${who}}`)
    expect(envelope.kick?.who).toEqual([])
    expect(envelope.control).toBe(true)
    expect(envelope.faults).toHaveLength(1)
    expect(envelope.faults[0]).toContain('_kick')
  })

  it('leaves the game’s own code and reason alone where nobody is kicked', () => {
    expect(read('{"code":1,"reason":2}')).toMatchObject({ kick: undefined, end: undefined, to: null, faults: [] })
  })
})

describe('_end', () => {
  it('ends the room, with a reason or without', () => {
    expect(read('{"_end":true,"reason":"time is up"}')).toMatchObject({ end: 'time is up', faults: [] })
    expect(read('{"_end":true}').end).toBe('')
    expect(read('{"_end":true,"reason":7}').end).toBe('')
    expect(read('{"_end":true}').control).toBe(true)
  })

  it.each(['false', 'null'])('that is %s asks for nothing', (value) => {
    expect(read(`{"_end":${value}}`)).toMatchObject({ end: undefined, to: null, faults: [] })
  })

  it.each(['1', '"yes"', '{}', '[]'])('that is %s can’t be obeyed and is told of', (value) => {
    const envelope = read(`{"_end":${value}}`)
    expect(envelope.end).toBeUndefined()
    expect(envelope.faults.join()).toContain('_end')
  })
})

describe('_key', () => {
  it('names what a newer frame takes the place of', () => {
    expect(read('{"_key":"pos:7"}')).toMatchObject({ waiting: { key: 'pos:7' }, to: null, faults: [] })
    expect(read('{"_key":"","_to":3}')).toMatchObject({ waiting: { key: '' }, to: [3], faults: [] })
    expect(read('{"key":"pos:7"}').waiting).toBeUndefined()
    expect(read('{"_key":"pos:7"}').control).toBe(false)
  })

  it.each(['7', 'true', '{}', '["a"]'])('that is %s is told of, and the frame is sent all the same', (value) => {
    const envelope = read(`{"_key":${value}}`)
    expect(envelope).toMatchObject({ waiting: { key: undefined, priority: 'normal' }, to: null })
    expect(envelope.faults).toHaveLength(1)
    expect(envelope.faults[0]).toContain('_key')
  })
})

describe('_priority', () => {
  it.each(['high', 'low'])('%s is the order in which a frame leaves that waits', (priority) => {
    const envelope = read(`{"_priority":"${priority}"}`)
    expect(envelope).toMatchObject({ waiting: { key: undefined, priority }, control: false, faults: [] })
    expect(read(`{"_priority":"${priority}","_key":"a"}`).waiting).toEqual({ key: 'a', priority })
  })

  it.each(['1', 'true', 'null', '"urgent"', '["high"]'])('that is %s is told of, and is none', (value) => {
    const envelope = read(`{"_priority":${value}}`)
    expect(envelope).toMatchObject({ waiting: { priority: 'normal' }, to: null })
    expect(envelope.faults).toHaveLength(1)
    expect(envelope.faults[0]).toContain('_priority')
  })
})

describe('each key stands alone', () => {
  it('a bad one does not undo the others', () => {
    const envelope = read('{"_to":true,"_meta":true,"_kick":{},"code":1,"_end":true,"reason":"r","_cache":true}')
    expect(envelope).toMatchObject({ to: [], meta: { code: 1 }, end: 'r', cache: true, kick: { who: [], code: 4000 } })
    expect(envelope.faults).toHaveLength(3)
  })

  it('several can be obeyed at once', () => {
    expect(read('{"_meta":true,"a":1,"_kick":3,"_end":true}')).toMatchObject({
      meta: { a: 1 },
      kick: { who: [3] },
      end: '',
      faults: [],
    })
  })
})

describe('the older field name', () => {
  test.each<[string, Address]>([
    ['{"id":3}', [3]],
    ['{"id":0}', [0]],
    ['{"id":null}', null],
    ['{"id":"3"}', null],
    ['{"id":true}', null],
    ['{"id":[3]}', null],
    ['{"id":{"x":1}}', null],
    ['{"x":1}', null],
    ['{"x":{"id":3}}', null],
    ['{"id":3,"_to":4}', [4]],
    ['{"id":3,"_to":null}', null],
    ['{"id":3,"_to":true}', []],
    ['{"id":1.5}', []],
    ['{"id":-1}', []],
  ])('%s is for %j', (frame, expected) => {
    expect(read(frame, 'id').to).toEqual(expected)
  })

  it('addresses nobody where it is not in use', () => {
    expect(read('{"id":3}')).toMatchObject({ to: null, addressed: false })
  })

  it('is no `_to`, so that a room goes on using it', () => {
    expect(read('{"id":3}', 'id').addressed).toBe(false)
    expect(read('{"id":3,"_to":4}', 'id').addressed).toBe(true)
  })

  it('excepts as `_to` does', () => {
    expect(read('{"id":3,"_except":[3]}', 'id')).toMatchObject({ to: [3], except: [3] })
  })

  it.each(['constructor', 'toString', '__proto__'])(
    'is nothing that every object has, even where it is called %s',
    (name) => {
      expect(read('{"x":1}', name).to).toBeNull()
    },
  )
})

describe('what is no object', () => {
  it.each(['', 'hello', '{', '{"_to":3', "{'_to':3}", '{"_to":3}}', '\ufeff{"_to":3}', '"_to'])(
    '%j is not JSON',
    (frame) => {
      expect(readEnvelope(frame)).toBeUndefined()
    },
  )

  it.each(['5', 'null', 'true', '"_to"', '[]', '[{"_to":3}]', '["_end",true]'])('%s has an empty envelope', (frame) => {
    const envelope = read(frame, 'id')
    expect(envelope).toMatchObject({ to: null, except: [], cache: false, addressed: false, faults: [] })
    expect(envelope.control).toBe(false)
  })

  it('spaces around an object mean nothing', () => {
    expect(read(' \t{ "_to" : 3 } \r').to).toEqual([3])
  })
})

describe('what is nested very deep', () => {
  it.each(['_to', '_except', '_kick', '_meta', '_end', '_cache', '_key', '_priority', 'x'])(
    'can’t bring a room down as %s',
    (key) => {
      expect(read(`{"${key}":${DEEP}}`).faults.join('').length).toBeLessThan(1_000)
    },
  )

  it('can’t bring a room down as a code or a reason', () => {
    expect(read(`{"_kick":3,"code":${DEEP},"reason":${DEEP}}`).kick).toMatchObject({ who: [3], code: 4000, reason: '' })
  })
})

describe('mayHoldEnvelope', () => {
  const id = Buffer.from('"id"')
  test.each<[string, Buffer | undefined, boolean]>([
    ['{"x":1}', undefined, false],
    ['hello', undefined, false],
    ['', undefined, false],
    ['{"_to":1}', undefined, true],
    ['{"\\u005fto":1}', undefined, true],
    ['{"\\u005Fto":1}', undefined, true],
    ['{"id":1}', undefined, false],
    ['{"id":1}', id, true],
    ['{"\\u0069d":1}', id, true],
    ['{"idea":1}', id, false],
  ])('of %s with the older field %s is %s', (frame, needle, expected) => {
    expect(mayHoldEnvelope(Buffer.from(frame), needle)).toBe(expected)
  })

  /** As the room makes it. */
  const needle = (name: string | undefined) => (name === undefined ? undefined : Buffer.from(JSON.stringify(name)))

  it('is true where the older field has a solidus, which JSON may escape', () => {
    expect(read('{"a\\/b":3}', 'a/b').to).toEqual([3])
    expect(mayHoldEnvelope(Buffer.from('{"a\\/b":3}'), needle('a/b'))).toBe(true)
  })

  const names = ['id', 'é', 'a"b', 'a\\b', '\n', 'to', '😀']
  const keys = fc.constantFrom(
    '_to',
    '_except',
    '_cache',
    '_meta',
    '_kick',
    '_end',
    '_key',
    '_priority',
    '_',
    'x',
    'code',
    ...names,
  )
  const values = fc.oneof(
    fc.constantFrom('1', 'true', 'null', '[1]', '"a"', '{}', '1.5', '-1'),
    fc.json({ maxDepth: 1 }),
  )
  const spell = (key: string, how: readonly boolean[]) =>
    `"${[...Array(key.length).keys()]
      .map((i) =>
        how[i % how.length]
          ? `\\u${key.charCodeAt(i).toString(16).padStart(4, '0')}`
          : JSON.stringify(key[i]).slice(1, -1),
      )
      .join('')}"`
  const spelling = fc
    .tuple(keys, fc.array(fc.boolean(), { minLength: 1, maxLength: 5 }))
    .map(([key, how]) => (/[\ud800-\udfff]/.test(key) ? JSON.stringify(key) : spell(key, how)))
  const object = fc
    .array(fc.tuple(spelling, values), { maxLength: 4 })
    .map((list) => `{${list.map(([key, value]) => `${key} : ${value}`).join(' , ')}}`)

  test('is never false for a frame in which a key is found', () => {
    const empty = readEnvelope('{}')
    fc.assert(
      fc.property(object, fc.option(fc.constantFrom(...names), { nil: undefined }), (frame, name) => {
        const found = !isDeepStrictEqual(readEnvelope(frame, name), empty)
        if (found) expect(mayHoldEnvelope(Buffer.from(frame), needle(name))).toBe(true)
      }),
      { numRuns: 2_000 },
    )
  })

  test('no frame makes the reader throw, and nobody is addressed who can’t be', () => {
    const anyFrame = fc.oneof(object, fc.json(), fc.string(), fc.string({ unit: 'binary' }))
    fc.assert(
      fc.property(anyFrame, fc.option(fc.constantFrom(...names), { nil: undefined }), (frame, name) => {
        const envelope = readEnvelope(frame, name)
        if (!envelope) return
        for (const one of [...(envelope.to ?? []), ...envelope.except, ...(envelope.kick?.who ?? [])])
          expect(typeof one === 'string' || (Number.isInteger(one) && one >= 0)).toBe(true)
        if (envelope.kick) expect(envelope.kick.code >= 4000 && envelope.kick.code <= 4099).toBe(true)
      }),
      { numRuns: 1_000 },
    )
  })

  test('a frame that has `_to` is for everyone only where it says null', () => {
    fc.assert(
      fc.property(fc.json(), (value) => {
        expect(read(`{"_to":${value}}`).to === null).toBe(JSON.parse(value) === null)
      }),
      { numRuns: 500 },
    )
  })
})

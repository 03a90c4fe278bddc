import { isUtf8 } from 'node:buffer'
import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { createEncoder, type EncoderOptions, type Line, oneLine, Refusal, stamp } from '../src/wire/codec.ts'
import { asOneLine, asUtf8, gwFrame, membersOf, stampedMembers } from './reference.ts'

const encoder = (options: Partial<EncoderOptions> = {}) =>
  createEncoder({ framing: 'none', binary: false, idField: undefined, ...options })

function send(options: Partial<EncoderOptions>, message: string | Buffer, binary = false, from = 3): Line | Refusal {
  return encoder(options).message(from, Buffer.from(message), binary)
}

const json = (message: string, from = 3) => send({ framing: 'json' }, message, false, from)

/** Spells a string as JSON in a way that a hostile client may choose: each character raw, escaped, or in hex of either case. */
function spelt(text: string, ways: readonly number[]): string {
  const short: { [char: string]: string } = {
    '"': '\\"',
    '\\': '\\\\',
    '/': '\\/',
    '\n': '\\n',
    '\r': '\\r',
    '\t': '\\t',
  }
  const chars = [...Array(text.length).keys()].map((i) => {
    const hex = text.charCodeAt(i).toString(16).padStart(4, '0')
    const spellings = [
      /["\\\p{Cc}\p{Cs}]/u.test(text[i]!) ? `\\u${hex}` : text[i]!,
      `\\u${hex}`,
      `\\u${hex.toUpperCase()}`,
      short[text[i]!] ?? `\\u${hex}`,
    ]
    return spellings[(ways[i % ways.length] ?? 0) % 4]
  })
  return `"${chars.join('')}"`
}

const keys = fc.oneof(
  fc.constantFrom('_from', '_sys', '__proto__', '_', '_kick', '_end', '_meta', '_to', '_cache', '_From'),
  fc.constantFrom('from', 'id', 'x', '', 'a_', 'constructor', '{', '}', ',', ':', '"', '\\', '"_from', ' _from', 'a/b'),
  fc.string({ maxLength: 4 }),
)
const ways = fc.array(fc.nat(3), { minLength: 1, maxLength: 6 })
const blank = fc.oneof(
  { weight: 4, arbitrary: fc.constant('') },
  fc.constantFrom(' ', '\n', '\r\n', '\t', '\r', ' \n\n '),
)
const spelling = fc.tuple(keys, ways).map(([text, how]) => spelt(text, how))
const { value: jsonValue, object: clientObject } = fc.letrec<{ value: string; list: string; object: string }>(
  (tie) => ({
    value: fc.oneof(
      { maxDepth: 3, withCrossShrink: true },
      fc.constantFrom('1', '-0', '1.0', '9007199254740993', '1e400', '0.1E-5', 'true', 'false', 'null', '{}', '[]'),
      spelling,
      fc.constantFrom('"_from"', '",\\"_from\\":1}"', '"\\\\"', '"}"', '"\u2028"', '"é€😀"'),
      tie('list'),
      tie('object'),
    ),
    list: fc
      .tuple(fc.array(tie('value'), { maxLength: 3 }), blank)
      .map(([list, gap]) => `[${list.join(`${gap},`)}${gap}]`),
    object: fc
      .tuple(fc.array(fc.tuple(spelling, tie('value'), blank), { maxLength: 4 }), blank)
      .map(
        ([list, gap]) => `${gap}{${list.map(([key, value, sp]) => `${sp}${key}${sp}:${sp}${value}${sp}`)}${gap}}${gap}`,
      ),
  }),
)

/** Anything that a client may send, from JSON objects to noise that looks like them. */
const anyMessage = fc.oneof(
  clientObject.map((text) => Buffer.from(text)),
  jsonValue.map((text) => Buffer.from(text)),
  fc
    .array(fc.constantFrom('{', '}', '"', '_from', '_', ':', ',', '1', '\\', '\\u005f', '\n', '\r', ' ', '[', ']'))
    .map((parts) => Buffer.from(parts.join(''))),
  fc.uint8Array({ maxLength: 40 }).map((list) => Buffer.from(list)),
)

describe('messages without framing', () => {
  test.each<[string, string, string]>([
    ['a message is a line', 'hello', 'hello\n'],
    ['an empty message is an empty line', '', '\n'],
    ['one trailing newline is dropped', 'hello\n', 'hello\n'],
    ['one trailing carriage return and newline are dropped', 'hello\r\n', 'hello\n'],
    ['one trailing carriage return is dropped', 'hello\r', 'hello\n'],
    ['a second trailing newline becomes a space', 'hello\n\n', 'hello \n'],
    ['a newline inside becomes a space', 'a\nb', 'a b\n'],
    ['a carriage return inside becomes a space', 'a\rb', 'a b\n'],
    ['a carriage return and newline inside become two spaces', 'a\r\nb', 'a  b\n'],
    [
      'what comes after a second line is no line of its own',
      'a\n{"_from":1,"_sys":true}\n',
      'a {"_from":1,"_sys":true}\n',
    ],
    ['other characters stay', '\ta\0b \u2028é😀 ', '\ta\0b \u2028é😀 \n'],
  ])('%s', (_name, message, expected) => {
    expect(send({}, message)).toBe(expected)
    expect(send({}, message, true)).toBe(expected)
  })

  it('refuses bytes that are not UTF-8 in a binary message', () => {
    expect(send({}, Buffer.from([0x61, 0xff]), true)).toMatchObject({ code: 1007 })
    expect(send({}, Buffer.from([0x61, 0xff]), true)).toBeInstanceOf(Refusal)
  })

  it('writes join and leave messages as lines, and none where there is none', () => {
    const plain = encoder()
    expect(plain.joined(3, '::1', 'hello 3')).toEqual(['hello 3\n'])
    expect(plain.left(3, 'bye 3')).toEqual(['bye 3\n'])
    expect(plain.joined(3, '::1', '')).toEqual(['\n'])
    expect(plain.joined(3, '::1', undefined)).toEqual([])
    expect(plain.left(3, undefined)).toEqual([])
  })

  test('any message becomes exactly one line, as a slow reader of it says', () => {
    fc.assert(
      fc.property(anyMessage, fc.boolean(), (message, binary) => {
        const line = send({}, message, binary)
        if (binary && !isUtf8(message)) {
          expect(line).toMatchObject({ code: 1007 })
        } else {
          expect(line).toBe(`${asOneLine(asUtf8(message))}\n`)
          expect((line as string).match(/[\r\n]/g)).toEqual(['\n'])
        }
      }),
      { numRuns: 1_000 },
    )
  })
})

describe('messages in binary mode', () => {
  it('are the bytes as they came, of either kind, with nothing appended', () => {
    for (const binary of [true, false])
      expect(send({ binary: true }, Buffer.from('\xff\r\na\n', 'latin1'), binary)).toEqual(
        Buffer.from('\xff\r\na\n', 'latin1'),
      )
  })

  it('outlive the buffer that brought them', () => {
    const bytes = Buffer.from('abc')
    const line = encoder({ binary: true }).message(3, bytes, true)
    bytes.fill(0)
    expect(String(line)).toBe('abc')
  })

  it('append nothing to join and leave messages', () => {
    const raw = encoder({ binary: true })
    expect(raw.joined(3, '::1', 'hello').map(String)).toEqual(['hello'])
    expect(raw.left(3, 'bye').map(String)).toEqual(['bye'])
  })
})

describe('messages with JSON framing', () => {
  test.each<[string, string, string]>([
    ['an object is stamped with its sender', '{"x":1}', '{"_from":3,"x":1}\n'],
    ['an empty object is stamped', '{}', '{"_from":3}\n'],
    ['an empty object with spaces is stamped', ' { } ', ' {"_from":3 } \n'],
    ['a trailing newline is dropped', '{"x":1}\r\n', '{"_from":3,"x":1}\n'],
    ['line breaks between members become spaces', '{\n"x":\r\n1}', '{"_from":3, "x":  1}\n'],
    ['numbers above 2^53 survive', '{"n":9007199254740993}', '{"_from":3,"n":9007199254740993}\n'],
    ['numbers stay as they are written', '{"n":[1.0,1e400,-0,1E5]}', '{"_from":3,"n":[1.0,1e400,-0,1E5]}\n'],
    ['spaces, order and duplicates survive', '{ "b" : 1 , "a":2,"b":3 }', '{"_from":3, "b" : 1 , "a":2,"b":3 }\n'],
    ['_to and _cache pass', '{"_to":4,"_cache":true}', '{"_from":3,"_to":4,"_cache":true}\n'],
    ['keys inside of values are the client’s own', '{"a":{"_from":1}}', '{"_from":3,"a":{"_from":1}}\n'],
    [
      'a value that spells a key is a value',
      '{"a":"_from","b":"\\"_from\\":9"}',
      '{"_from":3,"a":"_from","b":"\\"_from\\":9"}\n',
    ],
    ['escaped characters in values survive', '{"a":"\\u005f\\n\\u2028"}', '{"_from":3,"a":"\\u005f\\n\\u2028"}\n'],
    ['a key with an underscore further on stays', '{"a_b":1," _from":2}', '{"_from":3,"a_b":1," _from":2}\n'],
    ['a forged _from is removed', '{"_from":9}', '{"_from":3}\n'],
    ['a forged _from is removed wherever it stands', '{"a":1,"_from":9,"b":2}', '{"_from":3,"a":1,"b":2}\n'],
    ['a _from after a nested object is removed', '{"a":{"b":[{}]},"_from":9}', '{"_from":3,"a":{"b":[{}]}}\n'],
    ['each of several is removed', '{"_from":8,"a":1,"_from":9}', '{"_from":3,"a":1}\n'],
    ['a _from in other letters is removed', '{"_From":9,"_FROM":9}', '{"_from":3}\n'],
    ['an escaped underscore is an underscore', '{"\\u005ffrom":9,"a":1}', '{"_from":3,"a":1}\n'],
    ['upper-case hex too', '{"\\u005Ffrom":9,"\\u005F\\u0066rom":8}', '{"_from":3}\n'],
    ['escapes behind a plain underscore too', '{"_fro\\u006d":9}', '{"_from":3}\n'],
    [
      '_sys, _kick, _end, _meta and their like are removed',
      '{"_sys":true,"_kick":1,"_end":true,"_meta":true}',
      '{"_from":3}\n',
    ],
    ['a lone underscore is removed', '{"_":1,"\\u005f":2}', '{"_from":3}\n'],
    ['__proto__ is removed', '{"__proto__":{"_from":9},"a":1}', '{"_from":3,"a":1}\n'],
    ['an escaped _to passes as it is written', '{"\\u005fto":4,"_sys":1}', '{"_from":3,"\\u005fto":4}\n'],
    [
      'quotes and brackets inside strings do not mislead',
      '{"_a":"}\\"{","b\\"_from":"],","_c":"\\\\"}',
      '{"_from":3,"b\\"_from":"],"}\n',
    ],
    [
      'a large number beside a removed key survives',
      '{"_x":1,"n":9007199254740993}',
      '{"_from":3,"n":9007199254740993}\n',
    ],
  ])('%s', (_name, message, expected) => {
    expect(json(message)).toBe(expected)
  })

  test.each<[string, string]>([
    ['plain text', 'hello'],
    ['nothing', ''],
    ['a list', '[{"a":1}]'],
    ['a string', '"{}"'],
    ['a number', '5'],
    ['true', 'true'],
    ['null', 'null'],
    ['an object that does not end', '{"a":1'],
    ['two objects', '{"a":1}{"_from":9}'],
    ['two objects on two lines', '{"a":1}\n{"_from":9}'],
    ['single quotes', "{'a':1}"],
    ['a comma too many', '{"a":1,}'],
    ['a raw newline inside a string', '{"a":"b\nc"}'],
    ['a byte order mark', '\ufeff{"a":1}'],
    ['a comment', '{"a":1/*"_from":9*/}'],
    ['NaN', '{"a":NaN}'],
  ])('%s is refused with 1008', (_name, message) => {
    expect(json(message)).toBeInstanceOf(Refusal)
    expect(json(message)).toMatchObject({ code: 1008 })
  })

  it('takes a binary message that is UTF-8, and refuses one that is not with 1007', () => {
    expect(send({ framing: 'json' }, '{"a":"é"}', true)).toBe('{"_from":3,"a":"é"}\n')
    expect(send({ framing: 'json' }, Buffer.from('{"a":"\xff"}', 'latin1'), true)).toMatchObject({ code: 1007 })
  })

  it('appends nothing in binary mode', () => {
    expect(String(send({ framing: 'json', binary: true }, '{"a":1}'))).toBe('{"_from":3,"a":1}')
  })

  it('stamps large numbers of clients in full', () => {
    expect(json('{}', 4_294_967_295)).toBe('{"_from":4294967295}\n')
  })

  it('writes join and leave messages as lines', () => {
    expect(encoder({ framing: 'json' }).joined(3, '::1', '{"t":"Join"}')).toEqual(['{"t":"Join"}\n'])
    expect(encoder({ framing: 'json' }).left(3, '{"t":"Leave"}')).toEqual(['{"t":"Leave"}\n'])
    expect(encoder({ framing: 'json' }).joined(3, '::1', undefined)).toEqual([])
  })

  it('takes an object that is nested very deep', () => {
    const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`
    expect(json(`{"_x":${deep},"a":${deep}}`)).toBe(`{"_from":3,"a":${deep}}\n`)
  })

  test('what the child reads is the sender and the client’s own members, as a slow reader of them says', () => {
    fc.assert(
      fc.property(clientObject, fc.integer({ min: 1, max: 2 ** 32 - 1 }), (text, from) => {
        const line = json(text, from) as string
        expect(membersOf(line)).toEqual(stampedMembers(text, from))
      }),
      { numRuns: 1_500 },
    )
  })

  test('no message forges a key, makes a second line or throws', () => {
    fc.assert(
      fc.property(anyMessage, fc.boolean(), (message, binary) => {
        const line = send({ framing: 'json' }, message, binary)
        if (line instanceof Refusal) {
          expect(!isUtf8(message) || membersOf(asUtf8(message)) === undefined).toBe(true)
          return
        }
        expect((line as string).match(/[\r\n]/g)).toEqual(['\n'])
        const object = JSON.parse(line as string)
        expect(object._from).toBe(3)
        const reserved = Object.getOwnPropertyNames(object).filter((key) => key.startsWith('_'))
        expect(['_from', '_to', '_cache']).toEqual(expect.arrayContaining(reserved))
      }),
      { numRuns: 1_500 },
    )
  })
})

describe('the older field name', () => {
  const id = (message: string, idField = 'id') => send({ framing: 'json', idField }, message)

  test.each<[string, string, string]>([
    ['tags messages beside _from', '{"a":1}', '{"_from":3,"id":3,"a":1}\n'],
    ['tags an empty object', '{}', '{"_from":3,"id":3}\n'],
    ['can’t be forged', '{"id":9,"a":1}', '{"_from":3,"id":3,"a":1}\n'],
    ['can’t be forged by a later duplicate', '{"a":1,"id":8,"id":9}', '{"_from":3,"id":3,"a":1}\n'],
    ['can’t be forged by an escape', '{"\\u0069d":9,"i\\u0064":8}', '{"_from":3,"id":3}\n'],
    ['is the client’s own further in', '{"a":{"id":9}}', '{"_from":3,"id":3,"a":{"id":9}}\n'],
    ['is a value where it is one', '{"a":"id"}', '{"_from":3,"id":3,"a":"id"}\n'],
    ['leaves _from as safe as ever', '{"_from":9,"id":9}', '{"_from":3,"id":3}\n'],
  ])('%s', (_name, message, expected) => {
    expect(id(message)).toBe(expected)
  })

  it('is the client’s own where there is none', () => {
    expect(json('{"id":9}')).toBe('{"_from":3,"id":9}\n')
  })

  it.each(['a/b', 'é', 'a"b', 'a\\b', 'a\tb', '😀'])(
    'can’t be forged where it is called %j, however it is spelt',
    (name) => {
      for (const how of [[0], [1], [2], [3], [0, 3], [3, 0]]) {
        expect(id(`{${spelt(name, how)}:9,"a":1}`, name)).toBe(`{"_from":3,${JSON.stringify(name)}:3,"a":1}\n`)
      }
    },
  )

  test('what the child reads is what a slow reader says, however keys are spelt', () => {
    fc.assert(
      fc.property(clientObject, fc.constantFrom('id', 'x', 'from', 'constructor'), (text, name) => {
        expect(membersOf(id(text, name) as string)).toEqual(stampedMembers(text, 3, name))
      }),
      { numRuns: 1_000 },
    )
  })
})

describe('stamp', () => {
  it('returns undefined where the text is not a JSON object', () => {
    for (const text of ['', 'x', '[]', 'null', '1', '{']) expect(stamp(text, 1)).toBeUndefined()
  })

  it('leaves text without reserved keys as it was written', () => {
    expect(stamp('\t{ "a" :1.00 , "b":[ ] }  ', 1)).toBe('\t{"_from":1, "a" :1.00 , "b":[ ] }  ')
  })
})

describe('oneLine', () => {
  test('agrees with a slow reader for any text', () => {
    const text = fc
      .array(fc.constantFrom('\r', '\n', 'a', ' ', '\u2028'), { maxLength: 12 })
      .map((list) => list.join(''))
    fc.assert(
      fc.property(text, (text) => {
        expect(oneLine(text)).toBe(asOneLine(text))
      }),
    )
  })
})

describe('gwsocket frames for the child', () => {
  const gw = encoder({ framing: 'gwsocket' })
  const address = (ip: string) => Buffer.concat([Buffer.from(ip), Buffer.alloc(46 - ip.length)])

  it('are in network order: sender, type, length, payload', () => {
    expect(gw.message(258, Buffer.from('hé\n'), false)).toEqual(
      Buffer.from([0, 0, 1, 2, 0, 0, 0, 1, 0, 0, 0, 4, 0x68, 0xc3, 0xa9, 10]),
    )
  })

  it('mark binary messages with type 2 and leave their bytes alone', () => {
    expect(gw.message(3, Buffer.from([0xff, 13, 10, 0]), true)).toEqual(
      gwFrame({ to: 3, type: 2, payload: Buffer.from([0xff, 13, 10, 0]) }),
    )
  })

  it('may be empty', () => {
    expect(gw.message(3, Buffer.alloc(0), false)).toEqual(gwFrame({ to: 3, type: 1, payload: Buffer.alloc(0) }))
  })

  it('outlive the buffer that brought them', () => {
    const bytes = Buffer.from('abc')
    const frame = gw.message(3, bytes, false) as Buffer
    bytes.fill(0)
    expect(frame.subarray(12).toString()).toBe('abc')
  })

  it.each(['127.0.0.1', '::1', '2001:0db8:0000:0000:0000:ff00:0042:8329', ''])(
    'open with the address %j in 46 bytes filled with NUL',
    (ip) => {
      expect(gw.joined(3, ip, undefined)).toEqual([gwFrame({ to: 3, type: 0x10, payload: address(ip) })])
    },
  )

  it('open with what fits of an address that is too long, and end it with NUL', () => {
    const [open] = gw.joined(3, 'f'.repeat(100), undefined) as Buffer[]
    expect(open).toEqual(gwFrame({ to: 3, type: 0x10, payload: address('f'.repeat(45)) }))
  })

  it('close without a payload', () => {
    expect(gw.left(3, undefined)).toEqual([gwFrame({ to: 3, type: 0x08, payload: Buffer.alloc(0) })])
  })

  it('carry join and leave messages between open and close', () => {
    const text = (payload: string) => gwFrame({ to: 3, type: 1, payload: Buffer.from(payload) })
    expect(gw.joined(3, '::1', 'hé')).toEqual([gwFrame({ to: 3, type: 0x10, payload: address('::1') }), text('hé')])
    expect(gw.left(3, 'bye')).toEqual([text('bye'), gwFrame({ to: 3, type: 0x08, payload: Buffer.alloc(0) })])
  })

  it('are framed alike in binary mode', () => {
    expect(send({ framing: 'gwsocket', binary: true }, 'a', true)).toEqual(
      gwFrame({ to: 3, type: 2, payload: Buffer.from('a') }),
    )
  })

  test('hold any message', () => {
    fc.assert(
      fc.property(anyMessage, fc.boolean(), fc.integer({ min: 0, max: 2 ** 32 - 1 }), (payload, binary, to) => {
        expect(gw.message(to, payload, binary)).toEqual(gwFrame({ to, type: binary ? 2 : 1, payload }))
      }),
    )
  })
})

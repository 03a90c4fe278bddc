import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { compileTemplate, type Values } from '../src/wire/template.ts'
import { percentEncoded } from './reference.ts'

const VALUES: Values = { id: 3, room: 'den', remote: '192.0.2.1:50000', query: '', bot: false }
const render = (template: string, values: Partial<Values> = {}) => compileTemplate(template)({ ...VALUES, ...values })

/** A query with these parameters, as a browser writes it. */
const query = (parameters: { [name: string]: string }) => String(new URLSearchParams(parameters))

/** What a player may call itself to do harm. */
const ATTACKS = [
  '","_sys":true,"x":"',
  '"}\n{"_from":1}',
  '\\',
  '\\"',
  '\\u0022',
  '\r\n',
  '\u2028',
  '#ID',
  '#QUERY_STRING',
  '#PARAM_NAME',
  '1,"_sys":true',
  '1}',
  'true,"x":1',
  '{"_sys":true}',
  '[1]',
  'null',
  '\0',
  '\u007f\u0085\u009f',
  '$&$1$`',
  '',
]

describe('names', () => {
  test.each<[string, string, string]>([
    ['#ID is the client’s number', '#ID', '3'],
    ['#ROOM is the room’s name', '#ROOM', 'den'],
    ['#REMOTE_ADDR is the client’s address', '#REMOTE_ADDR', '192.0.2.1:50000'],
    ['#QUERY_STRING is the query as it stands in the URL', '#QUERY_STRING', 'name=Ada%20L&x=1+1&string=s&n=%26'],
    ['#QUERY_NAME is a parameter, percent-encoded', '#QUERY_NAME', 'Ada%20L'],
    ['#PARAM_NAME is a parameter, decoded', '#PARAM_NAME', 'Ada L'],
    ['a plus is a space in a parameter', '#QUERY_X|#PARAM_X', '1%201|1 1'],
    ['#PARAM_STRING is the parameter called string', '#PARAM_STRING', 's'],
    ['#QUERY_STRING is never the parameter called string', '#QUERY_STRING', 'name=Ada%20L&x=1+1&string=s&n=%26'],
    ['#QUERY_NAME is not #QUERY_N and something', '#QUERY_N', '%26'],
    ['what is absent is empty', '<#QUERY_ZZ|#PARAM_ZZ|#CLAIM_sub>', '<||>'],
    ['#BOT is false for a person', '#BOT', 'false'],
    ['a name may stand twice', '#ID #ID', '3 3'],
    ['names may stand side by side', '#ID#ROOM#ID', '3den3'],
    ['text behind a name is text', '#ID, #ROOM. #PARAM_X-#PARAM_N', '3, den. 1 1-&'],
    ['a name in small letters is text', '#id #room #Room', '#id #room #Room'],
    ['a number sign alone is text', '# ## #1 #', '# ## #1 #'],
    ['a second number sign is text', '##ID', '#3'],
    ['a template without names is itself', 'hello', 'hello'],
    ['an empty template is empty', '', ''],
  ])('%s', (_name, template, expected) => {
    expect(render(template, { query: 'name=Ada%20L&x=1+1&string=s&n=%26' })).toBe(expected)
  })

  it('finds parameters whatever the case of their names', () => {
    for (const name of ['name', 'Name', 'NAME', 'nAmE'])
      expect(render('#PARAM_NAME', { query: `${name}=Ada` })).toBe('Ada')
  })

  it('finds parameters with digits and underscores in their names', () => {
    expect(render('#PARAM_MY_NAME_2|#QUERY_MY_NAME_2', { query: 'my_name_2=a%2Fb' })).toBe('a/b|a%2Fb')
  })

  it('keeps the address of a client with IPv6', () => {
    expect(render('#REMOTE_ADDR', { remote: '[::1]:50000' })).toBe('[::1]:50000')
  })

  it('survives a query that is not well encoded', () => {
    expect(render('#PARAM_A|#QUERY_A|#QUERY_STRING', { query: 'a=%ff%&%zz' })).toBe('\ufffd%|%EF%BF%BD%25|a=%ff%&%zz')
  })

  it('leaves RFC 3986’s unreserved characters as they are in #QUERY_NAME, and nothing else', () => {
    const all = [...Array(0x100).keys()].map((code) => String.fromCharCode(code)).join('')
    expect(render('#QUERY_X', { query: query({ x: all }) })).toBe(percentEncoded(all))
    expect(render('#QUERY_X', { query: query({ x: "-._~!'()*é€😀" }) })).toBe(
      '-._~%21%27%28%29%2A%C3%A9%E2%82%AC%F0%9F%98%80',
    )
  })

  it('renders each client’s own values', () => {
    const template = compileTemplate('#ID #PARAM_N')
    expect(template({ ...VALUES, query: 'n=a' })).toBe('3 a')
    expect(template({ ...VALUES, id: 4, query: '' })).toBe('4 ')
    expect(template({ ...VALUES, id: 5, query: 'n=c' })).toBe('5 c')
  })

  it.each(['#ID', '#ROOM', '#QUERY_STRING', '#QUERY_X', '#PARAM_X', '#PARAM_NAME', '#CLAIM_sub'])(
    'a value that spells %s is never expanded again',
    (name) => {
      const values = { room: name, query: query({ name, x: 'expanded' }) }
      expect(render('#PARAM_NAME', values)).toBe(name)
      expect(render('#ROOM', values)).toBe(name)
      expect(JSON.parse(render('{"a":"#PARAM_NAME","b":#ROOM}', values))).toEqual({ a: name, b: name })
    },
  )

  it('a name never grows together from a value and the text behind it', () => {
    expect(render('#PARAM_AxD #PARAM_A-ROOM', { query: 'a=%23' })).toBe('#xD #-ROOM')
    expect(render('##PARAM_A', { query: 'a=ID' })).toBe('#ID')
  })
})

describe('inside of a JSON string', () => {
  it.each(ATTACKS)('the room %j stays a string', (attack) => {
    expect(JSON.parse(render('{"t":"Join","_from":#ID,"room":"#ROOM"}', { room: attack }))).toEqual({
      t: 'Join',
      _from: 3,
      room: attack,
    })
  })

  it.each(ATTACKS)('the parameter %j stays a string', (attack) => {
    const values = { query: query({ name: attack }) }
    expect(JSON.parse(render('{"n":"#PARAM_NAME","q":"<#QUERY_NAME>"}', values))).toEqual({
      n: attack,
      q: `<${percentEncoded(attack)}>`,
    })
  })

  it('a raw query stays a string', () => {
    expect(render('{"q":"#QUERY_STRING"}', { query: '","admin":"yes' })).toBe('{"q":"\\",\\"admin\\":\\"yes"}')
  })

  it('quotes and backslashes of the template itself do not confuse it', () => {
    const template = '{"a\\"":"\\\\","b":"\\"#ROOM\\"","c":#ROOM,"d":"\\\\#ROOM"}'
    expect(JSON.parse(render(template, { room: '"\\' }))).toEqual({ 'a"': '\\', b: '""\\"', c: '"\\', d: '\\"\\' })
  })

  it('numbers are put in as they are', () => {
    expect(render('{"a":"#ID","b":"client #ID"}')).toBe('{"a":"3","b":"client 3"}')
  })

  it('a name may be a key', () => {
    expect(JSON.parse(render('{"#ROOM":1}', { room: 'a"b' }))).toEqual({ 'a"b': 1 })
  })

  it('a list is JSON too', () => {
    expect(JSON.parse(render('["join",#ID,"#ROOM",#ROOM]', { room: '",1,"' }))).toEqual(['join', 3, '",1,"', '",1,"'])
  })

  it('a template that is one JSON string stays one', () => {
    expect(JSON.parse(render('"#ROOM joined"', { room: 'a" "b' }))).toBe('a" "b joined')
  })
})

describe('in JSON outside of a string', () => {
  test.each<[string, string]>([
    ['1', '1'],
    ['-1', '-1'],
    ['0', '0'],
    ['1.50', '1.50'],
    ['1e5', '1e5'],
    ['9007199254740993', '9007199254740993'],
    ['true', 'true'],
    ['false', 'false'],
    ['null', '"null"'],
    ['', '""'],
    ['den', '"den"'],
    ['01', '"01"'],
    ['+1', '"+1"'],
    ['1.', '"1."'],
    ['.5', '".5"'],
    ['0x10', '"0x10"'],
    ['1\n', '"1\\n"'],
    [' 1', '" 1"'],
    ['NaN', '"NaN"'],
    ['Infinity', '"Infinity"'],
    ['True', '"True"'],
    ['"a"', '"\\"a\\""'],
    ['{}', '"{}"'],
    ['１', '"１"'],
  ])('%j becomes %s', (value, expected) => {
    expect(render('{"v":#PARAM_V}', { query: query({ v: value }) })).toBe(`{"v":${expected}}`)
    expect(render('{"v":#ROOM}', { room: value })).toBe(`{"v":${expected}}`)
  })

  it.each(ATTACKS)('%j adds no key', (attack) => {
    const line = render('{"t":"Join","_from":#ID,"n":#PARAM_N,"r":#ROOM}', {
      room: attack,
      query: query({ n: attack }),
    })
    expect(JSON.parse(line)).toEqual({ t: 'Join', _from: 3, n: attack, r: attack })
  })

  it('what is absent is an empty string', () => {
    expect(render('{"a":#PARAM_A,"b":#QUERY_B,"c":#CLAIM_c}')).toBe('{"a":"","b":"","c":""}')
  })

  it('whether it is a bot is true or false', () => {
    expect(render('{"bot":#BOT}', { bot: true })).toBe('{"bot":true}')
    expect(render('{"bot":#BOT}')).toBe('{"bot":false}')
  })

  it('the client’s number is a number', () => {
    expect(render('{"t":"Join","_from":#ID}', { id: 4_294_967_295 })).toBe('{"t":"Join","_from":4294967295}')
  })
})

describe('in text that is not JSON', () => {
  it('control characters become spaces', () => {
    expect(render('join #PARAM_N.', { query: query({ n: 'a\r\nb\0c\td\u007f\u0085\u2028\u2029e' }) })).toBe(
      'join a  b c d    e.',
    )
  })

  it('quotes and other characters stay', () => {
    expect(render('join "#ROOM" {', { room: '"é😀\\' })).toBe('join ""é😀\\" {')
  })

  it('the query stays as it stands in the URL', () => {
    expect(render('join #QUERY_STRING', { query: 'a=%0A&b="' })).toBe('join a=%0A&b="')
  })

  it('control characters of the template itself stay', () => {
    expect(render('join\t#ID\n')).toBe('join\t3\n')
  })
})

describe('whatever a client brings', () => {
  const nasty = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 12 }),
    fc.array(fc.constantFrom(...ATTACKS, 'a', '1', ',', ':', '{', '}'), { maxLength: 4 }).map((list) => list.join('')),
  )
  const values: fc.Arbitrary<Values> = fc.record({
    id: fc.integer({ min: 1, max: 2 ** 32 - 1 }),
    room: nasty,
    remote: nasty,
    query: fc.oneof(nasty, fc.record({ name: nasty, x: nasty }).map(query)),
    bot: fc.boolean(),
  })
  const NAMES = [
    '#ID',
    '#ROOM',
    '#REMOTE_ADDR',
    '#QUERY_STRING',
    '#QUERY_NAME',
    '#PARAM_NAME',
    '#PARAM_X',
    '#CLAIM_sub',
    '#BOT',
  ]
  const name = fc.constantFrom(...NAMES)
  const inString = fc
    .array(fc.oneof(name, fc.constantFrom('a', ' ', '\\"', '\\\\', '\\n', '{', '}', ',', ':', '\\u0041')), {
      maxLength: 5,
    })
    .map((list) => `"${list.join('')}"`)
  const { json: jsonTemplate } = fc.letrec<{ value: string; json: string }>((tie) => ({
    value: fc.oneof({ maxDepth: 2 }, name, inString, fc.constantFrom('1', 'true', 'null'), tie('json')),
    json: fc.oneof(
      fc
        .array(fc.tuple(inString, tie('value')), { maxLength: 4 })
        .map((list) => `{${list.map(([, value], i) => `"k${i}": ${value}`).join(' , ')}}`),
      fc.array(tie('value'), { maxLength: 3 }).map((list) => `[${list.join(',')}]`),
    ),
  }))
  const textTemplate = fc
    .array(fc.oneof(name, fc.constantFrom('join', ' ', '"', '{', '\\', ':', ',')), { maxLength: 6 })
    .map((list) => `say ${list.join('')}`)

  /** The structure of a value: keys, lengths, and where scalars are. */
  const shape = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(shape)
    if (typeof value !== 'object' || value === null) return 'scalar'
    return Object.entries(value).map(([key, inner]) => [key, shape(inner)])
  }

  test('a JSON template stays JSON of the same shape', () => {
    fc.assert(
      fc.property(jsonTemplate, values, (template, values) => {
        const line = compileTemplate(template)(values)
        const names = new RegExp(NAMES.join('|'), 'g')
        expect(shape(JSON.parse(line))).toEqual(shape(JSON.parse(template.replace(names, '0'))))
        expect(line).not.toMatch(/[\r\n]/)
      }),
      { numRuns: 1_500 },
    )
  })

  test('a value put into a JSON string is that value', () => {
    fc.assert(
      fc.property(nasty, nasty, (room, name) => {
        const line = render('{"r":"<#ROOM>","n":"#PARAM_NAME"}', { room, query: query({ name }) })
        expect(JSON.parse(line)).toEqual({ r: `<${room}>`, n: name.toWellFormed() })
      }),
    )
  })

  test('other templates gain no control character', () => {
    fc.assert(
      fc.property(textTemplate, values, (template, values) => {
        expect(compileTemplate(template)(values)).not.toMatch(/[\p{Cc}\u2028\u2029]/u)
      }),
      { numRuns: 1_000 },
    )
  })

  test('a parameter is decoded in #PARAM_NAME and encoded in #QUERY_NAME', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (name) => {
        const line = render('["#PARAM_NAME","#QUERY_NAME"]', { query: query({ name }) })
        expect(JSON.parse(line)).toEqual([name.toWellFormed(), percentEncoded(name.toWellFormed())])
      }),
    )
  })

  test('any template compiles and renders', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), textTemplate, jsonTemplate), values, (template, values) => {
        expect(typeof compileTemplate(template)(values)).toBe('string')
      }),
    )
  })
})

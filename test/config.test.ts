import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest'
import { type Config, ConfigError, resolveConfig } from '../src/config.ts'
import { override, readConfigFile } from '../src/config-file.ts'
import { OPTIONS, type Option, type OptionName, type RawOptions } from '../src/options.ts'
import type { IdField, RoomConfig } from '../src/room-config.ts'
import type { Values } from '../src/wire/template.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'playpipe-config-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

/** A configuration with a command. */
type Lone = Config & { readonly room: RoomConfig }

const resolve = (raw: RawOptions = {}, command = ['./game']) => resolveConfig(raw, command) as Lone
const room = (raw: RawOptions) => resolve(raw).room
const server = (raw: RawOptions) => resolve(raw).server
const values: Values = { id: 3, room: 'den', remote: '192.0.2.1:5', query: '', bot: false }

/** The message of the mistake that this is; fails where it is none, or no ConfigError. */
function mistake(act: () => unknown): string {
  try {
    act()
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError)
    return (error as ConfigError).message
  }
  throw new Error('no mistake was found')
}

describe('defaults', () => {
  it('are those of the option table', () => {
    expect(resolve({}, ['./game', 'a', '--b'])).toMatchObject({
      log: { format: 'text', level: 'info' },
      server: {
        place: { host: '0.0.0.0', port: 9000 },
        tls: undefined,
        origins: undefined,
        sameOrigin: false,
        compress: false,
        transport: 'auto',
        staticDir: undefined,
        api: false,
        metrics: false,
        rooms: undefined,
        maxRooms: 0,
        maxConns: 0,
        maxIp: 0,
        oneshot: false,
        idle: 30,
        maxPayload: 1024 ** 2,
      },
      room: {
        command: './game',
        args: ['a', '--b'],
        link: { kind: 'stdio' },
        delay: 0,
        passenv: ['PATH', 'DYLD_LIBRARY_PATH'],
        binary: false,
        cutting: { kind: 'line' },
        toChild: 'none',
        fromChild: 'none',
        idField: undefined,
        join: undefined,
        leave: undefined,
        history: { kind: 'none' },
        keepHistory: false,
        linger: 0,
        killGrace: 5_000,
        maxLine: 1024 ** 2,
        maxCache: 16 * 1024 ** 2,
        maxInbox: 8 * 1024 ** 2,
        maxBacklog: 1024 ** 2,
        rateLimit: undefined,
        bots: undefined,
      },
    })
  })

  it.each([[[]], [['']]])('include no command: %j is a mistake that says so', (command) => {
    expect(mistake(() => resolve({}, command))).toMatch(/command/)
  })
})

/** How each option is written well, and what comes of it. */
const GOOD: [OptionName, string, (config: Lone) => unknown, unknown][] = [
  ['addr', '127.0.0.1:8080', (c) => c.server.place, { host: '127.0.0.1', port: 8080 }],
  ['addr', 'localhost:0', (c) => c.server.place, { host: 'localhost', port: 0 }],
  ['addr', '[::1]:65535', (c) => c.server.place, { host: '::1', port: 65_535 }],
  ['addr', '[::]:80', (c) => c.server.place, { host: '::', port: 80 }],
  ['addr', ':8080', (c) => c.server.place, { host: '0.0.0.0', port: 8080 }],
  ['port', '8080', (c) => c.server.place, { host: '0.0.0.0', port: 8080 }],
  ['port', '0', (c) => c.server.place, { host: '0.0.0.0', port: 0 }],
  ['port', '65535', (c) => c.server.place, { host: '0.0.0.0', port: 65_535 }],
  ['unixsocket', '/run/p.sock', (c) => c.server.place, { path: '/run/p.sock' }],
  ['unixsocket', 'p.sock', (c) => c.server.place, { path: join(process.cwd(), 'p.sock') }],
  ['unixsocket', `/${'p'.repeat(100)}`, (c) => c.server.place, { path: `/${'p'.repeat(100)}` }],
  ['origin', 'https://a.example', (c) => c.server.origins?.length, 1],
  ['origin', 'https://a.example,http://localhost:*,', (c) => c.server.origins?.length, 2],
  ['sameorigin', 'true', (c) => c.server.sameOrigin, true],
  ['trustproxy', 'loopback', (c) => ['127.0.0.1', '10.0.0.1'].map((ip) => c.server.proxies.has(ip)), [true, false]],
  ['compress', 'true', (c) => c.server.compress, true],
  ['binary', 'true', (c) => [c.room.binary, c.room.cutting], [true, { kind: 'chunk' }]],
  ['cache', '5', (c) => c.room.history, { kind: 'all', size: 5 }],
  ['cache', 'all:1', (c) => c.room.history, { kind: 'all', size: 1 }],
  ['cache', 'tagged:65536', (c) => c.room.history, { kind: 'tagged', size: 65_536 }],
  ['cachepersist', 'true', (c) => c.room.keepHistory, true],
  ['delay', '2', (c) => c.room.delay, 2_000],
  ['delay', '0.25', (c) => c.room.delay, 250],
  ['delay', '0', (c) => c.room.delay, 0],
  ['joinmsg', 'hi #ID', (c) => c.room.join?.(values), 'hi 3'],
  ['joinmsg', '', (c) => c.room.join?.(values), ''],
  ['leavemsg', 'bye #ID', (c) => c.room.leave?.(values), 'bye 3'],
  ['json', 'true', (c) => [c.room.toChild, c.room.fromChild], ['json', 'json']],
  ['json', 'true', (c) => c.room.join?.(values), '{"t":"Join","_from":3}'],
  ['json', 'true', (c) => c.room.leave?.(values), '{"t":"Leave","_from":3}'],
  ['log', 'text', (c) => c.log.format, 'text'],
  ['log', 'json', (c) => c.log.format, 'json'],
  ['metrics', 'true', (c) => c.server.metrics, true],
  ['oneshot', 'true', (c) => c.server.oneshot, true],
  ['passenv', 'HOME', (c) => c.room.passenv, ['HOME']],
  ['passenv', 'HOME,LANG', (c) => c.room.passenv, ['HOME', 'LANG']],
  ['passenv', '', (c) => c.room.passenv, []],
  ['rooms', 'a,b', (c) => c.server.rooms, new Set(['a', 'b'])],
  ['rooms', 'a,,b,', (c) => c.server.rooms, new Set(['a', 'b'])],
  ['maxrooms', '0', (c) => c.server.maxRooms, 0],
  ['maxrooms', '12', (c) => c.server.maxRooms, 12],
  ['frame', 'json', (c) => [c.room.toChild, c.room.fromChild, c.room.join], ['json', 'json', undefined]],
  ['frame', 'gwsocket', (c) => [c.room.toChild, c.room.fromChild], ['gwsocket', 'gwsocket']],
  ['frame', 'gwsocket', (c) => c.room.cutting, { kind: 'gwsocket' }],
  ['clientframe', 'json', (c) => [c.room.toChild, c.room.fromChild], ['json', 'none']],
  ['clientframe', 'gwsocket', (c) => [c.room.toChild, c.room.cutting], ['gwsocket', { kind: 'line' }]],
  ['serverframe', 'json', (c) => [c.room.toChild, c.room.fromChild], ['none', 'json']],
  ['serverframe', 'gwsocket', (c) => [c.room.toChild, c.room.cutting], ['none', { kind: 'gwsocket' }]],
  ['staticdir', '/', (c) => c.server.staticDir, '/'],
  ['api', 'true', (c) => c.server.api, true],
  ['tcp', 'true', (c) => c.room.link, { kind: 'tcp', first: 9001, end: 9999 }],
  ['tcp', 'true', (c) => c.room.delay, 1_000],
  ['verbose', 'true', (c) => c.log.level, 'debug'],
  ['verbose', '0', (c) => c.log.level, 'info'],
  ['verbose', '1', (c) => c.log.level, 'debug'],
  ['verbose', '2', (c) => c.log.level, 'trace'],
  ['verbose', '5', (c) => c.log.level, 'trace'],
  ['bot', './bot', (c) => c.room.bots, { command: './bot', args: [], fill: 0, max: 16 }],
  ['bot', `./my\\ bot --name "A \\"b\\"" 'c d' ""`, (c) => c.room.bots?.args, ['--name', 'A "b"', 'c d', '']],
  ['bot', ' ./my\\ bot ', (c) => c.room.bots?.command, './my bot'],
  ['resume', '30', (c) => c.room.resume, 30_000],
  ['maxmissed', '64k', (c) => c.room.maxMissed, 65_536],
  ['tick', '50', (c) => c.room.tick, 50],
  ['linger', '0', (c) => c.room.linger, 0],
  ['linger', '1.5', (c) => c.room.linger, 1_500],
  ['killgrace', '0', (c) => c.room.killGrace, 0],
  ['killgrace', '10', (c) => c.room.killGrace, 10_000],
  ['idle', '0', (c) => c.server.idle, 0],
  ['idle', '8', (c) => c.server.idle, 8],
  ['idle', '960', (c) => c.server.idle, 960],
  ['maxpayload', '1', (c) => c.server.maxPayload, 1],
  ['maxpayload', '65536', (c) => c.server.maxPayload, 65_536],
  ['maxpayload', '64k', (c) => c.server.maxPayload, 65_536],
  ['maxpayload', '64K', (c) => c.server.maxPayload, 65_536],
  ['maxpayload', '2m', (c) => c.server.maxPayload, 2 * 1024 ** 2],
  ['maxpayload', '1g', (c) => c.server.maxPayload, 1024 ** 3],
  ['maxline', '4k', (c) => c.room.maxLine, 4_096],
  ['maxcache', '4k', (c) => c.room.maxCache, 4_096],
  ['maxinbox', '4k', (c) => c.room.maxInbox, 4_096],
  ['maxbacklog', '4k', (c) => c.room.maxBacklog, 4_096],
  ['maxconns', '0', (c) => c.server.maxConns, 0],
  ['maxconns', '8', (c) => c.server.maxConns, 8],
  ['maxip', '8', (c) => c.server.maxIp, 8],
  ['ratelimit', '20', (c) => c.room.rateLimit, { rate: 20, burst: 20 }],
  ['ratelimit', '20:60', (c) => c.room.rateLimit, { rate: 20, burst: 60 }],
  ['ratelimit', '0.5', (c) => c.room.rateLimit, { rate: 0.5, burst: 1 }],
  ['lobby', 'true', (c) => c.lobby, { data: './data', guests: false, limit: { rate: 0.2, burst: 20 } }],
  ['jwtsecret', 's', (c) => c.auth.foreign?.source, { kind: 'secret', secret: 's' }],
  ['jwtkey', 'package.json', (c) => c.auth.foreign?.source, { kind: 'file', path: 'package.json' }],
  ['jwks', 'https://a.example/k', (c) => c.auth.foreign?.source, { kind: 'url', url: 'https://a.example/k' }],
  ['transport', 'uws', (c) => c.server.transport, 'uws'],
  ['transport', 'ws', (c) => c.server.transport, 'ws'],
  ['transport', 'auto', (c) => c.server.transport, 'auto'],
  ['idfield', 'who', (c) => c.room.idField, { name: 'who', guessed: false }],
  ['idfield', '', (c) => c.room.idField, undefined],
]

/** How each option can't be written. */
const BAD: [OptionName, string[]][] = [
  [
    'addr',
    ['', 'localhost', '9000', 'localhost:', 'localhost:http', 'localhost:-1', 'localhost:65536', 'a:1:', 'a:1 '],
  ],
  ['unixsocket', ['', '/run/', `/${'p'.repeat(108)}`]],
  ['origin', ['', ',', 'a.example', 'https://a.example/', 'https://*']],
  ['trustproxy', ['', ',', 'nginx', '10.0.0.0/33']],
  ['port', ['', '-1', '65536', '80.5', 'http', '0x50', ' 80', '1e3']],
  [
    'cache',
    ['', '0', '65537', '-1', '1.5', 'all', 'all:', 'all:0', 'tagged:65537', 'some:5', 'ALL:5', 'all:5:6', '5 '],
  ],
  ['delay', ['', '-1', '.5', '5.', '1e3', 'soon', '5s', 'Infinity', 'NaN', '9999999']],
  ['linger', ['', '-1', 'x', '9999999']],
  ['killgrace', ['', '-1', 'x', '9999999']],
  ['log', ['', 'JSON', 'xml', 'text,json']],
  ['maxrooms', ['', '-1', '1.5', 'x', '99999999999', '1k']],
  ['frame', ['', 'JSON', 'true', 'xml', 'binary']],
  ['clientframe', ['', 'true', 'xml']],
  ['serverframe', ['', 'true', 'xml']],
  ['staticdir', ['', '/no/such/folder', 'package.json']],
  ['verbose', ['', 'yes', '-1', '1.5']],
  ['idle', ['', '1', '7', '961', '8.5', '-8', 'x']],
  ['maxpayload', ['', '0', '-1', '1.5m', '2g', '1t', 'k', 'x', '1e3', '99999999999999999999']],
  ['maxline', ['', '0', 'x', '2g']],
  ['maxcache', ['', '0', 'x', '2g']],
  ['maxinbox', ['', '0', 'x', '2g']],
  ['maxbacklog', ['', '0', 'x', '2g']],
  ['maxconns', ['', '-1', '1.5', 'x']],
  ['maxip', ['', '-1', '1.5', 'x']],
  ['tick', ['', '0', '-1', '1.5', 'x', '3600001']],
  ['bot', ['', '  ', '"./bot', "./bot 'x"]],
  ['resume', ['', '-1', 'x']],
  ['maxmissed', ['', '0', 'x']],
  ['ratelimit', ['', '0', '-1', 'x', '20:', ':20', '20:0', '20:-1', '20:1.5', '20:30:40', '1e3', '20/s']],
  ['jwtsecret', ['']],
  ['jwtkey', ['', '/no/such/file', 'src', 'package.json/x']],
  ['jwks', ['', 'example.com', 'file:///etc/passwd', '/jwks.json']],
  ['transport', ['', 'UWS', 'http', 'uws,ws']],
  ...(
    [
      ...['binary', 'cachepersist', 'json', 'metrics', 'null', 'oneshot', 'api', 'tcp', 'lobby'],
      'sameorigin',
      'compress',
    ] as OptionName[]
  ).map((flag): [OptionName, string[]] => [flag, ['', 'false', 'yes', '1', 'TRUE']]),
]

describe('values', () => {
  test.each(GOOD)('--%s %j is understood', (name, written, get, expected) => {
    expect(get(resolve({ [name]: written }))).toEqual(expected)
  })

  test.each(BAD)('of --%s are refused in one line that names the flag: %j', (name, list) => {
    for (const written of list) {
      const message = mistake(() => resolve({ [name]: written }))
      expect(message, written).toMatch(new RegExp(`^--${name}\\b`))
      expect(message, written).not.toMatch(/[\r\n]/)
    }
  })

  it('a folder that can’t be looked at is no folder', () => {
    for (const written of ['package.json/x', 'x'.repeat(10_000), 'a\0b'])
      expect(
        mistake(() => resolve({ staticdir: written })),
        written,
      ).toMatch(/^--staticdir\b/)
  })

  it('of every option, good and bad ones, stand in the tables above', () => {
    const tried = new Set<string>([...GOOD, ...BAD].map(([name]) => name))
    // Tried below, with others: tlscert, tlskey, tcpports, delimiters, null, fill, maxbots, those of the lobby and of tokens; games in their own test. Read before the others: config.
    expect(Object.keys(OPTIONS).filter((name) => !tried.has(name))).toEqual([
      ...[
        'tlscert',
        'tlskey',
        'delimiters',
        'games',
        'tcpports',
        'config',
        'fill',
        'maxbots',
        'data',
        'guests',
        'authlimit',
      ],
      ...['auth', 'issuer', 'audience'],
    ])
  })

  it('that break the line are told in one line', () => {
    for (const name of ['addr', 'log', 'delay'] as const)
      expect(mistake(() => resolve({ [name]: 'a\nb\r\nc' }))).not.toMatch(/[\r\n]/)
  })

  it('--oneshot allows one room', () => {
    expect(server({ oneshot: 'true' }).maxRooms).toBe(1)
  })

  it.each([
    ['9001:9002', 9001, 9002],
    ['1:65535', 1, 65_535],
  ] as const)('--tcpports %s leaves its end out', (written, first, end) => {
    expect(room({ tcp: 'true', tcpports: written }).link).toEqual({ kind: 'tcp', first, end })
  })

  it.each(['', '9001', '9001:', ':9001', '9002:9001', '9001:9001', '0:10', '1:65537', 'a:b', '1:2:3', '-1:5'])(
    '--tcpports %j is a mistake',
    (written) => {
      expect(mistake(() => resolve({ tcp: 'true', tcpports: written }))).toMatch(/^--tcpports\b/)
    },
  )

  it('--delay is what was said with --tcp too', () => {
    expect(room({ tcp: 'true', delay: '0' }).delay).toBe(0)
    expect(room({ tcp: 'true', delay: '3' }).delay).toBe(3_000)
  })

  it('--json takes join and leave messages of the author’s own', () => {
    const { join, leave } = room({ json: 'true', joinmsg: 'J#ID' })
    expect(join?.(values)).toBe('J3')
    expect(leave?.(values)).toBe('{"t":"Leave","_from":3}')
  })
})

describe('where the child’s frames end', () => {
  const any = (chars: string) => ({ kind: 'any', bytes: [...chars].map((char) => char.charCodeAt(0)) })
  test.each<[RawOptions, object]>([
    [{}, { kind: 'line' }],
    [{ delimiters: '\n' }, { kind: 'line' }],
    [{ delimiters: '' }, { kind: 'chunk' }],
    [{ delimiters: ',' }, any(',')],
    [{ delimiters: ',;' }, any(',;')],
    [{ delimiters: ',,;,' }, any(',;')],
    [{ delimiters: '\r\n' }, any('\r\n')],
    [{ delimiters: '\\n' }, any('\\n')],
    [{ null: 'true' }, any('\0')],
    [{ null: 'true', delimiters: ',' }, any(',\0')],
    [{ null: 'true', delimiters: '' }, any('\0')],
    [{ null: 'true', binary: 'true' }, any('\0')],
    [{ binary: 'true' }, { kind: 'chunk' }],
    [{ json: 'true' }, { kind: 'line' }],
    [{ json: 'true', null: 'true' }, any('\0')],
    [{ json: 'true', delimiters: ';' }, any(';')],
    [{ frame: 'gwsocket', binary: 'true' }, { kind: 'gwsocket' }],
  ])('%j: %j', (raw, expected) => {
    expect(room(raw).cutting).toEqual(expected)
  })
})

describe('options that exclude each other', () => {
  test.each<[OptionName, string, OptionName, string]>([
    ['json', 'true', 'frame', 'json'],
    ['json', 'true', 'frame', 'gwsocket'],
    ['json', 'true', 'clientframe', 'json'],
    ['json', 'true', 'serverframe', 'json'],
    ['frame', 'json', 'clientframe', 'json'],
    ['frame', 'json', 'serverframe', 'json'],
    ['delimiters', ',', 'binary', 'true'],
    ['delimiters', '', 'binary', 'true'],
    ['oneshot', 'true', 'linger', '5'],
    ['addr', '0.0.0.0:1', 'port', '1'],
    ['lobby', 'true', 'rooms', 'a'],
    ['lobby', 'true', 'oneshot', 'true'],
    ['jwtsecret', 's', 'jwtkey', 'package.json'],
    ['jwtsecret', 's', 'jwks', 'https://a.example/'],
    ['jwtkey', 'package.json', 'jwks', 'https://a.example/'],
    ['addr', '0.0.0.0:1', 'unixsocket', '/run/p.sock'],
    ['port', '1', 'unixsocket', '/run/p.sock'],
  ])('--%s %j and --%s %j are refused, both by name', (a, first, b, second) => {
    const message = mistake(() => resolve({ [a]: first, [b]: second }))
    expect(message).toContain(`--${a}`)
    expect(message).toContain(`--${b}`)
  })

  it('bots fill a room, up to a number', () => {
    const { bots } = room({ bot: './bot', fill: '4', maxbots: '3' })
    expect(bots).toEqual({ command: './bot', args: [], fill: 4, max: 3 })
    for (const name of ['fill', 'maxbots'] as const) {
      expect(mistake(() => resolve({ bot: './bot', [name]: '-1' }))).toMatch(new RegExp(`^--${name}\\b`))
      expect(mistake(() => resolve({ [name]: '4' }))).toMatch(new RegExp(`--${name}.*--bot\\b`))
    }
  })

  it('what belongs to the lobby is read with it, and refused without it', () => {
    const options = { data: 'd', guests: 'true', authlimit: '2:50' }
    expect(resolve({ lobby: 'true', ...options }).lobby).toEqual({
      data: 'd',
      guests: true,
      limit: { rate: 2, burst: 50 },
    })
    for (const [name, value] of Object.entries(options))
      expect(mistake(() => resolve({ [name]: value }))).toBe(`--${name} needs --lobby`)
    for (const [name, value] of [
      ['data', ''],
      ['guests', 'no'],
      ['authlimit', '0'],
    ] as const)
      expect(mistake(() => resolve({ lobby: 'true', [name]: value }))).toMatch(new RegExp(`^--${name}\\b`))
  })

  it('what is said of tokens needs those that it speaks of', () => {
    const source = { kind: 'secret', secret: 's' }
    expect(resolve({ jwtsecret: 's', auth: 'required', issuer: 'i', audience: 'a' }).auth).toEqual({
      required: true,
      foreign: { source, issuer: 'i', audience: 'a' },
    })
    expect(resolve({ lobby: 'true', auth: 'required' }).auth).toEqual({ required: true, foreign: undefined })
    expect(mistake(() => resolve({ auth: 'required' }))).toBe(
      '--auth needs --lobby, or --jwtsecret, or --jwtkey, or --jwks',
    )
    for (const name of ['issuer', 'audience'] as const) {
      expect(mistake(() => resolve({ lobby: 'true', [name]: 'x' }))).toBe(
        `--${name} needs --jwtsecret, or --jwtkey, or --jwks`,
      )
      expect(mistake(() => resolve({ jwtsecret: 's', [name]: '' }))).toMatch(new RegExp(`^--${name}\\b`))
    }
    expect(mistake(() => resolve({ lobby: 'true', auth: 'yes' }))).toMatch(/^--auth\b/)
  })

  it('--tcpports is refused without --tcp, both by name', () => {
    expect(mistake(() => resolve({ tcpports: '9001:9002' }))).toMatch(/--tcpports.*--tcp\b/)
  })

  it('a certificate and its key stand together', () => {
    expect(server({ tlscert: 'a.crt', tlskey: 'a.key' }).tls).toEqual({ cert: 'a.crt', key: 'a.key' })
    expect(mistake(() => resolve({ tlscert: 'a.crt' }))).toMatch(/--tlscert.*--tlskey/)
    expect(mistake(() => resolve({ tlskey: 'a.key' }))).toMatch(/--tlskey.*--tlscert/)
    expect(mistake(() => resolve({ tlscert: '', tlskey: 'a.key' }))).toMatch(/^--tlscert/)
    expect(mistake(() => resolve({ tlscert: 'a.crt', tlskey: '' }))).toMatch(/^--tlskey/)
  })

  it('--maxip is refused at a unix socket, where all have one address, unless its proxy is believed', () => {
    const raw = { unixsocket: '/run/p.sock', maxip: '3' }
    for (const more of [{}, { trustproxy: 'loopback' }])
      expect(mistake(() => resolve({ ...raw, ...more }))).toMatch(/--maxip.*--unixsocket.*--trustproxy unix/)
    expect(server({ ...raw, trustproxy: 'unix' }).maxIp).toBe(3)
    expect(server({ ...raw, maxip: '0' }).maxIp).toBe(0)
  })

  it('the two directions’ framings go together', () => {
    expect(room({ clientframe: 'json', serverframe: 'gwsocket' })).toMatchObject({
      toChild: 'json',
      fromChild: 'gwsocket',
    })
  })
})

describe('the older field name', () => {
  const guessed: IdField = { name: 'id', guessed: true }
  const OLD = '{"t":"Join","id":#ID}'
  test.each<[string, RawOptions, IdField | undefined]>([
    ['--frame=json and a join message with #ID as id', { frame: 'json', joinmsg: OLD }, guessed],
    ['#ID may stand in a string', { frame: 'json', joinmsg: '{"id":"#ID"}' }, guessed],
    ['id may be spelt with an escape', { frame: 'json', joinmsg: '{"\\u0069d":#ID}' }, guessed],
    [
      'other names and a leave message may be there',
      { frame: 'json', joinmsg: '{"id":#ID,"r":"#ROOM"}', leavemsg: '{"t":"Leave","id":#ID}' },
      guessed,
    ],
    ['no join message', { frame: 'json' }, undefined],
    ['a leave message alone', { frame: 'json', leavemsg: OLD }, undefined],
    ['--json is newer than the field', { json: 'true', joinmsg: OLD }, undefined],
    ['no framing', { joinmsg: OLD }, undefined],
    ['one direction’s framing', { clientframe: 'json', serverframe: 'json', joinmsg: OLD }, undefined],
    ['gwsocket framing', { frame: 'gwsocket', joinmsg: OLD }, undefined],
    ['_from in the join message', { frame: 'json', joinmsg: '{"id":#ID,"_from":#ID}' }, undefined],
    ['_from in the leave message', { frame: 'json', joinmsg: OLD, leavemsg: '{"_from":#ID}' }, undefined],
    ['id further in', { frame: 'json', joinmsg: '{"who":{"id":#ID}}' }, undefined],
    ['id with something else', { frame: 'json', joinmsg: '{"id":"#ROOM","n":#ID}' }, undefined],
    ['id with a number of the author’s', { frame: 'json', joinmsg: '{"id":3,"n":#ID}' }, undefined],
    ['id with an object that holds #ID', { frame: 'json', joinmsg: '{"id":{"n":#ID}}' }, undefined],
    ['another name', { frame: 'json', joinmsg: '{"client":#ID}' }, undefined],
    ['a list', { frame: 'json', joinmsg: '["id",#ID]' }, undefined],
    ['plain text', { frame: 'json', joinmsg: 'id #ID' }, undefined],
    ['no template at all', { frame: 'json', joinmsg: '' }, undefined],
    ['null', { frame: 'json', joinmsg: 'null' }, undefined],
    ['--idfield says it outright', { frame: 'json', idfield: 'who' }, { name: 'who', guessed: false }],
    ['--idfield id is no guess', { frame: 'json', joinmsg: OLD, idfield: 'id' }, { name: 'id', guessed: false }],
    ['--idfield works with --json', { json: 'true', idfield: 'id' }, { name: 'id', guessed: false }],
    ['--idfield= turns it off', { frame: 'json', joinmsg: OLD, idfield: '' }, undefined],
  ])('%s', (_name, raw, expected) => {
    expect(room(raw).idField).toEqual(expected)
  })
})

describe('what is allowed and rarely meant is warned of', () => {
  const bots = { bot: './bot' }
  test.each<[string, RawOptions, RegExp]>([
    ['--binary with --json', { binary: 'true', json: 'true' }, /^--binary with JSON framing: no newline/],
    ['--binary with --frame', { binary: 'true', frame: 'json' }, /^--binary with JSON framing/],
    ['--binary with --clientframe', { binary: 'true', clientframe: 'json' }, /^--binary with JSON framing/],
    ['an unknown name', { joinmsg: 'hi #FOO' }, /^--joinmsg: #FOO .*--help/],
    ['a name without what it wants', { leavemsg: '#ID #PARAM, bye' }, /^--leavemsg: #PARAM /],
    ['a parameter in lower case', { json: 'true', joinmsg: '{"n":"#PARAM_name"}' }, /^--joinmsg: #PARAM_name /],
    ['text among JSON lines', { json: 'true', joinmsg: 'J#ID' }, /^--joinmsg is no JSON object/],
    ['a list among JSON lines', { frame: 'json', leavemsg: '[#ID]' }, /^--leavemsg is no JSON object/],
    ['more bots than may come', { ...bots, fill: '30' }, /^--fill 30 .*--maxbots 16/],
    ['more bots than --maxbots', { ...bots, fill: '3', maxbots: '2' }, /^--fill 3 .*--maxbots 2/],
  ])('%s', (_what, raw, why) => {
    expect(room(raw).warnings).toEqual([expect.stringMatching(why)])
  })

  test.each<[string, RawOptions]>([
    ['nothing', {}],
    ['JSON lines', { json: 'true' }],
    ['bytes', { binary: 'true', null: 'true' }],
    ['every name', { joinmsg: '#ID#ROOM #REMOTE_ADDR #QUERY_STRING #QUERY_A #PARAM_A_1 #CLAIM_sub #BOT' }],
    ['what is no name', { joinmsg: '# #1 #a #FF00CC &#39; #IDs' }],
    [
      'a template of JSON',
      { json: 'true', joinmsg: ' {"who":#ID,"r":"#ROOM"}', leavemsg: '{"t":"Leave","_from":#ID}' },
    ],
    ['text without framing', { joinmsg: 'J#ID' }],
    ['as many bots as may come', { ...bots, fill: '16' }],
  ])('and not %s', (_what, raw) => {
    expect(room(raw).warnings).toEqual([])
  })
})

describe('a JSON file', () => {
  let count = 0
  const file = (content: string): string => {
    const path = join(folder, `${count++}.json`)
    writeFileSync(path, content)
    return path
  }
  const read = (content: unknown) => readConfigFile(file(JSON.stringify(content)))

  it('holds options in the spelling of their flags, and the command', () => {
    const { options, command } = read({
      addr: '127.0.0.1:8080',
      json: true,
      maxrooms: 5,
      linger: 0.5,
      rooms: ['a', 'b'],
      joinmsg: '{"t":"Join","_from":#ID}',
      delimiters: ';',
      verbose: 2,
      maxline: '64k',
      command: ['./game.py', '--level', '2'],
    })
    expect(command).toEqual(['./game.py', '--level', '2'])
    const config = resolveConfig(options, command)
    expect(config.server).toMatchObject({
      place: { host: '127.0.0.1', port: 8080 },
      maxRooms: 5,
      rooms: new Set(['a', 'b']),
    })
    expect(config.room!).toMatchObject({ args: ['--level', '2'], linger: 500, maxLine: 65_536, toChild: 'json' })
    expect(config.room?.join?.(values)).toBe('{"t":"Join","_from":3}')
    expect(config.log.level).toBe('trace')
  })

  it('may name the command as one word, or leave it out', () => {
    expect(read({ command: './game' }).command).toEqual(['./game'])
    expect(read({})).toEqual({ options: {}, command: [] })
  })

  it('false is a flag that is not given', () => {
    expect(resolveConfig(read({ json: false, api: false, binary: true }).options, ['x'])).toMatchObject({
      server: { api: false },
      room: { toChild: 'none', binary: true },
    })
  })

  it('true is a flag alone, also where a value may follow it', () => {
    expect(read({ frame: true }).options).toEqual({ frame: 'json' })
  })

  it('may hold the program of bots as a list of words, as it may the command', () => {
    const { options, command } = read({ command: 'x', bot: ['./my bot', '--name', 'A "b" \\', "it's", ''] })
    expect(resolveConfig(options, command).room!.bots).toMatchObject({
      command: './my bot',
      args: ['--name', 'A "b" \\', "it's", ''],
    })
  })

  it('with a value that can’t be used is named, unless the command line has another one', () => {
    const path = file('{"port":"x","linger":1}')
    for (const commandLine of [{}, { linger: '2' }])
      expect(mistake(() => readConfigFile(path, commandLine))).toBe(
        `--config ${path}: --port x: want a port from 0 to 65535`,
      )
    expect(readConfigFile(path, { port: '80' }).options).toEqual({ port: '80', linger: '1' })
    expect(readConfigFile(path, { addr: ':80' }).options).toEqual({ addr: ':80', linger: '1' })
  })

  it('knows the second name of an option', () => {
    const { options, command } = read({ maxforks: 7, command: 'x' })
    expect(resolveConfig(options, command).server.maxRooms).toBe(7)
  })

  test.each<[string, RawOptions, RawOptions, RawOptions]>([
    ['an option given twice', { addr: 'a:1', api: 'true' }, { addr: 'b:2' }, { addr: 'b:2', api: 'true' }],
    ['what it excludes in the file', { addr: 'a:1', api: 'true' }, { port: '2' }, { port: '2', api: 'true' }],
    ['what it excludes, the other way round', { port: '1' }, { addr: 'b:2' }, { addr: 'b:2' }],
    ['each that it excludes', { clientframe: 'json', serverframe: 'json' }, { json: 'true' }, { json: 'true' }],
    ['nothing else', { api: 'true', rooms: 'a' }, {}, { api: 'true', rooms: 'a' }],
  ])('yields to the command line: %s', (_name, file, commandLine, expected) => {
    expect(override(file, commandLine)).toEqual(expected)
  })

  it('keeps its own conflicts, and so does the command line', () => {
    const both: RawOptions = { json: 'true', frame: 'json' }
    expect(mistake(() => resolve(override(both, {})))).toMatch(/--json.*--frame/)
    expect(mistake(() => resolve(override({}, both)))).toMatch(/--json.*--frame/)
  })

  it('goes through the same parsers as the command line', () => {
    for (const content of [{ port: 70_000 }, { json: 'yes' }, { cache: 0 }, { addr: true }, { maxline: '1t' }]) {
      const name = Object.keys(content)[0]
      expect(mistake(() => resolveConfig(read(content).options, ['x']))).toMatch(new RegExp(`: --${name}\\b`))
    }
  })

  it('meets the same conflicts as the command line', () => {
    expect(mistake(() => resolveConfig(read({ json: true, frame: 'json' }).options, ['x']))).toMatch(/--json.*--frame/)
  })

  it.each(['jsn', 'Json', '--json', 'config', '', 'maxRooms', 'constructor', 'toString', 'hasOwnProperty'])(
    'with an option %j that does not exist is refused by name',
    (key) => {
      const path = file(`{${JSON.stringify(key)}:"x"}`)
      const message = mistake(() => readConfigFile(path))
      expect(message).toContain(`"${key}"`)
      expect(message).toContain(path)
    },
  )

  it('with an option called __proto__ is refused by name', () => {
    expect(mistake(() => readConfigFile(file('{"__proto__":"x"}')))).toContain('__proto__')
  })

  test.each<[string, unknown]>([
    ['addr', null],
    ['addr', {}],
    ['json', null],
    ['rooms', [1]],
    ['rooms', { a: true }],
    ['joinmsg', { t: 'Join' }],
    ['maxrooms', [[]]],
  ])('with the wrong type for %s (%j) is refused by name', (key, value) => {
    const path = file(JSON.stringify({ [key]: value }))
    const message = mistake(() => readConfigFile(path))
    expect(message).toContain(`"${key}"`)
    expect(message).toContain(path)
  })

  it.each([[5], [null], [{}], [['./game', 5]], [[['./game']]]])('with a command %j is refused', (command) => {
    expect(mistake(() => read({ command }))).toContain('command')
  })

  it.each(['', 'json: true', '{"json": true', "{'json': true}", '{"json": true,}', '{\n  "json": tru\n}', '\n\n}'])(
    'that is not JSON (%j) is refused in one line that names it',
    (content) => {
      const path = file(content)
      const message = mistake(() => readConfigFile(path))
      expect(message).toContain(path)
      expect(message).not.toMatch(/[\r\n]/)
    },
  )

  it.each(['[]', 'null', '5', '"json"', 'true'])('that is no object (%s) is refused', (content) => {
    expect(mistake(() => readConfigFile(file(content)))).toMatch(/object/)
  })

  it('that does not exist, or can’t be read, is refused by name', () => {
    const nowhere = join(folder, 'nowhere.json')
    expect(mistake(() => readConfigFile(nowhere))).toContain(nowhere)
    mkdirSync(join(folder, 'folder.json'))
    expect(mistake(() => readConfigFile(join(folder, 'folder.json')))).toContain('folder.json')
  })
})

describe('the option table', () => {
  it.each(Object.entries(OPTIONS))('has --%s in lower case, with a help text', (name, option) => {
    expect(name).toMatch(/^[a-z]+$/)
    expect(option.flags).toMatch(new RegExp(`(^|, )--${name}( <|$)`))
    expect(option.help.length).toBeGreaterThan(10)
    expect(['room', 'server']).toContain(option.scope)
  })

  const withDefault = (Object.entries(OPTIONS) as [string, Option<unknown>][]).filter(([, option]) => option.fallback)
  it.each(withDefault)('has a default for --%s that its own parser takes', (_name, option) => {
    expect(option.parse(option.fallback!)).toBeDefined()
  })
})

import { once } from 'node:events'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { connect, launchChromium, raw, runToEnd, startServer, type TestServer, TRANSPORTS } from '../helpers.ts'
import { Asking, ask, follow } from '../lobby/asking.ts'
import { forge, slowKeys, unsigned } from '../lobby/fixtures.ts'
import { serving, temporaryFolder } from './serving.ts'

const PASSWORD = 'correct horse battery staple'
/** A game that says each line it reads is its state, and then sends it to everyone. */
const GAME = `#!/usr/bin/env python3
import json, sys
for line in sys.stdin:
    told = json.loads(line)
    if told.get("say") is not None:
        print(json.dumps({"_meta": True, **told["say"]}), flush=True)
    elif told.get("end"):
        break
    else:
        print(line, end="", flush=True)
`

function newGame(folder = temporaryFolder()): string {
  const file = join(folder, 'game.py')
  writeFileSync(file, GAME)
  chmodSync(file, 0o755)
  return file
}

let addresses = 0
/** An address that nobody has come from yet. */
const newAddress = () => `127.${1 + (process.pid % 200)}.${++addresses >> 8}.${addresses & 255}`

describe.each(TRANSPORTS)('the lobby over %s', (transport) => {
  const folder = mkdtempSync(join(tmpdir(), 'playpipe-lobby-'))
  let server: TestServer
  let api: Asking
  let names = 0

  beforeAll(async () => {
    const words = ['--transport', transport, '--lobby', '--guests', '--authlimit', '100:1000', '--json', '--metrics']
    const data = join(folder, 'data')
    server = await startServer([...words, '--killgrace', '0.3', '--data', data, '--', newGame(folder)])
    api = await Asking.of(server)
  })
  afterAll(async () => {
    await server?.stop()
    rmSync(folder, { recursive: true })
  })

  const guest = async (name = `Guest ${++names}`) => {
    const { json } = await api.post('/guests', { name })
    return { name, sub: json.player.sub as string, token: json.token as string }
  }
  const create = async (token: string, wish: object = {}) => (await api.post('/games', wish, { token })).json

  it('makes accounts, and lets their owners in and out', async () => {
    const name = `Ada ${++names}`
    const made = await api.post('/signup', { name, password: PASSWORD })
    expect(made).toMatchObject({ status: 201, json: { player: { name } } })
    expect(await api.post('/signup', { name: name.toUpperCase(), password: PASSWORD })).toMatchObject({ status: 409 })
    expect(await api.post('/login', { name, password: 'wrong password' })).toMatchObject({ status: 401 })
    expect(await api.post('/login', { name: 'nobody', password: PASSWORD })).toMatchObject({ status: 401 })
    const { json, headers } = await api.post('/login', { name, password: PASSWORD })
    const [cookie] = headers['set-cookie']!
    expect(cookie).toMatch(/^playpipe_session=[\w.-]+; Path=\/; Max-Age=\d{7}; HttpOnly; SameSite=Strict$/)
    const pair = cookie!.split(';')[0]!
    for (const how of [{ token: json.token }, { cookie: `a=b; ${pair}; c=d` }])
      expect(await api.get('/me', how)).toMatchObject({ status: 200, json: { player: made.json.player } })
    const out = await api.post('/logout', {}, { cookie: pair })
    expect(out).toMatchObject({ status: 204, headers: { 'set-cookie': [expect.stringContaining('Max-Age=0')] } })
    expect(await api.get('/me', { token: json.token })).toMatchObject({ status: 401 })
    expect(await api.get('/me', { token: made.json.token })).toMatchObject({ status: 200 })
    const late = await api.get('/me', { cookie: pair })
    expect(late).toMatchObject({ status: 401, headers: { 'set-cookie': [expect.stringContaining('Max-Age=0')] } })
    const other = await api.get('/me', { token: 'x', cookie: pair })
    expect(other.status).toBe(401)
    expect(other.headers).not.toHaveProperty('set-cookie')
  })

  it('lets guests play under names that are nobody’s', async () => {
    const name = `Bob ${++names}`
    await api.post('/signup', { name, password: PASSWORD })
    expect(await api.post('/guests', { name })).toMatchObject({ status: 409, json: { error: { code: 'taken' } } })
    const { token, sub } = await guest()
    expect((await api.get('/me', { token })).json).toMatchObject({ player: { sub, guest: true } })
  })

  it('makes games, whose parameters are the first line of their program', async () => {
    const { token } = await guest()
    const { game, ticket } = await create(token, { parameters: { size: 6, text: 'a\nb' } })
    const client = await connect(server, `/${game.room}?ticket=${ticket}`)
    expect(await client.json()).toEqual({
      ...{ t: 'Game', id: game.id, kind: '', parameters: { size: 6, text: 'a\nb' }, _sys: true },
    })
    expect(await client.json()).toMatchObject({ t: 'Join' })
    await client.close()
    const plain = await connect(server, '/plain')
    expect(await plain.json()).toMatchObject({ t: 'Join' })
    await plain.close()
  })

  it('tells of games, their players, and what they say', async () => {
    const [ada, bob] = [await guest(), await guest()]
    const stream = await follow(`${server.url}/api/v1/games/events`)
    onTestFinished(() => stream.close())
    expect(stream).toMatchObject({ status: 200, headers: { 'content-type': 'text/event-stream' } })
    expect(await stream.next()).toMatchObject({ event: 'games', data: { games: expect.any(Array) } })
    const { game, ticket } = await create(ada.token, { seats: 2 })
    const told = async (of: object) => {
      for (;;) {
        const { event, data } = await stream.next()
        expect(event).toBe('game')
        if (data.id === game.id) {
          try {
            expect(data).toMatchObject(of)
            return
          } catch {
            // Not yet: a later event says it.
          }
        }
      }
    }
    await told({ state: 'waiting', players: [{ sub: ada.sub }] })
    expect((await api.get('/games?kind=&state=waiting')).json.games).toContainEqual(game)
    expect(await api.post(`/games/${game.id}/ticket`, {}, { token: bob.token })).toMatchObject({ status: 200 })
    await told({ state: 'running', open: false, players: [{ sub: ada.sub }, { sub: bob.sub }] })
    const client = await connect(server, `/${game.room}?ticket=${ticket}`)
    client.send({ say: { turn: 3, full: true } })
    await told({ connections: 1, metadata: { turn: 3 } })
    const eve = await guest()
    expect(await api.post(`/games/${game.id}/ticket`, {}, { token: eve.token })).toMatchObject({ status: 409 })
    const watching = await api.post(`/games/${game.id}/ticket`, { watch: true }, { token: eve.token })
    expect(watching).toMatchObject({ status: 200, json: { game: { players: [{}, {}], metadata: { turn: 3 } } } })
    expect(await api.post(`/games/${game.id}/leave`, {}, { token: bob.token })).toMatchObject({ status: 204 })
    await told({ players: [{ sub: ada.sub }] })
    client.send({ end: true })
    await told({ state: 'ended' })
    await client.closed
    expect(await api.get(`/games/${game.id}`)).toMatchObject({ json: { state: 'ended', metadata: { turn: 3 } } })
    expect(await api.post(`/games/${game.id}/ticket`, {}, { token: eve.token })).toMatchObject({ status: 409 })
  })

  it('keeps a quiet stream open, and ends it when the server stops', { timeout: 30_000 }, async () => {
    const other = await serving(['--transport', transport, '--lobby', '--data', join(temporaryFolder(), 'd'), 'cat'])
    const stream = await follow(`${other.url}/api/v1/games/events`)
    await stream.next()
    // uWebSockets.js cuts what is silent for ten seconds.
    let open = true
    void stream.ended.then(() => {
      open = false
    })
    await new Promise((wake) => setTimeout(wake, 13_000))
    expect(open).toBe(true)
    expect(await other.stop()).toBe(0)
    await stream.ended
  })

  it('bounds the streams of one address', async () => {
    const from = newAddress()
    const streams = await Promise.all(
      Array.from({ length: 40 }, () => follow(`${server.url}/api/v1/games/events`, { from })),
    )
    onTestFinished(() => {
      for (const stream of streams) stream.close()
    })
    expect(new Set(streams.map(({ status }) => status))).toEqual(new Set([200]))
    const refused = await ask(`${server.url}/api/v1/games/events`, 'GET', { from })
    expect(refused).toMatchObject({
      status: 429,
      headers: { 'retry-after': '5' },
      json: { error: { code: 'too many' } },
    })
  })

  it('brings players together', async () => {
    const tokens = await Promise.all(Array.from({ length: 6 }, async () => (await guest()).token))
    const matches = await Promise.all(tokens.map((token) => api.post('/quickmatch', { seats: 2 }, { token })))
    const rooms = matches.map(({ json }) => json.game.id)
    expect(new Set(rooms).size).toBeLessThan(6)
    expect(matches.every(({ status }) => status === 200)).toBe(true)
  })

  describe('refuses', () => {
    it.each([
      ['no JSON', '{"name":', 400],
      ['nothing', '', 400],
      ['no object', '"x"', 400],
      ['a field of its own', '{"name":"Ada","password":"correct horse","admin":true}', 400],
      ['a short password', '{"name":"Ada","password":"short"}', 400],
      ['a number for a name', '{"name":1,"password":"correct horse"}', 400],
      ['half of a character', '{"name":"\\ud800","password":"correct horse"}', 400],
      ['what is no UTF-8', Buffer.from([0x22, 0xff, 0x22]), 400],
      ['JSON without a bottom', `${'['.repeat(8000)}${']'.repeat(8000)}`, 400],
      ['too much', JSON.stringify({ name: 'Ada', password: 'x'.repeat(20_000) }), 413],
    ])('%s', async (_what, body, status) => {
      for (const path of ['/signup', '/login']) expect(await api.post(path, body)).toMatchObject({ status })
    })

    it('too much that does not say how much', async () => {
      const body = Buffer.alloc(100_000, ' ')
      const headers = { 'Transfer-Encoding': 'chunked' }
      const reply = await api.post('/login', body, { headers }).catch((error: NodeJS.ErrnoException) => error)
      // The answer may come while the body is still under way, and the connection ends with it.
      if (reply instanceof Error) expect(reply.code, reply.message).toMatch(/EPIPE|ECONNRESET/)
      else expect(reply.status).toBe(413)
      expect(await api.get('/games')).toMatchObject({ status: 200 })
    })

    it('parameters that are too long for a list that everyone reads', async () => {
      const { token } = await guest()
      for (const path of ['/games', '/quickmatch'])
        expect(await api.post(path, { parameters: { a: 'x'.repeat(5000) } }, { token })).toMatchObject({
          status: 400,
          json: { error: { code: 'parameters too long', message: expect.stringContaining('4,096 characters') } },
        })
    })

    it('a body that does not say that it is JSON', async () => {
      const body = JSON.stringify({ name: 'Ada', password: PASSWORD })
      for (const type of [
        'text/plain',
        'application/x-www-form-urlencoded',
        'multipart/form-data',
        'application/jsonp',
      ])
        expect(await api.post('/login', body, { headers: { 'Content-Type': type } })).toMatchObject({ status: 415 })
      expect(await api.send('POST', '/logout')).toMatchObject({ status: 415 })
      const good = { 'Content-Type': 'Application/JSON; charset=utf-8' }
      expect(await api.post('/login', body, { headers: good })).toMatchObject({ status: 401 })
    })

    it('methods and addresses that there are not', async () => {
      for (const method of ['PUT', 'DELETE', 'PATCH', 'OPTIONS'])
        expect(await api.send(method, '/games')).toMatchObject({ status: 405, headers: { allow: 'GET, HEAD, POST' } })
      expect(await api.send('DELETE', '/games/events')).toMatchObject({ status: 405, headers: { allow: 'GET, HEAD' } })
      expect(await api.get('/login')).toMatchObject({ status: 405, headers: { allow: 'POST' } })
      for (const path of [
        '',
        '/',
        '/nothing',
        '/games/',
        '/games/short',
        '/games/%2e%2e%2f',
        '/me/x',
        '/games//ticket',
      ])
        expect(await api.get(path)).toMatchObject({ status: 404 })
      expect(await api.get('/games/AAAAAAAAAAAA')).toMatchObject({ status: 404 })
      expect(await api.get('/games?state=lost')).toMatchObject({ status: 400 })
    })

    it('names that could be taken for others', async () => {
      const bad = [
        '',
        ' ',
        ' Ada',
        'Ada ',
        'A\u0000',
        'A\r\nSet-Cookie: x=1',
        'A\u200bda',
        'A\u202eda',
        '\u00a0',
        '\u3164',
        'Ada\ufe0f',
        'Ada\u{e0041}',
        'x'.repeat(33),
      ]
      for (const name of bad) expect(await api.post('/guests', { name }), name).toMatchObject({ status: 400 })
      for (const name of ['Zoë', '李小龍', 'Ada Lovelace', "O'Neil", '<b>', '🐇', 'I ❤️ NY', 'x'.repeat(32)])
        expect(await api.post('/guests', { name }), name).toMatchObject({ status: 201, json: { player: { name } } })
    })

    it('tokens that are forged, of another kind, or nobody’s', async () => {
      const { token } = await guest()
      const { ticket } = await create(token)
      const none = unsigned(
        { alg: 'none' },
        { sub: 'x', name: 'X', iss: 'playpipe', aud: 'session', exp: 9e9, jti: 'j' },
      )
      for (const bad of [ticket, none, forge(token, 0), forge(token, 1), forge(token, 2), 'x', 'a.b.c', `${token}.`]) {
        expect(await api.get('/me', { token: bad }), bad).toMatchObject({
          status: 401,
          headers: { 'www-authenticate': 'Bearer' },
        })
        expect(await api.post('/games', {}, { token: bad }), bad).toMatchObject({ status: 401 })
      }
      for (const path of [
        '/games',
        '/quickmatch',
        '/logout',
        '/games/AAAAAAAAAAAA/ticket',
        '/games/AAAAAAAAAAAA/leave',
      ])
        expect(await api.post(path, {})).toMatchObject({ status: 401 })
      const header = { headers: { Authorization: `Basic ${token}` } }
      expect(await api.get('/me', header)).toMatchObject({ status: 401 })
      const metrics = await ask(`${server.url}/metrics`, 'GET')
      expect(metrics.text).toMatch(/playpipe_tokens_refused_total\{reason="algorithm"\} [1-9]/)
    })

    it('a token in a URL', async () => {
      const { token } = await guest()
      expect(await api.get(`/me?token=${token}`)).toMatchObject({ status: 401 })
      expect(server.log()).not.toContain(token)
    })

    it('what is split over several lines of a header', async () => {
      const { token } = await guest()
      const answer = await raw(
        server,
        `GET /api/v1/me HTTP/1.1\r\nHost: x\r\nCookie: playpipe_session=${token}\r\n Set-Cookie: a=b\r\nConnection: close\r\n\r\n`,
        /\r\n\r\n/,
      )
      expect(answer).not.toMatch(/set-cookie: a=b/i)
    })
  })

  it('SQL in a name is a name', async () => {
    const evil = "'; DROP TABLE accounts; --"
    const made = await api.post('/signup', { name: evil, password: PASSWORD })
    expect(made).toMatchObject({ status: 201, json: { player: { name: evil } } })
    expect(await api.post('/login', { name: evil, password: PASSWORD })).toMatchObject({ status: 200 })
    expect(await api.post('/login', { name: "x' OR '1'='1", password: PASSWORD })).toMatchObject({ status: 401 })
  })

  it('answers a HEAD as it would a GET, without the body', async () => {
    for (const path of ['/games', '/openapi.json', '/games/events', '/docs/']) {
      const { status, text } = await ask(`${server.url}/api/v1${path}`, 'HEAD')
      expect([status, text], path).toEqual([200, ''])
    }
  })

  it('is described: whatever can be asked was asked here, and answered as it says', async () => {
    await api.get('/openapi.json')
    const asked = new Set([...api.answered].map((it) => it.replace(/ \d+$/, '')))
    const described = new Set(api.described().map((it) => it.replace(/ \d+$/, '')))
    expect([...described].filter((it) => !asked.has(it))).toEqual(['GET /games/events'])
    const successes = api.described().filter((it) => / 2\d\d$/.test(it) && !it.startsWith('GET /games/events'))
    expect(successes.filter((it) => !api.answered.has(it))).toEqual([])
    expect(api.document.openapi).toBe('3.1.0')
  })
})

describe('a data folder', () => {
  const start = (data: string, ...more: string[]) =>
    serving(['--lobby', '--guests', '--data', data, '--json', ...more, '--', newGame()])

  it('holds accounts, games and log-ins over a restart', async () => {
    const data = join(temporaryFolder(), 'data')
    const first = await start(data)
    const before = await Asking.of(first)
    const { json } = await before.post('/signup', { name: 'Ada', password: PASSWORD })
    const other = await before.post('/login', { name: 'Ada', password: PASSWORD })
    await before.post('/logout', {}, { token: other.json.token })
    const { game, ticket } = (await before.post('/games', { parameters: { size: 4 } }, { token: json.token })).json
    expect(await first.stop()).toBe(0)
    const second = await start(data)
    const after = await Asking.of(second)
    expect(await after.get('/me', { token: json.token })).toMatchObject({ json: { player: { name: 'Ada' } } })
    expect(await after.get('/me', { token: other.json.token })).toMatchObject({ status: 401 })
    expect((await after.get('/games')).json.games).toEqual([game])
    expect(await after.post('/login', { name: 'Ada', password: PASSWORD })).toMatchObject({ status: 200 })
    const client = await connect(second, `/${game.room}?ticket=${ticket}`)
    expect(await client.json()).toMatchObject({ t: 'Game', parameters: { size: 4 } })
  })

  it('holds every sign-up that was answered, whenever the power goes', { timeout: 60_000 }, async () => {
    const data = join(temporaryFolder(), 'data')
    const first = await start(data, '--authlimit', '1000:1000')
    const answered: string[] = []
    const names = Array.from({ length: 200 }, (_, i) => `player ${i}`)
    const signUp = async (): Promise<void> => {
      for (let name = names.shift(); name !== undefined; name = names.shift()) {
        const { status } = await ask(`${first.url}/api/v1/signup`, 'POST', { body: { name, password: PASSWORD } })
        expect(status).toBe(201)
        if (answered.push(name) === 20) first.signal('SIGKILL')
      }
    }
    await Promise.allSettled(Array.from({ length: 8 }, signUp))
    expect(await first.exited).toBe('SIGKILL')
    expect(answered.length).toBeGreaterThanOrEqual(20)
    expect(names.length).toBeGreaterThan(0)
    const second = await start(data, '--authlimit', '1000:1000')
    for (const name of answered) {
      const { status } = await ask(`${second.url}/api/v1/signup`, 'POST', { body: { name, password: PASSWORD } })
      expect(status, name).toBe(409)
    }
    const last = { name: answered.at(-1), password: PASSWORD }
    expect(await ask(`${second.url}/api/v1/login`, 'POST', { body: last })).toMatchObject({ status: 200 })
  })

  it('belongs to one server, and is nothing that everybody may read', async () => {
    const folder = temporaryFolder()
    const data = join(folder, 'data')
    await start(data)
    const at = ['--addr', '127.0.0.1:0', '--lobby', '--data', data]
    const second = await runToEnd([...at, 'cat'])
    expect(second).toMatchObject({ status: 2, stderr: expect.stringContaining('another server has its database') })
    const open = await runToEnd([...at, '--staticdir', folder, 'cat'])
    expect(open).toMatchObject({ status: 2, stderr: expect.stringContaining('which everybody may read') })
  })

  const LINUX = process.platform === 'linux'
  const REFUSED: [string, () => string, RegExp][] = [
    ['a file', () => newGame(), /: it is no folder\n$/],
    ['below a file', () => join(newGame(), 'data'), /: it is no folder\n$/],
    ['where nothing can be made', () => '/proc/playpipe/data', /--data \/proc\/playpipe: ENOENT/],
    ['what takes no keys', () => '/proc/self', /--data \/proc\/self\/keys: ENOENT/],
  ]
  it.each(REFUSED.slice(0, LINUX ? 4 : 2))('that is %s is refused in one line', async (_what, data, why) => {
    const { status, stderr } = await runToEnd(['--addr', '127.0.0.1:0', '--lobby', '--data', data(), 'cat'])
    expect(stderr).toMatch(/^playpipe: --data [^\n]*\n$/)
    expect(stderr).toMatch(why)
    expect(status).toBe(2)
  })
})

describe('floods', () => {
  const start = (...words: string[]) =>
    serving(['--lobby', '--guests', '--metrics', '--data', join(temporaryFolder(), 'data'), ...words, '--', 'cat'])

  it('an address that tries and tries is told to wait, and others are let in', async () => {
    const api = await Asking.of(await start())
    const from = newAddress()
    const replies = await Promise.all(
      Array.from({ length: 60 }, (_, i) => api.post('/guests', { name: `G${i}` }, { from })),
    )
    expect(replies.filter(({ status }) => status === 201).length).toBeGreaterThanOrEqual(20)
    const refused = replies.filter(({ status }) => status === 429)
    expect(refused.length).toBeGreaterThanOrEqual(35)
    expect(Number(refused[0]!.headers['retry-after'])).toBeGreaterThan(0)
    for (const path of ['/login', '/signup'])
      expect(await api.post(path, { name: 'Ada', password: PASSWORD }, { from })).toMatchObject({ status: 429 })
    expect(await api.post('/guests', { name: 'Eve' }, { from: newAddress() })).toMatchObject({ status: 201 })
  })

  it('passwords are guessed slowly, from however many addresses', { timeout: 30_000 }, async () => {
    const api = await Asking.of(await start())
    await api.post('/signup', { name: 'Ada', password: PASSWORD })
    const guess = () => api.post('/login', { name: 'Ada', password: 'wrong password' }, { from: newAddress() })
    const replies = await Promise.all(Array.from({ length: 30 }, guess))
    expect(replies.filter(({ status }) => status === 401).length).toBeLessThanOrEqual(12)
    expect(replies.filter(({ status }) => status === 429).length).toBeGreaterThanOrEqual(18)
  })

  it('rooms go on while passwords are checked, and what is too much is sent away', { timeout: 60_000 }, async () => {
    const server = await start()
    const api = await Asking.of(server)
    const logIn = (i: number) => api.post('/login', { name: `P${i}`, password: PASSWORD }, { from: newAddress() })
    const flood = Promise.all(Array.from({ length: 100 }, (_, i) => logIn(i)))
    const player = await connect(server, '/room')
    let checked = false
    void flood.then(() => {
      checked = true
    })
    for (let i = 0; i < 20; i++) {
      player.send('ping')
      await player.next()
    }
    // More than thirty passwords wait, each of which takes its thread a tenth of a second.
    expect(checked).toBe(false)
    const statuses = (await flood).map(({ status }) => status)
    expect(new Set(statuses)).toEqual(new Set([401, 503]))
  })
})

it('without --guests nobody plays without an account', async () => {
  const server = await serving(['--lobby', '--data', join(temporaryFolder(), 'data'), 'cat'])
  const api = await Asking.of(server)
  expect(await api.post('/guests', { name: 'Ada' })).toMatchObject({ status: 403 })
})

it('with --auth required the list is for those who may come in', async () => {
  const words = ['--lobby', '--guests', '--auth', 'required', '--data', join(temporaryFolder(), 'data')]
  const server = await serving([...words, 'cat'])
  const api = await Asking.of(server)
  for (const path of ['/games', '/games/AAAAAAAAAAAA']) expect(await api.get(path)).toMatchObject({ status: 401 })
  expect(await ask(`${server.url}/api/v1/games/events`, 'GET')).toMatchObject({ status: 401 })
  const { token } = (await api.post('/guests', { name: 'Ada' })).json
  expect(await api.get('/games', { token })).toMatchObject({ status: 200 })
})

describe.each(TRANSPORTS)('the events of those who may come in, over %s', (transport) => {
  const start = (...more: string[]) => {
    const words = ['--transport', transport, '--lobby', '--guests', '--auth', 'required']
    return serving([...words, '--data', join(temporaryFolder(), 'data'), ...more, 'cat'])
  }

  it('are opened for nobody who hung up while the token was looked at', async () => {
    const keys = await slowKeys()
    const server = await start('--jwks', keys.url)
    const events = `${server.url}/api/v1/games/events`
    const token = await keys.sign({ sub: 'bob' })
    const asking = Array.from({ length: 40 }, () =>
      request(events, { agent: false, headers: { Authorization: `Bearer ${token}` } }).on('error', () => {}),
    )
    await Promise.all([keys.asked, ...asking.map((one) => once(one.end(), 'finish'))])
    for (const one of asking) one.destroy()
    // When these are answered the server has heard of the ends before.
    for (const _ of [1, 2]) await ask(`${server.url}/health`, 'GET')
    keys.release()
    const stream = await follow(events, { token })
    onTestFinished(() => stream.close())
    expect(stream.status).toBe(200)
  })

  it('end with the log-in', async () => {
    const server = await start()
    const api = await Asking.of(server)
    const [ada, bob] = [await api.post('/guests', { name: 'Ada' }), await api.post('/guests', { name: 'Bob' })]
    const events = `${server.url}/api/v1/games/events`
    const [gone, stays] = [await follow(events, ada.json), await follow(events, bob.json)]
    onTestFinished(() => stays.close())
    for (const stream of [gone, stays]) expect(await stream.next()).toMatchObject({ event: 'games' })
    await api.post('/logout', {}, { token: ada.json.token })
    await gone.ended
    await api.post('/games', {}, { token: bob.json.token })
    expect(await stays.next()).toMatchObject({ event: 'game' })
  })
})

it('tokens of others play too', async () => {
  const secret = 'a secret that is long enough for HMAC'
  const { SignJWT } = await import('jose')
  const sign = (claims: object) =>
    new SignJWT({ ...claims }).setProtectedHeader({ alg: 'HS256' }).sign(Buffer.from(secret))
  const words = ['--lobby', '--data', join(temporaryFolder(), 'data'), '--jwtsecret', secret, '--audience', 'us']
  const api = await Asking.of(await serving([...words, 'cat']))
  const token = await sign({ sub: 'bob', name: 'Bob', aud: 'us' })
  expect((await api.get('/me', { token })).json).toEqual({ player: { sub: 'bob', name: 'Bob' }, expires: null })
  expect((await api.post('/games', {}, { token })).json.game).toMatchObject({ players: [{ sub: 'bob' }] })
  expect(await api.get('/me', { token: await sign({ sub: 'bob', aud: 'them' }) })).toMatchObject({ status: 401 })
})

it('without --lobby there is nothing of it', async () => {
  const server = await serving(['cat'])
  for (const path of ['/games', '/openapi.json', '/docs/'])
    expect(await ask(`${server.url}/api/v1${path}`, 'GET')).toMatchObject({ status: 404, text: 'Not found' })
})

it('the page that shows the API works in a browser, from this server alone', { timeout: 60_000 }, async () => {
  const browser = await launchChromium()
  if (!browser) return
  onTestFinished(() => browser.close())
  const server = await serving(['--lobby', '--guests', '--data', join(temporaryFolder(), 'data'), 'cat'])
  const page = await browser.newPage()
  const complaints: string[] = []
  page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()))
  page.on('pageerror', (error) => complaints.push(error.message))
  page.on('request', (request) => request.url().startsWith(`${server.url}/`) || complaints.push(request.url()))
  await page.goto(`${server.url}/api/v1/docs`)
  await page.getByText('/games/{id}/ticket').waitFor()
  await page.locator('#operations-Accounts-playAsGuest').click()
  await page.locator('#operations-Accounts-playAsGuest .execute').click()
  await page.getByText('"guest": true').first().waitFor()
  expect(complaints).toEqual([])
})

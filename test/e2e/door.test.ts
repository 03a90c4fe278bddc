import { createHmac } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { connect, raw, type TestServer, TRANSPORTS } from '../helpers.ts'
import { forge, slowKeys, unsigned } from '../lobby/fixtures.ts'
import { serving, temporaryFolder } from './serving.ts'

const SECRET = 'a secret of more than thirty-two bytes, for tests'
const CAT = ['--json', '--', 'cat']
const now = () => Math.floor(Date.now() / 1000)

/** A token of somebody else, signed with a secret. */
function signed(claims: object, secret = SECRET, header: object = { alg: 'HS256' }): string {
  const parts = [header, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')
  return `${parts}.${createHmac('sha256', secret).update(parts).digest('base64url')}`
}

const ada = (more: object = {}) => signed({ sub: 'ada', name: 'Ada', exp: now() + 60, ...more })
const authorize = (token: unknown) => ({ type: 'authorize', data: { token } })

/** A server with a lobby, where everybody may play as a guest. */
async function lobby(...args: string[]): Promise<TestServer> {
  return serving(['--lobby', '--data', temporaryFolder(), '--guests', '--authlimit', '1000:1000', ...args, ...CAT])
}

async function post(server: TestServer, path: string, body: object, token?: string) {
  const answer = await fetch(`${server.url}/api/v1${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) },
    body: JSON.stringify(body),
  })
  return {
    status: answer.status,
    cookie: answer.headers.get('set-cookie'),
    ...((await answer.json().catch(() => ({}))) as object),
  } as {
    status: number
    cookie: string | null
    token: string
    ticket: { token: string } | string
    game: { id: string; room: string }
  }
}

const guest = async (server: TestServer, name: string) => (await post(server, '/guests', { name })).token

describe.each(TRANSPORTS)('the door on %s', (transport) => {
  const closed = (...args: string[]) =>
    serving(['--transport', transport, '--jwtsecret', SECRET, '--auth', 'required', ...args, ...CAT])

  test('lets in who brings a token, in whatever place, and tells the game who it is', async () => {
    const server = await closed()
    const join = (id: number) => `{"t":"Join","_from":${id},"_sub":"ada","_name":"Ada"}`
    const byQuery = await connect(server, `/den?x=1&token=${ada()}&y=2`)
    expect(await byQuery.next()).toBe(join(1))
    const byHeader = await connect(server, '/den', { headers: { authorization: `Bearer ${ada()}` } })
    expect(await byHeader.next()).toBe(join(2))
    const byProtocol = await connect(server, '/den', { protocols: ['playpipe.v1', `bearer.${ada()}`] })
    expect(byProtocol.ws.protocol).toBe('playpipe.v1')
    await byProtocol.next()
    expect(await byProtocol.next()).toBe(join(3))
    const byMessage = await connect(server, '/den')
    byMessage.send(authorize(ada()))
    expect(await byMessage.json()).toEqual({ ok: true, error: null })
    expect(await byMessage.next()).toBe(join(4))
  })

  test('the same person twice is two clients with one name, and no client can say that it is another', async () => {
    const server = await closed()
    const [one, two] = [await connect(server, `/den?token=${ada()}`), await connect(server, `/den?token=${ada()}`)]
    await two.next()
    one.send({ x: 1, _sub: 'eve', _from: 9 })
    expect((await one.until((frame) => frame.includes('x'))).at(-1)).toBe('{"_from":1,"x":1}')
  })

  test('takes what is sent while a token is looked at, in order', async () => {
    const server = await closed()
    const client = await connect(server, `/den?token=${ada()}`)
    for (let n = 1; n <= 20; n++) client.send({ n })
    const heard = await client.until((frame) => frame.includes('"n":20'))
    expect(heard.slice(1).map((frame) => JSON.parse(frame).n)).toEqual(Array.from({ length: 20 }, (_, n) => n + 1))
  })

  test('bounds what is sent while a token is looked at, empty messages as well', async () => {
    const keys = await slowKeys()
    const words = ['--transport', transport, '--jwks', keys.url, '--maxpayload', '2k']
    const server = await serving([...words, '--', 'cat'])
    const token = await keys.sign({ sub: 'ada' })
    const [flood, large, one] = [
      await connect(server, `/den?token=${token}`),
      await connect(server, `/den?token=${token}`),
      await connect(server, `/den?token=${token}`),
    ]
    for (let n = 0; n < 1001; n++) flood.send('')
    expect(await flood.closed).toMatchObject({ code: 1008, reason: 'too much before it was let in' })
    large.send('x'.repeat(2000))
    large.send('x'.repeat(2000))
    expect(await large.closed).toMatchObject({ code: 1008 })
    for (let n = 0; n < 100; n++) one.send('')
    one.send('x'.repeat(2048))
    keys.release()
    const heard = await one.until((frame) => frame !== '')
    expect(heard).toHaveLength(101)
  })

  test.each<[string, () => string]>([
    ['signed by nobody', () => unsigned({ alg: 'none' }, { sub: 'ada', exp: now() + 60 })],
    ['that was changed', () => forge(ada(), 1)],
    ['with a changed signature', () => forge(ada(), 2)],
    [
      'signed with another secret',
      () => signed({ sub: 'ada', exp: now() + 60 }, 'another secret of more than thirty-two bytes'),
    ],
    ['that has ended', () => ada({ exp: now() - 60 })],
    ['that begins later', () => ada({ nbf: now() + 600 })],
    ['that is no token', () => 'x'],
    ['that is empty', () => ''],
  ])('refuses a token %s, and starts nothing for it', async (_what, token) => {
    const server = await closed('--metrics')
    const client = await connect(server, `/den?token=${token()}`)
    expect(await client.closed).toMatchObject({ code: 4401 })
    const other = await connect(server, '/den')
    other.send(authorize(token()))
    expect(await other.json()).toMatchObject({ ok: false, error: expect.any(String) })
    expect(await other.closed).toMatchObject({ code: 4401 })
    expect(server.log()).not.toContain('started')
    expect(await (await fetch(`${server.url}/metrics`)).text()).toMatch(/playpipe_tokens_refused_total\{[^}]*\} 2/)
  })

  test('accepts nothing before it knows who speaks', async () => {
    const server = await closed()
    for (const message of [
      '{"x":1}',
      'hello',
      '[]',
      '{"type":"authorize"}',
      '{"type":"authorize","data":{"token":7}}',
    ]) {
      const client = await connect(server, '/den')
      client.send(message)
      expect(await client.json(), message).toEqual({ ok: false, error: 'say who you are first' })
      expect(await client.closed, message).toMatchObject({ code: 4401 })
    }
    expect(server.log()).not.toContain('started')
  })

  test('closes who says nothing', { timeout: 15_000 }, async () => {
    const server = await closed()
    const client = await connect(server, '/den')
    expect(await client.json()).toEqual({ ok: false, error: 'no token came in time' })
    expect(await client.closed).toMatchObject({ code: 4401 })
  })

  test('counts sockets that wait for a token among those of an address', async () => {
    const server = await closed('--maxip', '3')
    const waiting = [await connect(server, '/a'), await connect(server, '/b'), await connect(server, '/c')]
    expect(await (await connect(server, '/d')).closed).toMatchObject({ code: 4429 })
    await waiting[0]!.close(1000)
    const next = await connect(server, `/e?token=${ada()}`)
    expect(await next.next()).toContain('Join')
  })

  test('closes a socket when its token ends', async () => {
    const server = await closed()
    const client = await connect(server, `/den?token=${ada({ exp: now() + 2 })}`)
    await client.next()
    expect(await client.closed).toMatchObject({ code: 4401, reason: 'the log-in has ended' })
  })

  test('shows no token to game, templates and log', async () => {
    const server = await serving([
      ...['--transport', transport, '--jwtsecret', SECRET, '-v', '-v', '--json', '--joinmsg'],
      ...['{"q":"#QUERY_STRING","t":"#PARAM_TOKEN","r":"#CLAIM_role"}', '--', 'sh', '-c', 'env >&2; cat'],
    ])
    const token = ada({ role: 'wizard' })
    const client = await connect(server, `/den?a=1&token=${token}`)
    expect(await client.next()).toBe('{"q":"a=1","t":"","r":"wizard"}')
    await server.logged(/QUERY_STRING=a=1/)
    expect(server.log()).not.toContain(token.slice(0, 40))
  })

  test('lets everybody in where a token is not required, and knows who has one', async () => {
    const server = await serving(['--transport', transport, '--jwtsecret', SECRET, ...CAT])
    expect(await (await connect(server, '/den')).next()).toBe('{"t":"Join","_from":1,"_sub":"","_name":""}')
    const known = await connect(server, `/den?token=${ada()}`)
    expect(await known.next()).toBe('{"t":"Join","_from":2,"_sub":"ada","_name":"Ada"}')
    expect(await (await connect(server, '/den?token=x')).closed).toMatchObject({ code: 4401 })
  })

  test('heeds a cookie only from a page of its own', async () => {
    const server = await lobby('--transport', transport, '--auth', 'required')
    const { cookie } = await post(server, '/guests', { name: 'Ada' })
    const headers = { cookie: cookie!.split(';')[0]! }
    const own = await connect(server, '/den', { headers: { ...headers, origin: server.url } })
    expect(await own.next()).toContain('"_name":"Ada"')
    for (const origin of ['https://evil.example', 'null', `${server.url}.evil.example`]) {
      const foreign = await connect(server, '/den', { headers: { ...headers, origin } })
      foreign.send({ x: 1 })
      expect(await foreign.closed, origin).toMatchObject({ code: 4401 })
    }
  })

  test('lets in as nobody whose cookie is good no longer, where nobody has to say who it is', async () => {
    const server = await lobby('--transport', transport)
    const made = await post(server, '/guests', { name: 'Ada' })
    const room = (await post(server, '/games', {}, made.token)).game.room
    const headers = { cookie: made.cookie!.split(';')[0]!, origin: server.url }
    const known = await connect(server, '/den', { headers })
    expect(await known.next()).toContain('"_name":"Ada"')
    await post(server, '/logout', {}, made.token)
    await known.closed
    for (const cookie of [headers.cookie, 'playpipe_session=x']) {
      const nobody = await connect(server, '/den', { headers: { ...headers, cookie } })
      nobody.send({ x: 1 })
      expect(await nobody.next()).toContain('"_name":""')
      expect(await nobody.json()).toMatchObject({ x: 1 })
      for (const path of ['/ws', `/${room}`])
        expect(await (await connect(server, path, { headers: { ...headers, cookie } })).closed, path).toMatchObject({
          code: 4401,
        })
      const said = await connect(server, `/den?token=${made.token}`, { headers: { ...headers, cookie } })
      expect(await said.closed).toMatchObject({ code: 4401 })
    }
    const closed = await lobby('--transport', transport, '--auth', 'required')
    const refused = await connect(closed, '/den', { headers: { ...headers, origin: closed.url } })
    expect(await refused.closed).toMatchObject({ code: 4401 })
  })

  test('turns away whose cookie can not be looked at now', async () => {
    const server = await lobby('--transport', transport, '--jwks', 'http://127.0.0.1:1/')
    const token = await (await slowKeys()).sign({ sub: 'ada' })
    const headers = { cookie: `playpipe_session=${token}`, origin: server.url }
    const client = await connect(server, '/den', { headers })
    expect(await client.closed).toMatchObject({ code: 4401, reason: expect.stringContaining('unavailable') })
  })

  test('holds whose cookie is good no longer to the limits of all others', async () => {
    const keys = await slowKeys()
    const server = await lobby('--transport', transport, '--maxconns', '1', '--jwks', keys.url)
    const cookie = `playpipe_session=${forge(await keys.sign({ sub: 'ada' }), 2)}`
    const headers = { cookie, origin: server.url }
    const both = [await connect(server, '/den', { headers }), await connect(server, '/den', { headers })]
    keys.release()
    const heard = await Promise.allSettled(both.map((client) => client.next()))
    expect(heard.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
    expect(await Promise.race(both.map(({ closed }) => closed))).toMatchObject({ code: 4503 })
  })
})

describe('tickets', () => {
  const ticketOf = ({ ticket }: { ticket: { token: string } | string }) =>
    typeof ticket === 'string' ? ticket : ticket.token

  test('open the room of their game once, also by way of /ws', async () => {
    const server = await lobby()
    const token = await guest(server, 'Ada')
    const made = await post(server, '/games', {}, token)
    expect(made.status).toBe(201)
    const ticket = ticketOf(made)
    const player = await connect(server, '/ws')
    player.send(authorize(ticket))
    expect(await player.json()).toEqual({ ok: true, error: null })
    expect(await player.json()).toMatchObject({ t: 'Game', id: made.game.id })
    expect(await player.json()).toMatchObject({ t: 'Join', _from: 1, _name: 'Ada' })
    const again = await connect(server, `/ws?ticket=${ticket}`)
    expect(await again.closed).toMatchObject({ code: 4401, reason: expect.stringContaining('reused') })
  })

  test('are wanted in the room of a game, and good for no other', async () => {
    const server = await lobby()
    const token = await guest(server, 'Ada')
    const made = await post(server, '/games', {}, token)
    const room = `/${made.game.room}`
    expect(await (await connect(server, room)).closed).toMatchObject({ code: 4401 })
    expect(await (await connect(server, `${room}?token=${token}`)).closed).toMatchObject({ code: 4403 })
    expect(await (await connect(server, `/elsewhere?token=${ticketOf(made)}`)).closed).toMatchObject({ code: 4403 })
    expect(await (await connect(server, `/ws?token=${token}`)).closed).toMatchObject({ code: 4403 })
    const next = await post(server, `/games/${made.game.id}/ticket`, {}, token)
    expect(await (await connect(server, `${room}?token=${ticketOf(next)}`)).next()).toContain('Game')
  })

  test('a log-out closes what the log-in has opened, its seat as well', async () => {
    const server = await lobby('--resume', '30')
    const token = await guest(server, 'Ada')
    const made = await post(server, '/games', {}, token)
    const inGame = await connect(server, '/ws', { protocols: ['playpipe.v1', `bearer.${ticketOf(made)}`] })
    const inRoom = await connect(server, `/den?token=${token}`)
    const other = await connect(server, `/den?token=${await guest(server, 'Bob')}`)
    await other.next()
    await post(server, '/logout', {}, token)
    expect(await inGame.closed).toMatchObject({ code: 4401, reason: 'logged out' })
    expect(await inRoom.closed).toMatchObject({ code: 4401, reason: 'logged out' })
    await other.until((frame) => frame.includes('Leave'))
    for (const id of [1, 2]) await server.logged(new RegExp(`client ${id} left`))
  })

  test('a seat comes back without another ticket, and a log-out ends it all the same', async () => {
    const server = await lobby('--resume', '30')
    const token = await guest(server, 'Ada')
    const made = await post(server, '/games', {}, token)
    const first = await connect(server, '/ws', { protocols: ['playpipe.v1', `bearer.${ticketOf(made)}`] })
    const seat = JSON.parse(String(await first.next()))
    first.cut()
    await server.logged(/client 1 is away/)
    const protocols = ['playpipe.v1', `playpipe.v1.${seat.token}.0`, `bearer.${ticketOf(made)}`]
    const second = await connect(server, '/ws', { protocols })
    expect(JSON.parse(String(await second.next()))).toMatchObject({ id: 1, resumed: true })
    await post(server, '/logout', {}, token)
    expect(await second.closed).toMatchObject({ code: 4401 })
    const third = await connect(server, '/ws', { protocols })
    expect(await third.closed).toMatchObject({ code: 4410 })
  })

  test('a log-out gives up the seat of who is away', async () => {
    const server = await lobby('--resume', '30')
    const token = await guest(server, 'Ada')
    const other = await connect(server, `/den?token=${await guest(server, 'Bob')}`)
    await other.next()
    const first = await connect(server, '/den', { protocols: ['playpipe.v1', `bearer.${token}`] })
    const seat = JSON.parse(String(await first.next()))
    first.cut()
    await other.until((frame) => frame.includes('Away'))
    await post(server, '/logout', {}, token)
    await other.until((frame) => frame.includes('{"t":"Leave","_from":2}'))
    const again = await connect(server, '/den', { protocols: ['playpipe.v1', `playpipe.v1.${seat.token}.0`] })
    expect(await again.closed).toMatchObject({ code: 4410 })
  })
})

test('a token in a header that is no header is no token', async () => {
  const server = await serving(['--jwtsecret', SECRET, '--auth', 'required', ...CAT])
  const answer = await raw(
    server,
    `GET /den HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nAuthorization: Bearer a\r\n b\r\n\r\n`,
    /\r\n\r\n/,
  )
  expect(answer).toMatch(/^HTTP\/1\.1 (101|400)/)
  expect(server.log()).not.toContain('started')
})

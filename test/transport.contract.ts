import { createConnection, type Socket as TcpSocket } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { createHttp } from '../src/edge/http.ts'
import {
  type Answer,
  type Handlers,
  type Hello,
  ListenError,
  type Session,
  type Socket,
  type Transport,
  type TransportOptions,
} from '../src/edge/transport.ts'
import { connect, eventually, raw, type TestClient } from './helpers.ts'

export interface TransportDriver {
  readonly name: string
  /** The shortest idle time that it allows, in seconds. */
  readonly shortestIdle: number
  create(options: TransportOptions, handlers: Handlers): Transport
}

/** What a handshake at `/refused` is answered with. */
const REFUSAL = { kind: 'refuse', status: 404, body: 'Not here' } as const
const MAX_PAYLOAD = 1000
const KEY = 'dGhlIHNhbXBsZSBub25jZQ=='
const handshake = (path: string, key = KEY, more = '') =>
  `GET ${path} HTTP/1.1\r\nHost: playpipe\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
  `Sec-WebSocket-Key: ${key}\r\nSec-WebSocket-Version: 13\r\n${more}\r\n`

/** Writes down what a session hears. */
class Listener implements Session {
  readonly heard: { text: string; binary: boolean }[] = []
  readonly closes: number[] = []
  drains = 0
  readonly closed$: Promise<number>
  private tellClosed!: (code: number) => void

  constructor(
    readonly socket: Socket,
    readonly hello: Hello,
    private readonly react: (listener: Listener, text: string) => void,
  ) {
    this.closed$ = new Promise((resolve) => {
      this.tellClosed = resolve
    })
  }

  message(bytes: Buffer, binary: boolean): void {
    const text = bytes.toString('latin1')
    this.heard.push({ text, binary })
    this.react(this, text)
  }

  drained(): void {
    this.drains++
  }

  closed(code: number): void {
    this.closes.push(code)
    this.tellClosed(code)
  }

  say(text: string): void {
    this.socket.send(Buffer.from(text), false)
  }
}

interface Running {
  readonly url: string
  readonly port: number
  readonly transport: Transport
  /** Sessions in the order of their opening. */
  readonly sessions: Listener[]
  /** A client and the session that it opened. */
  visit(path?: string): Promise<{ client: TestClient; session: Listener }>
}

interface Setting extends Partial<TransportOptions> {
  host?: string
  /** Runs while a session opens. */
  opening?(socket: Socket): void
  /** Runs when a session hears a message. */
  react?(session: Listener, text: string): void
}

/** What every driver of WebSockets must do, however it does it. */
export function transportContract(driver: TransportDriver): void {
  describe(`transport ${driver.name}`, () => {
    const cleanup: (() => unknown)[] = []
    afterEach(async () => {
      for (const undo of cleanup.splice(0).reverse()) await undo()
    })

    async function start(setting: Setting = {}): Promise<Running> {
      const sessions: Listener[] = []
      const accept = (hello: Hello): Answer => ({
        kind: 'accept',
        protocol: '',
        open: (socket) => {
          const session = new Listener(socket, hello, setting.react ?? (() => {}))
          sessions.push(session)
          setting.opening?.(socket)
          return session
        },
      })
      const { maxPayload = MAX_PAYLOAD, idle = 0, host = '127.0.0.1' } = setting
      const transport = driver.create(
        { maxPayload, idle },
        {
          upgrade: (hello) => (hello.path === '/refused' ? REFUSAL : accept(hello)),
          http: createHttp({
            headers: () => ({}),
            client: undefined,
            metrics: undefined,
            api: undefined,
            files: (otherwise) => otherwise,
          }),
        },
      )
      cleanup.push(() => transport.close(1001, ''))
      const port = await transport.listen({ host, port: 0 })
      const url = `http://127.0.0.1:${port}`
      const visit = async (path = '/room') => {
        const client = await connect({ url }, path)
        cleanup.push(() => client.cut())
        return { client, session: await eventually('a session', () => sessions.at(-1)) }
      }
      return { url, port, transport, sessions, visit }
    }

    /** A TCP connection that does only what the test does. */
    function tcp(port: number, allowHalfOpen = false): TcpSocket {
      const socket = createConnection({ port, host: '127.0.0.1', allowHalfOpen })
      socket.on('error', () => {}) // a server that cuts it is what some tests are about
      cleanup.push(() => socket.destroy())
      return socket
    }

    /** A WebSocket made by hand, after its handshake. */
    async function handmade(port: number): Promise<TcpSocket> {
      const socket = tcp(port)
      const accepted = new Promise<void>((resolve) => {
        let answer = ''
        socket.on('data', (chunk) => {
          answer += chunk.toString('latin1')
          if (answer.includes('\r\n\r\n')) resolve()
        })
      })
      socket.write(handshake('/room'))
      await accepted
      return socket
    }

    describe('handshake', () => {
      it('answers a refused one with the status and the body', async () => {
        const server = await start()
        const answer = await raw(server, handshake('/refused'), /Not here/)
        expect(answer).toMatch(/^HTTP\/1\.1 404 Not Found\r\n/)
        expect(answer).toMatch(/\r\n\r\nNot here$/)
        expect(server.sessions).toEqual([])
      })

      it('tells path and query as they were sent, the address and the headers', async () => {
        const server = await start()
        const { client, session } = await server.visit('/r%C3%A9d%2Froom?name=a%20b&x=1?2')
        const { path, query, ip, port, headers } = session.hello
        expect({ path, query, ip }).toEqual({ path: '/r%C3%A9d%2Froom', query: 'name=a%20b&x=1?2', ip: '127.0.0.1' })
        const own = (client.ws as unknown as { _socket: TcpSocket })._socket.localPort
        expect([0, own]).toContain(port)
        expect(headers['sec-websocket-version']).toBe('13')
        await server.visit('/plain')
        expect(server.sessions.at(-1)!.hello).toMatchObject({ path: '/plain', query: '' })
      })

      it('gives an IPv4 peer its IPv4 address where it listens on IPv6 as well', async () => {
        const server = await start({ host: '::' })
        const { session } = await server.visit()
        expect(session.hello.ip).toBe('127.0.0.1')
      })

      it('writes an IPv6 address the short way', async () => {
        const server = await start({ host: '::1' })
        const client = await connect({ url: `http://[::1]:${server.port}` }, '/room')
        cleanup.push(() => client.cut())
        expect(server.sessions[0]!.hello.ip).toBe('::1')
      })

      it('takes as many bytes of headers as Node does: cookies and tokens are long', async () => {
        const server = await start()
        const client = await connect(server, '/room', { headers: { Cookie: `session=${'c'.repeat(12_000)}` } })
        cleanup.push(() => client.cut())
        expect(server.sessions[0]!.hello.headers.cookie).toHaveLength(12_008)
      })

      it.each([
        ['too short', 'dGhlIHNhbXBsZQ=='],
        ['too long', 'dGhlIHNhbXBsZSBub25jZSBsb25nZXI='],
        ['no base64', '!'.repeat(24)],
        ['longer than its padding', `${KEY}=`],
      ])('answers 400 to a key that is %s', async (_what, key) => {
        const server = await start()
        expect(await raw(server, handshake('/room', key), /\r\n\r\n/)).toMatch(/^HTTP\/1\.1 400 /)
        expect(server.sessions).toEqual([])
      })

      it('answers 400 to a handshake without a key', async () => {
        const server = await start()
        const request = handshake('/room').replace(/Sec-WebSocket-Key.*\r\n/, '')
        expect(await raw(server, request, /\r\n\r\n/)).toMatch(/^HTTP\/1\.1 400 /)
        expect(server.sessions).toEqual([])
      })

      it('answers a request as if it asked for no upgrade when it asks for another protocol', async () => {
        const server = await start()
        const request = 'GET /health HTTP/1.1\r\nHost: p\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n\r\n'
        expect(await raw(server, request, /"ok"/)).toMatch(/^HTTP\/1\.1 200 /)
      })

      it('answers a request with a body that asks for another protocol', async () => {
        const server = await start()
        const request =
          'POST /health HTTP/1.1\r\nHost: p\r\nConnection: Upgrade\r\nUpgrade: h2c\r\nContent-Length: 2\r\n\r\n{}'
        expect(await raw(server, request, /\r\n\r\n./)).toMatch(/^HTTP\/1\.1 4\d\d /)
      })

      it('half of one, and one that is cut, harm nobody', async () => {
        const server = await start()
        const { client, session } = await server.visit()
        for (const length of [1, 20, handshake('/room').length - 2, handshake('/room').length]) {
          const socket = tcp(server.port)
          await new Promise<void>((done) => socket.write(handshake('/room').slice(0, length), () => done()))
          socket.destroy()
        }
        const half = tcp(server.port)
        half.write(handshake('/room').slice(0, 40))
        await raw(server, 'not HTTP at all\r\n\r\n', /\r\n\r\n/)
        client.send('still here')
        session.say('and so is the server')
        expect(await client.next()).toBe('and so is the server')
        await eventually('the message', () => session.heard.length === 1)
        const { client: next } = await server.visit()
        server.sessions.at(-1)!.say('welcome')
        expect(await next.next()).toBe('welcome')
      })
    })

    describe('messages', () => {
      it.each([
        ['text', 'héllo 🎲', false],
        ['text of no length', '', false],
        ['bytes', '\x00\xff\x80', true],
        ['no bytes', '', true],
      ])('carries %s both ways', async (_what, text, binary) => {
        const server = await start()
        const { client, session } = await server.visit()
        const bytes = Buffer.from(text, binary ? 'latin1' : 'utf8')
        client.ws.send(bytes, { binary })
        session.socket.send(bytes, binary)
        expect(await client.next()).toEqual(binary ? bytes : text)
        await eventually('the message', () => session.heard.length > 0)
        expect(session.heard).toEqual([{ text: bytes.toString('latin1'), binary }])
      })

      it('carries a message that came in fragments as one', async () => {
        const server = await start({ react: (session) => session.say('heard') })
        const { client, session } = await server.visit()
        client.ws.send('one ', { fin: false })
        client.ws.ping()
        client.ws.send('message', { fin: true })
        await client.next()
        expect(session.heard).toEqual([{ text: 'one message', binary: false }])
      })

      it('keeps the order of many in both directions', async () => {
        const server = await start({ react: (session, text) => session.say(text) })
        const { client } = await server.visit()
        const sent = Array.from({ length: 2000 }, (_, n) => `message ${n}`)
        for (const message of sent) client.send(message)
        expect(await client.until((frame) => frame === sent.at(-1))).toEqual(sent)
      })

      it('a message may be as large as is allowed, and no larger: 1009', async () => {
        const server = await start({ react: (session) => session.say('heard') })
        const { client, session } = await server.visit()
        client.send('x'.repeat(MAX_PAYLOAD))
        expect(await client.next()).toBe('heard')
        client.send('x'.repeat(MAX_PAYLOAD + 1))
        expect((await client.closed).code).toBe(1009)
        await session.closed$
        expect(session.heard).toHaveLength(1)
      })

      it('counts the fragments of a message together', async () => {
        const server = await start()
        const { client, session } = await server.visit()
        client.ws.send('x'.repeat(MAX_PAYLOAD), { fin: false })
        client.ws.send('x', { fin: true })
        expect((await client.closed).code).toBe(1009)
        expect(session.heard).toEqual([])
      })

      it('a message beyond four times as much cuts the connection, whatever is sent of it', async () => {
        const server = await start()
        const { client, session } = await server.visit()
        client.ws.send('x'.repeat(MAX_PAYLOAD * 40), { fin: false })
        expect([1006, 1009]).toContain((await client.closed).code)
        await session.closed$
        expect(session.heard).toEqual([])
      })

      it('text that is not UTF-8 closes with 1007, or is cut', async () => {
        const server = await start()
        const { client, session } = await server.visit()
        client.ws.send(Buffer.from([0x61, 0xff]), { binary: false })
        expect([1006, 1007]).toContain((await client.closed).code)
        await session.closed$
        expect(session.heard).toEqual([])
      })

      it('a frame that is cut in its middle is no message', async () => {
        const server = await start()
        const socket = await handmade(server.port)
        const session = await eventually('the session', () => server.sessions[0])
        // A masked text frame that says 5 bytes and brings 2.
        socket.end(Buffer.from([0x81, 0x85, 0, 0, 0, 0, 0x68, 0x65]))
        expect(await session.closed$).toBe(1006)
        expect(session.heard).toEqual([])
      })

      it('pings are answered, and no session hears of them', async () => {
        const server = await start({ react: (session) => session.say('heard') })
        const { client, session } = await server.visit()
        const pong = new Promise((resolve) => client.ws.once('pong', (data) => resolve(String(data))))
        client.ws.ping('are you there?')
        client.ws.pong('unasked')
        client.send('a message')
        expect(await pong).toBe('are you there?')
        await client.next()
        expect(session.heard).toEqual([{ text: 'a message', binary: false }])
      })
    })

    describe('publish', () => {
      const published = (server: Running, topic: string, text: string) =>
        server.transport.publish(topic, Buffer.from(text), false)

      it('reaches every subscriber of the topic, in order with what each is sent alone', async () => {
        const server = await start()
        const first = await server.visit()
        const second = await server.visit()
        for (const { session } of [first, second]) session.socket.subscribe('a')
        first.session.say('1')
        published(server, 'a', '2')
        first.session.say('3')
        published(server, 'a', '4')
        published(server, 'a', '5')
        first.session.say('6')
        second.session.say('end')
        expect(await first.client.until((frame) => frame === '6')).toEqual(['1', '2', '3', '4', '5', '6'])
        expect(await second.client.until((frame) => frame === 'end')).toEqual(['2', '4', '5', 'end'])
      })

      it('keeps text and bytes apart', async () => {
        const server = await start()
        const { client, session } = await server.visit()
        session.socket.subscribe('a')
        server.transport.publish('a', Buffer.from([1, 2, 255]), true)
        published(server, 'a', 'text')
        expect(await client.next()).toEqual(Buffer.from([1, 2, 255]))
        expect(await client.next()).toBe('text')
      })

      it('reaches nobody of another topic, and one who is in two topics by each', async () => {
        const server = await start()
        const one = await server.visit()
        const two = await server.visit()
        one.session.socket.subscribe('a')
        two.session.socket.subscribe('a')
        two.session.socket.subscribe('ab')
        published(server, 'ab', 'for two')
        published(server, 'nobody', 'for nobody')
        published(server, 'a', 'for both')
        expect(await one.client.next()).toBe('for both')
        expect(await two.client.until((frame) => frame === 'for both')).toEqual(['for two', 'for both'])
      })

      it('still brings what was published before a socket unsubscribed, and nothing after', async () => {
        const server = await start()
        const { client, session } = await server.visit()
        session.socket.subscribe('a')
        session.socket.subscribe('b')
        published(server, 'a', 'before')
        session.socket.unsubscribe('a')
        published(server, 'a', 'after')
        published(server, 'b', 'of another topic')
        session.say('end')
        expect(await client.until((frame) => frame === 'end')).toEqual(['before', 'of another topic', 'end'])
      })

      it('begins with what is published after a socket subscribed, and once however often it did', async () => {
        const server = await start()
        const { client, session } = await server.visit()
        published(server, 'a', 'before')
        session.socket.subscribe('a')
        session.socket.subscribe('a')
        published(server, 'a', 'after')
        session.say('end')
        expect(await client.until((frame) => frame === 'end')).toEqual(['after', 'end'])
      })

      it('loses nothing for a subscriber who does not read', async () => {
        const server = await start()
        const { client, session } = await server.visit()
        session.socket.subscribe('a')
        client.ws.pause()
        const text = 'x'.repeat(10_000)
        for (let n = 0; n < 2000; n++) {
          published(server, 'a', `${n} ${text}`)
          if (n % 100 === 0) await new Promise((turn) => setImmediate(turn))
        }
        session.say('end')
        client.ws.resume()
        const numbers = (await client.until((frame) => frame === 'end')).map((frame) => frame.split(' ')[0])
        expect(numbers).toEqual([...Array.from({ length: 2000 }, (_, n) => String(n)), 'end'])
      })
    })

    describe('backlog', () => {
      it('grows with what a peer does not read, and the session hears when it has shrunk', async () => {
        const server = await start()
        const { client, session } = await server.visit()
        expect(session.socket.backlog()).toBe(0)
        client.ws.pause()
        const block = Buffer.alloc(1 << 20, 'x')
        await eventually('a backlog', () => {
          session.socket.send(block, true)
          return session.socket.backlog() > 4 * block.length
        })
        const drains = session.drains
        client.ws.resume()
        await eventually('the backlog to go', () => session.socket.backlog() === 0)
        expect(session.drains).toBeGreaterThan(drains)
      })
    })

    describe('end', () => {
      it('brings all that was sent and published before, then the code and the reason', async () => {
        const server = await start()
        const { client, session } = await server.visit()
        session.socket.subscribe('a')
        session.say('sent')
        server.transport.publish('a', Buffer.from('published'), false)
        session.socket.end(4001, 'that was all')
        expect(await client.next()).toBe('sent')
        expect(await client.next()).toBe('published')
        expect(await client.closed).toEqual({ code: 4001, reason: 'that was all' })
      })

      it('brings a long backlog to a peer that reads late', async () => {
        const server = await start()
        const { client, session } = await server.visit()
        client.ws.pause()
        const block = Buffer.alloc(1 << 20)
        for (let n = 0; n < 16; n++) session.socket.send(block.fill(n), true)
        session.socket.end(1000, 'done')
        client.ws.resume()
        const sizes: number[] = []
        for (let n = 0; n < 16; n++) sizes.push((await client.next()).length)
        expect(sizes).toEqual(Array(16).fill(block.length))
        expect(await client.closed).toEqual({ code: 1000, reason: 'done' })
      })

      it('takes a reason of 123 bytes', async () => {
        const server = await start()
        const { client, session } = await server.visit()
        const reason = `${'é'.repeat(61)}!`
        session.socket.end(1011, reason)
        expect(await client.closed).toEqual({ code: 1011, reason })
      })

      it('silences the session: what the peer sent behind it is not heard', async () => {
        const server = await start({ react: (session) => session.socket.end(4000, 'enough') })
        const { client, session } = await server.visit()
        const socket = (client.ws as unknown as { _socket: TcpSocket })._socket
        socket.cork()
        for (const message of ['one', 'two', 'three']) client.send(message)
        socket.uncork()
        expect((await client.closed).code).toBe(4000)
        await session.closed$
        expect(session.heard.map(({ text }) => text)).toEqual(['one'])
      })

      it('makes every later call do nothing', async () => {
        const server = await start()
        const other = await server.visit()
        const { client, session } = await server.visit()
        session.socket.end(1000, 'first')
        useInEveryWay(session)
        expect(await client.closed).toEqual({ code: 1000, reason: 'first' })
        expect(client.waiting()).toEqual([])
        await session.closed$
        useInEveryWay(session)
        expect(session.closes).toHaveLength(1)
        other.session.say('the server goes on')
        expect(await other.client.next()).toBe('the server goes on')
      })

      function useInEveryWay({ socket }: Listener): void {
        socket.subscribe('late')
        socket.send(Buffer.from('late'), false)
        socket.unsubscribe('late')
        socket.end(4000, 'second')
        expect(socket.backlog()).toBeGreaterThanOrEqual(0)
      }

      it('every call on a socket that its peer cut does nothing', async () => {
        const server = await start()
        const { client, session } = await server.visit()
        client.cut()
        await session.closed$
        useInEveryWay(session)
        server.transport.publish('late', Buffer.from('x'), false)
        expect(session.socket.backlog()).toBe(0)
        expect(session.closes).toEqual([1006])
      })
    })

    describe('the end of a session is told exactly once', () => {
      it.each<[string, number[], (client: TestClient, session: Listener) => unknown]>([
        ['its peer closes', [1000], (client) => client.close(1000)],
        ['its peer closes with a code of its own', [4321], (client) => client.close(4321)],
        ['its peer closes without a code', [1005], (client) => client.close()],
        ['its peer is cut', [1006], (client) => client.cut()],
        ['its peer sends too much', [1009, 1006], (client) => client.send('x'.repeat(MAX_PAYLOAD + 1))],
        // An opcode that does not exist, with bits that nobody agreed on.
        [
          'its peer breaks the protocol',
          [1002, 1006],
          (client) => sendRaw(client, Buffer.from([0xff, 0x81, 0, 0, 0, 0, 0x41])),
        ],
        ['it is ended here', [4000], (_client, session) => session.socket.end(4000, '')],
        [
          'both sides end it at once',
          [4000, 4001],
          (client, session) => {
            session.socket.end(4000, '')
            client.ws.close(4001)
          },
        ],
      ])('when %s', async (_how, codes, act) => {
        const server = await start()
        const bystander = await server.visit()
        const { client, session } = await server.visit()
        act(client, session)
        await client.closed
        expect(codes).toContain(await session.closed$)
        // Whatever could come a second time has come when another session was opened and closed.
        await bystander.client.close(1000)
        await bystander.session.closed$
        expect(session.closes).toHaveLength(1)
      })

      function sendRaw(client: TestClient, bytes: Buffer): void {
        ;(client.ws as unknown as { _socket: TcpSocket })._socket.write(bytes)
      }

      it('when it is ended while it opens', async () => {
        const server = await start({ opening: (socket) => socket.end(4503, 'full') })
        const { client, session } = await server.visit()
        expect(await client.closed).toEqual({ code: 4503, reason: 'full' })
        await eventually('the session to hear of it', () => session.closes.length > 0)
        expect(session.closes).toHaveLength(1)
      })

      it('when the transport closes', async () => {
        const server = await start()
        const { client, session } = await server.visit()
        await server.transport.close(1001, 'going away')
        await client.closed
        await session.closed$
        await server.transport.close(1001, 'once more')
        expect(session.closes).toHaveLength(1)
      })
    })

    describe('idle', () => {
      it('drops a peer that answers no pings, and keeps one that does', { timeout: 40_000 }, async () => {
        const server = await start({ idle: driver.shortestIdle })
        const { client: alive } = await server.visit()
        const silent = new WebSocket(`${server.url.replace('http', 'ws')}/room`, { autoPong: false })
        await new Promise((resolve) => silent.once('open', resolve))
        const gone = server.sessions[1]!
        expect(await gone.closed$).toBe(1006)
        expect(server.sessions[0]!.closes).toEqual([])
        server.sessions[0]!.say('you are still here')
        expect(await alive.next()).toBe('you are still here')
        expect(gone.heard).toEqual([])
      })
    })

    describe('end, to a peer that takes nothing', () => {
      it('cuts it off in the end, though it shows that it lives', { timeout: 60_000 }, async () => {
        const server = await start({ idle: driver.shortestIdle })
        const socket = await handmade(server.port)
        socket.pause()
        const session = server.sessions[0]!
        for (let i = 0; i < 32; i++) session.say('x'.repeat(1 << 20))
        await eventually('a backlog', () => session.socket.backlog() > 0)
        session.socket.end(1013, 'too slow')
        const pings = setInterval(() => socket.write(Buffer.from([0x89, 0x80, 0, 0, 0, 0])), 300)
        cleanup.push(() => clearInterval(pings))
        expect(await session.closed$).toBe(1006)
      })
    })

    describe('listen', () => {
      it('rejects with a ListenError where the port is in use, by a server of the same kind as well', async () => {
        const server = await start()
        const second = driver.create(
          { maxPayload: 1, idle: 0 },
          { upgrade: () => REFUSAL, http: (_request, response) => void response.end() },
        )
        await expect(second.listen({ host: '127.0.0.1', port: server.port })).rejects.toThrow(ListenError)
        await second.close(1001, '')
        const { client, session } = await server.visit()
        session.say('the first goes on')
        expect(await client.next()).toBe('the first goes on')
      })

      it('rejects with a ListenError where the address is not of this machine', async () => {
        const stranger = driver.create({ maxPayload: 1, idle: 8 }, { upgrade: () => REFUSAL, http: () => {} })
        await expect(stranger.listen({ host: '192.0.2.1', port: 0 })).rejects.toThrow(ListenError)
        await stranger.close(1001, '')
      })
    })

    describe('close', () => {
      it('ends everyone with the code, lets nobody in any more, and resolves', async () => {
        const server = await start()
        const visitors = [await server.visit(), await server.visit(), await server.visit()]
        await server.transport.close(1001, 'the server is going away')
        for (const { client } of visitors)
          expect(await client.closed).toEqual({ code: 1001, reason: 'the server is going away' })
        await expect(connect(server, '/room')).rejects.toThrow(/ECONNREFUSED/)
      })

      it('may be called twice', async () => {
        const server = await start()
        await Promise.all([server.transport.close(1001, ''), server.transport.close(1001, '')])
        await server.transport.close(1001, '')
      })

      it('still delivers what was sent before', async () => {
        const server = await start()
        const { client, session } = await server.visit()
        await fallBehind(client, session)
        const closing = server.transport.close(1001, 'bye')
        client.ws.resume()
        await client.until((frame) => frame === 'last')
        expect(await client.closed).toEqual({ code: 1001, reason: 'bye' })
        await closing
      })

      it('still delivers what was sent to a socket that was ended just before', async () => {
        const server = await start()
        const { client, session } = await server.visit()
        await fallBehind(client, session)
        session.socket.end(4000, 'the game is over')
        const closing = server.transport.close(1001, 'bye')
        client.ws.resume()
        await client.until((frame) => frame === 'last')
        expect(await client.closed).toEqual({ code: 4000, reason: 'the game is over' })
        await closing
      })

      it('lets nobody in while it delivers', async () => {
        const server = await start()
        const { client, session } = await server.visit()
        await fallBehind(client, session)
        const closing = server.transport.close(1001, 'bye')
        const outcome = await connect(server, '/room').then(
          () => 'let in',
          () => 'not let in',
        )
        expect(outcome).toBe('not let in')
        expect(server.sessions).toHaveLength(1)
        client.ws.resume()
        await closing
      })

      it('does not wait for ever for a peer that reads nothing and answers nothing', { timeout: 8000 }, async () => {
        const server = await start()
        const socket = await handmade(server.port)
        const session = await eventually('the session', () => server.sessions[0])
        socket.pause()
        session.socket.send(Buffer.alloc(32 << 20), true)
        await server.transport.close(1001, 'bye')
        await session.closed$
        expect(session.closes).toHaveLength(1)
      })

      it('does not wait for ever for a peer that was refused and stays connected', { timeout: 8000 }, async () => {
        const server = await start()
        const refused = tcp(server.port, true)
        refused.write(handshake('/refused'))
        await new Promise((answered) => refused.once('data', answered))
        const idle = tcp(server.port, true)
        idle.write('GET /health HTTP/1.1\r\nHost: p\r\n\r\n')
        await new Promise((answered) => idle.once('data', answered))
        const half = tcp(server.port, true)
        await new Promise<void>((done) => half.write(handshake('/room').slice(0, 40), () => done()))
        await server.transport.close(1001, 'bye')
      })

      /** More than the kernel's buffers hold waits for the client, which does not read. */
      async function fallBehind(client: TestClient, session: Listener): Promise<void> {
        client.ws.pause()
        const block = Buffer.alloc(1 << 20)
        await eventually('a backlog', () => {
          session.socket.send(block, true)
          return session.socket.backlog() > 4 * block.length
        })
        session.say('last')
      }
    })
  })
}

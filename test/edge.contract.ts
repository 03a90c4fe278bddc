import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { createConnection, type Socket as TcpSocket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect as tlsConnect } from 'node:tls'
import { deflateRawSync } from 'node:zlib'
import { afterEach, describe, expect, it } from 'vitest'
import type { Place } from '../src/config.ts'
import { readCertificate } from '../src/edge/certificate.ts'
import {
  type Hello,
  HTTP_PATIENCE,
  type Session,
  type Socket,
  type Transport,
  type TransportOptions,
} from '../src/edge/transport.ts'
import { type CertificateFiles, makeCertificate } from './certificates.ts'
import { connect, eventually, raw, type TestClient } from './helpers.ts'
import type { TransportDriver } from './transport.contract.ts'

const MAX_PAYLOAD = 10_000
const KEY = 'dGhlIHNhbXBsZSBub25jZQ=='
const upgrade = (more = '') =>
  `GET /room HTTP/1.1\r\nHost: p\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: ${KEY}\r\n` +
  `Sec-WebSocket-Version: 13\r\n${more}\r\n`
/** Compresses well, and to different bytes at each number. */
const long = (n: number) => JSON.stringify(Array.from({ length: 100 }, (_, id) => ({ id, x: n * id, y: id })))

/** What a session hears. */
class Listener implements Session {
  readonly heard: string[] = []
  drains = 0
  readonly closed$: Promise<number>
  closed!: (code: number) => void

  constructor(
    readonly socket: Socket,
    readonly hello: Hello,
  ) {
    this.closed$ = new Promise((resolve) => {
      this.closed = resolve
    })
  }

  message(bytes: Buffer): void {
    this.heard.push(String(bytes))
  }

  drained(): void {
    this.drains++
  }

  say(text: string): void {
    this.socket.send(Buffer.from(text), false)
  }
}

interface Running {
  readonly url: string
  readonly port: number
  readonly transport: Transport
  readonly sessions: Listener[]
  readonly requests: IncomingMessage[]
  /** A client and the session that it opened. */
  visit(options?: Parameters<typeof connect>[2]): Promise<{ client: TestClient; session: Listener }>
}

interface Setting extends Partial<TransportOptions> {
  place?: Place
  http?(request: IncomingMessage, response: ServerResponse): void
}

/** What every driver must do on the open internet. */
export function edgeContract(driver: TransportDriver): void {
  describe(`edge of ${driver.name}`, () => {
    const cleanup: (() => unknown)[] = []
    afterEach(async () => {
      for (const undo of cleanup.splice(0).reverse()) await undo()
    })

    async function start({ place = { host: '127.0.0.1', port: 0 }, http, ...options }: Setting = {}): Promise<Running> {
      const sessions: Listener[] = []
      const requests: IncomingMessage[] = []
      const transport = driver.create(
        { maxPayload: MAX_PAYLOAD, idle: 0, ...options },
        {
          upgrade: (hello) => ({
            kind: 'accept',
            protocol: '',
            open: (socket) => {
              const session = new Listener(socket, hello)
              sessions.push(session)
              socket.subscribe('all')
              return session
            },
          }),
          http: (request, response) => {
            requests.push(request)
            if (http) http(request, response)
            else response.end('answered')
          },
        },
      )
      cleanup.push(() => transport.close(1001, ''))
      const port = await transport.listen(place)
      const scheme = options.certificate ? 'https' : 'http'
      const url = 'path' in place ? `ws+unix:${place.path}:` : `${scheme}://127.0.0.1:${port}`
      const visit = async (how: Parameters<typeof connect>[2] = {}) => {
        const client = await connect({ url }, '/room', how)
        cleanup.push(() => client.cut())
        return { client, session: await eventually('a session', () => sessions.at(-1)) }
      }
      return { url, port, transport, sessions, requests, visit }
    }

    /** A TCP connection that does only what the test does. */
    function tcp(port: number): TcpSocket {
      const socket = createConnection({ port, host: '127.0.0.1', allowHalfOpen: true })
      socket.on('error', () => {}) // a server that cuts it is what some tests are about
      cleanup.push(() => socket.destroy())
      return socket
    }

    describe('TLS', () => {
      const [first, second] = [makeCertificate(`first-${driver.name}`), makeCertificate(`second-${driver.name}`)]
      const secured = (setting: Setting = {}) => start({ certificate: readCertificate(first), ...setting })

      /** Whom the certificate names that newcomers are shown. */
      const shown = (port: number, servername?: string) =>
        new Promise<string>((resolve, reject) => {
          const socket = tlsConnect({ port, host: '127.0.0.1', servername, rejectUnauthorized: false }, () => {
            resolve(String(socket.getPeerCertificate().subject.CN))
            socket.end()
          })
          socket.once('error', reject)
        })

      const get = (port: number, { pem }: CertificateFiles) =>
        new Promise<string>((resolve, reject) => {
          const asked = httpsRequest({ port, host: '127.0.0.1', path: '/health', ca: pem }, (response) => {
            response.setEncoding('utf8').on('data', (chunk) => resolve(chunk))
          })
          asked.once('error', reject).end()
        })

      it('carries WebSockets and requests, and tells that it does', async () => {
        const server = await secured()
        const { client, session } = await server.visit({ ca: first.pem })
        client.send('hello')
        await eventually('the message', () => session.heard.includes('hello'))
        session.say('welcome')
        expect(await client.next()).toBe('welcome')
        expect(session.hello.ip).toBe('127.0.0.1')
        expect(await get(server.port, first)).toBe('answered')
        expect(server.requests[0]!.socket).toMatchObject({ encrypted: true, remoteAddress: '127.0.0.1' })
      })

      it('takes a peer that does not read into its backlog, and hears when it has shrunk', async () => {
        const server = await secured()
        const { client, session } = await server.visit({ ca: first.pem })
        client.ws.pause()
        const block = Buffer.alloc(1 << 20, 'x')
        await eventually('a backlog', () => {
          session.socket.send(block, true)
          return session.socket.backlog() > 4 * block.length
        })
        client.ws.resume()
        await eventually('the backlog to go', () => session.socket.backlog() === 0)
        expect(session.drains).toBeGreaterThan(0)
      })

      it('cuts off who speaks no TLS, and nobody else', async () => {
        const server = await secured()
        const { client, session } = await server.visit({ ca: first.pem })
        expect(await raw(server, upgrade())).not.toMatch(/ 101 /)
        session.say('still here')
        expect(await client.next()).toBe('still here')
      })

      it('shows a new certificate to newcomers, whether they name the host or not, and keeps who is connected', async () => {
        const server = await secured()
        const before = await server.visit({ ca: first.pem })
        server.transport.renew(readCertificate(second))
        const after = await server.visit({ ca: second.pem })
        expect(await shown(server.port)).toBe(`second-${driver.name}`)
        expect(await shown(server.port, 'localhost')).toBe(`second-${driver.name}`)
        expect(await get(server.port, second)).toBe('answered')
        server.transport.publish('all', Buffer.from('for both'), false)
        expect(await before.client.next()).toBe('for both')
        expect(await after.client.next()).toBe('for both')
        before.client.send('from before')
        await eventually('its message', () => before.session.heard.includes('from before'))
        await server.transport.close(1001, 'bye')
        for (const { client } of [before, after]) expect(await client.closed).toEqual({ code: 1001, reason: 'bye' })
      })

      it('turns nobody away while it changes certificates', async () => {
        const server = await secured()
        let changing = true
        const visitors = Array.from({ length: 8 }, async () => {
          const names = new Set<string>()
          while (changing) names.add(await shown(server.port))
          return names
        })
        for (let n = 0; n < 12; n++) {
          server.transport.renew(readCertificate(n % 2 ? first : second))
          for (let turn = 0; turn < 20; turn++) await new Promise((next) => setImmediate(next))
        }
        await eventually('both to be seen', async () => {
          server.transport.renew(readCertificate(second))
          return (await shown(server.port)) === `second-${driver.name}`
        })
        changing = false
        expect(await Promise.all(visitors)).toHaveLength(8)
      })

      it('refuses what is no certificate, and goes on with the one before', async () => {
        const server = await secured()
        const broken = {
          ...readCertificate(second),
          cert: Buffer.from('x'),
          files: { cert: '/dev/null', key: second.key },
        }
        expect(() => server.transport.renew(broken)).toThrow()
        expect(await shown(server.port)).toBe(`first-${driver.name}`)
        await server.visit({ ca: first.pem })
      })
    })

    describe('a unix socket', () => {
      it('carries WebSockets and requests; who comes over it has no address', async () => {
        const folder = mkdtempSync(join(tmpdir(), 'playpipe-unix-'))
        cleanup.push(() => rmSync(folder, { recursive: true }))
        const path = join(folder, 'p.sock')
        const server = await start({ place: { path } })
        expect(server.port).toBe(0)
        const { client, session } = await server.visit()
        client.send('hello')
        await eventually('the message', () => session.heard.includes('hello'))
        expect(session.hello).toMatchObject({ ip: 'unix', port: 0 })
        const status = await new Promise((resolve) => {
          httpRequest({ socketPath: path, path: '/' }, (response) => resolve(response.resume().statusCode)).end()
        })
        expect(status).toBe(200)
        await server.transport.close(1001, 'bye')
        expect(await client.closed).toEqual({ code: 1001, reason: 'bye' })
        await expect(connect(server, '/room')).rejects.toThrow(/ECONNREFUSED|ENOENT/)
      })
    })

    describe('headers', () => {
      it('that come several times are one list', async () => {
        const server = await start()
        const more = 'X-Forwarded-For: 198.51.100.1\r\nX-Forwarded-For: 203.0.113.5\r\nCookie: a=1\r\nCookie: b=2\r\n'
        await raw(server, upgrade(more), /\r\n\r\n/)
        expect(server.sessions[0]!.hello.headers).toMatchObject({
          'x-forwarded-for': '198.51.100.1, 203.0.113.5',
          cookie: 'a=1; b=2',
        })
        await raw(server, `GET / HTTP/1.1\r\nHost: p\r\n${more}\r\n`, /answered/)
        expect(server.requests[0]!.headers['x-forwarded-for']).toBe('198.51.100.1, 203.0.113.5')
      })

      it.each([
        ['a handshake', upgrade(`Cookie: ${'c'.repeat(20_000)}\r\n`)],
        ['a request', `GET / HTTP/1.1\r\nHost: p\r\nCookie: ${'c'.repeat(20_000)}\r\n\r\n`],
        ['a request with many', `GET / HTTP/1.1\r\n${'A: b\r\n'.repeat(4000)}\r\n`],
        ['a request that never ends', `GET /${'a'.repeat(1 << 20)}`],
      ])('of %s end at 16 KiB: it is refused and cut', async (_what, bytes) => {
        const server = await start()
        // Who still writes may be cut before it reads.
        const answer = await raw(server, bytes).catch(() => '')
        expect(answer === '' || /^HTTP\/1\.1 4(00|31) /.test(answer)).toBe(true)
        expect(server.sessions).toEqual([])
        expect(server.requests).toEqual([])
        await server.visit()
      })
    })

    describe('an answer that is longer than what waits in a socket', () => {
      const parts = Array.from({ length: 10 }, (_, i) => Buffer.alloc(3_000_000, `part ${i}`))
      const whole = Buffer.concat(parts)

      it.each([
        ['known', { 'Content-Length': whole.length }],
        ['unknown', {}],
      ])('and of %s length comes as it was written', async (_what, headers) => {
        const http = (_request: IncomingMessage, response: ServerResponse) => {
          response.writeHead(200, headers)
          for (const part of parts) response.write(part)
          response.end()
        }
        const { port } = await start({ http })
        const response = await new Promise<IncomingMessage>((resolve) => {
          httpRequest({ port, host: '127.0.0.1', agent: false }, resolve).end()
        })
        expect(Buffer.concat(await response.toArray()).equals(whole)).toBe(true)
      })

      it('and goes on for ever comes when it is written, not with what is written next', async () => {
        const { port } = await start({ http: (_request, response) => void response.write(whole) })
        const reader = tcp(port)
        reader.write('GET / HTTP/1.1\r\nHost: p\r\n\r\n')
        // uWebSockets.js may keep the last piece.
        const most = whole.length - 64 * 1024
        let bytes = 0
        for await (const chunk of reader) {
          bytes += chunk.length
          if (bytes > most) break
        }
        expect(bytes).toBeGreaterThan(most)
      })
    })

    describe('who is slow', () => {
      it('is cut off within 25 seconds, on whatever it spends them', { timeout: 40_000 }, async () => {
        let stalled: Promise<number> | undefined
        const server = await start({
          http: (request, response) => {
            if (request.url !== '/large') return void response.end('answered')
            const began = Date.now()
            stalled = new Promise((resolve) => response.once('close', () => resolve(Date.now() - began)))
            response.end(Buffer.alloc(32 << 20))
          },
        })
        const certificate = readCertificate(makeCertificate(`slow-${driver.name}`))
        const secured = await start({ certificate })
        const { client, session } = await server.visit()
        const drip = (socket: TcpSocket, bytes: string) => {
          let n = 0
          const timer = setInterval(() => socket.writable && socket.write(bytes[n++ % bytes.length]!), 500)
          cleanup.push(() => clearInterval(timer))
        }
        const slow: Record<string, (socket: TcpSocket) => unknown> = {
          'sends nothing': () => {},
          'sends half a request': (socket) => socket.write('GET / HT'),
          'sends half a handshake': (socket) => socket.write(upgrade().slice(0, -2)),
          'sends a request byte by byte': (socket) =>
            drip(socket, 'GET / HTTP/1.1\r\nX: xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx'),
          'sends no second request': (socket) => socket.write('GET / HTTP/1.1\r\nHost: p\r\n\r\n'),
          'sends half a second request': (socket) => socket.write('GET / HTTP/1.1\r\nHost: p\r\n\r\nGET / H'),
          'sends half a body': (socket) => socket.write('POST / HTTP/1.1\r\nHost: p\r\nContent-Length: 99\r\n\r\nhalf'),
          'sends a body byte by byte': (socket) => {
            socket.write('POST / HTTP/1.1\r\nHost: p\r\nContent-Length: 99\r\n\r\n')
            drip(socket, 'x')
          },
        }
        const ends = Object.entries(slow).map(
          async ([what, act]) => [what, await patience(tcp(server.port), act)] as const,
        )
        ends.push(
          patience(tcp(secured.port), () => {}).then((ms) => ['sends nothing where TLS is spoken', ms] as const),
          // The first bytes of a ClientHello.
          patience(tcp(secured.port), (socket) => socket.write(Buffer.from([22, 3, 1, 2, 0, 1]))).then(
            (ms) => ['sends half a TLS handshake', ms] as const,
          ),
        )
        const reader = tcp(server.port)
        reader.write('GET /large HTTP/1.1\r\nHost: p\r\n\r\n')
        reader.once('data', () => reader.pause())
        ends.push(eventually('the request', () => stalled).then((ms) => ['takes nothing of the answer', ms] as const))
        for (const [what, ms] of await Promise.all(ends)) {
          expect(ms, what).toBeGreaterThan(1000)
        }
        session.say('still here')
        expect(await client.next()).toBe('still here')
      })

      it('is not the server: an answer may take longer to come', { timeout: 60_000 }, async () => {
        const server = await start({
          http: (request, response) => {
            request.on('data', () => {})
            setTimeout(() => response.end(`${request.method} answered`), HTTP_PATIENCE * 1.3)
          },
        })
        const ask = (method: string, body = '') =>
          raw(server, `${method} / HTTP/1.1\r\nHost: p\r\nContent-Length: ${body.length}\r\n\r\n${body}`, /answered/)
        const [got, posted] = await Promise.all([ask('GET'), ask('POST', 'body')])
        expect(got).toContain('GET answered')
        expect(posted).toContain('POST answered')
      })

      /** Milliseconds until the server cuts off who does this. */
      function patience(socket: TcpSocket, act: (socket: TcpSocket) => unknown): Promise<number> {
        const began = Date.now()
        return new Promise((resolve) => {
          socket.once('connect', () => act(socket))
          // A polite server ends its side first; one that only does this still holds a descriptor, until we end ours.
          socket.once('end', () => socket.end()).once('close', () => resolve(Date.now() - began))
          socket.resume()
        })
      }
    })

    describe('compression', () => {
      it.each([
        ['neither', undefined, false, ''],
        ['the peer alone', undefined, true, ''],
        ['the server alone', true, false, ''],
        ['both', true, true, 'permessage-deflate'],
      ])('is agreed on where %s want it', async (_who, ours, theirs, extensions) => {
        const server = await start({ compress: ours })
        const { client, session } = await server.visit({ compress: theirs })
        expect(client.ws.extensions).toBe(extensions)
        for (const text of [long(1), 'short', long(2)]) session.say(text)
        server.transport.publish('all', Buffer.from(long(3)), false)
        expect(await client.until((frame) => frame === long(3))).toEqual([long(1), 'short', long(2), long(3)])
        client.send(long(4))
        await eventually('the message', () => session.heard.length > 0)
        expect(session.heard).toEqual([long(4)])
      })

      it('shrinks long frames, sent or published, and leaves short ones as they are', async () => {
        const server = await start({ compress: true })
        const socket = tcp(server.port)
        const chunks: Buffer[] = []
        socket.on('data', (chunk) => chunks.push(chunk))
        socket.write(upgrade('Sec-WebSocket-Extensions: permessage-deflate\r\n'))
        const session = await eventually('the session', () => server.sessions[0])
        const short = 'x'.repeat(1023)
        session.say(short)
        session.say(long(1))
        server.transport.publish('all', Buffer.from(short), false)
        server.transport.publish('all', Buffer.from(long(1)), false)
        session.socket.end(1000, '')
        const bytes = await eventually('the close frame', () => {
          const all = Buffer.concat(chunks)
          return all.includes(Buffer.from([0x88, 2, 3, 0xe8])) && all
        })
        expect(frames(bytes.subarray(bytes.indexOf('\r\n\r\n') + 4))).toEqual([
          { first: 0x81, length: 1023 },
          { first: 0xc1, length: expect.any(Number) },
          { first: 0x81, length: 1023 },
          { first: 0xc1, length: expect.any(Number) },
          { first: 0x88, length: 2 },
        ])
        expect(bytes.length).toBeLessThan(2 * 1023 + long(1).length)
      })

      /** The first byte and the length of each frame from a server. */
      function frames(bytes: Buffer): { first: number; length: number }[] {
        const found = []
        for (let at = 0; at < bytes.length; ) {
          const short = bytes[at + 1]!
          const length = short === 126 ? bytes.readUInt16BE(at + 2) : short
          found.push({ first: bytes[at]!, length })
          at += (short === 126 ? 4 : 2) + length
        }
        return found
      }

      it('keeps the order of all that one socket gets, and the close code comes last', async () => {
        const server = await start({ compress: true })
        const { client, session } = await server.visit({ compress: true })
        const sent = Array.from({ length: 300 }, (_, n) => (n % 3 === 0 ? `short ${n}` : long(n)))
        for (const [n, text] of sent.entries()) {
          if (n % 2) session.say(text)
          else server.transport.publish('all', Buffer.from(text), false)
        }
        session.socket.end(4000, 'done')
        expect(await client.until((frame) => frame === sent.at(-1))).toEqual(sent)
        expect(await client.closed).toEqual({ code: 4000, reason: 'done' })
      })

      it('tells the session when its backlog has gone', async () => {
        const server = await start({ compress: true })
        const { client, session } = await server.visit({ compress: true })
        client.ws.pause()
        const noise = randomBytes(1 << 20)
        await eventually('a backlog', () => {
          session.socket.send(noise, true)
          return session.socket.backlog() > 4 << 20
        })
        const drains = session.drains
        client.ws.resume()
        await eventually('the backlog to go', () => session.socket.backlog() === 0)
        expect(session.drains).toBeGreaterThan(drains)
      })

      it('a backlog that only waits to be compressed goes as well, and the session hears of it', async () => {
        const server = await start({ compress: true })
        const { client, session } = await server.visit({ compress: true })
        let waited = 0
        for (let n = 0; n < 100; n++) {
          session.say(long(n))
          waited = Math.max(waited, session.socket.backlog())
        }
        await client.until((frame) => frame === long(99))
        expect(session.socket.backlog()).toBe(0)
        if (waited > 0) expect(session.drains).toBeGreaterThan(0)
      })

      it.each([
        ['more than is allowed', MAX_PAYLOAD + 1, [1009]],
        ['a thousand times as much', MAX_PAYLOAD * 1000, [1006, 1009]],
      ])('counts what a message is when it is unpacked: %s', async (_what, size, codes) => {
        const server = await start({ compress: true })
        const { client, session } = await server.visit({ compress: true })
        client.ws.on('error', () => {})
        client.send('x'.repeat(size))
        expect(codes).toContain((await client.closed).code)
        await session.closed$
        expect(session.heard).toEqual([])
      })

      it('cuts off who sends what can’t be unpacked, and nobody else', async () => {
        const server = await start({ compress: true })
        const bystander = await server.visit({ compress: true })
        const { client, session } = await server.visit({ compress: true })
        const junk = Buffer.concat([deflateRawSync('fine').subarray(0, 2), Buffer.alloc(20, 0xff)])
        const raw = (client.ws as unknown as { _socket: TcpSocket })._socket
        raw.write(Buffer.concat([Buffer.from([0xc1, 0x80 | junk.length, 0, 0, 0, 0]), junk]))
        expect([1006, 1007]).toContain((await client.closed).code)
        await session.closed$
        expect(session.heard).toEqual([])
        bystander.session.say(long(1))
        expect(await bystander.client.next()).toBe(long(1))
      })
    })
  })
}

import { createHash, type Hash, randomBytes } from 'node:crypto'
import fs, { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { Agent, type IncomingMessage, request } from 'node:http'
import { createConnection } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { resolveConfig } from '../src/config.ts'
import type { RawOptions } from '../src/options.ts'
import { type Server, serve } from '../src/server.ts'
import { connect, descriptors, eventually, raw } from './helpers.ts'

const MiB = 1 << 20
const SECRET = 'nobody may read this'
const FILES = {
  'index.html': '<!doctype html><title>Home</title>',
  'app.js': 'export {}',
  'module.mjs': 'export {}',
  'style.css': 'body {}',
  'map.json': '{}',
  'digits.txt': '0123456789',
  'picture.svg': '<svg xmlns="http://www.w3.org/2000/svg"/>',
  'pixel.png': Buffer.from('89504e470d0a1a0a', 'hex'),
  'code.wasm': Buffer.from('0061736d01000000', 'hex'),
  'empty.txt': '',
  'with space & é.txt': 'a name to be encoded',
  'game/index.html': '<!doctype html><title>Game</title>',
  'folder/file.txt': 'in a folder without an index',
  '.env': SECRET,
  '.git/config': SECRET,
  'folder/.hidden': SECRET,
  '.well-known/security.txt': 'Contact: mailto:nobody@example.com',
  '.well-known/.hidden': SECRET,
} as const

interface Reply {
  readonly status: number
  readonly headers: IncomingMessage['headers']
  readonly body: string
}

interface Question {
  method?: string
  headers?: Record<string, string>
  body?: string
  agent?: Agent
}

/** What is served over HTTP, whichever transport carries it. */
export function staticContract(transport: 'uws' | 'ws'): void {
  describe(`files over ${transport}`, () => {
    const top = mkdtempSync(join(tmpdir(), 'playpipe-static-'))
    const folder = join(top, 'public')
    const large = randomBytes(50 * MiB)
    const sum = createHash('sha256').update(large).digest('hex')
    let server: Server & { readonly port: number }

    beforeAll(async () => {
      for (const [name, content] of Object.entries(FILES)) {
        mkdirSync(join(folder, name, '..'), { recursive: true })
        writeFileSync(join(folder, name), content)
      }
      writeFileSync(join(folder, 'large.bin'), large)
      writeFileSync(join(top, 'secret.txt'), SECRET)
      mkdirSync(join(top, 'public-too'))
      writeFileSync(join(top, 'public-too', 'secret.txt'), SECRET)
      symlinkSync(join(top, 'public-too'), join(folder, 'linked'))
      server = await start({ staticdir: folder })
    })

    afterAll(async () => {
      await server.close()
      rmSync(top, { recursive: true })
    })

    async function start(options: RawOptions) {
      const config = resolveConfig({ addr: '127.0.0.1:0', transport, killgrace: '0', ...options }, ['cat'])
      const started = await serve(config, { log: pino({ level: 'silent' }), flush: () => {} })
      return { ...started, port: Number(new URL(started.url).port) }
    }

    /** A request whose path goes out as it stands here. */
    function ask(path: string, { body, ...question }: Question = {}, port = server.port): Promise<Reply> {
      return new Promise((resolve, reject) => {
        const headers = { ...question.headers, ...(body !== undefined && { 'Content-Length': body.length }) }
        const asked = request({ host: '127.0.0.1', port, path, agent: false, ...question, headers }, (response) => {
          let text = ''
          response.setEncoding('latin1')
          response.on('data', (chunk) => {
            text += chunk
          })
          response.once('error', reject)
          response.once('end', () => {
            resolve({ status: response.statusCode!, headers: response.headers, body: text })
          })
        })
        asked.once('error', reject)
        asked.end(body)
      })
    }

    describe('a file', () => {
      it.each([
        ['/', /^text\/html; charset=utf-8$/i],
        ['/app.js', /^(text|application)\/javascript/],
        ['/module.mjs', /^(text|application)\/javascript/],
        ['/style.css', /^text\/css/],
        ['/pixel.png', /^image\/png$/],
        ['/picture.svg', /^image\/svg\+xml/],
        ['/map.json', /^application\/json/],
        ['/code.wasm', /^application\/wasm$/],
        ['/digits.txt', /^text\/plain/],
      ])('%s has its content type', async (path, type) => {
        const { status, headers, body } = await ask(path)
        expect(status).toBe(200)
        expect(headers['content-type']).toMatch(type)
        const content = Buffer.from(FILES[(path.slice(1) || 'index.html') as keyof typeof FILES])
        expect(body).toBe(content.toString('latin1'))
        expect(headers['content-length']).toBe(String(content.length))
      })

      it('is found by its encoded name, whatever the query says', async () => {
        expect((await ask('/with%20space%20&%20%C3%A9.txt?v=/../1')).body).toBe('a name to be encoded')
      })

      it('of no bytes is served', async () => {
        expect(await ask('/empty.txt')).toMatchObject({ status: 200, body: '', headers: { 'content-length': '0' } })
      })

      it('in a folder is served, and the folder itself by its index', async () => {
        expect((await ask('/folder/file.txt')).body).toBe('in a folder without an index')
        expect((await ask('/game/')).body).toContain('<title>Game</title>')
      })

      it('is reached through a link that its author made', async () => {
        expect((await ask('/linked/secret.txt')).status).toBe(200)
      })

      it('HEAD tells what GET would, without the body', async () => {
        const get = await ask('/app.js')
        const head = await ask('/app.js', { method: 'HEAD' })
        expect(head).toMatchObject({ status: 200, body: '' })
        for (const name of [
          'content-type',
          'content-length',
          'etag',
          'last-modified',
          'accept-ranges',
          'cache-control',
        ])
          expect([name, head.headers[name]]).toEqual([name, get.headers[name]])
      })

      it.each(['/app.js', '/nowhere', '/game', '/health'])('HEAD %s leaves no body on the connection', async (path) => {
        const both = `HEAD ${path} HTTP/1.1\r\nHost: p\r\n\r\n`
        const answer = await conversation([both, 'GET /digits.txt HTTP/1.1\r\nHost: p\r\n\r\n'])
        expect(answer[0]).toMatch(/^HTTP\/1\.1 \d+ [^\r]*\r\n([^\r]+\r\n)+\r\n$/)
        expect(answer[1]).toMatch(/^HTTP\/1\.1 200 [\s\S]*\r\n\r\n0123456789$/)
      })
    })

    describe('a validator', () => {
      it('ETag: 304 while it matches, the file when it does not', async () => {
        const { headers } = await ask('/app.js')
        expect(headers.etag).toMatch(/^(W\/)?"[^"]+"$/)
        const match = await ask('/app.js', { headers: { 'If-None-Match': headers.etag! } })
        expect(match).toMatchObject({ status: 304, body: '' })
        expect(match.headers.etag).toBe(headers.etag)
        expect((await ask('/app.js', { headers: { 'If-None-Match': '"other"' } })).status).toBe(200)
      })

      it('Last-Modified: 304 for what is not older', async () => {
        const modified = (await ask('/app.js')).headers['last-modified']!
        expect(Date.parse(modified)).toBeGreaterThan(0)
        expect((await ask('/app.js', { headers: { 'If-Modified-Since': modified } })).status).toBe(304)
        const before = new Date(Date.parse(modified) - 60_000).toUTCString()
        expect((await ask('/app.js', { headers: { 'If-Modified-Since': before } })).status).toBe(200)
      })

      it('304 leaves the connection to the next request', async () => {
        const { etag } = (await ask('/app.js')).headers
        const asked = `GET /app.js HTTP/1.1\r\nHost: p\r\nIf-None-Match: ${etag}\r\n\r\n`
        const answers = await conversation([asked, 'GET /digits.txt HTTP/1.1\r\nHost: p\r\n\r\n'])
        expect(answers[0]).toMatch(/^HTTP\/1\.1 304 /)
        expect(answers[1]).toMatch(/\r\n\r\n0123456789$/)
      })

      it('a precondition that fails is 412', async () => {
        expect((await ask('/app.js', { headers: { 'If-Match': '"other"' } })).status).toBe(412)
      })
    })

    describe('a range', () => {
      const range = (value: string, more = {}) => ask('/digits.txt', { headers: { Range: value, ...more } })

      it.each([
        ['bytes=2-5', '2345', 'bytes 2-5/10'],
        ['bytes=7-', '789', 'bytes 7-9/10'],
        ['bytes=-3', '789', 'bytes 7-9/10'],
        ['bytes=0-99', '0123456789', 'bytes 0-9/10'],
      ])('%s gives that part', async (value, body, contentRange) => {
        const answer = await range(value)
        expect(answer).toMatchObject({ status: 206, body })
        expect(answer.headers).toMatchObject({ 'content-range': contentRange, 'content-length': String(body.length) })
      })

      it('behind the end is 416 and tells the size', async () => {
        const { status, headers } = await range('bytes=10-')
        expect({ status, contentRange: headers['content-range'] }).toEqual({ status: 416, contentRange: 'bytes */10' })
      })

      it.each(['bytes=0-1,4-5', 'lines=1-2', 'bytes=abc'])('%s gives the whole file', async (value) => {
        expect(await range(value)).toMatchObject({ status: 200, body: '0123456789' })
      })

      it('of a file that has changed gives the whole file', async () => {
        expect(await range('bytes=2-5', { 'If-Range': '"other"' })).toMatchObject({ status: 200, body: '0123456789' })
        const { etag } = (await ask('/digits.txt')).headers
        expect(await range('bytes=2-5', { 'If-Range': etag })).toMatchObject({ status: 206, body: '2345' })
      })

      it('of a large file is exact', async () => {
        const from = 7 * MiB + 3
        const to = 19 * MiB + 11
        const { sum: got, status } = await download({ Range: `bytes=${from}-${to}` }, 0)
        expect(status).toBe(206)
        expect(got).toBe(
          createHash('sha256')
            .update(large.subarray(from, to + 1))
            .digest('hex'),
        )
      })
    })

    describe('what is no file', () => {
      it.each([
        ['a name that does not exist', '/nowhere.txt'],
        ['the name of a room', '/lobby'],
        ['a folder without an index', '/folder/'],
        ['a file as if it were a folder', '/app.js/'],
        ['a path that can not be decoded', '/%E0%A4%A'],
        ['a path that is not UTF-8', '/%ff'],
        ['a NUL in a name', '/app.js%00.txt'],
        ['a name of a thousand characters', `/${'a'.repeat(1000)}`],
      ])('is 404: %s', async (_what, path) => {
        const { status, body, headers } = await ask(path)
        expect({ status, body }).toEqual({ status: 404, body: 'Not found' })
        expect(headers['content-type']).toMatch(/^text\/plain/)
      })

      it('a folder without its slash is redirected, with its query', async () => {
        const { status, headers } = await ask('/game?room=7')
        expect({ status, location: headers.location }).toEqual({ status: 301, location: '/game/?room=7' })
      })

      it.each(['//game', '///game', '/\\game'])('%s is never redirected to another host', async (path) => {
        const { headers } = await ask(path)
        expect(headers.location ?? '/').toMatch(/^\/(?![/\\])/)
      })

      it.each(['POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH'])('%s of a file is 404', async (method) => {
        const body = method === 'OPTIONS' ? undefined : 'x'.repeat(100_000)
        expect((await ask('/app.js', { method, body })).status).toBe(404)
      })

      it.each([
        '/.env',
        '/%2eenv',
        '/.git/config',
        '/folder/.hidden',
        '/.well-known/.hidden',
        '/.well-known/%2ehidden',
        '/.well-known/../.env',
        '/.well-known/%2e%2e/.env',
        '/.well-known/%2e%2e/%2eenv',
        '/.well-known/..%2f%2eenv',
        '/.well-known/%2e%2e%2f%2egit/config',
        '/folder/%2ehidden',
      ])('the dotfile %s is not there', async (path) => {
        const { status, body } = await ask(path)
        expect(body).not.toContain(SECRET)
        expect(status).toBe(404)
      })

      it('and /.well-known/ is, whatever the query says', async () => {
        expect((await ask('/.well-known/security.txt')).body).toMatch(/^Contact/)
        expect((await ask('/.well-known/security.txt?from=/.env')).body).toMatch(/^Contact/)
      })
    })

    describe('nothing outside the folder is reached', () => {
      it.each([
        '/../secret.txt',
        '/../public-too/secret.txt',
        '/game/../../secret.txt',
        '/game/../../public-too/secret.txt',
        '/%2e%2e/secret.txt',
        '/%2E%2E/secret.txt',
        '/.%2e/secret.txt',
        '/%2e./secret.txt',
        '/..%2fsecret.txt',
        '/..%2Fsecret.txt',
        '/%2e%2e%2fsecret.txt',
        '/..%5csecret.txt',
        '/%2e%2e%5csecret.txt',
        '/..\\secret.txt',
        '/game/..%5c..%5csecret.txt',
        '//..//secret.txt',
        '//../secret.txt',
        '/./../secret.txt',
        '/game/%2e%2e/%2e%2e/secret.txt',
        '/game//..//..//secret.txt',
        '/..;/secret.txt',
        '/%252e%252e/secret.txt',
        '/..%00/secret.txt',
        '/%00/../secret.txt',
        '/..%c0%afsecret.txt',
        '/%c0%ae%c0%ae/secret.txt',
        '/\0/../secret.txt',
        '../secret.txt',
        '?/../secret.txt',
        '/#/../../secret.txt',
        '/public/../../secret.txt',
        '/.well-known/../../secret.txt',
        '/.well-known/%2e%2e/%2e%2e/secret.txt',
        '/linked/../secret.txt',
        'http://p/../secret.txt',
        'http://p/%2e%2e/secret.txt',
        'http://p/.well-known/../../secret.txt',
        'file:///../secret.txt',
        `${top}/secret.txt`,
        `/${top}/secret.txt`,
        `//${top}/secret.txt`,
        `/..${top}/secret.txt`,
        '/../../../../../../../../etc/passwd',
        '/%2e%2e/%2e%2e/%2e%2e/%2e%2e/%2e%2e/%2e%2e/etc/passwd',
        '/etc/passwd',
      ])('by %s', async (target) => {
        const answer = await raw(server, `GET ${target} HTTP/1.1\r\nHost: p\r\nConnection: close\r\n\r\n`, /\r\n\r\n./)
        expect(answer).not.toContain(SECRET)
        expect(answer).not.toContain('root:')
        expect(answer).toMatch(/^HTTP\/1\.1 \d{3} /)
        expect((await ask('/digits.txt')).body).toBe('0123456789')
      })
    })

    describe('a connection', () => {
      it('is kept for the next request, whatever the answer was', async () => {
        const agent = new Agent({ keepAlive: true, maxSockets: 1 })
        const paths = ['/app.js', '/nowhere', '/game', '/', '/empty.txt', '/health', '/digits.txt']
        const ports = new Set<number>()
        agent.on('free', (socket) => ports.add(socket.localPort))
        const statuses: number[] = []
        for (const path of paths) statuses.push((await ask(path, { agent })).status)
        expect(statuses).toEqual([200, 404, 301, 200, 200, 200, 200])
        expect(ports.size).toBe(1)
        agent.destroy()
      })

      it('answers pipelined requests in order', async () => {
        const asked = ['GET /health', 'PUT /health', 'GET /health'].map((what) => `${what} HTTP/1.1\r\nHost: p\r\n`)
        const answer = await raw(server, `${asked.join('\r\n')}Connection: close\r\n\r\n`, /"ok"[\s\S]*"ok"/)
        expect(answer.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 404', 'HTTP/1.1 200'])
      })

      it('never mixes the answers of pipelined requests for files', async () => {
        // It may end before it has answered all: a client must be ready to ask again (RFC 9112, section 9.3.2).
        const paths = ['digits.txt', 'app.js', 'map.json', 'style.css']
        const asked = paths.map((path) => `GET /${path} HTTP/1.1\r\nHost: p\r\n\r\n`).join('')
        const answer = await raw(server, asked.replace(/\r\n$/, 'Connection: close\r\n\r\n'))
        const bodies = answer.split(/HTTP\/1\.1 200 OK\r\n(?:[^\r]+\r\n)+\r\n/).slice(1)
        expect(bodies).toEqual(paths.map((path) => FILES[path as keyof typeof FILES]).slice(0, bodies.length))
        expect((await ask('/digits.txt')).body).toBe('0123456789')
      })

      it.each(['GET / HTTP/9.9\r\n\r\n', '\x16\x03\x01\x02\r\n\r\n', 'GET / HTTP/1.1\r\nTransfer-Encoding: x\r\n\r\n'])(
        'is refused when it says %j',
        async (nonsense) => {
          expect(await raw(server, nonsense, /\r\n\r\n/)).toMatch(/^$|^HTTP\/1\.1 (4|5)/)
          expect((await ask('/digits.txt')).body).toBe('0123456789')
        },
      )
    })

    describe('a large file', () => {
      it('arrives identical at several slow readers at once', { timeout: 60_000 }, async () => {
        const sums = await Promise.all(Array.from({ length: 4 }, (_, n) => download({}, 1 + n)))
        expect(sums).toEqual(Array(4).fill({ status: 200, size: large.length, sum }))
      })

      it('leaks no descriptor when its readers give up', { timeout: 60_000 }, async () => {
        await ask('/large.bin', { method: 'HEAD' })
        const before = descriptors(process.pid)
        for (let round = 0; round < 10; round++)
          await Promise.all(Array.from({ length: 30 }, (_, n) => giveUp((n % 3) * 200_000 * n)))
        await eventually('the descriptors to be closed', () => descriptors(process.pid) <= before)
        expect((await ask('/digits.txt')).body).toBe('0123456789')
      })

      it('that the disk fails to give is broken off, and the server goes on', async () => {
        const real = fs.createReadStream
        const failing = vi.spyOn(fs, 'createReadStream').mockImplementation((path, options) => {
          const stream = real(path, options)
          stream.once('data', () => stream.destroy(new Error('EIO')))
          return stream
        })
        const answer = await raw(server, 'GET /large.bin HTTP/1.1\r\nHost: p\r\n\r\n')
        failing.mockRestore()
        expect(answer).toMatch(/^HTTP\/1\.1 200 /)
        expect(answer.match(/Not found/)).toBeNull()
        expect(answer.length).toBeLessThan(large.length)
        expect((await ask('/digits.txt')).body).toBe('0123456789')
      })

      /** Asks for it and hangs up after so many bytes. */
      function giveUp(after: number): Promise<void> {
        return new Promise((resolve, reject) => {
          const socket = createConnection(server.port, '127.0.0.1')
          let seen = 0
          socket.on('data', (chunk) => {
            seen += chunk.length
            if (seen >= after) socket.destroy()
          })
          socket.once('error', reject)
          socket.once('close', () => resolve())
          socket.write('GET /large.bin HTTP/1.1\r\nHost: p\r\n\r\n', () => after === 0 && socket.destroy())
        })
      }
    })

    /** @param pause after each MiB, in ms */
    function download(headers: Record<string, string>, pause: number) {
      return new Promise<{ status: number; size: number; sum: string }>((resolve, reject) => {
        const options = { host: '127.0.0.1', port: server.port, path: '/large.bin', agent: false, headers }
        request(options, (response) => {
          const hash: Hash = createHash('sha256')
          let size = 0
          response.on('data', (chunk: Buffer) => {
            hash.update(chunk)
            const mebibytes = Math.floor(size / MiB)
            size += chunk.length
            if (pause === 0 || Math.floor(size / MiB) === mebibytes) return
            response.pause()
            setTimeout(() => response.resume(), pause * 10)
          })
          response.once('error', reject)
          response.once('end', () => resolve({ status: response.statusCode!, size, sum: hash.digest('hex') }))
        })
          .once('error', reject)
          .end()
      })
    }

    /** Asks one after the other on one connection. @returns the answers as they stood on the wire */
    function conversation(requests: string[]): Promise<string[]> {
      return new Promise((resolve, reject) => {
        const socket = createConnection(server.port, '127.0.0.1')
        const answers: string[] = []
        let answer = ''
        const next = () => socket.write(requests[answers.length]!)
        socket.setEncoding('latin1').on('data', (chunk: string) => {
          answer += chunk
          const [head, body = ''] = answer.split('\r\n\r\n')
          const empty = requests[answers.length]!.startsWith('HEAD') || answer.startsWith('HTTP/1.1 304')
          const length = empty ? 0 : Number(/^content-length: (\d+)/im.exec(head!)?.[1])
          if (!answer.includes('\r\n\r\n') || body.length < length) return
          answers.push(answer)
          answer = ''
          if (answers.length < requests.length) return next()
          socket.destroy()
          resolve(answers)
        })
        socket.once('error', reject)
        socket.once('end', () =>
          reject(new Error(`the connection ended after ${answers.length} answers and ${answer}`)),
        )
        next()
      })
    }

    describe("the server's own pages", () => {
      it('/health answers always, to GET and HEAD', async () => {
        const { status, headers, body } = await ask('/health')
        expect({ status, body }).toEqual({ status: 200, body: '{"status":"ok"}' })
        expect(headers['content-type']).toMatch(/^application\/json/)
        expect(await ask('/health', { method: 'HEAD' })).toMatchObject({ status: 200, body: '' })
        expect((await ask('/health?verbose=1')).status).toBe(200)
        expect((await ask('/health', { method: 'POST', body: 'x' })).status).toBe(404)
      })

      it.each(['/metrics', '/api/rooms/', '/api/lobby/', '/api/lobby/connections', '/api'])(
        '%s is 404 unless it was asked for',
        async (path) => {
          expect((await ask(path)).status).toBe(404)
        },
      )

      it('/metrics is OpenMetrics and counts the rooms that are open', async () => {
        const { port, url, close } = await start({ metrics: 'true' })
        const visitor = await connect({ url: url.replace(/\/$/, '') }, '/lobby')
        visitor.send('hello')
        await visitor.next()
        const { status, headers, body } = await ask('/metrics', {}, port)
        expect(status).toBe(200)
        expect(headers['content-type']).toMatch(/^application\/openmetrics-text/)
        expect(body).toContain('playpipe_websocket_connections_total{room="lobby"} 1')
        expect(body).toContain('playpipe_websocket_connections_open{room="lobby"} 1')
        expect(body).toMatch(/# EOF\n$/)
        expect((await ask('/metrics', { method: 'HEAD' }, port)).body).toBe('')
        await visitor.close()
        await close()
        expect((await visitor.closed).code).toBe(1005)
      })

      it('/api tells of rooms in the shapes of ScaleSocket', async () => {
        const { port, url, close } = await start({ api: 'true', json: 'true' })
        const get = async (path: string) => JSON.parse((await ask(path, {}, port)).body)
        expect(await get('/api/rooms/')).toEqual([])
        expect(await get('/api/lobby/')).toEqual({ name: 'lobby', connections: 0, metadata: null })
        const visitor = await connect({ url: url.replace(/\/$/, '') }, '/lob%20by')
        await visitor.next()
        const lobby = { name: 'lob by', connections: 1, metadata: null }
        expect(await get('/api/rooms/')).toEqual([lobby])
        expect(await get('/api/rooms')).toEqual([lobby])
        expect(await get('/api/lob%20by/')).toEqual(lobby)
        expect(await get('/api/lob%20by')).toEqual(lobby)
        expect(await get('/api/lob%20by/connections')).toBe(1)
        expect(await get('/api/lob%20by/metadata')).toBeNull()
        expect((await ask('/api/lobby/', {}, port)).headers['content-type']).toMatch(/^application\/json/)
        for (const path of ['/api', '/api/', '/api/lobby/connections/more', '/api/%ff/'])
          expect([path, (await ask(path, {}, port)).status]).toEqual([path, 404])
        expect((await ask('/api/rooms/', { method: 'POST', body: '{}' }, port)).status).toBe(404)
        visitor.cut()
        await close()
      })
    })
  })
}

import { copyFileSync, existsSync, lstatSync, mkdirSync, statSync, writeFileSync } from 'node:fs'
import { request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { connect as tlsConnect } from 'node:tls'
import { describe, expect, onTestFinished, test } from 'vitest'
import { lockKey, makeCertificate } from '../certificates.ts'
import { connect, launchChromium, raw, runToEnd, type TestServer, TRANSPORTS } from '../helpers.ts'
import { serving, sharedServer, temporaryFolder } from './serving.ts'

const HOME = 'https://play.example.org'
const EVIL = 'https://evil.example'
const SEEN = ['--joinmsg', '{"remote":"#REMOTE_ADDR"}', '--json']
const [first, second] = [makeCertificate('first'), makeCertificate('second')]

/** A client whose page is of this origin, echoed by `cat`. */
async function visit(server: TestServer, origin: string | undefined, headers: Record<string, string> = {}) {
  const client = await connect(server, '/r', { headers: { ...headers, ...(origin && { Origin: origin }) } })
  client.send('hi')
  expect(await client.next()).toBe('hi')
  await client.close()
}

describe('a mistake at the edge ends with one line that names it', () => {
  const broken = (name: string, content: string) => {
    const file = join(temporaryFolder(), name)
    writeFileSync(file, content)
    return file
  }

  test.each<[string, () => string[], RegExp]>([
    ['an origin without a scheme', () => ['--origin', 'play.example.org'], /--origin .*play\.example\.org.*https:\/\//],
    ['an origin with a path', () => ['--origin', `${HOME}/game`], /--origin .*\/game/],
    ['a proxy by its name', () => ['--trustproxy', 'nginx'], /--trustproxy nginx/],
    ['a port and a unix socket', () => ['--port', '0', '--unixsocket', 'p.sock'], /--port.*--unixsocket/],
    ['a path that is too long', () => ['--unixsocket', `/${'p'.repeat(200)}`], /--unixsocket .*at most \d+ bytes/],
    [
      '--maxip where all have one address',
      () => ['--unixsocket', 'p.sock', '--maxip', '2'],
      /--maxip.*--trustproxy unix/,
    ],
    ['a certificate without its key', () => ['--tlscert', first.cert], /--tlscert.*--tlskey/],
    ['a key without its certificate', () => ['--tlskey', first.key], /--tlskey.*--tlscert/],
    ['a certificate that is not there', () => tls('/nowhere.crt', first.key), /--tlscert \/nowhere\.crt.*ENOENT/],
    ['a key that is not there', () => tls(first.cert, '/nowhere.key'), /--tlskey \/nowhere\.key.*ENOENT/],
    ['a certificate that is a folder', () => tls('/tmp', first.key), /--tlscert \/tmp.*EISDIR/],
    ['a certificate that is none', () => tls(broken('a.crt', 'x'), first.key), /--tlscert \S+a\.crt: .*no certificate/],
    ['a key that is none', () => tls(first.cert, broken('a.key', 'x')), /--tlskey \S+a\.key: .*no private key/],
    ['a key with a passphrase', () => tls(first.cert, lockKey(first)), /--tlskey .*passphrase/],
    ['the key of another certificate', () => tls(first.cert, second.key), /--tlskey \S+second\.key.*first\.crt/],
  ])('%s', async (_what, args, named) => {
    const { status, stdout, stderr } = await runToEnd([...args(), 'cat'])
    expect(status).toBe(2)
    expect(stdout).toBe('')
    expect(stderr).toMatch(/^playpipe: [^\n]+\n$/)
    expect(stderr).toMatch(named)
  })
})

const tls = (cert: string, key: string) => ['--tlscert', cert, '--tlskey', key]

describe.each(TRANSPORTS)('over %s', (transport) => {
  const on = ['--transport', transport]

  test('a browser gets in from a page of this host, over TLS, compressed, and from nowhere else', async (context) => {
    const browser = await launchChromium()
    if (!browser) return context.skip()
    onTestFinished(() => browser.close())
    const folder = temporaryFolder()
    writeFileSync(join(folder, 'index.html'), '<!doctype html><link rel="icon" href="data:,"><title>Home</title>')
    const files = [...on, '--staticdir', folder]
    const home = await serving([...files, ...tls(first.cert, first.key), '--sameorigin', '--compress', 'cat'])
    const elsewhere = await serving([...files, 'cat'])
    const page = await (await browser.newContext({ ignoreHTTPSErrors: true })).newPage()
    const complaints: string[] = []
    page.on('console', (message) => complaints.push(message.text()))
    /** What comes back to a page of this server. */
    const echo = async (from: TestServer) => {
      await page.goto(`${from.url}/`)
      return page.evaluate(
        (url) =>
          new Promise<string>((resolve) => {
            const socket = new WebSocket(url)
            socket.onopen = () => socket.send('so long '.repeat(1000))
            socket.onmessage = ({ data }) => resolve(`${socket.extensions}: ${data.length}`)
            socket.onclose = ({ code }) => resolve(`closed with ${code}`)
          }),
        `${home.url.replace('http', 'ws')}/r`,
      )
    }
    expect(await echo(home)).toMatch(/^permessage-deflate(; .*)?: 8000$/)
    expect(complaints).toEqual([])
    expect(await echo(elsewhere)).toBe('closed with 1006')
    await home.logged(/refused with 403: a page of "http:/)
  })

  describe('the origin of a page', () => {
    test('is let in where it is listed, and counted and logged where it is not', async () => {
      const list = `${HOME},http://localhost:*`
      const server = await serving([...on, '--metrics', '--origin', list, '--origin', 'https://*.games.example', 'cat'])
      for (const origin of [HOME, 'http://localhost:5173', 'https://a.games.example', undefined])
        await visit(server, origin)
      for (const origin of [EVIL, 'null', `${HOME}:8443`, server.url])
        await expect(visit(server, origin)).rejects.toThrow('403 Origin not allowed')
      await server.logged(/refused with 403: a page of "https:\/\/evil\.example" may not connect/)
      const metrics = await (await fetch(`${server.url}/metrics`)).text()
      expect(metrics).toContain('playpipe_refusals_total{reason="origin"} 4\n')
    })

    test('must be the host that was asked for with --sameorigin', async () => {
      const server = await serving([...on, '--sameorigin', 'cat'])
      await visit(server, server.url)
      await visit(server, undefined)
      for (const origin of [EVIL, 'null', 'http://127.0.0.1', server.url.replace('127.0.0.1', 'localhost')])
        await expect(visit(server, origin)).rejects.toThrow('403')
      // What a stranger says of the host is not believed.
      await expect(visit(server, HOME, { 'X-Forwarded-Host': 'play.example.org' })).rejects.toThrow('403')
    })

    test('is compared with the host that a trusted proxy was asked for', async () => {
      const server = await serving([...on, '--sameorigin', '--trustproxy', 'loopback', 'cat'])
      const asked = { 'X-Forwarded-Host': 'play.example.org', 'X-Forwarded-Proto': 'https' }
      await visit(server, HOME, asked)
      await visit(server, HOME, { Forwarded: 'for=203.0.113.5;host=play.example.org;proto=https' })
      await expect(visit(server, EVIL, asked)).rejects.toThrow('403')
      await expect(visit(server, HOME.replace('https', 'http'), asked)).rejects.toThrow('403')
    })
  })

  describe('TLS', () => {
    const secured = (...args: string[]) => serving([...on, ...tls(first.cert, first.key), ...args])

    test('carries WebSockets and files, and the printed URL says so', async () => {
      const folder = temporaryFolder()
      writeFileSync(join(folder, 'index.html'), '<!doctype html><title>Home</title>')
      const server = await secured('--staticdir', folder, ...SEEN, 'cat')
      expect(server.log()).toMatch(/open https:\/\/127\.0\.0\.1:\d+\/\n/)
      await server.logged(/certificate: localhost, 127\.0\.0\.1, good until /)
      const client = await connect(server, '/r', { ca: first.pem })
      expect(await client.json()).toEqual({ remote: expect.stringMatching(/^127\.0\.0\.1:\d+$/) })
      const { status, headers, body } = await get(server, '/')
      expect([status, body]).toEqual([200, '<!doctype html><title>Home</title>'])
      expect(headers).toMatchObject({
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'same-origin',
        'cross-origin-opener-policy': 'same-origin-allow-popups',
        'strict-transport-security': 'max-age=15552000',
      })
      await expect(fetch(server.url.replace('https', 'http'))).rejects.toThrow()
    })

    test('gives newcomers a new certificate after SIGHUP; who is connected stays', async () => {
      const folder = temporaryFolder()
      const [cert, key] = [join(folder, 'tls.crt'), join(folder, 'tls.key')]
      const install = (from: typeof first) => {
        copyFileSync(from.cert, cert)
        copyFileSync(from.key, key)
      }
      install(first)
      const server = await serving([...on, ...tls(cert, key), 'cat'])
      const before = await connect(server, '/r', { ca: first.pem })
      install(second)
      expect(await shown(server)).toBe('first')
      server.signal('SIGHUP')
      await server.logged(/certificate: [\s\S]*certificate: /)
      expect(await shown(server)).toBe('second')
      const after = await connect(server, '/r', { ca: second.pem })
      before.send('hi')
      expect([await before.next(), await after.next()]).toEqual(['hi', 'hi'])

      // Half of a renewal: the key does not belong to the certificate yet.
      copyFileSync(first.key, key)
      server.signal('SIGHUP')
      await server.logged(/ERROR: the certificate stays as it was: --tlskey .*tls\.key/)
      expect(await shown(server)).toBe('second')
      after.send('still here')
      expect([await before.next(), await after.next()]).toEqual(['still here', 'still here'])
      expect(await server.stop()).toBe(0)
      for (const client of [before, after]) expect(await client.closed).toMatchObject({ code: 1001 })
    })

    test('refuses a certificate that the transport can’t use with one line', async () => {
      const curved = makeCertificate('curved', 'brainpoolP256r1')
      if (transport === 'ws') return void (await serving([...on, ...tls(curved.cert, curved.key), 'cat']))
      const { status, stderr } = await runToEnd([...on, ...tls(curved.cert, curved.key), 'cat'])
      expect(status).toBe(2)
      expect(stderr).toMatch(/^playpipe: --tlscert \S+curved\.crt: [^\n]*--transport ws[^\n]*\n$/)
    })

    const shown = (server: TestServer) =>
      new Promise<string>((resolve, reject) => {
        const socket = tlsConnect({ port: server.port, host: '127.0.0.1', rejectUnauthorized: false }, () => {
          resolve(String(socket.getPeerCertificate().subject.CN))
          socket.end()
        })
        socket.once('error', reject)
      })

    const get = (server: TestServer, path: string) =>
      new Promise<{ status: number | undefined; headers: object; body: string }>((resolve, reject) => {
        const asked = httpsRequest(`${server.url}${path}`, { ca: first.pem }, (response) => {
          let body = ''
          response.setEncoding('utf8').on('data', (chunk) => {
            body += chunk
          })
          response.once('end', () => resolve({ status: response.statusCode, headers: response.headers, body }))
        })
        asked.once('error', reject).end()
      })
  })

  describe('a unix socket', () => {
    const place = () => join(temporaryFolder(), 'p.sock')
    const at = (path: string, ...args: string[]) => serving([...on, '--unixsocket', path, ...args], { addr: '' })
    const refused = async (path: string) => {
      const { status, stderr } = await runToEnd([...on, '--unixsocket', path, 'cat'])
      expect(status).toBe(1)
      expect(stderr).toMatch(/^playpipe: [^\n]+\n$/)
      expect(stderr).toContain(path)
      return stderr
    }

    test('carries players; it is there for the owner and the group, and goes with the server', async () => {
      const path = place()
      const server = await at(path, ...SEEN, 'cat')
      expect((statSync(path).mode & 0o777).toString(8)).toBe('660')
      const client = await connect(server, '/r')
      expect(await client.json()).toEqual({ remote: 'unix:0' })
      const health = await new Promise((resolve) => {
        httpRequest({ socketPath: path, path: '/health' }, (response) => resolve(response.resume().statusCode)).end()
      })
      expect(health).toBe(200)
      expect(await server.stop()).toBe(0)
      expect(existsSync(path)).toBe(false)
      expect(await client.closed).toMatchObject({ code: 1001 })
    })

    test('is another server’s, once the one before only ends its games', async () => {
      const path = place()
      const deaf = ['sh', '--', '-c', 'trap "" TERM; echo here; while :; do sleep 0.1; done']
      const old = await at(path, ...deaf)
      const client = await connect(old, '/r')
      expect(await client.next()).toBe('here')
      old.signal('SIGTERM')
      await client.closed
      const server = await at(path, 'cat')
      await old.exited
      await visit(server, undefined)
    })

    test('goes with a server that ends at once, too', async () => {
      const path = place()
      const server = await at(path, 'cat')
      server.signal('SIGQUIT')
      await server.exited
      expect(existsSync(path)).toBe(false)
    })

    test('where a server listens is refused, and that server goes on', async () => {
      const path = place()
      const server = await at(path, 'cat')
      expect(await refused(path)).toMatch(/in use/)
      await visit(server, undefined)
    })

    test('that a dead server left is replaced', async () => {
      const path = place()
      const dead = await at(path, 'cat')
      dead.signal('SIGKILL')
      await dead.exited
      expect(lstatSync(path).isSocket()).toBe(true)
      await visit(await at(path, 'cat'), undefined)
    })

    test('never takes the place of anything else', async () => {
      const path = place()
      writeFileSync(path, 'precious')
      expect(await refused(path)).toMatch(/no socket/)
      expect(statSync(path).size).toBe(8)
      const folder = place()
      mkdirSync(folder)
      expect(await refused(folder)).toMatch(/no socket/)
      expect(await refused(join(place(), 'p.sock'))).toMatch(/ENOENT/)
    })

    test('of another program is left alone', async () => {
      const path = place()
      const other = createServer().listen(path)
      onTestFinished(() => void other.close())
      await new Promise((resolve) => other.once('listening', resolve))
      expect(await refused(path)).toMatch(/in use/)
    })

    test('tells who is behind its proxy, where that is trusted', async () => {
      const server = await at(place(), '--trustproxy', 'unix', '--maxip', '1', ...SEEN, 'cat')
      const ada = await connect(server, '/r', { headers: { 'X-Forwarded-For': '203.0.113.5' } })
      expect(await ada.json()).toEqual({ remote: '203.0.113.5:0' })
      const bob = await connect(server, '/r', { headers: { 'X-Forwarded-For': '203.0.113.6' } })
      expect(await bob.json()).toEqual({ remote: '203.0.113.6:0' })
    })
  })

  describe('a proxy', () => {
    test('that is trusted tells the client’s address, for the game, the limits and the log', async () => {
      const server = await serving([...on, '--trustproxy', 'loopback', '--maxip', '1', ...SEEN, 'cat'])
      const from = (list: string) => connect(server, '/r', { headers: { 'X-Forwarded-For': list } })
      const ada = await from('198.51.100.1, 203.0.113.5')
      expect(await ada.json()).toEqual({ remote: '203.0.113.5:0' })
      expect(await (await from('203.0.113.5')).closed).toMatchObject({ code: 4429 })
      await server.logged(/203\.0\.113\.5:0 is refused with 4429/)
      const bob = await from('203.0.113.6')
      expect(await bob.json()).toEqual({ remote: '203.0.113.6:0' })
    })

    test.each([
      ['without --trustproxy', []],
      ['that is not in the list', ['--trustproxy', '192.0.2.0/24,::1,unix']],
    ])('%s is a client like any other', async (_what, flags) => {
      const server = await serving([...on, ...flags, ...SEEN, 'cat'])
      const headers = { 'X-Forwarded-For': '203.0.113.5', Forwarded: 'for=203.0.113.5' }
      const client = await connect(server, '/r', { headers })
      expect(await client.json()).toEqual({ remote: expect.stringMatching(/^127\.0\.0\.1:/) })
    })
  })

  describe('the headers of every answer', () => {
    const server = sharedServer([...on, '--api', '--metrics', '--staticdir', 'public', '--trustproxy', '::1', 'cat'])

    test.each(['/', '/shared/', '/health', '/metrics', '/api/rooms/', '/playpipe.js', '/nowhere.html'])(
      '%s',
      async (path) => {
        const { headers } = await fetch(server().url + path, { redirect: 'manual' })
        expect(headers.get('x-content-type-options')).toBe('nosniff')
        expect(headers.get('referrer-policy')).toBe('same-origin')
        // Browsers heed these over TLS only, and this client came without.
        expect(headers.get('cross-origin-opener-policy')).toBe(null)
        expect(headers.get('strict-transport-security')).toBe(null)
      },
    )

    test.each(['/api', '/a/b'])('a refused handshake at %s', async (path) => {
      const lines = 'Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n'
      const key = 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n'
      const answer = await raw(server(), `GET ${path} HTTP/1.1\r\nHost: x\r\n${lines}${key}\r\n`, /\r\n\r\n./)
      expect(answer).toMatch(/^HTTP\/1\.1 40[04] (.|\r\n)*\r\nX-Content-Type-Options: nosniff\r\n/)
    })

    test('a page that a trusted proxy serves over TLS is isolated; whether its host is TLS alone is the proxy’s word', async () => {
      const behind = await serving([...on, '--trustproxy', 'loopback', 'cat'])
      const { headers } = await fetch(`${behind.url}/health`, { headers: { 'X-Forwarded-Proto': 'https' } })
      expect(headers.get('cross-origin-opener-policy')).toBe('same-origin-allow-popups')
      expect(headers.get('strict-transport-security')).toBe(null)
    })
  })

  test('--compress shrinks long frames for who offers it, and is off otherwise', async () => {
    const long = 'so long '.repeat(1000)
    const wire = async (flags: string[], compress: boolean) => {
      const server = await serving([...on, ...flags, 'cat'])
      const client = await connect(server, '/r', { compress })
      client.send(long)
      expect(await client.next()).toBe(long)
      return (client.ws as unknown as { _socket: { bytesRead: number } })._socket.bytesRead
    }
    expect(await wire(['--compress'], true)).toBeLessThan(1000)
    expect(await wire(['--compress'], false)).toBeGreaterThan(8000)
    expect(await wire([], true)).toBeGreaterThan(8000)
  })
})

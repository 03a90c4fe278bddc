import { writeFileSync } from 'node:fs'
import { createConnection, type Socket } from 'node:net'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { CHILD, connect, raw, runToEnd, type TestClient, type TestServer, TRANSPORTS } from '../helpers.ts'
import { serving, sharedServer, temporaryFolder } from './serving.ts'

const MIB = 1024 * 1024
const KEY = 'dGhlIHNhbXBsZSBub25jZQ=='

describe('a mistake on the command line ends with status 2 and one line that names it', () => {
  test.each<[string, string[], RegExp]>([
    ['an unknown flag', ['--nonsense', 'cat'], /--nonsense/],
    ['an unknown short flag', ['-x', 'cat'], /-x/],
    [
      'an option of the command',
      ['--json', 'python3', '-u', 'my game.py'],
      /'-u': .*`playpipe \[options\] -- python3 -u 'my game.py'`/,
    ],
    [
      'an option of the command that looks like ours',
      ['cat', '--jsom'],
      /'--jsom': .*`playpipe \[options\] -- cat --jsom`\n.*--json/,
    ],
    ['an option that no command is before', ['-u', 'cat'], /^playpipe: unknown option '-u'\n$/],
    ['options before connect', ['-v', 'connect', 'ws://localhost/den', 'cat'], /`playpipe connect \[options\]/],
    ['no command', ['--json'], /command/],
    ['a flag without its value', ['cat', '--cache'], /--cache/],
    ['--cache 0', ['--cache', '0', 'cat'], /--cache 0: .*1 to 65536/],
    ['--cache 65537', ['--cache', '65537', 'cat'], /--cache 65537/],
    ['--cache tagged:0', ['--cache', 'tagged:0', 'cat'], /--cache/],
    ['--cache some:4', ['--cache=some:4', 'cat'], /--cache/],
    ['--cache -1', ['--cache', '-1', 'cat'], /--cache/],
    ['a missing static folder', ['--staticdir', './nowhere', 'cat'], /--staticdir \.\/nowhere/],
    ['a static folder that is a file', ['--staticdir', 'package.json', 'cat'], /--staticdir package\.json/],
    ['an unknown framing', ['--frame=xml', 'cat'], /--frame xml: .*json.*gwsocket/],
    ['a framing behind a space', ['--clientframe', 'json', 'cat'], /--clientframe.*=/],
    ['an address without a port', ['--addr', 'localhost', 'cat'], /--addr localhost/],
    ['a port that is none', ['--addr', '127.0.0.1:65536', 'cat'], /65536/],
    ['a port that is a word', ['--port', 'http', 'cat'], /--port http/],
    ['a log format that is none', ['--log', 'xml', 'cat'], /--log xml/],
    ['a count that is none', ['--maxrooms', 'many', 'cat'], /--maxrooms many/],
    ['seconds that are none', ['--linger=-1', 'cat'], /--linger -1/],
    ['bytes that are none', ['--maxpayload', '1x', 'cat'], /--maxpayload 1x/],
    ['an idle time that is too short', ['--idle', '5', 'cat'], /--idle 5: .*8.*960/],
    ['a transport that is none', ['--transport', 'tcp', 'cat'], /--transport tcp/],
    ['ports the wrong way around', ['--tcp', '--tcpports', '9:5', 'cat'], /--tcpports 9:5/],
    ['--json with --frame', ['--json', '--frame=json', 'cat'], /--json.*--frame/],
    ['--json with --clientframe', ['--json', '--clientframe=json', 'cat'], /--json.*--clientframe/],
    ['--json with --serverframe', ['--json', '--serverframe=json', 'cat'], /--json.*--serverframe/],
    ['--frame with --clientframe', ['--frame', '--clientframe=json', 'cat'], /--frame.*--clientframe/],
    ['--frame with --serverframe', ['--frame', '--serverframe=json', 'cat'], /--frame.*--serverframe/],
    ['--delimiters with --binary', ['--delimiters=;', '--binary', 'cat'], /--delimiters.*--binary/],
    ['--tcpports without --tcp', ['--tcpports', '9001:9002', 'cat'], /--tcpports.*--tcp/],
    ['--oneshot with --linger', ['--oneshot', '--linger', '5', 'cat'], /--oneshot.*--linger/],
    ['a config file that is missing', ['--config', './nowhere.json', 'cat'], /nowhere\.json/],
    ['a config file that is no JSON', ['--config', 'README.md', 'cat'], /README\.md/],
  ])('%s', async (_what, args, named) => {
    const { status, stdout, stderr } = await runToEnd(args, { cwd: folder() })
    expect(status).toBe(2)
    expect(stdout).toBe('')
    expect(stderr).toMatch(/^playpipe: [^\n]+\n(\(Did you mean [^\n]+\)\n)?$/)
    expect(stderr).toMatch(named)
  })

  const folder = () => {
    const cwd = temporaryFolder()
    writeFileSync(join(cwd, 'package.json'), '{}')
    writeFileSync(join(cwd, 'README.md'), '# no JSON')
    return cwd
  }

  test.each([
    ['an unknown key', { nonsense: 1 }, /nonsense/],
    ['a value of the wrong kind', { cache: { n: 1 } }, /cache/],
    ['a value out of range', { cache: 0 }, /--cache 0/],
    ['a list', [1], /object/],
  ])('%s in a config file', async (_what, content, named) => {
    const cwd = folder()
    writeFileSync(join(cwd, 'config.json'), JSON.stringify(content))
    const { status, stderr } = await runToEnd(['--config', 'config.json', 'cat'], { cwd })
    expect(status).toBe(2)
    expect(stderr).toMatch(/^playpipe: [^\n]+\n$/)
    expect(stderr).toMatch(named)
  })
})

/** A WebSocket that can break the rules: bytes over TCP behind a handshake that is right. */
async function rude(server: TestServer, path: string): Promise<{ socket: Socket; closed: Promise<Buffer> }> {
  const socket = createConnection(server.port, '127.0.0.1')
  onTestFinished(() => void socket.destroy())
  const chunks: Buffer[] = []
  const closed = new Promise<Buffer>((resolve) => {
    socket.once('close', () => resolve(Buffer.concat(chunks)))
  })
  socket.on('error', () => socket.destroy())
  await new Promise<void>((resolve) => {
    socket.on('data', (chunk) => {
      chunks.push(chunk)
      if (Buffer.concat(chunks).includes('\r\n\r\n')) resolve()
    })
    socket.write(handshake(path))
  })
  return { socket, closed }
}

const handshake = (path: string, key = KEY) =>
  `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n${key && `Sec-WebSocket-Key: ${key}\r\n`}\r\n`

/** A frame as a client sends it, masked with zeros. */
function frame(first: number, payload: Buffer, length = payload.length): Buffer {
  const head =
    length < 126 ? Buffer.from([first, 0x80 | length]) : Buffer.from([first, 0xfe, length >> 8, length & 0xff])
  return Buffer.concat([head, Buffer.alloc(4), payload])
}

/** The close code at the end of what a server sent; 1006 where there is none. */
function closeCode(answer: Buffer): number {
  const at = answer.indexOf('\r\n\r\n') + 4
  const close = answer.indexOf(0x88, at)
  return close < 0 || (answer[close + 1] ?? 0) < 2 ? 1006 : answer.readUInt16BE(close + 2)
}

describe.each(TRANSPORTS)('over %s', (transport) => {
  const on = ['--transport', transport]

  test('a port in use is refused with status 1 and one line', async () => {
    const server = await serving([...on, 'cat'])
    const { status, stderr } = await runToEnd([...on, '--addr', `127.0.0.1:${server.port}`, 'cat'])
    expect(status).toBe(1)
    expect(stderr).toMatch(new RegExp(`^playpipe: [^\\n]*127\\.0\\.0\\.1:${server.port}[^\\n]*in use[^\\n]*\\n$`))
    const client = await connect(server, '/r')
    client.send('hi')
    expect(await client.next()).toBe('hi')
  })

  test('an address of another machine is refused with status 1 and one line', async () => {
    const { status, stderr } = await runToEnd([...on, '--addr', '192.0.2.1:9000', 'cat'])
    expect(status).toBe(1)
    expect(stderr).toMatch(/^playpipe: [^\n]*192\.0\.2\.1:9000[^\n]*\n$/)
  })

  describe('a name that is no room', () => {
    const server = sharedServer([...on, '--staticdir', 'test/fixtures', 'cat'])
    const reserved = 'api metrics health static upload robots.txt favicon.ico playpipe.js ws vendor shared'.split(' ')

    test.each([
      ...reserved.map((name) => `/${name}`),
      '/api/',
      '/%61pi',
      `/${'n'.repeat(129)}`,
      `/${'n'.repeat(200)}`,
      '/a%2Fb',
      '/%2F',
      '/a%00b',
      '/a%0Ab',
      '/%1B[2J',
      '/%7F',
      '/%C2%85',
      '/%',
      '/%zz',
      '/%FF',
    ])('%s is answered with 400', async (path) => {
      expect(await raw(server(), handshake(path), /Invalid room/)).toMatch(/^HTTP\/1\.1 400 .*Invalid room$/s)
    })

    test.each(['/', '//', '/a/b', '/a//', '/a/b/', '//a'])('%s is answered with 404', async (path) => {
      expect(await raw(server(), handshake(path), /Not found/)).toMatch(/^HTTP\/1\.1 404 /)
    })

    test('names that only look like reserved ones are rooms', async () => {
      for (const path of ['/apis', '/API', '/robots', '/.', '/-', '/%25']) {
        expect(await raw(server(), handshake(path), /\r\n\r\n/)).toMatch(/^HTTP\/1\.1 101 /)
      }
    })
  })

  describe('a handshake', () => {
    const server = sharedServer([...on, 'cat'])
    const goesOn = async () => {
      const client = await connect(server(), '/r')
      client.send('hi')
      expect(await client.next()).toBe('hi')
      await client.close()
    }

    test.each([
      ['too short', 'c2hvcnQ='],
      ['too long', `${KEY}${KEY}`],
      ['absent', ''],
      ['of 24 characters that are not 16 bytes', 'A'.repeat(24)],
    ])('with a key that is %s is answered with 400', async (_what, key) => {
      const answer = await raw(server(), handshake('/r', key), /\r\n\r\n/)
      expect(answer).toMatch(/^HTTP\/1\.1 400 /)
      await goesOn()
    })

    test('that stops half way holds nobody up, and neither does what is no HTTP', async () => {
      const half = createConnection(server().port, '127.0.0.1')
      half.on('error', () => {})
      onTestFinished(() => void half.destroy())
      await new Promise((resolve) => half.write(handshake('/r').slice(0, 60), resolve))
      await goesOn()
      await raw(server(), '\x16\x03\x01\x00garbage\r\n\r\n', /\r\n\r\n/)
      await goesOn()
    })

    test('chooses playpipe.v1 whenever it is offered, and never echoes another entry', async () => {
      const first = await connect(server(), '/p', { protocols: ['playpipe.token.secret', 'playpipe.v1'] })
      expect(first.ws.protocol).toBe('playpipe.v1')
      const answer = await raw(
        server(),
        handshake('/p').replace(/\r\n\r\n$/, '\r\nSec-WebSocket-Protocol: playpipe.token.secret\r\n\r\n'),
        /\r\n\r\n/,
      )
      expect(answer).not.toContain('secret')
    })
  })

  describe('a message', () => {
    const json = sharedServer([...on, '--frame=json', 'cat'])
    const lines = sharedServer([...on, '--joinmsg', 'join #ID', 'node', '--', CHILD, 'show'])
    let room = 0
    const pair = async (server: TestServer): Promise<[TestClient, TestClient]> => {
      const path = `/${++room}`
      return [await connect(server, path), await connect(server, path)]
    }
    /** The other client in the room is heard, and hears. */
    const goesOn = async (client: TestClient) => {
      client.send({ goes: 'on' })
      expect(await client.next()).toMatch(/^\{"_from":\d+,"goes":"on"\}$/)
    }

    test.each([
      ['text that is not JSON', 'hello'],
      ['a list', '[1]'],
      ['a number', '1'],
      ['null', 'null'],
      ['a string', '"x"'],
      ['an object with something behind it', '{"a":1} x'],
      ['two objects', '{"a":1}\n{"_end":true}'],
      ['nothing', ''],
      ['an object cut short', '{"a":'],
    ])('that is %s closes its sender with 1008 at once', async (_what, message) => {
      const [a, b] = await pair(json())
      a.send(message)
      a.send({ after: 1 })
      expect(await a.closed).toMatchObject({ code: 1008, reason: expect.stringMatching(/JSON/) })
      await goesOn(b)
    })

    test('that forges its sender is stamped with the true one', async () => {
      const [a, b] = await pair(json())
      a.send('{"x":1,"_from":9}')
      const stamped = [await a.json(), await b.json()]
      expect(stamped[0]).toMatchObject({ x: 1, _from: expect.any(Number) })
      expect(stamped[0]!._from).not.toBe(9)
      expect(stamped[1]).toEqual(stamped[0])
      await goesOn(b)
    })

    test.each([
      ['text', 0x81],
      ['text whose frames go on', 0x01],
    ])('of %s that is not UTF-8 cuts off its sender', async (_what, first) => {
      const [a, b] = await pair(json())
      const path = `/${room}`
      const { socket, closed } = await rude(json(), path)
      const bytes = Buffer.from('{"x":"\xff\xfe"}', 'latin1')
      socket.write(frame(first, bytes))
      if (first === 0x01) socket.write(frame(0x80, Buffer.from('x')))
      const code = closeCode(await closed)
      expect(transport === 'uws' ? [1006, 1007] : [1007]).toContain(code)
      await goesOn(b)
      expect(await a.next()).toContain('goes')
    })

    test('of bytes that are not UTF-8, where text is wanted, closes its sender with 1007', async () => {
      for (const server of [json(), lines()]) {
        const [a, b] = await pair(server)
        a.send(Buffer.from([0x7b, 0xff, 0x7d]))
        expect(await a.closed).toMatchObject({ code: 1007 })
        expect(b.ws.readyState).toBe(b.ws.OPEN)
      }
    })

    test.each([
      ['2 MiB', 2 * MIB, [1009]],
      ['one byte more than allowed', MIB + 1, [1009]],
      ['5 MiB', 5 * MIB, [1006, 1009]],
    ])('of %s closes its sender', async (_what, size, codes) => {
      const [a, b] = await pair(json())
      a.ws.on('error', () => {}) // the connection may be cut while it is written
      a.send(`{"x":"${'x'.repeat(size - 8)}"}`)
      expect(codes).toContain((await a.closed).code)
      await goesOn(b)
    })

    test('of exactly --maxpayload arrives', async () => {
      const [a, b] = await pair(json())
      // The stamp makes the line longer than a frame from the child may be: it is answered by its absence.
      a.send(`{"x":"${'x'.repeat(MIB - 8)}"}`)
      await goesOn(b)
      expect(a.ws.readyState).toBe(a.ws.OPEN)
      const show = await serving([...on, '--maxline', '2m', 'cat'])
      const c = await connect(show, '/r')
      c.send('x'.repeat(MIB))
      expect(String(await c.next())).toHaveLength(MIB)
    })

    test('with a newline inside is one line for the child', async () => {
      const [a, b] = await pair(lines())
      a.send('one\ntwo\r\n')
      for (const client of [a, b]) {
        const lines = await client.until((line) => !line.includes('join'))
        expect(lines.at(-1)).toBe('"one two"')
      }
    })

    test('is never a ping or a pong', async () => {
      const [a, b] = await pair(json())
      const pong = new Promise((resolve) => a.ws.once('pong', (data) => resolve(data.toString())))
      a.ws.ping('{"ping":1}')
      a.ws.pong('{"pong":1}')
      expect(await pong).toBe('{"ping":1}')
      await goesOn(a)
      expect(await b.next()).toContain('goes')
      await goesOn(b)
    })

    test.each([
      ['an opcode that does not exist', frame(0x83, Buffer.from('{}'))],
      ['reserved bits', frame(0xf1, Buffer.from('{}'))],
      ['a ping longer than 125 bytes', frame(0x89, Buffer.alloc(300))],
      ['a continuation of nothing', frame(0x80, Buffer.from('{}'))],
    ])('that breaks the protocol ends its sender alone: %s', async (_what, bytes) => {
      const [a] = await pair(json())
      const { socket, closed } = await rude(json(), `/${room}`)
      socket.write(bytes)
      socket.write(frame(0x88, Buffer.from([3, 0xe8])))
      await closed
      await goesOn(a)
      expect(a.waiting()).toEqual([])
    })
  })

  test('HTTP requests that are neither a room nor a file are 404', async () => {
    const server = await serving([...on, 'cat'])
    for (const path of ['/', '/r', '/api/rooms/', '/metrics', '/index.html', '/%', '/..%2f..%2fetc/passwd']) {
      expect(await raw(server, `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`, /Not found/)).toMatch(
        /^HTTP\/1\.1 404 /,
      )
    }
    const health = await fetch(`${server.url}/health`)
    expect([health.status, await health.json()]).toEqual([200, { status: 'ok' }])
  })

  test('a HEAD request is answered without a body', async () => {
    const server = await serving([...on, 'cat'])
    const get = `GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`
    const answer = await raw(server, `HEAD /health HTTP/1.1\r\nHost: x\r\n\r\n`, /\r\n\r\n/)
    expect(answer).toMatch(/^HTTP\/1\.1 200 /)
    expect(answer.split('\r\n\r\n')[1]).toBe('')
    expect(await raw(server, get, /ok/)).toContain('{"status":"ok"}')
  })
})

import { once } from 'node:events'
import { readdirSync, rmSync } from 'node:fs'
import { createConnection } from 'node:net'
import { join } from 'node:path'
import { pino } from 'pino'
import { describe, expect, onTestFinished, test } from 'vitest'
import { resolveConfig } from '../../src/config.ts'
import { serve } from '../../src/server.ts'
import { CHILD, connect, descriptors, eventually, processes, type TestServer, TRANSPORTS } from '../helpers.ts'
import { PORTS } from '../ports.ts'
import { markedCat, newMark, serving, temporaryFolder } from './serving.ts'

const child = (...args: string[]) => ['node', '--', CHILD, ...args]
const childrenOf = (server: TestServer, mark: string) => processes(mark).filter((pid) => pid !== server.pid)
const allGone = (mark: string) => eventually('every process is gone', () => processes(mark).length === 0)

describe.each(TRANSPORTS)('over %s', (transport) => {
  const on = ['--transport', transport]

  test.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)(
    '%s closes clients with 1001, ends children gently, and the server with status 0',
    async (signal) => {
      const [mark, folder] = [newMark(), temporaryFolder()]
      const bye = `trap "" TERM; echo up; while read -r l; do :; done; echo "saved" >&2 #${mark}`
      const server = await serving([...on, 'sh', '--', '-c', bye], { env: { TMPDIR: folder } })
      const clients = [await connect(server, '/a'), await connect(server, '/a'), await connect(server, '/b')]
      for (const client of [clients[0]!, clients[2]!]) await client.next()
      expect(readdirSync(folder)).toHaveLength(1)
      server.signal(signal)
      for (const client of clients) expect(await client.closed).toMatchObject({ code: 1001 })
      expect(await server.exited).toBe(0)
      expect(server.log().match(/stderr: saved/g)).toHaveLength(2)
      await allGone(mark)
      expect(readdirSync(folder)).toEqual([])
    },
  )

  test('a handshake that ends while the server does starts nothing', async () => {
    const mark = newMark()
    const config = resolveConfig(
      { addr: '127.0.0.1:0', transport, linger: '60', killgrace: '0' },
      markedCat(mark).filter((word) => word !== '--'),
    )
    const server = await serve(config, { log: pino({ level: 'silent' }), flush: () => {} })
    const { port, origin } = new URL(server.url)
    const late = createConnection(Number(port), '127.0.0.1')
    const [request, key] = [
      'GET /b HTTP/1.1\r\nHost: p\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n',
      'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
    ]
    late.on('error', () => {}).write(request)
    await once(late, 'connect')
    // Who comes later is answered later: half of the handshake is there.
    await connect({ url: origin }, '/a')
    const closed = server.close()
    late.write(key)
    await closed
    expect(processes(mark)).toEqual([])
    late.destroy()
  })

  test.each(['SIGQUIT', 'SIGUSR2'] as const)('%s ends the server at once and leaves no child', async (signal) => {
    const [mark, folder] = [newMark(), temporaryFolder()]
    const server = await serving([...on, '--killgrace', '600', ...child('grandchild', mark)], {
      env: { TMPDIR: folder },
    })
    const client = await connect(server, '/r')
    await client.next()
    expect(childrenOf(server, mark)).toHaveLength(2)
    server.signal(signal)
    expect(await server.exited).not.toBe(0)
    await allGone(mark)
    expect(readdirSync(folder)).toEqual([])
  })

  test('a second SIGINT does not wait for who ignores the first', async () => {
    const [mark, folder] = [newMark(), temporaryFolder()]
    const server = await serving([...on, '--killgrace', '600', ...child('stubborn', mark)], { env: { TMPDIR: folder } })
    const client = await connect(server, '/r')
    await client.next()
    server.signal('SIGINT')
    await client.closed
    expect(childrenOf(server, mark)).toHaveLength(1)
    server.signal('SIGINT')
    expect(await server.exited).not.toBe(0)
    await allGone(mark)
    expect(readdirSync(folder)).toEqual([])
  })

  test('SIGTERM ends children that ignore it, and grandchildren, also of rooms already in farewell', async () => {
    const mark = newMark()
    const server = await serving([...on, ...child('grandchild', mark)])
    const leaving = await connect(server, '/leaving')
    await leaving.next()
    const staying = await connect(server, '/staying')
    await staying.next()
    await leaving.close()
    expect(childrenOf(server, mark).length).toBeGreaterThanOrEqual(3)
    expect(await server.stop()).toBe(0)
    await allGone(mark)
  })

  test('SIGTERM does not wait for clients that never answer, nor for half a handshake', async () => {
    const mark = newMark()
    const server = await serving([...on, ...markedCat(mark)])
    const socket = createConnection(server.port, '127.0.0.1')
    const half = createConnection(server.port, '127.0.0.1')
    for (const each of [socket, half]) each.on('error', () => each.destroy())
    onTestFinished(() => {
      socket.destroy()
      half.destroy()
    })
    await new Promise<void>((resolve) => {
      // It reads the handshake and nothing afterwards.
      socket.once('data', () => {
        socket.pause()
        resolve()
      })
      socket.write(
        'GET /r HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n' +
          'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
      )
    })
    await new Promise((resolve) => half.write('GET /r HTTP/1.1\r\nHo', resolve))
    const lively = await connect(server, '/r')
    lively.send('x')
    await lively.next()
    server.signal('SIGTERM')
    expect(await lively.closed).toMatchObject({ code: 1001 })
    expect(await server.exited).toBe(0)
    await allGone(mark)
  })

  test('a thousand rooms opened and closed leave no process and no descriptor', async () => {
    const [mark, folder] = [newMark(), temporaryFolder()]
    const server = await serving([...on, ...markedCat(mark)], { env: { TMPDIR: folder } })
    const wave = async (from: number, size: number) => {
      const rooms = Array.from({ length: size }, (_, n) => from + n)
      const clients = await Promise.all(rooms.map((room) => connect(server, `/${room}`)))
      for (const [n, client] of clients.entries()) client.send(`room ${n}`)
      expect(await Promise.all(clients.map((client) => client.next()))).toEqual(rooms.map((_, n) => `room ${n}`))
      await Promise.all(clients.map((client) => client.close()))
    }
    const settled = () => eventually('children are gone', () => childrenOf(server, mark).length === 0)
    await wave(0, 10) // what is opened once and kept is open by now
    await settled()
    const before = descriptors(server.pid)
    for (let n = 0; n < 1000; n += 100) await wave(1000 + n, 100)
    await settled()
    await eventually(`no more than ${before} descriptors`, () => descriptors(server.pid) <= before)
    // FIFOs are made ahead in bounded number, and none of a room that was is left.
    expect(readdirSync(join(folder, readdirSync(folder)[0]!)).length).toBeLessThanOrEqual(192 + 48)
    expect(await server.stop()).toBe(0)
    expect(readdirSync(folder)).toEqual([])
    expect(processes(mark)).toEqual([])
  }, 90_000)

  test.each([
    ['that crash', ['crash', 'SIGKILL'], 'go'],
    ['that exit and leave grandchildren', ['grandchild'], 'exit'],
    ['that fill their stderr', ['loud'], undefined],
  ])('children %s leave no process and no descriptor', async (_what, [mode, ...args], farewell) => {
    const mark = newMark()
    const server = await serving([...on, ...child(mode!, ...args, mark)])
    const round = async () => {
      const clients = await Promise.all([1, 2, 3].map((room) => connect(server, `/${room}`)))
      for (const client of clients) client.send(farewell ?? 'hi')
      if (farewell === undefined) {
        for (const client of clients) {
          await client.next()
          void client.close()
        }
      }
      await Promise.all(clients.map((client) => client.closed))
      await eventually('children are gone', () => childrenOf(server, mark).length === 0)
    }
    await round()
    const before = descriptors(server.pid)
    await round()
    await round()
    await eventually(`no more than ${before} descriptors`, () => descriptors(server.pid) <= before)
  })
})

test('a child over TCP leaves no process and no descriptor', async () => {
  const mark = newMark()
  const server = await serving([
    '--tcp',
    '--tcpports',
    `${PORTS.leaks.first}:${PORTS.leaks.end}`,
    '--delay',
    '15',
    ...child('tcp', '0', mark),
  ])
  const round = async () => {
    const clients = await Promise.all([1, 2, 3].map((room) => connect(server, `/${room}`)))
    for (const client of clients) {
      client.send('hi')
      await client.next()
      await client.close()
    }
    await eventually('children are gone', () => childrenOf(server, mark).length === 0)
  }
  await round()
  const before = descriptors(server.pid)
  await round()
  await eventually(`no more than ${before} descriptors`, () => descriptors(server.pid) <= before)
})

describe.each([
  ['stdio', []],
  ['TCP', ['--tcp', '--delay', '15', '--tcpports', `${PORTS.leaks.first}:${PORTS.leaks.end}`]],
])('pipes of children over %s', (link, flags) => {
  test.each([
    ['with their folder', (folder: string) => rmSync(folder, { recursive: true, maxRetries: 5 })],
    ['out of it', (folder: string) => readdirSync(folder).map((name) => rmSync(join(folder, name)))],
  ])('that somebody removes %s are made anew, and go with the server', async (_how, remove) => {
    const folder = temporaryFolder()
    const server = await serving([...flags, ...child(link === 'TCP' ? 'tcp' : 'echo')], { env: { TMPDIR: folder } })
    const pipes = join(folder, readdirSync(folder)[0]!)
    await eventually('all are made ahead', () => readdirSync(pipes).length === 192)
    remove(pipes)
    for (const room of ['/a', '/b']) {
      const client = await connect(server, room)
      client.send('hi')
      expect(await client.next()).toBe('hi')
    }
    expect(await server.stop()).toBe(0)
    expect(readdirSync(folder)).toEqual([])
  })
})

test('a server that cannot start leaves no temporary folder', async () => {
  const folder = temporaryFolder()
  const server = await serving(['cat'], { env: { TMPDIR: folder } })
  await expect(serving(['cat'], { env: { TMPDIR: folder }, addr: `127.0.0.1:${server.port}` })).rejects.toThrow(
    'in use',
  )
  expect(readdirSync(folder)).toHaveLength(1)
})

import { readFileSync } from 'node:fs'
import { createConnection, type NetConnectOpts, type Socket } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { CHILD, connect, eventually, startServer, type TestClient, type TestServer, TRANSPORTS } from '../helpers.ts'

/** Most that the server may take, in MiB: the frames of these tests are far more than that together. */
const MEMORY = 400

let server: TestServer | undefined
afterEach(async () => {
  server?.signal('SIGKILL')
  await server?.exited
  server = undefined
})

function peakMemory(pid: number): number {
  return Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]) / 1024
}

/** Checks that frames are numbered without a gap, as fast as they come; keeps only the count. */
class Counter {
  last = 0
  code: number | undefined
  private wrong: string | undefined
  private rest: Buffer = Buffer.alloc(0)
  private wake = () => {}

  private constructor(readonly socket: Socket) {
    socket.on('data', (chunk: Buffer) => this.read(this.rest.length > 0 ? Buffer.concat([this.rest, chunk]) : chunk))
    socket.on('error', () => this.wake())
    socket.on('close', () => {
      this.code ??= 1006
      this.wake()
    })
  }

  static async open(target: TestServer, path: string): Promise<Counter> {
    const socket = createConnection(target.port, '127.0.0.1')
    socket.write(handshake(path))
    const counter = new Counter(socket)
    await counter.when(() => counter.ready)
    return counter
  }

  private ready = false

  send(message: object): void {
    const payload = Buffer.from(JSON.stringify(message))
    expect(payload.length).toBeLessThan(126)
    this.socket.write(Buffer.concat([Buffer.from([0x81, 0x80 | payload.length, 0, 0, 0, 0]), payload]))
  }

  /** Fails at a gap, and at a close before `done`. */
  when(done: () => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      this.wake = () => {
        if (this.wrong) reject(new Error(this.wrong))
        else if (done()) resolve()
        else if (this.code !== undefined) reject(new Error(`closed with ${this.code} at ${this.last}`))
      }
      this.wake()
    })
  }

  reaches(n: number): Promise<void> {
    return this.when(() => this.last >= n)
  }

  /** RFC 6455, section 5.2: unmasked frames, as a server sends them. */
  private read(bytes: Buffer): void {
    let at = 0
    if (!this.ready) {
      const end = bytes.indexOf('\r\n\r\n')
      if (end < 0) {
        this.rest = bytes
        return
      }
      this.ready = bytes.toString('latin1', 0, 12) === 'HTTP/1.1 101'
      at = end + 4
    }
    while (at + 4 <= bytes.length) {
      const short = bytes[at + 1]!
      const head = short < 126 ? 2 : 4
      const end = at + head + (short < 126 ? short : bytes.readUInt16BE(at + 2))
      if (end > bytes.length) break
      if (bytes[at] === 0x88) this.code = bytes.readUInt16BE(at + head)
      else if (bytes[at] === 0x81) this.number(bytes, at + head)
      at = end
    }
    this.rest = bytes.subarray(at)
    this.wake()
  }

  /** A frame begins with `{"n":` and its number. */
  private number(bytes: Buffer, at: number): void {
    let n = 0
    for (let i = at + 5; bytes[i]! >= 48 && bytes[i]! <= 57; i++) n = n * 10 + bytes[i]! - 48
    if (n !== this.last + 1) this.wrong ??= `${n} after ${this.last}`
    this.last = n
  }
}

function handshake(path: string): string {
  return `GET ${path} HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`
}

function counters(count: number): Promise<Counter[]> {
  return Promise.all(Array.from({ length: count }, () => Counter.open(server!, '/r')))
}

/** As long as another room takes to work through a burst. */
async function aWhile(lines: number): Promise<void> {
  const other = await Counter.open(server!, '/other')
  other.send({ go: true })
  await other.reaches(lines)
  other.socket.destroy()
}

/** Resolves with 0 when a ping behind all that was sent is answered: the server has taken it all. */
function sentAll(ws: TestClient['ws']): Promise<number> {
  return new Promise((resolve) => {
    ws.once('pong', () => resolve(0))
    ws.ping()
  })
}

/** A client that reads one byte every so many milliseconds. */
async function trickle(
  target: TestServer,
  path: string,
  every: number,
): Promise<{ socket: Socket; timer: NodeJS.Timeout }> {
  const socket = createConnection({ port: target.port, host: '127.0.0.1', highWaterMark: 1 } as NetConnectOpts)
  socket.on('error', () => {})
  const head = await new Promise<string>((resolve) => {
    let text = ''
    socket.on('readable', function read() {
      for (let byte = socket.read(1); byte !== null && !text.endsWith('\r\n\r\n'); byte = socket.read(1)) text += byte
      if (!text.endsWith('\r\n\r\n')) return
      socket.off('readable', read)
      resolve(text)
    })
    socket.write(handshake(path))
  })
  expect(head).toContain('101')
  return { socket, timer: setInterval(() => socket.read(1), every) }
}

describe.each(TRANSPORTS)('on %s', (transport) => {
  /** A server whose game prints numbered lines; its clients may be silent for as long as a busy machine takes. */
  async function start(...burst: string[]): Promise<void> {
    server = await startServer([
      '--transport',
      transport,
      '--idle',
      '300',
      '-v',
      '--frame=json',
      'node',
      CHILD,
      'burst',
      ...burst,
    ])
  }

  it('49 of 50 readers get every one of 200,000 lines in order while one has stopped, which gets a gapless prefix and 1013', async () => {
    await start('200000', '80')
    const readers = await counters(50)
    const stopped = readers.at(-1)!
    stopped.socket.pause()
    readers[0]!.send({ go: true })
    await Promise.all(readers.slice(0, -1).map((reader) => reader.reaches(200_000)))
    await server!.logged(/client 50 is closed with 1013/)
    stopped.socket.resume()
    await stopped.when(() => stopped.code === 1013)
    expect(stopped.last).toBeGreaterThan(0)
    expect(stopped.last).toBeLessThan(200_000)
    expect(peakMemory(server!.pid)).toBeLessThan(MEMORY)
    expect(server!.log().match(/client 50 is closed/g)).toHaveLength(1)
  }, 90_000)

  it('a room of one client is as fast as that client, and loses nothing', async () => {
    await start('100000', '200')
    const [reader] = await counters(1)
    reader!.send({ go: true })
    await reader!.reaches(1)
    reader!.socket.pause()
    await aWhile(100_000)
    expect(reader!.last).toBeLessThan(100_000)
    reader!.socket.resume()
    await reader!.reaches(100_000)
    expect(peakMemory(server!.pid)).toBeLessThan(MEMORY)
  }, 90_000)

  it('a majority that stalls stops the room, and nobody loses anything', async () => {
    await start('100000', '200')
    const readers = await counters(3)
    readers[1]!.socket.pause()
    readers[2]!.socket.pause()
    readers[0]!.send({ go: true })
    await aWhile(100_000)
    expect(readers[0]!.last).toBeLessThan(100_000)
    readers[1]!.socket.resume()
    readers[2]!.socket.resume()
    await Promise.all(readers.map((reader) => reader.reaches(100_000)))
  }, 90_000)

  it('a reader of one byte every 99 ms costs the others its small credit only', async () => {
    await start('100000', '200')
    const readers = await counters(3)
    const slow = await trickle(server!, '/r', 99)
    readers[0]!.send({ go: true })
    await Promise.all(readers.map((reader) => reader.reaches(100_000)))
    await server!.logged(/client 4 is slow: it waits alone/)
    clearInterval(slow.timer)
    slow.socket.destroy()
  }, 90_000)

  it('a newcomer takes in 6 MB of history at its own pace while the others go on', async () => {
    const big = 'x'.repeat(1000)
    server = await startServer(['--transport', transport, '--cache', 'all:6000', '--serverframe=json', 'cat'])
    const sender = await connect(server, '/r')
    for (let n = 1; n <= 6000; n++) sender.send({ n, big })
    await sender.until((frame) => frame.startsWith('{"n":6000,'))
    const newcomer = await Counter.open(server, '/r')
    newcomer.socket.pause()
    for (let n = 6001; n <= 6500; n++) sender.send({ n, big })
    await sender.until((frame) => frame.startsWith('{"n":6500,'))
    newcomer.socket.resume()
    await newcomer.reaches(6500)
  }, 90_000)

  it('a newer frame with the same _key takes the place of one that waits; all others stay', async () => {
    server = await startServer([
      '--transport',
      transport,
      '--idle',
      '300',
      '-v',
      '--frame=json',
      'node',
      CHILD,
      'keyed',
      '60000',
    ])
    const clients = await Promise.all([1, 2, 3].map(() => connect(server!, '/r')))
    const seen = clients.map(() => [] as { n: number; _key?: string }[])
    clients.forEach(({ ws }, i) => {
      ws.removeAllListeners('message')
      ws.on('message', (data: Buffer) => seen[i]!.push(JSON.parse(data.toString())))
    })
    const slow = clients[2]!
    slow.ws.pause()
    clients[0]!.send({ go: true })
    await eventually('the fast ones have all', () => seen[0]!.at(-1)?.n === 60_000 && seen[1]!.at(-1)?.n === 60_000)
    await server.logged(/is slow: it waits alone/)
    slow.ws.resume()
    await eventually('the slow one has the last', () => seen[2]!.at(-1)?.n === 60_000)
    expect(seen[0]).toHaveLength(60_000)
    expect(seen[2]!.length).toBeLessThan(60_000)
    const numbers = seen[2]!.map(({ n }) => n)
    expect(numbers).toEqual([...numbers].sort((a, b) => a - b))
    // Every frame without a key came, and the last one of each key.
    expect(seen[2]!.filter(({ _key }) => _key === undefined)).toEqual(seen[0]!.filter(({ _key }) => _key === undefined))
    expect(slow.ws.readyState).toBe(slow.ws.OPEN)
  }, 60_000)

  it('what 50 clients send to a child that does not read is in order where it was accepted, and the rest are told with 1013', async () => {
    server = await startServer(['--transport', transport, '--json', '--maxinbox', '1m', 'node', CHILD, 'deaf', '5000'])
    const other = await connect(server, '/other')
    const reader = await connect(server, '/r')
    const senders = await Promise.all(Array.from({ length: 50 }, () => connect(server!, '/r')))
    const text = 'y'.repeat(500)
    const heard = new Map<number, number[]>()
    const left = new Set<number>()
    reader.ws.removeAllListeners('message')
    reader.ws.on('message', (data: Buffer) => {
      const { n, _from, t } = JSON.parse(data.toString()) as { n: number; _from: number; t?: string }
      if (t === 'Leave') left.add(_from)
      else if (!t) heard.set(_from, [...(heard.get(_from) ?? []), n])
    })
    // 2.6 MB, of which 1 MB may wait.
    for (let n = 1; n <= 100; n++) for (const { ws } of senders) ws.send(JSON.stringify({ n, text }))
    other.send({ hello: true })
    const codes = await Promise.all(
      senders.map(({ closed, ws }) => Promise.race([closed.then(({ code }) => code), sentAll(ws)])),
    )
    const refused = codes.filter((code) => code === 1013).length
    expect(refused).toBeGreaterThan(0)
    for (const { ws } of senders) ws.close()
    await eventually('the child has read every Leave', () => left.size === 50)
    for (const numbers of heard.values()) expect(numbers).toEqual(numbers.map((_, i) => i + 1))
    expect([...heard.values()].filter((numbers) => numbers.length === 100)).toHaveLength(50 - refused)
    expect((await other.until((frame) => frame.includes('hello'))).length).toBeGreaterThan(0)
  }, 60_000)
})

it('too many connections of one address, too many clients of a room and too many messages have codes of their own', async () => {
  server = await startServer(['--maxconns', '2', '--maxip', '3', '--ratelimit', '5:10', '--metrics', '--json', 'cat'])
  const one = await connect(server, '/a')
  const two = await connect(server, '/a')
  expect(await (await connect(server, '/a')).closed).toEqual({ code: 4503, reason: 'the room is full' })
  const three = await connect(server, '/b')
  expect((await (await connect(server, '/c')).closed).code).toBe(4429)
  for (let n = 0; n < 40; n++) three.send({ n })
  expect(await three.closed).toEqual({ code: 4429, reason: 'too many messages' })
  two.send({ still: 'here' })
  expect((await one.until((frame) => frame.includes('still'))).at(-1)).toContain('"still":"here"')
  const metrics = await (await fetch(`${server.url}/metrics`)).text()
  expect(metrics).toContain('playpipe_refusals_total{reason="4429"} 2')
  expect(metrics).toContain('playpipe_refusals_total{reason="4503"} 1')
  for (const series of ['backlog_bytes', 'inbox_bytes', 'output_paused_seconds_total', 'evictions_total'])
    expect(metrics).toContain(`playpipe_${series} `)
})

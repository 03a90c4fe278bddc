import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join as path } from 'node:path'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { WebSocket } from 'ws'
import { join, type Room } from '../../src/client/client.ts'
import { CHILD, connect, eventually, runToEnd, startServer, type TestServer, TRANSPORTS } from '../helpers.ts'
import { FAULTS, FaultyProxy, seeded } from '../proxy.ts'

let server: TestServer | undefined
let proxy: FaultyProxy | undefined
const rooms: Room[] = []
afterEach(async () => {
  for (const room of rooms.splice(0)) room.leave()
  await proxy?.stop()
  proxy = undefined
  server?.signal('SIGKILL')
  await server?.exited
  server = undefined
  vi.unstubAllGlobals()
})

/** A player with the browser client, by way of a port. */
function player(port: number, storage: Storage | null = null, pingEvery = 5000, raw = false) {
  const room = join('r', {
    url: `http://127.0.0.1:${port}`,
    storage,
    pingEvery,
    raw,
    WebSocket: WebSocket as unknown as new (url: string, protocols: string[]) => globalThis.WebSocket,
  })
  const seen: Record<string, unknown>[] = []
  const statuses: string[] = []
  const seats: { id: number; resumed: boolean; fresh: boolean }[] = []
  let gap = 0
  room.on('message', (message) => seen.push(message))
  room.on('status', ({ state, code }) => statuses.push(code === undefined ? state : `${state} ${code}`))
  room.on('seat', (seat) => seats.push(seat))
  room.on('gap', (missed) => {
    gap += missed
  })
  rooms.push(room)
  const wait = (what: string, match: (message: Record<string, unknown>) => boolean) =>
    eventually(what, () => seen.find(match))
  return { room, seen, statuses, seats, wait, gap: () => gap }
}

/** What a room's first client is told where no seats are kept. */
const FIRST_SEAT = { type: 'seat', id: 1, room: 'r', token: '', grace: 0, taken: 0, resumed: false }

/** Prints what it reads, a line of hex digits at a time. */
const HEX = "process.stdin.on('data', (bytes) => console.log(bytes.toString('hex')))"
/** Prints a frame of gwsocket's, `hi` for everyone, whenever it reads something. */
const GREET = "process.stdin.on('data', () => process.stdout.write('\\0\\0\\0\\0\\0\\0\\0\\x01\\0\\0\\0\\x02hi'))"

/** The storage of one tab. */
function storage(): Storage {
  const items = new Map<string, string>()
  return {
    getItem: (key: string) => items.get(key) ?? null,
    setItem: (key: string, value: string) => void items.set(key, value),
    removeItem: (key: string) => void items.delete(key),
    items,
  } as unknown as Storage
}

describe.each(TRANSPORTS)('seats on %s', (transport) => {
  async function start(...args: string[]): Promise<number> {
    server = await startServer(['--transport', transport, '--json', ...args])
    proxy = new FaultyProxy(server.port)
    return proxy.start()
  }

  it('a plain client sees nothing new, and its broken connection is a Leave', async () => {
    await start('--resume', '60', 'node', CHILD, 'echo')
    const watcher = await connect(server!, '/r')
    const plain = await connect(server!, '/r')
    await watcher.until((frame) => frame.includes('"_from":2'))
    await plain.until((frame) => frame.includes('"_from":2'))
    plain.cut()
    expect(await watcher.json()).toEqual({ t: 'Leave', _from: 2 })
    expect(plain.waiting()).toEqual([])
  })

  it('tells a client of the protocol its seat first, also where no seats are kept', async () => {
    await start('cat')
    const client = await connect(server!, '/r', { protocols: ['playpipe.v1'] })
    expect(client.ws.protocol).toBe('playpipe.v1')
    const seat = JSON.parse((await client.next()).toString())
    expect(seat).toEqual(FIRST_SEAT)
    client.send(Buffer.from('{"type":"ping","n":7}'))
    expect(await client.until((frame) => frame.includes('pong'))).toContain('{"type":"pong","n":7}')
  })

  it('answers the last ping of a client that had stopped to read, and not each of them', async () => {
    await start('cat')
    const client = await connect(server!, '/r', { protocols: ['playpipe.v1'] })
    await client.next()
    const pongs: string[] = []
    client.ws.removeAllListeners('message').on('message', (data) => pongs.push(String(data)))
    client.ws.pause()
    // More than the sockets of both sides hold: what is not answered by then is what the server holds back.
    const PINGS = 400_000
    for (let n = 1; n <= PINGS; n++) {
      client.send(Buffer.from(`{"type":"ping","n":${1e15 + n}}`))
      if (n % 10_000 === 0) await eventually('the server reads', () => client.ws.bufferedAmount === 0)
    }
    client.ws.resume()
    await eventually('the last pong', () => pongs.at(-1)?.includes(String(1e15 + PINGS)))
    expect(pongs.length).toBeLessThan(PINGS)
  })

  it('a broken connection keeps the seat: Away, Back, and every frame in between', async () => {
    const port = await start('--resume', '60', 'node', CHILD, 'echo')
    const watcher = await connect(server!, '/r')
    const ada = player(port)
    await ada.wait('the first seat', ({ t }) => t === 'Join')
    proxy!.cutAll()
    await watcher.until((frame) => frame.includes('Away'))
    for (let n = 1; n <= 50; n++) watcher.send({ n })
    await ada.wait('the last missed frame', ({ n }) => n === 50)
    expect(ada.seen.filter(({ n }) => n).map(({ n }) => n)).toEqual(Array.from({ length: 50 }, (_, i) => i + 1))
    expect(ada.seats).toEqual([
      { id: 2, resumed: false, fresh: false },
      { id: 2, resumed: true, fresh: false },
    ])
    expect((await watcher.until((frame) => frame.includes('Back'))).at(-1)).toBe('{"t":"Back","_from":2,"_sys":true}')
    ada.room.leave()
    expect((await watcher.until((frame) => frame.includes('Leave'))).at(-1)).toBe('{"t":"Leave","_from":2}')
  })

  it('a page that was loaded anew has the same number and the history, and the game is told', async () => {
    const port = await start('--resume', '60', '--cache', 'all:10', 'node', CHILD, 'echo')
    const tab = storage()
    const first = player(port, tab)
    await first.wait('the seat', ({ t }) => t === 'Join')
    first.room.send({ score: 1 })
    await first.wait('the score', ({ score }) => score === 1)
    // What a reload does: the token lies in storage, the page knows nothing else, and its socket says 1001.
    const { token } = first.room as unknown as { token: string }
    ;(first.room as unknown as { target: string }).target = 'ws://127.0.0.1:1/r'
    proxy!.cutAll()
    ;(tab as unknown as { items: Map<string, string> }).items.set(`playpipe ws://127.0.0.1:${port}/r`, token)
    const second = player(port, tab)
    await second.wait('Back', ({ t, fresh }) => t === 'Back' && fresh === true)
    expect(second.seats).toEqual([{ id: 1, resumed: true, fresh: true }])
    expect(second.seen[0]).toEqual({ t: 'Join', _from: 1 })
    expect(second.seen).toContainEqual({ score: 1, _from: 1 })
  })

  it('a second connection with the token wins, and the first is told with 4409', async () => {
    const port = await start('--resume', '60', 'node', CHILD, 'echo')
    const tab = storage()
    const first = player(port)
    await first.wait('the seat', ({ t }) => t === 'Join')
    const { token } = first.room as unknown as { token: string }
    tab.setItem(`playpipe ws://127.0.0.1:${port}/r`, token)
    const second = player(port, tab)
    await second.wait('Back', ({ t }) => t === 'Back')
    await eventually('the first is told', () => first.statuses.includes('closed 4409'))
    expect(second.seats).toEqual([{ id: 1, resumed: true, fresh: true }])
  })

  it('a token of another room, or of none, is answered with 4410, and nothing starts', async () => {
    await start('--resume', '60', 'cat')
    const claim = `playpipe.v1.${'A'.repeat(22)}.0`
    for (const room of ['/r', '/other']) {
      const stranger = await connect(server!, room, { protocols: ['playpipe.v1', claim] })
      expect(stranger.ws.protocol).toBe('playpipe.v1')
      expect((await stranger.closed).code).toBe(4410)
    }
    expect(server!.log()).not.toContain('started')
    expect(server!.log()).not.toContain('AAAA')
  })

  it('keeps seats in a --binary room too, where control frames are text', async () => {
    server = await startServer(['--transport', transport, '--resume', '60', '--binary', 'cat'])
    proxy = new FaultyProxy(server.port)
    const ada = player(await proxy.start())
    await eventually('the seat', () => ada.seats.length === 1)
    ada.room.send(new Uint8Array([1, 2, 3]))
    await eventually('the echo', () => ada.seen.length === 1)
    expect([...new Uint8Array(ada.seen[0] as unknown as ArrayBuffer)]).toEqual([1, 2, 3])
    proxy.cutAll()
    await eventually('the seat again', () => ada.seats.length === 2)
    expect(ada.seats[1]).toEqual({ id: 1, resumed: true, fresh: false })
  })

  it('a --binary room without --resume has control frames as well', async () => {
    server = await startServer(['--transport', transport, '--binary', 'cat'])
    const client = await connect(server, '/r', { protocols: ['playpipe.v1'] })
    expect(await client.json()).toEqual(FIRST_SEAT)
    client.send('{"type":"ping","n":7}')
    expect(await client.next()).toBe('{"type":"pong","n":7}')
  })

  it.each([
    ['--frame=gwsocket', [CHILD, 'gwsocket', 'big'], 'hi', '{"id":1,"type":1,"text":"hi"}'],
    ['--clientframe=gwsocket', ['-e', HEX], 'hi', Buffer.from('\0\0\0\x01\0\0\0\x01\0\0\0\x02hi').toString('hex')],
    ['--serverframe=gwsocket', ['-e', GREET], 'ask', 'hi'],
  ])('in a room of %s the first frame says that no other control frames come', async (flag, program, ask, answer) => {
    server = await startServer(['--transport', transport, flag, 'node', '--', ...program])
    const client = await connect(server, '/r', { protocols: ['playpipe.v1'] })
    expect(client.ws.protocol).toBe('playpipe.v1')
    expect(JSON.parse((await client.next()).toString())).toEqual({ ...FIRST_SEAT, controls: false })
    client.send(ask)
    expect((await client.until((frame) => frame.endsWith(answer))).join()).not.toContain('seat')
  })

  it('a page plays in a gwsocket room, in both opcodes', async () => {
    server = await startServer(['--transport', transport, '--frame=gwsocket', 'node', '--', CHILD, 'gwsocket', 'big'])
    const ada = player(server.port, null, 5000, true)
    ada.room.send('@1 text')
    ada.room.send(Buffer.from('@1 bytes'))
    await eventually('both', () => ada.seen.length === 3)
    const [, text, bytes] = ada.seen as unknown as [string, string, ArrayBuffer]
    expect([text, Buffer.from(bytes).toString()]).toEqual(['text', 'bytes'])
    expect(ada.seats).toEqual([{ id: 1, resumed: false, fresh: false }])
  })

  it('after the grace the seat is given up, and the page joins anew', async () => {
    const port = await start('--resume', '0.2', 'node', CHILD, 'echo')
    const watcher = await connect(server!, '/r')
    const ada = player(port)
    await ada.wait('the seat', ({ t }) => t === 'Join')
    const target = (ada.room as unknown as { target: string }).target
    ;(ada.room as unknown as { target: string }).target = 'ws://127.0.0.1:1/r'
    proxy!.cutAll()
    await watcher.until((frame) => frame.includes('Leave'))
    ;(ada.room as unknown as { target: string }).target = target
    await eventually('a new seat', () => ada.seats.at(-1)?.id === 3)
    expect(ada.seats.at(-1)).toEqual({ id: 3, resumed: false, fresh: false })
    expect(ada.statuses).toContain('waiting 4410')
  })

  it('frames beyond --maxmissed are a gap with their number, told to the player and to the game', async () => {
    const port = await start('--resume', '60', '--maxmissed', '1000', 'node', CHILD, 'echo')
    const watcher = await connect(server!, '/r')
    const ada = player(port)
    await ada.wait('the seat', ({ t }) => t === 'Join')
    ;(ada.room as unknown as { target: string }).target = 'ws://127.0.0.1:1/r'
    await proxy!.stop()
    await watcher.until((frame) => frame.includes('Away'))
    for (let n = 1; n <= 100; n++) watcher.send({ n })
    await watcher.until((frame) => frame.includes('"n":100'))
    proxy = new FaultyProxy(server!.port)
    const again = await proxy.start()
    ;(ada.room as unknown as { target: string }).target = `ws://127.0.0.1:${again}/r`
    const back = await eventually('Back', () => ada.seen.find(({ t }) => t === 'Back'))
    const got = ada.seen.filter(({ n }) => n).map(({ n }) => n)
    expect(got.length).toBeGreaterThan(10)
    expect(got).toEqual(Array.from({ length: got.length }, (_, i) => i + 1))
    expect(ada.gap()).toBe(100 - got.length)
    expect(back).toEqual({ t: 'Back', _from: 2, missed: 100 - got.length, _sys: true })
    proxy.cutAll()
    await eventually('the seat once more', () => ada.seats.length === 3)
    watcher.send({ n: 101 })
    await ada.wait('a live frame', ({ n }) => n === 101)
    expect(ada.gap()).toBe(100 - got.length)
    expect(ada.seen.filter(({ t }) => t === 'Back')).toEqual([back, { t: 'Back', _from: 2, _sys: true }])
    expect(ada.seen.filter(({ n }) => n).map(({ n }) => n)).toEqual([...got, 101])
  })

  it('keeps the seat when the network is back, and only now the server hears that its client gave the connection up', async () => {
    const port = await start('--resume', '60', 'node', CHILD, 'echo')
    const watcher = await connect(server!, '/r')
    const ada = player(port, null, 100)
    await ada.wait('the seat', ({ t }) => t === 'Join')
    proxy!.hold()
    await eventually('no answer', () => ada.statuses.includes('waiting 1006'))
    watcher.send({ n: 1 })
    ada.room.send({ n: 2 })
    await watcher.until((frame) => frame.includes('"n":1'))
    // The old connection's close comes first, then the new one's handshake.
    proxy!.release()
    await ada.wait('both', ({ n }) => n === 2)
    expect(ada.seen.filter(({ n }) => n).map(({ n }) => n)).toEqual([1, 2])
    expect(new Set(ada.seats.map(({ id }) => id))).toEqual(new Set([2]))
    expect(
      (await watcher.until((frame) => frame.includes('"n":2'))).filter((frame) => frame.includes('Leave')),
    ).toEqual([])
  })

  it('asks the server when the browser says that it is offline, and believes the server', async () => {
    const browser = new EventTarget()
    vi.stubGlobal('addEventListener', browser.addEventListener.bind(browser))
    vi.stubGlobal('removeEventListener', browser.removeEventListener.bind(browser))
    const port = await start('--resume', '60', 'node', CHILD, 'echo')
    // Pings of their own would take a minute to notice anything.
    const here = player(server!.port, null, 60_000)
    await here.wait('the seat', ({ t }) => t === 'Join')
    const there = player(port, null, 60_000)
    await there.wait('the seat', ({ t }) => t === 'Join')
    proxy!.hold()
    browser.dispatchEvent(new Event('offline'))
    await eventually('no answer', () => there.statuses.includes('waiting 1006'))
    // Its time to answer was over a moment earlier.
    expect(here.statuses).toEqual(['connecting', 'open'])
    await proxy!.stop()
    await eventually('the server is out of reach', () => there.room.state === 'waiting' && there.statuses.length > 5)
    proxy = new FaultyProxy(server!.port)
    await proxy.start(port)
    browser.dispatchEvent(new Event('online'))
    expect(there.room.state).not.toBe('waiting')
    await eventually('back', () => there.seats.length === 2)
    expect(there.seats[1]).toEqual({ id: 2, resumed: true, fresh: false })
  })

  it('500 faults of the network lose nothing and double nothing, in either direction', async () => {
    const PLAYERS = 20
    const LINES = 4000
    const MESSAGES = 300
    const random = seeded(20)
    const port = await start('--resume', '120', '--idle', '60', 'node', CHILD, 'count')
    const players = Array.from({ length: PLAYERS }, () => player(port, null, 300))
    await eventually('everybody sits', () => players.every(({ seats }) => seats.length > 0))
    // Left to themselves they would wait ever longer for a network as bad as this one.
    for (const { room } of players) {
      const retry = () => room.state === 'waiting' && room.retry()
      room.on('status', ({ state }) => state === 'waiting' && setTimeout(retry, random() * 250))
    }
    players[0]!.room.send({ go: LINES })
    let struck = 0
    let sent = 0
    const storm = setInterval(() => {
      if (struck < 500 && proxy!.connections > 0) {
        proxy!.strike(FAULTS[Math.floor(random() * FAULTS.length)]!, random)
        struck++
      }
      if (sent < MESSAGES) {
        sent++
        for (const { room } of players) room.send({ m: sent })
      }
    }, 12)
    const within = async (what: string, done: () => boolean) => {
      const end = Date.now() + 60_000
      while (!done()) {
        if (Date.now() > end)
          throw new Error(
            `${what}: ${players.map(({ seen, statuses }) => `${seen.at(-1)?.n} ${statuses.at(-1)}`).join(', ')}`,
          )
        await new Promise((wake) => setTimeout(wake, 50))
      }
    }
    await within('the storm', () => struck === 500 && sent === MESSAGES)
    clearInterval(storm)
    await within('every line at every player', () => players.every(({ seen }) => seen.some(({ n }) => n === LINES)))
    for (const { seen, seats, gap } of players) {
      expect(seen.flatMap(({ n }) => (n ? [n] : []))).toEqual(Array.from({ length: LINES }, (_, i) => i + 1))
      expect(new Set(seats.map(({ id }) => id)).size).toBe(1)
      expect(gap()).toBe(0)
    }
    const asker = await connect(server!, '/r')
    const sum = async () => {
      asker.send({ sum: true })
      return JSON.parse((await asker.until((frame) => frame.includes('"heard"'))).at(-1)!) as {
        heard: Record<string, number>
        wrong: string[]
        log: string[]
      }
    }
    const told = await eventually('every message at the child', async () => {
      const { heard, wrong, log } = await sum()
      return Object.values(heard).filter((m) => m === MESSAGES).length === PLAYERS && { wrong, log }
    })
    expect(told.wrong).toEqual([])
    expect(told.log.filter((line) => line.startsWith('Leave') || line.includes('missed'))).toEqual([])
    expect(told.log.filter((line) => line.startsWith('Away')).length).toBeGreaterThan(50)
  }, 120_000)
})

/** The same game in three languages: a timer of 200 ms, a tick and a group, in five lines. */
const GAMES: [language: string, tool: string, command: (folder: string) => string[]][] = [
  [
    'Python',
    'python3',
    () => [
      'python3',
      '-c',
      `import sys
print('{"_timer":"turn","ms":200}')
for line in sys.stdin:
    if '"Join"' in line: print('{"_group":"red","join":[1]}')
    if '"Timer"' in line: print('{"_to":"red","x":"timer"}')
    if '"Tick"' in line: print('{"_to":"red","x":"tick"}')`,
    ],
  ],
  [
    'Bash',
    'bash',
    () => [
      'bash',
      '-c',
      `echo '{"_timer":"turn","ms":200}'
while read -r line; do case $line in
  *'"Join"'*) echo '{"_group":"red","join":[1]}';;
  *'"Timer"'*) echo '{"_to":"red","x":"timer"}';;
  *'"Tick"'*) echo '{"_to":"red","x":"tick"}';;
esac; done`,
    ],
  ],
  [
    'C',
    'cc',
    (folder) => {
      const source = path(folder, 'game.c')
      writeFileSync(
        source,
        `#include <stdio.h>
#include <string.h>
int main(void) {
  char line[4096];
  setvbuf(stdout, NULL, _IOLBF, 0);
  puts("{\\"_timer\\":\\"turn\\",\\"ms\\":200}");
  while (fgets(line, sizeof line, stdin)) {
    if (strstr(line, "\\"Join\\"")) puts("{\\"_group\\":\\"red\\",\\"join\\":[1]}");
    if (strstr(line, "\\"Timer\\"")) puts("{\\"_to\\":\\"red\\",\\"x\\":\\"timer\\"}");
    if (strstr(line, "\\"Tick\\"")) puts("{\\"_to\\":\\"red\\",\\"x\\":\\"tick\\"}");
  }
  return 0;
}
`,
      )
      execFileSync('cc', ['-o', path(folder, 'game'), source])
      return [path(folder, 'game')]
    },
  ],
]

describe('what a game asks for', () => {
  for (const [language, tool, command] of GAMES) {
    const missing = spawnSync('which', [tool]).status !== 0
    if (missing) console.warn(`skipped: no ${tool} here, so no game in ${language}`)
    it.skipIf(missing)(`a game in ${language} gets a timer of 200 ms, a tick and a group`, async () => {
      const words = command(mkdtempSync(path(tmpdir(), 'playpipe-game-')))
      server = await startServer(['--json', '--tick', '50', '--', ...words])
      const member = await connect(server, '/r')
      const outsider = await connect(server, '/r')
      await member.until((frame) => frame === '{"_to":"red","x":"tick"}')
      await member.until((frame) => frame === '{"_to":"red","x":"timer"}')
      await member.until((frame) => frame === '{"_to":"red","x":"tick"}')
      expect(outsider.waiting()).toEqual([])
    })
  }

  it('a Python script that is blocked in its loop gets a timer of 200 ms, with its own keys', async () => {
    const game = `import sys
print('{"_timer":"turn","ms":200,"player":3}')
for line in sys.stdin: print(line, end="")`
    server = await startServer(['--json', '--', 'python3', '-c', game])
    const client = await connect(server, '/r')
    expect(await client.json()).toEqual({ t: 'Join', _from: 1 })
    expect(await client.json()).toEqual({ player: 3, t: 'Timer', timer: 'turn', _sys: true })
  })

  it('timers repeat, are set anew and are cancelled; too short ones are refused', async () => {
    server = await startServer(['--json', 'cat'])
    const game = `const say = (o) => console.log(JSON.stringify(o))
say({ _timer: "tick", every: 10 }); say({ _timer: "bad", every: 5 }); say({ _timer: "late", ms: 50 }); say({ _timer: "late", ms: null })
let n = 0
require("node:readline").createInterface({ input: process.stdin }).on("line", (line) => {
  const { timer } = JSON.parse(line)
  if (timer === "late") say({ wrong: true })
  if (timer === "tick" && ++n === 10) { say({ _timer: "tick", ms: null }); say({ _timer: "end", ms: 100 }) }
  if (timer === "end") say({ n })
})`
    await server.stop()
    server = await startServer(['--json', '--', 'node', '-e', game])
    const client = await connect(server, '/r')
    expect(await client.json()).toEqual({ n: 10 })
    expect(await server.logged(/_timer bad wants "ms"/)).toBeTruthy()
  })

  it('--tick counts, and tells the milliseconds since the last one', async () => {
    server = await startServer(['--json', '--tick', '20', 'cat'])
    const client = await connect(server, '/r')
    const ticks = (await client.until((frame) => JSON.parse(frame).n >= 5))
      .map((frame) => JSON.parse(frame))
      .filter(({ t }) => t === 'Tick')
    expect(ticks.map(({ n }) => n)).toEqual([...ticks.map(({ n }) => n)].sort((a, b) => a - b))
    expect(ticks.every(({ ms, _sys }) => ms > 0 && _sys === true)).toBe(true)
  })

  it('groups are addressed and excepted by name, and their members change', async () => {
    server = await startServer(['--serverframe=json', 'cat'])
    const [a, b, c] = [await connect(server, '/r'), await connect(server, '/r'), await connect(server, '/r')]
    a!.send({ _group: 'red', join: [1, 2] })
    a!.send({ _to: 'red', n: 1 })
    a!.send({ _except: 'red', n: 2 })
    a!.send({ _group: 'red', leave: [1], join: [3, 99] })
    a!.send({ _to: 'red', n: 3 })
    a!.send({ _to: ['red', 1], n: 4 })
    a!.send({ _to: 'none', n: 5 })
    a!.send({ n: 6 })
    const numbers = async (client: typeof a) =>
      (await client!.until((frame) => frame.includes('"n":6'))).map((frame) => JSON.parse(frame).n)
    expect([await numbers(a), await numbers(b), await numbers(c)]).toEqual([
      [1, 4, 6],
      [1, 3, 4, 6],
      [2, 3, 4, 6],
    ])
  })
})

it('--resume is refused with gwsocket framing and with --oneshot', async () => {
  expect((await runToEnd(['--resume', '5', '--frame=gwsocket', 'cat'])).stderr).toMatch(/--resume and gwsocket/)
  expect((await runToEnd(['--resume', '5', '--oneshot', 'cat'])).stderr).toMatch(/--oneshot and --resume/)
})

it('/playpipe.js is the client, small and whole', async () => {
  server = await startServer(['cat'])
  const response = await fetch(`${server.url}/playpipe.js`)
  expect(response.headers.get('content-type')).toBe('text/javascript; charset=utf-8')
  const { gzipSync } = await import('node:zlib')
  const source = await response.text()
  expect(source).toMatch(/export\s*\{[^}]*as join/)
  expect(gzipSync(source).length).toBeLessThan(4096)
})

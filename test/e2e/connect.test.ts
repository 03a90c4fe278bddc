import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import { WebSocketServer } from 'ws'
import { BIN, CHILD, connect, eventually, freePort, processes, runToEnd, startServer, TRANSPORTS } from '../helpers.ts'
import { FaultyProxy } from '../proxy.ts'
import { newMark, serving } from './serving.ts'

const ECHO = ['--json', '--', 'cat']

/** `playpipe connect` in the background. */
function seat(...args: string[]) {
  const child: ChildProcess = spawn(process.execPath, [BIN, 'connect', '--killgrace', '0.3', ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, NO_COLOR: '1' },
  })
  let text = ''
  for (const stream of [child.stdout!, child.stderr!]) stream.on('data', (chunk) => (text += chunk))
  const exited = once(child, 'close').then(([status, signal]) => status ?? signal)
  onTestFinished(async () => {
    child.kill('SIGTERM')
    await exited
  })
  const said = (pattern: RegExp) => eventually(`it says ${pattern}`, () => pattern.exec(text)?.[0])
  return { said, exited, log: () => text, signal: (name: NodeJS.Signals) => child.kill(name) }
}

describe.each(TRANSPORTS)('playpipe connect to %s', (transport) => {
  const start = (...args: string[]) => serving(['--transport', transport, ...args])

  test('seats a program: frames are its lines, and its lines are messages', async () => {
    const server = await start('--json', '--joinmsg', '{"t":"Join","_from":#ID,"name":"#PARAM_NAME"}', '--', 'cat')
    const ann = await connect(server, '/den')
    await ann.next()
    // It repeats what it hears, and is heard by all: a number of 2^53 and more, and a line break in a text, survive.
    const bot = seat(`${server.url}/den?name=Ada%20L`, 'sed', '--', '-u', '-n', 's/^{.*"say":\\(.*\\)}$/{"said":\\1}/p')
    expect(await ann.next()).toBe('{"t":"Join","_from":2,"name":"Ada L"}')
    ann.send('{"say":12345678901234567890}')
    expect(await ann.next()).toBe('{"_from":1,"say":12345678901234567890}')
    expect(await ann.next()).toBe('{"_from":2,"said":12345678901234567890}')
    bot.signal('SIGINT')
    expect(await bot.exited).toBe(0)
    expect(await ann.next()).toBe('{"t":"Leave","_from":2}')
  })

  test('finds rooms of games, and of servers that know no seats', async () => {
    const server = await start(...ECHO)
    seat(`${server.url.replace('http', 'ws')}/a%20b/`, 'sed', '--', '-u', 's/ask/answer/;t;d')
    await server.logged(/a b: client 1 joined/)
    const ann = await connect(server, '/a%20b')
    ann.send({ ask: 1 })
    const heard = await ann.until((frame) => frame.includes('answer'))
    // Whether she hears of its join as well is up to the game, which repeats it.
    expect(heard.slice(-3)).toEqual([
      ...['{"t":"Join","_from":2}', '{"_from":2,"ask":1}'],
      expect.stringContaining('"_from":1'),
    ])
  })

  test('passes bytes with --binary', async () => {
    const server = await start('--binary', 'cat')
    const ann = await connect(server, '/den')
    const bot = seat('--binary', `${server.url}/den`, 'sed', '--', '-u', '-n', 's/ask/answer/p')
    await bot.said(/started/)
    ann.ws.send(Buffer.from('ask\n'), { binary: true })
    let heard = ''
    while (!heard.includes('answer')) heard += await ann.next()
    expect(heard).toContain('answer\n')
  })

  test('ends with the program, and with its status, after its last words', async () => {
    const server = await start(...ECHO)
    const ann = await connect(server, '/den')
    await ann.next()
    const bot = seat(`${server.url}/den`, 'bash', '--', '-c', 'read line; printf %s \'{"last":"words"}\'; exit 3')
    expect(await bot.exited).toBe(3)
    const heard = await ann.until((frame) => frame.includes('Leave'))
    expect(heard.slice(-2)).toEqual(['{"_from":2,"last":"words"}', '{"t":"Leave","_from":2}'])
  })

  test('ends with the game, and leaves nothing behind', async () => {
    const mark = newMark()
    const server = await start('--json', '--', 'node', CHILD, 'crash', '0')
    const stubborn = 'trap "" TERM; while :; do sleep 1; done'
    const bot = seat(`${server.url}/den`, 'bash', '--', '-c', stubborn, mark)
    await eventually('it runs', () => processes(mark).length > 1)
    ;(await connect(server, '/den')).send({ crash: 'now' })
    expect(await bot.exited).toBe(0)
    await eventually('the program is gone', () => processes(mark).length === 0)
  })

  test('drops what comes for a program that has closed its input, and lets it go on', async () => {
    // What clients send is printed as it is, and so may end the room.
    const server = await start('--serverframe=json', 'cat')
    const ann = await connect(server, '/den')
    const bot = seat(
      '--maxinbox',
      '1k',
      `${server.url}/den`,
      'bash',
      '--',
      '-c',
      'exec <&-; echo \'{"up":1}\'; sleep 100',
    )
    await ann.until((frame) => frame === '{"up":1}')
    ann.send({ n: 0 })
    await bot.said(/closed its input/)
    for (let n = 1; n <= 100; n++) ann.send({ n, filler: 'x'.repeat(100) })
    ann.send({ _end: true })
    expect(await bot.exited).toBe(0)
    expect(bot.log()).not.toContain('keep up')
    expect(bot.log().match(/closed its input/g)).toHaveLength(1)
  })

  test('tells why it was closed, and fails', async () => {
    const server = await start(...ECHO)
    const bot = seat(`${server.url}/den`, 'bash', '--', '-c', 'echo no JSON; sleep 100')
    expect(await bot.exited).toBe(1)
    expect(bot.log()).toContain('closed with 1008: the message is not a JSON object')
  })

  test('keeps its seat through a cut, and loses nothing', async () => {
    const server = await start('--json', '--resume', '30', '--', 'node', CHILD, 'count')
    const proxy = new FaultyProxy(server.port)
    onTestFinished(() => proxy.stop())
    const port = await proxy.start()
    // It answers each number with its own.
    const program = `
      let m = 0
      require('node:readline').createInterface({ input: process.stdin }).on('line', (line) => {
        if (JSON.parse(line).n) console.log(JSON.stringify({ m: ++m }))
      })`
    const bot = seat(`ws://127.0.0.1:${port}/den`, 'node', '--', '-e', program)
    await bot.said(/sits as client 1/)
    const ann = await connect(server, '/den')
    ann.send({ go: 200 })
    await ann.until((frame) => frame === '{"n":50}')
    proxy.strike('cut', () => 0)
    await ann.until((frame) => frame === '{"n":200}')
    await bot.said(/has its seat 1 again/)
    const report = await eventually('all has come', async () => {
      ann.send({ sum: true })
      const [sum] = (await ann.until((frame) => frame.includes('heard'))).slice(-1)
      const { heard, wrong } = JSON.parse(sum!)
      return heard[1] === 200 && { heard, wrong }
    })
    expect(report).toEqual({ heard: { 1: 200 }, wrong: [] })
  })
})

test('a server that starts again seats the program anew', async () => {
  const port = await freePort()
  const args = ['--resume', '30', '--port', String(port), ...ECHO]
  const first = await startServer(args, { addr: '' })
  const bot = seat(`ws://127.0.0.1:${port}/den`, 'cat')
  await bot.said(/sits as client 1/)
  await first.stop()
  await bot.said(/trying again/)
  const second = await startServer(args, { addr: '' })
  onTestFinished(async () => void (await second.stop()))
  await second.logged(/client 1 joined/)
  await eventually('it sits again', () => bot.log().match(/sits as client 1/g)?.length === 2)
  expect(bot.log().match(/started/g)).toHaveLength(1)
})

test('a server that knows no subprotocol, as ScaleSocket, gets a plain client', async () => {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', handleProtocols: () => false })
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  const { port } = server.address() as AddressInfo
  const heard = new Promise<string>((resolve) => {
    server.on('connection', (socket) => {
      socket.on('message', (data) => resolve(data.toString()))
      socket.send('ping')
    })
  })
  seat(`ws://127.0.0.1:${port}/den`, 'sed', '--', '-u', 's/i/o/')
  expect(await heard).toBe('pong')
})

describe('a mistake', () => {
  test.each([
    [[], /want an address and a command/],
    [['ws://localhost/den'], /want an address and a command/],
    [['localhost', 'cat'], /localhost: want the address of a room/],
    [['ftp://localhost/den', 'cat'], /want the address of a room/],
    [['ws://localhost:9000/', 'cat'], /want the address of a room/],
    [['ws://localhost/%ff', 'cat'], /want the address of a room/],
    [['ws://localhost/den', './nobody'], /\.\/nobody: no such command/],
    [['ws://localhost/den', 'cat', '-u'], /'-u': .*`playpipe connect \[options\] ws:\/\/localhost\/den -- cat -u`/],
    [['ws://localhost/den', '-u', 'cat'], /unknown option '-u'\n$/],
    [['--port', '80', 'ws://localhost/den', 'cat'], /unknown option '--port'/],
  ])('%j is told in one line, with status 2', async (args, why) => {
    const { status, stderr } = await runToEnd(['connect', ...args])
    expect(stderr).toMatch(why)
    expect(stderr.trim().split('\n')).toHaveLength(1)
    expect(status).toBe(2)
  })

  test('a room that can be none is not tried again', async () => {
    const server = await serving(ECHO)
    const { status, stderr } = await runToEnd(['connect', `${server.url}/a/b`, 'cat'])
    expect(stderr).toContain('HTTP status 404')
    expect(status).toBe(1)
  })
})

import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { CHILD, type Closed, connect, eventually, processes, runToEnd, TRANSPORTS } from '../helpers.ts'
import { PORTS } from '../ports.ts'
import { newMark, serving, temporaryFolder } from './serving.ts'

const BASH = ['bash', '--', '-c']
const child = (...args: string[]) => ['node', '--', CHILD, ...args]

/** Two neighbouring ports that nothing listens on. */
async function freePorts(): Promise<number> {
  for (;;) {
    const { first: lowest, end } = PORTS.children
    const first = lowest + Math.floor((Math.random() * (end - lowest)) / 2) * 2
    const taken = await Promise.all([first, first + 1].map(occupy))
    for (const server of taken) await server?.close()
    if (taken.every((server) => server)) return first
  }
}

/** Listens on a port, as a program that is none of ours would; undefined where somebody does already. */
function occupy(port: number): Promise<{ close(): Promise<void> } | undefined> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(undefined))
    server.listen(port, '127.0.0.1', () =>
      resolve({ close: () => new Promise((closed) => server.close(() => closed())) }),
    )
  })
}

describe('the environment of a child', () => {
  const environment = async (flags: string[], path: string, env: Record<string, string> = {}) => {
    const server = await serving(
      [...flags, 'printenv', '-0'].filter((word) => word !== '-0'),
      { env },
    )
    const client = await connect(server, path)
    const lines: string[] = []
    for (;;) {
      const line = await client.next().catch(() => undefined)
      if (line === undefined) return Object.fromEntries(lines.map((text) => /^(\w+)=(.*)$/s.exec(text)!.slice(1)))
      lines.push(String(line))
    }
  }

  test('is what the visitor brought, the PATH, and nothing else', async () => {
    const { REMOTE_ADDR, ...rest } = await environment([], '/caf%C3%A9?name=a%20b&x', { SECRET: 'x', LANG: 'C' })
    expect(rest).toEqual({
      PATH: process.env.PATH,
      PYTHONUNBUFFERED: '1',
      QUERY_STRING: 'name=a%20b&x',
      ROOM: 'caf\u00e9',
    })
    expect(REMOTE_ADDR).toMatch(/^127\.0\.0\.1:\d+$/)
  })

  test('--passenv replaces what is inherited', async () => {
    const names = Object.keys(await environment(['--passenv', 'MINE,ABSENT'], '/r', { MINE: '1', OTHER: '2' }))
    expect(names.sort()).toEqual(['MINE', 'PYTHONUNBUFFERED', 'QUERY_STRING', 'REMOTE_ADDR', 'ROOM'])
  })

  test('--passenv= inherits nothing', async () => {
    const names = Object.keys(await environment(['--passenv='], '/r'))
    expect(names.sort()).toEqual(['PYTHONUNBUFFERED', 'QUERY_STRING', 'REMOTE_ADDR', 'ROOM'])
  })

  test('cannot be changed by the room name or the query', async () => {
    const env = await environment(['--passenv='], '/PATH=x?PATH=%00y%0AEVIL=1')
    expect(env).toMatchObject({ ROOM: 'PATH=x', QUERY_STRING: 'PATH=%00y%0AEVIL=1' })
    expect(env).not.toHaveProperty('EVIL')
  })
})

describe('standard streams', () => {
  test('can be opened by name', async () => {
    const script =
      'echo out > /dev/stdout; echo err > /dev/stderr; read -r line < /dev/stdin; echo "got $line" > /dev/stdout'
    const server = await serving([...BASH, script])
    const client = await connect(server, '/r')
    expect(await client.next()).toBe('out')
    client.send('hello')
    expect(await client.next()).toBe('got hello')
    expect(await client.closed).toMatchObject({ code: 1000 })
    await server.logged(/r: stderr: err\n/)
  })

  test('of a TCP child can be opened by name too', async () => {
    const port = await freePorts()
    const script = `echo to stderr > /dev/stderr; echo to stdout > /dev/stdout; exec "$0" "$1" tcp`
    const server = await serving(
      ['--tcp', '--delay', '10', '--tcpports', `${port}:${port + 2}`, ...BASH, script, process.execPath, CHILD],
      {},
    )
    const client = await connect(server, '/r')
    client.send('hi')
    expect(await client.next()).toBe('hi')
    await server.logged(/stdout: on stdout\n/)
    expect(server.log()).toMatch(/stderr: to stderr\n/)
    expect(server.log()).toMatch(/stdout: to stdout\n/)
  })

  test('stderr goes line by line to the log under the name of the room, and a line of 200 kB holds nobody up', async () => {
    const server = await serving(['--log', 'json', ...child('loud')])
    const client = await connect(server, '/caf%C3%A9')
    client.send('hi')
    expect(await client.next()).toBe('hi')
    await server.logged(/stderr: next line/)
    const lines = server
      .log()
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
      .filter(({ msg }) => msg.startsWith('stderr: '))
    expect(lines).toEqual([
      expect.objectContaining({ room: 'caf\u00e9', msg: expect.stringMatching(/^stderr: x{80}/) }),
      expect.objectContaining({ room: 'caf\u00e9', msg: 'stderr: next line' }),
    ])
  })

  test('what a crashing child says last on stderr is in the log, unterminated or not', async () => {
    const server = await serving([...BASH, 'printf "Traceback: %s" reason >&2; exit 1'])
    const client = await connect(server, '/r')
    expect(await client.closed).toMatchObject({ code: 1011 })
    await server.logged(/r: stderr: Traceback: reason\n/)
  })

  test('a child that closes its input goes on, whatever clients send', async () => {
    const mute = 'exec <&-; echo closed; until [ -e "$0" ]; do sleep 0.02; done; echo "goes on"; exec sleep 600'
    const signal = join(temporaryFolder(), 'sent')
    const server = await serving(['--json', ...BASH, mute, signal])
    const a = await connect(server, '/r')
    expect(await a.next()).toBe('closed')
    const b = await connect(server, '/r')
    for (let n = 0; n < 100; n++) a.send({ text: 'x'.repeat(10_000) })
    await server.logged(/closed its input/)
    a.send({ more: 1 })
    writeFileSync(signal, '')
    expect([await a.next(), await b.next()]).toEqual(['goes on', 'goes on'])
  })
})

describe.each(TRANSPORTS)('over %s', (transport) => {
  const on = ['--transport', transport]

  test.each([
    ['exit status 0 is 1000', ['crash', '0'], 1000, /./],
    ['exit status 3 is 1011 and says so', ['crash', '3'], 1011, /\b3\b/],
    ['a signal is 1011 and says which', ['crash', 'SIGKILL'], 1011, /SIGKILL/],
  ])('the end of a child closes its clients after its last words: %s', async (_what, args, code, reason) => {
    const server = await serving([...on, ...child(...args)])
    const [a, b] = [await connect(server, '/r'), await connect(server, '/r')]
    a.send('go')
    for (const client of [a, b]) {
      expect(await client.next()).toBe('last words')
      expect(await client.closed).toEqual({ code, reason: expect.stringMatching(reason) })
      expect(client.waiting()).toEqual([])
    }
    const next = await connect(server, '/r')
    next.send('a new child')
    expect(await next.next()).toBe('last words')
  })

  test('a child that ends at once has said everything before the close code', async () => {
    const server = await serving([...on, ...child('partial')])
    for (let round = 0; round < 3; round++) {
      const client = await connect(server, '/r')
      expect([await client.next(), await client.next()]).toEqual(['first', 'last words'])
      expect(await client.closed).toMatchObject({ code: 1000 })
    }
  })

  test('megabytes that a child prints as it ends all arrive', async () => {
    const server = await serving([...on, 'seq', '500000'])
    const client = await connect(server, '/r')
    expect(await client.closed).toMatchObject({ code: 1000 })
    const frames = client.waiting()
    expect([frames.length, frames[0], frames.at(-1)]).toEqual([500_000, '1', '500000'])
  })

  test('a grandchild that prints as fast as it is read ends with its room', async () => {
    const mark = newMark()
    const server = await serving([...on, ...BASH, `yes ${mark} & exit 0`])
    const client = await connect(server, '/r')
    expect(await client.closed).toMatchObject({ code: 1000 })
    await eventually('it is gone', () => processes(mark).every((pid) => pid === server.pid))
  })

  test('both pipes full never deadlock', async () => {
    const server = await serving([...on, ...child('torrent', '16')])
    const client = await connect(server, '/r')
    client.send('go')
    await client.next()
    for (let n = 0; n < 96; n++) client.send('y'.repeat(65_535))
    client.send('end')
    const frames = await client.until((frame) => frame.startsWith('took'))
    expect([frames.length, frames.at(-1)]).toEqual([256, `took ${96 * 65_535 + 3} bytes`])
  })

  test('who sends more than waits for a child that does not read is closed with 1013, and the others stay', async () => {
    const server = await serving([...on, '--maxinbox', '256k', ...child('deaf')])
    const [a, b] = [await connect(server, '/r'), await connect(server, '/r')]
    for (let n = 0; n < 64; n++) a.send('x'.repeat(16_384))
    expect(await a.closed).toMatchObject({ code: 1013 })
    await connect(server, '/r') // Playpipe's own lines are exempt
    expect(b.ws.readyState).toBe(b.ws.OPEN)
  })
})

describe.each([
  ['stdio', []],
  ['TCP', ['--tcp', '--delay', '600']],
])('out of descriptors for children over %s', (_link, flags) => {
  const program = [process.execPath, '--', '-e', 'console.error("up"); setInterval(() => {}, 1e9)']
  test.each([
    ['pipes', process.env.PATH],
    ['socketpairs, where there is no mkfifo', ''],
  ])('with %s, a newcomer is closed with 1011, and the server goes on', async (_what, path) => {
    const server = await serving([...flags, ...program], { descriptors: 64, env: { PATH: path } })
    const refusal = async (n = 0): Promise<Closed> => {
      const { closed } = await connect(server, `/${n}`)
      const up = server.logged(new RegExp(` ${n}: stderr: up`)).then(() => undefined)
      return (await Promise.race([closed, up])) ?? refusal(n + 1)
    }
    for (let n = 0; n < 2; n++)
      expect(await refusal(n * 100)).toEqual({ code: 1011, reason: expect.stringMatching(/start/) })
    expect(await server.stop()).toBe(0)
  })
})

describe('--delay', () => {
  test('holds both directions back on stdio', async () => {
    const script = 'echo out; read -r line; echo "$line $(date +%s%3N)"; cat'
    const server = await serving(['--delay', '0.4', ...BASH, script])
    const begun = Date.now()
    const client = await connect(server, '/r')
    client.send('in')
    // Lower bounds alone: nothing may come before the delay is over, however slow the machine is.
    expect(await client.next()).toBe('out')
    expect(Date.now() - begun).toBeGreaterThan(390)
    const [, heard] = /^in (\d+)$/.exec(String(await client.next()))!
    expect(Number(heard) - begun).toBeGreaterThan(390)
  })

  test('loses nothing of a child that ends before it is over', async () => {
    const server = await serving(['--delay', '600', 'printf', '--', 'a\\nb'])
    const client = await connect(server, '/r')
    expect([await client.next(), await client.next()]).toEqual(['a', 'b'])
    expect(await client.closed).toMatchObject({ code: 1000 })
  })
})

describe('--tcp', () => {
  const tcp = (port: number, ...args: string[]) => ['--tcp', '--tcpports', `${port}:${port + 2}`, ...args]
  /** Says its port to everyone who connects, then echoes; ends when the connection does. */
  const SAYS_PORT = `require('net').createServer((s)=>{s.write(process.env.PORT+'\\n');s.pipe(s);s.on('close',()=>process.exit())}).listen(process.env.PORT,'127.0.0.1')`
  const speaker = ['node', '--', '-e', SAYS_PORT]

  test('talks to a child that listens late, and logs its stdout', async () => {
    const port = await freePorts()
    const server = await serving(tcp(port, '--delay', '15', '--json', ...child('tcp', '300')))
    const a = await connect(server, '/r')
    a.send({ early: 1 })
    expect(await a.next()).toBe('{"t":"Join","_from":1}')
    expect(await a.json()).toEqual({ _from: 1, early: 1 })
    await server.logged(/r: stdout: on stdout/)
  })

  test('gives the lowest free port first, takes it back, and passes over one that a foreign program has', async () => {
    const port = await freePorts()
    const server = await serving(tcp(port, '--delay', '15', ...speaker))
    const a = await connect(server, '/a')
    expect(await a.next()).toBe(String(port))
    expect(await (await connect(server, '/b')).next()).toBe(String(port + 1))
    const full = await connect(server, '/c') // END is left out
    expect(await full.closed).toMatchObject({ code: 1011, reason: expect.stringMatching(/port/) })
    await a.close()
    const again = await eventually('the lowest port is free again', async () => {
      const client = await connect(server, '/again')
      return client.next().catch(() => undefined)
    })
    expect(again).toBe(String(port))

    const elsewhere = await freePorts()
    const foreign = await occupy(elsewhere)
    onTestFinished(() => foreign?.close())
    const skipping = await serving(tcp(elsewhere, '--delay', '15', ...speaker))
    expect(await (await connect(skipping, '/r')).next()).toBe(String(elsewhere + 1))
  })

  test('a child that never listens closes its clients with 1011 and is ended', async () => {
    const port = await freePorts()
    const mark = newMark()
    const server = await serving(
      tcp(port, '--delay', '0.2', 'sh', '--', '-c', `read x < /dev/zero; sleep 600 #${mark}`),
    )
    const client = await connect(server, '/r')
    expect(await client.closed).toMatchObject({ code: 1011, reason: expect.stringMatching(/connect/) })
    await eventually('it is gone', () => processes(mark).every((pid) => pid === server.pid))
  })

  test('a child that exits before it listens closes its clients with its status at once', async () => {
    const port = await freePorts()
    const server = await serving(tcp(port, '--delay', '600', 'sh', '--', '-c', 'echo why >&2; exit 5'))
    const client = await connect(server, '/r')
    expect(await client.closed).toMatchObject({ code: 1011, reason: expect.stringMatching(/\b5\b/) })
    await server.logged(/stderr: why/)
  })
})

describe('the farewell', () => {
  test('kills a child that ignores the end of its input and SIGTERM', async () => {
    const mark = newMark()
    const server = await serving(child('stubborn', mark))
    const client = await connect(server, '/r')
    expect(await client.next()).toBe('ready')
    const [pid] = processes(mark).filter((other) => other !== server.pid)
    expect(pid).toBeDefined()
    await client.close()
    await eventually('it is gone', () => processes(mark).every((other) => other === server.pid))
  })

  test('lets a child finish its work at the end of its input', async () => {
    const server = await serving([...BASH, 'trap "" TERM; cat; sleep 0.3; echo saved >&2'])
    await (await connect(server, '/r')).close()
    await server.logged(/stderr: saved/)
  })

  test.each([
    ['the room empties', false],
    ['the child itself has exited', true],
  ])('takes grandchildren along when %s', async (_when, exits) => {
    const mark = newMark()
    const server = await serving(child('grandchild', mark))
    const client = await connect(server, '/r')
    expect(await client.next()).toBe('grandchild ready')
    const theirs = () => processes(mark).filter((pid) => pid !== server.pid)
    expect(theirs()).toHaveLength(2)
    if (exits) {
      client.send('exit')
      expect(await client.closed).toMatchObject({ code: 1000 })
    } else await client.close()
    await eventually('all are gone', () => theirs().length === 0)
  })
})

describe('a command', () => {
  const script = (dir: string, name: string, text: string, mode = 0o755) => {
    writeFileSync(join(dir, name), text)
    chmodSync(join(dir, name), mode)
  }

  test.each([
    ['does not exist', './nowhere'],
    ['is not on the PATH', 'no-such-program'],
    ['is not executable', './plain.sh'],
    ['is a folder', './folder'],
    ['has an interpreter that does not exist', './lost.py'],
    ['is empty', ''],
  ])('that %s is refused at start with one line', async (_what, command) => {
    const cwd = temporaryFolder()
    script(cwd, 'plain.sh', '#!/bin/sh\n', 0o644)
    script(cwd, 'lost.py', '#!/no/such/python3\n')
    mkdirSync(join(cwd, 'folder'))
    const { status, stderr, stdout } = await runToEnd(['--addr', '127.0.0.1:0', command], { cwd })
    expect(status).toBe(2)
    expect(stdout).toBe('')
    expect(stderr).toMatch(/^playpipe: [^\n]+\n$/)
    expect(stderr).toContain(command.replace('./', ''))
  })

  test('in the working directory runs without a path', async () => {
    const cwd = temporaryFolder()
    script(cwd, 'mygame', '#!/bin/sh\nexec cat\n')
    const client = await connect(await serving(['mygame'], { cwd }), '/r')
    client.send('hi')
    expect(await client.next()).toBe('hi')
  })

  test('on the PATH goes before one in the working directory', async () => {
    const cwd = temporaryFolder()
    script(cwd, 'cat', '#!/bin/sh\necho wrong\n')
    const client = await connect(await serving(['cat'], { cwd }), '/r')
    client.send('hi')
    expect(await client.next()).toBe('hi')
  })

  test('runs in the working directory of the server', async () => {
    const cwd = temporaryFolder()
    expect(await (await connect(await serving(['pwd'], { cwd }), '/r')).next()).toBe(cwd)
  })

  test('that vanishes while the server runs closes newcomers with 1011, and the server goes on', async () => {
    const cwd = temporaryFolder()
    script(cwd, 'brief', '#!/bin/sh\nrm -f brief\nexec cat\n')
    const server = await serving(['./brief'], { cwd })
    const a = await connect(server, '/a')
    a.send('hi')
    await a.next()
    const b = await connect(server, '/b')
    expect(await b.closed).toMatchObject({ code: 1011 })
    a.send('still')
    expect(await a.next()).toBe('still')
  })
})

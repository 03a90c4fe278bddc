import { createServer, type Server } from 'node:net'
import { pino } from 'pino'
import { afterAll, afterEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import type { ChildEvents, Exit, Launch } from '../src/child/child.ts'
import { Pipes } from '../src/child/pipes.ts'
import { StdioChild } from '../src/child/stdio.ts'
import { Ports, TcpChild } from '../src/child/tcp.ts'
import { type ChildDriver, childContract, pipesContract } from './child.contract.ts'
import { descriptors, eventually } from './helpers.ts'
import { PORTS } from './ports.ts'

const log = pino({ level: 'silent' })
const { first: FIRST, end: END } = PORTS.child

function overPipes(): ChildDriver {
  const pipes = Pipes.create(log)
  if (!pipes) throw new Error('there is no mkfifo here')
  return {
    name: 'pipes',
    halves: true,
    patience: 0,
    start: (launch, events) => new StdioChild(launch, pipes, events),
    close: () => pipes.close(),
  }
}

const ports = new Ports(FIRST, END)
const overTcp: ChildDriver = {
  name: 'tcp',
  halves: false,
  patience: 10_000,
  start: (launch, events) => new TcpChild(launch, ports, undefined, events),
}

if (process.platform !== 'win32') {
  childContract(overPipes())
  pipesContract(overPipes())
}
// What Node makes, where there is no mkfifo.
const overSocketpairs: ChildDriver = {
  name: 'socketpairs',
  halves: true,
  patience: 0,
  start: (launch, events) => new StdioChild(launch, undefined, events),
}
childContract(overSocketpairs)
childContract(overTcp)

/** Events that a test does not look at. */
function ignoring(more: Partial<ChildEvents>): ChildEvents {
  return { output: () => {}, drained: () => {}, deaf: () => {}, said: () => {}, ended: () => {}, ...more }
}

function launch(source: string, delay: number): Launch {
  const args = ['-e', source]
  return { program: process.execPath, argv0: 'node', args, env: {}, delay, killGrace: 100 }
}

const STDIO = process.platform === 'win32' ? [overSocketpairs] : [overPipes(), overSocketpairs]
describe.each(STDIO.map((driver) => [driver.name, driver] as const))(
  'the delay of a child over %s',
  (_name, driver) => {
    afterEach(() => void vi.useRealTimers())
    afterAll(() => driver.close?.())

    it('holds both directions back until it is over', async () => {
      vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
      const source =
        'process.stdin.on("data", (d) => console.log("heard " + d)); console.log("hi"); console.error("hi")'
      let output = ''
      let drains = 0
      let tellPrinted = () => {}
      const printed = new Promise<void>((resolve) => {
        tellPrinted = resolve
      })
      const child = driver.start(
        launch(source, 5000),
        ignoring({
          output: (chunk) => {
            output += chunk
          },
          drained: () => {
            drains++
            child.write('you')
          },
          said: tellPrinted,
        }),
      )
      expect(child.write('early, ')).toBe(false)
      vi.advanceTimersByTime(4999)
      await printed
      expect({ output, drains }).toEqual({ output: '', drains: 0 })
      vi.advanceTimersByTime(1)
      vi.useRealTimers()
      await eventually(
        'both directions',
        () => output === 'hi\nheard early, you\n' || output === 'hi\nheard early, \nheard you\n',
      )
      child.kill()
      await child.farewell()
    })

    it('is cut short by the exit, and what was printed is not lost', async () => {
      let output = ''
      const exit = await new Promise<Exit>((ended) => {
        const events = ignoring({
          ended,
          output: (chunk) => {
            output += chunk
          },
        })
        driver.start(launch('console.log("last words")', 600_000), events)
      })
      expect(exit).toEqual({ kind: 'status', status: 0 })
      expect(output).toBe('last words\n')
    })
  },
)

describe('a child on TCP', () => {
  const run = (source: string, delay: number, range = ports) => {
    const said: string[] = []
    let child!: TcpChild
    const ended = new Promise<Exit>((resolve) => {
      const events = ignoring({ ended: resolve, said: (stream, line) => said.push(`${stream}: ${line}`) })
      child = new TcpChild(launch(source, delay), range, undefined, events)
    })
    return { child, ended, said }
  }

  it('that never listens has failed when the delay is over', async () => {
    const { child, ended } = run('setInterval(() => {}, 1e9)', 200)
    expect(await ended).toMatchObject({ kind: 'failed', why: expect.stringMatching(/no connection.*--delay/) })
    await child.farewell()
  })

  it('that ends before it listens has its status', async () => {
    const { ended } = run('process.exit(9)', 60_000)
    expect(await ended).toEqual({ kind: 'status', status: 9 })
  })

  it('that closes the connection and stays is of no use: it has failed', async () => {
    const source =
      'require("node:net").createServer((s) => s.destroy()).listen(process.env.PORT, "127.0.0.1"); setInterval(() => {}, 1e9)'
    const { child, ended } = run(source, 60_000)
    expect(await ended).toMatchObject({ kind: 'failed', why: expect.stringContaining('closed the connection') })
    await child.farewell()
  })

  it('says on stdout is told', async () => {
    const { ended, said } = run('console.log("on stdout"); console.error("on stderr")', 60_000)
    await ended
    await eventually('both lines', () => said.length === 2)
    expect(said.sort()).toEqual(['stderr: on stderr', 'stdout: on stdout'])
  })

  it('that can not be started has failed, and its port and the descriptors of its pipes are free again', async () => {
    const pipes = Pipes.create(log)
    onTestFinished(() => pipes?.close())
    const one = new Ports(FIRST + 90, FIRST + 91)
    const refuse = () =>
      new Promise<Exit>((ended) => {
        new TcpChild({ ...launch('', 0), args: ['x'.repeat(3_000_000)] }, one, pipes, ignoring({ ended }))
      })
    await refuse()
    const before = descriptors(process.pid)
    for (let n = 0; n < 8; n++)
      expect(await refuse()).toEqual({ kind: 'failed', why: expect.stringContaining('E2BIG') })
    expect(descriptors(process.pid)).toBeLessThanOrEqual(before)
  })

  it('has failed where no port is left', async () => {
    const { child, ended } = run('', 1000, new Ports(FIRST, FIRST))
    expect(await ended).toMatchObject({ kind: 'failed', why: expect.stringContaining('--tcpports') })
    await child.farewell()
  })
})

describe('Ports', () => {
  const servers: Server[] = []
  afterEach(() => Promise.all(servers.splice(0).map((server) => new Promise((done) => server.close(done)))))

  it('gives the lowest that is free, each once, and END never', async () => {
    const first = FIRST + 70
    const server = createServer()
    servers.push(server)
    await new Promise<void>((done) => server.listen(first, '127.0.0.1', done))
    const few = new Ports(first, first + 3)
    expect([await few.take(), await few.take(), await few.take()]).toEqual([first + 1, first + 2, undefined])
    few.giveBack(first + 2)
    few.giveBack(first + 1)
    expect(await few.take()).toBe(first + 1)
  })

  it('gives none twice when several are asked for at once, and every one that is free', async () => {
    const range = [FIRST + 50, FIRST + 60] as const
    const inTurn = new Ports(...range)
    const free: number[] = []
    for (let port = await inTurn.take(); port !== undefined; port = await inTurn.take()) free.push(port)
    expect(free).not.toHaveLength(0)
    const atOnce = new Ports(...range)
    const taken = await Promise.all(Array.from({ length: 12 }, () => atOnce.take()))
    expect(taken.filter((port) => port !== undefined).sort()).toEqual(free)
  })
})

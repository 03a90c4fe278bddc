import { closeSync } from 'node:fs'
import { connect, createServer, Socket } from 'node:net'
import type { Line } from '../wire/codec.ts'
import { AFTER_EXIT, type Child, type ChildEvents, type Exit, type Launch, within } from './child.ts'
import { Group } from './group.ts'
import { eachLine } from './lines.ts'
import { handOver, type PipeEnds, type Pipes } from './pipes.ts'

const HOST = '127.0.0.1'
const RETRY = 50
/** More bytes than a connection can hold when its program exits: Linux lets the two buffers grow to 4 and 6 MiB. */
const MOST_LEFT = 16 * 1024 * 1024

/** Ports for children, lowest free one first. */
export class Ports {
  private readonly taken = new Set<number>()

  constructor(
    private readonly first: number,
    /** Left out. */
    private readonly end: number,
  ) {}

  /**
   * A port that neither a child of ours nor another program listens on; undefined where none is left.
   * @throws where the system can't be asked: descriptors ran out
   */
  async take(): Promise<number | undefined> {
    for (let port = this.first; port < this.end; port++) {
      if (this.taken.has(port)) continue
      this.taken.add(port)
      let free = false
      try {
        free = await isFree(port)
      } finally {
        if (!free) this.taken.delete(port)
      }
      if (free) return port
    }
    return undefined
  }

  giveBack(port: number): void {
    this.taken.delete(port)
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((done, fail) => {
    const probe = createServer()
    probe.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE' || error.code === 'EACCES') done(false)
      else fail(error)
    })
    probe.listen(port, HOST, () => probe.close(() => done(true)))
  })
}

/** A child that listens on $PORT. Connecting is tried from the start; the last try comes when the delay is over. */
export class TcpChild implements Child {
  name: string
  private group: Group | undefined
  private socket: Socket | undefined
  private connected = false
  /** Both of its streams have been read to their end. */
  private read: Promise<unknown> = Promise.resolve()
  private wanted = true
  /** It was not wanted for a while: what stands in the pipe is still to be read. */
  private held = false
  private leaving = false
  private exit: Exit | undefined
  private ended = false
  private readonly deadline: number

  constructor(
    private readonly launch: Launch,
    private readonly ports: Ports,
    private readonly pipes: Pipes | undefined,
    private readonly events: ChildEvents,
  ) {
    this.name = launch.argv0
    this.deadline = Date.now() + launch.delay
    void ports.take().then(
      (port) => this.start(port),
      (error: Error) => this.fail(`could not start: ${error.message}`),
    )
  }

  write(data: Line): boolean {
    return this.connected ? this.socket!.write(data) : false
  }

  pause(): void {
    this.wanted = false
    this.held = true
    this.socket?.pause()
  }

  resume(): void {
    this.wanted = true
    this.socket?.resume()
  }

  async farewell(): Promise<void> {
    this.leaving = true
    this.resume()
    await this.group?.farewell(() => this.socket?.end())
    await within(AFTER_EXIT, this.read)
  }

  kill(): void {
    this.leaving = true
    this.group?.signal('SIGKILL')
  }

  private start(port: number | undefined): void {
    if (port === undefined || this.leaving) {
      if (port !== undefined) this.ports.giveBack(port)
      this.exit = { kind: 'failed', why: 'every port of --tcpports is taken' }
      return this.finish()
    }
    try {
      this.run(port)
    } catch (error) {
      this.ports.giveBack(port)
      this.fail(`could not start: ${(error as Error).message}`)
    }
  }

  /** @throws where descriptors ran out, or the system refuses to start the program */
  private run(port: number): void {
    const launch = { ...this.launch, env: { ...this.launch.env, PORT: String(port) } }
    const exited = (exit: Exit) => {
      this.ports.giveBack(port)
      // What the program said last has been read by then; a grandchild may hold both open for ever.
      setTimeout(() => {
        for (const stream of [stdout, stderr]) stream.destroy()
      }, AFTER_EXIT)
      this.exit = exit
      if (this.socket) this.giveUpLater(this.socket)
      else this.finish()
    }
    const { group, stdout, stderr } = startForLog(launch, this.pipes, exited)
    this.group = group
    this.name = `${launch.argv0} (${group.pid ?? 'not started'})`
    this.read = Promise.all([
      eachLine(stdout, (line) => this.events.said('stdout', line)),
      eachLine(stderr, (line) => this.events.said('stderr', line)),
    ])
    this.connect(port)
  }

  private connect(port: number): void {
    if (this.ended || this.leaving) return
    const last = Date.now() >= this.deadline
    const socket = connect(port, HOST)
    socket.once('connect', () => this.attach(socket))
    socket.once('error', (error: NodeJS.ErrnoException) => {
      if (this.connected || this.ended) return
      if (!last) setTimeout(() => this.connect(port), Math.min(RETRY, Math.max(1, this.deadline - Date.now())))
      else this.fail(`no connection to ${HOST}:${port} (${error.code}); --delay gives the program more time to listen`)
    })
  }

  private attach(socket: Socket): void {
    if (this.ended || this.leaving) return void socket.destroy()
    this.socket = socket
    this.connected = true
    socket.setNoDelay(true)
    socket.on('data', (chunk) => this.events.output(chunk))
    socket.on('drain', () => this.events.drained())
    socket.on('error', () => this.events.deaf())
    socket.once('close', () => {
      if (this.exit) this.finish()
      // A program that is alive and can't be reached any more is of no use to its room.
      else setTimeout(() => this.fail('it closed the connection'), AFTER_EXIT)
    })
    if (!this.wanted) socket.pause()
    this.events.drained()
  }

  /** As for stdio. */
  private giveUpLater(socket: Socket, before = socket.bytesRead): void {
    setTimeout(() => {
      if (this.ended) return
      if ((this.wanted && !this.held) || socket.bytesRead - before > MOST_LEFT) return this.finish()
      this.held = !this.wanted
      this.giveUpLater(socket, before)
    }, AFTER_EXIT)
  }

  private fail(why: string): void {
    this.exit ??= { kind: 'failed', why }
    this.finish()
  }

  private finish(): void {
    if (this.ended) return
    this.ended = true
    this.socket?.destroy()
    this.events.ended(this.exit!)
  }
}

/**
 * Starts a child whose standard output and error both go to the log.
 * @throws where descriptors ran out, or the system refuses to start the program
 */
function startForLog(launch: Launch, pipes: Pipes | undefined, exited: (exit: Exit) => void) {
  if (!pipes) {
    const group = new Group(launch, ['ignore', 'pipe', 'pipe'], exited)
    return { group, stdout: group.process.stdout!, stderr: group.process.stderr! }
  }
  const { stdin, stdout, stderr } = pipes.take()
  for (const end of [stdin.ours, stdin.theirs]) closeSync(end)
  const group = handOver([stdout, stderr], (theirs) => new Group(launch, ['ignore', ...theirs], exited))
  const reader = ({ ours }: PipeEnds) => new Socket({ fd: ours, readable: true, writable: false })
  return { group, stdout: reader(stdout), stderr: reader(stderr) }
}

import { Socket } from 'node:net'
import type { Readable, Writable } from 'node:stream'
import type { Line } from '../wire/codec.ts'
import { AFTER_EXIT, type Child, type ChildEvents, type Exit, type Launch, within } from './child.ts'
import { Group } from './group.ts'
import { eachLine } from './lines.ts'
import { handOver, type Pipes } from './pipes.ts'

/** More bytes than the pipe, or the socketpair, of a program can hold at its exit; Linux lets a pipe grow to 1 MiB. */
const MOST_LEFT = 2 * 1024 * 1024

/** A child that is spoken to over its stdin and stdout. `--delay` holds both directions back. */
export class StdioChild implements Child {
  readonly name: string
  private readonly group: Group
  private readonly stdin: Writable
  private readonly stdout: Socket
  private readonly stderr: Readable
  /** Whether the room wants output; reading begins when the delay is over. */
  private wanted = true
  /** It was not wanted for a while: what stands in the pipe is still to be read. */
  private held = false
  private attached = false
  private delay: NodeJS.Timeout | undefined
  /** What was written before the delay was over. */
  private early: Line[] = []
  /** stderr has been read to its end. */
  private readonly read: Promise<void>
  private exit: Exit | undefined
  private ended = false

  /** @throws where descriptors ran out, or the system refuses to start the program */
  constructor(
    launch: Launch,
    pipes: Pipes | undefined,
    private readonly events: ChildEvents,
  ) {
    const exited = (exit: Exit) => this.exited(exit)
    if (pipes) {
      const { stdin, stdout, stderr } = pipes.take()
      this.group = handOver([stdin, stdout, stderr], (theirs) => new Group(launch, theirs, exited))
      this.stdin = new Socket({ fd: stdin.ours, readable: false, writable: true })
      this.stdout = new Socket({ fd: stdout.ours, readable: true, writable: false })
      this.stderr = new Socket({ fd: stderr.ours, readable: true, writable: false })
    } else {
      this.group = new Group(launch, ['pipe', 'pipe', 'pipe'], exited)
      this.stdin = this.group.process.stdin!
      this.stdout = this.group.process.stdout as Socket
      this.stderr = this.group.process.stderr!
    }
    this.name = `${launch.argv0} (${this.group.pid ?? 'not started'})`
    this.stdin.on('drain', () => events.drained())
    this.stdin.on('error', () => events.deaf()) // EPIPE: it closed its input, and may well go on printing
    this.read = eachLine(this.stderr, (line) => events.said('stderr', line))
    this.stdout.once('error', () => this.finish())
    this.stdout.once('end', () => {
      if (this.exit) this.finish()
    })
    this.stdout.pause()
    if (launch.delay > 0) this.delay = setTimeout(() => this.attach(), launch.delay)
    else this.attach()
  }

  write(data: Line): boolean {
    if (this.attached) return this.stdin.write(data)
    this.early.push(data)
    return false
  }

  pause(): void {
    this.wanted = false
    this.held = true
    this.stdout.pause()
  }

  resume(): void {
    this.wanted = true
    if (this.attached) this.stdout.resume()
  }

  async farewell(): Promise<void> {
    this.attach()
    this.resume()
    await this.group.farewell(() => this.stdin.end())
    await within(AFTER_EXIT, this.read)
  }

  kill(): void {
    this.group.signal('SIGKILL')
  }

  private attach(): void {
    if (this.attached || this.ended) return
    this.attached = true
    clearTimeout(this.delay)
    for (const data of this.early) this.stdin.write(data)
    this.early = []
    this.stdout.on('data', (chunk: Buffer) => this.events.output(chunk))
    if (this.wanted) this.stdout.resume()
    this.events.drained()
  }

  private exited(exit: Exit): void {
    this.exit = exit
    // Whoever waits for the delay has waited long enough: what was printed is still delivered.
    this.attach()
    // Node resumes the socketpairs of a child that has exited, wanted or not; it does so in the next tick.
    if (!this.wanted) process.nextTick(() => process.nextTick(() => !this.wanted && this.stdout.pause()))
    if (this.stdout.readableEnded) this.finish()
    else this.giveUpLater()
  }

  /**
   * The time in which the room does not want to read does not count. Reading ends for good when more has come than the program
   * itself can have left: a grandchild that prints fast fills every read, and the room holds its breath after each.
   */
  private giveUpLater(before = this.stdout.bytesRead): void {
    setTimeout(() => {
      if (this.ended) return
      if ((this.wanted && !this.held) || this.stdout.bytesRead - before > MOST_LEFT) return this.finish()
      this.held = !this.wanted
      this.giveUpLater(before)
    }, AFTER_EXIT)
  }

  private finish(): void {
    if (this.ended || !this.exit) return
    this.ended = true
    this.stdout.destroy()
    this.stdin.destroy()
    // stderr may still hold the reason of a crash; a grandchild that keeps it open is ended by the farewell.
    setTimeout(() => this.stderr.destroy(), AFTER_EXIT)
    this.events.ended(this.exit)
  }
}

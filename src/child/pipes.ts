import { type ChildProcess, execFile, execFileSync } from 'node:child_process'
import { accessSync, closeSync, constants, existsSync, mkdtempSync, openSync, rmSync, unlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Log } from '../log.ts'

/** The two ends of one pipe: ours does not block, the child's does. */
export interface PipeEnds {
  readonly ours: number
  readonly theirs: number
}

/** Pipes of one child. */
export interface PipeSet {
  readonly stdin: PipeEnds
  readonly stdout: PipeEnds
  readonly stderr: PipeEnds
}

/**
 * Starts a child with its ends of these pipes, which are closed here. Where it can't be started, ours are closed too.
 * @throws what `start` throws
 */
export function handOver<T>(pipes: readonly PipeEnds[], start: (theirs: number[]) => T): T {
  try {
    return start(pipes.map(({ theirs }) => theirs))
  } catch (error) {
    for (const { ours } of pipes) closeSync(ours)
    throw error
  } finally {
    for (const { theirs } of pipes) closeSync(theirs)
  }
}

/** Made at once where there is none: at the start, and for a room that can't wait. */
const BATCH = 48
/** Made ahead in the background, for 64 rooms: a mkfifo that rooms wait for competes with the children that start. */
const AHEAD = 192
const PER_CHILD = 3

/**
 * Real pipes for children. Node gives its children socketpairs, and a socket can't be opened by the name /dev/stdout (ENXIO); a FIFO
 * can. Making one takes a process, so they are made ahead: one mkfifo for each room would halve the rooms a second.
 */
export class Pipes {
  private ready: string[] = []
  private made = 0
  private closed = false
  private maker: ChildProcess | undefined

  private constructor(
    private folder: string,
    private readonly log: Log,
  ) {}

  /** @returns undefined where the system has no mkfifo: children get Node's own socketpairs there */
  static create(log: Log): Pipes | undefined {
    const pipes = new Pipes(makeFolder(), log)
    try {
      const names = pipes.names()
      execFileSync('mkfifo', ['-m', '600', ...names], { stdio: 'ignore' })
      pipes.ready = names
      pipes.refill()
      return pipes
    } catch (error) {
      pipes.close()
      log.warn(`no mkfifo here, so children can't open /dev/stdin and /dev/stdout by name: ${(error as Error).message}`)
      return undefined
    }
  }

  /** @throws where descriptors ran out, or no pipe can be made */
  take(): PipeSet {
    try {
      return this.openSet()
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT' && existsSync(this.folder)) throw error
      // systemd removes $XDG_RUNTIME_DIR when its user logs out, and what has grown old in /tmp.
      this.log.warn(`somebody has removed the pipes in ${this.folder}: new ones are made`)
      this.ready = []
      if (!existsSync(this.folder)) this.folder = makeFolder()
      return this.openSet()
    }
  }

  close(): void {
    this.closed = true
    this.ready = []
    // What it makes while the folder is emptied is taken by the next try.
    this.maker?.kill('SIGKILL')
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 10 })
  }

  private openSet(): PipeSet {
    if (this.ready.length < PER_CHILD) {
      const names = this.names()
      execFileSync('mkfifo', ['-m', '600', ...names], { stdio: 'ignore' })
      this.ready.push(...names)
    }
    if (this.ready.length < AHEAD / 2) this.refill()
    const opened: number[] = []
    try {
      const stdin = this.open('to child', opened)
      const stdout = this.open('from child', opened)
      const stderr = this.open('from child', opened)
      return { stdin, stdout, stderr }
    } catch (error) {
      opened.forEach((descriptor) => {
        closeSync(descriptor)
      })
      throw error
    }
  }

  private open(direction: 'to child' | 'from child', opened: number[]): PipeEnds {
    const name = this.ready.pop()!
    const { O_RDONLY, O_WRONLY, O_NONBLOCK } = constants
    const end = (flags: number) => {
      const descriptor = openSync(name, flags)
      opened.push(descriptor)
      return descriptor
    }
    try {
      // A FIFO's write end opens once there is a reader; the child's ends come last, without O_NONBLOCK, since programs expect to wait.
      const reader = end(O_RDONLY | O_NONBLOCK)
      if (direction === 'from child') return { ours: reader, theirs: end(O_WRONLY) }
      const ours = end(O_WRONLY | O_NONBLOCK)
      const theirs = end(O_RDONLY)
      opened.splice(opened.indexOf(reader), 1)
      closeSync(reader)
      return { ours, theirs }
    } finally {
      unlinkSync(name)
    }
  }

  private names(count = BATCH): string[] {
    return Array.from({ length: count }, () => join(this.folder, String(++this.made)))
  }

  private refill(): void {
    if (this.maker) return
    const names = this.names(AHEAD - this.ready.length)
    this.maker = execFile('mkfifo', ['-m', '600', ...names], (error) => {
      this.maker = undefined
      if (this.closed) return
      if (error) this.log.warn(`could not make pipes ahead: ${error.message}`)
      else this.ready.push(...names)
    })
  }
}

function makeFolder(): string {
  return mkdtempSync(join(quickFolder(), 'playpipe-'))
}

/** In memory where there is such a place: on a disk's file system a FIFO costs 0.1 ms to make and as much to unlink. */
function quickFolder(): string {
  if (process.env.TMPDIR !== undefined) return tmpdir()
  for (const folder of [process.env.XDG_RUNTIME_DIR, '/dev/shm']) {
    if (folder && isWritable(folder)) return folder
  }
  return tmpdir()
}

function isWritable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK | constants.X_OK)
    return true
  } catch {
    return false // the next place, then
  }
}

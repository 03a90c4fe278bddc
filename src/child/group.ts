import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process'
import type { Exit, Launch } from './child.ts'

const STDIN_GRACE = 1000
/** A killed member can stay a zombie for ever where no init reaps it. */
const AFTER_KILL = 2000
const POLL = 25

/** A program in a process group of its own, so that a signal reaches what it started as well. */
export class Group {
  readonly process: ChildProcess
  private exited: Exit | undefined
  private readonly waiting: (() => void)[] = []

  /**
   * @param exit called once: the program has ended, or did not start
   * @throws where the system refuses at once: descriptors or memory ran out, a file that is being written (ETXTBSY)
   */
  constructor(
    private readonly launch: Launch,
    stdio: SpawnOptions['stdio'],
    exit: (exit: Exit) => void,
  ) {
    const { program, argv0, args, env, cwd } = launch
    this.process = spawn(program, args, { argv0, env, cwd, stdio, detached: true })
    if (this.process.stdin === undefined) {
      // Out of descriptors: Node makes no streams, and tells it in an event after that.
      this.process.once('error', () => {})
      throw new Error(`too many open files to start ${argv0}`)
    }
    const done = (how: Exit) => {
      if (this.exited) return
      this.exited = how
      for (const wake of this.waiting) wake()
      exit(how)
    }
    this.process.once('error', (error) => done({ kind: 'failed', why: error.message }))
    this.process.once('exit', (status, signal) =>
      done(signal ? { kind: 'signal', signal } : { kind: 'status', status: status ?? 0 }),
    )
  }

  get pid(): number | undefined {
    return this.process.pid
  }

  /** From the end of its input to SIGKILL. Resolves when no member of the group is left. */
  async farewell(endInput: () => void): Promise<void> {
    const steps = [
      { act: endInput, grace: STDIN_GRACE },
      { act: () => this.signal('SIGTERM'), grace: this.launch.killGrace },
      { act: () => this.signal('SIGKILL'), grace: AFTER_KILL },
    ]
    for (const { act, grace } of steps) {
      // Only the program itself is asked to end by its input: what it left behind hears the next step at once.
      if (act === endInput && this.exited) continue
      act()
      if (await this.gone(grace)) return
    }
  }

  signal(name: 'SIGTERM' | 'SIGKILL'): void {
    this.send(name)
  }

  /** @param name 0 asks whether the group has a member that we may signal, and sends nothing */
  private send(name: NodeJS.Signals | 0): boolean {
    if (this.pid === undefined) return false
    try {
      return process.kill(-this.pid, name)
    } catch {
      return false // ESRCH: nobody is left; EPERM: who is left has become another user
    }
  }

  private async gone(grace: number): Promise<boolean> {
    const end = Date.now() + grace
    await this.exit(grace)
    while (this.send(0)) {
      if (Date.now() >= end) return false
      await new Promise((wake) => setTimeout(wake, POLL))
    }
    return true
  }

  private exit(within: number): Promise<void> {
    if (this.exited) return Promise.resolve()
    return new Promise((wake) => {
      const timer = setTimeout(wake, within)
      this.waiting.push(() => {
        clearTimeout(timer)
        wake()
      })
    })
  }
}

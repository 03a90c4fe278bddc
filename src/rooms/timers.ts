import type { TimerOrder } from '../wire/envelope.ts'

const MAX_TIMERS = 1024

/** The named timers of one room, and its tick. They die with it. */
export class Timers {
  private readonly running = new Map<string, NodeJS.Timeout>()
  private ticking: NodeJS.Timeout | undefined

  /** @param fire is given the name of a timer that went off, and its line for the child */
  constructor(private readonly fire: (name: string, line: string) => void) {}

  /** @returns why not */
  set(order: TimerOrder): string | undefined {
    const { name, ms, repeat } = order
    let line: string
    try {
      line = lineOf(order)
    } catch (error) {
      // What is nested so deep can be parsed and not written. When the timer goes off nobody could be told.
      return `_timer ${name} has keys that can't be written: ${(error as Error).message}`
    }
    clearTimeout(this.running.get(name))
    this.running.delete(name)
    if (ms === null) return undefined
    if (this.running.size >= MAX_TIMERS) return `_timer ${name}: there are too many`
    this.running.set(
      name,
      repeat ? setInterval(() => this.fire(name, line), ms) : setTimeout(() => this.once(name, line), ms),
    )
    return undefined
  }

  /**
   * Ticks every `ms` milliseconds, without drift.
   * @param tick is told the number of the tick, and the milliseconds since the last one that it took
   */
  tick(ms: number, tick: (n: number, elapsed: number) => boolean): void {
    const start = performance.now()
    let last = start
    let n = 0
    const next = () => {
      const now = performance.now()
      n = Math.max(n + 1, Math.floor((now - start) / ms))
      if (tick(n, Math.round(now - last))) last = now
      this.ticking = setTimeout(next, Math.max(1, start + (n + 1) * ms - performance.now()))
    }
    this.ticking = setTimeout(next, ms)
  }

  clear(): void {
    for (const timer of this.running.values()) clearTimeout(timer)
    this.running.clear()
    clearTimeout(this.ticking)
  }

  private once(name: string, line: string): void {
    this.running.delete(name)
    this.fire(name, line)
  }
}

function lineOf({ name, data }: TimerOrder): string {
  return JSON.stringify({ ...data, t: 'Timer', timer: name, _sys: true })
}

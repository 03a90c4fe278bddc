import type { TimerOrder } from '../wire/envelope.ts'

const MAX_TIMERS = 1024

/** The named timers of one room, and its tick. They die with it. */
export class Timers {
  private readonly running = new Map<string, NodeJS.Timeout>()
  private ticking: NodeJS.Timeout | undefined

  constructor(private readonly fire: (order: TimerOrder) => void) {}

  /** @returns false where there are too many already */
  set(order: TimerOrder): boolean {
    const { name, ms, repeat } = order
    clearTimeout(this.running.get(name))
    this.running.delete(name)
    if (ms === null) return true
    if (this.running.size >= MAX_TIMERS) return false
    this.running.set(name, repeat ? setInterval(() => this.fire(order), ms) : setTimeout(() => this.once(order), ms))
    return true
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

  private once(order: TimerOrder): void {
    this.running.delete(order.name)
    this.fire(order)
  }
}

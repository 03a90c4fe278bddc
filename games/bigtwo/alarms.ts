/** A line that the game prints. */
export type Line = Readonly<Record<string, unknown>>

/**
 * The timers of a table, which Playpipe runs. When one is set anew or cancelled, its old line may be on its way already; so each has a
 * number that comes back with it.
 */
export class Alarms {
  private readonly due = new Map<string, { readonly n: number; readonly at: number }>()
  private count = 0

  constructor(
    private readonly now: () => number,
    private readonly tell: (line: Line) => void,
  ) {}

  /** In so many milliseconds, in place of what was set by this name before. */
  set(name: string, ms: number): void {
    const n = ++this.count
    this.due.set(name, { n, at: this.now() + ms })
    this.tell({ _timer: name, ms: Math.ceil(ms), n })
  }

  cancel(name: string): void {
    if (this.due.delete(name)) this.tell({ _timer: name, ms: null })
  }

  has(name: string): boolean {
    return this.due.has(name)
  }

  /** Milliseconds until it rings; 0 where it is not set. */
  left(name: string): number {
    return Math.max(0, Math.round((this.due.get(name)?.at ?? 0) - this.now()))
  }

  /** Whether this is the timer that is set, and not one from before; then it is set no longer. */
  rings(name: string, n: number): boolean {
    return this.due.get(name)?.n === n && this.due.delete(name)
  }
}

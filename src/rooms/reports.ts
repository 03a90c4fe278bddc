import type { Exit } from '../child/child.ts'
import type { Log } from '../log.ts'
import type { Metrics } from '../metrics.ts'

/** What a room says of its game in the log, most of it once, and counts. */
export class Reports {
  private readonly said = new Set<string>()

  constructor(
    private readonly log: Log,
    private readonly metrics: Metrics,
  ) {}

  skipped(why: string, head: Buffer): void {
    this.metrics.count('skipped', 'unreadable')
    this.log.error(`skipped a frame that is ${why}: ${head.toString('utf8', 0, 80)}`)
  }

  repaired(): void {
    this.metrics.repaired++
    this.once('utf8', 'the game prints bytes that are not UTF-8: they become U+FFFD; --binary passes bytes as they are')
  }

  notJson(bytes: Buffer): void {
    this.once('json', `a line that is not a JSON object goes to everyone as it is: ${bytes.toString('utf8', 0, 120)}`)
  }

  withheld(text: string): void {
    this.metrics.count('skipped', 'address')
    this.once('withheld', `a line with an address that is not JSON goes to nobody: ${text.slice(0, 120)}`)
  }

  /** Each fault begins with its key: there are as many kinds as keys, and each is named once. */
  disobeyed(text: string, faults: readonly string[]): void {
    this.metrics.ignored += faults.length
    for (const fault of faults) this.once(`key ${fault.split(' ')[0]}`, `${fault}; in ${text.slice(0, 200)}`)
  }

  silent(): void {
    this.once(
      'silent',
      'the game got messages and printed nothing yet: does it flush its output? `playpipe -- stdbuf -oL ./game` helps C programs',
    )
  }

  deaf(): void {
    this.once('deaf', 'the game has closed its input: what clients send is dropped')
  }

  private once(key: string, message: string): void {
    if (this.said.has(key)) return
    this.said.add(key)
    this.log.warn(message)
  }
}

/** How a child ended, as its players are told. */
export function describeExit(exit: Exit): string {
  if (exit.kind === 'failed') return exit.why
  return exit.kind === 'signal' ? `the game crashed: ${exit.signal}` : `the game crashed: exit status ${exit.status}`
}

/** How a child ended, as a label of a metric. */
export function exitLabel(exit: Exit): string {
  if (exit.kind === 'failed') return 'failed'
  return exit.kind === 'signal' ? exit.signal : String(exit.status)
}

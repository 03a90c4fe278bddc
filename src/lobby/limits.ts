import type { RateRule } from '../values.ts'

/** Names and addresses that are remembered; those that were seen least lately are forgotten first. */
const MAX_KEYS = 20_000

interface Bucket {
  tokens: number
  at: number
}

/** A token bucket for each of many. */
export class Limits {
  private readonly buckets = new Map<string, Bucket>()

  constructor(
    private readonly rule: RateRule,
    private readonly now: () => number,
  ) {}

  /** @returns 0 where it may, else the seconds to wait */
  take(key: string): number {
    const bucket = this.fill(key)
    if (bucket.tokens < 1) return Math.ceil((1 - bucket.tokens) / this.rule.rate)
    bucket.tokens--
    return 0
  }

  /** It was no offence. */
  giveBack(key: string): void {
    const bucket = this.fill(key)
    bucket.tokens = Math.min(this.rule.burst, bucket.tokens + 1)
  }

  private fill(key: string): Bucket {
    const now = this.now()
    const { tokens, at } = this.buckets.get(key) ?? { tokens: this.rule.burst, at: now }
    const bucket = { tokens: Math.min(this.rule.burst, tokens + ((now - at) / 1000) * this.rule.rate), at: now }
    this.buckets.delete(key)
    this.buckets.set(key, bucket)
    if (this.buckets.size > MAX_KEYS) this.buckets.delete(this.buckets.keys().next().value!)
    return bucket
  }
}

/** Whoever has one IPv6 address has all of its /64: they count as one. */
export function networkOf(ip: string): string {
  if (!ip.includes(':')) return ip
  const [head = '', tail] = ip.split('::')
  const groups = head.split(':').filter(Boolean)
  const rest = (tail ?? '').split(':').filter(Boolean)
  const zeros = tail === undefined ? 0 : 8 - groups.length - rest.length
  return [...groups, ...Array(Math.max(0, zeros)).fill('0'), ...rest].slice(0, 4).join(':')
}

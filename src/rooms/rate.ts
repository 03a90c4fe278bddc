import type { RateRule } from '../values.ts'

/** A token bucket. */
export class RateLimit {
  private tokens: number
  private at = performance.now()

  constructor(private readonly rule: RateRule) {
    this.tokens = rule.burst
  }

  /** @returns false where this message is one too many */
  take(): boolean {
    const now = performance.now()
    this.tokens = Math.min(this.rule.burst, this.tokens + ((now - this.at) / 1000) * this.rule.rate)
    this.at = now
    if (this.tokens < 1) return false
    this.tokens--
    return true
  }
}

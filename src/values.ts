import { resolve } from 'node:path'
import { kindAt } from './files.ts'
import type { HistoryRule } from './wire/history.ts'
import { compileTemplate } from './wire/template.ts'

/** A mistake of whoever started the server; its message is one line that says what to do. */
export class ConfigError extends Error {
  constructor(message: string) {
    super(message.replace(/\s*[\r\n]+\s*/g, ' '))
  }
}

/** Messages a second that a client may send, and how many at once after a silence. */
export interface RateRule {
  readonly rate: number
  readonly burst: number
}

// The values of options: each function reads one as it was written, or throws a ConfigError that says what is wanted.

export function flag(written: string): boolean {
  if (written !== 'true') throw new ConfigError('a flag is given or not; it takes no value')
  return true
}

export function text(written: string): string {
  return written
}

/** @returns the template as it was written */
export function template(written: string): string {
  try {
    compileTemplate(written)
  } catch (error) {
    throw new ConfigError((error as Error).message)
  }
  return written
}

export function fieldName(written: string): string {
  if (written.startsWith('_'))
    throw new ConfigError("want a key of the game's own; those that begin with _ are Playpipe's")
  return written
}

export function list(written: string): string[] {
  return written.split(',').filter((item) => item !== '')
}

/** The words of a command line: quotes hold a word together, a backslash takes the next character as it is. */
export function words(written: string): readonly [string, ...string[]] {
  const found: string[] = []
  let word: string | undefined
  let quote = ''
  for (let i = 0; i < written.length; i++) {
    const c = written[i]!
    const isQuote = quote === '' && (c === '"' || c === "'")
    if (c === '\\' && quote !== "'") word = (word ?? '') + (written[++i] ?? '')
    else if (c === quote) quote = ''
    else if (isQuote) {
      quote = c
      word ??= ''
    } else if (quote === '' && /\s/.test(c)) {
      if (word !== undefined) found.push(word)
      word = undefined
    } else word = (word ?? '') + c
  }
  if (quote !== '') throw new ConfigError(`a ${quote} has no end`)
  if (word !== undefined) found.push(word)
  const [program, ...args] = found
  if (!program) throw new ConfigError('want a program and its arguments')
  return [program, ...args]
}

export function oneOf<const T extends string>(...words: T[]) {
  return (written: string): T => {
    if (!words.includes(written as T)) throw new ConfigError(`want ${words.join(' or ')}`)
    return written as T
  }
}

function whole(written: string, low: number, high: number, what: string): number {
  const value = /^\d+$/.test(written) ? Number(written) : Number.NaN
  if (!(value >= low && value <= high)) throw new ConfigError(`want ${what} from ${low} to ${high}`)
  return value
}

export function count(written: string): number {
  return whole(written, 0, 2 ** 31 - 1, 'a number')
}

export function verbosity(written: string): number {
  return written === 'true' ? 1 : count(written)
}

export function port(written: string): number {
  return whole(written, 0, 65_535, 'a port')
}

export function idle(written: string): number {
  const value = count(written)
  if (value !== 0 && (value < 8 || value > 960)) throw new ConfigError('want 0 (off), or 8 to 960 seconds')
  return value
}

export function seconds(written: string): number {
  const value = /^\d+(\.\d+)?$/.test(written) ? Number(written) : Number.NaN
  // Node's timers end at 2^31 milliseconds
  if (!(value <= 2_000_000)) throw new ConfigError('want seconds, as in 5 or 0.5')
  return value * 1000
}

export function milliseconds(written: string): number {
  return whole(written, 1, 3_600_000, 'milliseconds')
}

const UNITS = { '': 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3 }

export function bytes(written: string): number {
  const [, digits, unit] = /^(\d+)\s*([kmg]?)(?:i?b)?$/i.exec(written) ?? []
  const value = Number(digits) * UNITS[(unit ?? '').toLowerCase() as keyof typeof UNITS]
  if (!(value >= 1 && value <= 2 ** 30)) throw new ConfigError('want bytes from 1 to 1g, as in 65536, 64k or 1m')
  return value
}

export function rateRule(written: string): RateRule {
  const [, rate, burst] = /^(\d+(?:\.\d+)?)(?::(\d+))?$/.exec(written) ?? []
  const rule = { rate: Number(rate), burst: Number(burst ?? Math.max(1, Number(rate))) }
  if (!(rule.rate > 0 && rule.rate <= 1e6 && rule.burst >= 1))
    throw new ConfigError('want RATE or RATE:BURST, as in 20 or 20:60')
  return rule
}

export function cache(written: string): HistoryRule {
  const [, kind = 'all', digits = ''] = /^(?:(all|tagged):)?(\d+)$/.exec(written) ?? []
  const size = Number(digits)
  if (!(size >= 1 && size <= 65_536)) throw new ConfigError('want all:N, tagged:N or N, with N from 1 to 65536')
  return { kind: kind as 'all' | 'tagged', size }
}

export function address(written: string): { host: string; port: number } {
  const [, host, digits] = /^(.*):(\d+)$/.exec(written) ?? []
  if (digits === undefined) throw new ConfigError('want HOST:PORT, as in 127.0.0.1:9000')
  return { host: host!.replace(/^\[(.*)\]$/, '$1') || '0.0.0.0', port: port(digits) }
}

export function portRange(written: string): readonly [first: number, end: number] {
  const [, first, end] = /^(\d+):(\d+)$/.exec(written)?.map(Number) ?? []
  if (first === undefined || end === undefined || first < 1 || end > 65_536 || first >= end) {
    throw new ConfigError('want START:END with START below END, which is left out, as in 9001:9999')
  }
  return [first, end]
}

/** Where an empty value would silently stand for none. */
export function filled(written: string): string {
  if (written === '') throw new ConfigError('want a value')
  return written
}

export function file(written: string): string {
  const kind = kindAt(written)
  if (kind === 'file') return written
  throw new ConfigError(kind === 'nothing' ? 'there is no such file' : 'it is no file')
}

export function webAddress(written: string): string {
  if (URL.canParse(written) && /^https?:$/.test(new URL(written).protocol)) return written
  throw new ConfigError('want an address, as in https://example.com/.well-known/jwks.json')
}

export function directory(written: string): string {
  const kind = kindAt(written)
  if (kind === 'folder') return written
  throw new ConfigError(kind === 'nothing' ? 'there is no such folder' : 'it is no folder')
}

/** What the system's address of a unix socket has room for; uWebSockets.js writes beyond it. */
const MAX_SOCKET_PATH = process.platform === 'linux' ? 107 : 103

export function socketPath(written: string): string {
  const path = resolve(written)
  if (written === '' || written.endsWith('/')) throw new ConfigError('want a path, as in /run/playpipe/playpipe.sock')
  if (Buffer.byteLength(path) > MAX_SOCKET_PATH)
    throw new ConfigError(`want a path of at most ${MAX_SOCKET_PATH} bytes`)
  return path
}

export function fileName(written: string): string {
  if (written === '') throw new ConfigError('want a file')
  return written
}

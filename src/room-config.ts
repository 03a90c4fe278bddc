import type { Parsed } from './options.ts'
import { ConfigError, type RateRule } from './values.ts'
import type { Cutting } from './wire/framer.ts'
import type { HistoryRule } from './wire/history.ts'
import { compileTemplate, makesObject, type Template, unknownName } from './wire/template.ts'

export type Framing = 'none' | 'json' | 'gwsocket'

/** The older routing field; `guessed` from the join message, it yields to the first frame with `_to`. */
export interface IdField {
  readonly name: string
  readonly guessed: boolean
}

/** How a child is reached. Ports: `first` to `end`, which is left out. */
export type Link = { readonly kind: 'stdio' } | { readonly kind: 'tcp'; readonly first: number; readonly end: number }

/** Times in milliseconds, sizes in bytes. */
export interface RoomConfig {
  readonly command: string
  /** Where it is looked for and runs; the server's own folder where undefined. */
  readonly cwd: string | undefined
  readonly args: readonly string[]
  readonly link: Link
  readonly delay: number
  readonly passenv: readonly string[]
  readonly binary: boolean
  readonly cutting: Cutting
  readonly toChild: Framing
  readonly fromChild: Framing
  readonly idField: IdField | undefined
  readonly join: Template | undefined
  /** The join message of a bot. */
  readonly botJoin: Template | undefined
  readonly leave: Template | undefined
  readonly history: HistoryRule
  readonly keepHistory: boolean
  readonly linger: number
  readonly killGrace: number
  readonly maxLine: number
  readonly maxCache: number
  readonly maxInbox: number
  readonly maxBacklog: number
  readonly maxMissed: number
  /** How long the seat of a broken connection is kept; 0: not at all. */
  readonly resume: number
  /** Between two ticks; 0: none. */
  readonly tick: number
  readonly rateLimit: RateRule | undefined
  readonly bots: BotsConfig | undefined
  /** What is allowed and rarely meant, each a sentence for the log. */
  readonly warnings: readonly string[]
}

export interface BotsConfig {
  readonly command: string
  readonly args: readonly string[]
  /** So many seats are always taken, by bots where people lack. */
  readonly fill: number
  /** Most of them in a room. */
  readonly max: number
}

export const JSON_JOIN = '{"t":"Join","_from":#ID}'
/** Where clients can say who they are. */
export const JSON_KNOWN_JOIN = '{"t":"Join","_from":#ID,"_sub":"#CLAIM_sub","_name":"#CLAIM_name"}'
export const JSON_BOT_JOIN = '{"t":"Join","_from":#ID,"_bot":true}'
export const JSON_LEAVE = '{"t":"Leave","_from":#ID}'

/**
 * @param command the program and its arguments
 * @param known clients can say who they are
 * @throws ConfigError where there is none
 */
export function resolveRoom(o: Parsed, command: readonly string[], known: boolean, cwd?: string): RoomConfig {
  const [program, ...args] = command
  if (!program) throw new ConfigError('no command: say which program to run, as in `playpipe ./game.py`')
  const framing = o.json ? 'json' : o.frame
  const joinText = o.joinmsg ?? (o.json ? (known ? JSON_KNOWN_JOIN : JSON_JOIN) : undefined)
  const botJoinText = o.joinmsg ?? (o.json ? JSON_BOT_JOIN : undefined)
  const leaveText = o.leavemsg ?? (o.json ? JSON_LEAVE : undefined)
  const toChild = framing ?? o.clientframe ?? 'none'
  const fromChild = framing ?? o.serverframe ?? 'none'
  const delay = o.delay ?? (o.tcp ? 1000 : 0)
  const [first, end] = o.tcpports!
  return {
    command: program,
    args,
    cwd,
    link: o.tcp ? { kind: 'tcp', first, end } : { kind: 'stdio' },
    delay,
    passenv: o.passenv!,
    binary: o.binary === true,
    cutting: fromChild === 'gwsocket' ? { kind: 'gwsocket' } : cuttingOf(o),
    toChild,
    fromChild,
    idField: idFieldOf(o, joinText, leaveText),
    join: joinText === undefined ? undefined : compileTemplate(joinText),
    botJoin: botJoinText === undefined ? undefined : compileTemplate(botJoinText),
    leave: leaveText === undefined ? undefined : compileTemplate(leaveText),
    history: o.cache ?? { kind: 'none' },
    keepHistory: o.cachepersist === true,
    linger: o.linger!,
    killGrace: o.killgrace!,
    maxLine: o.maxline!,
    maxCache: o.maxcache!,
    maxInbox: o.maxinbox!,
    maxBacklog: o.maxbacklog!,
    maxMissed: o.maxmissed!,
    resume: o.resume!,
    tick: o.tick ?? 0,
    rateLimit: o.ratelimit,
    bots: o.bot && { command: o.bot[0], args: o.bot.slice(1), fill: o.fill!, max: o.maxbots! },
    warnings: warningsOf(o, toChild === 'json'),
  }
}

function warningsOf(o: Parsed, json: boolean): string[] {
  const templates = (['joinmsg', 'leavemsg'] as const).flatMap((name) => doubtOf(`--${name}`, o[name], json) ?? [])
  const bytes =
    '--binary with JSON framing: no newline follows a message or a join, so a program that reads lines waits for ever'
  const fill = `--fill ${o.fill} is more than --maxbots ${o.maxbots}: no more bots than that come`
  return [...templates, ...(o.binary && json ? [bytes] : []), ...(o.bot && o.fill! > o.maxbots! ? [fill] : [])]
}

function doubtOf(flag: string, written: string | undefined, json: boolean): string | undefined {
  if (written === undefined) return undefined
  const unknown = unknownName(written)
  if (unknown) return `${flag}: ${unknown} is not known and stays as it is; \`playpipe --help\` lists the names`
  return json && !makesObject(written) ? `${flag} is no JSON object, as the other lines for the game are` : undefined
}

function cuttingOf(o: Parsed): Cutting {
  const chars = (o.delimiters ?? (o.binary || o.null ? '' : '\n')) + (o.null ? '\0' : '')
  if (chars === '') return { kind: 'chunk' }
  if (chars === '\n') return { kind: 'line' }
  return { kind: 'any', bytes: [...new Set(Buffer.from(chars))] }
}

/** ScaleSocket 0.1.2–0.1.4 tagged and routed by `id`: its programs are known by their join message. */
function idFieldOf(o: Parsed, join: string | undefined, leave: string | undefined): IdField | undefined {
  if (o.idfield !== undefined) return o.idfield === '' ? undefined : { name: o.idfield, guessed: false }
  if (o.frame !== 'json' || join === undefined || `${join}${leave}`.includes('_from')) return undefined
  const probe = 424_242_424
  try {
    const line = compileTemplate(join)({ id: probe, room: '', remote: '', query: '', bot: false })
    const { id } = Object(JSON.parse(line))
    return id === probe || id === String(probe) ? { name: 'id', guessed: true } : undefined
  } catch {
    return undefined // no JSON: nothing to route by
  }
}

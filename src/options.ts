import { originRules } from './origins.ts'
import { proxies } from './proxies.ts'
import {
  address,
  bytes,
  ConfigError,
  cache,
  count,
  directory,
  fieldName,
  file,
  fileName,
  filled,
  flag,
  idle,
  list,
  milliseconds,
  oneOf,
  port,
  portRange,
  rateRule,
  seconds,
  socketPath,
  template,
  text,
  verbosity,
  webAddress,
  words,
} from './values.ts'

/**
 * One option: the command line, the help, the README's table and the JSON config all come from this row.
 * `room` options describe how a room is run; `server` options exist once a process.
 */
export interface Option<T> {
  /** In commander's spelling. */
  readonly flags: string
  readonly scope: 'room' | 'server'
  readonly parse: (text: string) => T
  /** In the command line's spelling; it goes through `parse` like everything else. */
  readonly fallback?: string
  readonly help: string
  /** The value can only follow a `=`, since the next word is the command; `alone` is what the bare flag means. */
  readonly afterEquals?: { readonly alone?: string }
  readonly alias?: string
}

type Extra<T> = Pick<Option<T>, 'fallback' | 'afterEquals' | 'alias'>

function room<T>(flags: string, parse: (text: string) => T, help: string, extra: Extra<T> = {}): Option<T> {
  return { flags, scope: 'room', parse, help, ...extra }
}

function server<T>(flags: string, parse: (text: string) => T, help: string, extra: Extra<T> = {}): Option<T> {
  return { flags, scope: 'server', parse, help, ...extra }
}

export const OPTIONS = {
  addr: server('--addr <HOST:PORT>', address, 'Interface to bind to', { fallback: '0.0.0.0:9000' }),
  port: server('--port <PORT>', port, 'Short for --addr 0.0.0.0:PORT'),
  unixsocket: server('--unixsocket <PATH>', socketPath, 'Listen at a unix socket instead of a port'),
  tlscert: server(
    '--tlscert <FILE>',
    fileName,
    'Speak TLS with this certificate, its chain behind it (PEM); SIGHUP reads it anew',
  ),
  tlskey: server('--tlskey <FILE>', fileName, 'The key of --tlscert (PEM)'),
  origin: server(
    '--origin <LIST>',
    originRules,
    'Accept WebSockets from pages of these origins only: https://play.example.org, https://*.example.org, http://localhost:*',
  ),
  sameorigin: server(
    '--sameorigin',
    flag,
    'Accept WebSockets from pages of the host that was asked for only, and of --origin',
  ),
  trustproxy: server(
    '--trustproxy <LIST>',
    proxies,
    "Believe what these proxies tell of clients: addresses, ADDRESS/BITS, loopback, private, or unix for a unix socket's",
  ),
  compress: server('--compress', flag, 'Compress frames from 1 KiB on for clients that offer it (permessage-deflate)'),
  binary: room('-b, --binary', flag, 'Pass bytes both ways as they are, as binary messages'),
  cache: room(
    '--cache <[TYPE:]N>',
    cache,
    'Replay the last N frames (1-65536) to newcomers: all:N, tagged:N (those with "_cache":true), or N for all',
  ),
  cachepersist: room('--cachepersist', flag, 'Keep the history of a room after its last client has left'),
  delay: room(
    '--delay <SECONDS>',
    seconds,
    'Wait before attaching to the child; with --tcp, how long connecting is tried (default: 1 with --tcp)',
  ),
  delimiters: room(
    '--delimiters <CHARS>',
    text,
    "The child's frames end at any of these characters instead of a newline; none: frames as they are read",
    {
      afterEquals: {},
    },
  ),
  joinmsg: room(
    '--joinmsg <MSG>',
    template,
    'Line for the child when a client joins; knows #ID #ROOM #REMOTE_ADDR #QUERY_STRING #QUERY_NAME #PARAM_NAME #CLAIM_name #BOT',
  ),
  json: room(
    '--json',
    flag,
    'JSON framing with join and leave messages: --frame=json --joinmsg {"t":"Join","_from":#ID} --leavemsg {"t":"Leave","_from":#ID}',
  ),
  leavemsg: room('--leavemsg <MSG>', template, 'Line for the child when a client leaves; knows what --joinmsg knows'),
  log: server('--log <FORMAT>', oneOf('text', 'json'), 'Log format: text or json', { fallback: 'text' }),
  metrics: server('--metrics', flag, 'Serve OpenMetrics at /metrics'),
  null: room('--null', flag, "The child's frames end at a NUL character"),
  oneshot: server('--oneshot', flag, 'Serve one client, once, then exit'),
  passenv: room('--passenv <LIST>', list, 'Environment variables that the child inherits', {
    fallback: 'PATH,DYLD_LIBRARY_PATH',
  }),
  rooms: server('--rooms <LIST>', list, 'Accept these rooms only'),
  maxrooms: server('--maxrooms <N>', count, 'Refuse rooms beyond N; 0: no limit', {
    fallback: '0',
    alias: '--maxforks',
  }),
  frame: room(
    '--frame <MODE>',
    oneOf('json', 'gwsocket'),
    'Tag messages with their sender and route frames by their address: json or gwsocket',
    {
      afterEquals: { alone: 'json' },
    },
  ),
  clientframe: room(
    '--clientframe <MODE>',
    oneOf('json', 'gwsocket'),
    'Framing of what clients send only: json or gwsocket',
    { afterEquals: {} },
  ),
  serverframe: room(
    '--serverframe <MODE>',
    oneOf('json', 'gwsocket'),
    'Framing of what the child prints only: json or gwsocket',
    { afterEquals: {} },
  ),
  staticdir: server('--staticdir <DIR>', directory, 'Serve the files of a folder'),
  games: server(
    '--games <DIR>',
    directory,
    'Serve several games: each folder in DIR that holds a game.json, at /GAME/, with its rooms at /GAME/ROOM',
  ),
  api: server('--api', flag, 'Serve rooms and their metadata under /api/'),
  tcp: room('--tcp', flag, 'Talk to the child over TCP instead of stdio; it listens on $PORT'),
  tcpports: room('--tcpports <START:END>', portRange, 'Ports for --tcp, END left out', { fallback: '9001:9999' }),
  verbose: server('-v, --verbose', verbosity, 'Log more; twice for every line'),
  config: server('--config <FILE>', text, 'Read options from a JSON file; the command line goes before it'),
  linger: room('--linger <SECONDS>', seconds, 'Keep a room whose last client has left', { fallback: '0' }),
  killgrace: room(
    '--killgrace <SECONDS>',
    seconds,
    'Time between SIGTERM and SIGKILL for a child that is told to end',
    { fallback: '5' },
  ),
  idle: server(
    '--idle <SECONDS>',
    idle,
    'Drop a client that is silent for so long (pings are sent in between); 0 or 8-960',
    { fallback: '30' },
  ),
  maxpayload: server('--maxpayload <BYTES>', bytes, 'Largest message from a client (k, m for KiB, MiB)', {
    fallback: '1m',
  }),
  maxline: room('--maxline <BYTES>', bytes, 'Largest frame from the child; larger ones are skipped and logged', {
    fallback: '1m',
  }),
  maxcache: room('--maxcache <BYTES>', bytes, 'Largest history of a room; the oldest frames go first', {
    fallback: '16m',
  }),
  maxinbox: room(
    '--maxinbox <BYTES>',
    bytes,
    'Most that may wait for a child that does not read; who does not fit is closed',
    { fallback: '8m' },
  ),
  maxbacklog: room(
    '--maxbacklog <BYTES>',
    bytes,
    'Most that may wait for one slow client; who falls further behind is closed',
    {
      fallback: '1m',
    },
  ),
  resume: room('--resume <SECONDS>', seconds, 'Keep the seat of a client whose connection broke, and what it missed', {
    fallback: '0',
  }),
  maxmissed: room(
    '--maxmissed <BYTES>',
    bytes,
    'Most that is kept for a client that is away; it is told how many frames it missed beyond',
    { fallback: '1m' },
  ),
  tick: room(
    '--tick <MS>',
    milliseconds,
    'Line for the child every so many milliseconds: {"t":"Tick","n":N,"ms":T,"_sys":true}',
  ),
  bot: room('--bot <CMD>', words, 'Program for the seats of bots, as one word: "./bot.py --level 3"'),
  fill: room(
    '--fill <N>',
    count,
    'Keep N seats of each room taken: bots come as people leave, and leave as people come',
    {
      fallback: '0',
    },
  ),
  maxbots: room('--maxbots <N>', count, 'Most bots in a room', { fallback: '16' }),
  maxconns: server('--maxconns <N>', count, 'Refuse clients beyond N in a room; 0: no limit', { fallback: '0' }),
  maxip: server('--maxip <N>', count, 'Refuse connections beyond N from one address; 0: no limit', { fallback: '0' }),
  ratelimit: room(
    '--ratelimit <RATE[:BURST]>',
    rateRule,
    'Close clients that send more than RATE messages a second; BURST at once (default: RATE)',
  ),
  lobby: server('--lobby', flag, 'Serve accounts, tickets and a list of games under /api/v1/'),
  data: server('--data <DIR>', filled, "Folder of the lobby's database and keys; made where it is missing", {
    fallback: './data',
  }),
  guests: server('--guests', flag, 'Let people play under a name without an account'),
  authlimit: server(
    '--authlimit <RATE[:BURST]>',
    rateRule,
    'Sign-ups, log-ins and guests that one address may try: RATE a second, BURST at once',
    { fallback: '0.2:20' },
  ),
  auth: server(
    '--auth <WHO>',
    oneOf('required', 'optional'),
    'Who may come in: required, only with a token; or optional',
    {
      fallback: 'optional',
    },
  ),
  jwtsecret: server('--jwtsecret <SECRET>', filled, 'Take tokens (JWT) that are signed by HMAC with this secret'),
  jwtkey: server('--jwtkey <FILE>', file, 'Take tokens whose signature this key verifies: PEM, JWK, or a set of JWKs'),
  jwks: server('--jwks <URL>', webAddress, 'Take tokens that the keys at this address verify'),
  issuer: server('--issuer <NAME>', filled, 'Of those tokens, take those of this issuer (iss) only'),
  audience: server('--audience <NAME>', filled, 'Of those tokens, take those for this audience (aud) only'),
  transport: server(
    '--transport <NAME>',
    oneOf('auto', 'uws', 'ws'),
    'WebSocket implementation: uws, ws, or auto for the first that loads',
    { fallback: 'auto' },
  ),
  idfield: room(
    '--idfield <NAME>',
    fieldName,
    'Older field that tags and routes beside _from and _to (ScaleSocket 0.1: id); empty: off',
  ),
} as const satisfies Record<string, Option<unknown>>

export type OptionName = keyof typeof OPTIONS

/** Options as they were written, before defaults: from the command line, or from a JSON file. */
export type RawOptions = Partial<Record<OptionName, string>>

/** The values of options, parsed. */
export type Parsed = { [K in OptionName]: ReturnType<(typeof OPTIONS)[K]['parse']> | undefined }

/** Options that exclude each other. */
export const CONFLICTS: readonly (readonly [OptionName, OptionName])[] = [
  ['json', 'frame'],
  ['json', 'clientframe'],
  ['json', 'serverframe'],
  ['frame', 'clientframe'],
  ['frame', 'serverframe'],
  ['delimiters', 'binary'],
  ['oneshot', 'linger'],
  ['oneshot', 'resume'],
  ['addr', 'port'],
  ['lobby', 'rooms'],
  ['lobby', 'oneshot'],
  ['jwtsecret', 'jwtkey'],
  ['jwtsecret', 'jwks'],
  ['jwtkey', 'jwks'],
  ['addr', 'unixsocket'],
  ['port', 'unixsocket'],
]

/** Options that mean nothing without another one, or one of several. */
const NEEDS: readonly (readonly [OptionName, readonly OptionName[]])[] = [
  ['tcpports', ['tcp']],
  ['fill', ['bot']],
  ['maxbots', ['bot']],
  ['data', ['lobby']],
  ['guests', ['lobby']],
  ['authlimit', ['lobby']],
  ['auth', ['lobby', 'jwtsecret', 'jwtkey', 'jwks']],
  ['issuer', ['jwtsecret', 'jwtkey', 'jwks']],
  ['audience', ['jwtsecret', 'jwtkey', 'jwks']],
  ['tlscert', ['tlskey']],
  ['tlskey', ['tlscert']],
]

/** @throws ConfigError for a value that can't be used, and for options that exclude each other */
export function parseOptions(raw: RawOptions): Parsed {
  refuseConflicts(raw)
  const parsed: Record<string, unknown> = {}
  for (const [name, option] of Object.entries(OPTIONS) as [OptionName, Option<unknown>][]) {
    const written = raw[name] ?? option.fallback
    if (written !== undefined) parsed[name] = parseOption(name, written)
  }
  return parsed as Parsed
}

/** @throws ConfigError that names the option */
export function parseOption<K extends OptionName>(name: K, written: string): ReturnType<(typeof OPTIONS)[K]['parse']> {
  try {
    return OPTIONS[name].parse(written) as ReturnType<(typeof OPTIONS)[K]['parse']>
  } catch (error) {
    if (error instanceof ConfigError) throw new ConfigError(`--${name} ${written || "''"}: ${error.message}`)
    throw error
  }
}

function refuseConflicts(raw: RawOptions): void {
  for (const [a, b] of CONFLICTS) {
    if (raw[a] !== undefined && raw[b] !== undefined) throw new ConfigError(`--${a} and --${b} can't be used together`)
  }
  if (raw.resume !== undefined && [raw.frame, raw.clientframe, raw.serverframe].includes('gwsocket')) {
    throw new ConfigError("--resume and gwsocket framing can't be used together")
  }
  for (const [name, needed] of NEEDS) {
    if (raw[name] !== undefined && needed.every((other) => raw[other] === undefined))
      throw new ConfigError(`--${name} needs --${needed.join(', or --')}`)
  }
}

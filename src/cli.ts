import { readFileSync } from 'node:fs'
import { constants } from 'node:os'
import { Command, CommanderError, Option } from 'commander'
import {
  CONNECT_OPTIONS,
  type Config,
  ConfigError,
  type ConnectConfig,
  resolveConfig,
  resolveConnect,
} from './config.ts'
import { readConfigFile } from './config-file.ts'
import { ListenError } from './edge/transport.ts'
import { createLog, type Log, type LogHandle } from './log.ts'
import { OPTIONS, type OptionName, type Option as OptionRow, type RawOptions } from './options.ts'
import { originRules } from './origins.ts'
import { proxies } from './proxies.ts'
import { serve } from './server.ts'
import { list } from './values.ts'

const LISTS: readonly unknown[] = [list, originRules, proxies]

const BAD_USAGE = 2
const FAILED = 1

/** Every signal that would end the process and can be caught: no child may outlive it. */
const DEADLY = 'ABRT ALRM BUS IO PWR QUIT STKFLT SYS TRAP USR2 VTALRM XCPU XFSZ'
  .split(' ')
  .map((name) => `SIG${name}` as NodeJS.Signals)
  .filter((name) => name in constants.signals)
const POLITE = ['SIGHUP', 'SIGINT', 'SIGTERM'] as const

/** What was started, and ends with this process. */
interface Running {
  /** With the exit status, where it has one. */
  readonly done: Promise<unknown>
  close(): Promise<void>
  kill(): void
  /** What SIGHUP asks for, where there is anything to read anew; it ends the process otherwise. */
  readonly reload?: (() => void) | undefined
}

/** The module that knows a browser's globals, and is loaded where it is needed only. */
const CONNECT: string = './connect.js'
interface Connecting {
  connectProgram(config: ConnectConfig, log: Log): Running
}

/** Parses, starts, and waits. Exit status: 0 for a wanted end, 1 where listening failed, 2 for a mistake on the command line. */
export async function main(argv: readonly string[]): Promise<void> {
  try {
    if (argv[0] !== 'connect') {
      const config = readCommandLine(argv)
      return await run(config.log, (logging) => serve(config, logging))
    }
    const config = readConnectLine(argv.slice(1))
    const { connectProgram } = (await import(CONNECT)) as Connecting
    await run(config.log, async ({ log }) => connectProgram(config, log))
  } catch (error) {
    if (error instanceof CommanderError) process.exit(error.exitCode === 0 ? 0 : BAD_USAGE)
    if (!(error instanceof ConfigError) && !(error instanceof ListenError)) throw error
    process.stderr.write(`playpipe: ${error.message}\n`)
    process.exit(error instanceof ListenError ? FAILED : BAD_USAGE)
  }
}

async function run(log: Config['log'], start: (logging: LogHandle) => Promise<Running>): Promise<void> {
  const logging = createLog(log)
  process.once('exit', () => logging.flush())
  // Before anything listens: a signal that comes early finds its handler.
  const stopping = endWithSignals((why) => logging.log.info(why))
  const running = await start(logging)
  stopping.end(running)
  const status = await running.done
  process.exit(typeof status === 'number' ? status : 0)
}

/** Help and version end the process through a CommanderError, as does a flag that does not exist. */
export function readCommandLine(argv: readonly string[]): Config {
  const program = createProgram()
  program.parse(spellOut(argv), { from: 'user' })
  if (program.args[0] === 'connect' && /^(ws|http)s?:/.test(program.args[1] ?? ''))
    throw new ConfigError('connect comes first, as in `playpipe connect [options] ws://localhost:9000/lobby ./bot.py`')
  const { config: file, ...options } = asWritten(program.opts())
  if (file === undefined) return resolveConfig(options, program.args)
  const all = readConfigFile(file, options)
  return resolveConfig(all.options, program.args.length > 0 ? program.args : all.command)
}

function readConnectLine(argv: readonly string[]): ConnectConfig {
  const program = describe(new Command('playpipe connect'), CONNECT_OPTIONS)
    .description(
      'Seats a program in a room of a server: what a client would get are its lines, what it prints are its messages.',
    )
    .usage('[options] <URL> <CMD> [-- <ARGS>...]')
    .argument('[URL]', 'address of the room, as in ws://localhost:9000/lobby')
    .argument('[CMD...]', 'program to run, with its arguments')
  program.parse(argv, { from: 'user' })
  return resolveConnect(asWritten(program.opts()), program.args)
}

/** commander gives a flag without a value as `true`. */
function asWritten(options: Record<string, string | true>): RawOptions {
  return Object.fromEntries(Object.entries(options).map(([name, value]) => [name, String(value)]))
}

export function createProgram(): Command {
  return describe(new Command('playpipe'), Object.keys(OPTIONS) as OptionName[])
    .description('Turns any program that reads stdin and prints stdout into a multiplayer WebSocket server.')
    .usage('[options] <CMD> [-- <ARGS>...]')
    .argument('[CMD...]', 'program to run in each room, with its arguments')
    .version(`playpipe ${version()}`, '-V, --version', 'Print version')
    .addHelpText(
      'after',
      '\n`playpipe connect <URL> <CMD>` seats a program in a room of a server: see `playpipe connect --help`.',
    )
}

function describe(program: Command, names: readonly OptionName[]): Command {
  program
    .helpOption('-h, --help', 'Print help')
    .configureOutput({ outputError: (text, write) => write(`playpipe: ${advised(program, text)}`) })
    .showSuggestionAfterError()
    .exitOverride()
    .configureHelp({ optionTerm: (option) => termOf(option.flags) })
  for (const name of names) {
    const row: OptionRow<unknown> = OPTIONS[name]
    program.addOption(commanderOption(name, row))
    if (!row.alias) continue
    program.addOption(new Option(row.flags.replace(/^--\w+/, row.alias)).hideHelp().implies({}))
    program.on(`option:${row.alias.slice(2)}`, (value: string) => program.setOptionValue(name, value))
  }
  return program
}

/** commander's complaint, and what to do where an option of the command was taken for one of ours. */
function advised(program: Command, complaint: string): string {
  const { args } = program
  const text = complaint.replace(/^error: /, '')
  // Before the command stands the address, for `connect`.
  const lead = program.registeredArguments.length - 1
  if (!text.startsWith('unknown option') || args.findIndex((word) => word.startsWith('-')) <= lead) return text
  const words = ['[options]', ...args.slice(0, lead), '--', ...args.slice(lead)].map(quoted)
  const line = `${program.name()} ${words.join(' ')}`
  return text.replace('\n', () => `: what is the command's own stands behind --, as in \`${line}\`\n`)
}

/** A word as a shell wants it, in one line. */
function quoted(word: string): string {
  return /[^\w.,:=/@%+[\]-]/.test(word) ? `'${word.replace(/\s+/g, ' ')}'` : word
}

function commanderOption(name: OptionName, row: OptionRow<unknown>): Option {
  const option = new Option(row.flags, helpOf(row))
  if (name === 'verbose') return option.argParser((_value, before?: string) => String(Number(before ?? 0) + 1))
  // A list may be given in several parts: --passenv A --passenv B
  if (LISTS.includes(row.parse))
    return option.argParser((value, before?: string) => (before === undefined ? value : `${before},${value}`))
  return option.argParser((value) => value)
}

/** How an option is spelt in the help and the README. */
export function termOf(flags: string): string {
  const row = (Object.values(OPTIONS) as OptionRow<unknown>[]).find((option) => option.flags === flags)
  if (!row?.afterEquals) return flags
  return row.afterEquals.alone === undefined ? flags.replace(' ', '=') : flags.replace(/ <(.*)>/, '[=$1]')
}

/** What the help and the README say of an option. */
export function helpOf(row: OptionRow<unknown>): string {
  return row.fallback === undefined || row.fallback === '0' ? row.help : `${row.help} (default: ${row.fallback})`
}

/**
 * commander would take the command for the value of a flag whose value may be left out: `--frame ./game.py`.
 * @throws ConfigError where such a flag needs a value and has none
 */
function spellOut(argv: readonly string[]): string[] {
  const end = argv.indexOf('--')
  const own = end < 0 ? argv : argv.slice(0, end)
  const spelt = own.map((word) => {
    const row = (OPTIONS as Record<string, OptionRow<unknown>>)[word.replace(/^--/, '')]
    if (!word.startsWith('--') || !row?.afterEquals) return word
    if (row.afterEquals.alone === undefined)
      throw new ConfigError(`${word} takes its value behind a "=", as in ${word}=VALUE`)
    return `${word}=${row.afterEquals.alone}`
  })
  return [...spelt, ...(end < 0 ? [] : argv.slice(end))]
}

function version(): string {
  return JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')).version
}

/** The first polite signal ends everything in order, the second at once, a SIGHUP may reload instead; no signal leaves a child behind. */
function endWithSignals(say: (why: string) => void): { end(running: Running): void } {
  let running: Running | undefined
  let leaving = false
  const close = () => running?.close().then(() => process.exit(0))
  for (const signal of POLITE) {
    process.on(signal, () => {
      if (signal === 'SIGHUP' && running?.reload) return leaving ? undefined : running.reload()
      if (leaving) process.exit(128 + constants.signals[signal])
      leaving = true
      say(`${signal}: ending; once more to end at once`)
      void close()
    })
  }
  for (const signal of DEADLY) process.on(signal, () => process.exit(128 + constants.signals[signal]))
  process.on('exit', () => running?.kill())
  return {
    end: (started) => {
      running = started
      if (leaving) void close()
    },
  }
}
